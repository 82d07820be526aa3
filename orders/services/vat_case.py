"""Whose VAT an order carries, and whether that can be right: at home, abroad at home rates, OSS, reverse charge, export.

It only tells: the shop has taken the VAT, and the order equals the shop's total. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from orders.models import Order, OrderLine
from orders.services.legal_notes import EU, Reason, reason_without_vat
from orders.services.vat_ids import check_vat_id


@dataclass(frozen=True, slots=True)
class VatCase:
    """warning: somebody should look before a document is made."""

    sentence: str
    warning: bool = False


def vat_case(order: Order, lines: Iterable[OrderLine], home: str) -> VatCase | None:
    """None where there is nothing to say: sold and taxed at home, or nobody knows where it goes.

    home: the firm's country. lines: with their VAT rates selected.
    """
    lines = list(lines)
    destination = (order.delivery.country if order.delivery else "") or (
        order.billing.country if order.billing else ""
    )
    if not destination or not order.total:
        return None
    words = {"country": destination, "vat_id": order.vat_id}
    charged = [line for line in lines if line.vat]
    if not charged:
        return _without_vat(order, home, destination, words)
    if destination == home:
        return None
    if destination not in EU:
        return VatCase(
            _("With VAT, although it leaves the European Union for %(country)s.") % words, warning=True
        )
    if any(line.vat_rate is not None and line.vat_rate.country == destination for line in charged):
        return VatCase(_("With the VAT of %(country)s, where it is delivered (OSS).") % words)
    return VatCase(_("Sold into %(country)s at home rates.") % words)


def _without_vat(order: Order, home: str, destination: str, words: dict[str, str]) -> VatCase:
    if destination == home:
        return VatCase(_("Without VAT, although it is delivered at home."), warning=True)
    if reason_without_vat(home, destination) == Reason.EXPORT:
        return VatCase(_("Without VAT: exported to %(country)s.") % words)
    check = check_vat_id(order.vat_id, order.billing.country if order.billing else "")
    own = {"GR": "EL"}.get(home, home)
    if check.well_formed and not check.number.startswith(own):
        return VatCase(_("Without VAT (reverse charge): %(vat_id)s owes it in %(country)s.") % words)
    return VatCase(
        _("Without VAT into %(country)s, but there is no well-formed VAT id of another country.") % words,
        warning=True,
    )
