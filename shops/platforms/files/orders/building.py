"""Orders of a file as records: what all formats share. Amounts of lines become net and tax, at full precision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any, Final

from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _

from backoffice.lib.errors import Refused
from backoffice.lib.money import net_from_gross, parse_decimal, round_cent
from shops.records import AddressRecord, OrderLineRecord, OrderRecord

LONGEST_NUMBER: Final = 60
LONGEST_ID: Final = 100
KINDS: Final = ("item", "shipping", "fee", "discount")
ADDRESS_FIELDS: Final = tuple(AddressRecord.__dataclass_fields__)


@dataclass(frozen=True, slots=True)
class Meaning:
    """What the shop's settings say of its files. currency: of orders that name none. rates: of POHODA's names."""

    currency: str = ""
    rates: Mapping[str, Decimal] = field(default_factory=dict)


@dataclass(slots=True)
class Amounts:
    """What a file says of a line's money; None = nothing. Of the whole line, after discount; vat_percent 22 = 22 %."""

    quantity: Decimal = Decimal(1)
    net: Decimal | None = None
    gross: Decimal | None = None
    unit_net: Decimal | None = None
    unit_gross: Decimal | None = None
    vat: Decimal | None = None
    vat_percent: Decimal | None = None

    def resolved(self, name: str) -> tuple[Decimal, Decimal]:
        """(net, tax). Raises Refused when the file says too little: nothing is guessed."""
        net = self.net if self.net is not None else _times(self.unit_net, self.quantity)
        gross = self.gross if self.gross is not None else _times(self.unit_gross, self.quantity)
        if net is None and gross is None:
            raise incomplete(_("The line “%(name)s” has no price.") % {"name": name[:100]}, "line_price")
        if net is not None and gross is not None:
            return net, gross - net
        if net is not None:
            if self.vat is not None:
                return net, self.vat
            if self.vat_percent is not None:
                return net, net * self.vat_percent / 100
        elif gross is not None:
            if self.vat is not None:
                return gross - self.vat, self.vat
            if self.vat_percent is not None:
                net = net_from_gross(gross, self.vat_percent)
                return net, gross - net
        raise incomplete(_("The line “%(name)s” does not say its VAT.") % {"name": name[:100]}, "line_vat")


def line(
    kind: str, amounts: Amounts, *, name: str, sku: str = "", number: str = "", method: str = ""
) -> OrderLineRecord:
    if kind not in KINDS:
        raise incomplete(
            _("“%(kind)s” is no kind of line; there are: %(kinds)s.")
            % {"kind": kind[:40], "kinds": ", ".join(KINDS)},
            "line_kind",
        )
    net, tax = amounts.resolved(name or sku)
    return OrderLineRecord(
        kind=kind,
        remote_id=number[:LONGEST_ID],
        sku=sku.strip()[:100],
        name=(name or sku).strip()[:500],
        quantity=amounts.quantity,
        net=net,
        tax=tax,
        vat_percent=amounts.vat_percent,
        method_id=method.strip()[:150],
    )


def order(
    *,
    number: str,
    lines: Sequence[OrderLineRecord],
    placed: datetime | None,
    currency: str,
    raw: dict[str, Any],
    identity: str = "",
    total: Decimal | None = None,
    total_tax: Decimal | None = None,
    payment: str = "",
    payment_name: str = "",
    **values: Any,
) -> OrderRecord:
    """Raises Refused when what makes an order is missing: its number, time, currency, or lines."""
    number = number.strip()
    if not number:
        raise incomplete(_("The order has no number."), "number")
    if placed is None:
        raise incomplete(
            _("The order %(number)s does not say when it was placed.") % {"number": number}, "placed"
        )
    currency = currency.strip().upper()
    if not (len(currency) == 3 and currency.isascii() and currency.isalpha()):
        raise incomplete(
            _("The order %(number)s names no currency.") % {"number": number},
            "currency",
            cure=_(
                "Enter “Currency of orders that name none” on the Connection page, or have the sender write it."
            ),
        )
    if not lines:
        raise incomplete(_("The order %(number)s has no lines.") % {"number": number}, "lines")
    summed = sum((one.net + one.tax for one in lines), Decimal(0))
    return OrderRecord(
        remote_id=(identity.strip() or number)[:LONGEST_ID],
        number=number[:LONGEST_NUMBER],
        currency=currency,
        created_at=placed,
        total=total if total is not None else round_cent(summed, currency),
        total_tax=total_tax if total_tax is not None else sum((one.tax for one in lines), Decimal(0)),
        payment_method_id=(payment or payment_name).strip()[:150],
        payment_method_name=(payment_name or payment).strip()[:200],
        lines=tuple(lines),
        raw=raw,
        **values,
    )


def address(values: Mapping[str, str]) -> AddressRecord:
    """values: {field of AddressRecord: text}; others are left out."""
    return AddressRecord(**{name: values[name].strip()[:200] for name in ADDRESS_FIELDS if values.get(name)})


def amount(text: str | None, what: str) -> Decimal | None:
    """A number with a comma or a dot; None for nothing. Raises Refused."""
    text = (text or "").strip()
    if not text:
        return None
    if len(text) > 40:
        raise incomplete(
            _("“%(text)s” is no number (%(what)s).") % {"text": text[:40], "what": what}, "number_format"
        )
    try:
        return parse_decimal(text)
    except ValueError:
        raise incomplete(
            _("“%(text)s” is no number (%(what)s).") % {"text": text, "what": what}, "number_format"
        ) from None


def moment(text: str | None, clock: str = "") -> datetime | None:
    """ISO 8601, as a date or with a time; without a zone it is the installation's. None for nothing. Raises Refused."""
    text = (text or "").strip()
    if not text:
        return None
    try:
        found = parse_datetime(text.replace(" ", "T", 1)) if len(text) > 10 else None
        if found is None:
            day = parse_date(text[:10])
            found = datetime.combine(day, _clock(clock)) if day is not None else None
    except ValueError:
        found = None
    if found is None or not date(1990, 1, 1) <= found.date() <= date(2200, 1, 1):
        raise incomplete(
            _("“%(text)s” is no date. Write it like 2026-11-21.") % {"text": text[:40]}, "date_format"
        )
    return (found if timezone.is_aware(found) else timezone.make_aware(found)).astimezone(UTC)


def _clock(text: str) -> time:
    """The time of UBL's own element, which may have a zone behind it; midnight for nothing."""
    return time.fromisoformat(text.strip()) if text.strip() else time.min


def flag(text: str | None) -> bool:
    return (text or "").strip().casefold() in ("1", "true", "yes", "y")


def incomplete(sentence: str, key: str, *, cure: str = "") -> Refused:
    return Refused(
        sentence,
        cure=cure or _("Have the sender correct the file, and put it into the folder for orders again."),
        key=f"order_file:{key}",
    )


def _times(unit: Decimal | None, quantity: Decimal) -> Decimal | None:
    return None if unit is None else unit * quantity
