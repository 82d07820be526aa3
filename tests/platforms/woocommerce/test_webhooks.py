"""The shop's calls: recorded ones verify, forged ones do not; registering and removing at the stand-in."""

from __future__ import annotations

import pytest

from backoffice.lib.errors import BadCredentials, UnexpectedAnswer
from shops.platforms.woocommerce import webhooks
from shops.platforms.woocommerce.platform import WooCommerce
from tests.platforms.woocommerce import recordings
from tests.platforms.woocommerce.connecting import connect

TOPICS = [one.topic for one in WooCommerce.announcements]
DELIVERIES = range(124, 131)
ADDRESS = "http://127.0.0.1:8639/hooks/woo/1"


def delivery(number: int) -> tuple[bytes, dict[str, str], str]:
    recorded = recordings.exchange(number)
    return recorded["request"]["body_raw"].encode(), recorded["request"]["headers"], recorded["secret"]


@recordings.needed
@pytest.mark.parametrize("number", DELIVERIES)
def test_recorded_calls_verify(number):
    body, headers, secret = delivery(number)
    event = webhooks.verify(body, headers, secret)
    topic = headers["X-WC-Webhook-Topic"]
    assert event.kind == {"order": "order", "product": "article", "customer": "customer"}[topic.split(".")[0]]
    assert event.verb == topic.split(".")[1]
    assert event.remote_id.isdigit()
    assert event.topic == topic


@recordings.needed
def test_what_was_changed_on_the_way_does_not_verify():
    body, headers, secret = delivery(124)
    for wrong in (
        (body + b" ", headers, secret),
        (body, headers, secret + "x"),
        (body, headers, ""),
        (body, {**headers, "X-WC-Webhook-Signature": ""}, secret),
        (body, {**headers, "X-WC-Webhook-Signature": "č"}, secret),
        (body, {}, secret),
    ):
        with pytest.raises(BadCredentials):
            webhooks.verify(*wrong)


@recordings.needed
def test_header_names_may_come_in_any_case():
    body, headers, secret = delivery(127)
    event = webhooks.verify(body, {name.lower(): value for name, value in headers.items()}, secret)
    assert (event.kind, event.verb, event.remote_id) == ("order", "deleted", "212")


@recordings.needed
def test_calls_are_told_apart_by_content_because_the_shops_number_is_shared():
    first, second = delivery(128), delivery(129)
    assert first[1]["X-WC-Webhook-Delivery-ID"] == second[1]["X-WC-Webhook-Delivery-ID"]
    keys = {webhooks.verify(*one).key for one in (first, second, first)}
    assert len(keys) == 2


@recordings.needed
def test_the_ping_of_a_new_webhook_is_known():
    recorded = recordings.exchange(121)["request"]
    assert webhooks.is_ping(recorded["body_raw"].encode(), recorded["headers"])
    body, headers, _secret = delivery(124)
    assert not webhooks.is_ping(body, headers)


def test_a_signed_call_about_something_else_is_not_guessed():
    import base64
    import hashlib
    import hmac

    body = b'{"id":7}'
    signed = base64.b64encode(hmac.new(b"s", body, hashlib.sha256).digest()).decode()
    headers = {"X-WC-Webhook-Signature": signed, "X-WC-Webhook-Resource": "coupon"}
    with pytest.raises(UnexpectedAnswer):
        webhooks.verify(body, headers, "s")


def test_a_secret_has_letters_and_digits_only():
    """The shop decodes HTML in its stored secret before it signs (woocommerce.md, 8)."""
    assert WooCommerce.new_secret().isalnum()
    assert WooCommerce.new_secret() != WooCommerce.new_secret()


def test_calls_are_registered_once_and_removed(woo):
    shop = connect(woo)
    first = shop.subscribe(ADDRESS, "s1", TOPICS)
    assert [one.topic for one in first] == TOPICS
    assert all(one.active for one in first)
    woo.reset_counts()
    again = shop.subscribe(ADDRESS, "s2", TOPICS)
    assert len(shop.subscriptions(ADDRESS)) == len(TOPICS)
    assert {one.remote_id for one in again}.isdisjoint(one.remote_id for one in first)
    assert woo.calls["POST", "/webhooks/batch"] == 2
    assert shop.subscriptions("http://other.example/") == []
    shop.unsubscribe(ADDRESS)
    assert shop.subscriptions(ADDRESS) == []


def test_what_was_announced_is_read_in_one_request(woo):
    shop = connect(woo)
    ids = [record.remote_id for record in shop.read("article").records if not record.parent_id][:3]
    woo.reset_counts()
    page = shop.read_some("article", [(remote_id, "") for remote_id in [*ids, "999999"]])
    assert sorted(record.remote_id for record in page.records) == sorted(ids)
    assert {record.remote_id for record in page.carried["stock"]} <= set(ids)
    assert woo.calls["GET", "/products"] == 1


def test_a_topic_that_the_shop_refuses_is_said(woo):
    with pytest.raises(UnexpectedAnswer) as caught:
        connect(woo).subscribe(ADDRESS, "s", ("order.paid",))
    assert caught.value.key == "webhook_register"


@recordings.needed
def test_a_webhook_that_the_shop_gave_up_is_seen():
    row = recordings.body(131)
    assert webhooks._subscription(row).active is False
