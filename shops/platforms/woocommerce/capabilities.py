"""What WooCommerce can do with each element type, and why not (woocommerce.md, 4): the matrix, the manual, the guard."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.translation import gettext_lazy as _

from shops.elements import Text
from shops.platforms.base import Can, Cannot
from shops.platforms.woocommerce.client import BATCH_MOST

_TAXES: Final = _(
    "Kontor never changes the taxes of a shop: a wrong rate would be charged on every order. "
    "Use the shop's own panel, WooCommerce > Settings > Tax."
)
_FOLLOWS: Final = _("Follows the article: it exists wherever its article does.")
_PAYMENTS: Final = _(
    "Set up in the shop's own panel, under WooCommerce > Settings > Payments. Map them to yours here."
)
_SHIPPING: Final = _(
    "Set up in the shop's own panel, under WooCommerce > Settings > Shipping. Map them to yours here."
)
_STATUSES: Final = _(
    "WooCommerce lets nobody add, rename or delete order statuses from outside. Map them to yours here."
)
_ORDERS: Final = _("Orders are placed by customers in the shop.")
_KEPT: Final = _("Orders are kept: they are the shop's record of its sales.")


def _without(reason: Text, *verbs: str) -> dict[str, Text]:
    return dict.fromkeys(verbs, reason)


CAPABILITIES: Final[Mapping[str, Can]] = {
    "unit": Cannot(_("WooCommerce has no units of measure.")),
    "category": Can(create=True, update=True, delete=True, batch=BATCH_MOST),
    "producer": Can(
        create=True,
        update=True,
        delete=True,
        batch=BATCH_MOST,
        note=_(
            "Brands, which came with WooCommerce 9.6. The producer of an article can be changed, not taken off it."
        ),
    ),
    "vat_rate": Can(why=_without(_TAXES, "create", "update", "delete")),
    "article": Can(
        create=True,
        update=True,
        delete=True,
        batch=BATCH_MOST,
        since=True,
        carries=("image", "stock", "price"),
        note=_("Deleted for good, not into the trash. Variants are written parent by parent."),
    ),
    "image": Can(
        create=True,
        update=True,
        delete=True,
        batch=BATCH_MOST,
        since=True,
        fields=frozenset({"alt", "position"}),
        note=_(
            "The shop fetches new pictures from Kontor's address, which must be open to the internet. "
            "A variant shows one picture. What is taken off an article stays in the shop's media library."
        ),
    ),
    "attachment": Cannot(
        _(
            "WooCommerce has no attachments; its downloads are files for sale. Put a link into the description."
        )
    ),
    "stock": Can(
        update=True,
        import_=False,
        why=_without(_FOLLOWS, "create", "delete", "import"),
        batch=BATCH_MOST,
        since=True,
        note=_(
            "One number per article, in whole pieces: the chosen warehouses are added up and rounded down."
        ),
    ),
    "price": Can(
        update=True,
        import_=False,
        why=_without(_FOLLOWS, "create", "delete", "import"),
        batch=BATCH_MOST,
        since=True,
        note=_(
            "One price and one sale price with its dates. There are no price lists and no customer groups."
        ),
    ),
    "customer": Can(
        create=True,
        update=True,
        delete=True,
        batch=BATCH_MOST,
        note=_(
            "Needs a key of an administrator. All accounts are read each time. The shop may greet a new account "
            "by e-mail. A deleted account is gone for good."
        ),
    ),
    "payment_method": Can(why=_without(_PAYMENTS, "create", "update", "delete")),
    "shipping_method": Can(why=_without(_SHIPPING, "create", "update", "delete")),
    "order_status": Can(why=_without(_STATUSES, "create", "update", "delete")),
    "order": Can(
        update=True,
        why={"create": _ORDERS, "delete": _KEPT},
        batch=BATCH_MOST,
        since=True,
        fields=frozenset({"status_id"}),
        parcels=True,
        note=_(
            "Into the shop go the status, and parcels as notes. It makes the shop send its e-mails and move its stock."
        ),
    ),
}
