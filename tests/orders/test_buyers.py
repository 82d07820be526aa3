"""Whose order it is: by link, e-mail, VAT id, name with address; else created, parked, or the collective customer."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from orders.errors import UnknownCustomer
from orders.models import Address, Customer
from orders.services.accept import AddressDraft, IntakeRules, accept_order
from tests.orders.drafts import ANNA, draft, line

pytestmark = pytest.mark.django_db
PARK = IntakeRules(customers="park")


def customer(**fields) -> Customer:
    billing = Address.objects.create(
        **({"street": "Prosta 1", "postcode": "30-001", "city": "Kraków", "country": "PL"})
    )
    return Customer.objects.create(billing=billing, **fields)


def bought_by(rules: IntakeRules = PARK, **fields) -> Customer | None:
    return accept_order(draft(line("A"), **fields), rules=rules).order.customer


@pytest.mark.requirement("O2")
def test_the_shops_own_link_wins_over_the_address():
    linked = customer(email="office@studio.example")
    customer(email="anna.nowak@example.org")
    assert bought_by(customer_id=linked.pk) == linked


@pytest.mark.requirement("O2")
def test_e_mail_then_vat_id():
    by_mail = customer(email="anna.nowak@example.org")
    assert bought_by() == by_mail
    firm = customer(company="Studio", vat_id="PL8567346215")
    billing = replace(ANNA, company="Studio sp. z o.o.")
    assert bought_by(email="", vat_id="PL 856-734-62-15", billing=billing, source_id="2") == firm


def test_a_guest_is_known_by_name_and_address():
    anna = customer(first_name="Anna", last_name="Nowak")
    billing = replace(ANNA, first_name="ANNA", street="prosta  1")
    assert bought_by(email="", billing=billing) == anna
    assert bought_by(billing=billing, source_id="2") == anna
    anna.refresh_from_db()
    assert anna.email == "anna.nowak@example.org"  # what was missing is filled from the order


def test_another_street_another_mail_or_a_name_twice_is_nobody_known():
    customer(first_name="Anna", last_name="Nowak", email="other@example.org")
    for number, fields in enumerate(
        [{}, {"email": "", "billing": replace(ANNA, street="Krzywa 2")}, {"email": "n/a", "billing": ANNA}]
    ):
        if number == 2:
            customer(first_name="Anna", last_name="Nowak")
        with pytest.raises(UnknownCustomer):
            bought_by(source_id=str(number), **fields)


@pytest.mark.requirement("O2")
def test_the_collective_customer_takes_the_unknown_and_stays_as_he_is():
    shelf = Customer.objects.create(company="Retail buyers")
    anna = customer(email="anna.nowak@example.org")
    rules = IntakeRules(customers="collective", collective_customer_id=shelf.pk)
    assert bought_by(rules) == anna
    order = accept_order(draft(line("A"), email="jan@example.org", source_id="2"), rules=rules).order
    assert (order.customer, order.email, order.billing.city) == (shelf, "jan@example.org", "Kraków")
    shelf.refresh_from_db()
    assert (shelf.email, shelf.billing, shelf.phone) == ("", None, "")


def test_a_collective_customer_that_is_gone_parks_the_order():
    with pytest.raises(UnknownCustomer) as parked:
        bought_by(IntakeRules(customers="collective", collective_customer_id=99))
    assert parked.value.data == {
        "key": "anna.nowak@example.org",
        "name": "Anna Nowak",
        "email": "anna.nowak@example.org",
        "vat_id": "",
        "place": "30-001 Kraków PL",
    }


def test_an_order_without_any_address_still_comes_in():
    order = accept_order(
        draft(line("A"), billing=AddressDraft(), email="jan@example.org"), rules=IntakeRules()
    ).order
    assert (order.billing, order.customer.email, order.total) == (None, "jan@example.org", Decimal("12.20"))
