"""Articles from a shop into the article list: new ones and changes (M3, M4, P1, P5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from django.utils.translation import gettext as _

from backoffice.lib.errors import Conflict, KontorError, NotYet, Refused
from inventory.models import Article, ArticleText
from shops.records import ArticleRecord
from shops.sync.local.base import Incoming, Side

LONGEST_NAME = 300
LONGEST_SKU = 100


@dataclass(slots=True)
class _Batch:
    """What the items refer to, fetched once for all of them."""

    side: Side
    own: dict[int, Article]
    holders: dict[str, int]
    parents: dict[str, Article]
    categories: list[tuple[int, list[int]]] = field(default_factory=list)
    texts: list[ArticleText] = field(default_factory=list)

    @property
    def own_language(self) -> bool:
        return self.side.language == self.side.company.language


def apply_articles(side: Side, items: Sequence[Incoming]) -> list[int | KontorError]:
    """Our id for each item, or why not. A fixed number of queries and one INSERT for each new article."""
    records = [cast(ArticleRecord, item.record) for item in items]
    skus = {record.sku for record in records if record.sku}
    parent_ids = side.article_ids({record.parent_id for record in records if record.parent_id})
    parent_rows = Article.objects.in_bulk(set(parent_ids.values()))
    batch = _Batch(
        side=side,
        own=Article.objects.in_bulk([item.local_id for item in items if item.local_id is not None]),
        holders=dict(Article.objects.filter(sku__in=skus).values_list("sku", "pk")),
        parents={remote: parent_rows[local] for remote, local in parent_ids.items() if local in parent_rows},
    )
    results = [_apply_one(batch, item, record) for item, record in zip(items, records, strict=True)]
    _write_categories(batch)
    _write_texts(batch)
    return results


def _apply_one(batch: _Batch, item: Incoming, record: ArticleRecord) -> int | KontorError:
    row = batch.own.get(item.local_id) if item.local_id is not None else Article()
    if row is None:
        return NotYet(_("The article was deleted here in the meantime."), key="deleted_here")
    sku = (record.sku or "").strip()
    if row.pk is None and not sku:
        return without_sku(record.name or item.element.name)
    if len(sku) > LONGEST_SKU:
        return Refused(
            _("The SKU “%(sku)s…” is longer than %(most)d characters.")
            % {"sku": sku[:30], "most": LONGEST_SKU},
            cure=_("Shorten it in the shop."),
            key="sku_too_long",
        )
    if sku and batch.holders.get(sku, row.pk) != row.pk:
        return sku_taken(sku)
    if record.parent_id and row.pk is None:
        parent = batch.parents.get(record.parent_id)
        if parent is None:
            return NotYet(
                _("Its parent article is not here yet."),
                cure=_("Mend what keeps the parent article back: it is in the list of this run."),
                key="article_parent",
            )
        _become_variant(row, parent)
    _fill(batch, row, record, item.fields)
    if record.variant is not None and row.parent is not None and _takes("variant", item.fields):
        _fill_options(row, row.parent, record)
    if not row.name:
        row.name = _variant_name(row) or row.sku
    row.save()
    if sku:
        batch.holders[sku] = row.pk
    if record.category_ids is not None and _takes("category_ids", item.fields):
        known = batch.side.local_ids("category")
        batch.categories.append((row.pk, [known[pk] for pk in record.category_ids if pk in known]))
    return row.pk


def without_sku(name: str) -> KontorError:
    return Refused(
        _("“%(name)s” has no SKU in the shop, so it cannot be matched.") % {"name": name},
        cure=_("Enter a SKU for it in the shop, then synchronise again."),
        key="article_without_sku",
    )


def sku_taken(sku: str) -> KontorError:
    return Conflict(
        _("Another article here already has the SKU %(sku)s.") % {"sku": sku},
        cure=_("Link the two on the Mappings page, or change one of the SKUs."),
        key="sku_taken",
    )


def _takes(name: str, fields: frozenset[str] | None) -> bool:
    return fields is None or name in fields


def _become_variant(row: Article, parent: Article) -> None:
    row.parent = parent
    if not parent.has_variants:
        parent.has_variants = True
        parent.save(update_fields=["has_variants", "changed_at"])


def _variant_name(row: Article) -> str:
    """Shops give their variants no name of their own: the parent's, and what distinguishes this one."""
    if row.parent is None:
        return ""
    values = ", ".join(str(value) for value in row.option_values if value)
    return f"{row.parent.name} {values}".strip()[:LONGEST_NAME]


