"""Our side of articles."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from backoffice.lib.errors import KontorError, NotYet, Refused
from inventory.models import Article, ArticleText
from inventory.models.articles import ArticleQuerySet
from shops.models import RemoteElement
from shops.records import ArticleRecord, OptionRecord, PriceRecord, Record, StockRecord
from shops.sync.local.amounts import available_quantities, shop_prices
from shops.sync.local.article_import import apply_articles
from shops.sync.local.base import Incoming, LocalType, not_linked


class Articles(LocalType):
    """Natural key: the SKU (P3), then, if the shop says so, the EAN."""

    kind = "article"
    model = Article

    def natural_key(self, record: Record) -> str:
        return (cast(ArticleRecord, record).sku or "").strip()[:300]

    def second_key(self, record: Record) -> str:
        if self.shop.link_by != self.shop.LinkBy.SKU_EAN:
            return ""
        return (cast(ArticleRecord, record).ean or "").strip()[:100]

    def find(self, keys: Collection[str]) -> dict[str, list[int]]:
        return _grouped(Article.objects.filter(sku__in=keys).values_list("sku", "pk"))

    def find_second(self, keys: Collection[str]) -> dict[str, list[int]]:
        return _grouped(Article.objects.filter(ean__in=keys).values_list("ean", "pk"))

    @property
    def flat(self) -> bool:
        """The shop knows no variants: each is an article of its own there, and their parent stays here."""
        return not self.side.platform.can(self.kind).variants

    def for_shop(self) -> ArticleQuerySet:
        """The articles that may go to this shop (P2: chosen groups are left out)."""
        excluded = self.shop.excluded_categories.all()
        chosen = Article.objects.outside_of(excluded) if excluded.exists() else Article.objects.all()
        return chosen.filter(has_variants=False) if self.flat else chosen

    def only_here(self) -> QuerySet[Any]:
        known = RemoteElement.objects.filter(shop=self.shop, kind=self.kind, local_id__isnull=False)
        return self.for_shop().active().exclude(pk__in=known.values("local_id"))

    def waves(self) -> Sequence[QuerySet[Any]]:
        missing = self.only_here()
        return [missing.filter(parent=None), missing.exclude(parent=None)]

    def describe(self, ids: Collection[int]) -> dict[int, tuple[str, str]]:
        rows = Article.objects.filter(pk__in=ids).values_list("pk", "sku", "name")
        return {pk: (sku, name) for pk, sku, name in rows}

    # To the shop

    def records(self, ids: Collection[int], *, for_create: bool = False) -> dict[int, Record | KontorError]:
        rows = list(
            self.for_shop()
            .filter(pk__in=ids)
            .select_related("parent", "unit", "vat_rate", "producer", "parent__vat_rate", "parent__producer")
        )
        texts = self._texts(rows)
        categories = self._categories([row.parent if self.flat and row.parent else row for row in rows])
        options = self._options(rows)
        parents = self.side.article_remote_ids({row.parent_id for row in rows if row.parent_id})
        extras = self._extras(rows) if for_create else {}
        records: dict[int, Record | KontorError] = {}
        for row in rows:
            try:
                placed = categories.get((row.parent_id or row.pk) if self.flat else row.pk, [])
                record = self._record(row, texts.get(row.pk), placed, options.get(row.pk), parents)
            except KontorError as error:
                records[row.pk] = error
                continue
            if for_create:
                obstacle = self._not_creatable(row, record)
                stock, price = extras.get(row.pk, (None, None))
                records[row.pk] = obstacle or _with(record, stock=stock, price=price)
            else:
                records[row.pk] = record
        return records

    def _record(
        self,
        row: Article,
        text: ArticleText | None,
        category_ids: list[int],
        options: tuple[OptionRecord, ...] | None,
        parents: Mapping[int, str],
    ) -> ArticleRecord:
        parent_id = ""
        is_variant = row.parent_id is not None and not self.flat
        if row.parent_id is not None and is_variant:
            if row.parent_id not in parents:
                raise NotYet(
                    _("Its parent article %(sku)s is not in %(shop)s yet.")
                    % {"sku": row.parent.sku, "shop": self.shop.name},  # type: ignore[union-attr]
                    cure=_("Let the parent article be exported, or mend what keeps it back."),
                    key=f"article_parent:{row.parent.sku}",  # type: ignore[union-attr]
                )
            parent_id = parents[row.parent_id]
        linked_categories = self.side.remote_ids("category")
        return ArticleRecord(
            sku=row.sku,
            ean=row.ean,
            name=(text.name if text and text.name else row.name),
            short_description=(
                text.short_description if text and text.short_description else row.short_description
            ),
            description=(text.description if text and text.description else self._description(row)),
            unit_id=self._unit(row),
            vat_rate_id=self._vat_rate(row),
            producer_id=None if is_variant else self._producer(row),
            category_ids=None
            if is_variant
            else tuple(sorted(linked_categories[pk] for pk in category_ids if pk in linked_categories)),
            weight_g=row.weight_g,
            length_mm=row.length_mm,
            width_mm=row.width_mm,
            height_mm=row.height_mm,
            active=row.active,
            service=row.kind == Article.Kind.SERVICE,
            options=options,
            variant=tuple(zip(row.parent.option_names, row.option_values, strict=False))  # type: ignore[union-attr]
            if is_variant
            else None,
            parent_id=parent_id,
        )

    def _unit(self, row: Article) -> str | None:
        if row.unit_id is None or not self.side.platform.can("unit").read:
            return None
        return self.side.remote_ids("unit").get(row.unit_id)

    def _vat_rate(self, row: Article) -> str | None:
        rate = row.vat_rate or (row.parent.vat_rate if row.parent else None)
        if rate is None or not self.side.platform.can("vat_rate").read:
            return None
        remote_id = self.side.remote_ids("vat_rate").get(rate.pk)
        if remote_id is None:
            missing = not_linked(
                _("The VAT rate"),
                str(rate),
                self.shop,
                f"vat_unmapped:{rate.country}:{rate.percent.normalize():f}",
                _(
                    "Add the rate in the shop's own panel, or link it on the Mappings page, and synchronise again."
                ),
            )
            if self.side.platform.can("vat_rate").create:
                raise missing
            # No plan of ours can bring this rate into the shop: it is known beforehand to be impossible.
            raise Refused(missing.message, cure=missing.cure, key=missing.key)
        return remote_id

    def _description(self, row: Article) -> str:
        return row.description or (row.parent.description if self.flat and row.parent else "")

    def _producer(self, row: Article) -> str | None:
        """ "" = has none; None = it has one that the shop does not know, so what the shop shows is left alone."""
        producer_id = row.producer_id or (row.parent.producer_id if self.flat and row.parent else None)
        if producer_id is None:
            return ""
        return self.side.remote_ids("producer").get(producer_id)

    def _not_creatable(self, row: Article, record: ArticleRecord) -> KontorError | None:
        if record.vat_rate_id is None and self.side.platform.can("vat_rate").read:
            return Refused(
                _("%(sku)s has no VAT rate, and Kontor does not guess one.") % {"sku": row.sku},
                cure=_("Choose the VAT rate on the article."),
                key="article_without_vat",
            )
        is_variant = row.parent_id is not None and not self.flat
        if is_variant and len(row.option_values) != len(row.parent.option_names):  # type: ignore[union-attr]
            return Refused(
                _("%(sku)s does not have a value for each option of its parent article.") % {"sku": row.sku},
                cure=_("Fill in the option values on the article."),
                key="variant_incomplete",
            )
        return None

    def _texts(self, rows: Collection[Article]) -> dict[int, ArticleText]:
        if self.side.language == self.side.company.language:
            return {}
        texts = ArticleText.objects.filter(article__in=[row.pk for row in rows], language=self.side.language)
        return {text.article_id: text for text in texts}

    def _categories(self, rows: Collection[Article]) -> dict[int, list[int]]:
        through = Article.categories.through.objects.filter(article_id__in=[row.pk for row in rows])
        found: dict[int, list[int]] = defaultdict(list)
        for article, category in through.values_list("article_id", "category_id"):
            found[article].append(category)
        return found

    def _options(self, rows: Collection[Article]) -> dict[int, tuple[OptionRecord, ...]]:
        """What parents of variants differ by: every value that any of their variants has, in the variants' order."""
        parents = {row.pk: row for row in rows if row.has_variants}
        values: dict[int, list[dict[str, None]]] = {
            pk: [{} for _name in row.option_names] for pk, row in parents.items()
        }
        variants = (
            Article.objects.filter(parent__in=parents)
            .order_by("pk")
            .values_list("parent_id", "option_values")
        )
        for parent, chosen in variants:
            if parent is not None:
                for seen, value in zip(values[parent], chosen, strict=False):
                    seen[str(value)] = None
        return {
            pk: tuple(
                OptionRecord(name=str(name), values=tuple(seen))
                for name, seen in zip(row.option_names, values[pk], strict=True)
            )
            for pk, row in parents.items()
        }

    def _extras(self, rows: Collection[Article]) -> dict[int, tuple[StockRecord | None, PriceRecord | None]]:
        """Stock and price for new articles, where the shop takes them along and its matrix sends them."""
        carries = self.side.platform.can(self.kind).carries
        sending = {kind for kind, choice in self.side.choices.items() if choice.linked == "shop"}
        goods = [row.pk for row in rows if not row.has_variants]
        counted = [row.pk for row in rows if row.deliverable]
        stock = available_quantities(self.shop, counted) if "stock" in sending and "stock" in carries else {}
        starts = self.side.platform.can("price").starts
        price = (
            shop_prices(self.shop, goods, coming=starts) if "price" in sending and "price" in carries else {}
        )
        # Empty = prices go there and this article has none: a shop may refuse to sell it for nothing.
        no_price = PriceRecord() if "price" in sending and "price" in carries else None
        return {
            row.pk: (
                StockRecord(quantity=stock[row.pk], managed=True) if row.pk in stock else None,
                price.get(row.pk, None if row.has_variants else no_price),
            )
            for row in rows
        }

    # From the shop

    def apply(self, items: Sequence[Incoming]) -> list[int | KontorError]:
        return apply_articles(self.side, items)


def _grouped(rows: Any) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for key, pk in rows:
        found.setdefault(key, []).append(pk)
    return found


def _with(record: ArticleRecord, *, stock: StockRecord | None, price: PriceRecord | None) -> ArticleRecord:
    return replace(record, stock=stock, price=price)
