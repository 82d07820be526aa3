"""Who decides over which fields, where that is not the matrix's direction (conflicts: DESIGN.md §4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.translation import gettext_lazy as _

from shops.elements import Text
from shops.models import Shop

# Field group: (label, element type, fields; empty = the whole type)
GROUPS: Final[Mapping[str, tuple[Text, str, frozenset[str]]]] = {
    "texts": (_("Names and texts"), "article", frozenset({"name", "short_description", "description"})),
    "categories": (_("Categories of articles"), "article", frozenset({"category_ids"})),
    "prices": (_("Prices"), "price", frozenset()),
    "images": (_("Images"), "image", frozenset()),
}


def direction_of(shop: Shop, kind: str, field: str, ruled: str) -> str:
    """ "here" or "shop": where the value of this field goes. ruled: the direction of the matrix row."""
    if ruled == "nothing":
        return ruled
    for group, (_label, group_kind, fields) in GROUPS.items():
        owner = shop.owners.get(group)
        if owner and group_kind == kind and (not fields or field in fields):
            # The owner's value goes to the other side.
            return "shop" if owner == "here" else "here"
    return ruled
