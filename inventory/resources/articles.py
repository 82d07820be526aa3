"""Articles with their categories and variants as a table."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

import tablib
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.tables import (
    BoolCell,
    ChoiceCell,
    Column,
    DecimalCell,
    ListCell,
    LookupCell,
    TableResource,
    TextCell,
)
from backoffice.tables.cells import plain_text
from backoffice.tables.resources import BATCH, Row, chunks
from inventory.models import Article, Producer, StockLevel, Unit
from inventory.resources.cells import CategoriesCell, VatRateCell
from inventory.services.variants import refresh_parents


class ArticleResource(TableResource):
    key_columns = ("sku",)
    required_for_new = ("name",)

    sku = Column("sku", TextCell())
    ean = Column("ean", TextCell())
    name = Column("name", TextCell())
    kind = Column("kind", ChoiceCell(Article.Kind.choices, empty=Article.Kind.GOODS))
    unit = Column(
        "unit",
        LookupCell(
            Unit.objects.all(),
            "name",
            missing=gettext_lazy("There is no unit “%(text)s”. Create it under Units, or correct the cell."),
        ),
        attribute="unit_id",
    )
    vat_rate = Column("vat_rate", VatRateCell(), attribute="vat_rate_id")
    producer = Column(
        "producer",
        LookupCell(
            Producer.objects.all(),
            "name",
            missing=gettext_lazy(
                "There is no producer “%(text)s”. Create it under Producers, or correct the cell."
            ),
        ),
        attribute="producer_id",
    )
    categories = Column("categories", CategoriesCell(), attribute="category_ids")
    short_description = Column("short_description", TextCell())
    description = Column("description", TextCell())
    weight_g = Column("weight_g", DecimalCell())
    length_mm = Column("length_mm", DecimalCell())
    width_mm = Column("width_mm", DecimalCell())
    height_mm = Column("height_mm", DecimalCell())
    active = Column("active", BoolCell(empty=True))
    parent = Column("parent", TextCell(), attribute="parent_sku")
    options = Column("options", ListCell(), attribute="option_names")
    option_values = Column("option_values", ListCell())

    class Meta(TableResource.Meta):
        model = Article
        name = gettext_lazy("Articles")
        fields = import_order = export_order = (
            "sku",
            "ean",
            "name",
            "kind",
            "unit",
            "vat_rate",
            "producer",
            "categories",
            "short_description",
            "description",
            "weight_g",
            "length_mm",
            "width_mm",
            "height_mm",
            "active",
            "parent",
            "options",
            "option_values",
        )

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._parents: dict[str, Article] = {}  # by SKU: those that the file names, and those that it makes
        self._stocked: set[int] = set()
        self._siblings: dict[tuple[str, tuple[str, ...]], str] = {}
        self._members: list[tuple[Article, tuple[int, ...]]] = []
        self._old_parents: set[int] = set()
        self._flushed = False

    def init_instance(self, row: Row | None = None) -> Article:
        article = Article()
        article.category_ids = ()  # type: ignore[attr-defined]
        article.parent_sku = ""  # type: ignore[attr-defined]
        return article

    def existing(self, keys: Sequence[tuple[Any, ...]]) -> Iterator[tuple[tuple[Any, ...], Article]]:
        articles = list(Article.objects.filter(sku__in=[key[0] for key in keys]).select_related("parent"))
        self.attach(articles)
        for article in articles:
            article.parent_sku = article.parent.sku if article.parent else ""
            article._width = len(article.option_names)
            yield (article.sku,), article

    def arrange(self, dataset: tablib.Dataset, lines: list[int]) -> tuple[tablib.Dataset, list[int]]:
        """Parents before their variants, and what the database knows of the parents."""
        if "parent" not in dataset.headers:
            return dataset, lines
        place = dataset.headers.index("parent")
        order = sorted(range(len(lines)), key=lambda n: bool(plain_text(dataset[n][place])))
        self._load_parents({plain_text(cells[place]) for cells in dataset} - {""})
        arranged = tablib.Dataset(*[dataset[n] for n in order], headers=dataset.headers)
        return arranged, [lines[n] for n in order]

    def import_instance(self, instance: Any, row: Row, **kwargs: Any) -> None:
        super().import_instance(instance, row, **kwargs)
        if "parent" not in self._file_columns:
            return
        if not instance._state.adding and instance.parent_id:
            self._old_parents.add(instance.parent_id)
        if not instance.parent_sku:
            instance.parent = None
            return
        if not self._flushed:  # the parents that this file makes need their keys now
            self._flushed = True
            with transaction.atomic():
                self.bulk_create(
                    kwargs["using_transactions"], kwargs["dry_run"], raise_errors=True, batch_size=BATCH
                )
        parent = self._parents.get(instance.parent_sku)
        if parent is None:
            raise ValidationError(
                {
                    "parent": _("There is no article with the SKU “%(sku)s”, neither here nor in the file.")
                    % {"sku": instance.parent_sku[:60]}
                }
            )
        instance.parent = parent

    def check_instance(self, instance: Any, *, is_new: bool) -> dict[str, list[str]]:
        parent = instance.parent if instance.parent_id or instance.parent_sku else None
        if parent is None:
            if instance.option_values:
                return {"option_values": [_("Only a variant has option values. Name its parent article.")]}
            if not is_new and instance.has_variants and len(instance.option_names) != instance._width:
                return {"options": [_("The number of options cannot change while there are variants.")]}
            return {}
        if parent.parent_id:
            return {"parent": [_("%(sku)s is a variant itself.") % {"sku": parent.sku}]}
        if instance.has_variants or parent.sku == instance.sku:
            return {"parent": [_("An article with variants cannot become a variant.")]}
        if instance.option_names:
            return {"options": [_("A variant has no options of its own. Clear the cell.")]}
        if parent.pk in self._stocked:
            return {
                "parent": [
                    _("%(sku)s still has stock, and a parent has none. Set it to zero first.")
                    % {"sku": parent.sku}
                ]
            }
        if not instance.option_values or len(instance.option_values) != len(parent.option_names):
            return {
                "option_values": [
                    _("Give one value for each option of the parent, parted by |: %(names)s.")
                    % {"names": " | ".join(parent.option_names) or "–"}
                ]
            }
        holder = self._siblings.setdefault((parent.sku, tuple(instance.option_values)), instance.sku)
        if holder != instance.sku:
            return {"option_values": [_("%(sku)s has these values already.") % {"sku": holder}]}
        return {}

    def after_save_instance(self, instance: Any, row: Row, **kwargs: Any) -> None:
        if "categories" in self._file_columns:
            self._members.append((instance, instance.category_ids))
        if not instance.parent_sku:
            self._parents[instance.sku] = instance

    def _update_fields(self) -> list[str]:
        names = super()._update_fields()
        return [*names, "parent"] if "parent" in self._file_columns else names

    def after_import(self, dataset: tablib.Dataset, result: Any, **kwargs: Any) -> None:
        if kwargs.get("dry_run") or result.has_errors():
            return
        for part in chunks(self._members, BATCH):
            _set_categories(part)
        refresh_parents(self._old_parents | {parent.pk for parent in self._parents.values()})

    def for_export(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.defer(None).annotate(parent_sku=F("parent__sku"))

    def attach(self, instances: list[Any]) -> None:
        members: dict[int, list[int]] = defaultdict(list)
        links = Article.categories.through.objects.filter(article__in=instances).order_by("category_id")
        for article_id, category_id in links.values_list("article_id", "category_id"):
            members[article_id].append(category_id)
        for article in instances:
            article.category_ids = tuple(members[article.pk])

    def _load_parents(self, skus: set[str]) -> None:
        for part in chunks(sorted(skus), BATCH):
            parents = {parent.pk: parent for parent in Article.objects.filter(sku__in=part)}
            self._parents |= {parent.sku: parent for parent in parents.values()}
            plain = [pk for pk, parent in parents.items() if not parent.has_variants]
            levels = StockLevel.objects.filter(~Q(on_hand=0) | ~Q(reserved=0), article__in=plain)
            self._stocked.update(levels.values_list("article_id", flat=True))
            variants = Article.objects.filter(parent__in=parents).values_list(
                "parent__sku", "option_values", "sku"
            )
            self._siblings |= {(parent, tuple(values)): sku for parent, values, sku in variants}


def _set_categories(members: Sequence[tuple[Article, tuple[int, ...]]]) -> None:
    """Make the articles belong to exactly these categories, with one delete and one insert."""
    through = Article.categories.through
    wanted = {(article.pk, category) for article, categories in members for category in categories}
    present = {
        (article, category): pk
        for pk, article, category in through.objects.filter(
            article__in=[article.pk for article, _categories in members]
        ).values_list("pk", "article_id", "category_id")
    }
    surplus = [pk for key, pk in present.items() if key not in wanted]
    for part in chunks(surplus, BATCH):
        through.objects.filter(pk__in=part).delete()
    through.objects.bulk_create(
        [
            through(article_id=article, category_id=category)
            for article, category in sorted(wanted - present.keys())
        ],
        ignore_conflicts=True,
        batch_size=BATCH,
    )