def _fill_options(row: Article, parent: Article, record: ArticleRecord) -> None:
    """The variant's values in the order of its parent's options; an option the parent did not name is added."""
    chosen = dict(record.variant or ())
    unknown = [name for name in chosen if name not in parent.option_names]
    if unknown:
        parent.option_names = [*parent.option_names, *unknown]
        parent.save(update_fields=["option_names", "changed_at"])
    row.option_values = [chosen.get(name, "") for name in parent.option_names]


_PLAIN = ("ean", "weight_g", "length_mm", "width_mm", "height_mm", "active")
_TEXTS = ("name", "short_description", "description")


def _fill(batch: _Batch, row: Article, record: ArticleRecord, fields: frozenset[str] | None) -> None:
    for name in _PLAIN:
        if (value := getattr(record, name)) is not None and _takes(name, fields):
            setattr(row, name, value[:50] if name == "ean" else value)
    if record.sku and _takes("sku", fields):
        row.sku = record.sku.strip()
    if record.service is not None and _takes("service", fields):
        if record.service:
            row.kind = Article.Kind.SERVICE
        elif row.kind == Article.Kind.SERVICE:  # a set stays one: shops know no such thing
            row.kind = Article.Kind.GOODS
    if record.options is not None and row.parent_id is None and _takes("options", fields):
        row.option_names = [option.name for option in record.options]
        row.has_variants = row.has_variants or bool(record.options)
    _fill_references(batch.side, row, record, fields)
    _fill_texts(batch, row, record, fields)


def _fill_references(side: Side, row: Article, record: ArticleRecord, fields: frozenset[str] | None) -> None:
    for name, kind, column in (
        ("unit_id", "unit", "unit_id"),
        ("vat_rate_id", "vat_rate", "vat_rate_id"),
        ("producer_id", "producer", "producer_id"),
    ):
        remote_id = getattr(record, name)
        if remote_id is None or not _takes(name, fields):
            continue
        if remote_id == "":
            setattr(row, column, None)
        elif (local := side.local_ids(kind).get(remote_id)) is not None:
            setattr(row, column, local)


def _fill_texts(batch: _Batch, row: Article, record: ArticleRecord, fields: frozenset[str] | None) -> None:
    """Texts of the company's language stand on the article, others beside it."""
    taken: dict[str, Any] = {
        name: value
        for name in _TEXTS
        if (value := getattr(record, name)) is not None and _takes(name, fields)
    }
    if "name" in taken:
        taken["name"] = taken["name"][:LONGEST_NAME] or row.sku
    if batch.own_language or row.pk is None:
        for name, value in taken.items():
            setattr(row, name, value)
    if not batch.own_language and row.pk is not None and taken:
        batch.texts.append(ArticleText(article=row, language=batch.side.language, **taken))


def _write_categories(batch: _Batch) -> None:
    """Replace the sets of categories, all articles of the batch in three queries."""
    through = Article.categories.through
    wanted = {(article, category) for article, categories in batch.categories for category in categories}
    articles = [article for article, _categories in batch.categories]
    present = {
        (row.article_id, row.category_id): row.pk for row in through.objects.filter(article_id__in=articles)
    }
    through.objects.filter(pk__in=[pk for pair, pk in present.items() if pair not in wanted]).delete()
    through.objects.bulk_create(
        [
            through(article_id=article, category_id=category)
            for article, category in sorted(wanted - present.keys())
        ],
        ignore_conflicts=True,
    )


def _write_texts(batch: _Batch) -> None:
    if not batch.texts:
        return
    language = batch.side.language
    known = {
        text.article_id: text
        for text in ArticleText.objects.filter(
            article__in=[t.article_id for t in batch.texts], language=language
        )
    }
    for text in batch.texts:
        row = known.get(text.article_id)
        if row is None:
            text.save()
            continue
        row.name, row.short_description, row.description = (
            text.name or row.name,
            text.short_description or row.short_description,
            text.description or row.description,
        )
        row.save()
