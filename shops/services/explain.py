"""The answer to "why does the shop show this?", from what is stored; nothing is asked of a shop."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_FLOOR, Decimal
from typing import Final

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from inventory.models import Article, Category, SetComponent, StockLevel, Warehouse
from shops import elements
from shops.models import Change, Hold, Problem, RemoteElement, Rule, Run, Shop

KINDS: Final = (elements.ARTICLE, elements.STOCK, elements.PRICE)
CHANGES: Final = 20
SHOPS: Final = 100
_State = RemoteElement.State


@dataclass(frozen=True, slots=True)
class LevelLine:
    """One warehouse of the arithmetic. counted: whether the shop's stock is made of it."""

    warehouse: Warehouse
    on_hand: Decimal
    reserved: Decimal
    counted: bool

    @property
    def free(self) -> Decimal:
        return self.on_hand - self.reserved


@dataclass(frozen=True, slots=True)
class PartLine:
    """One part of a set. free: in the warehouses that count for the shop; pieces: so many of it are in one set."""

    article: Article
    pieces: Decimal
    free: Decimal

    @property
    def makes(self) -> Decimal:
        return (self.free / self.pieces).to_integral_value(ROUND_FLOOR)


@dataclass(frozen=True, slots=True)
class Available:
    """total - buffer, never below zero, rounded down (DESIGN.md §3): the same as sync.local.amounts, line by line.

    parts: of a set, which has no levels of its own; None = it is none.
    """

    lines: tuple[LevelLine, ...]
    buffer: Decimal
    parts: tuple[PartLine, ...] | None = None

    @property
    def total(self) -> Decimal:
        if self.parts is not None:
            return min((part.makes for part in self.parts), default=Decimal(0))
        return sum((line.free for line in self.lines if line.counted), Decimal(0))

    @property
    def available(self) -> Decimal:
        return Decimal(max(math.floor(self.total - self.buffer), 0))


@dataclass(frozen=True, slots=True)
class Levels:
    """rows: of the article, or of the parts of a set. parts None = it is no set."""

    rows: list[StockLevel]
    parts: list[SetComponent] | None


@dataclass(frozen=True, slots=True)
class Value:
    """What a shop was sent last, and what it showed last. None = never, or not known."""

    sent: Decimal | None = None
    sent_at: datetime | None = None
    seen: Decimal | None = None
    seen_at: datetime | None = None


@dataclass(slots=True)
class InShop:
    """One article in one shop. state: ok, warn, bad or muted, with words. cure: what to do, and where (url)."""

    shop: Shop
    link: RemoteElement | None
    stock: Value
    price: Value
    available: Available
    state: str = "ok"
    words: str = ""
    cure: str = ""
    url: str = ""
    oversold: bool = False
    problems: list[Problem] = field(default_factory=list)

    @property
    def linked(self) -> bool:
        return self.link is not None and self.link.state == _State.PRESENT


@dataclass(frozen=True, slots=True)
class ArticleStory:
    shops: list[InShop]
    changes: list[Change]


def explain_article(article: Article) -> ArticleStory:
    """The article in every shop, and its last changes. The same number of queries however many shops there are."""
    shops = list(
        Shop.objects.prefetch_related("rules", "warehouses", "excluded_categories").defer(
            "credentials", "facts", "check_result"
        )[:SHOPS]
    )
    found: dict[tuple[int, str], RemoteElement] = {}
    rows = RemoteElement.objects.filter(kind__in=KINDS, local_id=article.pk).select_related("problem")
    for element in rows.defer("content"):
        found[element.shop_id, element.kind] = element
    levels = levels_of(article)
    groups = _groups_of(article)
    changes = list(
        Change.objects.filter(kind__in=KINDS, local_id=article.pk)
        .exclude(run__mode=Run.Mode.PREVIEW, state=Change.State.PLANNED)
        .select_related("run__shop", "problem", "hold")
        .defer("run__detail", "run__options", "run__shop__credentials", "problem__detail")
        .order_by("-id")[:CHANGES]
    )
    return ArticleStory([_in_shop(shop, article, found, levels, groups, changes) for shop in shops], changes)


def _groups_of(article: Article) -> set[int]:
    """The categories of the article; a variant belongs where its parent does (ArticleQuerySet.outside_of)."""
    ids = [pk for pk in (article.pk, article.parent_id) if pk]
    return set(Category.objects.filter(articles__in=ids).values_list("pk", flat=True))


def levels_of(article: Article) -> Levels:
    """The article's levels, and where it is a set its parts with theirs; two queries."""
    parts = list(article.components.select_related("component")) if article.kind == Article.Kind.SET else None
    wanted = [article.pk, *(part.component_id for part in parts or ())]
    levels = (
        StockLevel.objects.filter(article__in=wanted).select_related("warehouse").order_by("warehouse", "pk")
    )
    return Levels(list(levels), parts)


