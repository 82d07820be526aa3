from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backoffice.lib.money import gross_from_net, net_from_gross, parse_decimal, round_cent


@pytest.mark.parametrize(
    ("amount", "currency", "rounded"),
    [
        ("2.345", "EUR", "2.35"),
        ("2.344999", "EUR", "2.34"),
        ("-2.345", "EUR", "-2.35"),
        ("100.5", "JPY", "101"),
        ("1999.995", "HUF", "2000.00"),
        ("1.0005", "KWD", "1.001"),
        ("-0.001", "CZK", "0.00"),
        ("123456789012345678901234567.895", "PLN", "123456789012345678901234567.90"),
    ],
)
def test_amounts_are_rounded_half_away_from_zero_at_the_currencys_smallest_unit(amount, currency, rounded):
    assert str(round_cent(D(amount), currency)) == rounded


def test_vat_is_added_and_taken_out_without_rounding_in_between():
    assert gross_from_net(D("100"), D("9.5")) == D("109.500")
    assert net_from_gross(D("122"), D("22")) == D("100")
    assert round_cent(net_from_gross(D("9.99"), D("21")), "CZK") == D("8.26")
    assert net_from_gross(D("9.99"), D("0")) == D("9.99")


@given(
    st.decimals(min_value=0, max_value=10**9, places=2),
    st.sampled_from(["0", "5", "9.5", "21", "22", "23", "27"]),
)
def test_net_to_gross_and_back_is_the_same_cent(net, percent):
    assert round_cent(net_from_gross(gross_from_net(net, D(percent)), D(percent)), "EUR") == net


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1234,50", "1234.50"),
        ("1 234,50", "1234.50"),
        ("1\u00a0234,5", "1234.5"),
        ("1\u202f234", "1234"),
        ("1.234,50", "1234.50"),
        ("1,234.50", "1234.50"),
        ("1.234.567", "1234567"),
        ("1,234,567.8", "1234567.8"),
        ("1'234.50", "1234.50"),
        ("1,234", "1.234"),
        ("-12,5", "-12.5"),
        ("\u221212,5", "-12.5"),
        (" +3 ", "3"),
        (",5", "0.5"),
    ],
)
def test_numbers_are_read_as_staff_type_them(text, number):
    assert parse_decimal(text) == D(number)


@pytest.mark.parametrize(
    "text",
    ["", " ", "abc", "12 EUR", "1e3", "NaN", "-", ",", "1.23.4", "12.34.567", "1,2.3,4", "--1", "1-2", "٣"],
)
def test_anything_else_is_refused_with_the_text_in_the_message(text):
    with pytest.raises(ValueError, match=r"is not a number\. Write it like 1234,50") as refusal:
        parse_decimal(text)
    assert f"“{text}”" in str(refusal.value)
