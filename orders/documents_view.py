"""A document as it is drawn, written as XML and paid: plain frozen values, with every total already fixed.

PDF (orders.pdf), e-invoice (orders.einvoice) and payment code (orders.paycodes) read nothing else: no database, no
clock, no settings, so the same view gives the same file at any time. They add up nothing for the reader; what a view
says about sums must be true (see DocumentView).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

Kind = Literal["invoice", "proforma", "delivery_note", "credit_note"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """Who sells, buys or receives. country: ISO 3166 alpha-2. name: the company, or the person where there is none."""

    name: str
    person: str = ""
    street: str = ""
    street2: str = ""
    postcode: str = ""
    city: str = ""
    state: str = ""
    country: str = ""
    vat_id: str = ""
    registration_number: str = ""
    email: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BankAccount:
    """Where the buyer is asked to transfer the open amount to; spaces in the IBAN are allowed."""

    iban: str
    bic: str = ""
    bank_country: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineView:
    """One line. net, vat, gross and discount (net) are of the whole line, net after the discount.

    net_price is of one unit, before the discount: quantity * net_price - discount = net, but for rounding.
    vat_percent None = not subject to VAT.
    """

    position: int
    sku: str = ""
    name: str
    quantity: Decimal
    unit: str = ""
    net_price: Decimal = Decimal(0)
    discount: Decimal = Decimal(0)
    vat_percent: Decimal | None = None
    net: Decimal = Decimal(0)
    vat: Decimal = Decimal(0)
    gross: Decimal = Decimal(0)
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class VatRow:
    """One row of the VAT recapitulation, rounded to the currency's decimals.

    country: whose VAT it is (ISO 3166 alpha-2; the customer's under OSS), "" = the seller's.
    legal: why there is no VAT, in the words of the law, where that is so.
    """

    percent: Decimal | None
    net: Decimal
    vat: Decimal
    gross: Decimal
    country: str = ""
    legal: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentView:
    """total_net = sum of the rows' net, total_vat = sum of their vat, total = total_net + total_vat + rounding.

    On a credit note all amounts and quantities are positive: what the customer gets back. A line that takes away (a
    discount) is negative on any document.

    decimals: how many the amounts of this document have. language: of the customer, like "sl"; unknown ones get
        English. prices_gross: the buyer was shown prices with VAT, so lines show them too. vat_exempt: reverse charge.
    rounding: in no line and in no VAT row. paid: what has come in already, deposits included.
    payment_reference: digits and letters, for the bank. bank None = no transfer is asked for (paid by card, cash on
        delivery), so there is no payment block and no code either.
    logo_type: its media type, like "image/png". show_prices False: a delivery note without amounts, or a credit note
        that takes the goods of one back.
    number may be empty on a draft.
    """

    kind: Kind
    draft: bool = False
    number: str
    corrects_number: str = ""
    corrects_date: date | None = None
    seller: Party
    buyer: Party
    delivery: Party | None = None
    issue_date: date
    supply_date: date | None = None
    due_date: date | None = None
    currency: str
    decimals: int = 2
    language: str = "en"
    prices_gross: bool = False
    vat_exempt: bool = False
    lines: tuple[LineView, ...]
    vat_rows: tuple[VatRow, ...] = ()
    total_net: Decimal = Decimal(0)
    total_vat: Decimal = Decimal(0)
    total: Decimal = Decimal(0)
    rounding: Decimal = Decimal(0)
    paid: Decimal = Decimal(0)
    order_number: str = ""
    order_source_number: str = ""
    payment_method: str = ""
    payment_reference: str = ""
    bank: BankAccount | None = None
    logo: bytes = b""
    logo_type: str = ""
    note: str = ""
    legal_notes: tuple[str, ...] = ()
    show_prices: bool = True

    @property
    def amount_due(self) -> Decimal:
        """What is still to be paid (on a credit note: given back); below zero when too much has come in."""
        return self.total - self.paid
