"""Whatever a shop answers: it becomes records that can be kept, or a declared error; never anything else."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backoffice.lib.answers import Answer
from backoffice.lib.errors import UnexpectedAnswer
from backoffice.lib.fingerprint import fingerprint
from shops.content import content_print, from_content, to_content
from shops.models import RemoteElement
from shops.platforms.oscommerce.clock import Clock
from shops.platforms.oscommerce.mapping import articles as osc_articles
from shops.platforms.oscommerce.mapping import customers as osc_customers
from shops.platforms.oscommerce.mapping import orders as osc_orders
from shops.platforms.oscommerce.mapping import taxes as osc_taxes
from shops.platforms.oscommerce.mapping import terms as osc_terms
from shops.platforms.oscommerce.reading import bad_record as osc_bad
from shops.platforms.oscommerce.texts import UTF8
from shops.platforms.shoper.mapping import articles as shoper_articles
from shops.platforms.shoper.mapping import customers as shoper_customers
from shops.platforms.shoper.mapping import images as shoper_images
from shops.platforms.shoper.mapping import orders as shoper_orders
from shops.platforms.shoper.mapping import terms as shoper_terms
from shops.platforms.woocommerce.mapping import articles, customers, orders, taxes, terms
from shops.platforms.woocommerce.mapping.values import Malformed
from shops.platforms.woocommerce.pages import bad_record
from shops.records import Record
from tests.fuzz import examples
from tests.fuzz.hostile import answers, fuzz, payloads

Mapped = Callable[[Any], Iterable[Record]]
EUROPE = ZoneInfo("Europe/Warsaw")
CATALOGUE = articles.Catalogue(rates=taxes.TaxRates.of([examples.WOO_RATE], "SI"))
SHOPER = shoper_articles.Catalogue("pl_PL", EUROPE, currency_id="1", axes=lambda: examples.SHOPER_AXES)
TILL = shoper_orders.Till(EUROPE, {"1": "PLN"}, {"1": "Card"}, {"8": "Courier"})
OSC = osc_articles.Catalogue(Clock(EUROPE), weight_unit="kg", images="http://shop.example/images")
SALES = osc_orders.Sales(Clock(EUROPE), decimals={"EUR": 2})


def keepable(record: Record) -> None:
    """It can be compared, stored and read again: JSON that both databases take, and columns wide enough."""
    content = to_content(record)
    assert to_content(from_content(record.kind, json.loads(json.dumps(content)), remote_id="1")) == content
    kept = json.dumps(content, ensure_ascii=False, allow_nan=False)
    raw = getattr(record, "raw", {})
    kept += json.dumps(raw, ensure_ascii=False, allow_nan=False) + fingerprint(raw)
    kept.encode()
    assert "\\u0000" not in kept
    assert len(content_print(content)) == 32
    assert len(record.remote_id) <= RemoteElement._meta.get_field("remote_id").max_length
    for value in _amounts(content):
        assert len(value.replace("-", "").partition(".")[0]) <= 15, value[:40]


def _amounts(value: Any) -> Iterable[str]:
    if isinstance(value, dict):
        for key, item in value.items():
            known = (
                "net",
                "tax",
                "total",
                "total_tax",
                "quantity",
                "regular",
                "price",
                "amount",
                "vat_percent",
                "percent",
            )
            if key in known and isinstance(item, str):
                yield item
            yield from _amounts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _amounts(item)


def one(mapping: Callable[[Any], Record | None]) -> Mapped:
    def mapped(payload: Any) -> list[Record]:
        record = mapping(payload)
        return [] if record is None else [record]

    return mapped


WOO: Mapping[str, tuple[Any, Mapped]] = {
    "order": (examples.WOO_ORDER, one(orders.order)),
    "product": (examples.WOO_PRODUCT, one(lambda row: articles.article(row, CATALOGUE))),
    "variation": (examples.WOO_VARIATION, one(lambda row: articles.article(row, CATALOGUE))),
    "images": (examples.WOO_PRODUCT, articles.images),
    "price": (examples.WOO_PRODUCT, one(articles.price)),
    "customer": (examples.WOO_CUSTOMER, one(customers.customer)),
    "category": (examples.WOO_CATEGORY, one(terms.category)),
    "rate": (examples.WOO_RATE, one(taxes.vat_rate)),
    "payment": (examples.WOO_PAYMENT, one(terms.payment_method)),
    "shipping": (examples.WOO_SHIPPING, lambda row: terms.shipping_methods([("Zone", [row])])),
}
SHOPER_KINDS: Mapping[str, tuple[Any, Mapped]] = {
    "order": (
        {"head": examples.SHOPER_ORDER, "lines": [examples.SHOPER_LINE]},
        one(lambda row: shoper_orders.order(row["head"], row["lines"], TILL)),
    ),
    "product": (examples.SHOPER_PRODUCT, one(lambda row: shoper_articles.article(row, SHOPER))),
    "variant": (examples.SHOPER_VARIANT, one(lambda row: shoper_articles.variant(row, SHOPER))),
    "customer": (examples.SHOPER_CUSTOMER, one(lambda row: shoper_customers.customer(row, [row], EUROPE))),
    "image": (
        examples.SHOPER_IMAGE,
        one(lambda row: shoper_images.image(row, "pl_PL", "https://shop.example")),
    ),
    "rate": (examples.SHOPER_RATE, one(lambda row: shoper_terms.vat_rate(row, "PL"))),
    "unit": (examples.SHOPER_UNIT, one(lambda row: shoper_terms.unit(row, "pl_PL"))),
}


def _is_shaped(payload: Any) -> bool:
    """The readers hand on objects only; what else stands in a list they refuse or leave out themselves."""
    return isinstance(payload, Mapping)


@pytest.mark.parametrize("kind", WOO)
def test_woocommerce(kind: str) -> None:
    example, mapping = WOO[kind]

    @fuzz(50)
    @given(answers(example))
    def check(answer: Answer) -> None:
        try:
            payload = answer.json()
        except UnexpectedAnswer:
            return
        if not _is_shaped(payload):
            return
        try:
            records = list(mapping(payload))
        except Malformed as error:
            found = bad_record(kind, payload, error)
            json.dumps(found.raw, allow_nan=False).encode()
            return
        for record in records:
            keepable(record)

    check()


@pytest.mark.parametrize("kind", SHOPER_KINDS)
def test_shoper(kind: str) -> None:
    example, mapping = SHOPER_KINDS[kind]

    @fuzz(50)
    @given(answers(example))
    def check(answer: Answer) -> None:
        try:
            payload = answer.json()
            if not _is_shaped(payload):
                return
            if kind == "order":
                head, lines = payload.get("head"), payload.get("lines")
                if not _is_shaped(head) or not isinstance(lines, list) or not all(map(_is_shaped, lines)):
                    return
            for record in mapping(payload):
                keepable(record)
        except UnexpectedAnswer:
            return

    check()


def texts(row: Any) -> dict[str, str | None]:
    """As the gateway hands rows on: each cell text of the shop's bytes, or None."""
    return {
        str(name): None if value is None else UTF8.decode(str(value).encode("utf-8", "surrogatepass"))
        for name, value in row.items()
    }


