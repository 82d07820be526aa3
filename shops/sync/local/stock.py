"""Our side of stock levels: what the shop may show, and what it says it has (P4)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from decimal import Decimal
from functools import cached_property
from typing import Any, cast

from django.db.models import Exists, ExpressionWrapper, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from backoffice.lib.errors import KontorError, NotYet
from inventory.models import Article, StockLevel
from inventory.services.changed import articles_changed_since
from inventory.services.sets import QUANTITY
from inventory.services.stock import take_over
from orders.models import Reservation
from shops.content import aside_print, content_print, to_content
from shops.elements import STOCK
from shops.models import RemoteElement, Shop
from shops.records import Record, StockRecord
from shops.sync.jobs import Choice
from shops.sync.local.amounts import available_expression, available_quantities
from shops.sync.local.base import Incoming, Planned
from shops.sync.local.of_articles import OfArticles


class Stock(OfArticles):
    """Changed levels are found by one SQL query over the links, never by looking at each article."""

    kind = "stock"

    def guard(self, choice: Choice) -> None:
        if choice.linked == "shop" and not self.shop.warehouses.exists():
            raise NotYet(
                _("No warehouse is chosen for %(shop)s, so there is no stock to send.")
                % {"shop": self.shop.name},
                cure=_("Choose the warehouses on the shop's page Stock and prices."),
                key="no_warehouse",
            )
        if choice.linked == "here" and self.shop.download_warehouse is None:
            raise NotYet(
                _("No warehouse is chosen that takes over the stock of %(shop)s.") % {"shop": self.shop.name},
                cure=_("Choose it on the shop's page Stock and prices."),
                key="no_download_warehouse",
            )

    def records(self, ids: Collection[int], *, for_create: bool = False) -> dict[int, Record | KontorError]:
        return {
            pk: StockRecord(quantity=quantity, managed=True)
            for pk, quantity in available_quantities(self.shop, ids).items()
        }

    def plan_linked(self, choice: Choice, *, after: int, limit: int) -> tuple[list[Planned], int, int] | None:
        links = differing_stock(self.shop, choice.linked, self._changed)
        rows = list(links.filter(pk__gt=after).order_by("pk")[:limit])
        names = self.describe([element.local_id for element in rows if element.local_id is not None])
        verb = "update_shop" if choice.linked == "shop" else "update_here"
        planned = []
        for element in rows:
            if _is_aside(element):
                continue  # the shop refused just this; it waits until something changes
            ours, theirs = _text(element.ours), _text(element.seen_value)  # type: ignore[attr-defined]
            sku, name = names.get(cast(int, element.local_id), ("", element.name))
            change = [theirs, ours] if verb == "update_shop" else [ours, theirs]
            planned.append(
                Planned(
                    verb=verb,
                    element=element,
                    local_id=element.local_id,
                    name=name,
                    key=sku,
                    fields={"quantity": change},
                    drift=verb == "update_shop" and element.sent_value == element.ours,  # type: ignore[attr-defined]
                )
            )
        return planned, (rows[-1].pk if len(rows) == limit else 0), len(rows)

    def _kept_for_shop(self, article_ids: Collection[int]) -> dict[int, Decimal]:
        rows = _own_reservations(self.shop).filter(article__in=article_ids).order_by()
        return dict(rows.values_list("article_id").annotate(kept=Sum("quantity")))

    @cached_property
    def _changed(self) -> set[int] | None:
        since = self.side.changed_since
        return articles_changed_since(since) if since is not None else None

    def apply(self, items: Sequence[Incoming]) -> list[int | KontorError]:
        """What the shop shows is what it may still sell: the goods of its open orders lie here besides."""
        kept = self._kept_for_shop([item.local_id for item in items if item.local_id is not None])
        quantities = {}
        for item in items:
            quantity = cast(StockRecord, item.record).quantity
            if item.local_id is not None and quantity is not None:
                quantities[item.local_id] = quantity + kept.get(item.local_id, Decimal(0))
        if quantities and self.shop.download_warehouse is not None:
            take_over(self.shop.download_warehouse, quantities, cause=self.shop.name)
        return [cast(int, item.local_id) for item in items]


def differing_stock(shop: Shop, linked: str, article_ids: set[int] | None = None) -> QuerySet[RemoteElement]:
    """The linked levels that differ (all, where the shop wants "everything, every time"), with our number as `ours`.

    linked: which side leads, "here" or "shop". article_ids: only of these; then only what differs.
    """
    goods = Article.objects.filter(pk=OuterRef("local_id")).deliverable()
    if linked == "here":  # a set takes no number over: its parts have the stock
        goods = goods.filter(kind=Article.Kind.GOODS)
    links = RemoteElement.objects.of(shop, STOCK).present().linked().filter(Exists(goods)).defer("content")
    if article_ids is not None:
        links = links.filter(local_id__in=article_ids)
    if linked == "here":
        levels = StockLevel.objects.filter(warehouse=shop.download_warehouse)
        ours = ExpressionWrapper(
            _sum_of(levels, "on_hand") - _sum_of(_own_reservations(shop), "quantity"), output_field=QUANTITY
        )
        links = links.annotate(ours=ours)
        return links.filter(seen_value__isnull=False).exclude(seen_value=F("ours"))
    excluded = shop.excluded_categories.all()
    if excluded.exists():
        links = links.filter(local_id__in=Article.objects.outside_of(excluded).values("pk"))
    links = links.annotate(ours=available_expression(shop, "local_id"))
    if shop.scope == shop.Scope.ALL and article_ids is None:
        return links
    return links.filter(Q(seen_value__isnull=True) | ~Q(seen_value=F("ours")))


def _own_reservations(shop: Shop) -> QuerySet[Reservation]:
    """What the shop's own open orders keep back in the warehouse that its numbers go into."""
    return Reservation.objects.filter(order__source=shop.code, warehouse=shop.download_warehouse)


def _sum_of(rows: QuerySet[Any], field: str) -> Coalesce:
    """Over the rows of the element's article."""
    sums = rows.filter(article_id=OuterRef("local_id")).order_by().values("article_id")
    sums = sums.annotate(total=Sum(field, output_field=QUANTITY)).values("total")
    return Coalesce(Subquery(sums, output_field=QUANTITY), Decimal(0), output_field=QUANTITY)


def stock_to_push(shop: Shop, article_ids: set[int] | None) -> bool:
    """Whether the shop shows another number than it should, and has not refused just that."""
    rows = differing_stock(shop, "shop", article_ids).order_by("pk")
    return any(not _is_aside(row) for row in rows.iterator(500))


def _is_aside(element: RemoteElement) -> bool:
    """element: with `ours`."""
    if not element.problem_print:
        return False
    ours = StockRecord(quantity=Decimal(_text(element.ours) or 0), managed=True)  # type: ignore[attr-defined]
    return element.problem_print == aside_print(content_print(to_content(ours)), element.content_print)


def _text(value: Decimal | None) -> str | None:
    return None if value is None else f"{Decimal(value).normalize():f}"
