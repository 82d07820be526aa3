"""What crosses the border between the engine and a platform: plain, frozen values, nothing else.

Everywhere: None = unknown (do not touch), "" or () = empty (clear it). Money and quantities are Decimal, times are
aware UTC. `remote_id` is the shop's id as text; references to other elements (`producer_id`, `category_ids`, ...) are
remote ids too: the engine translates them from and to our own rows by the links.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """kind is the element type's key. `modified_at` and `name_hint` never take part in a comparison."""

    kind: ClassVar[str]
    not_content: ClassVar[frozenset[str]] = frozenset({"remote_id", "modified_at"})

    remote_id: str = ""
    modified_at: datetime | None = None

    def content(self) -> dict[str, Any]:
        """The known fields that can differ between two sides: {field: value}, without ids of the record itself."""
        return {
            f.name: value
            for f in fields(self)
            if f.name not in self.not_content and (value := getattr(self, f.name)) is not None
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitRecord(Record):
    kind: ClassVar[str] = "unit"
    name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryRecord(Record):
    """parent_id "" = a root. Parents come before their children in every list."""

    kind: ClassVar[str] = "category"
    name: str | None = None
    parent_id: str | None = None
    description: str | None = None
    position: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProducerRecord(Record):
    kind: ClassVar[str] = "producer"
    name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VatRateRecord(Record):
    """percent 22 = 22 %. country is ISO 3166 alpha-2, "" = everywhere. tax_class: the shop's own group of rates."""

    kind: ClassVar[str] = "vat_rate"
    not_content: ClassVar[frozenset[str]] = frozenset({"remote_id", "modified_at", "tax_class"})
    name: str | None = None
    country: str | None = None
    percent: Decimal | None = None
    tax_class: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sale:
    """A sale price and when it holds (UTC; None = open end). price None = there is no sale."""

    price: Decimal | None = None
    valid_from: datetime | None = None
    valid_to: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StockRecord(Record):
    """quantity in stock units. managed False = the shop does not count this article (quantity is then None)."""

    kind: ClassVar[str] = "stock"
    not_content: ClassVar[frozenset[str]] = frozenset(
        {"remote_id", "modified_at", "article_id", "parent_id", "managed"}
    )
    article_id: str = ""
    parent_id: str = ""
    quantity: Decimal | None = None
    managed: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceRecord(Record):
    """In the shop's currency and the shop's way (ShopFacts.prices_gross): the engine converts before and after."""

    kind: ClassVar[str] = "price"
    not_content: ClassVar[frozenset[str]] = frozenset({"remote_id", "modified_at", "article_id", "parent_id"})
    article_id: str = ""
    parent_id: str = ""
    regular: Decimal | None = None
    sale: Sale | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageRecord(Record):
    """remote_id is unique in the shop: where one picture serves several articles, the platform joins both ids.

    url: where the other side can fetch the file. name: file name without folder. position counts from 0.
    """

    kind: ClassVar[str] = "image"
    not_content: ClassVar[frozenset[str]] = frozenset(
        {"remote_id", "modified_at", "article_id", "parent_id", "url"}
    )
    article_id: str = ""
    parent_id: str = ""
    url: str = ""
    name: str | None = None
    alt: str | None = None
    position: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageSetRecord(Record):
    """All pictures one article shall have, in order: how images are written (`update("image", [...])`).

    remote_id is the article's remote id. An ImageRecord with a remote_id stays; one without is fetched from its url;
    what the shop has beyond the list goes.
    """

    kind: ClassVar[str] = "image"
    parent_id: str = ""
    images: tuple[ImageRecord, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionRecord:
    """One thing by which variants differ: name "Size", values ("S", "M")."""

    name: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleRecord(Record):
    """An article, a parent of variants (`options` not empty), or a variant (`parent_id` not empty).

    variant: ((option name, value), ...) of a variant. stock, price: taken along when the article is created, where the
    platform can (capability `carries`); never compared. Lengths in mm, weight in g.
    """

    kind: ClassVar[str] = "article"
    not_content: ClassVar[frozenset[str]] = frozenset(
        {"remote_id", "modified_at", "parent_id", "stock", "price"}
    )
    sku: str | None = None
    ean: str | None = None
    name: str | None = None
    short_description: str | None = None
    description: str | None = None
    unit_id: str | None = None
    vat_rate_id: str | None = None
    producer_id: str | None = None
    category_ids: tuple[str, ...] | None = None
    weight_g: Decimal | None = None
    length_mm: Decimal | None = None
    width_mm: Decimal | None = None
    height_mm: Decimal | None = None
    active: bool | None = None
    service: bool | None = None
    options: tuple[OptionRecord, ...] | None = None
    variant: tuple[tuple[str, str], ...] | None = None
    parent_id: str = ""
    stock: StockRecord | None = None
    price: PriceRecord | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressRecord:
    first_name: str = ""
    last_name: str = ""
    company: str = ""
    street: str = ""
    street2: str = ""
    city: str = ""
    postcode: str = ""
    state: str = ""
    country: str = ""
    phone: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerRecord(Record):
    kind: ClassVar[str] = "customer"
    not_content: ClassVar[frozenset[str]] = frozenset({"remote_id", "modified_at", "registered_at"})
    email: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    company: str | None = None
    vat_id: str | None = None
    phone: str | None = None
    billing: AddressRecord | None = None
    shipping: AddressRecord | None = None
    registered_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentMethodRecord(Record):
    kind: ClassVar[str] = "payment_method"
    name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShippingMethodRecord(Record):
    kind: ClassVar[str] = "shipping_method"
    name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderStatusRecord(Record):
    kind: ClassVar[str] = "order_status"
    name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLineRecord:
    """kind: item, shipping, fee or discount. Amounts are for the whole line, after discount, at full precision.

    net_before_discount: the line's net amount before coupons. vat_percent None = the shop did not say.
    taken: pieces that the shop has taken off its own stock for this line; None = it does not say.
    doubt: a sentence why the line must not be matched to an article (woocommerce.md §12: deleted variation).
    """

    kind: str
    remote_id: str = ""
    article_id: str = ""
    sku: str = ""
    name: str = ""
    quantity: Decimal = Decimal(1)
    net: Decimal = Decimal(0)
    tax: Decimal = Decimal(0)
    net_before_discount: Decimal | None = None
    vat_percent: Decimal | None = None
    method_id: str = ""
    variant: tuple[tuple[str, str], ...] = ()
    taken: Decimal | None = None
    doubt: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundRecord:
    remote_id: str
    amount: Decimal
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRecord(Record):
    """An order as the shop has it. total is gross, what the customer pays. raw is the shop's own payload (JSON).

    note: what else the shop says of a new order, for our own note; staff may change it, so it is taken once.
    """

    kind: ClassVar[str] = "order"
    not_content: ClassVar[frozenset[str]] = frozenset({"remote_id", "modified_at", "raw", "note"})
    number: str = ""
    status_id: str | None = None
    currency: str = ""
    created_at: datetime | None = None
    paid_at: datetime | None = None
    customer_id: str = ""
    email: str = ""
    vat_id: str = ""
    billing: AddressRecord = field(default_factory=AddressRecord)
    shipping: AddressRecord | None = None
    customer_note: str = ""
    note: str = ""
    payment_method_id: str = ""
    payment_method_name: str = ""
    transaction_id: str = ""
    prices_gross: bool = False
    vat_exempt: bool = False
    total: Decimal = Decimal(0)
    total_tax: Decimal = Decimal(0)
    lines: tuple[OrderLineRecord, ...] = ()
    coupons: tuple[tuple[str, Decimal], ...] = ()
    refunds: tuple[RefundRecord, ...] = ()
    raw: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ParcelRecord:
    """A parcel that left for an order. key: our own id of it.

    doubtful: it was begun to be told once, nobody knows whether it arrived: look before telling it again.
    """

    key: str
    carrier: str = ""
    number: str = ""
    url: str = ""
    shipped_at: datetime | None = None
    doubtful: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderStatusChange(Record):
    """How an order is written back (`update("order", [...])`): its new status and its parcels (O4-O6 stay here).

    status_id None = leave it. parcels: those that the shop was not told of yet; where the platform can (Can.parcels).
    """

    kind: ClassVar[str] = "order"
    not_content: ClassVar[frozenset[str]] = frozenset({"remote_id", "modified_at", "parcels"})
    status_id: str | None = None
    parcels: tuple[ParcelRecord, ...] = ()


RECORDS: dict[str, type[Record]] = {
    cls.kind: cls
    for cls in (
        UnitRecord,
        CategoryRecord,
        ProducerRecord,
        VatRateRecord,
        ArticleRecord,
        ImageRecord,
        StockRecord,
        PriceRecord,
        CustomerRecord,
        PaymentMethodRecord,
        ShippingMethodRecord,
        OrderStatusRecord,
        OrderRecord,
    )
}
