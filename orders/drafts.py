"""Orders and customers on their way in: plain values, as any source can fill them (orders.services.accept, .customers).

Texts are "" where the source said nothing; money is Decimal, times are aware UTC. Ids are of our own rows: who fills a
draft has already translated the source's ids (the shops do it by their links).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressDraft:
    """country: ISO 3166 alpha-2."""

    first_name: str = ""
    last_name: str = ""
    company: str = ""
    street: str = ""
    street2: str = ""
    postcode: str = ""
    city: str = ""
    state: str = ""
    country: str = ""
    phone: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineDraft:
    """One line. kind: item, shipping, payment, fee or discount (OrderLine.Kind).

    net, vat: for the whole line, after discount, at the source's full precision.
    net_before_discount None = there was no discount. vat_percent 22 = 22 %, None = the source did not say.
    doubt: a sentence why the SKU must not be trusted; such a line gets no article and carries the sentence (O6).
    article_id: our article, where the source already knows it (a link, or a person's word) and the SKU finds none.
    without_article: a person has said that the line stands for itself: it is billed and moves no stock.
    vat_rate_id: our rate, where a person has said which one this percentage of this source is.
    """

    kind: str = "item"
    source_id: str = ""
    sku: str = ""
    name: str = ""
    quantity: Decimal = Decimal(1)
    net: Decimal = Decimal(0)
    vat: Decimal = Decimal(0)
    net_before_discount: Decimal | None = None
    vat_percent: Decimal | None = None
    doubt: str = ""
    article_id: int | None = None
    without_article: bool = False
    vat_rate_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundDraft:
    """Money that the source paid back. amount: its sign does not matter. source_id: the source's own id of the refund."""

    amount: Decimal
    source_id: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderDraft:
    """An order as the source has it.

    source: code of the shop; source_id: the shop's own id of the order; number: what its customer knows.
    source_label: the shop's name, for the time line. total: what the customer pays, with VAT; total_vat None = the
    source gives no sum of VAT. paid_at: when it was paid in full there.
    customer_id: our customer, where the source already knows it (a link, or a person's word); otherwise e-mail, VAT
    id, and name with address decide.
    payment_method_id, shipping_method_id, status_id None = not mapped, or the order has none. The *_source_id are the
    source's own ids of them, "" = the order has none; status_name: what the source calls its status.
    note: the first text of our own note of the order; that of a known order is never touched.
    """

    source: str
    source_id: str
    number: str = ""
    source_label: str = ""
    currency: str = ""
    placed_at: datetime | None = None
    paid_at: datetime | None = None
    customer_id: int | None = None
    email: str = ""
    vat_id: str = ""
    language: str = ""
    billing: AddressDraft = field(default_factory=AddressDraft)
    delivery: AddressDraft | None = None
    customer_note: str = ""
    note: str = ""
    status_id: int | None = None
    status_source_id: str = ""
    status_name: str = ""
    payment_method_id: int | None = None
    payment_source_id: str = ""
    payment_name: str = ""
    transaction_id: str = ""
    shipping_method_id: int | None = None
    shipping_source_id: str = ""
    shipping_name: str = ""
    prices_gross: bool = False
    vat_exempt: bool = False
    total: Decimal = Decimal(0)
    total_vat: Decimal | None = None
    lines: tuple[LineDraft, ...] = ()
    coupons: tuple[str, ...] = ()
    refunds: tuple[RefundDraft, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerDraft:
    """A customer as a shop knows him. None = unknown: what stands here is kept; "" = clear it.

    customer_id: our row, where the source already knows it by a link; otherwise e-mail and VAT id decide.
    """

    customer_id: int | None = None
    email: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    company: str | None = None
    vat_id: str | None = None
    phone: str | None = None
    language: str | None = None
    billing: AddressDraft | None = None
    delivery: AddressDraft | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IntakeRules:
    """What a shop allows when its orders come in.

    articles (O2): what becomes of an unknown SKU: create the article, park the order, or keep a plain line that is
        billed and moves no stock.
    customers (O2): an unknown customer is created, parks the order, or the order goes to `collective_customer_id`.
    park_unmapped (O8): an order whose status, payment method, shipping method or VAT rate is not mapped is parked.
    update_status (O11): the status of a known order follows the shop.
    rewrite (O12): a known order follows the shop in full while nobody has built on it.
    accept (O3): a new order is accepted at once; off = it waits for a person.
    overwrite: a person asked for the shop's version of a known order, although staff edited ours (O12).
    tolerance: largest difference between the lines and the total that becomes a rounding line, in a currency of two
        decimals; in others as many smallest units (0.05 = five).
    allowed_difference: the difference of just this order that a person has allowed, in its own currency.
    number_pattern: our number from {SOURCE} (in capitals), {source} and {source_number}.
    """

    articles: Literal["create", "park", "plain"] = "create"
    customers: Literal["create", "park", "collective"] = "create"
    collective_customer_id: int | None = None
    park_unmapped: bool = False
    update_status: bool = False
    rewrite: bool = True
    accept: bool = False
    overwrite: bool = False
    tolerance: Decimal = Decimal("0.05")
    allowed_difference: Decimal = Decimal(0)
    number_pattern: str = "{SOURCE}-{source_number}"
