"""Our side of orders: into the order list (O1, O2), and their statuses back to the shop (E3)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, cast

from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _

from backoffice.lib.errors import KontorError
from orders.drafts import IntakeRules, LineDraft, OrderDraft
from orders.errors import Parked
from orders.models import Order
from orders.services.accept import accept_order
from shops.models import IncomingOrder, Problem, RemoteElement
from shops.records import OrderLineRecord, OrderRecord, OrderStatusChange, Record
from shops.sync.jobs import Choice
from shops.sync.local.addresses import as_draft
from shops.sync.local.base import Incoming, LocalType, Planned, not_linked


class Orders(LocalType):
    """Natural key: the shop's own id. Orders are never created in a shop; what goes back is the status alone."""

    kind = "order"
    model = Order
    only_own_changes = True

    def natural_key(self, record: Record) -> str:
        return record.remote_id

    def wanted(self, record: Record) -> bool:
        order = cast(OrderRecord, record)
        first = self.shop.orders_from
        return first is None or order.created_at is None or order.created_at >= first

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
        remote_of = self.side.remote_ids("order_status")
        records: dict[int, Record | KontorError] = {}
        for order in Order.objects.filter(pk__in=ids, status__isnull=False).select_related("status"):
            assert order.status is not None
            remote_id = remote_of.get(order.status.pk)
            records[order.pk] = (
                OrderStatusChange(status_id=remote_id)
                if remote_id is not None
                else not_linked(
                    _("The order status"), order.status.name, self.shop, f"status_unmapped:{order.status.pk}"
                )
            )
        return records

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

    # Into the order list

    def apply(self, items: Sequence[Incoming]) -> list[int | KontorError]:
        """One transaction an order (accept_order opens it): one bad order never blocks the next."""
        rows = {
            row.remote_id: row
            for row in IncomingOrder.objects.filter(
                shop=self.shop, remote_id__in=[item.element.remote_id for item in items]
            ).defer("payload")
        }
        return [self._apply_one(item, rows.get(item.element.remote_id)) for item in items]

    def _apply_one(self, item: Incoming, row: IncomingOrder | None) -> int | KontorError:
        try:
            accepted = accept_order(self.draft(cast(OrderRecord, item.record)), rules=self.rules())
        except Parked as error:
            self._remember(row, state=IncomingOrder.State.PARKED, message=error.message, cure=error.cure)
            return error
        self._remember(
            row,
            state=IncomingOrder.State.TAKEN,
            order_id=accepted.order.pk,
            problem=None,
            message="",
            cure="",
        )
        return accepted.order.pk

    def refused(self, item: Incoming, problem: Problem | None) -> None:
        rows = IncomingOrder.objects.filter(shop=self.shop, remote_id=item.element.remote_id)
        rows.update(problem=problem, state=IncomingOrder.State.PARKED)

    @staticmethod
    def _remember(row: IncomingOrder | None, **values: Any) -> None:
        if row is not None:
            for name in ("message", "cure"):
                values[name] = str(values[name])[:500]
            IncomingOrder.objects.filter(pk=row.pk).update(**values)

    def rules(self) -> IntakeRules:
        return IntakeRules(
            create_articles=self.shop.create_articles,
            create_customers=self.shop.create_customers,
            update_status=self.shop.update_known_status or self._statuses_come_here(),
        )

    def _statuses_come_here(self) -> bool:
        choice = self.side.choices.get(self.kind)
        return choice is not None and choice.statuses == "here"

    def draft(self, record: OrderRecord) -> OrderDraft:
        """The shop's ids translated to ours by the links; what is not linked stays unmapped, never guessed."""
        shipping = next((line for line in record.lines if line.kind == "shipping"), None)
        shipping_id = shipping.method_id if shipping is not None else ""
        status = self.side.local_ids("order_status").get(record.status_id or "")
        return OrderDraft(
            source=self.shop.code,
            source_id=record.remote_id,
            source_label=self.shop.name,
            number=record.number,
            currency=record.currency,
            placed_at=record.created_at,
            paid_at=record.paid_at,
            email=record.email,
            vat_id=record.vat_id,
            billing=as_draft(record.billing),
            delivery=as_draft(record.shipping) if record.shipping is not None else None,
            customer_note=record.customer_note,
            status_id=status,
            payment_method_id=self.side.local_ids("payment_method").get(record.payment_method_id),
            payment_name=record.payment_method_name or record.payment_method_id,
            transaction_id=record.transaction_id,
            shipping_method_id=self.side.local_ids("shipping_method").get(shipping_id),
            shipping_name=shipping.name if shipping is not None else "",
            prices_gross=record.prices_gross,
            vat_exempt=record.vat_exempt,
            total=record.total,
            total_vat=record.total_tax,
            lines=tuple(_line(line) for line in record.lines),
            coupons=tuple(code for code, _amount in record.coupons),
            refunds=tuple(refund.amount for refund in record.refunds),
        )


def _line(line: OrderLineRecord) -> LineDraft:
    return LineDraft(
        kind=line.kind,
        source_id=line.remote_id,
        sku=line.sku,
        name=line.name,
        quantity=line.quantity,
        net=line.net,
        vat=line.tax,
        net_before_discount=line.net_before_discount,
        vat_percent=line.vat_percent,
        doubt=line.doubt,
    )