def arithmetic(shop: Shop, levels: Levels) -> Available:
    chosen = {warehouse.pk for warehouse in shop.warehouses.all()}
    if levels.parts is not None:
        free: dict[int, Decimal] = defaultdict(Decimal)
        for level in levels.rows:
            if level.warehouse_id in chosen:
                free[level.article_id] += level.on_hand - level.reserved
        parts = [PartLine(part.component, part.quantity, free[part.component_id]) for part in levels.parts]
        return Available((), shop.safety_buffer, tuple(parts))
    lines = [
        LevelLine(level.warehouse, level.on_hand, level.reserved, level.warehouse_id in chosen)
        for level in levels.rows
    ]
    return Available(tuple(sorted(lines, key=lambda line: not line.counted)), shop.safety_buffer)


def _in_shop(
    shop: Shop,
    article: Article,
    found: dict[tuple[int, str], RemoteElement],
    levels: Levels,
    groups: set[int],
    changes: Sequence[Change],
) -> InShop:
    link = found.get((shop.pk, elements.ARTICLE))
    parts = [found[key] for kind in KINDS if (key := (shop.pk, kind)) in found]
    here = InShop(
        shop=shop,
        link=link,
        stock=_value(found.get((shop.pk, elements.STOCK))),
        price=_value(found.get((shop.pk, elements.PRICE))),
        available=arithmetic(shop, levels),
        problems=[part.problem for part in parts if part.problem is not None],
    )
    rules = {rule.kind: rule for rule in shop.rules.all()}
    held = [change.hold for change in changes if change.hold and change.run.shop_id == shop.pk]
    here.oversold = _oversold(here, article, rules)
    _judge(here, article, rules, groups, [hold for hold in held if hold.state == Hold.State.OPEN])
    return here


def _value(element: RemoteElement | None) -> Value:
    if element is None:
        return Value()
    return Value(element.sent_value, element.sent_at, element.seen_value, element.seen_at)


def _oversold(here: InShop, article: Article, rules: dict[str, Rule]) -> bool:
    """Whether the shop shows more than there is, though its stock should come from here."""
    rule = rules.get(elements.STOCK)
    if not here.linked or not article.deliverable or rule is None or rule.linked != Rule.Linked.SHOP:
        return False
    return here.stock.seen is not None and here.stock.seen > here.available.available


def _judge(
    here: InShop, article: Article, rules: dict[str, Rule], groups: set[int], held: list[Hold]
) -> None:
    """The one sentence of the state, the worst first."""
    shop = here.shop
    settings = reverse("admin:shops_shop_change", args=[shop.pk])
    if not shop.active:
        _set(here, "muted", _("The shop is switched off."), _("Switch it on under Connection."), settings)
    elif shop.paused_until and shop.paused_until > timezone.now():
        _set(here, "bad", _("The shop is paused: %(why)s") % {"why": shop.pause_reason}, "", settings)
    elif here.problems:
        problem = here.problems[0]
        url = f"{reverse('admin:shops_problem_changelist')}?id__exact={problem.pk}"
        _set(here, "bad", problem.message, problem.cure, url)
    elif held:
        run_url = reverse("admin:shops_run_change", args=[held[0].run_id])
        words = _("Held by the brake: %(risk)s.") % {"risk": held[0].get_risk_display().lower()}
        _set(here, "warn", words, _("Release or discard it on the run's page."), run_url)
    elif here.link is None:
        _judge_missing(here, article, rules, groups)
    elif here.link.state != _State.PRESENT:
        _set(here, "warn", str(here.link.get_state_display()), "", "")
    elif here.oversold:
        _set(
            here,
            "warn",
            _("It shows more than there is."),
            _("The next stock export corrects it."),
            reverse("admin:shops_shop_start", args=[shop.pk, Run.Job.EXPORT_STOCK, Run.Mode.WEB]),
        )
    else:
        _set(here, "ok", _("Nothing stands in the way."), "", "")


def _set(here: InShop, state: str, words: str, cure: str, url: str) -> None:
    here.state, here.words, here.cure, here.url = state, words, cure, url


def _judge_missing(here: InShop, article: Article, rules: dict[str, Rule], groups: set[int]) -> None:
    """Why an article is not in the shop."""
    shop = here.shop
    rule = rules.get(elements.ARTICLE)
    left_out = {category.pk: category for category in shop.excluded_categories.all()}
    hit = next((left_out[pk] for pk in groups if pk in left_out), None)
    matrix = reverse("admin:shops_shop_matrix", args=[shop.pk])
    if hit is not None:
        url = reverse("admin:shops_shop_stock_prices", args=[shop.pk])
        _set(here, "muted", _("The group “%(group)s” is left out.") % {"group": hit.name}, "", url)
    elif not article.active:
        _set(here, "muted", _("The article is switched off, so it is not created there."), "", "")
    elif rule is None or not rule.export_there:
        _set(
            here,
            "muted",
            _("It is not exported: “Export” of articles is not ticked."),
            _("Tick it under What to sync."),
            matrix,
        )
    else:
        _set(here, "warn", _("It is created there by the next sync."), "", "")
