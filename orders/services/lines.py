"""Order lines out of a draft: which article each one is, which VAT rate, and how they meet the total."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from inventory.models import Article
from orders.drafts import IntakeRules, LineDraft, OrderDraft
from orders.errors import TotalDiffers, UnknownArticles
from orders.models import OrderEvent, OrderLine
from orders.services.totals import Balance, balance, tolerance_in
from orders.services.vat_rates import VatRates

_ITEM = OrderLine.Kind.ITEM
_AT_ONCE = 500  # SQLite takes no more than 999 values in one statement in its older builds
_MOST_NAMED = 50


@dataclass(slots=True)
class BuiltLines:
    """lines, events: not saved, without their order yet. created: articles that were not known before."""

    lines: list[OrderLine]
    created: list[Article] = field(default_factory=list)
    events: list[OrderEvent] = field(default_factory=list)


def build_lines(draft: OrderDraft, rules: IntakeRules, rates: VatRates) -> BuiltLines:
    """Call inside transaction.atomic, with a cleaned draft. Creates unknown articles where the rules allow it (O2).

    The number of queries does not depend on the number of lines. Raises TotalDiffers, UnknownArticles.
    """
    met = _balance(draft, rules)
    articles = _Articles(draft.lines)
    built = BuiltLines(lines=[])
    if missing := articles.missing():
        if rules.articles == "park":
            raise _unknown(draft, missing)
        if rules.articles == "create":
            built.created = create_articles(missing, rates)
            built.events = [_created_event(draft, line, rates) for line in missing]
            articles.add(built.created)
    for position, (line, vat) in enumerate(zip(draft.lines, met.vat, strict=True), start=1):
        built.lines.append(_line(line, position, vat, rates, articles))
    if met.rounding:
        built.lines.append(_rounding_line(len(draft.lines) + 1, met.rounding))
        built.events.append(
            OrderEvent(
                kind=OrderEvent.Kind.ROUNDING,
                data={
                    "lines": f"{met.exact:f}",
                    "total": f"{draft.total:f}",
                    "difference": f"{met.rounding:+f}",
                    "currency": draft.currency,
                },
            )
        )
    return built


def create_articles(lines: Sequence[LineDraft], rates: VatRates) -> list[Article]:
    """Bare articles with the lines' SKUs, without a price. Another worker may be faster: then his are returned."""
    Article.objects.bulk_create(
        [
            Article(sku=line.sku, name=line.name[:300], vat_rate=rates.of(line))
            # in one order, so that two workers never wait in a ring
            for line in sorted(lines, key=lambda line: line.sku)
        ],
        ignore_conflicts=True,
        batch_size=_AT_ONCE,
    )
    return _fetch("sku", [line.sku for line in lines])


class _Articles:
    """The articles that a draft's lines mean: by SKU, else by the id that the source knows them by."""

    def __init__(self, lines: Iterable[LineDraft]) -> None:
        self.lines = [
            line for line in lines if line.kind == _ITEM and not line.doubt and not line.without_article
        ]
        self.by_sku = {
            article.sku: article
            for article in _fetch("sku", list(dict.fromkeys(line.sku for line in self.lines if line.sku)))
        }
        ids = {line.article_id for line in self.lines if line.article_id and line.sku not in self.by_sku}
        self.by_id = {article.pk: article for article in _fetch("pk", sorted(ids))}

    def of(self, line: LineDraft) -> Article | None:
        if line.kind != _ITEM or line.doubt or line.without_article:
            return None
        return self.by_sku.get(line.sku) or self.by_id.get(line.article_id or 0)

    def missing(self) -> list[LineDraft]:
        """The first line of each SKU that is not known here."""
        first = {line.sku: line for line in reversed(self.lines) if line.sku and self.of(line) is None}
        return [first[sku] for sku in dict.fromkeys(line.sku for line in self.lines) if sku in first]

    def add(self, articles: Iterable[Article]) -> None:
        self.by_sku.update({article.sku: article for article in articles})


def _fetch(column: str, values: Sequence[Any]) -> list[Article]:
    found: list[Article] = []
    for start in range(0, len(values), _AT_ONCE):
        rows = Article.objects.filter(**{f"{column}__in": values[start : start + _AT_ONCE]})
        found += rows.only("id", "sku", "has_variants")
    return found


