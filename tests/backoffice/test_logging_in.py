"""Passwords, locked logins and how long a login lasts."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.contrib.auth.models import User
from django.urls import reverse

pytestmark = pytest.mark.django_db

GOOD = "lime-tree-avenue-7"


@pytest.mark.parametrize("password", ["short-1", "password123", "1234567890123", "petra-kovac-9"])
def test_weak_passwords_are_refused(admin_client, password):
    form = {
        "username": "petra-kovac",
        "password1": password,
        "password2": password,
        "usable_password": "true",
    }
    answer = admin_client.post(reverse("admin:auth_user_add"), form)
    assert answer.status_code == 200
    assert answer.context_data["adminform"].form.errors
    assert not User.objects.filter(username="petra-kovac").exists()
    form |= {"password1": GOOD, "password2": GOOD}
    assert admin_client.post(reverse("admin:auth_user_add"), form).status_code == 302
    assert User.objects.get(username="petra-kovac").check_password(GOOD)


def test_a_login_lasts_twelve_hours_and_ends_with_a_new_password(client):
    user = User.objects.create_user("petra", password=GOOD, is_staff=True)
    with time_machine.travel(datetime(2026, 11, 21, 8, tzinfo=UTC), tick=False) as clock:
        client.post("/login/", {"username": "petra", "password": GOOD})
        clock.shift(timedelta(hours=11, minutes=59))
        assert client.get("/").status_code == 200
        clock.shift(timedelta(minutes=2))
        assert client.get("/").status_code == 302
        client.post("/login/", {"username": "petra", "password": GOOD})
        assert client.get("/").status_code == 200
        user.set_password(f"{GOOD}8")
        user.save()
        assert client.get("/").status_code == 302


def test_a_login_gets_a_new_session_and_its_cookie_is_no_scripts(client):
    User.objects.create_user("petra", password=GOOD, is_staff=True)
    client.get("/login/")
    before = client.cookies.get("sessionid")
    client.post("/login/", {"username": "petra", "password": GOOD})
    cookie = client.cookies["sessionid"]
    assert before is None or before.value != cookie.value
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


def test_a_lock_ends_by_itself_and_a_right_password_forgets_the_wrong_ones(client, settings):
    settings.AXES_ENABLED = True
    User.objects.create_user("petra", password=GOOD, is_staff=True)

    def log_in(password):
        return client.post("/login/", {"username": "petra", "password": password}).status_code

    with time_machine.travel(datetime(2026, 11, 21, 8, tzinfo=UTC), tick=False) as clock:
        assert [log_in("wrong") for _try in range(4)] == [200] * 4
        assert log_in(GOOD) == 302
        client.logout()
        assert [log_in("wrong") for _try in range(5)] == [200] * 4 + [429]
        clock.shift(timedelta(minutes=14))
        assert log_in(GOOD) == 429
        clock.shift(timedelta(minutes=16))
        assert log_in(GOOD) == 302


@pytest.fixture
def tried(client, settings):
    """Tries a password; the status of the answer: 200 = wrong, 302 = in, 429 = locked."""
    settings.AXES_ENABLED = True

    def log_in(name, password="wrong", address="10.0.0.1"):
        form = {"username": name, "password": password}
        status = client.post("/login/", form, REMOTE_ADDR=address).status_code
        client.logout()
        return status

    return log_in


@pytest.fixture
def petra():
    return User.objects.create_user("petra", password=GOOD, is_staff=True)


def test_one_address_does_not_try_a_password_on_every_name(tried, petra):
    assert 429 not in [tried(f"name-{n}") for n in range(29)]
    assert tried("name-30") == 429
    assert tried("petra", GOOD) == 429
    assert tried("petra", GOOD, address="10.0.0.2") == 302


def test_many_addresses_do_not_try_passwords_on_one_name(tried, petra):
    assert tried("petra", GOOD) == 302
    assert 429 not in [tried("petra", address=f"10.1.{n}.1") for n in range(29)]
    assert tried("petra", address="10.1.30.1") == 429
    assert tried("petra", GOOD, address="10.1.31.1") == 429
    # Whom it belongs to is not kept out by strangers, and a wrong password is still one.
    assert tried("petra", GOOD) == 302
    assert [tried("petra") for _try in range(5)] == [200] * 4 + [429]


def test_an_address_of_ipv6_is_its_whole_network(tried, petra):
    assert [tried("petra", address=f"2001:db8:1:2::{n}") for n in range(1, 6)] == [200] * 4 + [429]
    assert tried("petra", GOOD, address="2001:db8:1:2:ffff::1") == 429
    assert tried("petra", GOOD, address="2001:db8:1:3::1") == 302


def test_tries_that_a_lock_refuses_lock_nobody_else_out_and_do_not_make_it_longer(tried, petra):
    with time_machine.travel(datetime(2026, 11, 21, 8, tzinfo=UTC), tick=False) as clock:
        assert {tried("scanner") for _try in range(40)} == {200, 429}
        assert tried("petra", GOOD) == 302
        clock.shift(timedelta(minutes=10))
        assert tried("scanner") == 429
        clock.shift(timedelta(minutes=6))
        assert tried("scanner") == 200
