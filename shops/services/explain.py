"""Answers to "why does the shop show this?" and "why was nothing sent?", from what is stored; nothing is asked of a shop."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Final

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.lib.secrets import Unreadable
from inventory.models import Article, Category, StockLevel, Warehouse
from shops import elements
from shops.models import Change, Hold, Problem, RemoteElement, Rule, Run, Shop, Step

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
class Available:
    """total - buffer, never below zero, rounded down (DESIGN.md §3): the same as sync.local.amounts, line by line."""

    lines: tuple[LevelLine, ...]
    buffer: Decimal

    @property
    def total(self) -> Decimal:
        return sum((line.free for line in self.lines if line.counted), Decimal(0))

    @property
    def available(self) -> Decimal:
        return Decimal(max(math.floor(self.total - self.buffer), 0))


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
    levels = list(
        StockLevel.objects.filter(article=article).select_related("warehouse").order_by("warehouse")
    )
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


def arithmetic(shop: Shop, levels: Sequence[StockLevel]) -> Available:
    """levels: those of one article, with their warehouses."""
    chosen = {warehouse.pk for warehouse in shop.warehouses.all()}
    lines = [
        LevelLine(level.warehouse, level.on_hand, level.reserved, level.warehouse_id in chosen)
        for level in levels
    ]
    return Available(tuple(sorted(lines, key=lambda line: not line.counted)), shop.safety_buffer)


def _in_shop(
    shop: Shop,
    article: Article,
    found: dict[tuple[int, str], RemoteElement],
    levels: Sequence[StockLevel],
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
    if not here.linked or not article.counted or rule is None or rule.linked != Rule.Linked.SHOP:
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


# Why was nothing sent?


@dataclass(frozen=True, slots=True)
class Answer:
    """One reason why nothing (or not everything) was sent. weight: "stop" keeps everything back, "part" some of it,
    "fine" is no fault."""

    weight: str
    title: str
    text: str = ""
    url: str = ""
    button: str = ""


def why_nothing_was_sent(shop: Shop) -> list[Answer]:
    """All reasons, the one that keeps back most first. A fixed number of queries."""
    rules = list(shop.rules.all())
    runs = list(
        Run.objects.filter(shop=shop, mode=Run.Mode.WEB).defer("detail", "options").order_by("-id")[:30]
    )
    last = next((run for run in runs if run.is_finished and run.job not in _READING), None)
    steps = list(last.steps.order_by("position")) if last is not None else []
    answers = [
        *_switched(shop),
        *_ruled(shop, rules),
        *_queued(runs),
        *_last_run(last, steps),
        *_held_back(shop),
    ]
    order = {"stop": 0, "part": 1, "fine": 2}
    return sorted(answers, key=lambda answer: order[answer.weight])


_READING: Final = (Run.Job.READ, Run.Job.IMPORT_ORDERS, Run.Job.UNDO)


def _switched(shop: Shop) -> list[Answer]:
    url, button = reverse("admin:shops_shop_change", args=[shop.pk]), _("Open Connection")
    if not shop.active:
        return [Answer("stop", _("The shop is switched off."), _("Nothing is read or written."), url, button)]
    if not shop.credentials or isinstance(shop.credentials, Unreadable):
        return [Answer("stop", _("No login is saved."), _("Enter it and test the settings."), url, button)]
    if shop.paused_until and shop.paused_until > timezone.now():
        text = _("It is tried again by itself. %(why)s") % {"why": shop.pause_reason}
        return [Answer("stop", _("The shop is paused, because it kept failing."), text, url, button)]
    return []


def _ruled(shop: Shop, rules: list[Rule]) -> list[Answer]:
    url, button = reverse("admin:shops_shop_matrix", args=[shop.pk]), _("Open What to sync")
    answers = []
    if shop.overwrite_confirmed_at is None:
        answers.append(
            Answer(
                "stop",
                _("Overwriting was not confirmed yet."),
                _("Before the first sync a person confirms that updates overwrite the other side."),
                url,
                button,
            )
        )
    sending = [
        rule for rule in rules if rule.linked == Rule.Linked.SHOP or rule.export_there or rule.delete_there
    ]
    if not sending:
        answers.append(
            Answer(
                "stop",
                _("No rule sends anything to the shop."),
                _("All types are left alone there."),
                url,
                button,
            )
        )
        return answers
    off = [str(rule.get_kind_display()) for rule in rules if rule not in sending]
    if off:
        names = {"types": ", ".join(off)}
        answers.append(
            Answer("fine", _("These types are not sent by the rules: %(types)s.") % names, "", url, button)
        )
    if any(rule.kind == elements.STOCK for rule in sending) and not shop.warehouses.exists():
        place = reverse("admin:shops_shop_stock_prices", args=[shop.pk])
        answers.append(
            Answer(
                "part", _("No warehouse is chosen, so no stock is sent."), "", place, _("Choose warehouses")
            )
        )
    if any(rule.kind == elements.PRICE for rule in sending) and shop.price_list_id is None:
        place = reverse("admin:shops_shop_stock_prices", args=[shop.pk])
        answers.append(
            Answer(
                "part",
                _("No price list is chosen, so no price is sent."),
                "",
                place,
                _("Choose a price list"),
            )
        )
    return answers


def _queued(runs: list[Run]) -> list[Answer]:
    """The oldest run that waits, and behind which other."""
    waiting = next((run for run in reversed(runs) if run.state == Run.State.WAITING), None)
    if waiting is None:
        return []
    url, button = (
        reverse("admin:shops_run_change", args=[waiting.pk]),
        _("Watch run %(run)s") % {"run": waiting.pk},
    )
    ahead = next((run for run in runs if run.state == Run.State.RUNNING and run.lane == waiting.lane), None)
    if ahead is not None:
        title = _("Run %(run)s waits behind run %(ahead)s.") % {"run": waiting.pk, "ahead": ahead.pk}
        return [Answer("part", title, _("It begins by itself as soon as that one has ended."), url, button)]
    if waiting.not_before and waiting.not_before > timezone.now():
        title = _("Run %(run)s is paused until %(time)s.") % {
            "run": waiting.pk,
            "time": timezone.localtime(waiting.not_before).strftime("%H:%M"),
        }
        return [Answer("part", title, waiting.message, url, button)]
    return [Answer("part", _("Run %(run)s waits for a worker.") % {"run": waiting.pk}, "", url, button)]


def _last_run(last: Run | None, steps: list[Step]) -> list[Answer]:
    if last is None:
        return [
            Answer(
                "stop",
                _("Nothing has run yet that could send anything."),
                _("Synchronise once, or look at a preview first."),
            )
        ]
    url, button = reverse("admin:shops_run_change", args=[last.pk]), _("See run %(run)s") % {"run": last.pk}
    if last.state == Run.State.FAILED:
        return [
            Answer("stop", _("The last run failed: %(why)s") % {"why": last.message}, last.cure, url, button)
        ]
    if last.state == Run.State.CANCELLED:
        return [
            Answer("part", _("The last run was stopped: %(why)s") % {"why": last.message}, "", url, button)
        ]
    answers = [
        Answer(
            "part",
            _("%(type)s: not done. %(why)s") % {"type": step.get_kind_display(), "why": step.message},
            step.cure,
            url,
            button,
        )
        for step in steps
        if step.state in (Step.State.FAILED, Step.State.SKIPPED)
    ]
    if not answers and not any(step.shop or step.failed or step.held for step in steps):
        answers.append(
            Answer(
                "fine",
                _("There was no change to send."),
                _("The last run compared both sides and found them equal."),
                url,
                button,
            )
        )
    return answers


def _held_back(shop: Shop) -> list[Answer]:
    answers = []
    hold = Hold.objects.filter(run__shop=shop, state=Hold.State.OPEN).order_by("-id").first()
    if hold is not None:
        title = _("The brake holds changes: %(risk)s, %(count)s.") % {
            "risk": hold.get_risk_display().lower(),
            "count": hold.count,
        }
        url = reverse("admin:shops_run_change", args=[hold.run_id])
        answers.append(Answer("part", title, _("Release or discard them."), url, _("See what is held")))
    causes = Problem.objects.filter(shop=shop, state=Problem.State.OPEN).count()
    if causes:
        url = f"{reverse('admin:shops_problem_changelist')}?state__exact=open&shop__id__exact={shop.pk}"
        title = _("Elements are set aside, because the shop refused them or something is missing.")
        answers.append(Answer("part", title, _("Each cause names its cure."), url, _("See the causes")))
    return answers
