"""The tabs over a shop's pages, for UNFOLD["TABS"]."""

from __future__ import annotations

from typing import Any, Final

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

# (name of the address, title); the pages under one tab share its name as a prefix
PAGES: Final = (
    ("shops_shop_change", _("Connection")),
    ("shops_shop_matrix", _("What to sync")),
    ("shops_shop_stock_prices", _("Stock and prices")),
    ("shops_shop_safety", _("Safety")),
    ("shops_shop_orders", _("Orders")),
    ("shops_shop_schedule", _("Schedule")),
    ("shops_shop_files", _("Files")),
    ("shops_shop_mappings", _("Mappings")),
    ("shops_shop_health", _("Health")),
    ("shops_shop_past", _("History")),
)


def tabs(request: HttpRequest) -> list[dict[str, Any]]:
    """The tabs of the shop whose id stands in the request's address; none anywhere else."""
    match = request.resolver_match
    if match is None or not (match.url_name or "").startswith("shops_shop_"):
        return []
    shop_id = match.kwargs.get("object_id")
    if shop_id is None:
        return []
    here = match.url_name or ""
    items = [
        {
            "title": title,
            "link": reverse(f"admin:{name}", args=[shop_id]),
            "active": here.startswith(name),
            "permission": lambda request: request.user.has_perm("shops.view_shop"),
        }
        for name, title in PAGES
    ]
    return [{"models": [{"name": "shops.shop", "detail": True}], "items": items}]
