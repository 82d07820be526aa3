"""The cent rule, over generated orders: the stored lines always add up to the shop's total, or the order waits."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from backoffice.lib.money import minor_units, round_cent, round_half_up
from orders.errors import TotalDiffers
from orders.models import Order
from orders.services.accept import IntakeRules, LineDraft, Outcome, accept_order
from orders.services.cleaning import clean_draft
from orders.services.content import content_of_draft, content_of_order
from orders.services.totals import balance, tolerance_in
from tests.orders.drafts import draft

CURRENCIES = st.sampled_from(["EUR", "CZK", "PLN", "HUF", "JPY", "KWD"])
RATES = st.sampled_from([Decimal(p) for p in ("0", "5", "8", "9.5", "12", "21", "22", "23", "27")])
WAYS = st.sampled_from(["total", "rate", "line", "parts"])
SIX = Decimal("0.000001")
ZERO = Decimal(0)
TOLERANCE = Decimal("0.05")


@dataclass(frozen=True)
class Sold:
    """A line as a shop keeps it."""

    net: Decimal
    vat: Decimal
    percent: Decimal
    kind: str = "item"


@st.composite
def baskets(draw) -> list[Sold]:
    """Goods, shipping with VAT, a fee, a coupon over all rates and a gift card; prices net or gross, at full precision
    or rounded by the shop beforehand."""
    gross_shop, places = draw(st.booleans()), draw(st.sampled_from([2, 4, 6]))

    def line(amount: Decimal, percent: Decimal, kind: str = "item") -> Sold:
        price = round_half_up(amount, places)
        net = price / (1 + percent / 100) if gross_shop else price
        net = net.quantize(SIX, ROUND_HALF_UP)
        vat = price - net if gross_shop else (net * percent / 100).quantize(SIX, ROUND_HALF_UP)
        return Sold(net, vat, percent, kind)

    price = st.decimals(min_value=0, max_value=5000, places=4, allow_nan=False, allow_infinity=False)
    goods = [
        line(draw(price) * draw(st.integers(1, 40)), draw(RATES)) for _ in range(draw(st.integers(1, 12)))
    ]
    basket = list(goods)
    if draw(st.booleans()):  # a coupon in percent takes its part of every line, as shops spread it
        share = draw(st.integers(1, 90)) / Decimal(100)
        basket = [
            replace(one, net=(one.net * (1 - share)).quantize(SIX), vat=(one.vat * (1 - share)).quantize(SIX))
            for one in basket
        ]
    if draw(st.booleans()):
        basket.append(line(draw(price) / 50, draw(RATES), "shipping"))
    if draw(st.booleans()):
        basket.append(line(Decimal("1.2397"), draw(RATES), "fee"))
    worth = sum(one.net + one.vat for one in basket)
    if draw(st.booleans()):  # a gift card pays with VAT that was taken before: a negative line without VAT
        basket.append(
            Sold(-round_half_up(worth * draw(st.integers(0, 100)) / 100, 2), ZERO, ZERO, "discount")
        )
    return basket


def total_of(basket: list[Sold], way: str, places: int) -> Decimal:
    """What a shop that rounds in this way asks its customer for."""

    def cut(amount: Decimal) -> Decimal:
        return round_half_up(amount, places)

    if way == "total":
        return cut(sum(one.net + one.vat for one in basket))
    if way == "line":
        return sum((cut(one.net + one.vat) for one in basket), ZERO)
    if way == "parts":
        return sum((cut(one.net) + cut(one.vat) for one in basket), ZERO)
    by_rate: dict[Decimal, Decimal] = defaultdict(Decimal)
    for one in basket:
        by_rate[one.percent] += one.vat
    return cut(sum((one.net for one in basket), ZERO)) + sum((cut(vat) for vat in by_rate.values()), ZERO)


def meet(basket: list[Sold], total: Decimal, currency: str, **more):
    return balance(
        [(one.net, one.vat) for one in basket],
        total,
        currency,
        TOLERANCE,
        rates=[one.percent for one in basket],
        **more,
    )


@given(basket=baskets(), currency=CURRENCIES, way=WAYS, whole=st.booleans())
@settings(deadline=None, max_examples=500)
def test_a_shop_that_rounds_in_any_known_way_needs_no_rounding_line(basket, currency, way, whole):
    places = 0 if currency == "HUF" and whole else minor_units(currency)
    total = total_of(basket, way, places)
    met = meet(basket, total, currency)
    if places < minor_units(currency) and way in ("total", "rate"):
        # Whole forints at the end: what is below one belongs to no VAT and is shown.
        assert abs(met.rounding) <= Decimal("0.5") * (1 + len({one.percent for one in basket}))
        return
    # What lines without VAT leave over in fractions nobody can put into VAT.
    assume(not any(one.vat == 0 and round_half_up(one.net, places) != one.net for one in basket))
    assert met.rounding == 0
    stored = sum(one.net for one in basket) + sum(met.vat)
    assert round_cent(stored, currency) == total
    step = Decimal(1).scaleb(-places)
    for after, one in zip(met.vat, basket, strict=True):
        assert abs(after - one.vat) <= step * Decimal("1.01")
        assert one.vat != 0 or after == 0


@given(basket=baskets(), currency=CURRENCIES, off=st.integers(-30, 30), way=WAYS)
@settings(deadline=None, max_examples=300)
def test_balanced_lines_round_to_the_total_or_the_order_waits(basket, currency, off, way):
    step = Decimal(1).scaleb(-minor_units(currency))
    total = total_of(basket, way, minor_units(currency)) + off * step
    met = meet(basket, total, currency)
    if met.rounding is None:
        assert abs(total - met.exact) > tolerance_in(currency, TOLERANCE)
        assert abs(met.difference) > tolerance_in(currency, TOLERANCE)
        assert meet(basket, total, currency, allowed=met.difference).rounding == met.difference
        return
    stored = sum(one.net for one in basket) + sum(met.vat) + met.rounding
    assert round_cent(stored, currency) == total
    assert abs(met.rounding) <= tolerance_in(currency, TOLERANCE)


@pytest.mark.django_db
@pytest.mark.requirement("O1")
@given(basket=baskets(), currency=CURRENCIES, off=st.integers(-8, 8), number=st.integers(1, 10**9), way=WAYS)
@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_order_in_the_list_adds_up_to_the_cent(basket, currency, off, number, way):
    Order.objects.all().delete()
    total = total_of(basket, way, minor_units(currency)) + Decimal(off).scaleb(-minor_units(currency))
    assume(total >= 0)
    lines = [
        LineDraft(kind=one.kind, name="x", net=one.net, vat=one.vat, vat_percent=one.percent)
        for one in basket
    ]
    one = draft(*lines, currency=currency, total=total, source_id=str(number))
    rules = IntakeRules()
    met = meet(basket, total, currency)
    if met.rounding is None:
        with pytest.raises(TotalDiffers) as waits:
            accept_order(one, rules=rules)
        assert Order.objects.count() == 0
        rules = IntakeRules(allowed_difference=Decimal(waits.value.data["difference"]))
    order = accept_order(one, rules=rules).order
    stored = Order.objects.get(pk=order.pk)
    assert round_cent(sum(line.gross for line in stored.lines.all()), currency) == stored.total == total
    assert stored.source_total == total
    assert content_of_order(stored, stored.lines.all()).keys() == content_of_draft(clean_draft(one)).keys()
    assert accept_order(one, rules=rules).outcome == Outcome.UNCHANGED
    assert accept_order(replace(one, customer_note="x"), rules=rules).outcome == Outcome.REWRITTEN


def test_tolerance_counts_in_the_currencys_smallest_units():
    assert [tolerance_in(c, Decimal("0.05")) for c in ("EUR", "JPY", "KWD", "HUF")] == [
        Decimal("0.05"),
        Decimal(5),
        Decimal("0.005"),
        Decimal(5),
    ]


def test_the_ways_are_named_for_the_screen():
    met = balance(
        [(Decimal("1.004"), Decimal("0.2209")), (Decimal("1.004"), Decimal("0.2209"))],
        Decimal("2.60"),
        "EUR",
        TOLERANCE,
    )
    assert [(way.rounded, way.net, way.vat, way.total) for way in met.ways] == [
        ("total", Decimal("2.01"), Decimal("0.44"), Decimal("2.45")),
        ("rate", Decimal("2.01"), Decimal("0.44"), Decimal("2.45")),
        ("line", Decimal("2.01"), Decimal("0.43"), Decimal("2.44")),
        ("parts", Decimal("2.00"), Decimal("0.44"), Decimal("2.44")),
    ]
    assert met.rounding is None
