"""Take parked orders in from what is stored of them: no request to the shop, each in a transaction of its own."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, cast

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import DatabaseError, transaction
from django.db.models import Count
from django.utils import translation
from django.utils.translation import gettext as _

from inventory.models import Company
from orders.errors import Parked
from orders.models import Order
from shops import elements
from shops.content import from_content
from shops.models import IncomingOrder, Problem, RemoteElement, Shop
from shops.platforms.base import Platform
from shops.platforms.registry import platform_for
from shops.records import OrderRecord
from shops.sync.book import note_problem
from shops.sync.local.base import Side
from shops.sync.local.orders import Orders
from shops.sync.synced import taken

AT_ONCE: Final = 100  # as many as a person waits for; a job takes the rest
CHUNK: Final = 50

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Released:
    """orders: in the list now. still: those that wait on, with their new reason in `message`."""

    orders: list[Order] = field(default_factory=list)
    still: list[IncomingOrder] = field(default_factory=list)


def parked() -> Any:
    """The orders that wait, oldest first, without their payloads."""
    waiting = IncomingOrder.objects.filter(state=IncomingOrder.State.PARKED)
    return waiting.select_related("shop").defer("payload", "shop__facts", "shop__check_result").order_by("pk")


def take_in(rows: Sequence[IncomingOrder], *, by: AbstractBaseUser | None = None) -> Released:
    """Try these once more. One that fails never keeps another; why it waits on stands on it and on its cause.

    rows: with their shops. by: who cured the cause, None = it was cured elsewhere.
    """
    released = Released()
    causes = {row.problem_id for row in rows if row.problem_id}
    by_shop: dict[int, list[IncomingOrder]] = defaultdict(list)
    for row in rows:
        by_shop[row.shop_id].append(row)
    # What is written onto orders and causes is read by everybody, so it is in the firm's language.
    with translation.override(Company.load().language or settings.LANGUAGE_CODE):
        for waiting in by_shop.values():
            intake = _Intake(waiting[0].shop, by)
            for start in range(0, len(waiting), CHUNK):
                intake.take(waiting[start : start + CHUNK], released)
    recount(causes | {row.problem_id for row in released.still if row.problem_id}, by=by)
    return released


def recount(problem_ids: Collection[int], *, by: AbstractBaseUser | None = None) -> None:
    """Bring causes of parked orders up to how many wait for them now; one that keeps none is cured."""
    left = dict(
        IncomingOrder.objects.filter(state=IncomingOrder.State.PARKED, problem__in=problem_ids)
        .order_by()
        .values_list("problem")
        .annotate(n=Count("pk"))
    )
    for problem in Problem.objects.filter(pk__in=problem_ids):
        n = left.get(problem.pk, 0)
        if n:
            Problem.objects.filter(pk=problem.pk).update(count=n)
        elif problem.state != Problem.State.CURED:
            Problem.objects.filter(pk=problem.pk).update(count=0, state=Problem.State.CURED, cured_by=by)


class _Intake:
    """One shop's parked orders, with the same rules and the same translation as the engine has."""

    def __init__(self, shop: Shop, by: AbstractBaseUser | None) -> None:
        # Of the platform only what it declares is asked, so its class will do.
        self.local = Orders(Side(shop, cast(Platform, platform_for(shop))))
        self.shop, self.by = shop, by
        self._elements: dict[str, RemoteElement] = {}

    def take(self, rows: Sequence[IncomingOrder], released: Released) -> None:
        records = self.records(rows)
        self.local.translator.know(records.values())
        for row in rows:
            record = records.get(row.remote_id)
            if record is None:  # it could not be read; only reading it again helps
                released.still.append(row)
                continue
            try:
                order = self._take_one(row, record)
            except DatabaseError:
                logger.exception("parked order %s of shop %s does not fit", row.remote_id, self.shop.pk)
                order, row.message = None, _("It does not fit into Kontor's own rules.")
            if order is not None:
                released.orders.append(order)
            else:
                released.still.append(row)

    def records(self, rows: Iterable[IncomingOrder]) -> dict[str, OrderRecord]:
        """{the shop's id: the order as last read} of those that could be read."""
        found = RemoteElement.objects.of(self.shop, elements.ORDER).present()
        self._elements = {
            element.remote_id: element
            for element in found.filter(remote_id__in=[row.remote_id for row in rows])
        }
        return {
            remote_id: cast(OrderRecord, from_content(elements.ORDER, element.content, remote_id=remote_id))
            for remote_id, element in self._elements.items()
        }

    def _take_one(self, row: IncomingOrder, record: OrderRecord) -> Order | None:
        """None = it waits on. Where a colleague or the worker is faster, the order comes out all the same: once."""
        with transaction.atomic():
            try:
                accepted = self.local.take(record, row, by=self.by)
            except Parked as error:
                row.problem = note_problem(self.shop, elements.ORDER, error)
                row.message = error.message
                IncomingOrder.objects.filter(pk=row.pk).update(problem=row.problem)
                return None
            self.link(row.remote_id, accepted.order.pk)
            return accepted.order

    def link(self, remote_id: str, order_id: int) -> None:
        """What the engine keeps of a taken order, and nothing else: a read may be changing the element just now."""
        element = self._elements[remote_id]
        created = element.local_id is None
        element.local_id = order_id
        ours = self.local.records([order_id]).get(order_id)
        taken(element, ours, created=created, two_streams=True, whole=True)
        RemoteElement.objects.filter(pk=element.pk).update(
            local_id=order_id,
            synced_here_print=element.synced_here_print,
            synced_shop_print=element.synced_shop_print,
            problem=None,
            problem_print="",
        )
