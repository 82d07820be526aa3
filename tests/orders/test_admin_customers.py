"""Customers in the admin: list, form, table in and out."""

from __future__ import annotations

import csv
import io

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from orders.admin import CustomerAdmin
from orders.models import Address, Customer, Order
from orders.resources import CustomerResource
from orders.services.accept import AddressDraft, IntakeRules, accept_order
from tests.factories import make_document, make_order
from tests.orders.drafts import draft, line
from tests.orders.test_customers import person, upsert_customers

pytestmark = pytest.mark.django_db
LIST = "/orders/customer/"


@pytest.fixture
def petra() -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("petra", password="x"))
    return client


def customers(number: int) -> None:
    upsert_customers(
        [
            person(f"c{n}@example.org", last_name=f"N{n}", billing=AddressDraft(city="Celje", country="SI"))
            for n in range(number)
        ]
    )


def test_queries_of_the_list_do_not_grow(petra, monkeypatch):
    monkeypatch.setattr(CustomerAdmin, "list_per_page", 500)

    def count(number: int) -> int:
        Customer.objects.all().delete()
        customers(number)
        petra.get(LIST)
        with CaptureQueriesContext(connection) as queries:
            answer = petra.get(LIST)
        assert len(answer.context["cl"].result_list) == number
        return len(queries)

    few = count(50)
    assert few == count(500)
    assert few <= 10


def test_list_counts_orders_and_searches_by_words(petra):
    accept_order(draft(line("A")), rules=IntakeRules())
    customers(2)
    answer = petra.get(LIST, {"q": "nowak krak"})
    [row] = answer.context["cl"].result_list
    assert (row.email, row.orders_n) == ("anna.nowak@example.org", 1)
    assert len(petra.get(LIST, {"country": "SI"}).context["cl"].result_list) == 2


def test_form_saves_addresses_and_checks_the_vat_id(petra):
    data = {"kind": "company", "company": "Studio", "email": "Office@Studio.example", "vat_id": "SI 12345678"}
    answer = petra.post(
        f"{LIST}add/", data | {"billing_city": "Maribor", "billing_country": "si"}, follow=True
    )
    assert "The VAT id SI12345678 is not well formed for SI." in answer.content.decode()
    one = Customer.objects.get()
    assert (one.email, one.vat_id, one.vat_id_checked) == ("office@studio.example", "SI12345678", False)
    assert (one.billing.city, one.billing.country, one.delivery) == ("Maribor", "SI", None)
    page = petra.get(f"{LIST}{one.pk}/change/").content.decode()
    assert "is not well formed" in page
    petra.post(f"{LIST}{one.pk}/change/", data | {"vat_id": "50223054", "billing_country": "SI"})
    one.refresh_from_db()
    assert (one.vat_id, one.vat_id_checked, one.billing.city) == ("SI50223054", True, "")
    petra.post(f"{LIST}{one.pk}/change/", data)
    one.refresh_from_db()
    assert (one.billing, Address.objects.count()) == (None, 0)


def test_form_refuses_a_second_customer_with_the_same_address(petra):
    customers(1)
    answer = petra.post(f"{LIST}add/", {"kind": "person", "last_name": "X", "email": "C0@example.org"})
    assert "There is already a customer with this e-mail address." in answer.content.decode()
    answer = petra.post(f"{LIST}add/", {"kind": "person"})
    assert "A customer needs a name, a company or an e-mail address." in answer.content.decode()
    assert Customer.objects.count() == 1


def test_deleting_takes_the_addresses_along_but_not_a_buyer(petra):
    customers(1)
    one = Customer.objects.get()
    petra.post(f"{LIST}{one.pk}/delete/", {"post": "yes"})
    assert (Customer.objects.count(), Address.objects.count()) == (0, 0)
    customers(1)
    buyer = Customer.objects.get()
    make_order("1", customer=buyer)
    petra.post(f"{LIST}{buyer.pk}/delete/", {"post": "yes"})
    assert (Customer.objects.count(), Order.objects.get().customer) == (1, buyer)


def import_csv(petra: Client, text: str):
    upload = SimpleUploadedFile("customers.csv", text.encode())
    return petra.post(f"{LIST}import/", {"import_file": upload, "format": "0", "resource": "0"})


def confirm(petra: Client, answer):
    form = answer.context["confirm_form"]
    return petra.post(f"{LIST}process_import/", form.initial, follow=True)


