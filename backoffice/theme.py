"""How the admin looks: colours, names, and the sidebar's groups (unfold's settings)."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.contrib import admin
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse, reverse_lazy
from django.utils.translation import gettext_lazy as _

# Group, then its links: title, icon (Material Symbols), model whose list it opens.
_SIDEBAR: list[tuple[Any, list[tuple[Any, str, str]]]] = [
    (
        _("Sales"),
        [
            (_("Orders"), "shopping_bag", "orders.Order"),
            (_("Documents"), "description", "orders.Document"),
            (_("Customers"), "group", "orders.Customer"),
            (_("Shipments"), "local_shipping", "orders.Shipment"),
        ],
    ),
    (
        _("Goods"),
        [
            (_("Articles"), "inventory_2", "inventory.Article"),
            (_("Stock"), "warehouse", "inventory.StockLevel"),
            (_("Inventory counts"), "checklist", "inventory.StockCount"),
            (_("Transfers"), "swap_horiz", "inventory.StockTransfer"),
            (_("Price lists"), "sell", "inventory.PriceList"),
            (_("Categories"), "account_tree", "inventory.Category"),
            (_("Producers"), "factory", "inventory.Producer"),
        ],
    ),
    (
        _("Shops"),
        [
            (_("Shops"), "storefront", "shops.Shop"),
            (_("Runs"), "play_circle", "shops.Run"),
            (_("Export files"), "folder_zip", "shops.ExportFile"),
        ],
    ),
    (
        _("Set-up"),
        [
            (_("Company"), "business_center", "inventory.Company"),
            (_("VAT rates"), "percent", "inventory.VatRate"),
            (_("Units"), "straighten", "inventory.Unit"),
            (_("Warehouses"), "home_work", "inventory.Warehouse"),
            (_("Number series"), "tag", "orders.NumberSeries"),
            (_("E-mail texts"), "mail", "orders.MailTemplate"),
            (_("Payment methods"), "payments", "orders.PaymentMethod"),
            (_("Shipping methods"), "package_2", "orders.ShippingMethod"),
            (_("Order statuses"), "flag", "orders.OrderStatus"),
            (_("Users"), "manage_accounts", "auth.User"),
            (_("Roles"), "shield_person", "auth.Group"),
            (_("Who changed what"), "history", "auditlog.LogEntry"),
        ],
    ),
]


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """The sidebar for this user: what may not be seen is absent, and so is an empty group."""
    first = [{"title": _("Dashboard"), "icon": "dashboard", "link": reverse_lazy("admin:index")}]
    if problems := _link(request, _("Needs a person"), "assignment_late", "shops.Problem"):
        first.append(problems)
    groups: list[dict[str, Any]] = [{"items": first}]
    for title, entries in _SIDEBAR:
        items = [item for entry in entries if (item := _link(request, *entry))]
        if items:
            groups.append({"title": title, "separator": True, "items": items})
    return groups


def _link(request: HttpRequest, title: Any, icon: str, label: str) -> dict[str, Any] | None:
    """A link to the list of the model, or None if there is no such list or this user may not see it."""
    try:
        model = apps.get_model(label)
    except LookupError:
        return None
    model_admin = admin.site._registry.get(model)
    if model_admin is None or not model_admin.has_view_or_change_permission(request):
        return None
    try:
        link = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    except NoReverseMatch:
        return None
    return {"title": title, "icon": icon, "link": link}


UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Kontor",
    "SITE_HEADER": "Kontor",
    "SITE_SYMBOL": "sync_alt",
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("kontor/favicon.svg")}
    ],
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_LANGUAGES": True,
    "BORDER_RADIUS": "6px",
    "STYLES": [lambda request: static("kontor/kontor.css"), lambda request: static("kontor/shops.css")],
    "TABS": "shops.admin.tabs.tabs",
    "DASHBOARD_CALLBACK": "backoffice.dashboard.dashboard",
    "ACCOUNT": {
        "navigation": [{"title": _("Second factor"), "link": reverse_lazy("second-factor-setup")}],
    },
    "COMMAND": {"search_models": True, "show_history": False},
    "SIDEBAR": {
        "show_search": False,
        "command_search": True,
        "show_all_applications": False,
        "navigation": navigation,
    },
    "COLORS": {
        # Ink blue. 600 carries white text at more than 6:1.
        "primary": {
            "50": "oklch(97.2% .013 254)",
            "100": "oklch(93.8% .03 254)",
            "200": "oklch(88.5% .055 254)",
            "300": "oklch(80.9% .095 254)",
            "400": "oklch(70.7% .135 254)",
            "500": "oklch(58.5% .155 254)",
            "600": "oklch(49.5% .14 254)",
            "700": "oklch(43.2% .125 254)",
            "800": "oklch(37.2% .1 254)",
            "900": "oklch(31.5% .08 254)",
            "950": "oklch(23% .055 254)",
        },
        # One step darker than unfold's: its greys are below 4.5:1 on the grey page.
        "font": {
            "subtle-light": "var(--color-base-600)",
            "subtle-dark": "var(--color-base-400)",
            "default-light": "var(--color-base-700)",
            "default-dark": "var(--color-base-300)",
            "important-light": "var(--color-base-900)",
            "important-dark": "var(--color-base-100)",
        },
    },
}
