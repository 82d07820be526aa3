"""Whether values fit into the shop's columns: without strict mode the database would cut them without a word."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from django.utils.translation import gettext as _

from backoffice.lib.errors import Refused
from shops.elements import Text
from shops.platforms.oscommerce.setup import Setup

_INT_MOST: Final = 2**31 - 1
_TEXT_MOST: Final = 65_535


class Fits:
    """Raises Refused for what would be cut, with the name of the field and how much there is room for."""

    def __init__(self, setup: Setup) -> None:
        self.setup = setup

    def text(self, table: str, column: str, value: str, field: Text) -> str:
        known = self.setup.columns.get((table, column))
        most = known.length if known and known.length else _TEXT_MOST
        mode = self.setup.texts
        mode.encode(value)  # raises for a letter that the shop has not
        counts_bytes = mode.bytes_count or (known is not None and known.kind.endswith("text"))
        length = len(value.encode(mode.encoding)) if counts_bytes else mode.length(value)
        if length > most:
            raise Refused(
                _("%(field)s is too long for this shop: %(length)d of at most %(most)d characters.")
                % {"field": field, "length": length, "most": most}
                if not counts_bytes
                else _(
                    "%(field)s is too long for this shop: %(length)d of at most %(most)d bytes; "
                    "each letter with an accent takes two."
                )
                % {"field": field, "length": length, "most": most},
                cure=_("Shorten it here, or have the column widened in the shop (an add-on may do it)."),
                detail=f"{table}.{column}",
                key=f"too_long:{column}",
            )
        return value

    def amount(self, value: Decimal, field: Text) -> Decimal:
        """A price: decimal(15,4)."""
        if value < 0:
            raise Refused(
                _("A price below zero cannot be sold: %(price)s") % {"price": f"{value:f}"},
                cure=_("Correct the price in the price list."),
                key="price_negative",
            )
        if value >= Decimal(10) ** 11:
            raise _too_big(field, f"{value:f}")
        return value

    def pieces(self, value: Decimal, field: Text) -> int:
        whole = int(value // 1)
        if abs(whole) > _INT_MOST:
            raise _too_big(field, str(whole))
        return whole

    def weight(self, value: Decimal) -> Decimal:
        """decimal(5,2): up to 999.99 in the shop's unit."""
        if value >= 1000:
            raise _too_big(_("The weight"), f"{value:f}")
        return value


def _too_big(field: Text, value: str) -> Refused:
    return Refused(
        _("%(field)s is too large for this shop: %(value)s") % {"field": field, "value": value},
        cure=_("Correct it here."),
        key="too_big",
    )
