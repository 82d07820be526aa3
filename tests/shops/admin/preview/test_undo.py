"""A run is undone by a plan."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from shops.models import Run, Step
from tests.factories import make_run
from tests.shops.admin.preview.plans import add, text_of, url

pytestmark = pytest.mark.django_db


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
