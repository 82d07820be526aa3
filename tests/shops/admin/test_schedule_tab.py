"""The tab Schedule."""

from __future__ import annotations

import re
from datetime import time, timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse
from django.utils import timezone

from shops.models import Rule, Run, ShopSchedule
from shops.services.rules import KONTOR_LEADS, apply_preset
from shops.services.runs import confirm_overwriting, start_run
from shops.services.schedules import ensure_schedules, start_due
from tests.factories import make_run

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(shop):
    apply_preset(shop, KONTOR_LEADS)
    confirm_overwriting(shop, None)
    return shop


def url(shop):
    return reverse("admin:shops_shop_schedule", args=[shop.pk])


def posted(shop, **changes):
    """What the browser sends when nothing but `changes` was touched; None = not ticked."""
    data = {"quiet_from": "", "quiet_until": ""}
    for schedule in ShopSchedule.objects.filter(shop=shop):
        data[f"on_{schedule.job}"] = "on" if schedule.active else None
        if schedule.every_min:
            data[f"every_{schedule.job}"] = str(schedule.every_min)
        else:
            data[f"at_{schedule.job}"] = schedule.at.strftime("%H:%M")
    return {name: value for name, value in {**data, **changes}.items() if value is not None}


@pytest.mark.requirement("E1", "E2")
def test_looking_saves_nothing_and_saving_takes_the_recommended_times(admin, shop):
    html = admin.get(url(shop)).content.decode()
    assert "Nothing runs by itself in this shop yet" in html
    assert not ShopSchedule.objects.exists()
    ensure_schedules(shop)
    data = posted(shop)
    ShopSchedule.objects.all().delete()
    answer = admin.post(url(shop), data, follow=True)
    assert "Saved: recommended times." in answer.content.decode()
    assert ShopSchedule.objects.get(job=Run.Job.EXPORT_STOCK).every_min == 5
    assert "Nothing runs by itself" not in admin.get(url(shop)).content.decode()


@pytest.mark.requirement("E1")
def test_each_job_has_its_own_time_and_a_new_one_counts_from_now(admin, shop):
    ensure_schedules(shop)
    ShopSchedule.objects.update(armed_at=timezone.now() - timedelta(days=9))
    admin.post(url(shop), posted(shop, at_sync="12:15", every_export_stock="3"))
    saved = {schedule.job: schedule for schedule in ShopSchedule.objects.all()}
    assert (saved["sync"].at, saved["export_stock"].every_min) == (time(12, 15), 3)
    assert timezone.now() - saved["sync"].armed_at < timedelta(minutes=1)
    assert timezone.now() - saved["reconcile"].armed_at > timedelta(days=8)
    assert "Synchronise, Export stock changed" in LogEntry.objects.latest("id").change_message
    admin.post(url(shop), posted(shop))
    assert LogEntry.objects.count() == 1


@pytest.mark.requirement("O14")
def test_switching_one_off_stops_what_it_has_started(admin, shop):
    ensure_schedules(shop)
    run = start_run(shop, Run.Job.EXPORT_STOCK, trigger=Run.Trigger.SCHEDULE)
    answer = admin.post(url(shop), posted(shop, on_export_stock=None), follow=True)
    assert "1 run that had been started by itself was stopped." in answer.content.decode()
    run.refresh_from_db()
    assert (run.state, run.message) == ("cancelled", "It was switched off, so it was stopped.")


@pytest.mark.requirement("O14")
def test_the_matrix_stops_at_once_what_it_no_longer_wants(admin, shop):
    ensure_schedules(shop)
    run = start_run(shop, Run.Job.EXPORT_STOCK, trigger=Run.Trigger.SCHEDULE)
    admin.post(reverse("admin:shops_shop_matrix", args=[shop.pk]), {})  # everything is left alone
    run.refresh_from_db()
    assert run.state == "cancelled"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"every_export_stock": "0"}, "from 1 to 1440"),
        ({"every_export_stock": "soon"}, "from 1 to 1440"),
        ({"every_export_stock": ""}, "from 1 to 1440"),
        ({"at_sync": "25:00"}, "Enter a time of day"),
        ({"at_sync": ""}, "Enter a time of day"),
        ({"quiet_from": "22:00"}, "a beginning and an end"),
        ({"quiet_from": "22:00", "quiet_until": "22:00"}, "cannot end when they begin"),
        ({"quiet_from": "22:00", "quiet_until": "06:00", "at_sync": "03:00"}, "falls into the quiet hours"),
    ],
)
def test_what_cannot_be_is_refused_with_the_cure_and_nothing_is_saved(admin, shop, changes, sentence):
    ensure_schedules(shop)
    before = list(ShopSchedule.objects.values())
    answer = admin.post(url(shop), posted(shop, **changes))
    assert answer.status_code == 200
    assert sentence in answer.content.decode()
    assert list(ShopSchedule.objects.values()) == before


