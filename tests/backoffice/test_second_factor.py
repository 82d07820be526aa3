"""The second factor: asked after the password, each code once, turned off by its owner or an administrator."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django_otp.oath import TOTP
from django_otp.plugins.otp_static.models import StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

pytestmark = pytest.mark.django_db

ASK, SETUP = "/second-factor/", "/second-factor/setup/"


@pytest.fixture
def clock(time_machine):
    time_machine.move_to("2026-11-21T09:00:00+00:00")
    return time_machine


@pytest.fixture
def petra() -> User:
    return User.objects.create_superuser("petra", password="lipa-in-kontor-1")


def code_of(device: TOTPDevice, ahead: int = 0) -> str:
    totp = TOTP(device.bin_key, device.step, device.t0, device.digits, device.drift)
    totp.time = totp.time + ahead * device.step
    return f"{totp.token():06d}"


def turn_on(client, user: User) -> tuple[TOTPDevice, list[str]]:
    client.force_login(user)
    client.get(SETUP)
    device = TOTPDevice.objects.get(user=user)
    html = client.post(SETUP, {"code": code_of(device)}).content.decode()
    codes = re.search(r"<pre[^>]*>(.*?)</pre>", html, re.S).group(1).split()
    device.refresh_from_db()
    return device, codes


def log_in(client) -> None:
    client.logout()
    client.post("/login/", {"username": "petra", "password": "lipa-in-kontor-1"})


def test_after_the_password_nothing_opens_without_the_code(client, petra, clock):
    device, codes = turn_on(client, petra)
    assert len(codes) == 8
    log_in(client)
    for path in ("/", "/orders/order/", SETUP):
        response = client.get(path)
        assert response.status_code == 302
        assert response["Location"].startswith(ASK)
    assert client.post(ASK, {"code": "000000"}).status_code == 200
    clock.shift(60)
    answer = client.post(f"{ASK}?next=/orders/order/", {"code": code_of(device), "next": "/orders/order/"})
    assert (answer.status_code, answer["Location"]) == (302, "/orders/order/")
    assert client.get("/").status_code == 200


def test_a_code_counts_once(client, petra, clock):
    device, _codes = turn_on(client, petra)
    clock.shift(60)
    code = code_of(device)
    log_in(client)
    assert client.post(ASK, {"code": code}).status_code == 302
    log_in(client)
    html = client.post(ASK, {"code": code}).content.decode()
    assert "used already" in html
    assert client.get("/").status_code == 302


def test_a_code_from_paper_opens_once(client, petra):
    _device, codes = turn_on(client, petra)
    log_in(client)
    assert client.post(ASK, {"code": codes[0].upper()}).status_code == 302
    assert "7 are left" in client.get("/").content.decode()
    log_in(client)
    assert client.post(ASK, {"code": codes[0]}).status_code == 200
    assert StaticToken.objects.count() == 7


def test_guessing_makes_the_next_try_wait_even_for_the_right_code(client, petra, clock):
    device, _codes = turn_on(client, petra)
    log_in(client)
    for guess in range(5):
        clock.shift(20)
        client.post(ASK, {"code": f"{guess:06d}"})
    clock.shift(1)
    html = client.post(ASK, {"code": code_of(device, ahead=1)}).content.decode()
    assert "Too many wrong codes" in html
    clock.shift(120)
    assert client.post(ASK, {"code": code_of(device)}).status_code == 302


def test_the_way_on_never_leads_elsewhere(client, petra, clock):
    device, _codes = turn_on(client, petra)
    log_in(client)
    clock.shift(60)
    answer = client.post(ASK, {"code": code_of(device), "next": "https://evil.example/"})
    assert answer["Location"] == "/"


def test_turning_it_off_asks_for_a_code(client, petra, clock):
    device, _codes = turn_on(client, petra)
    assert client.post(SETUP, {"code": "123456"}).status_code == 200
    assert TOTPDevice.objects.exists()
    clock.shift(60)
    client.post(SETUP, {"code": code_of(device)})
    assert not TOTPDevice.objects.exists()
    log_in(client)
    assert client.get("/").status_code == 200


def test_a_firm_may_ask_it_of_everybody(client, petra, settings):
    settings.REQUIRE_SECOND_FACTOR = True
    log_in(client)
    response = client.get("/")
    assert response["Location"].startswith(SETUP)
    html = client.get(SETUP).content.decode()
    assert "asks it of everybody" in html
    client.post(SETUP, {"code": code_of(TOTPDevice.objects.get())})
    assert client.get("/").status_code == 200


def test_an_administrator_turns_it_off_for_who_lost_the_phone(client, petra, django_user_model):
    turn_on(client, petra)
    boss = django_user_model.objects.create_superuser("boss")
    client.force_login(boss)
    client.post(
        reverse("admin:auth_user_changelist"),
        {"action": "remove_second_factor", "_selected_action": [petra.pk]},
    )
    assert not TOTPDevice.objects.filter(user=petra).exists()


def test_no_page_of_the_admin_shows_keys(client, petra):
    client.force_login(petra)
    assert client.get("/otp_totp/totpdevice/").status_code == 404
    client.get(SETUP)
    other = User.objects.create_superuser("other")
    client.force_login(other)
    html = client.get(reverse("admin:auth_user_change", args=[petra.pk])).content.decode()
    assert TOTPDevice.objects.get(user=petra).key not in html


def test_asking_it_of_everybody_reaches_who_is_logged_in_already(client, petra, settings):
    log_in(client)
    assert client.get("/").status_code == 200
    settings.REQUIRE_SECOND_FACTOR = True
    assert client.get("/")["Location"].startswith(SETUP)
    client.get(SETUP)
    client.post(SETUP, {"code": code_of(TOTPDevice.objects.get())})
    assert client.get("/").status_code == 200


def test_who_has_one_but_a_session_from_before_gives_the_code(client, client_without_it, petra, settings):
    turn_on(client, petra)
    assert client_without_it.get("/").status_code == 200
    settings.REQUIRE_SECOND_FACTOR = True
    assert client_without_it.get("/")["Location"].startswith(ASK)
    assert client.get("/").status_code == 200


@pytest.fixture
def client_without_it(petra):
    client = Client()
    client.force_login(petra)
    return client


def test_the_way_on_keeps_all_of_its_query(client, petra, clock):
    device, _codes = turn_on(client, petra)
    log_in(client)
    clock.shift(60)
    asked = client.get("/orders/order/?state__exact=new&q=Lipa+%26+co")["Location"]
    given = client.post(asked, {"code": code_of(device)})
    assert given["Location"] == "/orders/order/?state__exact=new&q=Lipa+%26+co"


def test_new_codes_for_paper_end_the_old_ones(client, petra, clock):
    device, old = turn_on(client, petra)
    clock.shift(60)
    assert "Make new codes for paper" in client.get(SETUP).content.decode()
    client.post(SETUP, {"code": "123456", "paper": "1"})
    assert set(StaticToken.objects.values_list("token", flat=True)) == set(old)
    clock.shift(60)
    html = client.post(SETUP, {"code": code_of(device), "paper": "1"}).content.decode()
    new = re.search(r"<pre[^>]*>(.*?)</pre>", html, re.S).group(1).split()
    assert len(new) == 8
    assert not set(new) & set(old)
    assert TOTPDevice.objects.filter(user=petra, confirmed=True).exists()
    log_in(client)
    assert client.post(ASK, {"code": old[0]}).status_code == 200
    clock.shift(60)
    assert client.post(ASK, {"code": new[0]}).status_code == 302
