"""The tabs Stock and prices, Orders, Health and History."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from orders.models import Customer, NumberSeries, SalesChannel
from shops.admin.stock_prices import worked_example
from shops.models import CallLog, IncomingOrder, Meaning, Run, Shop, Watermark
from tests.factories import (
    make_article,
    make_category,
    make_element,
    make_price,
    make_price_list,
    make_run,
    make_stock,
    make_vat_rate,
    make_warehouse,
)

pytestmark = pytest.mark.django_db


def url(shop, name):
    return reverse(f"admin:shops_shop_{name}", args=[shop.pk])


BASIS = {"safety_buffer": "0", "scope": "changed", "link_by": "sku"}


@pytest.mark.requirement("P1", "P2", "P4", "P5")
def test_stock_and_prices_are_saved_with_all_their_fields(admin, shop):
    here, there = make_warehouse("LJ"), make_warehouse("MB")
    retail, sale = make_price_list("Retail"), make_price_list("Sale", kind="sale")
    glass = make_category("Glass")
    answer = admin.post(
        url(shop, "stock_prices"),
        {
            "warehouses": [here.pk, there.pk],
            "safety_buffer": "2.5",
            "download_warehouse": here.pk,
            "price_list": retail.pk,
            "sale_price_list": sale.pk,
            "download_price_list": retail.pk,
            "scope": "all",
            "link_by": "sku_ean",
            "excluded_categories": [glass.pk],
            "language": "pl",
            "transfer_files": "on",
        },
        follow=True,
    )
    shop = Shop.objects.get(pk=shop.pk)
    assert set(shop.warehouses.all()) == {here, there}
    assert shop.safety_buffer == Decimal("2.5")
    assert (shop.download_warehouse, shop.price_list, shop.sale_price_list) == (here, retail, sale)
    assert shop.download_price_list == retail
    assert (shop.scope, shop.link_by, shop.language, shop.transfer_files) == ("all", "sku_ean", "pl", True)
    assert list(shop.excluded_categories.all()) == [glass]
    assert "The next run of Lipa PL follows it." in answer.content.decode()


def test_a_price_list_in_another_currency_is_refused_with_both_named(admin, shop):
    Shop.objects.filter(pk=shop.pk).update(currency="PLN")
    euro = make_price_list("Retail", currency="EUR")
    answer = admin.post(url(shop, "stock_prices"), BASIS | {"price_list": euro.pk})
    assert "This list is in EUR, the shop sells in PLN. Choose a list in PLN." in answer.content.decode()
    shop.refresh_from_db()
    assert shop.price_list is None


def test_one_list_cannot_be_both_normal_and_sale(admin, shop):
    retail = make_price_list("Retail")
    answer = admin.post(
        url(shop, "stock_prices"), BASIS | {"price_list": retail.pk, "sale_price_list": retail.pk}
    )
    assert "The sale prices need a list of their own." in answer.content.decode()


def test_a_negative_buffer_is_refused(admin, shop):
    admin.post(url(shop, "stock_prices"), BASIS | {"safety_buffer": "-1"})
    shop.refresh_from_db()
    assert shop.safety_buffer == 0


@pytest.mark.requirement("P4")
def test_the_worked_example_is_what_the_shop_would_get(admin, shop):
    here, there, elsewhere = make_warehouse("LJ"), make_warehouse("MB"), make_warehouse("XX")
    article = make_article("MUG-1", ean="3838", vat_rate=make_vat_rate("22"))
    make_stock(article, here, 12, 3)
    make_stock(article, there, "7.5")
    make_stock(article, elsewhere, 1000)
    shop.warehouses.set([here, there])
    shop.safety_buffer = 2
    shop.price_list = make_price_list()
    shop.facts = {"prices_gross": True, "decimals": 2}
    shop.save()
    make_price(shop.price_list, article, "10")
    example = worked_example(shop)
    assert example.article == article
    assert example.worked.total == Decimal("16.5")
    assert example.available == 14
    assert example.price.regular == Decimal("12.20")
    html = admin.get(url(shop, "stock_prices"), {"article": "3838"}).content.decode()
    assert "16.5" in html
    assert "12.20" in html
    assert (
        "No article has the SKU or EAN"
        in admin.get(url(shop, "stock_prices"), {"article": "nothing"}).content.decode()
    )


@pytest.mark.parametrize("name", ["stock_prices", "orders"])
def test_settings_need_the_right_to_be_changed(staff, shop, name):
    client = staff("view_shop")
    html = client.get(url(shop, name)).content.decode()
    assert "You may look at these settings, but not change them." in html
    assert client.post(url(shop, name), BASIS | {"transfer_files": "on"}).status_code == 403
    shop.refresh_from_db()
    assert shop.transfer_files is False
    assert shop.unknown_articles == "create"


ORDERS = {
    "unknown_articles": "create",
    "unknown_customers": "create",
    "unmapped": "documents",
    "rounding_tolerance": "0.05",
    "channel-becomes": "nothing",
    "channel-moment": "accepted",
    "channel-due_days": "14",
}


@pytest.mark.requirement("O2", "O3", "O5", "O8", "O11", "O12")
def test_order_rules_are_saved(admin, shop):
    make_element(shop, "order_status", "processing", name="Processing")
    admin.post(
        url(shop, "orders"),
        ORDERS
        | {
            "import_statuses": ["processing"],
            "orders_from_0": "2026-11-01",
            "orders_from_1": "00:00:00",
            "unknown_articles": "plain",
            "update_known_status": "on",
            "accept_orders": "on",
            "rounding_tolerance": "0.10",
            "channel-becomes": "both",
            "channel-moment": "paid",
            "channel-send_mail": "on",
            "channel-due_days": "8",
        },
    )
    shop.refresh_from_db()
    assert shop.orders_from == datetime(2026, 10, 31, 23, tzinfo=UTC)
    assert (shop.unknown_articles, shop.unknown_customers, shop.unmapped) == ("plain", "create", "documents")
    assert (shop.update_known_status, shop.rewrite_known, shop.accept_orders) == (True, False, True)
    assert (shop.import_statuses, shop.rounding_tolerance) == (["processing"], Decimal("0.10"))
    channel = SalesChannel.objects.get(code="pl")
    assert (channel.becomes, channel.moment, channel.send_mail, channel.due_days) == ("both", "paid", True, 8)
    assert channel.as_draft is False


def test_the_page_tells_what_happens_to_an_order(admin, shop):
    make_element(shop, "order_status", "processing", name="Processing")
    Shop.objects.filter(pk=shop.pk).update(import_statuses=["processing"], unknown_customers="park")
    make_warehouse("LJ", name="Ljubljana")
    SalesChannel.objects.create(code="pl", becomes="invoice", moment="paid", send_mail=True)
    html = " ".join(admin.get(url(shop, "orders")).content.decode().split())
    for sentence in (
        "An order of Lipa PL comes in once it is Processing.",
        "with an unknown one it waits for a person.",
        "Until its status, methods and VAT rates are mapped, it waits for a person.",
        "Its goods are kept back in Ljubljana.",
        "Invoice: issued when it is paid, and mailed to the customer.",
        "A person looks at it and accepts it.",
    ):
        assert sentence in html


def test_a_collective_customer_must_be_chosen(admin, shop):
    answer = admin.post(url(shop, "orders"), ORDERS | {"unknown_customers": "collective"})
    assert "Choose the customer who gets these orders." in answer.content.decode()
    shelf = Customer.objects.create(company="Retail buyers")
    admin.post(
        url(shop, "orders"), ORDERS | {"unknown_customers": "collective", "collective_customer": shelf.pk}
    )
    shop.refresh_from_db()
    assert shop.collective_customer == shelf


def test_a_series_of_another_kind_is_no_choice(admin, shop):
    notes = NumberSeries.objects.create(kind="delivery_note", name="Notes", pattern="N{YY}-{N}")
    answer = admin.post(url(shop, "orders"), ORDERS | {"channel-invoice_series": notes.pk})
    assert answer.context["forms"][1].errors.keys() == {"invoice_series"}
    assert not SalesChannel.objects.exists()


def test_a_remembered_choice_can_be_forgotten(admin, staff, shop):
    article = make_article("MUG")
    meaning = Meaning.objects.create(shop=shop, kind="article", key="M-1", local_id=article.pk)
    plain = Meaning.objects.create(shop=shop, kind="article", key="WRAP", local_id=None)
    html = admin.get(url(shop, "orders")).content.decode()
    assert "MUG" in html
    assert "billed without an article" in html
    forget = reverse("admin:shops_shop_orders_forget", args=[shop.pk, plain.pk])
    assert staff("view_shop").post(forget).status_code == 403
    assert admin.get(forget).status_code == 405
    admin.post(forget)
    assert list(Meaning.objects.all()) == [meaning]


def test_left_out_orders_are_listed_and_taken_back(admin, shop):
    IncomingOrder.objects.create(
        shop=shop,
        remote_id="1",
        number="10482",
        payload={},
        payload_print="x",
        state="left_out",
        message="Payment method “BLIK” is not linked.",
    )
    html = admin.get(url(shop, "orders")).content.decode()
    assert "10482" in html
    assert "Payment method “BLIK” is not linked." in html
    row = IncomingOrder.objects.get()
    back = reverse("admin:shops_problem_order", args=[row.pk, "back"])
    assert admin.get(back).status_code == 405
    assert admin.post(back).url == url(shop, "orders")
    row.refresh_from_db()
    assert row.state == "parked"


# Health


def test_health_counts_requests_and_shows_the_last(admin, shop):
    CallLog.objects.create(shop=shop, method="GET", url="https://x/products", status=200, seconds=0.5)
    CallLog.objects.create(shop=shop, method="GET", url="https://x/orders", status=503, error="maintenance")
    old = CallLog.objects.create(shop=shop, method="GET", url="https://x/old", status=200)
    CallLog.objects.filter(pk=old.pk).update(at=timezone.now() - timedelta(days=2))
    response = admin.get(url(shop, "health"))
    figures = response.context_data["figures"]
    assert (figures["calls"], figures["failed"]) == (2, 1)
    assert sum(hour["count"] for hour in response.context_data["hours"]) == 2
    html = response.content.decode()
    assert "https://x/orders" in html
    assert "maintenance" in html


def test_a_stream_is_read_again_since_a_chosen_moment(admin, staff, shop):
    mark = Watermark.objects.create(shop=shop, kind="article", at=timezone.now())
    data = {"kind": "article", "at": "2026-11-01T08:00"}
    assert staff("view_shop").post(url(shop, "health"), data).status_code == 403
    html = admin.post(url(shop, "health"), data, follow=True).content.decode()
    mark.refresh_from_db()
    assert mark.at == datetime(2026, 11, 1, 7, tzinfo=UTC)
    assert "Articles: the next run reads again what changed since" in html


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ({"kind": "article", "at": "2999-01-01T00:00"}, "This moment is in the future."),
        ({"kind": "article", "at": "soon"}, "Enter a day and a time."),
        ({"kind": "order", "at": "2026-11-01T08:00"}, "This stream has never been read"),
    ],
)
def test_a_wrong_moment_changes_nothing(admin, shop, data, text):
    at = timezone.now()
    mark = Watermark.objects.create(shop=shop, kind="article", at=at)
    assert text in admin.post(url(shop, "health"), data, follow=True).content.decode()
    mark.refresh_from_db()
    assert mark.at == at


# History


@pytest.mark.requirement("E6")
def test_history_shows_runs_and_who_changed_what(admin, shop):
    make_run(shop, job="export_stock", state="done", message="41 levels sent")
    make_run(shop, state="failed", message="refused")
    admin.post(url(shop, "matrix"), {"stock-linked": "shop"})
    html = admin.get(url(shop, "past")).content.decode()
    assert "41 levels sent" in html
    assert "refused" in html
    assert "What to sync: Stock changed" in html
    assert Run.objects.count() == 2


def test_an_empty_history_offers_the_first_read(admin, shop):
    assert "No run yet" in admin.get(url(shop, "past")).content.decode()


@pytest.mark.requirement("O3", "O8")
def test_every_rule_of_the_channel_can_be_set(admin, shop):
    page = admin.get(url(shop, "orders")).content.decode()
    fields = {field.name for field in SalesChannel._meta.fields} - {"id", "code"}
    assert {name for name in fields if f'name="channel-{name}"' not in page} == set()
