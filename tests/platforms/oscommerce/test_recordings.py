"""Our reads and writes held against what running shops wrote: 2.3.3 (MyISAM, Latin-1) and 2.3.4.1 (InnoDB, UTF-8)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from shops.platforms.oscommerce import OsCommerce
from shops.records import (
    AddressRecord,
    ArticleRecord,
    CategoryRecord,
    CustomerRecord,
    OrderRecord,
    OrderStatusChange,
    PriceRecord,
    ProducerRecord,
    Record,
    Sale,
    StockRecord,
)
from tests.peers.oscommerce.store import Store
from tests.platforms.oscommerce import recordings
from tests.platforms.oscommerce.recordings import Change, recorded, without
from tests.platforms.oscommerce.ways import platform

pytestmark = [pytest.mark.service, recordings.needed, pytest.mark.requirement("S7")]


@pytest.fixture
def filled(shop: Store) -> Store:
    recordings.fill(shop)
    return shop


def write(shop: Store, verb: str, kind: str, record: Record) -> None:
    osc = platform(shop)
    [result] = getattr(osc, verb)(kind, [record])
    assert result.error is None, result.error


def of(shop: Store, action: Callable[[], None]) -> set[Change]:
    before = recordings.snapshot(shop)
    action()
    return recordings.changed(before, recordings.snapshot(shop))


# Writes on the state in which the panel's own edits began


@dataclass(frozen=True)
class Pair:
    """number: of the recording. wish: what Kontor is asked. leaves_out: columns in which it differs on purpose.

    instead: what we do otherwise, as a change of the expectation, with its reason.
    """

    number: int
    wish: Callable[[Store], None]
    leaves_out: tuple[str, ...] = ()
    instead: Callable[[set[Change]], set[Change]] = lambda expected: expected


def article(pk: int, **fields) -> ArticleRecord:
    return ArticleRecord(remote_id=str(pk), **fields)


def price_and_stock(shop: Store) -> None:
    write(shop, "update", "price", PriceRecord(remote_id="31", article_id="31", regular=Decimal("9.0082")))
    write(shop, "update", "stock", StockRecord(remote_id="31", article_id="31", quantity=Decimal(40)))


def sale(price: str, end: datetime | None) -> PriceRecord:
    return PriceRecord(remote_id="31", article_id="31", sale=Sale(price=Decimal(price), valid_to=end))


def customer_edit(shop: Store) -> None:
    before = next(one for one in platform(shop).read("customer").records if one.remote_id == "2")
    assert isinstance(before, CustomerRecord)
    assert before.billing is not None
    billing = replace(before.billing, company="Őry Kft.", last_name="Őry", street="Kossuth Lajos tér 2")
    changed = CustomerRecord(remote_id="2", last_name="Őry", phone="+36 1 441 4001", billing=billing)
    write(shop, "update", "customer", changed)


def only_ours(expected: set[Change]) -> set[Change]:
    """Kontor writes the language of its texts; the panel's form writes all of them."""
    return {one for one in expected if ("key.language_id", "1") not in one[2]}


# A bare number is done as it was recorded: Kontor does no such thing.
PAIRS: list[Pair | int] = [
    Pair(13, price_and_stock),
    Pair(14, lambda shop: write(shop, "update", "article", article(29, active=False))),
    Pair(15, lambda shop: write(shop, "update", "article", article(34, category_ids=("24",)))),
    Pair(16, lambda shop: write(shop, "update", "article", article(30, category_ids=("22", "24")))),
    17,
    Pair(18, lambda shop: write(shop, "update", "category", CategoryRecord(remote_id="23", parent_id="24"))),
    Pair(
        19,
        lambda shop: write(
            shop, "update", "category", CategoryRecord(remote_id="24", name="Knjige in darila ž")
        ),
        instead=only_ours,
    ),
    Pair(20, lambda shop: write(shop, "update", "price", sale("8.1074", datetime(2027, 6, 30, tzinfo=UTC)))),
    Pair(
        21,
        lambda shop: write(
            shop, "update", "price", PriceRecord(remote_id="31", article_id="31", sale=Sale())
        ),
    ),
    22,
    Pair(23, customer_edit),
    Pair(25, lambda shop: write(shop, "delete", "article", article(31))),
    Pair(26, lambda shop: write(shop, "update", "article", article(30, category_ids=("22",)))),
    27,
    Pair(
        28,
        lambda shop: write(shop, "delete", "article", article(37)),
        # The panel forgets the row of the download; nobody could ever reach it again.
        ("products_ordered",),
        instead=lambda expected: expected | recorded_download(),
    ),
    29,  # which Kontor refuses, see below
    Pair(30, lambda shop: write(shop, "delete", "producer", ProducerRecord(remote_id="11"))),
]


