"""What osCommerce can do with each element type, and why not: the matrix, the manual, the guard."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from django.utils.translation import gettext_lazy as _

from shops.elements import Text
from shops.platforms.base import Can, Cannot
from shops.platforms.oscommerce.mapping.articles import FIELDS
from shops.platforms.oscommerce.reading import PAGES

_TAXES: Final = _(
    "Kontor never changes the taxes of a shop: a wrong rate would be charged on every order. "
    "Use the shop's own panel, under Locations / Taxes."
)
_FOLLOWS: Final = _("Follows the article: it exists wherever its article does.")
_PAYMENTS: Final = _("Set up in the shop's own panel, under Modules > Payment. Map them to yours here.")
_SHIPPING: Final = _("Set up in the shop's own panel, under Modules > Shipping. Map them to yours here.")
_STATUSES: Final = _(
    "The shop's downloads and e-mails hang on its order statuses: set them up in its own panel, "
    "under Localization > Orders Status. Map them to yours here."
)
_ORDERS: Final = _("Orders are placed by customers in the shop.")
_KEPT: Final = _("Orders are kept: they are the shop's record of its sales.")
_ACCOUNTS: Final = _(
    "Baskets and reviews hang on an account, and its owner would lose sight of past orders. "
    "Delete accounts in the shop's own panel, under Customers."
)
_VARIANTS: Final = _(
    "osCommerce knows no variants: the options of a product have no SKU, no stock and no price of their own. "
    "Each variant goes there as an article of its own, its parent article stays here."
)
_FILES: Final = _(
    "Picture files cannot be brought into the shop through its database. Choose the bridge file as the way into "
    "the shop on its Connection page."
)


def _without(reason: Text, *verbs: str) -> dict[str, Text]:
    return dict.fromkeys(verbs, reason)


CAPABILITIES: Final[Mapping[str, Can]] = {
    "unit": Cannot(_("osCommerce has no units of measure.")),
    "category": Can(
        create=True,
        update=True,
        delete=True,
        batch=100,
        page=100_000,
        note=_(
            "Name and place in the tree; there is no description. One that still holds articles of its own is not deleted: "
            "the articles would be gone too."
        ),
    ),
    "producer": Can(create=True, update=True, delete=True, batch=100, page=100_000),
    "vat_rate": Can(
        why=_without(_TAXES, "create", "update", "delete"),
        page=100_000,
        note=_(
            "Tax classes, by what the shop charges for them at home; “--none--” is there too, as 0 %. "
            "A class without a rate at home is linked by hand."
        ),
    ),
    "article": Can(
        create=True,
        update=True,
        delete=True,
        batch=100,
        page=PAGES["article"],
        carries=("image", "stock", "price"),
        fields=FIELDS,
        variants=False,
        why=_without(_VARIANTS, "variants"),
        note=_(
            "SKU (the shop's “model”), name, description, VAT, producer, categories, weight, on or off. osCommerce has no EAN, "
            "short description, unit or dimensions. It knows no variants: each goes there as an article of its own, "
            "its parent stays here. Options that the shop itself has stay as they are and stand on the lines of its orders."
        ),
    ),
    "image": Can(
        create=True,
        update=True,
        delete=True,
        batch=20,
        page=PAGES["image"],
        fields=frozenset({"position"}),
        note=_(
            "The first picture is the one of lists, all together are the gallery. There are no alternative texts. "
            "New files need the bridge file; those that Kontor has put there go when nothing shows them any more."
        ),
    ),
    "attachment": Cannot(
        _("osCommerce has no attachments; its downloads are files for sale. Put a link into the description.")
    ),
    "stock": Can(
        update=True,
        import_=False,
        why=_without(_FOLLOWS, "create", "delete", "import"),
        batch=1000,
        page=PAGES["stock"],
        note=_(
            "One number per article, in whole pieces. What the sale of the last piece has switched off is switched on again."
        ),
    ),
    "price": Can(
        update=True,
        import_=False,
        why=_without(_FOLLOWS, "create", "delete", "import"),
        batch=1000,
        page=PAGES["price"],
        starts=False,
        note=_(
            "One net price and one sale price with its end. The shop knows no beginning of a sale: Kontor sends it with the "
            "first run after it has begun."
        ),
    ),
    "customer": Can(
        create=True,
        update=True,
        why=_without(_ACCOUNTS, "delete"),
        batch=100,
        page=PAGES["customer"],
        note=_(
            "Accounts with their main address; passwords are never read. An account made from here has none: its owner asks "
            "for one by “forgotten password”. All accounts are read each time."
        ),
    ),
    "payment_method": Can(
        why=_without(_PAYMENTS, "create", "update", "delete"),
        page=100_000,
        note=_("Known by their titles on orders, in each language of the shop."),
    ),
    "shipping_method": Can(
        why=_without(_SHIPPING, "create", "update", "delete"),
        page=100_000,
        note=_("Known by their titles on orders, in each language of the shop."),
    ),
    "order_status": Can(why=_without(_STATUSES, "create", "update", "delete"), page=100_000),
    "order": Can(
        update=True,
        why={"create": _ORDERS, "delete": _KEPT},
        batch=200,
        page=PAGES["order"],
        since=True,
        fields=frozenset({"status_id"}),
        parcels=True,
        note=_(
            "Read two minutes after they were placed, when all their rows are there; those that were never paid "
            "(“Preparing”) are left out. Into the shop go the status, with its row of history, and parcels as a comment "
            "in it, which customers read in their account; nobody is mailed."
        ),
    ),
}

# Straight on the database, files are out of reach.
WITHOUT_FILES: Final[Mapping[str, Can]] = {
    **CAPABILITIES,
    "image": replace(CAPABILITIES["image"], create=False, why=_without(_FILES, "create")),
}
