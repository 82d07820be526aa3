"""What the brake holds of a plan: released or discarded by who may."""

from __future__ import annotations

import pytest

from shops.models import Hold, RemoteElement, Run
from tests.shops.admin.preview.plans import add, text_of, url

pytestmark = pytest.mark.django_db


@pytest.fixture
def hold(plan) -> Hold:
    hold = Hold.objects.create(run=plan, kind="price", risk="price", count=2, base=10)
    for number in range(2):
        element = RemoteElement.objects.create(
            shop=plan.shop, kind="price", remote_id=str(number), local_id=number + 1
        )
        add(
            plan,
            kind="price",
            key=f"P-{number}",
            state="held",
            hold=hold,
            element=element,
            local_id=number + 1,
        )
    return hold


def test_a_hold_is_shown_with_its_size_and_its_limit(admin, plan, hold):
    html = text_of(admin.get(url(plan)).content.decode())
    assert "The brake holds 2 changes of Lipa PL: Prices, large price changes. That is 20 % of 10." in html
    assert "Your limit is 10 % and 20 changes." in html
    assert url(plan, "hold", hold.pk, "release") in html


def test_who_may_not_decide_sees_who_may(admin, staff, plan, hold):
    client = staff("view_run", "run_shop")
    html = text_of(client.get(url(plan)).content.decode())
    assert "You may look at it, but not decide. These may: petra." in html
    assert url(plan, "hold", hold.pk, "release") not in html
    for verb in ("release", "discard"):
        assert client.get(url(plan, "hold", hold.pk, verb)).status_code == 403
        assert client.post(url(plan, "hold", hold.pk, verb), {"reason": "x", "number": 2}).status_code == 403
    hold.refresh_from_db()
    assert hold.state == "open"


def test_releasing_asks_for_the_reason_and_the_number(admin, plan, hold):
    address = url(plan, "hold", hold.pk, "release")
    assert "Release 2 changes?" in admin.get(address).content.decode()
    html = admin.post(address, {"reason": "", "number": "3"}).content.decode()
    assert "Write in a few words why." in html
    assert "3 were typed, but 2 changes are held." in html
    hold.refresh_from_db()
    assert hold.state == "open"


def test_releasing_runs_what_was_held_and_the_rest_can_still_be_approved(admin, plan, hold):
    admin.post(url(plan, "hold", hold.pk, "release"), {"reason": "Black Friday", "number": "2"})
    hold.refresh_from_db()
    assert (hold.state, hold.reason, hold.decided_by.username) == ("released", "Black Friday", "petra")
    carrier = Run.objects.get(job="apply")
    assert carrier.options["hold"] == hold.pk
    html = text_of(admin.get(url(plan)).content.decode())
    assert "12 planned − 2 released = <strong>10</strong>" in html
    assert "Released by petra" in html
    admin.post(url(plan, "approve"), {"expected": "10"})
    assert Run.objects.filter(job="apply").count() == 2


def test_deciding_twice_says_that_somebody_was_faster(admin, plan, hold):
    Hold.objects.filter(pk=hold.pk).update(state="discarded")
    answer = admin.post(url(plan, "hold", hold.pk, "release"), {"reason": "x", "number": "2"})
    assert "Somebody else has decided about these changes already." in answer.content.decode()
    assert not Run.objects.filter(job="apply").exists()


def test_discarding_keeps_the_reason(admin, plan, hold):
    html = admin.post(
        url(plan, "hold", hold.pk, "discard"), {"reason": "Wrong list"}, follow=True
    ).content.decode()
    hold.refresh_from_db()
    assert (hold.state, hold.reason) == ("discarded", "Wrong list")
    assert "2 elements are set aside until they change." in html
    assert admin.get(url(plan, "hold", hold.pk, "bend")).status_code == 404