def recorded_download() -> set[Change]:
    cells = {
        "products_attributes_filename": "igra.zip",
        "products_attributes_id": "31",
        "products_attributes_maxcount": "3",
        "products_attributes_maxdays": "7",
    }
    return {("products_attributes_download", "delete", tuple(sorted(cells.items())))}


@pytest.mark.requirement("E3", "P2")
def test_a_day_in_the_panel_done_by_kontor_changes_the_same_rows(filled: Store):
    """One after the other, as they were recorded."""
    for row in recordings.changes(filled.shape, 25):
        if row["table"] == "customers_basket":
            filled.insert("customers_basket", **row["before"])
    for pair in PAIRS:
        if isinstance(pair, int):
            recordings.apply(filled, pair)
            continue
        found = of(filled, lambda pair=pair: pair.wish(filled))
        expected = pair.instead(recorded(filled.shape, pair.number))
        assert without(found, *pair.leaves_out) == without(expected, *pair.leaves_out), pair.number


@pytest.mark.parametrize(("number", "order", "status"), [(8, 1, "2"), (9, 2, "2"), (10, 2, "3")])
def test_a_status_is_written_as_the_panel_writes_it(filled: Store, number: int, order: int, status: str):
    for one in reversed([c for n in (8, 9, 10, 12) for c in recordings.changes(filled.shape, n)]):
        if one["kind"] == "insert":  # as before the recorded afternoon
            filled.delete(one["table"], orders_status_history_id=one["after"]["orders_status_history_id"])
    for one in recordings.changes(filled.shape, number):
        if one["kind"] == "update":
            filled.update("orders", one["before"], orders_id=order)
    change = OrderStatusChange(remote_id=str(order), status_id=status)
    found = of(filled, lambda: write(filled, "update", "order", change))
    # Kontor mails nobody, so it notes none, and it has nothing to say to the customer.
    own = ("customer_notified", "comments", "orders_status_history_id")
    assert without(found, *own) == without(recorded(filled.shape, number), *own)
    [row] = [dict(cells) for table, _kind, cells in found if table == "orders_status_history"]
    assert (row["customer_notified"], row["comments"]) == ("0", "")


def test_the_same_status_again_writes_nothing(filled: Store):
    assert recordings.changes(filled.shape, 11) == []
    change = OrderStatusChange(remote_id="2", status_id="3")
    assert of(filled, lambda: write(filled, "update", "order", change)) == set()


def test_a_category_that_holds_articles_of_its_own_stays(filled: Store):
    """The panel deletes the articles too."""
    osc = platform(filled)

    def delete() -> None:
        [result] = osc.delete("category", [CategoryRecord(remote_id="24")])
        assert result.error is not None
        assert result.error.key == "category_articles"

    assert of(filled, delete) == set()
    assert any(one["table"] == "products" for one in recordings.changes(filled.shape, 29))


# What is new


def inserted(found: set[Change], table: str) -> list[dict[str, str]]:
    return sorted((dict(cells) for name, kind, cells in found if (name, kind) == (table, "insert")), key=str)


def test_a_new_category_has_the_rows_that_the_panel_makes(filled: Store):
    record = CategoryRecord(name="Čaji in darila", parent_id="", position=5)
    found = of(filled, lambda: write(filled, "create", "category", record))
    own = ("categories_id", "categories_name")
    assert without(found, *own) == without(recorded(filled.shape, 1), *own)
    names = inserted(found, "categories_description")
    assert {row["categories_name"] for row in names} == {"Čaji in darila"}


def test_a_new_producer_has_the_rows_that_the_panel_makes(filled: Store):
    found = of(filled, lambda: write(filled, "create", "producer", ProducerRecord(name="Lipa d.o.o.")))
    own = ("manufacturers_id", "manufacturers_image", "manufacturers_url")
    assert without(found, *own) == without(recorded(filled.shape, 2), *own)


