"""The shop's calls: what is signed how, and where the shop is told to call."""

from __future__ import annotations

import hashlib
import json

import pytest

from backoffice.lib.errors import BadCredentials, UnexpectedAnswer
from shops.platforms.base import Event
from shops.platforms.shoper import Shoper
from tests.platforms.shoper.connecting import connect

HERE = "https://kontor.example/shops/lipa/call"


def call(
    topic: str, payload: object, secret: str = "s3cret", number: str = "6"
) -> tuple[bytes, dict[str, str]]:
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    signature = hashlib.sha1(f"{number}:{secret}:".encode() + body).hexdigest()
    headers = {"X-Webhook-Name": topic, "X-Webhook-Id": number, "X-Webhook-SHA1": signature}
    return body, headers


def hear(topic: str, payload: object, secret: str = "s3cret") -> Event | None:
    return Shoper.hear(*call(topic, payload), secret)


@pytest.mark.requirement("O9")
@pytest.mark.parametrize(
    ("topic", "payload", "kind", "verb", "remote_id"),
    [
        ("order.create", {"order_id": "8"}, "order", "created", "8"),
        ("order.status", {"order_id": 8, "status_id": "7"}, "order", "updated", "8"),
        ("product.edit", {"product_id": "36"}, "article", "updated", "36"),
        ("product.delete", {"product_id": "36"}, "article", "deleted", "36"),
        ("client.edit", {"user_id": "2"}, "customer", "updated", "2"),
    ],
)
def test_a_signed_call_names_its_element(topic, payload, kind, verb, remote_id):
    event = hear(topic, payload)
    assert (event.kind, event.verb, event.remote_id, event.topic) == (kind, verb, remote_id, topic)


def test_the_same_call_twice_has_one_key_and_other_content_another():
    first, again, other = (hear("order.edit", {"order_id": "8", "sum": s}).key for s in ("1", "1", "2"))
    assert first == again != other
    assert hear("order.paid", {"order_id": "8", "sum": "1"}).key != first


def test_forged_calls_are_refused():
    body, headers = call("order.create", {"order_id": "8"})
    for forged in (
        (body + b" ", headers, "s3cret"),
        (body, {**headers, "X-Webhook-SHA1": "0" * 40}, "s3cret"),
        (body, {**headers, "X-Webhook-Id": "7"}, "s3cret"),
        (body, {}, "s3cret"),
        (body, headers, "other"),
        (body, headers, ""),
    ):
        with pytest.raises(BadCredentials):
            Shoper.hear(*forged)


@pytest.mark.parametrize(
    ("topic", "payload"),
    [
        ("category.edit", {"category_id": "1"}),
        ("order.create", b"<xml/>"),
        ("order.create", []),
        ("order.create", {}),
    ],
)
def test_calls_that_nobody_asked_for_say_so(topic, payload):
    with pytest.raises(UnexpectedAnswer):
        hear(topic, payload)


@pytest.mark.requirement("O9")
def test_one_definition_for_all_topics_replaced_mended_and_removed(shoper):
    platform = connect(shoper)
    topics = [one.topic for one in Shoper.announcements]
    made = platform.subscribe(HERE, Shoper.new_secret(), topics)
    [row] = shoper.store.rows("webhooks")
    assert (row["events"], row["format"], bool(row["secret"])) == (topics, 0, True)
    assert {(one.topic, one.active) for one in made} == {(topic, True) for topic in topics}
    row["active"] = "0"
    shoper.store.add("webhooks", url="https://other.example", active=1, events=["order.create"])
    assert {one.active for one in platform.subscriptions(HERE)} == {False}
    platform.subscribe(HERE, "new", topics[:2])
    assert len(shoper.store.rows("webhooks")) == 2
    platform.unsubscribe(HERE)
    assert [one["url"] for one in shoper.store.rows("webhooks")] == ["https://other.example"]


def test_a_shop_that_takes_no_calls_says_what_to_do(shoper):
    with pytest.raises(UnexpectedAnswer) as caught:
        connect(shoper).subscribe(HERE, "s", ["order.created"])
    assert (caught.value.key, "public address" in caught.value.cure) == ("webhook_register", True)
