"""The token that a shop lends: one for all workers, asked for by one of them at a time."""

from __future__ import annotations

import threading
import time
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from backoffice.lib.errors import BadCredentials, TimedOut
from shops.models import AccessToken
from shops.platforms.base import Token
from shops.sync import tokens
from shops.sync.tokens import SharedToken
from tests import factories as make

pytestmark = pytest.mark.django_db(transaction=True)
LOGIN = {"login": "kontor", "password": "s3cret"}


class Desk:
    """Lends t1, t2, ... and counts."""

    def __init__(self, days: float = 30, slow_s: float = 0) -> None:
        self.days, self.slow_s, self.lent = days, slow_s, 0

    def __call__(self) -> Token:
        time.sleep(self.slow_s)
        self.lent += 1
        return Token(f"t{self.lent}", timezone.now() + timedelta(days=self.days))


def test_a_token_is_asked_for_once_and_then_kept():
    shop, desk = make.make_shop(), Desk()
    assert SharedToken(shop, LOGIN).current() == ""
    assert SharedToken(shop, LOGIN).renew("", desk) == "t1"
    other_worker = SharedToken(shop, LOGIN)
    assert (other_worker.current(), other_worker.renew("", desk), desk.lent) == ("t1", "t1", 1)


def test_a_refused_token_is_replaced_unless_somebody_was_faster():
    shop, desk = make.make_shop(), Desk()
    first, second = SharedToken(shop, LOGIN), SharedToken(shop, LOGIN)
    first.renew("", desk)
    assert first.renew("t1", desk) == "t2"
    assert second.renew("t1", desk) == "t2"
    assert desk.lent == 2


def test_two_workers_at_once_sign_in_once():
    shop, desk = make.make_shop(), Desk(slow_s=0.5)
    found: list[str] = []

    def work() -> None:
        try:
            found.append(SharedToken(shop, LOGIN).renew("", desk))
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert (found, desk.lent) == (["t1"] * 4, 1)


def test_it_is_renewed_before_it_ends_and_dropped_with_its_login():
    shop, desk = make.make_shop(), Desk(days=10)
    SharedToken(shop, LOGIN).renew("", desk)
    AccessToken.objects.update(renew_at=timezone.now())
    assert SharedToken(shop, LOGIN).current() == ""
    assert SharedToken(shop, LOGIN).renew("", desk) == "t2"
    row = AccessToken.objects.get()
    assert timedelta(days=7) < row.renew_at - timezone.now() <= timedelta(days=8)
    assert SharedToken(shop, LOGIN).current() == "t2"
    assert SharedToken(shop, {**LOGIN, "password": "other"}).current() == ""
    shop.address = "https://other.example"
    assert SharedToken(shop, LOGIN).current() == ""


def test_it_lies_encrypted():
    shop, desk = make.make_shop(), Desk()
    SharedToken(shop, LOGIN).renew("", desk)
    with connection.cursor() as cursor:
        cursor.execute("SELECT token FROM shops_accesstoken")
        [[stored]] = cursor.fetchall()
    assert '"t1"' not in stored
    assert "value" not in stored


def refuses() -> Token:
    raise BadCredentials("wrong")


def test_a_refusal_frees_the_way_for_the_next():
    shop, desk = make.make_shop(), Desk()
    with pytest.raises(BadCredentials):
        SharedToken(shop, LOGIN).renew("", refuses)
    assert SharedToken(shop, LOGIN).renew("", desk) == "t1"


def test_a_worker_that_died_while_signing_in_is_waited_for_only_so_long(monkeypatch):
    monkeypatch.setattr(tokens, "PATIENCE_S", 0.3)
    shop, desk = make.make_shop(), Desk()
    AccessToken.objects.create(
        shop=shop, lease_holder="dead", lease_until=timezone.now() + timedelta(seconds=60)
    )
    with pytest.raises(TimedOut):
        SharedToken(shop, LOGIN).renew("", desk)
    AccessToken.objects.update(lease_until=timezone.now())
    assert SharedToken(shop, LOGIN).renew("", desk) == "t1"