def test_a_new_article_has_the_rows_that_the_panel_makes(filled: Store):
    record = ArticleRecord(
        sku="LIPA-NOV",
        name="Zeleni čaj Sencha 100 g",
        description="<p>Japonski zeleni čaj. <strong>Brez</strong> arom.</p>",
        vat_rate_id="2",
        producer_id="11",
        category_ids=("23",),
        weight_g=Decimal(120),
        active=True,
        stock=StockRecord(quantity=Decimal(100)),
        price=PriceRecord(regular=Decimal("4.9")),
    )
    found = of(filled, lambda: write(filled, "create", "article", record))
    expected = {one for one in recorded(filled.shape, 3) if one[0] != "products_images"}
    # In the other language the same text stands, so that the article is there too; pictures come by themselves.
    own = (
        "products_id",
        "products_model",
        "products_image",
        "products_name",
        "products_description",
        "products_last_modified",
    )
    assert without(found, *own) == without(expected, *own)
    [row] = inserted(found, "products")
    assert row["products_model"] == "LIPA-NOV"
    texts = {row["language_id"]: row["products_name"] for row in inserted(found, "products_description")}
    assert texts == {"1": "Zeleni čaj Sencha 100 g", "2": "Zeleni čaj Sencha 100 g"}


def test_a_new_sale_has_the_row_that_the_panel_makes(filled: Store):
    filled.delete("specials", specials_id=5)
    record = sale("6.5574", datetime(2027, 12, 31, tzinfo=UTC))
    found = of(filled, lambda: write(filled, "update", "price", record))
    found = {one for one in found if one[0] == "specials"}
    assert without(found, "specials_id") == without(recorded(filled.shape, 5), "specials_id")


def test_a_new_account_has_the_rows_that_the_storefront_makes(filled: Store):
    address = AddressRecord(
        first_name="Eva", last_name="O'Neill", street="Trg 1", postcode="3000", city="Celje", country="SI"
    )
    record = CustomerRecord(
        email="eva@example.org", first_name="Eva", last_name="O'Neill", phone="03 123 456", billing=address
    )
    found = of(filled, lambda: write(filled, "create", "customer", record))
    # Nobody told Kontor of these; the password is not written at all.
    unknown = ("customers_gender", "customers_dob", "customers_newsletter", "entry_gender", "customers_password",
               "password_reset_key", "password_reset_date")  # fmt: skip
    assert without(found, *unknown) == without(recorded(filled.shape, 24), *unknown)
    assert filled.row("customers", customers_email_address="eva@example.org")["customers_password"] == ""


# Reads


def read_orders(shop: Store) -> dict[str, OrderRecord]:
    page = platform(shop).read("order")
    assert page.bad == ()
    return {record.remote_id: record for record in page.records if isinstance(record, OrderRecord)}


def charged(text: str) -> Decimal:
    """What the shop's page said: <strong>1.136,93€</strong> or GBP34.35."""
    digits = re.sub(r"[^0-9.,]", "", text)
    return Decimal(re.sub(r"[.,]", "", digits)) / 100


@pytest.mark.requirement("O1")
def test_recorded_orders_come_to_what_their_customers_paid(filled: Store):
    found = read_orders(filled)
    totals = {row["orders_id"]: row for row in filled.rows("orders_total", **{"class": "ot_total"})}
    # The ninth was never paid: its buyer left at PayPal.
    assert sorted(found) == ["1", "2", "3", "4", "5", "6", "7", "8"]
    for pk, record in found.items():
        assert record.total == charged(totals[int(pk)]["text"]), pk
        added = sum((line.net + line.tax for line in record.lines), Decimal(0))
        assert added.quantize(Decimal("0.01")) == record.total, pk


def test_recorded_orders_are_net_or_gross_as_they_were_made(filled: Store):
    assert {pk for pk, record in read_orders(filled).items() if not record.prices_gross} == {"4"}


@pytest.mark.requirement("O1")
def test_the_vat_of_recorded_deliveries(filled: Store):
    """Order 1 was made with the VAT before the delivery: its sums lack it, the shipping module's tax class tells."""
    shipping = {
        pk: next((line.net + line.tax, line.vat_percent) for line in record.lines if line.kind == "shipping")
        for pk, record in read_orders(filled).items()
    }
    rounded = {pk: (gross.quantize(Decimal("0.01")), percent) for pk, (gross, percent) in shipping.items()}
    assert rounded == {
        "1": (Decimal("6.10"), 22),
        "2": (Decimal("6.10"), 22),
        "3": (Decimal("5.00"), 0),
        "4": (Decimal("6.10"), 22),
        "5": (Decimal("5.25"), 22),
        "6": (Decimal("6.10"), 22),
        "7": (Decimal("6.10"), 22),
        "8": (Decimal("6.10"), 22),
    }


