"""The last seven days of a shop's runs, as the page Schedule draws them: long runs one by one, short ones counted."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Final

from django.db.models import Count
from django.db.models.functions import Coalesce, TruncDate
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from shops.models import Run, Shop

DAYS: Final = 7
# Those that may come every few minutes; their number says more than a bar for each.
SHORT: Final = (
    Run.Job.SYNC_CHANGED,
    Run.Job.EXPORT_STOCK,
    Run.Job.EXPORT_STATUSES,
    Run.Job.IMPORT_ORDERS,
)
_LEAST_WIDTH: Final = 0.8  # percent of a day, so that a run of a minute can still be seen and clicked
_MOST_BARS: Final = 40


@dataclass(frozen=True, slots=True)
class Bar:
    """One long run. left, width: percent of the day (of the clock, so that days have the same width)."""

    run: Run
    left: float
    width: float
    title: str


@dataclass(slots=True)
class Day:
    """short, failed: how many short runs there were, and how many of them failed."""

    day: date
    bars: list[Bar] = field(default_factory=list)
    short: int = 0
    failed: int = 0

    @property
    def words(self) -> str:
        """The day in one sentence, for who hears the page."""
        return _("%(day)s: %(long)s, %(short)s.") % {
            "day": date_format(self.day, "l j F"),
            "long": ngettext("%(n)d long run", "%(n)d long runs", len(self.bars)) % {"n": len(self.bars)},
            "short": ngettext("%(n)d short run", "%(n)d short runs", self.short) % {"n": self.short},
        }


def last_week(shop: Shop) -> list[Day]:
    """Oldest first, today last. Two queries."""
    today = timezone.localdate()
    days = {day: Day(day) for day in (today - timedelta(days=ago) for ago in reversed(range(DAYS)))}
    first = timezone.make_aware(datetime.combine(min(days), time.min))
    runs = Run.objects.filter(shop=shop, created_at__gte=first).exclude(mode=Run.Mode.FILE)
    runs = runs.exclude(state=Run.State.CANCELLED)
    counted = (
        runs.filter(job__in=SHORT)
        .annotate(day=TruncDate(Coalesce("started_at", "created_at")))
        .values_list("day", "state")
        .annotate(n=Count("id"))
        .order_by()
    )
    for day, state, n in counted:
        if day in days:
            days[day].short += n
            days[day].failed += n if state == Run.State.FAILED else 0
    long = runs.exclude(job__in=SHORT).filter(started_at__isnull=False).defer("detail", "options")
    for run in long.order_by("-id")[: _MOST_BARS * DAYS]:
        assert run.started_at is not None
        begun = timezone.localtime(run.started_at)
        if begun.date() in days:
            days[begun.date()].bars.append(_bar(run, begun))
    return list(days.values())


def _bar(run: Run, begun: datetime) -> Bar:
    ended = timezone.localtime(run.finished_at or timezone.now())
    left = _share(begun)
    right = _share(ended) if ended.date() == begun.date() else 100.0
    left = min(left, 100 - _LEAST_WIDTH)
    title = _("%(job)s, %(from)s to %(until)s: %(state)s") % {
        "job": run.get_job_display(),
        "from": date_format(begun, "H:i"),
        "until": date_format(ended, "H:i") if run.finished_at else _("now"),
        "state": run.get_state_display(),
    }
    return Bar(run, round(left, 2), round(max(right - left, _LEAST_WIDTH), 2), title)


def _share(moment: datetime) -> float:
    return (moment.hour * 60 + moment.minute) / (24 * 60) * 100