@fuzz(125)
@given(payloads(examples.OSC_PRODUCT))
def test_articles_of_oscommerce(payload: Any) -> None:
    if not _is_shaped(payload):
        return
    row = MappingProxyType(texts(payload))
    try:
        made: list[Record] = [
            osc_articles.article(row, row, [row], OSC),
            osc_articles.stock(row),
            osc_articles.price(row, [row], OSC.clock),
            *osc_articles.images(row, [row], OSC),
            osc_customers.customer(row, osc_customers.Places(countries={"1": "SI"}), OSC.clock),
            osc_terms.producer(row),
            *osc_terms.categories([row]),
            *osc_taxes.Taxes.of([row], [row], country="SI", country_id=1, zone_id=0).records(),
        ]
    except UnexpectedAnswer as error:
        if isinstance(error, osc_articles.values.Malformed):
            osc_bad("article", row, error)
        return
    for record in made:
        keepable(record)


@fuzz(125)
@given(payloads(examples.OSC_ORDER))
def test_orders_of_oscommerce(payload: Any) -> None:
    if not _is_shaped(payload):
        return
    rows = {
        name: [texts(row) for row in payload.get(name) or () if _is_shaped(row)]
        if isinstance(payload.get(name), list)
        else []
        for name in ("order", "lines", "options", "totals", "history")
    }
    if not rows["order"]:
        return
    parts = osc_orders.Parts(
        order=rows["order"][0],
        lines=rows["lines"],
        options={"1": rows["options"]},
        totals=rows["totals"],
        history=rows["history"],
    )
    try:
        keepable(osc_orders.order(parts, SALES))
    except UnexpectedAnswer:
        json.dumps(parts.raw(), allow_nan=False).encode()


@fuzz(60)
@given(
    st.binary(max_size=200)
    | st.sampled_from([b"[" * 100_000, b'{"a":' * 50_000, b'"\\ud800\\u0000"', b"\xff\xfe[\0"]),
    st.sampled_from(
        [
            "",
            "utf-8",
            "utf-16",
            "idna",
            "punycode",
            "unicode_escape",
            "base64",
            "undefined",
            "a\0b",
            "utf-7",
            "'",
            "x" * 999,
        ]
    ),
)
def test_bytes_of_any_kind(body: bytes, charset: str) -> None:
    answer = Answer(
        200, {"Content-Type": f"application/json; charset={charset}"}, body, "GET", "https://shop.example/x"
    )
    answer.text.encode()
    try:
        json.dumps(answer.json(), default=str, ensure_ascii=False).encode()
    except UnexpectedAnswer as error:
        str(error).encode()


def test_letters_that_no_database_holds_do_not_come_in() -> None:
    found = Answer(200, {}, rb'{"n\u0000": ["a\u0000b", "\ud83d\ude00", "\ud800!"]}').json()
    assert found == {"n\ufffd": ["a\ufffdb", "\U0001f600", "\ufffd!"]}


def read(payload: Any) -> Any:
    return Answer(200, {}, json.dumps(payload).encode()).json()


def test_far_dates_and_long_numbers_are_named_not_stored() -> None:
    with pytest.raises(Malformed) as caught:
        orders.order(read({**examples.WOO_ORDER, "total": "1e40"}))
    assert caught.value.field == "total"
    with pytest.raises(Malformed):
        orders.order(read({**examples.WOO_ORDER, "date_created_gmt": "0001-01-01T00:00:00+14:00"}))
    product = {**examples.WOO_PRODUCT, "sale_price": "1", "date_on_sale_to_gmt": "9999-12-31T23:59:59"}
    price = articles.price(read(product))
    assert price is not None
    assert price.sale is not None
    assert price.sale.valid_to == datetime(9999, 12, 30, tzinfo=UTC)
    assert price.sale.price == Decimal(1)


@pytest.mark.parametrize("kind", WOO)
def test_the_examples_of_woocommerce_are_whole(kind: str) -> None:
    example, mapping = WOO[kind]
    assert list(mapping(read(example)))


@pytest.mark.parametrize("kind", SHOPER_KINDS)
def test_the_examples_of_shoper_are_whole(kind: str) -> None:
    example, mapping = SHOPER_KINDS[kind]
    assert list(mapping(read(example)))
