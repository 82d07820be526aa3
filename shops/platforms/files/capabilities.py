"""What can be done with a shop that one only exchanges files with, and why not the rest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.translation import gettext_lazy as _

from shops.elements import Text
from shops.platforms.base import Can, Cannot

_OUT: Final = _(
    "Files only go out: nobody can read from a file what the shop has. What is in them, and when they are sent, stands "
    "on the page Files of the shop."
)
_PICTURES: Final = _(
    "Pictures and documents are mirrored to the server by “Sync attachments”; there is nothing to read back."
)
_CUSTOMERS: Final = _("Customers come with their orders; there are no files of customers.")
_BY_FILE: Final = _("They come with the orders, or are named on the Connection page. Map them to yours here.")
_ORDERS: Final = _("Orders are placed by customers in the shop.")
_KEPT: Final = _("Orders are kept: they are the shop's record of its sales.")
_STATUSES: Final = _("Statuses go out as a file, by “Export order statuses”.")


def _named() -> Can:
    return Can(why=dict.fromkeys(("create", "update", "delete"), _BY_FILE))


def _reasons(reason: Text, *verbs: str) -> dict[str, Text]:
    return dict.fromkeys(verbs, reason)


CAPABILITIES: Final[Mapping[str, Can]] = {
    **{
        kind: Cannot(_OUT)
        for kind in ("unit", "category", "producer", "vat_rate", "article", "stock", "price")
    },
    "image": Cannot(_PICTURES),
    "attachment": Cannot(_PICTURES),
    "customer": Cannot(_CUSTOMERS),
    "payment_method": _named(),
    "shipping_method": _named(),
    "order_status": _named(),
    "order": Can(
        why={"create": _ORDERS, "delete": _KEPT, **_reasons(_STATUSES, "update")},
        page=20,
        note=_(
            "Order files are fetched from the folder for orders: Kontor XML or CSV, UBL 2.1, POHODA. What was read is "
            "moved to “done”, what could not be read to “failed”, with the reason beside it."
        ),
    ),
}
