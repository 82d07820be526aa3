"""Orders on their way into the list: lines, articles, customers, totals, what is parked."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from inventory.models import Article
from orders.errors import IncompleteOrder, TotalDiffers, UnknownArticles, UnknownCustomer
from orders.models import Address, Customer, Order, OrderEvent, OrderLine
from orders.services.accept import AddressDraft, IntakeRules, LineDraft, Outcome, RefundDraft, accept_order
from tests.factories import make_article, make_company, make_order, make_order_status, make_vat_rate
from tests.orders.drafts import ANNA, draft, line

pytestmark = pytest.mark.django_db
RULES = IntakeRules()
STRICT = IntakeRules(articles="park", customers="park")
STRICT_ARTICLES = IntakeRules(articles="park")
STRICT_CUSTOMERS = IntakeRules(customers="park")


def shipping(net: str = "4.10", vat: str = "0.90") -> LineDraft:
    return line("", net, vat, kind="shipping", name="GLS")


@pytest.mark.requirement("O1")
def test_order_arrives_whole():
    make_company()
    rate = make_vat_rate("22", "PL")
    mug = make_article("MUG")
    status = make_order_status("In preparation", kind="processing")
    taken = accept_order(
        draft(
            line("MUG", "20", "4.40", quantity=Decimal(2), net_before_discount=Decimal("22"), source_id="1"),
            shipping(),
            line("", "1.50", "0.33", kind="payment", name="Cash on delivery"),
            status_id=status.pk,
            customer_note="Please ring twice.",
            delivery=AddressDraft(first_name="Jan", last_name="Nowak", city="Gdańsk", country="PL"),
            payment_name="Cash on delivery",
            shipping_name="GLS",
            transaction_id="tx-1",
            coupons=("NOV10",),
            paid_at=datetime(2026, 11, 21, 19, 5, tzinfo=UTC),
        ),
        rules=RULES,
    )
    order = Order.objects.get()
    assert taken.outcome == Outcome.CREATED
    assert taken.order == order
    assert order.number == "LIPA-10482"
    assert (order.source, order.source_id, order.source_number) == ("lipa", "127", "10482")
    assert (order.total, order.total_vat, order.source_total) == (
        Decimal("31.23"),
        Decimal("5.63"),
        order.total,
    )
    assert (order.state, order.status) == (Order.State.NEW, status)
    assert (order.payment_name, order.shipping_name, order.transaction_id) == (
        "Cash on delivery",
        "GLS",
        "tx-1",
    )
    assert (order.customer_note, order.coupons) == ("Please ring twice.", "NOV10")
    assert order.billing.rows == ["Anna Nowak", "Prosta 1", "30-001 Kraków", "PL"]
    assert order.delivery.person == "Jan Nowak"
    assert list(
        order.lines.values_list("position", "kind", "article", "vat_rate", "net", "vat", "discount")
    ) == [
        (1, "item", mug.pk, rate.pk, Decimal(20), Decimal("4.4"), Decimal(2)),
        (2, "shipping", None, rate.pk, Decimal("4.1"), Decimal("0.9"), Decimal(0)),
        (3, "payment", None, rate.pk, Decimal("1.5"), Decimal("0.33"), Decimal(0)),
    ]
    assert [event.sentence for event in order.events.order_by("id")] == [
        "Order read from Lipa PL, number 10482.",
        "Customer Anna Nowak was created from this order.",
        "Payment of 31.23 EUR booked: Lipa PL",
        "Paid in full.",
    ]


@pytest.mark.requirement("O2")
def test_unknown_article_and_customer_are_created():
    make_company(country="PL")
    rate = make_vat_rate("23", "PL")
    taken = accept_order(
        draft(
            line("CUP-1", name="Blue cup", vat_percent=Decimal("23.0")),
            line("CUP-1", name="Blue cup"),
            vat_id="PL 8567346215",
            billing=AddressDraft(company="Studio d.o.o.", city="Kraków", country="PL"),
        ),
        rules=RULES,
    )
    article = Article.objects.get()
    assert (article.sku, article.name, article.vat_rate) == ("CUP-1", "Blue cup", rate)
    assert article.prices.count() == 0
    assert taken.created_skus == ("CUP-1",)
    assert list(taken.order.lines.values_list("article", flat=True)) == [article.pk, article.pk]
    customer = Customer.objects.get()
    assert (customer.email, customer.kind) == ("anna.nowak@example.org", "company")
    assert (customer.vat_id, customer.vat_id_checked) == ("PL8567346215", True)
    assert customer.billing.city == "Kraków"
    assert customer.billing_id != taken.order.billing_id


def test_missing_vat_rate_is_told_not_guessed():
    make_company()
    make_vat_rate("22", "SI")
    taken = accept_order(draft(line("A", "10", "0.95", vat_percent=Decimal("9.5"))), rules=RULES)
    assert Article.objects.get().vat_rate is None
    assert "Article A was created from this order, without a VAT rate: there is none with PL 9.5 % here." in [
        event.sentence for event in taken.order.events.all()
    ]


def test_home_rate_where_the_firm_sells_at_home_rates():
    make_company(country="SI")
    rate = make_vat_rate("22", "SI")
    taken = accept_order(draft(line("A")), rules=RULES)
    assert taken.order.lines.get().vat_rate == rate


@pytest.mark.requirement("O2")
def test_unknown_article_parks_the_order_when_switched_off():
    make_article("MUG")
    with pytest.raises(UnknownArticles) as parked:
        accept_order(draft(line("MUG"), line("CUP-1"), line("CUP-2")), rules=STRICT)
    assert parked.value.message == "Order 10482 has 2 articles that are not known here: CUP-1, CUP-2."
    assert parked.value.key == "article_unknown:CUP-1"
    assert "under Articles" in parked.value.cure
    assert (Order.objects.count(), Customer.objects.count(), Address.objects.count()) == (0, 0, 0)


@pytest.mark.requirement("O2")
def test_unknown_customer_parks_the_order_when_switched_off():
    make_article("MUG")
    with pytest.raises(UnknownCustomer) as parked:
        accept_order(draft(line("MUG")), rules=STRICT)
    assert parked.value.key == "customer_unknown:anna.nowak@example.org"
    assert Order.objects.count() == 0
    Customer.objects.create(email="anna.nowak@example.org", last_name="Nowak")
    assert accept_order(draft(line("MUG")), rules=STRICT).outcome == Outcome.CREATED


@pytest.mark.requirement("O6")
def test_doubtful_and_unknown_lines_move_no_stock_and_do_not_block():
    parent = make_article("SHIRT", has_variants=True)
    make_article("MUG")
    taken = accept_order(
        draft(
            line("MUG", doubt="The variation was deleted in the shop."),
            line("", name="Gift wrap"),
            line(parent.sku),
        ),
        rules=STRICT_ARTICLES,
    )
    lines = list(taken.order.lines.all())
    assert [one.article_id for one in lines] == [None, None, None]
    assert [one.moves_stock for one in lines] == [False, False, False]
    assert lines[0].note == "The variation was deleted in the shop."
    assert lines[2].note.startswith("This SKU belongs to an article with variants")


def test_known_customer_keeps_what_stands_here():
    known = Customer.objects.create(
        email="anna.nowak@example.org", first_name="Anna", last_name="Kowalska", phone="1"
    )
    taken = accept_order(draft(line("A")), rules=RULES)
    known.refresh_from_db()
    assert taken.order.customer == known
    assert (known.last_name, known.phone) == ("Kowalska", "1")
    assert known.billing.city == "Kraków"  # it was empty


def test_company_is_found_by_its_vat_id_where_the_email_is_unknown():
    firm = Customer.objects.create(company="Studio", vat_id="SI50223054", email="office@studio.example")
    taken = accept_order(draft(line("A"), vat_id="SI 50223054", email="buyer@studio.example"), rules=RULES)
    assert taken.order.customer == firm
    assert (taken.order.email, taken.order.vat_id) == ("buyer@studio.example", "SI50223054")


def test_hidden_buyer_gives_no_customer():
    taken = accept_order(
        draft(line("A"), email="", billing=AddressDraft(country="PL")), rules=STRICT_CUSTOMERS
    )
    assert taken.order.customer is None


def test_small_difference_becomes_a_visible_rounding_line():
    taken = accept_order(draft(line("A"), total=Decimal("12.25")), rules=RULES)
    last = taken.order.lines.last()
    assert (last.kind, last.net, last.vat) == ("rounding", Decimal("0.05"), Decimal(0))
    assert taken.order.total == Decimal("12.25")
    assert "a rounding line of +0.05 was added" in OrderEvent.objects.get(kind="rounding").sentence


def test_large_difference_parks_with_both_calculations():
    with pytest.raises(TotalDiffers) as parked:
        accept_order(
            draft(line("A", "1.004", "0.2209"), line("B", "1.004", "0.2209"), total=Decimal("2.60")),
            rules=RULES,
        )
    assert parked.value.message == (
        "Order 10482 does not add up: Lipa PL says 2.60 EUR, its lines come to 2.45 EUR added up exactly and to"
        " 2.44 EUR with each line rounded. That is +0.15, more than the 0.05 EUR allowed."
    )
    assert parked.value.key == "total_differs:127"
    assert Order.objects.count() == 0
    assert Article.objects.count() == 0


def test_shop_that_rounds_each_line_needs_no_rounding_line():
    taken = accept_order(
        draft(line("A", "1.004", "0.2209"), line("B", "1.004", "0.2209"), total=Decimal("2.44")), rules=RULES
    )
    lines = list(taken.order.lines.all())
    assert [one.gross for one in lines] == [Decimal("1.22"), Decimal("1.22")]
    assert [one.net for one in lines] == [Decimal("1.004"), Decimal("1.004")]


def test_currency_without_decimals():
    taken = accept_order(
        draft(line("A", "909.0909", "90.9091"), currency="JPY", total=Decimal("1001.00")), rules=RULES
    )
    assert taken.order.total == Decimal(1001)
    assert taken.order.lines.last().net == Decimal(1)
    with pytest.raises(TotalDiffers):
        accept_order(
            draft(line("A", "1000", "0"), currency="JPY", total=Decimal(1006), source_id="2"), rules=RULES
        )


def test_reverse_charge_and_refunds():
    taken = accept_order(
        draft(
            line("A", "100", "0", vat_percent=None),
            vat_exempt=True,
            refunds=(RefundDraft(amount=Decimal("-30.50")), RefundDraft(amount=Decimal("9.50"))),
        ),
        rules=RULES,
    )
    assert taken.order.vat_exempt is True
    assert (taken.order.total_vat, taken.order.refunded) == (Decimal(0), Decimal(40))
    assert taken.order.lines.get().vat_rate is None


@pytest.mark.parametrize(
    ("fields", "what"),
    [({"currency": ""}, "currency"), ({"placed_at": None}, "date"), ({"source_id": ""}, "id")],
)
def test_nothing_is_guessed(fields, what):
    with pytest.raises(IncompleteOrder) as parked:
        accept_order(draft(line("A"), **fields), rules=RULES)
    assert parked.value.key == f"order_incomplete:{what}"
    assert Order.objects.count() == 0


def test_amount_that_cannot_be_right():
    with pytest.raises(IncompleteOrder):
        accept_order(draft(line("A", "1e15", "0"), total=Decimal("1e15")), rules=RULES)
    with pytest.raises(IncompleteOrder):
        accept_order(draft(line("A", "NaN", "0"), total=Decimal(1)), rules=RULES)


def test_texts_that_do_not_fit_are_cut_and_a_country_in_words_is_kept():
    order = accept_order(
        draft(
            line("A", name="x" * 900),
            line("S" * 200),
            billing=AddressDraft(last_name="N\0owak" * 40, country="Slovenia", city="😀"),
            email="n/a",
        ),
        rules=RULES,
    ).order
    order.refresh_from_db()
    assert (order.billing.country, order.billing.state, order.billing.city) == ("", "Slovenia", "😀")
    assert len(order.billing.last_name) == 100
    assert [len(name) for name in order.lines.values_list("name", flat=True)] == [500, 200]
    assert order.lines.last().article is None
    assert (order.email, order.customer.email) == ("n/a", "")


def test_number_is_taken():
    make_order("LIPA-10482")
    make_order("LIPA-10482-2")
    assert accept_order(draft(line("A")), rules=RULES).order.number == "LIPA-10482-3"


def test_number_pattern():
    rules = IntakeRules(number_pattern="{source}/{source_number}")
    assert accept_order(draft(line("A")), rules=rules).order.number == "lipa/10482"


@pytest.mark.requirement("O3")
def test_accepted_at_once_by_the_rules():
    order = accept_order(draft(line("A")), rules=IntakeRules(accept=True)).order
    assert (order.state, order.accepted_by) == (Order.State.ACCEPTED, None)
    assert order.accepted_at is not None


@pytest.mark.parametrize(
    ("kind", "state"),
    [("new", "new"), ("waiting", "new"), ("shipped", "done"), ("done", "done"), ("cancelled", "cancelled")],
)
def test_what_is_over_in_the_shop_does_not_queue_here(kind, state):
    status = make_order_status(kind, kind=kind)
    assert accept_order(draft(line("A"), status_id=status.pk), rules=RULES).order.state == state


def test_number_of_queries_does_not_grow_with_the_lines():
    make_company()
    make_vat_rate("22", "SI")

    def count(lines: int, number: str) -> int:
        skus = [f"{number}-{n}" for n in range(lines)]
        known = [Article(sku=sku, name=sku) for sku in skus[::2]]
        Article.objects.bulk_create(known)
        with CaptureQueriesContext(connection) as queries:
            accept_order(draft(*[line(sku) for sku in skus], source_id=number, number=number), rules=RULES)
        assert OrderLine.objects.filter(order__source_id=number).exclude(article=None).count() == lines
        return len(queries)

    accept_order(
        draft(line("WARM"), source_id="0", number="0"), rules=RULES
    )  # the customer is known from here on
    assert count(3, "3") == count(60, "60")


def test_delivery_address_that_repeats_the_billing_address_is_none():
    same = replace(ANNA, phone="", email="")
    assert accept_order(draft(line("A"), delivery=same), rules=RULES).order.delivery is None
    other = accept_order(
        draft(line("A"), delivery=replace(ANNA, phone="1"), source_id="2"), rules=RULES
    ).order
    assert other.delivery.phone == "1"
