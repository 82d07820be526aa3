"""Tables whose rows belong to articles, named by SKU: prices and stock levels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

import tablib
from django.core.exceptions import ValidationError
from django.db.models import F, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.tables import Column, DecimalCell, LookupCell, MomentCell, TableResource, TextCell
from backoffice.tables.cells import plain_text
from backoffice.tables.resources import BATCH, Row, chunks
from inventory.models import Article, Price, PriceList, StockLevel, Warehouse
from inventory.services import stock


class _OfArticles(TableResource):
    """A table whose rows belong to articles, named by their SKU."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._articles: dict[str, Article] = {}

    def arrange(self, dataset: tablib.Dataset, lines: list[int]) -> tuple[tablib.Dataset, list[int]]:
        place = dataset.headers.index("sku")
        skus = {plain_text(cells[place]) for cells in dataset}
        for part in chunks(sorted(skus), BATCH):
            articles = Article.objects.filter(sku__in=part).only("sku", "name", "has_variants", "kind")
            self._articles |= {article.sku: article for article in articles}
        return dataset, lines

    def import_instance(self, instance: Any, row: Row, **kwargs: Any) -> None:
        super().import_instance(instance, row, **kwargs)
        article = self._articles.get(instance.article_sku)
        if article is None:
            raise ValidationError(
                {
                    "sku": _("There is no article with the SKU “%(sku)s”. Import the articles first.")
                    % {"sku": instance.article_sku[:60]}
                }
            )
        instance.article = article

    def for_export(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.annotate(article_sku=F("article__sku"), article_name=F("article__name"))


class PriceResource(_OfArticles):
    """One price is found by SKU, price list, quantity and start; amount and end can be changed."""

    key_columns = ("sku", "price_list", "min_quantity", "valid_from")
    required_for_new = ("amount",)

    sku = Column("sku", TextCell(), attribute="article_sku")
    name = Column("name", TextCell(), attribute="article_name", readonly=True)
    price_list = Column(
        "price_list",
        LookupCell(
            PriceList.objects.all(),
            "name",
            missing=gettext_lazy(
                "There is no price list “%(text)s”. Create it under Price lists, or correct the cell."
            ),
        ),
        attribute="price_list_id",
    )
    amount = Column("amount", DecimalCell())
    min_quantity = Column("min_quantity", DecimalCell(empty=Decimal(1)))
    valid_from = Column("valid_from", MomentCell())
    valid_to = Column("valid_to", MomentCell())

    class Meta(TableResource.Meta):
        model = Price
        name = gettext_lazy("Prices")
        fields = import_order = export_order = (
            "sku",
            "name",
            "price_list",
            "amount",
            "min_quantity",
            "valid_from",
            "valid_to",
        )

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._price_lists: dict[int, PriceList] = {}

    def optional_keys(self) -> frozenset[str]:
        return frozenset({"min_quantity", "valid_from"})

    def existing(self, keys: Sequence[tuple[Any, ...]]) -> Iterator[tuple[tuple[Any, ...], Price]]:
        wanted = set(keys)
        prices = self.for_export(Price.objects.filter(article__sku__in={key[0] for key in keys}))
        for price in prices.select_related("price_list"):
            key = (price.article_sku, price.price_list_id, price.min_quantity, price.valid_from)
            if key in wanted:
                yield key, price

    def import_instance(self, instance: Any, row: Row, **kwargs: Any) -> None:
        super().import_instance(instance, row, **kwargs)
        if instance.price_list_id is None:
            raise ValidationError({"price_list": _("Write the name of a price list.")})
        if not self._price_lists:
            self._price_lists = PriceList.objects.in_bulk()
        instance.price_list = self._price_lists[instance.price_list_id]

    def check_instance(self, instance: Any, *, is_new: bool) -> dict[str, list[str]]:
        if instance.valid_from and instance.valid_to and instance.valid_from >= instance.valid_to:
            return {"valid_to": [_("The price ends before it starts.")]}
        if instance.min_quantity <= 0:
            return {"min_quantity": [_("The quantity must be more than zero.")]}
        return {}


class StockResource(_OfArticles):
    """Levels by SKU and warehouse code. What changes is booked as a correction, in one go at the end of the file."""

    key_columns = ("sku", "warehouse")

    sku = Column("sku", TextCell(), attribute="article_sku")
    name = Column("name", TextCell(), attribute="article_name", readonly=True)
    warehouse = Column(
        "warehouse",
        LookupCell(
            Warehouse.objects.all(),
            "code",
            missing=gettext_lazy(
                "There is no warehouse with the code “%(text)s”. Create it under Warehouses, or correct the cell."
            ),
        ),
        attribute="warehouse_id",
    )
    on_hand = Column("on_hand", DecimalCell())
    reserved = Column("reserved", DecimalCell(), readonly=True)
    minimum = Column("minimum", DecimalCell())

    class Meta(TableResource.Meta):
        model = StockLevel
        name = gettext_lazy("Stock")
        fields = import_order = export_order = (
            "sku",
            "name",
            "warehouse",
            "on_hand",
            "reserved",
            "minimum",
        )

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._levels: list[StockLevel] = []
        self._user: Any = None
        self._file_name = ""

    def import_data_inner(self, dataset: tablib.Dataset, *args: Any, **kwargs: Any) -> Any:
        self._user, self._file_name = kwargs.get("user"), str(kwargs.get("file_name") or "")
        return super().import_data_inner(dataset, *args, **kwargs)

    def existing(self, keys: Sequence[tuple[Any, ...]]) -> Iterator[tuple[tuple[Any, ...], StockLevel]]:
        wanted = set(keys)
        for level in self.for_export(StockLevel.objects.filter(article__sku__in={key[0] for key in keys})):
            key = (level.article_sku, level.warehouse_id)
            if key in wanted:
                yield key, level

    def import_instance(self, instance: Any, row: Row, **kwargs: Any) -> None:
        super().import_instance(instance, row, **kwargs)
        if instance.warehouse_id is None:
            raise ValidationError({"warehouse": _("Write the code of a warehouse.")})

    def check_instance(self, instance: Any, *, is_new: bool) -> dict[str, list[str]]:
        if not instance.article.counted:
            return {
                "sku": [
                    _("This article has no stock of its own: it is a service or is sold as variants only.")
                ]
            }
        if "on_hand" in self._file_columns and instance.on_hand < 0:
            return {"on_hand": [_("A counted stock cannot be negative.")]}
        return {}

    def bulk_create(self, *args: Any, **kwargs: Any) -> None:
        self._levels += self.create_instances
        self.create_instances.clear()

    def bulk_update(self, *args: Any, **kwargs: Any) -> None:
        self._levels += self.update_instances
        self.update_instances.clear()

    def after_import(self, dataset: tablib.Dataset, result: Any, **kwargs: Any) -> None:
        if kwargs.get("dry_run") or result.has_errors() or result.has_validation_errors():
            return
        if "on_hand" in self._file_columns:
            stock.correct_many(
                {(level.article_id, level.warehouse_id): level.on_hand for level in self._levels},
                cause=_("Import of %(file)s") % {"file": self._file_name or _("a file")},
                by=self._user,
            )
        if "minimum" in self._file_columns:
            # Levels that nothing has moved yet may not exist; those of others must not be overwritten.
            StockLevel.objects.bulk_create(
                [
                    StockLevel(
                        article_id=level.article_id, warehouse_id=level.warehouse_id, minimum=level.minimum
                    )
                    for level in self._levels
                ],
                update_conflicts=True,
                unique_fields=["article", "warehouse"],
                update_fields=["minimum", "changed_at"],
                batch_size=BATCH,
            )
