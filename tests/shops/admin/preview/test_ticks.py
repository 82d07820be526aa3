"""Ticks of a preview, and approving what is ticked."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from shops.models import Hold, Run, Step
from tests.factories import make_run
from tests.shops.admin.preview.plans import add, text_of, url

pytestmark = pytest.mark.django_db


# Ticks


def test_unticking_leaves_out_and_ticking_takes_in_again(admin, plan):
    one, other = plan.changes.filter(key__startswith="MUG").order_by("pk")
    admin.post(url(plan, "tick"), {"shown": [one.pk, other.pk], "tick": [one.pk]})
    other.refresh_from_db()
    assert (other.state, other.message) == ("held", "Left out by petra.")
    html = text_of(admin.get(url(plan)).content.decode())
    assert "10 planned − 1 left out = <strong>9</strong>" in html
    assert "Approve and run 9 changes" in html
    admin.post(url(plan, "tick"), {"shown": [other.pk], "tick": [other.pk]})
    other.refresh_from_db()
    assert (other.state, other.message, other.cure) == ("planned", "", "")


def test_all_of_a_filter_are_left_out_and_taken_in_at_once(admin, plan):
    address = f"{url(plan, 'tick')}?show=delete"
    html = admin.post(address, {"all": "out"}, follow=True).content.decode()
    assert "3 changes are left out." in html
    assert plan.changes.filter(verb="delete_shop", state="held").count() == 3
    assert plan.changes.filter(state="planned").count() == 7
    admin.post(address, {"all": "in"})
    assert plan.changes.filter(state="planned").count() == 10


def test_ticks_need_the_right_and_a_post(admin, staff, plan):
    change = plan.changes.get(key="MUG-1")
    assert staff("view_run").post(url(plan, "tick"), {"shown": [change.pk]}).status_code == 403
    assert admin.get(url(plan, "tick")).status_code == 405
    change.refresh_from_db()
    assert change.state == "planned"


def test_what_the_brake_holds_cannot_be_ticked(admin, plan):
    hold = Hold.objects.create(run=plan, kind="article", risk="hide", count=1, base=2)
    held = add(plan, key="HIDE-1", state="held", hold=hold, cure="Release it.")
    admin.post(url(plan, "tick"), {"shown": [held.pk], "tick": [held.pk]})
    held.refresh_from_db()
    assert held.state == "held"
    assert "11 planned − 1 held = <strong>10</strong>" in text_of(admin.get(url(plan)).content.decode())


# Approving


def test_approving_runs_the_plan_with_the_ticks_of_the_page(admin, plan):
    change = plan.changes.get(key="MUG-1")
    response = admin.post(url(plan, "approve"), {"shown": [change.pk], "expected": "10"})
    carrier = Run.objects.get(job="apply")
    assert response.url == url(carrier)
    assert (carrier.plan, carrier.by.username, carrier.mode) == (plan, "petra", "web")
    change.refresh_from_db()
    assert change.state == "held"
    html = text_of(admin.get(url(plan)).content.decode())
    assert f"Run {carrier.pk} carries out this plan" in html
    assert "This plan has been carried out already." in html
    assert f"This run carries out plan {plan.pk}." in text_of(admin.get(url(carrier)).content.decode())


def test_a_plan_that_a_colleague_changed_is_not_approved_unseen(admin, plan):
    html = admin.post(url(plan, "approve"), {"expected": "12"}, follow=True).content.decode()
    assert "This plan was changed meanwhile: 10 changes are ticked now." in html
    assert not Run.objects.filter(job="apply").exists()


def test_approving_needs_the_right_and_a_post(admin, staff, plan):
    client = staff("view_run")
    assert client.post(url(plan, "approve")).status_code == 403
    assert "Approving needs the right to start runs." in client.get(url(plan)).content.decode()
    assert admin.get(url(plan, "approve")).status_code == 405
    assert not Run.objects.filter(job="apply").exists()


def test_an_old_plan_says_so_and_cannot_be_approved(admin, plan):
    Run.objects.filter(pk=plan.pk).update(finished_at=timezone.now() - timedelta(hours=25))
    html = admin.get(url(plan)).content.decode()
    assert "This plan is older than a day. Make it anew." in html
    assert url(plan, "approve") not in html
    html = admin.post(url(plan, "approve"), {"expected": "10"}, follow=True).content.decode()
    assert "This plan is older than a day." in html
    assert not Run.objects.filter(job="apply").exists()


def test_equal_sides_are_good_news(admin, shop):
    run = make_run(shop, mode="preview", state="done", finished_at=timezone.now())
    Step.objects.create(run=run, kind="article", position=1, state="done", phase="finished", equal=9568)
    html = text_of(admin.get(url(run)).content.decode())
    assert "Both sides are equal" in html
    assert "9,568 elements compared." in html
    assert "Approve" not in html
