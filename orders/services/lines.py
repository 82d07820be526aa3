"""Order lines out of a draft: which article each one is, which VAT rate, and how they meet the total."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from inventory.models import Article, Company, VatRate
from orders.drafts import IntakeRules, LineDraft, OrderDraft
from orders.errors import TotalDiffers, UnknownArticles
from orders.models import OrderEvent, OrderLine
from orders.services.totals import Balance, balance, tolerance_in

_ITEM = OrderLine.Kind.ITEM
_SKUS_AT_ONCE = 500  # SQLite takes no more than 999 values in one statement in its older builds


@dataclass(slots=True)
class BuiltLines:
    """lines, events: not saved, without their order yet. created: articles that were not known before."""

    lines: list[OrderLine]
    created: list[Article] = field(default_factory=list)
    events: list[OrderEvent] = field(default_factory=list)


def build_lines(draft: OrderDraft, rules: IntakeRules) -> BuiltLines:
    """Call inside transaction.atomic, with a cleaned draft. Creates unknown articles where the rules allow it (O2).

    The number of queries does not depend on the number of lines. Raises TotalDiffers, UnknownArticles.
    """
    met = _balance(draft, rules)
    rates = _VatRates(draft)
    articles = _articles_by_sku(_wanted_skus(draft.lines))
    built = BuiltLines(lines=[])
    if missing := [sku for sku in _wanted_skus(draft.lines) if sku not in articles]:
        if not rules.create_articles:
            raise _unknown(draft, missing)
        _create_articles(draft, missing, rates, articles, built)
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


def _balance(draft: OrderDraft, rules: IntakeRules) -> Balance:
    met = balance(
        [(line.net, line.vat) for line in draft.lines], draft.total, draft.currency, rules.tolerance
    )
    if met.rounding is not None:
        return met
    values = {
        "number": draft.number,
        "shop": draft.source_label,
        "total": f"{draft.total:f}",
        "exact": f"{met.exact:f}",
        "per_line": f"{met.per_line:f}",
        "difference": f"{draft.total - met.exact:+f}",
        "tolerance": f"{tolerance_in(draft.currency, rules.tolerance).normalize():f}",
        "currency": draft.currency,
    }
    raise TotalDiffers(
        _(
            "Order %(number)s does not add up: %(shop)s says %(total)s %(currency)s, its lines come to %(exact)s"
            " %(currency)s added up exactly and to %(per_line)s %(currency)s with each line rounded."
            " That is %(difference)s, more than the %(tolerance)s %(currency)s allowed."
        )
        % values,
        cure=_("Compare the order with the shop's panel, correct it there and read the orders again."),
        detail=f"source={draft.source} id={draft.source_id} "
        + "; ".join(f"{line.kind} {line.net:f}+{line.vat:f}" for line in draft.lines[:40]),
        key=f"total_differs:{draft.source_id}",
    )


class _VatRates:
    """Our rates by country and percentage: of the country of delivery, else of the firm's own (sold at home rates)."""

    def __init__(self, draft: OrderDraft) -> None:
        address = draft.delivery or draft.billing
        self.country = address.country or draft.billing.country
        percents = {line.vat_percent for line in draft.lines if line.vat_percent is not None}
        home = Company.load().country if percents else ""
        self.countries = [country for country in dict.fromkeys((self.country, home)) if country]
        self.found = {
            (rate.country, rate.percent): rate
            for rate in (
                VatRate.objects.filter(country__in=self.countries, percent__in=percents) if percents else ()
            )
        }

    def of(self, percent: Decimal | None) -> VatRate | None:
        """None where the shop gave no percentage, or we have no such rate: never another one by guess."""
        if percent is None:
            return None
        return next(
            (rate for country in self.countries if (rate := self.found.get((country, percent)))), None
        )


def _wanted_skus(lines: Iterable[LineDraft]) -> list[str]:
    return list(
        dict.fromkeys(line.sku for line in lines if line.kind == _ITEM and line.sku and not line.doubt)
    )


def _articles_by_sku(skus: Sequence[str]) -> dict[str, Article]:
    found: dict[str, Article] = {}
    for start in range(0, len(skus), _SKUS_AT_ONCE):
        chunk = skus[start : start + _SKUS_AT_ONCE]
        rows = Article.objects.filter(sku__in=chunk).only("id", "sku", "has_variants")
        found.update({article.sku: article for article in rows})
    return found


def _create_articles(
    draft: OrderDraft,
    missing: Sequence[str],
    rates: _VatRates,
    articles: dict[str, Article],
    built: BuiltLines,
) -> None:
    """Bare articles, without a price. Another worker may be faster with the same SKU: then his is taken."""
    first: dict[str, LineDraft] = {}
    for line in draft.lines:
        if line.kind == _ITEM and line.sku in missing and not line.doubt:
            first.setdefault(line.sku, line)
    Article.objects.bulk_create(
        [
            Article(sku=sku, name=line.name[:300], vat_rate=rates.of(line.vat_percent))
            for sku, line in sorted(first.items())  # in one order, so that two workers never wait in a ring
        ],
        ignore_conflicts=True,
        batch_size=_SKUS_AT_ONCE,
    )
    made = _articles_by_sku(missing)
    articles.update(made)
    built.created.extend(made.values())
    for sku, line in first.items():
        gap = ""
        if rates.of(line.vat_percent) is None and line.vat_percent is not None and not draft.vat_exempt:
            gap = f"{rates.country} {line.vat_percent.normalize():f} %".strip()
        built.events.append(OrderEvent(kind=OrderEvent.Kind.ARTICLE, text=gap, data={"sku": sku}))


def _line(
    line: LineDraft, position: int, vat: Decimal, rates: _VatRates, articles: dict[str, Article]
) -> OrderLine:
    article = articles.get(line.sku) if line.kind == _ITEM and not line.doubt else None
    note = line.doubt
    if article and article.has_variants:
        # woocommerce.md §12: the parent's SKU stands on lines whose variant is gone
        note = _("This SKU belongs to an article with variants, and the shop does not say which one it was.")
        article = None
    before = line.net_before_discount
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
        vat_percent=line.vat_percent,
        vat_rate=rates.of(line.vat_percent),
        source_id=line.source_id,
        note=note[:500],
    )


def _rounding_line(position: int, amount: Decimal) -> OrderLine:
    return OrderLine(
        position=position, kind=OrderLine.Kind.ROUNDING, name=str(OrderLine.Kind.ROUNDING.label), net=amount
    )


def _unknown(draft: OrderDraft, missing: Sequence[str]) -> UnknownArticles:
    shown = ", ".join(missing[:5])
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
        detail=f"source={draft.source} id={draft.source_id} skus={missing[:50]}",
        key=f"article_unknown:{missing[0]}",
    )
