"""Whose VAT an order carries, told on its page."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from django.test import Client

from orders.services.accept import IntakeRules, accept_order
from orders.services.vat_case import vat_case
from tests.factories import make_company, make_vat_rate
from tests.orders.drafts import ANNA, draft, line

pytestmark = pytest.mark.django_db
FREE = line("A", "100", "0", vat_percent=None)
SOLD = line("A", "100", "23", vat_percent=Decimal(23))
HOME_RATE = line("A", "100", "22", vat_percent=Decimal(22))


def order(one, country: str, *, vat_id: str = "", delivery: str = ""):
    make_company(country="SI")
    make_vat_rate("22", "SI")
    make_vat_rate("23", "PL")
    there = replace(ANNA, country=delivery, city="Elsewhere") if delivery else None
    return accept_order(
        draft(one, billing=replace(ANNA, country=country), delivery=there, vat_id=vat_id), rules=IntakeRules()
    ).order


@pytest.mark.requirement("O1")
@pytest.mark.parametrize(
    ("one", "country", "fields", "words", "warning"),
    [
        (HOME_RATE, "SI", {}, "", False),
        (SOLD, "PL", {}, "With the VAT of PL, where it is delivered (OSS).", False),
        (SOLD, "SI", {"delivery": "PL"}, "With the VAT of PL, where it is delivered (OSS).", False),
        (HOME_RATE, "PL", {}, "Sold into PL at home rates.", False),
        (HOME_RATE, "CH", {}, "With VAT, although it leaves the European Union for CH.", True),
        (FREE, "CH", {}, "Without VAT: exported to CH.", False),
        (FREE, "SI", {}, "Without VAT, although it is delivered at home.", True),
        (
            FREE,
            "PL",
            {"vat_id": "PL8567346215"},
            "Without VAT (reverse charge): PL8567346215 owes it in PL.",
            False,
        ),
        (
            FREE,
            "PL",
            {"vat_id": "PL123"},
            "Without VAT into PL, but there is no well-formed VAT id of another country.",
            True,
        ),
        (
            FREE,
            "PL",
            {"vat_id": "SI50223054"},
            "Without VAT into PL, but there is no well-formed VAT id of another country.",
            True,
        ),
    ],
)
def test_the_case_is_told(one, country, fields, words, warning, admin_user):
    taken = order(one, country, **fields)
    case = vat_case(taken, taken.lines.select_related("vat_rate"), "SI")
    assert (case.sentence if case else "", case.warning if case else False) == (words, warning)
    client = Client()
    client.force_login(admin_user)
    page = client.get(f"/orders/order/{taken.pk}/change/").content.decode()
    assert words in page
    if "OSS" in words:
        assert "VAT PL 23 %" in page


def test_nobody_knows_where_it_goes():
    taken = order(FREE, "")
    assert vat_case(taken, taken.lines.all(), "SI") is None
