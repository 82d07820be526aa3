"""Every recorded answer of the running shop, through the client and the mapping: understood, or an error with a cure."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from backoffice.lib.errors import (
    BadCredentials,
    KontorError,
    MissingPermission,
    Refused,
    RemoteDown,
    UnexpectedAnswer,
    WrongAddress,
)
from shops.platforms.woocommerce.client import Client
from shops.platforms.woocommerce.mapping import articles, customers, orders, taxes, terms
from shops.platforms.woocommerce.mapping.articles import Catalogue
from shops.platforms.woocommerce.mapping.taxes import TaxRates
from shops.platforms.woocommerce.mapping.units import Units
from tests.peers.scripted import Reply, ScriptedServer
from tests.platforms.woocommerce import recordings
from tests.platforms.woocommerce.connecting import connection

pytestmark = recordings.needed

NUMBERS = (
    sorted(int(path.name[:3]) for path in recordings.FOLDER.glob("*.json"))
    if recordings.FOLDER.is_dir()
    else []
)
BY_PATH: tuple[tuple[str, Callable[[Any], object]], ...] = (
    (r"/products(/\d+)?$", lambda row: articles.article(row, catalogue())),
    (r"/variations(/\d+)?$", lambda row: articles.article(row, catalogue())),
    (r"/orders(/\d+)?$", orders.order),
    (r"/customers(/\d+)?$", customers.customer),
    (r"/products/categories$", terms.category),
    (r"/products/brands$", terms.producer),
    (r"/taxes$", taxes.vat_rate),
    (r"/payment_gateways$", terms.payment_method),
    (r"/orders/statuses$", terms.order_status),
)


def catalogue() -> Catalogue:
    return Catalogue(units=Units("kg", "cm"), rates=TaxRates.of(recordings.body(50), "SI"))


def understood() -> list[int]:
    """Recorded answers with elements in them, read whole (a few name the fields they want)."""
    found = []
    for number in NUMBERS:
        recorded = recordings.exchange(number)
        path = recorded["request"]["path"]
        ours = "/wc/v3/" in path and any(re.search(pattern, path) for pattern, _mapping in BY_PATH)
        whole = "_fields" not in recorded["request"]["query"]
        if ours and whole and recorded["response"]["status"] in (200, 201):
            found.append(number)
    return found


def refused() -> list[int]:
    return [
        number
        for number in NUMBERS
        if recordings.exchange(number)["response"]["status"] >= 300
        and "wp-json" in recordings.exchange(number)["request"]["path"]
    ]


@pytest.mark.parametrize("number", understood())
def test_every_recorded_element_becomes_a_record(number):
    recorded = recordings.exchange(number)
    path = recorded["request"]["path"]
    mapping = next(mapping for pattern, mapping in BY_PATH if re.search(pattern, path))
    body = recorded["response"]["body"]
    rows = body if isinstance(body, list) else [body]
    assert all(mapping(row) for row in rows)
    assert rows or number == 35


def test_rows_of_recorded_batches_are_products_or_refusals():
    for number in (83, 84, 86, 87):
        for rows in recordings.body(number).values():
            for row in rows:
                assert row.get("error") or articles.article(row, catalogue()).remote_id


@pytest.mark.parametrize("number", refused())
def test_every_recorded_refusal_has_a_sentence_and_a_cure(number):
    recorded = recordings.exchange(number)
    request, response = recorded["request"], recorded["response"]
    body = response["body"]
    reply = Reply(
        status=response["status"],
        body=body if isinstance(body, str) else json.dumps(body, default=float),
        headers=response["headers"],
    )
    with ScriptedServer() as peer:
        peer.replies = [reply]
        client = Client(connection(peer.url))
        path = request["path"].partition("/v3/")[2]
        with pytest.raises(KontorError) as caught:
            client.get(path) if request["method"] == "GET" else client.post(path, {})
    assert isinstance(
        caught.value,
        (BadCredentials, MissingPermission, Refused, RemoteDown, UnexpectedAnswer, WrongAddress),
    )
    assert caught.value.message
    assert caught.value.cure
    assert caught.value.key


@pytest.mark.parametrize(
    ("number", "kind", "data"),
    [
        (85, UnexpectedAnswer, {}),
        (89, Refused, {"code": "product_invalid_sku", "holder": "15"}),
        (90, Refused, {"code": "woocommerce_rest_product_not_created"}),
        (91, Refused, {"code": "product_invalid_global_unique_id", "ean_holder": "15"}),
        (99, Refused, {"code": "woocommerce_rest_product_invalid_id", "gone": "1"}),
        (102, Refused, {"code": "woocommerce_rest_already_trashed", "gone": "1"}),
        (107, Refused, {"code": "term_exists", "holder": "25"}),
        (134, RemoteDown, {"retry_after_s": "600"}),
        (135, RemoteDown, {"retry_after_s": "0"}),
        (137, WrongAddress, {"code": "rest_no_route"}),
    ],
)
def test_what_the_program_needs_of_a_refusal_stands_in_its_data(number, kind, data):
    response = recordings.exchange(number)["response"]
    body = response["body"]
    reply = Reply(
        status=response["status"],
        body=body if isinstance(body, str) else json.dumps(body),
        headers=response["headers"],
    )
    with ScriptedServer() as peer:
        peer.replies = [reply]
        client = Client(connection(peer.url))
        with pytest.raises(kind) as caught:
            client.post("products", {})
    assert caught.value.data == data