@pytest.mark.requirement("O1")
def test_the_first_recorded_order_whole(filled: Store):
    order = read_orders(filled)["1"]
    assert (order.status_id, order.currency, order.email) == ("2", "EUR", "spela@example.org")
    assert order.billing == AddressRecord(
        first_name="Špela",
        last_name="Čebašek Žnidaršič",
        company="Čebelica d.o.o.",
        street="Čopova ulica 5",
        city="Ljubljana",
        postcode="1000",
        country="SI",
        phone="+386 40 123 456",
        email="spela@example.org",
    )
    assert order.vat_id == "SI12345678"
    assert order.customer_note == "Prosim, dostavite po 16. uri.\nHvala & lep pozdrav _ž_"
    assert order.note.splitlines()[0].endswith("Cash on Delivery")
    assert order.note.splitlines()[1].endswith("Flat Rate (Best Way)")
    assert order.note.splitlines()[2].endswith("Naročeno")  # as it was placed; by now it is in work
    shirt = order.lines[0]
    assert (shirt.sku, shirt.name, shirt.quantity) == ("LIPA-MAJICA", "Printed T-shirt (Colour: Red)", 2)
    assert shirt.variant == (("Colour", "Red"),)
    assert (shirt.net + shirt.tax).quantize(Decimal("0.01")) == Decimal("35.90")
    assert [line.kind for line in order.lines] == ["item", "item", "item", "shipping"]
    assert order.payment_method_id == "Cash on Delivery"
    assert order.lines[-1].method_id == "Flat Rate (Best Way)"


def test_a_recorded_order_in_another_currency_and_one_to_another_country(filled: Store):
    found = read_orders(filled)
    pounds = found["5"]
    assert (pounds.currency, pounds.total) == ("GBP", Decimal("34.35"))
    gift = found["6"]
    assert (gift.billing.country, gift.shipping and gift.shipping.country) == ("CZ", "SI")
    assert (gift.shipping and gift.shipping.last_name) == "Prejemnica"
    voucher = next(line for line in gift.lines if line.sku == "BON-50")
    assert (voucher.vat_percent, voucher.tax) == (0, 0)


@pytest.mark.requirement("P5")
def test_recorded_articles(filled: Store):
    page = platform(filled).read("article")
    assert page.bad == ()
    by_sku = {record.sku: record for record in page.records if isinstance(record, ArticleRecord)}
    tea = by_sku["LIPA-SENCHA-"]
    assert (tea.name, tea.vat_rate_id, tea.producer_id, tea.category_ids) == (
        "Zeleni čaj Sencha 100 g",
        "2",
        "11",
        ("23",),
    )
    assert (tea.weight_g, tea.active) == (Decimal(120), True)
    prices = {record.remote_id: record for record in page.carried["price"]}
    mug = prices[by_sku["LIPA-SKOD"].remote_id]
    assert isinstance(mug, PriceRecord)
    assert (mug.regular, mug.sale) == (
        Decimal("8.1885"),
        Sale(price=Decimal("6.5574"), valid_to=datetime(2027, 12, 31, tzinfo=UTC)),
    )
    stock = {record.remote_id: record.quantity for record in page.carried["stock"]}
    assert stock[by_sku["LIPA-TUZ"].remote_id] == -2
    images = [
        (record.name, record.position)
        for record in page.carried["image"]
        if record.article_id == tea.remote_id
    ]
    assert images == [("caj-sencha.png", 0), ("caj-sencha-velik.png", 1)]


def test_recorded_tax_classes_and_categories(filled: Store):
    osc: OsCommerce = platform(filled)
    rates = {record.remote_id: record.percent for record in osc.read("vat_rate").records}
    assert rates == {"0": 0, "1": 22, "2": Decimal("9.5"), "3": 5}
    tree = {record.remote_id: (record.name, record.parent_id) for record in osc.read("category").records}
    assert (tree["22"], tree["23"]) == (("Čaji in darila", ""), ("Zeleni čaji", "22"))
