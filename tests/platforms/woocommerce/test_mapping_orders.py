"""Recorded orders to records: the amounts add up to what the customer pays."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from shops.platforms.woocommerce.mapping import orders, values
from tests.platforms.woocommerce import recordings

pytestmark = recordings.needed

SINGLE_ORDERS = [*range(52, 65), 68, 72, 73, 78]


def _sum(record):
    return sum((line.net + line.tax for line in record.lines), Decimal(0))


@pytest.mark.requirement("O1")
@pytest.mark.parametrize("number", [61, 62, 63, 64])
def test_lines_at_full_precision_add_up_to_the_total(number):
    record = orders.order(recordings.body(number))
    assert abs(_sum(record) - record.total) < Decimal("0.01")


@pytest.mark.parametrize("number", SINGLE_ORDERS)
def test_every_recorded_order_can_be_read_and_kept(number):
    record = orders.order(recordings.body(number))
    assert record.currency == "EUR"
    assert record.lines
    kept = json.loads(json.dumps(record.raw))
    assert kept == json.loads(json.dumps(values.plain(recordings.body(number))))


def test_the_payload_is_kept_to_the_last_digit():
    (line,) = (line for line in orders.order(recordings.body(64)).raw["line_items"] if line["id"] == 109)
    assert repr(line["price"]) == "3.3329999999999997"


def test_a_net_order_of_a_company():
    record = orders.order(recordings.body(52))
    assert record.number == "57"
    assert record.status_id == "on-hold"
    assert record.prices_gross is False
    assert record.vat_id == "SI12345678"
    assert record.billing.company == "Čebelica d.o.o."
    assert record.payment_method_id == "bacs"
    assert record.payment_method_name == "Bančno nakazilo"
    assert record.customer_id == "4"
    assert record.customer_note == "Prosim, dostavite po 16. uri."
    assert record.created_at is not None
    assert record.created_at.isoformat() == "2026-11-21T19:51:05+00:00"
    assert record.paid_at is None
    assert {line.vat_percent for line in record.lines if line.kind == "item"} == {
        Decimal(22),
        Decimal("9.5"),
        Decimal(5),
    }
    (shipping,) = (line for line in record.lines if line.kind == "shipping")
    assert (shipping.net, shipping.tax, shipping.vat_percent) == (
        Decimal("4.10"),
        Decimal("0.90"),
        Decimal(22),
    )
    assert _sum(record) == record.total == Decimal("65.21")


def test_a_gross_shop_still_has_net_lines_and_unrounded_tax():
    record = orders.order(recordings.body(61))
    assert record.prices_gross is True
    assert record.customer_id == ""
    assert record.shipping is not None
    assert record.shipping != record.billing
    for payload, line in zip(recordings.body(61)["line_items"], record.lines, strict=False):
        assert line.net == Decimal(payload["total"])
        assert line.tax == sum(Decimal(tax["total"]) for tax in payload["taxes"])


def test_a_discount_is_seen_in_the_line_and_in_the_coupon():
    record = orders.order(recordings.body(53))
    line = record.lines[0]
    assert line.net_before_discount is not None
    assert line.net < line.net_before_discount
    ((code, discount),) = record.coupons
    assert code
    taken = sum((one.net_before_discount or one.net) - one.net for one in record.lines if one.kind == "item")
    assert abs(taken - discount) <= Decimal("0.01")


def test_a_fee_is_a_line_of_its_own():
    record = orders.order(recordings.body(54))
    (fee,) = (line for line in record.lines if line.kind == "fee")
    assert fee.name
    assert fee.net > 0
    assert _sum(record) == record.total


def test_variations_are_matched_by_their_own_id_and_keep_their_values():
    record = orders.order(recordings.body(55))
    items = [line for line in record.lines if line.kind == "item"]
    assert [(line.article_id, line.sku, line.doubt) for line in items] == [
        ("44", "LIPA-V1-42", ""),
        ("49", "LIPA-V2-R", ""),
        ("51", "LIPA-V2-Z", ""),
    ]
    assert items[1].variant == (("Barva", "rdeča"),)
    (shipping,) = (line for line in record.lines if line.kind == "shipping")
    assert shipping.method_id == "flat_rate:4"
    assert record.billing.company == "Řeka & syn s.r.o."


def test_a_line_of_a_deleted_product_is_doubtful():
    line = orders.order(recordings.body(56)).lines[0]
    assert (line.article_id, line.sku, line.name) == ("", "", "Izdelek za izbris")
    assert "deleted" in line.doubt


@pytest.mark.requirement("O6")
def test_a_line_of_a_deleted_variation_must_not_be_matched_to_its_parent():
    payload = recordings.body(64)
    assert orders.suspects(payload) == {"41"}
    line, other, *_rest = orders.order(payload, variable=frozenset({"41"})).lines
    assert (line.article_id, line.sku) == ("41", "LIPA-V1")
    assert "variation" in line.doubt
    assert line.variant == (("Velikost", "43"),)
    assert other.doubt == ""
    assert orders.order(payload).lines[0].doubt == ""  # of a simple product such data comes from a plug-in


def test_reverse_charge_has_no_tax():
    record = orders.order(recordings.body(57))
    assert record.vat_exempt is True
    assert record.vat_id == "CZ12345678"
    assert {(line.tax, line.vat_percent) for line in record.lines} == {(Decimal("0.00"), Decimal(0))}
    assert _sum(record) == record.total


def test_paid_online_and_a_line_that_the_shop_did_not_tax():
    record = orders.order(recordings.body(58))
    assert record.transaction_id == "ch_3Kontor0000000001"
    assert record.paid_at is not None
    assert [line.vat_percent for line in record.lines] == [Decimal(21), Decimal(0), Decimal(21)]


def test_refunds_are_amounts_above_zero():
    (refund,) = orders.order(recordings.body(68)).refunds
    assert (refund.remote_id, refund.amount, refund.reason) == ("80", Decimal("12.19"), "Počena skodelica")


def test_own_vat_id_fields_come_before_the_usual_ones():
    payload = {**recordings.body(57)}
    payload["meta_data"] = [{"key": "_dic", "value": "CZ1"}, {"key": "_billing_vat_number", "value": "CZ2"}]
    assert orders.order(payload, ("_dic",)).vat_id == "CZ1"
    assert orders.order(payload).vat_id == "CZ2"
