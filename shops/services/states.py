"""The state of a shop in one word, from figures that are stored already; the lists and the dashboard show it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from django.db.models import Count, F, Window
from django.db.models.functions import RowNumber
from django.utils import timezone

from shops.models import Problem, Run, Shop

STRIP: Final = 24  # runs in the strip of a shop's card
Word = Literal["ok", "running", "causes", "stopped", "off", "new"]
ORDER: Final[tuple[Word, ...]] = ("stopped", "causes", "new", "running", "ok", "off")  # worst first


@dataclass(frozen=True, slots=True)
class ShopState:
    """last: the newest finished run. runs: the newest STRIP runs, oldest first. causes: open ones."""

    shop: Shop
    word: Word
    runs: tuple[Run, ...] = ()
    causes: int = 0

    @property
    def gaps(self) -> range:
        """As many places of the strip as there are no runs for yet."""
        return range(STRIP - len(self.runs))

    @property
    def last(self) -> Run | None:
        return next((run for run in reversed(self.runs) if run.is_finished), None)

    @property
    def current(self) -> Run | None:
        return next((run for run in reversed(self.runs) if run.state == Run.State.RUNNING), None)

    @property
    def last_at(self) -> datetime | None:
        last = self.last
        return last.finished_at if last else None


def shop_states(shops: Iterable[Shop]) -> dict[int, ShopState]:
    """{shop id: state}, two queries however many shops there are."""
    shops = list(shops)
    ids = [shop.pk for shop in shops]
    runs: dict[int, list[Run]] = {pk: [] for pk in ids}
    newest = (
        Run.objects.filter(shop_id__in=ids)
        .but_quiet_pushes()
        .annotate(place=Window(RowNumber(), partition_by=F("shop_id"), order_by=F("id").desc()))
        .filter(place__lte=STRIP)
        .defer("detail", "options")
        .order_by("id")
    )
    for run in newest:
        runs[run.shop_id].append(run)
    open_causes = Problem.objects.filter(shop_id__in=ids, state=Problem.State.OPEN).order_by()
    counts = dict(open_causes.values_list("shop_id").annotate(causes=Count("id")))
    return {
        shop.pk: ShopState(
            shop=shop,
            word=_word(shop, runs[shop.pk], causes := counts.get(shop.pk, 0)),
            runs=tuple(runs[shop.pk]),
            causes=causes,
        )
        for shop in shops
    }


def _word(shop: Shop, runs: list[Run], causes: int) -> Word:
    if not shop.active:
        return "off"
    if any(run.state == Run.State.RUNNING for run in runs):
        return "running"
    if shop.paused_until and shop.paused_until > timezone.now():
        return "stopped"
    finished = [run for run in runs if run.is_finished]
    if finished and finished[-1].state == Run.State.FAILED:
        return "stopped"
    failed_checks = any(finding.get("state") == "problem" for finding in shop.check_result)
    if failed_checks and (not finished or (shop.checked_at and finished[-1].created_at < shop.checked_at)):
        return "stopped"
    if causes:
        return "causes"
    if not finished and shop.checked_at is None:
        return "new"
    return "ok"
