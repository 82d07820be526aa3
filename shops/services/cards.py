"""The shops as the dashboard shows them: the state of each, what comes next, what failed, when it last called."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import Max, Sum
from django.utils import timezone

from shops.models import Listener, Problem, Shop, ShopCall, ShopSchedule
from shops.services.schedules import next_start
from shops.services.states import ORDER as WORST_FIRST
from shops.services.states import ShopState, shop_states

MOST_SHOPS: Final = 200


@dataclass(frozen=True, slots=True)
class ShopCard:
    """next_at, next: the next turn of a schedule; None = nothing runs by itself. failed: elements that the open causes
    hit. calls: the shop is to call us; called_at: when it last did, None = never yet."""

    state: ShopState
    next_at: datetime | None
    next: ShopSchedule | None
    failed: int
    calls: bool
    called_at: datetime | None


def shop_cards(*, next_up_to: int) -> list[ShopCard]:
    """All shops, worst first. The number of queries does not depend on how many there are.

    next_up_to: of more shops than this the next turn is not worked out (it asks of each what it has to do).
    """
    shops = list(Shop.objects.defer("options", "facts")[:MOST_SHOPS])
    states = shop_states(shops)
    ids = [shop.pk for shop in shops]
    coming = _coming(shops) if len(shops) <= next_up_to else {}
    open_causes = Problem.objects.filter(shop_id__in=ids, state=Problem.State.OPEN).order_by()
    failed: dict[int, int] = dict(open_causes.values_list("shop_id").annotate(how_many=Sum("count")))
    registered = Listener.objects.filter(shop_id__in=ids).exclude(address="")
    calling = set(registered.values_list("shop_id", flat=True))
    heard = ShopCall.objects.filter(shop_id__in=calling).order_by()
    called = dict(heard.values_list("shop_id").annotate(at=Max("received_at")))
    cards = [
        ShopCard(
            state=state,
            next_at=coming[pk][0] if pk in coming else None,
            next=coming[pk][1] if pk in coming else None,
            failed=failed.get(pk) or 0,
            calls=pk in calling,
            called_at=called.get(pk),
        )
        for pk, state in states.items()
    ]
    return sorted(cards, key=lambda card: (WORST_FIRST.index(card.state.word), card.state.shop.name))


def _coming(shops: Sequence[Shop]) -> dict[int, tuple[datetime, ShopSchedule]]:
    """{shop id: its next turn}."""
    schedules = ShopSchedule.objects.filter(shop__in=shops, active=True).select_related("shop__listener")
    now, found = timezone.now(), dict[int, tuple[datetime, ShopSchedule]]()
    for schedule in schedules.prefetch_related("shop__rules", "shop__listener__topics", "shop__feeds"):
        at = next_start(schedule, now)
        if at is not None and (schedule.shop_id not in found or at < found[schedule.shop_id][0]):
            found[schedule.shop_id] = (at, schedule)
    return found
