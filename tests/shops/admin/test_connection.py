"""Adding a shop, its connection, and "Test settings"."""

from __future__ import annotations

import pytest
from django.urls import reverse

from shops.models import Rule, Shop
from shops.platforms.base import Finding
from tests.shops.fakes import Fabric

pytestmark = pytest.mark.django_db

ADD = "/shops/shop/add/"
NEW = {
    "name": "Lipa PL",
    "address": "pl.example/shop/",
    "credential_login": "petra",
    "credential_api_token": "tok_very_secret",
    "active": "on",
}
OK = Finding("address", "Address", "ok", "answers in 41 ms")
BAD = Finding(
    "right",
    "Permissions of the key",
    "problem",
    "The key may only read.",
    effect="Nothing can be sent.",
    why="It was made with read access.",
    cure="Make a new key with read and write access.",
    detail="403 forbidden",
)
MOVED = Finding("moved", "Address", "remark", "The shop has moved.", new_address="https://new.example")


def change(shop):
    return reverse("admin:shops_shop_change", args=[shop.pk])


def page(form=None, **fields):
    return {
        "name": "Lipa PL",
        "address": "http://127.0.0.1:9",
        "credential_login": "petra",
        "active": "on",
    } | fields


@pytest.mark.requirement("M1")
def test_the_kind_of_shop_is_chosen_first_and_its_own_fields_follow(admin):
    choice = admin.get(ADD).content.decode()
    assert "?platform=fabric" in choice
    assert "?platform=woocommerce" in choice
    fabric = admin.get(ADD, {"platform": "fabric"}).content.decode()
    assert 'name="credential_api_token"' in fabric
    assert "consumer_key" not in fabric
    woo = admin.get(ADD, {"platform": "woocommerce"}).content.decode()
    assert 'name="credential_consumer_key"' in woo
    assert "api_token" not in woo


@pytest.mark.requirement("M1", "D6")
def test_adding_a_shop_makes_its_code_and_its_rules(admin):
    answer = admin.post(f"{ADD}?platform=fabric", NEW)
    shop = Shop.objects.get()
    assert answer["Location"] == change(shop)
    assert (shop.code, shop.platform, shop.address) == ("lipa-pl", "fabric", "https://pl.example/shop")
    assert dict(shop.credentials) == {"login": "petra", "api_token": "tok_very_secret"}
    assert shop.credentials_saved_by.username == "petra"
    assert Rule.objects.filter(shop=shop).count() == 13
    admin.post(f"{ADD}?platform=fabric", NEW | {"name": "Lipa_PL"})
    assert Shop.objects.filter(code="lipa_pl").exists() or Shop.objects.filter(code="lipa-pl-2").exists()


def test_a_missing_secret_is_named(admin):
    answer = admin.post(f"{ADD}?platform=fabric", NEW | {"credential_api_token": ""})
    assert answer.status_code == 200
    assert "API token is missing." in answer.content.decode()
    assert not Shop.objects.exists()


def test_a_wrong_address_is_refused_with_what_to_do(admin):
    answer = admin.post(f"{ADD}?platform=fabric", NEW | {"address": "ftp://pl.example"})
    assert "The address must begin with https:// or http://." in answer.content.decode()


@pytest.mark.requirement("M1")
def test_a_saved_secret_is_never_shown_again(admin, shop):
    html = admin.get(change(shop)).content.decode()
    assert "tok_very_secret" not in html
    assert "•••••••••••• saved" in html
    assert 'value="petra"' in html


def test_an_empty_secret_keeps_the_saved_one_and_a_new_one_replaces_it(admin, shop):
    admin.post(change(shop), page(credential_api_token=""))
    shop.refresh_from_db()
    assert shop.credentials["api_token"] == "tok_very_secret"
    assert shop.credentials_saved_at is None
    admin.post(change(shop), page(credential_api_token="tok_new_one"))
    shop.refresh_from_db()
    assert shop.credentials["api_token"] == "tok_new_one"
    assert shop.credentials_saved_by.username == "petra"


def test_code_and_platform_cannot_be_changed(admin, shop):
    admin.post(change(shop), page(code="other", platform="woocommerce", option_branch="Kraków"))
    shop.refresh_from_db()
    assert (shop.code, shop.platform) == ("pl", "fabric")
    assert shop.options == {"branch": "Kraków"}


def test_without_the_right_credentials_are_absent_and_the_address_stays(staff, shop):
    client = staff("view_shop", "change_shop")
    html = client.get(change(shop)).content.decode()
    assert "credential_" not in html
    assert "Ask an administrator to change it." in html
    client.post(
        change(shop),
        page(name="Renamed", address="https://evil.example", credential_api_token="stolen"),
    )
    shop.refresh_from_db()
    assert shop.name == "Renamed"
    assert shop.address == "http://127.0.0.1:9"
    assert shop.credentials["api_token"] == "tok_very_secret"
    assert client.get(ADD).status_code == 403