def _balance(draft: OrderDraft, rules: IntakeRules) -> Balance:
    met = balance(
        [(line.net, line.vat) for line in draft.lines],
        draft.total,
        draft.currency,
        rules.tolerance,
        rates=[line.vat_percent for line in draft.lines],
        allowed=rules.allowed_difference,
    )
    if met.rounding is not None:
        return met
    tolerance = f"{tolerance_in(draft.currency, rules.tolerance).normalize():f}"
    per_line = met.way("line").total
    raise TotalDiffers(
        _(
            "Order %(number)s does not add up: %(shop)s says %(total)s %(currency)s, its lines come to %(exact)s"
            " %(currency)s added up exactly and to %(per_line)s %(currency)s with each line rounded."
            " That is %(difference)s, more than the %(tolerance)s %(currency)s allowed."
        )
        % {
            "number": draft.number,
            "shop": draft.source_label,
            "total": f"{draft.total:f}",
            "exact": f"{met.exact:f}",
            "per_line": f"{per_line:f}",
            "difference": f"{met.difference:+f}",
            "tolerance": tolerance,
            "currency": draft.currency,
        },
        cure=_("Compare the order with the shop's panel, correct it there and read the orders again."),
        detail=f"source={draft.source} id={draft.source_id} "
        + "; ".join(f"{line.kind} {line.net:f}+{line.vat:f}" for line in draft.lines[:40]),
        key=f"total_differs:{draft.source_id}",
        data={
            "currency": draft.currency,
            "tolerance": tolerance,
            "total": f"{draft.total:f}",
            "vat": "" if draft.total_vat is None else f"{draft.total_vat:f}",
            "difference": f"{met.difference:f}",
            "ways": [
                {
                    "rounded": way.rounded,
                    "net": f"{way.net:f}",
                    "vat": f"{way.vat:f}",
                    "total": f"{way.total:f}",
                }
                for way in met.ways
            ],
        },
    )


def _created_event(draft: OrderDraft, line: LineDraft, rates: VatRates) -> OrderEvent:
    gap = ""
    if rates.of(line) is None and line.vat_percent is not None and not draft.vat_exempt:
        gap = f"{rates.country} {line.vat_percent.normalize():f} %".strip()
    return OrderEvent(kind=OrderEvent.Kind.ARTICLE, text=gap, data={"sku": line.sku})


def _line(line: LineDraft, position: int, vat: Decimal, rates: VatRates, articles: _Articles) -> OrderLine:
    article, note = articles.of(line), line.doubt
    if article and article.has_variants:
        # woocommerce.md §12: the parent's SKU stands on lines whose variant is gone
        note = _("This SKU belongs to an article with variants, and the shop does not say which one it was.")
        article = None
    before, rate = line.net_before_discount, rates.of(line)
    return OrderLine(
        position=position,
        kind=line.kind,
        article=article,
        sku=line.sku,
        name=line.name,
        quantity=line.quantity,
        net=line.net,
        vat=vat,
        discount=before - line.net if before is not None else Decimal(0),
        vat_percent=rate.percent if rate is not None else line.vat_percent,
        vat_rate=rate,
        source_id=line.source_id,
        note=note[:500],
    )


def _rounding_line(position: int, amount: Decimal) -> OrderLine:
    return OrderLine(
        position=position, kind=OrderLine.Kind.ROUNDING, name=str(OrderLine.Kind.ROUNDING.label), net=amount
    )


def _unknown(draft: OrderDraft, missing: Sequence[LineDraft]) -> UnknownArticles:
    skus = [line.sku for line in missing]
    shown = ", ".join(skus[:5])
    return UnknownArticles(
        ngettext(
            "Order %(number)s has an article that is not known here: %(skus)s.",
            "Order %(number)s has %(count)d articles that are not known here: %(skus)s.",
            len(missing),
        )
        % {"number": draft.number, "skus": shown + (" …" if len(missing) > 5 else ""), "count": len(missing)},
        cure=_(
            "Create it under Articles with this SKU, or let the shop's order rules create articles from orders."
        ),
        detail=f"source={draft.source} id={draft.source_id} skus={skus[:_MOST_NAMED]}",
        key=f"article_unknown:{skus[0]}",
        data={
            "skus": [
                {"sku": line.sku, "name": line.name[:200], "quantity": f"{line.quantity.normalize():f}"}
                for line in missing[:_MOST_NAMED]
            ]
        },
    )
