"""Customers in batches: keys, what is updated, what fails alone."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from orders.models import Address, Customer
from orders.services.accept import AddressDraft
from orders.services.customers import CustomerDraft, Outcome, upsert_customers
from orders.services.vat_ids import check_vat_id

pytestmark = pytest.mark.django_db


def person(email: str | None = "eva@example.org", **fields) -> CustomerDraft:
    return CustomerDraft(email=email, **({"first_name": "Eva", "last_name": "Novak"} | fields))


def test_created_found_updated_unchanged():
    address = AddressDraft(street="Čopova 5", city="Ljubljana", country="SI")
    first = upsert_customers([person("Eva@Example.org", billing=address)])
    customer = Customer.objects.get()
    assert [(r.customer_id, r.outcome) for r in first] == [(customer.pk, Outcome.CREATED)]
    assert (customer.email, customer.kind, customer.billing.city) == (
        "eva@example.org",
        "person",
        "Ljubljana",
    )
    assert upsert_customers([person(billing=address)])[0].outcome == Outcome.UNCHANGED
    changed = upsert_customers([person(phone="1", billing=AddressDraft(city="Maribor", country="SI"))])
    customer.refresh_from_db()
    assert changed[0].outcome == Outcome.UPDATED
    assert (customer.phone, customer.billing.city, customer.billing.street) == ("1", "Maribor", "")
    assert (Customer.objects.count(), Address.objects.count()) == (1, 1)


def test_unknown_keeps_and_empty_clears():
    upsert_customers([person(phone="1", company="Breza", billing=AddressDraft(city="Celje"))])
    upsert_customers([CustomerDraft(email="eva@example.org", company="", billing=AddressDraft())])
    customer = Customer.objects.get()
    assert (customer.first_name, customer.phone, customer.company) == ("Eva", "1", "")
    assert (customer.billing, customer.kind, Address.objects.count()) == (None, "person", 0)


def test_firm_by_vat_id_but_a_second_person_is_a_second_customer():
    firm = Customer.objects.create(company="Studio", vat_id="SI50223054", vat_id_checked=True)
    results = upsert_customers(
        [
            person("", company="Studio", vat_id="SI 50223054", phone="1"),
            person("a@studio.example", company="Studio", vat_id="SI50223054"),
            person("b@studio.example", company="Studio", vat_id="SI50223054"),
        ]
    )
    assert [r.outcome for r in results] == [Outcome.UPDATED, Outcome.UPDATED, Outcome.CREATED]
    assert results[0].customer_id == results[1].customer_id == firm.pk
    firm.refresh_from_db()
    assert (firm.phone, firm.email, firm.kind) == ("1", "a@studio.example", "company")


def test_linked_customer_may_change_his_address():
    customer = Customer.objects.create(email="old@example.org")
    [result] = upsert_customers([person("new@example.org", customer_id=customer.pk)])
    customer.refresh_from_db()
    assert (result.outcome, customer.email) == (Outcome.UPDATED, "new@example.org")


def test_one_bad_customer_does_not_stop_the_others():
    holder = Customer.objects.create(email="taken@example.org", last_name="Holder")
    other = Customer.objects.create(email="other@example.org")
    results = upsert_customers(
        [
            CustomerDraft(email="n/a"),
            person("taken@example.org", customer_id=other.pk),
            person("good@example.org"),
        ]
    )
    assert [r.outcome for r in results] == [Outcome.FAILED, Outcome.FAILED, Outcome.CREATED]
    assert results[0].message == "The customer has neither a name nor a usable e-mail address (“n/a”)."
    assert (
        results[1].message
        == "The e-mail address taken@example.org already belongs to another customer, Holder."
    )
    assert Customer.objects.get(pk=other.pk).email == "other@example.org"
    assert Customer.objects.get(pk=holder.pk).last_name == "Holder"


def test_same_key_twice_in_a_batch_is_one_customer():
    results = upsert_customers([person(phone="1"), person("EVA@example.org", phone="2")])
    customer = Customer.objects.get()
    assert [r.customer_id for r in results] == [customer.pk, customer.pk]
    assert customer.phone == "2"


def test_queries_do_not_grow_with_the_customers():
    def count(number: int, prefix: str) -> int:
        drafts = [
            person(f"{prefix}{n}@example.org", billing=AddressDraft(city="Celje")) for n in range(number)
        ]
        upsert_customers(drafts[::2])
        moved = [person(d.email, phone="9", billing=AddressDraft(city="Kranj")) for d in drafts]
        with CaptureQueriesContext(connection) as queries:
            upsert_customers(moved)
        return len(queries)

    assert count(4, "a") == count(40, "b")


def test_database_refuses_capitals_and_doubles():
    Customer.objects.create(email="Eva@Example.org")
    assert Customer.objects.get().email == "eva@example.org"
    with pytest.raises(IntegrityError), transaction.atomic():
        Customer.objects.bulk_create([Customer(email="Upper@example.org")])
    with pytest.raises(IntegrityError), transaction.atomic():
        Customer.objects.create(email="EVA@example.org")


@pytest.mark.parametrize(
    ("text", "country", "number", "well_formed"),
    [
        ("SI 50223054", "", "SI50223054", True),
        ("50223054", "SI", "SI50223054", True),
        ("PL 856-734-62-15", "PL", "PL8567346215", True),
        ("SI12345678", "SI", "SI12345678", False),
        ("EL094259216", "GR", "EL094259216", True),
        ("CHE-100.155.212 MWST", "CH", "CHE100155212MWST", True),
        ("12345", "", "12345", None),
        ("", "SI", "", None),
    ],
)
def test_vat_ids(text, country, number, well_formed):
    check = check_vat_id(text, country)
    assert (check.number, check.well_formed) == (number, well_formed)
    assert bool(check.message) == (well_formed is not True and number != "")
