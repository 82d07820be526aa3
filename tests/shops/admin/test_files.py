"""Downloading an export file."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.core import signing
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from shops.models import ExportFile
from tests.factories import make_run

pytestmark = pytest.mark.django_db


@pytest.fixture
def export(shop, settings, tmp_path) -> ExportFile:
    settings.MEDIA_ROOT = tmp_path
    run = make_run(shop, job="export_stock", lane="files", mode="file", state="done")
    row = ExportFile(
        run=run, name="stock.csv", format="csv", rows=2, size=9, expires_at=timezone.now() + timedelta(1)
    )
    row.file.save("stock.csv", ContentFile(b"sku;1\r\nb;2"))
    return row


def url(export):
    return reverse("admin:shops_exportfile_download", args=[export.pk])


@pytest.mark.requirement("E5", "E6", "D6")
def test_the_file_is_downloaded_from_the_run_and_from_the_list(staff, export):
    client = staff("view_run", "view_exportfile")
    page = client.get(reverse("admin:shops_run_change", args=[export.run_id])).content.decode()
    assert url(export) in page
    assert url(export) in client.get("/shops/exportfile/").content.decode()
    answer = client.get(url(export), follow=True)
    assert b"".join(answer.streaming_content) == b"sku;1\r\nb;2"
    assert answer["Content-Disposition"] == 'attachment; filename="stock.csv"'
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_without_the_right_there_is_no_file(staff, export):
    client = staff("view_run", "view_shop")
    assert client.get(url(export)).status_code == 403
    page = client.get(reverse("admin:shops_run_change", args=[export.run_id])).content.decode()
    assert url(export) not in page


def test_a_file_that_is_gone_says_how_to_get_a_new_one(admin, export):
    export.file.storage.delete(export.file.name)
    answer = admin.get(url(export), follow=True)
    assert "“stock.csv” is no longer kept." in answer.content.decode()
    assert "Order the export to a file again" in answer.content.decode()


def test_a_file_past_its_time_is_not_handed_out(admin, export):
    ExportFile.objects.filter(pk=export.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    assert "no longer kept" in admin.get(url(export), follow=True).content.decode()
    assert url(export) not in admin.get("/shops/exportfile/").content.decode()


def test_an_unknown_file_is_not_found(admin):
    assert admin.get(reverse("admin:shops_exportfile_download", args=[99]), follow=True).status_code == 404


def fetched(client, export) -> str:
    """The signed address to which a click leads."""
    return client.get(url(export))["Location"]


def test_the_address_of_a_file_holds_for_five_minutes(admin, export):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        address = fetched(admin, export)
        clock.shift(timedelta(minutes=4, seconds=59))
        assert admin.get(address).status_code == 200
        clock.shift(timedelta(seconds=2))
        answer = admin.get(address, follow=True)
    assert "This address of a file no longer holds." in answer.content.decode()
    assert "Click “Download” again" in answer.content.decode()


def test_the_address_of_a_file_is_one_persons_and_cannot_be_forged(staff, export, django_user_model):
    client = staff("view_run", "view_exportfile")
    address = fetched(client, export)
    head, _slash, tail = address.rstrip("/").rpartition("/")
    assert client.get(f"{head}/{tail[:-1]}{'A' if tail[-1] != 'A' else 'B'}/").status_code == 404
    assert client.get(f"{head}/{signing.dumps([export.pk, 1])}/").status_code == 404
    other = Client()
    other.force_login(django_user_model.objects.create_superuser("other"))
    assert other.get(address).status_code == 403
    assert Client().get(address).status_code == 302  # to the login
