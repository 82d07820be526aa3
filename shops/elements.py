"""What a shop consists of: the element types, their order, and what each waits for (M2, M8-M10).

The order of ELEMENT_TYPES is the order in which a sync takes them: whatever an element refers to comes before it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Text = str | Promise

UNIT: Final = "unit"
CATEGORY: Final = "category"
PRODUCER: Final = "producer"
VAT_RATE: Final = "vat_rate"
ARTICLE: Final = "article"
IMAGE: Final = "image"
ATTACHMENT: Final = "attachment"
STOCK: Final = "stock"
PRICE: Final = "price"
CUSTOMER: Final = "customer"
PAYMENT_METHOD: Final = "payment_method"
SHIPPING_METHOD: Final = "shipping_method"
ORDER_STATUS: Final = "order_status"
ORDER: Final = "order"


@dataclass(frozen=True, slots=True)
class ElementType:
    """One row of the matrix.

    requires: types whose step, when it is part of the same run, must have ended without error (M9, M10).
    follows:  the type whose links this one shares: a stock level exists wherever its article is linked,
              so there is nothing to import, export or delete.
    by_hand:  links are made by staff on the Mappings screen (payment methods and the like).
    """

    key: str
    label: Text
    group: str
    requires: tuple[str, ...] = ()
    follows: str = ""
    by_hand: bool = False


ELEMENT_TYPES: Final[dict[str, ElementType]] = {
    spec.key: spec
    for spec in (
        ElementType(UNIT, _("Units"), "dictionaries"),
        ElementType(CATEGORY, _("Categories"), "dictionaries"),
        ElementType(PRODUCER, _("Producers"), "dictionaries"),
        ElementType(VAT_RATE, _("VAT rates"), "dictionaries"),
        ElementType(ARTICLE, _("Articles"), "articles", requires=(UNIT, CATEGORY, PRODUCER, VAT_RATE)),
        ElementType(IMAGE, _("Images"), "articles", requires=(ARTICLE,)),
        ElementType(ATTACHMENT, _("Attachments"), "articles", requires=(ARTICLE,)),
        ElementType(STOCK, _("Stock"), "articles", follows=ARTICLE),
        ElementType(PRICE, _("Prices"), "articles", follows=ARTICLE),
        ElementType(CUSTOMER, _("Customers"), "sales"),
        ElementType(PAYMENT_METHOD, _("Payment methods"), "sales", by_hand=True),
        ElementType(SHIPPING_METHOD, _("Shipping methods"), "sales", by_hand=True),
        ElementType(ORDER_STATUS, _("Order statuses"), "sales", by_hand=True),
        ElementType(ORDER, _("Orders"), "sales"),
    )
}

GROUPS: Final[dict[str, tuple[Text, Text]]] = {
    "dictionaries": (_("Dictionaries"), _("Articles run only after these four have ended without error.")),
    "articles": (
        _("Articles"),
        _("Images run only after articles. Stock and prices also have their own runs."),
    ),
    "sales": (_("Customers and orders"), _("Orders are read into the order list.")),
}

ELEMENT_CHOICES: Final = [(spec.key, spec.label) for spec in ELEMENT_TYPES.values()]
