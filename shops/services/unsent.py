"""The answer to "why was nothing sent?", from what is stored; nothing is asked of the shop."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.lib.secrets import Unreadable
from shops import elements
from shops.models import Feed, Hold, Problem, Rule, Run, Shop, Step
from shops.platforms.registry import platform_classes


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
        Run.objects.filter(shop=shop, mode=Run.Mode.WEB)
        .but_quiet_pushes()
        .defer("detail", "options")
        .order_by("-id")[:30]
    )
    last = next((run for run in runs if run.is_finished and run.job not in _READING), None)
    steps = list(last.steps.order_by("position")) if last is not None else []
    answers = [
        *_switched(shop),
        *(_filed(shop) if _exchanges_files(shop) else _ruled(shop, rules)),
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
    # A server for files may need no login, as a folder does; "Test settings" says what it needs.
    if isinstance(shop.credentials, Unreadable) or not (shop.credentials or _exchanges_files(shop)):
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
    kinds = {rule.kind for rule in sending}
    return [*answers, *_chosen(shop, stock=elements.STOCK in kinds, prices=elements.PRICE in kinds)]


def _chosen(shop: Shop, *, stock: bool, prices: bool) -> list[Answer]:
    """What is not chosen of where stock and prices come from."""
    place = reverse("admin:shops_shop_stock_prices", args=[shop.pk])
    answers = []
    if stock and not shop.warehouses.exists():
        title = _("No warehouse is chosen, so no stock is sent.")
        answers.append(Answer("part", title, "", place, _("Choose warehouses")))
    if prices and shop.price_list_id is None:
        title = _("No price list is chosen, so no price is sent.")
        answers.append(Answer("part", title, "", place, _("Choose a price list")))
    return answers


def _exchanges_files(shop: Shop) -> bool:
    platform = platform_classes().get(shop.platform)  # it may have been taken out of the settings
    return platform is not None and platform.exchanges_files


def _filed(shop: Shop) -> list[Answer]:
    """Of a shop to which nothing goes but files: whether there are any, and what is wrong with which."""
    url, button = reverse("admin:shops_shop_files", args=[shop.pk]), _("Open Files")
    feeds = list(Feed.objects.filter(shop=shop).active())
    if not feeds:
        title = _("No file is set up for this shop yet.")
        return [Answer("stop", title, _("Each file is written and sent by its export."), url, button)]
    broken = [
        Answer("part", f"{feed.name}: {feed.message}", feed.cure, url, button)
        for feed in feeds
        if feed.message
    ]
    return [*broken, *_chosen(shop, stock=True, prices=True)]


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
