"""A file for the shop on its Connection page, and fields that a choice decides about; with osCommerce, which has both."""

from __future__ import annotations

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse

from shops.models import Shop
from tests.factories import make_company, make_shop

pytestmark = pytest.mark.django_db

ADD = "/shops/shop/add/?platform=oscommerce"
OSC = {"oscommerce": "shops.platforms.oscommerce.platform.OsCommerce"}
NEW = {"name": "Lipa", "address": "https://shop.example/catalog", "active": "on", "credential_port": "3306"}


@pytest.fixture(autouse=True)
def osc(settings):
    settings.PLATFORMS = OSC


@pytest.fixture
def shop(db) -> Shop:
    make_company()
    return make_shop(
        "osc",
        platform="oscommerce",
        address="https://shop.example",
        credentials={},
        options={"way": "bridge"},
    )


def address(shop, name="bridge"):
    return reverse("admin:shops_shop_download", args=[shop.pk, name])


def page(client, shop) -> str:
    return client.get(reverse("admin:shops_shop_change", args=[shop.pk])).content.decode()


def test_the_file_is_made_with_a_secret_of_the_shops_own_that_is_kept_encrypted(admin, shop):
    answer = admin.post(address(shop))
    assert answer["Content-Disposition"] == 'attachment; filename="kontor-bridge.php"'
    assert "no-store" in answer["Cache-Control"]
    shop.refresh_from_db()
    secret = shop.credentials["bridge_secret"]
    assert len(secret) == 64
    assert answer.content.count(secret.encode()) == 1
    assert shop.credentials_saved_by.username == "petra"
    assert "Bridge file" in LogEntry.objects.get().change_message
    assert secret not in page(admin, shop)
    # Again: the same, so that the file in the shop goes on working.
    assert admin.post(address(shop)).content == answer.content
    other = make_shop("other", platform="oscommerce", credentials={}, options={"way": "bridge"})
    assert admin.post(address(other)).content != answer.content


def test_the_tables_prefix_goes_into_the_file_and_what_cannot_be_one_is_refused(admin, shop):
    shop.options["table_prefix"] = "osc_"
    shop.save()
    assert b"'osc_'" in admin.post(address(shop)).content
    shop.options["table_prefix"] = "a'; DROP TABLE x"
    shop.save()
    answer = admin.post(address(shop), follow=True)
    assert "cannot be the prefix of tables" in answer.content.decode()


def test_who_may_not_enter_credentials_gets_no_file(staff, shop):
    client = staff("view_shop", "change_shop", "run_shop")
    assert client.post(address(shop)).status_code == 403
    assert "kontor-bridge" not in page(client, shop)
    assert address(shop) not in page(client, shop)
    shop.refresh_from_db()
    assert dict(shop.credentials) == {}


def test_it_is_fetched_by_a_click_only_and_there_is_no_other_file(admin, shop):
    assert admin.get(address(shop)).status_code == 405
    assert admin.post(address(shop, "passwords")).status_code == 404
    shop.refresh_from_db()
    assert dict(shop.credentials) == {}


def test_credentials_that_cannot_be_read_are_not_overwritten(admin, shop, settings):
    shop.credentials = {"password": "x"}
    shop.save()
    settings.CREDENTIAL_KEYS = ["bmV3LWtleS1uZXcta2V5LW5ldy1rZXktbmV3LWtleS0="]
    answer = admin.post(address(shop), follow=True)
    assert "cannot be read with this installation" in answer.content.decode()


def test_the_page_offers_the_file_for_the_way_that_needs_it(admin, shop):
    assert address(shop) in page(admin, shop)
    shop.options["way"] = "database"
    shop.save()
    # Still in the page, for who chooses the other way; hidden until then.
    assert 'data-when="option_way=bridge" hidden' in page(admin, shop)


@pytest.mark.requirement("M1")
def test_what_a_way_does_not_need_is_not_asked_for(admin):
    form = admin.get(ADD).content.decode()
    assert form.index('name="option_way"') < form.index('name="credential_host"')
    assert 'data-when="option_way=database"' in form
    answer = admin.post(ADD, {**NEW, "option_way": "bridge"})
    shop = Shop.objects.get()
    assert answer["Location"] == reverse("admin:shops_shop_change", args=[shop.pk])
    assert shop.options["way"] == "bridge"


@pytest.mark.requirement("M1")
def test_what_a_way_needs_is_asked_for(admin):
    answer = admin.post(ADD, {**NEW, "option_way": "database"})
    text = answer.content.decode()
    assert Shop.objects.count() == 0
    for label in ("Host of the database", "Database", "User", "Password"):
        assert f"{label} is missing." in text
    certificate = "-----BEGIN CERTIFICATE-----\nabc\n-----END CERTIFICATE-----"
    given = {
        "host": "db.example",
        "database": "shop",
        "user": "kontor",
        "password": "hush",
        "ca": certificate,
    }
    admin.post(
        ADD,
        {**NEW, "option_way": "database", **{f"credential_{name}": value for name, value in given.items()}},
    )
    shop = Shop.objects.get()
    assert shop.credentials["host"] == "db.example"
    assert shop.credentials["ca"].splitlines() == certificate.splitlines()
