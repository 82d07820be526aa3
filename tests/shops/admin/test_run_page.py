"""The page of a run: live, queued, silent, finished; what was not done and why; its changes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from shops.models import Change, Problem, RemoteElement, Run, RunMessage, Step
from shops.services.figures import run_figures
from tests.factories import make_run

pytestmark = pytest.mark.django_db


@pytest.fixture
def run(shop) -> Run:
    now = timezone.now()
    run = make_run(
        shop,
        state="running",
        started_at=now - timedelta(seconds=132),
        lease_until=now + timedelta(minutes=1),
        requests=52,
    )
    step(run, "unit", "done", "finished", read=7, here=1)
    step(run, "article", "running", "linked", read=1222, shop=58, failed=1, done=22, total=44)
    step(run, "image", "waiting", "read")
    step(run, "customer", "waiting", "read")
    return run


def step(run, kind, state, phase, **fields):
    return Step.objects.create(
        run=run, kind=kind, state=state, phase=phase, position=run.steps.count(), **fields
    )


def url(run):
    return reverse("admin:shops_run_change", args=[run.pk])


def live(run):
    return reverse("admin:shops_run_live", args=[run.pk])


def change(run, **fields):
    return Change.objects.create(
        run=run, **({"kind": "article", "verb": "update_shop", "state": "done"} | fields)
    )


def test_figures_come_from_the_steps(run):
    figures = run_figures(run)
    assert (figures.done, figures.failed, figures.read, figures.requests) == (59, 1, 1229, 52)
    # one step of four is over, one is at the middle of its third phase
    assert figures.share == pytest.approx((1 + 2.5 / 4) / 4)
    assert figures.left_s == pytest.approx(132 * (1 - figures.share) / figures.share, rel=0.02)


def test_there_is_no_forecast_before_the_pace_is_steady(run):
    early = run.started_at + timedelta(seconds=19)
    assert run_figures(run, now=early).left_s is None
    assert run_figures(run, now=run.started_at + timedelta(seconds=21)).left_s is not None


def test_a_working_run_is_fetched_again_and_a_finished_one_is_not(admin, run):
    html = admin.get(url(run)).content.decode()
    assert f'hx-get="{live(run)}"' in html
    assert "Articles: comparing what is linked" in html
    assert 'aria-valuetext="40 %, Articles: comparing what is linked"' in html
    assert "waits for Articles" in html
    fragment = admin.get(live(run))
    assert "HX-Refresh" not in fragment
    assert "<html" not in fragment.content.decode()
    Run.objects.filter(pk=run.pk).update(state="done", finished_at=timezone.now())
    assert admin.get(live(run))["HX-Refresh"] == "true"
    assert f'hx-get="{live(run)}"' not in admin.get(url(run)).content.decode()


def test_technical_lines_are_shown_on_request(admin, run):
    RunMessage.objects.create(run=run, text="Articles: 1 222 read")
    RunMessage.objects.create(run=run, text="GET products 200", technical=True)
    assert "GET products 200" not in admin.get(url(run)).content.decode()
    html = admin.get(url(run), {"technical": 1}).content.decode()
    assert "GET products 200" in html
    assert "Articles: 1 222 read" in html


def test_a_run_of_a_busy_lane_names_the_one_it_waits_for(admin, run):
    behind = make_run(run.shop)
    html = admin.get(url(behind)).content.decode()
    assert f"Waits behind run {run.pk}, Synchronise" in html
    assert f'href="{url(run)}"' in html
    beside = make_run(run.shop, lane="stock", job="export_stock")
    assert "Waits behind" not in admin.get(url(beside)).content.decode()


def test_a_run_that_nobody_takes_says_so(admin, shop):
    run = make_run(shop)
    assert "No worker has taken this run yet." not in admin.get(url(run)).content.decode()
    Run.objects.filter(pk=run.pk).update(created_at=timezone.now() - timedelta(minutes=3))
    assert "No worker has taken this run yet." in admin.get(url(run)).content.decode()


def test_a_paused_run_says_until_when_and_a_silent_one_that_it_goes_on(admin, run):
    until = timezone.now() + timedelta(minutes=9)
    Run.objects.filter(pk=run.pk).update(not_before=until)
    html = admin.get(url(run)).content.decode()
    assert f"Paused until {timezone.localtime(until):%H:%M}" in html
    Run.objects.filter(pk=run.pk).update(not_before=None, lease_until=timezone.now() - timedelta(minutes=4))
    assert "The worker was interrupted" in admin.get(url(run)).content.decode()


# Stop after this batch


def stop(run):
    return reverse("admin:shops_run_stop", args=[run.pk])


def test_stopping_is_asked_of_the_run(admin, run):
    html = admin.post(stop(run), follow=True).content.decode()
    run.refresh_from_db()
    assert run.cancel_asked_by.username == "petra"
    assert run.state == "running"
    assert "What is done stays done." in html
    assert "Somebody has asked already." in html


def test_stopping_needs_the_right_and_a_post(admin, staff, run):
    client = staff("view_run")
    assert client.post(stop(run)).status_code == 403
    assert "Stop after this batch" not in client.get(url(run)).content.decode()
    assert admin.get(stop(run)).status_code == 405
    run.refresh_from_db()
    assert run.cancel_asked_at is None


def test_stopping_a_finished_run_changes_nothing(admin, run):
    Run.objects.filter(pk=run.pk).update(state="done")
    admin.post(stop(run))
    run.refresh_from_db()
    assert (run.state, run.cancel_asked_at) == ("done", None)


def test_runs_are_absent_for_who_may_not_see_them(staff, run):
    client = staff("view_shop")
    assert client.get(url(run)).status_code == 403
    assert client.get(live(run)).status_code == 403


# Finished


@pytest.fixture
def over(run) -> Run:
    Run.objects.filter(pk=run.pk).update(state="partly", finished_at=timezone.now())
    run.refresh_from_db()
    return run


def problem(run, key, **fields):
    return Problem.objects.create(
        shop=run.shop, kind="article", key=key, last_seen=timezone.now(), last_run=run, **fields
    )


def test_what_was_not_done_is_grouped_by_cause_largest_first(admin, over):
    few = problem(over, "a", message="The name is empty", cure="Enter the name.")
    many = problem(over, "b", message="The SKU stands twice", cure="Choose one.", runs=4)
    Problem.objects.filter(pk=many.pk).update(first_seen=timezone.now() - timedelta(days=3))
    change(over, state="refused", problem=few, key="LMP-1")
    for number in range(5):
        change(over, state="not_possible", problem=many, key=f"NAP-{number}")
    html = admin.get(url(over)).content.decode()
    block = html[html.index("Not done, by cause") : html.index('id="changes"')]
    assert block.index("The SKU stands twice") < block.index("The name is empty")
    assert "Choose one." in block
    assert "new today" in block
    assert "4 runs" in block
    assert [f"NAP-{n}" in block for n in range(5)] == [True, True, True, False, False]
    assert "2 more" in block
    assert reverse("admin:shops_problem_act", args=[many.pk, "retry"]) in block


def test_a_run_that_failed_shows_why_the_cure_and_the_technicians_text(admin, over):
    Run.objects.filter(pk=over.pk).update(
        state="failed", message="Lipa PL refuses our key.", cure="Enter a new key.", detail="401 <b>no</b>"
    )
    html = admin.get(url(over)).content.decode()
    assert "Lipa PL refuses our key." in html
    assert "Enter a new key." in html
    assert "401 &lt;b&gt;no&lt;/b&gt;" in html


def test_changes_show_before_and_after_and_can_be_filtered(admin, over):
    change(over, key="MUG-1", fields={"name": ["Old mug", "New <mug>"], "active": [False, True]})
    change(over, key="CUP-2", kind="image", verb="delete_shop", state="refused", message="The shop said no.")
    html = admin.get(url(over)).content.decode()
    assert "New &lt;mug&gt;" in html
    assert "Old mug" in html
    for query, kept, gone in (
        ({"q": "mug"}, "MUG-1", "CUP-2"),
        ({"kind": "image"}, "CUP-2", "MUG-1"),
        ({"verb": "update_shop"}, "MUG-1", "CUP-2"),
        ({"state": "refused"}, "CUP-2", "MUG-1"),
    ):
        shown = admin.get(url(over), query).content.decode()
        table = shown[shown.index('id="changes"') :]
        assert kept in table, query
        assert gone not in table, query
    assert "No change of this run fits." in admin.get(url(over), {"q": "nothing"}).content.decode()


def test_changes_are_shown_page_by_page(admin, over):
    Change.objects.bulk_create(
        Change(run=over, kind="article", verb="update_shop", state="done", key=f"K-{n:03}") for n in range(60)
    )
    second = admin.get(url(over), {"page": 2}).content.decode()
    assert "26 to 50" in second
    assert "K-025" in second
    assert "K-024" not in second
    assert admin.get(url(over), {"page": "x"}).status_code == 200
    assert admin.get(url(over), {"page": "999999999999"}).status_code == 200


@pytest.mark.parametrize("finished", [False, True])
def test_the_page_needs_the_same_queries_for_50_and_500_changes(admin, run, queries, finished):
    cause = problem(run, "a", message="m")
    if finished:
        Run.objects.filter(pk=run.pk).update(state="partly", finished_at=timezone.now())

    def fill(count):
        Change.objects.bulk_create(
            Change(
                run=run,
                kind="article",
                verb="update_shop",
                state="refused",
                problem=cause,
                key=str(n),
                fields={"name": ["a", "b"]},
            )
            for n in range(count)
        )
        RunMessage.objects.bulk_create(RunMessage(run=run, text="x") for _n in range(count))

    fill(50)
    few = queries(lambda: admin.get(url(run)))
    fill(450)
    many = queries(lambda: admin.get(url(run)))
    assert few == many
    assert many <= 22


# Causes


def test_a_cause_is_tried_again_or_left_out(admin, staff, over):
    cause = problem(over, "a", message="The name is empty")
    element = RemoteElement.objects.create(
        shop=over.shop, kind="article", remote_id="1", problem=cause, problem_print="abc"
    )
    retry = reverse("admin:shops_problem_act", args=[cause.pk, "retry"])
    leave = reverse("admin:shops_problem_act", args=[cause.pk, "leave-out"])
    assert staff("view_problem").post(retry).status_code == 403
    assert admin.get(retry).status_code == 405
    cause.refresh_from_db()
    assert cause.state == "open"
    html = admin.post(leave, follow=True).content.decode()
    cause.refresh_from_db()
    assert cause.state == "left_out"
    assert "These elements are left out until they change." in html
    admin.post(retry)
    cause.refresh_from_db()
    element.refresh_from_db()
    assert (cause.state, element.problem_print) == ("retrying", "")
    gone = reverse("admin:shops_problem_act", args=[999, "retry"])
    assert "no longer in the list" in admin.post(gone, follow=True).content.decode()
