"""The page of a finished preview: totals, filters, ticks, approval, what the brake holds, files, comparison."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from shops.models import Change, Hold, RemoteElement, Run, Step
from shops.services import plans
from shops.services.plans import rules_print
from tests.factories import make_run

pytestmark = pytest.mark.django_db


@pytest.fixture
def plan(shop) -> Run:
    """Ten planned changes: 4 creates and 2 updates into the shop, 3 deletions there, 1 create here; 2 not possible."""
    run = make_run(
        shop,
        mode="preview",
        state="partly",
        finished_at=timezone.now() - timedelta(minutes=5),
        options={"rules": rules_print(shop)},
    )
    for position, (kind, equal) in enumerate((("article", 1143), ("image", 3903)), start=1):
        Step.objects.create(
            run=run, kind=kind, position=position, state="done", phase="finished", equal=equal
        )
    for number in range(4):
        add(run, verb="create_shop", key=f"NEW-{number}", name=f"Vase {number}")
    add(run, key="MUG-1", fields={"name": ["Old mug", "=cmd|' /C calc'!A0"]}, why="changed here")
    add(run, key="MUG-2", fields={"name": ["a", "b"], "ean": ["", "1"]}, conflict=True)
    for number in range(3):
        add(run, kind="image", verb="delete_shop", name=f"old-{number}.jpg", remote_id=str(number))
    add(run, verb="create_here", key="HERE-1")
    for number in range(2):
        add(
            run, verb="create_shop", key=f"BOOK-{number}", state="not_possible", message="No VAT rate of 5 %."
        )
    return run


def add(run, **fields):
    return Change.objects.create(run=run, **({"kind": "article", "verb": "update_shop"} | fields))


def url(run, name="change", *more):
    return reverse(f"admin:shops_run_{name}", args=[run.pk, *more])


def text_of(html):
    return " ".join(html.split())


def test_the_totals_stand_in_the_two_directions(admin, plan):
    response = admin.get(url(plan))
    totals = response.context["totals"]
    articles = totals.lines[0]
    assert (articles.create_here, articles.create_shop, articles.update_shop, articles.not_possible) == (
        1,
        4,
        2,
        2,
    )
    assert (totals.lines[1].delete_shop, totals.all.equal, totals.planned, totals.to_do) == (3, 5046, 10, 10)
    html = text_of(response.content.decode())
    assert "Approve and run 10 changes" in html
    assert "3 deletions among them" in html
    assert "5 min ago; after 24 h make it anew" in html
    assert "5,058 elements compared" in html
    assert "The shop may still refuse some of it" in html


@pytest.mark.parametrize(
    ("show", "keys"),
    [
        ("shop", {"NEW-0", "NEW-1", "NEW-2", "NEW-3", "MUG-1", "MUG-2"}),
        ("here", {"HERE-1"}),
        ("delete", {"old-0.jpg", "old-1.jpg", "old-2.jpg"}),
        ("both", {"MUG-2"}),
        ("left", set()),
        ("held", set()),
        ("not", {"BOOK-0", "BOOK-1"}),
    ],
)
def test_each_filter_shows_its_own(admin, plan, show, keys):
    response = admin.get(url(plan), {"show": show})
    assert {change.key or change.name for change in response.context["table"]["rows"]} == keys
    assert (
        next(f["count"] for f in response.context["table"]["filters"] if f["key"] == show) == len(keys)
        or not keys
    )


def test_the_search_and_the_type_narrow_a_filter(admin, plan):
    rows = admin.get(url(plan), {"q": "vase", "kind": "article"}).context["table"]["rows"]
    assert [change.key for change in rows] == ["NEW-0", "NEW-1", "NEW-2", "NEW-3"]
    assert "No change of this preview fits." in admin.get(url(plan), {"q": "nothing"}).content.decode()


def test_long_plans_are_paged(admin, plan):
    Change.objects.bulk_create(
        Change(run=plan, kind="article", verb="update_shop", key=f"K-{n:03}") for n in range(90)
    )
    second = admin.get(url(plan), {"page": 2})
    assert len(second.context["table"]["rows"]) == 50
    assert second.context["table"]["first"] == 51
    assert admin.get(url(plan), {"page": "9" * 30}).status_code == 200


def test_the_page_needs_the_same_queries_for_few_and_many_changes(admin, plan, queries):
    few = queries(lambda: admin.get(url(plan)))
    hold = Hold.objects.create(run=plan, kind="price", risk="price", count=200, base=1000)
    Change.objects.bulk_create(
        Change(run=plan, kind="price", verb="update_shop", key=str(n), state="held", hold=hold)
        for n in range(200)
    )
    many = queries(lambda: admin.get(url(plan)))
    assert many <= few + 1
    assert many <= 20


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


# Make anew, files, comparison


def test_the_same_preview_is_made_anew(admin, staff, plan):
    assert staff("view_run").post(url(plan, "anew")).status_code == 403
    assert admin.get(url(plan, "anew")).status_code == 405
    response = admin.post(url(plan, "anew"))
    again = Run.objects.exclude(pk=plan.pk).get()
    assert (again.mode, again.job, response.url) == ("preview", "sync", url(again))


def test_making_anew_in_a_shop_that_is_off_says_why(admin, plan):
    plan.shop.active = False
    plan.shop.save()
    html = admin.post(url(plan, "anew"), follow=True).content.decode()
    assert "Lipa PL is switched off" in html
    assert Run.objects.count() == 1


def test_the_plan_as_csv_has_a_line_for_each_field_and_no_formula(admin, plan):
    response = admin.get(url(plan, "plan_file", "csv"))
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    lines = text.splitlines()
    assert lines[0].startswith("type;what;result;key;name;shop_id;field;before;after;both_sides")
    assert len(lines) == 1 + 12 + 1  # MUG-2 changes two fields
    assert "Articles;Update in shop;Planned;MUG-1;;;Name;Old mug;'=cmd|' /C calc'!A0;0;changed here;" in lines
    assert f"preview-pl-{plan.pk}.csv" in response["Content-Disposition"]


def test_the_plan_as_xlsx_can_be_opened(admin, plan):
    book = load_workbook(io.BytesIO(b"".join(admin.get(url(plan, "plan_file", "xlsx")).streaming_content)))
    rows = list(book.active.iter_rows(values_only=True))
    assert rows[0][:4] == ("Element type", "What happens", "Result", "Key")
    assert len(rows) == 14
    assert admin.get(url(plan, "plan_file", "xml")).status_code == 404


def test_a_preview_is_compared_with_the_one_before(admin, plan):
    assert "Compare with the previous preview" not in admin.get(url(plan)).content.decode()
    later = make_run(plan.shop, mode="preview", state="done", finished_at=timezone.now())
    for key in ("MUG-1", "MUG-3"):
        add(later, key=key)
    page = admin.get(url(later, "compare"))
    assert [(pill["key"], pill["count"]) for pill in page.context["pills"]] == [
        ("new", 1),
        ("gone", 9),
        ("same", 1),
    ]
    assert [row["key"] for row in page.context["rows"]] == ["MUG-3"]
    same = admin.get(url(later, "compare"), {"show": "same"})
    assert [row["key"] for row in same.context["rows"]] == ["MUG-1"]
    assert admin.get(url(plan, "compare")).status_code == 404


# The brake


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


# Undo


@pytest.fixture
def done(shop) -> Run:
    run = make_run(shop, state="done", finished_at=timezone.now())
    Step.objects.create(run=run, kind="article", position=1, state="done", phase="finished", shop=1)
    add(run, key="MUG-1", state="done", fields={"name": ["a", "b"]})
    return run


def test_a_run_is_undone_by_a_plan(admin, done):
    assert "Undo the updates of this run …" in admin.get(url(done)).content.decode()
    assert "Undo the updates of run" in admin.get(url(done, "undo")).content.decode()
    response = admin.post(url(done, "undo"))
    plan = Run.objects.get(job="undo")
    assert (plan.plan, plan.mode, response.url) == (done, "preview", url(plan))
    assert f"Plan {plan.pk} takes this run back" in text_of(admin.get(url(done)).content.decode())


def test_undoing_needs_the_right_and_a_run_that_is_not_too_old(admin, staff, done):
    client = staff("view_run")
    assert client.post(url(done, "undo")).status_code == 403
    assert "Undo the updates" not in client.get(url(done)).content.decode()
    Run.objects.filter(pk=done.pk).update(finished_at=timezone.now() - timedelta(days=31))
    assert "Undo the updates" not in admin.get(url(done)).content.decode()
    assert "Only runs of the last 30 days can be undone." in admin.post(url(done, "undo")).content.decode()
    assert not Run.objects.filter(job="undo").exists()


def test_what_an_undo_cannot_take_back_cannot_be_ticked(admin, done):
    plan = make_run(
        done.shop, job="undo", mode="preview", state="partly", plan=done, finished_at=timezone.now()
    )
    kept = add(
        plan, key="MUG-9", state="held", literal=True, message="Changed since, so left as it is: name."
    )
    add(plan, key="MUG-8", literal=True, fields={"name": ["b", "a"]})
    admin.post(url(plan, "tick"), {"shown": [kept.pk], "tick": [kept.pk]})
    kept.refresh_from_db()
    assert kept.state == "held"
    html = text_of(admin.get(url(plan)).content.decode())
    assert "2 planned − 1 left as they are = <strong>1</strong>" in html
    assert f"This plan takes back what run {done.pk} updated in the shop." in html


# Left out always


@pytest.fixture
def only_there(plan):
    """A change that would import what only the shop has."""
    element = RemoteElement.objects.create(
        shop=plan.shop, kind="article", remote_id="77", natural_key="HERE-2"
    )
    return add(plan, verb="create_here", key="HERE-2", element=element)


def always(change):
    return reverse("admin:shops_run_leave_out_always", args=[change.run_id, change.pk])


def test_what_only_the_shop_has_can_be_left_out_always_and_taken_back_under_mappings(admin, plan, only_there):
    html = admin.get(reverse("admin:shops_run_change", args=[plan.pk])).content.decode()
    assert html.count("Leave out always") == 1  # not for what is linked or only here
    answer = admin.post(always(only_there), follow=True)
    assert "“HERE-2” is left out from now on." in answer.content.decode()
    only_there.refresh_from_db()
    assert (only_there.state, only_there.element.state) == ("held", "ignored")
    assert "Left out always by petra" in only_there.message
    ignored = reverse("admin:shops_shop_mappings_kind", args=[plan.shop_id, "article"]) + "?show=ignored"
    assert "HERE-2" in admin.get(ignored).content.decode()
    plans.take_in([only_there.pk], plan)
    only_there.refresh_from_db()
    assert only_there.state == "held"


def test_leaving_out_always_keeps_the_ticks_of_the_page(admin, plan, only_there):
    mug = plan.changes.get(key="MUG-1")
    admin.post(always(only_there), {"shown": [mug.pk, only_there.pk], "tick": [only_there.pk]})
    mug.refresh_from_db()
    assert mug.state == "held"


def test_what_was_linked_meanwhile_cannot_be_left_out_always(admin, plan, only_there):
    RemoteElement.objects.update(local_id=5)
    html = admin.post(always(only_there), follow=True).content.decode()
    assert "This cannot be left out always" in html
    only_there.refresh_from_db()
    assert (only_there.state, only_there.element.state) == ("planned", "present")


def test_leaving_out_always_needs_the_right_to_change_shops_and_a_click(admin, staff, plan, only_there):
    assert admin.get(always(only_there)).status_code == 405
    client = staff("view_run", "run_shop")
    assert client.post(always(only_there)).status_code == 403
    page = client.get(reverse("admin:shops_run_change", args=[plan.pk])).content.decode()
    assert "Leave out always" not in page
    only_there.refresh_from_db()
    assert only_there.state == "planned"