# Test settings


def check_url(shop):
    return reverse("admin:shops_shop_test", args=[shop.pk])


@pytest.mark.requirement("M1")
def test_the_findings_stand_above_the_form_problems_first(admin, shop):
    Fabric.findings = [OK, BAD]
    answer = admin.post(check_url(shop), follow=True)
    html = answer.content.decode()
    assert "1 problem" in html
    assert html.index("The key may only read.") < html.index("answers in 41 ms")
    for text in ("Nothing can be sent.", "It was made with read access.", "Make a new key", "403 forbidden"):
        assert text in html
    shop.refresh_from_db()
    assert [item["state"] for item in shop.check_result] == ["ok", "problem"]
    assert shop.checked_at is not None


def test_all_is_well(admin, shop):
    Fabric.findings = [OK]
    html = admin.post(check_url(shop), follow=True).content.decode()
    assert "<span>Works</span>" in html
    shop.refresh_from_db()
    assert shop.currency == "EUR"


def test_testing_needs_the_right_and_a_post(admin, staff, shop):
    assert admin.get(check_url(shop)).status_code == 405
    assert staff("view_shop", "change_shop").post(check_url(shop)).status_code == 403
    shop.refresh_from_db()
    assert shop.checked_at is None


def test_who_may_not_test_sees_the_button_switched_off_with_the_reason(staff, shop):
    html = staff("view_shop").get(change(shop)).content.decode()
    assert "Your role may not start runs. Ask an administrator." in html
    assert f'action="{check_url(shop)}"' not in html


def test_findings_are_streamed_one_by_one(admin, shop):
    Fabric.findings = [OK, BAD]
    answer = admin.post(check_url(shop), headers={"X-Kontor-Stream": "1"})
    parts = [part.decode() for part in answer.streaming_content]
    assert [part.count("<li ") for part in parts] == [1, 1]
    assert "answers in 41 ms" in parts[0]
    assert "The key may only read." in parts[1]


def test_a_slow_shop_ends_the_test_in_time_and_says_so(shop):
    from shops.admin.connection import run_checks

    Fabric.findings = [OK, BAD]
    states = [finding["state"] for finding in run_checks(shop, limit_s=-1)]
    assert states == ["ok", "skipped"]
    shop.refresh_from_db()
    assert shop.check_result[-1]["text"] == "The shop answers so slowly that the time for a test was up."


def test_save_and_test_does_both(admin, shop):
    Fabric.findings = [BAD]
    html = admin.post(change(shop), page(name="Lipa Polska", _test="1"), follow=True).content.decode()
    assert "Lipa Polska is saved." in html
    assert "The key may only read." in html


def test_use_this_address_takes_what_the_test_found_and_nothing_else(admin, shop):
    Fabric.findings = [MOVED]
    html = admin.post(check_url(shop), follow=True).content.decode()
    assert "Use this address" in html
    use = reverse("admin:shops_shop_use_address", args=[shop.pk])
    admin.post(use, {"address": "https://evil.example"})
    shop.refresh_from_db()
    assert shop.address == "http://127.0.0.1:9"
    answer = admin.post(use, {"address": "https://new.example"}, follow=True)
    shop.refresh_from_db()
    assert shop.address == "https://new.example"
    assert "The shop address is now https://new.example." in answer.content.decode()


def test_use_this_address_needs_the_right_to_enter_credentials(staff, shop):
    Shop.objects.filter(pk=shop.pk).update(check_result=[{"new_address": "https://new.example"}])
    use = reverse("admin:shops_shop_use_address", args=[shop.pk])
    client = staff("view_shop", "change_shop", "run_shop")
    assert client.post(use, {"address": "https://new.example"}).status_code == 403
    shop.refresh_from_db()
    assert shop.address == "http://127.0.0.1:9"


def test_a_platform_that_is_not_installed_says_so(admin, shop, settings):
    settings.PLATFORMS = {"woocommerce": settings.PLATFORMS["woocommerce"]}
    answer = admin.get(change(shop), follow=True)
    assert "The platform “fabric” is not installed here." in answer.content.decode()


def test_unreadable_credentials_can_be_entered_again(admin, shop):
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("UPDATE shops_shop SET credentials = 'not ours' WHERE id = %s", [shop.pk])
    assert admin.get(change(shop)).status_code == 200
    admin.post(change(shop), page(credential_api_token="tok_again"))
    assert Shop.objects.get(pk=shop.pk).credentials["api_token"] == "tok_again"
