"""The cent rule, over generated orders: the stored lines always add up to the shop's total, or the order waits."""

from __future__ import annotations

from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backoffice.lib.money import round_cent
from orders.errors import TotalDiffers
from orders.models import Order
from orders.services.accept import IntakeRules, LineDraft, Outcome, accept_order
from orders.services.cleaning import clean_draft
from orders.services.content import content_of_draft, content_of_order
from orders.services.totals import balance, tolerance_in
from tests.orders.drafts import draft

CURRENCIES = st.sampled_from(["EUR", "CZK", "PLN", "HUF", "JPY", "KWD"])
RATES = st.sampled_from([Decimal(p) for p in ("0", "5", "8", "9.5", "12", "21", "22", "23", "27")])
CENTS = Decimal("0.01")


def amounts(largest: int = 5000):
    return st.decimals(min_value=-20, max_value=largest, places=6, allow_nan=False, allow_infinity=False)


@st.composite
def order_lines(draw) -> list[tuple[Decimal, Decimal, Decimal]]:
    """(net, vat, percent) as shops give them: exact, cut to six places or already rounded to cents; net or gross."""
    lines = []
    for _ in range(draw(st.integers(1, 12))):
        percent, way = draw(RATES), draw(st.sampled_from(["exact", "cents", "gross"]))
        net = draw(amounts())
        if way == "gross":
            gross = net.quantize(CENTS)
            net = (gross / (1 + percent / 100)).quantize(Decimal("0.000001"))
            vat = gross - net
        else:
            vat = net * percent / 100
        step = CENTS if way == "cents" else Decimal("0.000001")
        lines.append((net.quantize(step), vat.quantize(step, ROUND_HALF_UP), percent))
    return lines


@given(
    lines=order_lines(), currency=CURRENCIES, off=st.integers(-30, 30), way=st.sampled_from(["end", "line"])
)
@settings(deadline=None, max_examples=400)
def test_balanced_lines_round_to_the_total(lines, currency, off, way):
    pairs = [(net, vat) for net, vat, _percent in lines]
    sums = [net + vat for net, vat in pairs]
    total = round_cent(sum(sums), currency) if way == "end" else sum(round_cent(s, currency) for s in sums)
    step = round_cent(Decimal(0), currency).as_tuple().exponent
    total += Decimal(off).scaleb(step)
    met = balance(pairs, total, currency, Decimal("0.05"))
    if met.rounding is None:
        assert abs(total - met.exact) > tolerance_in(currency, Decimal("0.05"))
        assert total != met.per_line
        return
    stored = sum(net for net, _vat in pairs) + sum(met.vat) + met.rounding
    assert round_cent(stored, currency) == total
    assert all(abs(a - b) < Decimal("0.51").scaleb(step) for a, (_net, b) in zip(met.vat, pairs, strict=True))
    assert all(a == 0 for a, (_net, b) in zip(met.vat, pairs, strict=True) if b == 0)
    assert abs(met.rounding) <= tolerance_in(currency, Decimal("0.05"))
    if off == 0 and way == "end":
        assert met.rounding == 0


@pytest.mark.django_db
@given(lines=order_lines(), currency=CURRENCIES, off=st.integers(-8, 8), number=st.integers(1, 10**9))
@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_order_in_the_list_adds_up_to_the_cent(lines, currency, off, number):
    Order.objects.all().delete()
    total = round_cent(sum(net + vat for net, vat, _p in lines), currency)
    total += Decimal(off).scaleb(total.as_tuple().exponent)
    one = draft(
        *[LineDraft(name="x", net=net, vat=vat, vat_percent=percent) for net, vat, percent in lines],
        currency=currency,
        total=total,
        source_id=str(number),
    )
    try:
        order = accept_order(one, rules=IntakeRules()).order
    except TotalDiffers:
        assert Order.objects.count() == 0
        assert abs(off) > 5
        return
    stored = Order.objects.get(pk=order.pk)
    assert round_cent(sum(line.gross for line in stored.lines.all()), currency) == stored.total == total
    assert stored.source_total == total
    assert content_of_order(stored, stored.lines.all()).keys() == content_of_draft(clean_draft(one)).keys()
    assert accept_order(one, rules=IntakeRules()).outcome == Outcome.UNCHANGED
    assert accept_order(replace(one, customer_note="x"), rules=IntakeRules()).outcome == Outcome.REWRITTEN


def test_tolerance_counts_in_the_currencys_smallest_units():
    assert [tolerance_in(c, Decimal("0.05")) for c in ("EUR", "JPY", "KWD", "HUF")] == [
        Decimal("0.05"),
        Decimal(5),
        Decimal("0.005"),
        Decimal(5),
    ]
