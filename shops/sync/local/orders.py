"""Our side of orders: into the order list (O1, O2), and their statuses back to the shop (E3)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any, cast

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backoffice.lib.errors import KontorError
from orders.drafts import IntakeRules
from orders.errors import Parked
from orders.models import Order, SalesChannel
from orders.services.accept import Accepted, Outcome, accept_order
from orders.services.gone import gone_in_shop
from orders.services.reservations import OPEN
from shops.models import IncomingOrder, Problem, RemoteElement, Shop
from shops.models.elements import RemoteElementQuerySet
from shops.records import OrderRecord, Record
from shops.sync.jobs import Choice
from shops.sync.local.base import Incoming, LocalType, Planned, Side
from shops.sync.local.order_drafts import Translator
from shops.sync.local.statuses import begin_telling, besides, orders_to_tell, status_changes, told
from shops.sync.sold import note_sale

_OLD = "old"


class Orders(LocalType):
    """Natural key: the shop's own id. Orders are never created in a shop; what goes back is the status alone."""

    kind = "order"
    model = Order
    two_streams = True
    alone = True
    asks_own_links = False

    def __init__(self, side: Side) -> None:
        super().__init__(side)
        self._left_out: Counter[str] = Counter()
        self._incoming: dict[str, IncomingOrder] = {}  # by the shop's id, of the batch at work

    def natural_key(self, record: Record) -> str:
        return record.remote_id

    def wanted(self, records: Sequence[Record]) -> Sequence[Record]:
        """Those placed late enough and in a chosen status, and whatever came in before: that is followed always."""
        first, statuses = self.shop.orders_from, set(self.shop.import_statuses)
        reasons: dict[str, str] = {}
        for record in records:
            order = cast(OrderRecord, record)
            if first is not None and order.created_at is not None and order.created_at < first:
                reasons[order.remote_id] = _OLD
            elif statuses and order.status_id not in statuses:
                reasons[order.remote_id] = order.status_id or ""
        if not reasons:
            return records
        known = set(
            IncomingOrder.objects.filter(shop=self.shop, remote_id__in=reasons).values_list(
                "remote_id", flat=True
            )
        )
        for remote_id, reason in reasons.items():
            if remote_id not in known:
                self._left_out[reason] += 1
        return [record for record in records if record.remote_id not in reasons or record.remote_id in known]

    def left_out(self) -> dict[str, int]:
        counts, self._left_out = dict(self._left_out), Counter()
        return counts

    def left_out_sentences(self, counts: Mapping[str, int]) -> list[str]:
        """One sentence for the date, one for each status."""
        said = []
        for reason, n in counts.items():
            if reason == _OLD and self.shop.orders_from is not None:
                text = ngettext(
                    "%(n)d order was left out: it was placed before %(day)s.",
                    "%(n)d orders were left out: they were placed before %(day)s.",
                    n,
                )
                said.append(text % {"n": n, "day": date_format(timezone.localtime(self.shop.orders_from))})
            else:
                text = ngettext(
                    "%(n)d order was left out: its status “%(status)s” is not imported.",
                    "%(n)d orders were left out: their status “%(status)s” is not imported.",
                    n,
                )
                said.append(text % {"n": n, "status": self.translator.status_name(reason)})
        return said

    def missing(self, remote_ids: Collection[str]) -> None:
        """What was ordered is never forgotten here: the order stays; one that waits is not waited for any more."""
        super().missing(remote_ids)
        # If it comes back out of the shop's trash it is to be looked at, whatever it says then.
        RemoteElement.objects.of(self.shop, self.kind).filter(remote_id__in=remote_ids).update(
            synced_shop_print=""
        )
        rows = IncomingOrder.objects.filter(shop=self.shop, remote_id__in=remote_ids)
        parked = rows.filter(state=IncomingOrder.State.PARKED)
        parked.filter(order_id=None).update(
            state=IncomingOrder.State.LEFT_OUT,
            problem=None,
            message=_("It was deleted in the shop.")[:500],
            cure="",
        )
        parked.exclude(order_id=None).update(
            state=IncomingOrder.State.TAKEN, problem=None, take_whole=False, message="", cure="", cause=""
        )
        for remote_id in sorted(remote_ids):
            gone_in_shop(
                self.shop.code, remote_id, source_label=self.shop.name, follow=self.rules.update_status
            )

    def label(self, record: Record) -> str:
        order = cast(OrderRecord, record)
        name = order.billing.company or f"{order.billing.first_name} {order.billing.last_name}".strip()
        return f"{order.number or order.remote_id} {name}".strip()[:300]

    def find(self, keys: Collection[str]) -> dict[str, list[int]]:
        rows = Order.objects.filter(source=self.shop.code, source_id__in=keys).values_list("source_id", "pk")
        return {source_id: [pk] for source_id, pk in rows}

    def only_here(self) -> QuerySet[Any]:
        return Order.objects.none()

    def describe(self, ids: Collection[int]) -> dict[int, tuple[str, str]]:
        return {
            pk: (number, number)
            for pk, number in Order.objects.filter(pk__in=ids).values_list("pk", "number")
        }

    # Statuses to the shop

    def records(self, ids: Collection[int], *, for_create: bool = False) -> dict[int, Record | KontorError]:
        return status_changes(self.shop, self.side.remote_ids("order_status"), ids, parcels=self._parcels)

    @property
    def _parcels(self) -> bool:
        return self.side.platform.can(self.kind).parcels

    def besides(self, record: Record) -> dict[str, list[Any]]:
        return besides(record)

    def sending(self, records: Sequence[Record]) -> None:
        begin_telling(records)

    def sent(self, records: Sequence[Record]) -> None:
        told(records)

    def plan_linked(self, choice: Choice, *, after: int, limit: int) -> tuple[list[Planned], int, int] | None:
        """To the shop: statuses that differ. Here: orders whose content in the shop is not what was taken over."""
        if choice.linked != "here":
            return None
        changed = (
            RemoteElement.objects.of(self.shop, self.kind)
            .present()
            .linked()
            .filter(pk__gt=after)
            .filter(~Q(content_print=F("synced_shop_print")))
            .defer("content")
            .order_by("pk")
        )
        elements = list(changed[:limit])
        planned = [
            Planned(
                "update_here",
                element,
                element.local_id,
                name=element.name,
                key=element.natural_key,
                shop_print=element.content_print,
            )
            for element in elements
        ]
        return planned, (elements[-1].pk if len(elements) == limit else 0), len(elements)

    def worth_comparing(self, elements: RemoteElementQuerySet) -> RemoteElementQuerySet:
        return orders_to_tell(
            elements,
            self.side.remote_ids("order_status"),
            parcels=self._parcels,
            since=self.side.changed_since,
        )

    # Into the order list

    def prepare(self, items: Sequence[Incoming]) -> None:
        """What is stored of these orders, and whom and what the shop means in them."""
        rows = IncomingOrder.objects.filter(
            shop=self.shop, remote_id__in=[item.element.remote_id for item in items]
        )
        self._incoming = {row.remote_id: row for row in rows.defer("payload")}
        self.translator.know(cast(OrderRecord, item.record) for item in items)

    def apply(self, items: Sequence[Incoming]) -> list[int | KontorError]:
        """One transaction an order (accept_order opens it): one bad order never blocks the next."""
        return [self._apply_one(item, self._incoming.get(item.element.remote_id)) for item in items]

    def _apply_one(self, item: Incoming, row: IncomingOrder | None) -> int | KontorError:
        try:
            return self.take(cast(OrderRecord, item.record), row).order.pk
        except Parked as error:
            return error

    def take(
        self,
        record: OrderRecord,
        row: IncomingOrder | None,
        *,
        by: AbstractBaseUser | None = None,
    ) -> Accepted:
        """Into the order list, and onto the row of the incoming order what became of it. Tell the translator before.

        by: the person who cured what it had waited for. Where somebody wants the shop's version of a known order in
        full, the row says so. Raises Parked, which stands on the row then.
        """
        rules = self.rules
        if row is not None and row.take_whole:
            rules, by = replace(rules, overwrite=True), by or row.decided_by
        if row is not None and row.allowed_difference is not None and row.allowed_print == row.payload_print:
            rules = replace(rules, allowed_difference=row.allowed_difference)
        try:
            accepted = accept_order(self.translator.draft(record), rules=rules, by=by)
        except Parked as error:
            self._remember(
                row,
                state=IncomingOrder.State.PARKED,
                message=error.message,
                cure=error.cure,
                cause=error.code,
                data=error.data,
            )
            raise
        self._remember(
            row,
            state=IncomingOrder.State.TAKEN,
            order_id=accepted.order.pk,
            take_whole=False,
            problem=None,
            message="",
            cure="",
            cause="",
            data={},
        )
        # An order that was over when it came in takes nothing from the shop's stock any more.
        if accepted.outcome != Outcome.CREATED or accepted.order.state in OPEN:
            note_sale(self.shop, record)
        return accepted

    def refused(self, item: Incoming, problem: Problem | None) -> None:
        rows = IncomingOrder.objects.filter(shop=self.shop, remote_id=item.element.remote_id)
        rows.update(problem=problem, state=IncomingOrder.State.PARKED)

    @staticmethod
    def _remember(row: IncomingOrder | None, **values: Any) -> None:
        if row is not None:
            for name in ("message", "cure"):
                values[name] = str(values[name])[:500]
            IncomingOrder.objects.filter(pk=row.pk).update(**values)

    @cached_property
    def translator(self) -> Translator:
        return Translator(self.side)

    @cached_property
    def rules(self) -> IntakeRules:
        """The shop's rules, as the tab Orders shows them."""
        shop = self.shop
        waits = shop.unmapped == Shop.Unmapped.PARK or (
            shop.unmapped == Shop.Unmapped.DOCUMENTS and SalesChannel.of(shop.code).issues_by_itself
        )
        return IntakeRules(
            articles=cast(Any, shop.unknown_articles),
            customers=cast(Any, shop.unknown_customers),
            collective_customer_id=shop.collective_customer_id,
            park_unmapped=waits,
            update_status=shop.update_known_status
            or self._statuses_come_here()
            or self.side.announced(self.kind),
            rewrite=shop.rewrite_known,
            accept=shop.accept_orders,
            tolerance=shop.rounding_tolerance,
        )

    def _statuses_come_here(self) -> bool:
        choice = self.side.choices.get(self.kind)
        return choice is not None and choice.statuses == "here"