def test_quiet_hours_are_saved_and_taken_away(admin, shop):
    ensure_schedules(shop)
    admin.post(url(shop), posted(shop, quiet_from="12:00", quiet_until="13:30"))
    shop.refresh_from_db()
    assert shop.quiet_hours == (time(12), time(13, 30))
    admin.post(url(shop), posted(shop))
    shop.refresh_from_db()
    assert shop.quiet_hours is None


def test_what_is_left_alone_says_so(admin, shop):
    ensure_schedules(shop)
    Rule.objects.filter(shop=shop, kind="order").update(linked="nothing", import_here=False)
    assert "Orders are left alone under “What to sync”." in admin.get(url(shop)).content.decode()


@pytest.mark.requirement("O10")
def test_a_shop_that_calls_is_asked_once_a_day(admin, shop, monkeypatch):
    ensure_schedules(shop)
    monkeypatch.setattr("shops.services.schedules.comes_by_itself", lambda shop, kind: kind == "order")
    html = admin.get(url(shop)).content.decode()
    assert 'name="at_import_orders"' in html
    assert "The shop calls by itself" in html
    data = posted(shop, at_import_orders="07:10")
    del data["every_import_orders"]
    admin.post(url(shop), data)
    saved = ShopSchedule.objects.get(job=Run.Job.IMPORT_ORDERS)
    assert (saved.at, saved.every_min) == (time(7, 10), 20)


def test_the_week_shows_long_runs_as_bars_and_counts_the_short_ones(admin, shop):
    ensure_schedules(shop)
    now = timezone.now()
    long = make_run(shop, state="done", started_at=now - timedelta(minutes=30), finished_at=now)
    for state in ("done", "done", "failed"):
        make_run(shop, job="export_stock", lane="stock", state=state, started_at=now, finished_at=now)
    make_run(shop, state="cancelled", started_at=now, finished_at=now)
    html = admin.get(url(shop)).content.decode()
    assert html.count('style="left:') == 1
    assert reverse("admin:shops_run_change", args=[long.pk]) in html
    assert "1 failed" in html


def test_a_fixed_number_of_queries(admin, shop, django_assert_max_num_queries):
    ensure_schedules(shop)
    for number in range(30):
        make_run(shop, state="done", started_at=timezone.now() - timedelta(hours=number))
    admin.get(url(shop))
    with django_assert_max_num_queries(25):
        admin.get(url(shop))


def test_who_may_only_look_cannot_save(staff, shop):
    ensure_schedules(shop)
    client = staff("view_shop")
    html = client.get(url(shop)).content.decode()
    assert "Changing them needs the role Administrator" in html
    fields = re.findall(r'<input[^>]*name="(?:on|every|at|quiet)_[^>]*>', html)
    assert len(fields) == 14
    assert all("disabled" in field for field in fields)
    before = list(ShopSchedule.objects.values())
    assert client.post(url(shop), posted(shop, every_export_stock="1")).status_code == 403
    assert list(ShopSchedule.objects.values()) == before
    assert staff().get(url(shop)).status_code == 403


def test_a_new_shop_has_its_schedules(admin):
    from shops.models import Shop

    admin.post(
        reverse("admin:shops_shop_add") + "?platform=fabric",
        {
            "name": "New",
            "code": "new",
            "address": "http://127.0.0.1:9",
            "credential_login": "p",
            "credential_api_token": "t",
            "active": "on",
        },
    )
    assert Shop.objects.get(code="new").schedules.filter(active=True).count() == 6


@pytest.mark.requirement("E4")
def test_a_job_that_is_no_longer_offered_stays_saved_and_in_nobodys_way(admin, shop):
    shop.transfer_files = True
    shop.save()
    ensure_schedules(shop)
    data = posted(shop)
    admin.post(url(shop), data)
    shop.transfer_files = False
    shop.save()
    ShopSchedule.objects.update(armed_at=timezone.now() - timedelta(days=2))
    gone = ("on_sync_attachments", "at_sync_attachments")
    answer = admin.post(url(shop), {name: value for name, value in data.items() if name not in gone})
    assert answer.status_code == 302
    start_due()
    assert ShopSchedule.objects.get(job=Run.Job.SYNC_ATTACHMENTS).last_at is None
