"""What drifted apart: our side had not moved since it was last sent, and the shop showed something else all the same."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from django.utils.translation import ngettext

from shops.models import Change, Run, Shop

# The jobs that read the shop whole, so that they would have seen any drift.
COMPARING: Final = (Run.Job.SYNC, Run.Job.RECONCILE)
SHOWN: Final = 8


@dataclass(frozen=True, slots=True)
class Drift:
    """What one run found. mended: how many of `count` are as they should be now."""

    run: Run
    count: int
    mended: int
    examples: list[Change] = field(default_factory=list)

    @property
    def left(self) -> int:
        return self.count - self.mended

    @property
    def text(self) -> str:
        return ngettext(
            "In %(shop)s %(n)d element was not as it was last sent, although nothing had changed here.",
            "In %(shop)s %(n)d elements were not as they were last sent, although nothing had changed here.",
            self.count,
        ) % {"shop": self.run.shop, "n": self.count}

    @property
    def outcome(self) -> str:
        """What became of it."""
        if not self.left:
            return ngettext("It was put right.", "All of them were put right.", self.count)
        return ngettext(
            "%(n)d of them was not put right: look at its result.",
            "%(n)d of them were not put right: look at their results.",
            self.left,
        ) % {"n": self.left}


def drift_of(run: Run, *, shown: int = SHOWN) -> Drift:
    """What this run found, with a few examples: two queries, three when there is something."""
    found = Change.objects.filter(run=run, drift=True)
    count = found.count()
    if not count:
        return Drift(run, 0, 0)
    mended = found.filter(state=Change.State.DONE).count()
    return Drift(run, count, mended, list(found.order_by("id")[:shown]))


def last_comparison(shop: Shop) -> Drift | None:
    """What the newest run that read the whole shop found; None = there was none yet."""
    run = (
        Run.objects.filter(shop=shop, job__in=COMPARING, mode=Run.Mode.WEB)
        .filter(state__in=[Run.State.DONE, Run.State.PARTLY])
        .defer("detail")
        .select_related("shop")
        .order_by("-id")
        .first()
    )
    return drift_of(run) if run is not None else None