def test_import_creates_and_updates_with_addresses(petra):
    customers(1)
    text = (
        "email;last_name;vat_id;billing_city;billing_country\n"
        "C0@example.org;Changed;;Kranj;si\n"
        "new@example.org;New;SI 50223054;Koper;SI\n"
        "bare@example.org;Bare;;;\n"
    )
    answer = import_csv(petra, text)
    assert Customer.objects.count() == 1  # only a preview
    assert "Kranj" in answer.content.decode()
    done = confirm(petra, answer)
    assert "3 rows imported: 2 new, 1 changed" in done.content.decode()
    rows = list(
        Customer.objects.order_by("email").values_list(
            "email", "last_name", "first_name", "vat_id", "kind", "billing__city", "billing__country"
        )
    )
    assert rows == [
        ("bare@example.org", "Bare", "", "", "person", None, None),
        ("c0@example.org", "Changed", "Eva", "", "person", "Kranj", "SI"),
        ("new@example.org", "New", "", "SI50223054", "company", "Koper", "SI"),
    ]
    again = import_csv(petra, text)
    assert confirm(petra, again).content.decode().count("3 were the same already") == 1


def test_import_names_row_and_column_of_each_mistake(petra):
    answer = import_csv(
        petra, "email,last_name,billing_country\nbad,X,SI\n,Y,SI\ngood@example.org,Z,Slovenia\n"
    )
    page = answer.content.decode()
    assert answer.context["result"].has_validation_errors()
    shown = {str(problem).partition(":")[0] for problem in answer.context["result"].shown_problems}
    assert shown == {"Row 2, column “email”", "Row 3, column “email”", "Row 4, column “billing_country”"}
    assert "customers are found by their e-mail address. Enter one." in page
    assert Customer.objects.count() == 0


def test_export_and_import_are_a_round_trip(petra):
    customers(3)
    Customer.objects.filter(email="c1@example.org").update(note="=1+1")
    resource = CustomerResource()
    headers = resource.headers()
    with CaptureQueriesContext(connection) as queries:
        rows = list(resource.rows_of(Customer.objects.order_by("pk")))
    assert len(queries) == 1
    assert [dict(zip(headers, row, strict=True))["billing_city"] for row in rows] == ["Celje"] * 3
    answer = petra.post(
        f"{LIST}export/",
        {"format": "0"} | {f"customerresource_{name}": "on" for name in headers} | {"resource": "0"},
    )
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    table = list(csv.reader(io.StringIO(text), dialect=csv.Sniffer().sniff(text, ";,\t")))
    assert len(table) == 4
    assert not any(cell.startswith("=") for row in table for cell in row)
    again = import_csv(petra, text)
    assert "3 were the same already" in confirm(petra, again).content.decode()


def test_the_page_tells_what_was_bought_and_what_is_open(petra):
    customer = Customer.objects.create(email="ana@example.com", last_name="Novak")
    for n, fields in enumerate(
        (
            {"total": "10", "paid_state": "paid", "received": "10", "state": "done"},
            {"total": "30", "state": "accepted", "accepted_at": timezone.now()},
            {"total": "99", "state": "cancelled"},
            {"total": "100", "currency": "CZK", "state": "new"},
            {"total": "5", "state": "done"},  # history: nobody waits for its money
        )
    ):
        make_order(f"A-{n}", customer=customer, **fields)
    make_document(Order.objects.get(number="A-1"), "invoice", customer=customer, total=30)
    html = " ".join(petra.get(f"/orders/customer/{customer.pk}/change/").content.decode().split())
    for words in ("45.00 EUR", "30.00 EUR in 1 order", "100.00 CZK in 1 order", "Invoice, draft", ">A-2<"):
        assert words in html, words
    assert f"/orders/document/?customer__id__exact={customer.pk}" in html
    found = petra.get(f"/orders/document/?customer__id__exact={customer.pk}")
    assert found.context["cl"].result_count == 1


def test_the_page_shows_only_what_its_reader_may_see(client):
    customer = Customer.objects.create(email="ana@example.com", last_name="Novak")
    make_order("A-1", customer=customer, total="10")
    user = get_user_model().objects.create_user("eva", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename="view_customer"))
    client.force_login(user)
    html = client.get(f"/orders/customer/{customer.pk}/change/").content.decode()
    assert "ana@example.com" in html
    for absent in ("A-1", "10.00 EUR", "All orders of this customer"):
        assert absent not in html, absent
