"""What Shoper can do with each element type, and why not (shoper.md, 4, 5b): the matrix, the manual, the guard."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.translation import gettext_lazy as _

from shops.elements import Text
from shops.platforms.base import Can, Cannot
from shops.platforms.shoper.client import BULK_MOST

_TREE: Final = _(
    "Shoper shows its tree of categories whole, and says of no category when it was changed: it can only be fetched anew. "
    "Change categories in Shoper's panel."
)
_TAXES: Final = _(
    "VAT rates can neither be created nor edited in Shoper from outside. Use the shop's administration panel, under VAT rates."
)
_FOLLOWS: Final = _("Follows the article: it exists wherever its article does.")
_PAYMENTS: Final = _("Set up in Shoper's panel, under payments. Map them to yours here.")
_SHIPPING: Final = _("Set up in Shoper's panel, under deliveries. Map them to yours here.")
_STATUSES: Final = _("Set up in Shoper's panel, under order statuses. Map them to yours here.")
_ORDERS: Final = _("Orders are placed by customers in the shop.")
_KEPT: Final = _("Orders are kept: they are the shop's record of its sales.")


def _without(reason: Text, *verbs: str) -> dict[str, Text]:
    return dict.fromkeys(verbs, reason)


CAPABILITIES: Final[Mapping[str, Can]] = {
    "unit": Can(create=True, update=True, delete=True, batch=BULK_MOST),
    "category": Can(fixed=_("Fetch all categories anew"), why=_without(_TREE, "create", "update", "delete")),
    "producer": Can(create=True, update=True, delete=True, batch=BULK_MOST),
    "vat_rate": Can(
        why=_without(_TAXES, "create", "update", "delete"),
        note=_(
            "Rates that are no percentage, such as “zw.” and “np.”, are not linked by themselves: link them on the "
            "Mappings page, or leave them out."
        ),
    ),
    "article": Can(
        create=True,
        update=True,
        delete=True,
        batch=BULK_MOST,
        page=50,
        carries=("stock", "price"),
        note=_(
            "Each product needs a category of the shop. Texts go into one language of the shop. Sizes of parcels are left "
            "alone. Groups of options for variants are made where they are missing."
        ),
    ),
    "image": Can(
        create=True,
        update=True,
        delete=True,
        batch=10,
        # What Shoper calls a picture's name is what Kontor calls its text.
        fields=frozenset({"name", "alt", "position"}),
        note=_(
            "Of the images of linked products only name and order can be updated: Shoper does not tell whether a picture "
            "itself has changed. It fetches new ones from Kontor's address, which must be open to the internet. Variants "
            "show the pictures of their product."
        ),
    ),
    "attachment": Cannot(
        _("Shoper ties each file to the text of one language. Put a link into the description.")
    ),
    "stock": Can(
        update=True,
        import_=False,
        why=_without(_FOLLOWS, "create", "delete", "import"),
        batch=BULK_MOST,
        page=50,
        note=_(
            "One number per article or variant: the chosen warehouses are added up. A shop that keeps several warehouses "
            "itself (Premium) has its stock neither read nor written. Import orders before stock is sent: an order lowers "
            "the shop's stock at once."
        ),
    ),
    "price": Can(
        update=True,
        import_=False,
        why=_without(_FOLLOWS, "create", "delete", "import"),
        batch=BULK_MOST,
        page=50,
        whole=True,
        note=_(
            "With VAT, of the first price level; wholesale and special prices are left alone. A sale price is kept by "
            "Shoper as a discount from the price, with its dates. Articles in another currency than the shop's are left out."
        ),
    ),
    "customer": Can(
        create=True,
        update=True,
        delete=True,
        batch=BULK_MOST,
        page=50,
        note=_(
            "Registered accounts with their default addresses; all of them are read each time. A new account gets a "
            "password that nobody knows: the customer asks the shop for another."
        ),
    ),
    "payment_method": Can(why=_without(_PAYMENTS, "create", "update", "delete")),
    "shipping_method": Can(why=_without(_SHIPPING, "create", "update", "delete")),
    "order_status": Can(why=_without(_STATUSES, "create", "update", "delete")),
    "order": Can(
        update=True,
        why={"create": _ORDERS, "delete": _KEPT},
        batch=BULK_MOST,
        page=50,
        since=True,
        fields=frozenset({"status_id"}),
        parcels=True,
        note=_(
            "Read by the date of the order and of its last change of status. Changes by staff move neither: open orders of "
            "the last 30 days are looked at once a day. Into the shop go parcels with their numbers, then the status: a "
            "sent parcel moves the order by itself."
        ),
    ),
}
