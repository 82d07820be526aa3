"""Buttons that start runs: without the right, the question, the deed, the deed that fails."""

from __future__ import annotations

import pytest
from django.urls import reverse

from shops.admin.start import QUESTIONS
from shops.models import Run
from shops.services import rules

pytestmark = pytest.mark.django_db


def url(shop, job, mode="web"):
    return reverse("admin:shops_shop_start", args=[shop.pk, job, mode])


@pytest.mark.parametrize(("job", "mode"), list(QUESTIONS))
def test_each_button_asks_first_and_starts_nothing(admin, shop, job, mode):
    html = admin.get(url(shop, job, mode)).content.decode()
    assert 'id="dialog"' in html
    assert str(QUESTIONS[job, mode].button) in html
    assert not Run.objects.exists()


@pytest.mark.parametrize(("job", "mode"), list(QUESTIONS))
def test_without_the_right_no_button_works(staff, shop, job, mode):
    client = staff("view_shop", "change_shop")
    assert client.get(url(shop, job, mode)).status_code == 403
    assert client.post(url(shop, job, mode), {"formats": ["csv"]}).status_code == 403
    assert not Run.objects.exists()


@pytest.mark.requirement("E3", "E5", "O13", "D6")
@pytest.mark.parametrize(
    ("job", "mode", "data", "options"),
    [
        ("read", "web", {}, {}),
        ("sync", "web", {"confirmed": "on"}, {}),
        ("sync", "preview", {}, {}),
        ("export_stock", "web", {"confirmed": "on"}, {}),
        ("export_statuses", "web", {"confirmed": "on"}, {}),
        ("export_all", "web", {"confirmed": "on"}, {}),
        ("export_all", "file", {"formats": ["csv", "xml"]}, {"formats": ["csv", "xml"]}),
        ("export_stock", "file", {"formats": ["xlsx"]}, {"formats": ["xlsx"]}),
        ("export_statuses", "file", {"formats": ["xlsx"]}, {"formats": ["xlsx"]}),
        ("import_orders", "web", {"since": "2026-11-01"}, {"since": "2026-10-31T23:00:00+00:00"}),
    ],
)
def test_each_button_starts_its_run_and_shows_it(staff, shop, job, mode, data, options):
    client = staff("view_shop", "run_shop", "view_run")
    answer = client.post(url(shop, job, mode), data, follow=True)
    run = Run.objects.get()
    assert (run.job, run.mode, run.trigger) == (job, mode, "person")
    assert {name: run.options.get(name) for name in options} == options
    assert run.by is not None
    assert answer.redirect_chain[0][0] == reverse("admin:shops_run_change", args=[run.pk])
    assert "has been ordered." in answer.content.decode()


def test_a_file_needs_a_format(admin, shop):
    answer = admin.post(url(shop, "export_stock", "file"), {})
    assert "Choose at least one format." in answer.content.decode()
    assert not Run.objects.exists()


def test_orders_of_the_future_cannot_be_imported(admin, shop):
    answer = admin.post(url(shop, "import_orders"), {"since": "2999-01-01"})
    assert "This day is in the future." in answer.content.decode()
    assert not Run.objects.exists()


@pytest.mark.requirement("P3")
def test_the_first_writing_run_asks_for_the_confirmation_once(admin, shop):
    rules.apply_preset(shop, rules.KONTOR_LEADS)
    answer = admin.post(url(shop, "sync"), {})
    assert "Tick this to go on. It is asked only once." in answer.content.decode()
    assert not Run.objects.exists()
    admin.post(url(shop, "sync"), {"confirmed": "on"})
    shop.refresh_from_db()
    assert shop.overwrite_confirmed_by.username == "petra"
    assert Run.objects.count() == 1
    assert "confirmed" not in admin.get(url(shop, "sync")).content.decode()


@pytest.mark.requirement("O14")
def test_a_shop_that_is_switched_off_shows_the_cure(admin, shop):
    shop.active = False
    shop.save()
    page = admin.get(reverse("admin:shops_shop_matrix", args=[shop.pk])).content.decode()
    assert "Lipa PL is switched off. Switch it on under Connection." in page
    answer = admin.post(url(shop, "read"), {})
    html = answer.content.decode()
    assert answer.status_code == 200
    assert "Lipa PL is switched off, so nothing is read or written." in html
    assert "Switch it on on its Connection page." in html
    assert not Run.objects.exists()


def test_unknown_jobs_are_not_found(admin, shop):
    assert admin.get(url(shop, "format_disk")).status_code == 404
    assert admin.get(url(shop, "sync", "file")).status_code == 404
