"""Our side of stock levels: what the shop may show, and what it says it has (P4)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import Any, cast

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from backoffice.lib.errors import KontorError, NotYet
from inventory.models import Article, StockLevel
from inventory.services.stock import take_over
from shops.content import aside_print, content_print, to_content
from shops.models import RemoteElement
from shops.records import Record, StockRecord
from shops.sync.jobs import Choice
from shops.sync.local.amounts import QUANTITY, available_expression, available_quantities
from shops.sync.local.base import Incoming, LocalType, Planned


class Stock(LocalType):
    """Follows the article: its natural key is the article's id in the shop.

    Changed levels are found by one SQL query over the links, never by looking at each article.
    """

    kind = "stock"
    model = Article

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

    def natural_key(self, record: Record) -> str:
        return cast(StockRecord, record).article_id

    def find(self, keys: Collection[str]) -> dict[str, list[int]]:
        return {remote: [local] for remote, local in self.side.article_ids(keys).items()}

    def only_here(self) -> QuerySet[Any]:
        return Article.objects.none()

    def describe(self, ids: Collection[int]) -> dict[int, tuple[str, str]]:
        rows = Article.objects.filter(pk__in=ids).values_list("pk", "sku", "name")
        return {pk: (sku, name) for pk, sku, name in rows}

    def records(self, ids: Collection[int], *, for_create: bool = False) -> dict[int, Record | KontorError]:
        return {
            pk: StockRecord(quantity=quantity, managed=True)
            for pk, quantity in available_quantities(self.shop, ids).items()
        }

    def plan_linked(self, choice: Choice, *, after: int, limit: int) -> tuple[list[Planned], int, int] | None:
        elements = self._differing(choice).filter(pk__gt=after).order_by("pk")[:limit]
        rows = list(elements)
        names = self.describe([element.local_id for element in rows if element.local_id is not None])
        verb = "update_shop" if choice.linked == "shop" else "update_here"
        planned = []
        for element in rows:
            ours, theirs = _text(element.ours), _text(element.seen_value)  # type: ignore[attr-defined]
            if element.problem_print and element.problem_print == self._aside_print(
                ours, element.content_print
            ):
                continue  # the shop refused just this; it waits until something changes
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
                )
            )
        return planned, (rows[-1].pk if len(rows) == limit else 0), len(rows)

    @staticmethod
    def _aside_print(ours: str | None, shop_print: str) -> str:
        here = content_print(to_content(StockRecord(quantity=Decimal(ours or 0), managed=True)))
        return aside_print(here, shop_print)

    def _differing(self, choice: Choice) -> QuerySet[RemoteElement]:
        goods = Article.objects.filter(pk=OuterRef("local_id"), has_variants=False, kind=Article.Kind.GOODS)
        links = (
            RemoteElement.objects.of(self.shop, self.kind)
            .present()
            .linked()
            .filter(Exists(goods))
            .defer("content")
        )
        if choice.linked == "here":
            level = (
                StockLevel.objects.filter(
                    article_id=OuterRef("local_id"), warehouse=self.shop.download_warehouse
                )
                .order_by()
                .values("article_id")
                .annotate(here=Sum("on_hand", output_field=QUANTITY))
                .values("here")
            )
            links = links.annotate(
                ours=Coalesce(Subquery(level, output_field=QUANTITY), Decimal(0), output_field=QUANTITY)
            )
            return links.filter(seen_value__isnull=False).exclude(seen_value=F("ours"))
        excluded = self.shop.excluded_categories.all()
        if excluded.exists():
            links = links.filter(local_id__in=Article.objects.outside_of(excluded).values("pk"))
        links = links.annotate(ours=available_expression(self.shop, "local_id"))
        if self.shop.scope == self.shop.Scope.ALL:
            return links
        return links.filter(Q(seen_value__isnull=True) | ~Q(seen_value=F("ours")))

    def apply(self, items: Sequence[Incoming]) -> list[int | KontorError]:
        quantities = {}
        for item in items:
            quantity = cast(StockRecord, item.record).quantity
            if item.local_id is not None and quantity is not None:
                quantities[item.local_id] = quantity
        if quantities and self.shop.download_warehouse is not None:
            take_over(self.shop.download_warehouse, quantities, cause=self.shop.name)
        return [cast(int, item.local_id) for item in items]


def _text(value: Decimal | None) -> str | None:
    return None if value is None else f"{Decimal(value).normalize():f}"
