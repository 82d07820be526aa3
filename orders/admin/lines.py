"""The lines in the form of an order."""

from __future__ import annotations

from typing import Any

from django.contrib.admin.widgets import AutocompleteSelect
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline

from inventory.models import Article
from orders.admin.forms import LineForm
from orders.errors import OrderRefused
from orders.models import Order, OrderLine
from orders.services.standing import why_not_editable


class ArticleSelect(AutocompleteSelect):
    """Shows the chosen article without asking the database once more for every line."""

    loaded: Article | None = None

    def optgroups(self, name: str, value: list[Any], attr: Any = None) -> list[Any]:
        if self.loaded is None or [str(one) for one in value] != [str(self.loaded.pk)]:
            return super().optgroups(name, value, attr)
        options = [] if self.is_required else [self.create_option(name, "", "", False, 0)]
        options.append(self.create_option(name, self.loaded.pk, str(self.loaded), True, 0))
        return [(None, options, 0)]


def lines_obstacle(request: HttpRequest, order: Order) -> OrderRefused | None:
    """Why the lines of this order cannot be changed; asked once a request."""
    if not hasattr(request, "lines_obstacle"):
        request.lines_obstacle = why_not_editable(order)  # type: ignore[attr-defined]
    found: OrderRefused | None = request.lines_obstacle
    return found


class OrderLineInline(TabularInline):
    model = OrderLine
    form = LineForm
    verbose_name = _("line")
    verbose_name_plural = _("lines")
    fields = ["kind", "article", "name", "quantity", "net", "vat_percent"]
    autocomplete_fields = ["article"]
    extra = 0

    def get_queryset(self, request: HttpRequest) -> QuerySet[OrderLine]:
        return super().get_queryset(request).select_related("article", "vat_rate")

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "article":
            kwargs["widget"] = ArticleSelect(db_field, self.admin_site)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def _open(self, request: HttpRequest, obj: Order | None) -> bool:
        return request.user.has_perm("orders.change_order") and not (obj and lines_obstacle(request, obj))

    # A line is a part of its order: who may change the order may change its lines.
    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._open(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._open(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._open(request, obj)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("orders.view_order") or request.user.has_perm("orders.change_order")
