"""What orders do to the stock: they keep goods back, and what is issued for them leaves the warehouse (O6, O7).

    an order is new, parked or accepted     its lines are kept back (Reservation rows, `reserved` of the levels)
    a document that moves stock is closed   its goods leave; the reservations of its order end as far as it goes
    the order is done without one           its goods have left all the same: they are booked out
    it is cancelled                         what was kept back is free again
    a credit note with returns is closed    the goods come back

A line without an article (unknown SKU), a service and a parent of variants keep nothing back and move nothing; a set
is its parts. Every function works in the caller's transaction, in which the order's row is locked: order rows first,
then documents and series, then stock levels.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import Q, Sum
from django.utils import timezone

from inventory.locks import LevelKey
from inventory.models import Article, StockMovement, Warehouse
from inventory.services.issuing import Shortage, book_gone, change_reserved, issue, shortage_sentence
from inventory.services.ledger import StockLine, to_step
from inventory.services.sets import parts_of
from inventory.services.stock import move
from orders.locks import lock_order
from orders.models import (
    Document,
    DocumentLine,
    Order,
    OrderEvent,
    OrderLine,
    Reservation,
    SalesChannel,
)

OPEN = frozenset({Order.State.NEW, Order.State.PARKED, Order.State.ACCEPTED})
_ITEM = OrderLine.Kind.ITEM
_NAMED = 8  # articles in a sentence of the time line

PartKey = tuple[int, int]  # order line id, article id
Kept = dict[PartKey, Reservation]


@dataclass(frozen=True, slots=True)
class Moved:
    """warnings: sentences about what was short; they stand in the order's time line and on the document already."""

    movements: tuple[StockMovement, ...] = ()
    warnings: tuple[str, ...] = ()


def reserve_order(order: Order) -> None:
    """Bring what is kept back for this order to what its lines still need; nothing where it is not open any more.

    The same again writes nothing. Use `changing_lines` around a change that may delete lines.
    """
    _keep(order, _kept(order), _needs(order) if order.state in OPEN else {})


def release_order_stock(order: Order) -> None:
    """Give everything free that is kept back for this order, whatever its state."""
    _keep(order, _kept(order), {})


def reserve_orders_with(article_id: int) -> None:
    """The article is counted otherwise from now on (other parts of a set, another kind): its open orders follow."""
    orders = Order.objects.filter(state__in=OPEN, lines__article=article_id, lines__kind=_ITEM)
    for pk in sorted(set(orders.values_list("pk", flat=True))):
        with transaction.atomic():
            reserve_order(lock_order(pk))


@contextmanager
def changing_lines(order: Order) -> Iterator[None]:
    """Lines are rewritten or deleted inside, and what follows from that is done; afterwards the reservations are right.

    A deleted line takes its reservations with it, so they are looked up before. The levels are touched at the end only,
    so that a document that is issued inside takes its number first.
    """
    before = _kept(order)
    yield
    kept = _kept(order)
    if before:
        there = set(OrderLine.objects.filter(order=order).values_list("pk", flat=True))
        kept |= {key: row for key, row in before.items() if row.line_id not in there}
    _keep(order, kept, _needs(order) if order.state in OPEN else {})


def issue_lines(document: Document, *, by: AbstractBaseUser | None = None) -> Moved:
    """The goods of a delivery note, or of an invoice that moves stock, leave the warehouse.

    Call it while closing, before the document is saved: it needs `number` for the ledger, and sets `moved_at` and
    `stock_note`, which the caller saves. What has left already by another paper (the invoice of a delivery note, an
    order that was done without one) does not leave again. A second call does nothing.

    Raises NotEnough where the warehouse refuses to go below zero; then nothing is written.
    """
    if document.moved_at is not None:
        return Moved()
    warehouse = _warehouse(document.order, document.warehouse)
    lines = list(document.lines.filter(kind=_ITEM, article__isnull=False, quantity__gt=0))
    if warehouse is None or not lines:
        document.moved_at = timezone.now()
        return Moved()
    order_lines = {
        line.pk: line
        for line in OrderLine.objects.filter(
            pk__in=[line.order_line_id for line in lines if line.order_line_id]
        )
    }
    leaving = _outstanding(document, lines, order_lines)
    parts = parts_of(article for article, _pieces in leaving)
    goods = _goods(leaving, parts, warehouse)
    OrderLine.objects.bulk_update(order_lines.values(), ["issued"])
    order = document.order
    if order is None:
        issued = issue(goods, reserved={}, cause=document.number, by=by)
    else:
        kept = _kept(order)
        changed = _changed(kept, _needs(order) if order.state in OPEN else {})
        issued = issue(goods, reserved=changed.levels, cause=document.number, by=by)
        changed.save(order)
        _tell_short(order, issued.shortages, by)
    warnings = tuple(shortage_sentence(shortage) for shortage in issued.shortages)
    document.moved_at, document.stock_note = timezone.now(), " ".join(warnings)[:500]
    return Moved(tuple(issued.movements), warnings)


def return_lines(credit_note: Document, *, by: AbstractBaseUser | None = None) -> Moved:
    """The goods of the lines with `returns` come back. Sets `moved_at` where something did; a second call does nothing.

    Warehouse: the credit note's, else that of the document it corrects, else the order's.
    """
    if credit_note.moved_at is not None:
        return Moved()
    corrected = credit_note.corrects.warehouse if credit_note.corrects else None
    warehouse = _warehouse(credit_note.order, credit_note.warehouse or corrected)
    lines = list(credit_note.lines.filter(kind=_ITEM, article__isnull=False, returns=True))
    if warehouse is None or not lines:
        return Moved()
    coming = [(line.article_id, abs(line.quantity)) for line in lines if line.article_id]
    parts = parts_of(article for article, _pieces in coming)
    movements = move(
        _goods(coming, parts, warehouse), kind=StockMovement.Kind.RETURN, cause=credit_note.number, by=by
    )
    credit_note.moved_at = timezone.now()
    return Moved(tuple(movements))


def goods_left(order: Order, *, by: AbstractBaseUser | None = None, source: str = "") -> Moved:
    """The order is done, so its goods have left; without a document of ours that moved them they are booked out now.

    For the step from an open state to done only: orders that were over when they came in (history) move nothing.
    source: the shop's name, where the shop said so. Nothing is refused: the parcel is on its way.
    """
    kept = _kept(order)
    warehouse = _warehouse(order, None)
    documented = Document.objects.filter(order=order, moved_at__isnull=False).exists()
    lines = [] if documented or warehouse is None else _open_lines(order)
    if warehouse is None or not lines:
        _keep(order, kept, {})
        return Moved()
    leaving = [(line.article_id, line.quantity - line.issued) for line in lines if line.article_id]
    goods = _goods(leaving, parts_of(article for article, _pieces in leaving), warehouse)
    for line in lines:
        line.issued = line.quantity
    OrderLine.objects.bulk_update(lines, ["issued"])
    changed = _changed(kept, {})
    issued = book_gone(goods, reserved=changed.levels, cause=order.number, by=by)
    changed.save(order)
    if issued.movements:
        names = _names((row.article_id, -row.quantity) for row in issued.movements)
        data = {"warehouse": warehouse.name, "goods": names}
        OrderEvent.objects.create(order=order, kind=OrderEvent.Kind.LEFT, by=by, source=source, data=data)
    _tell_short(order, issued.shortages, by)
    return Moved(tuple(issued.movements), tuple(shortage_sentence(shortage) for shortage in issued.shortages))


@dataclass(slots=True)
class _Changed:
    """What the reservations of one order lack or have too much. levels: the same for the stock levels."""

    levels: dict[LevelKey, Decimal]
    rows: list[Reservation]
    obsolete: list[int]

    def save(self, order: Order) -> None:
        if self.obsolete:
            Reservation.objects.filter(pk__in=self.obsolete).delete()
        for row in self.rows:
            row.order = order
        Reservation.objects.bulk_create(
            self.rows,
            update_conflicts=True,
            unique_fields=["line", "article"],
            update_fields=["warehouse", "quantity"],
            batch_size=200,
        )


def _keep(order: Order, kept: Kept, needs: Mapping[PartKey, StockLine]) -> None:
    changed = _changed(kept, needs)
    change_reserved(changed.levels)
    changed.save(order)


def _changed(kept: Kept, needs: Mapping[PartKey, StockLine]) -> _Changed:
    changed = _Changed(defaultdict(Decimal), [], [])
    for key, row in kept.items():
        need = needs.get(key)
        if need is not None and (need.warehouse_id, need.quantity) == (row.warehouse_id, row.quantity):
            continue
        changed.levels[row.article_id, row.warehouse_id] -= row.quantity
        if need is None:
            changed.obsolete.append(row.pk)
    for (line, article), need in needs.items():
        known = kept.get((line, article))
        if known is not None and (known.warehouse_id, known.quantity) == (need.warehouse_id, need.quantity):
            continue
        changed.levels[article, need.warehouse_id] += need.quantity
        changed.rows.append(
            Reservation(
                line_id=line, article_id=article, warehouse_id=need.warehouse_id, quantity=need.quantity
            )
        )
    return changed


def _kept(order: Order) -> Kept:
    rows = Reservation.objects.filter(order=order).order_by()
    return {(row.line_id, row.article_id): row for row in rows}


def _needs(order: Order) -> dict[PartKey, StockLine]:
    """{(line, article with stock): how much of it is to be kept back, and where}."""
    lines = _open_lines(order)
    warehouse = _warehouse(order, None) if lines else None
    if warehouse is None:
        return {}
    parts = parts_of(line.article_id for line in lines if line.article_id)
    needs = {}
    for line in lines:
        for article, pieces in parts.get(line.article_id or 0, {}).items():
            quantity = to_step((line.quantity - line.issued) * pieces)
            if quantity > 0:
                needs[line.pk, article] = StockLine(article, warehouse.pk, quantity)
    return needs


def _open_lines(order: Order) -> list[OrderLine]:
    """Lines of articles that have not left in full."""
    lines = OrderLine.objects.filter(order=order, kind=_ITEM, article__isnull=False).order_by("position")
    return [
        line for line in lines.only("order", "article", "quantity", "issued") if line.quantity > line.issued
    ]


def _outstanding(
    document: Document, lines: Iterable[DocumentLine], order_lines: Mapping[int, OrderLine]
) -> list[tuple[int, Decimal]]:
    """[(article id, pieces that leave by this document)]; raises `issued` of the order lines by them.

    What an order line has issued beyond the earlier documents of this kind left by another paper, or by none: this
    document is its paper, so those pieces do not leave again. Nor do pieces whose paper was credited while they stayed
    with the buyer.
    """
    moved = Q(document__kind=document.kind, document__moved_at__isnull=False)
    credited = Q(
        document__state=Document.State.CLOSED,
        document__corrects__kind=document.kind,
        document__corrects__moved_at__isnull=False,
        returns=False,
    )
    papers: dict[int, Decimal] = defaultdict(
        Decimal,
        DocumentLine.objects.filter(moved | credited, order_line__in=order_lines)
        .exclude(document=document)
        .order_by()
        .values_list("order_line")
        .annotate(pieces=Sum("quantity")),
    )
    leaving = []
    for line in lines:
        pieces = line.quantity
        ordered = order_lines.get(line.order_line_id or 0)
        if ordered is not None:
            left_already = min(max(ordered.issued - papers[ordered.pk], Decimal(0)), pieces)
            papers[ordered.pk] += pieces
            pieces -= left_already
            ordered.issued += pieces
        if line.article_id and pieces:
            leaving.append((line.article_id, pieces))
    return leaving


def _goods(
    leaving: Iterable[tuple[int, Decimal]], parts: Mapping[int, Mapping[int, Decimal]], warehouse: Warehouse
) -> list[StockLine]:
    total: dict[int, Decimal] = defaultdict(Decimal)
    for article, pieces in leaving:
        for part, quantity in parts.get(article, {}).items():
            total[part] += to_step(pieces * quantity)
    return [StockLine(article, warehouse.pk, quantity) for article, quantity in total.items() if quantity]


def _warehouse(order: Order | None, chosen: Warehouse | None) -> Warehouse | None:
    """None = there is no active warehouse: this firm keeps no stock here."""
    if chosen is not None:
        return chosen
    channel = order.channel if order else SalesChannel.of("")
    return channel.warehouse or Warehouse.objects.filter(active=True).first()


def _tell_short(order: Order, shortages: Iterable[Shortage], by: AbstractBaseUser | None) -> None:
    by_place: dict[str, list[str]] = defaultdict(list)
    for shortage in shortages:
        by_place[shortage.warehouse].append(
            f"{shortage.sku} ({_number(shortage.on_hand)} / {_number(shortage.wanted)})"
        )
    OrderEvent.objects.bulk_create(
        OrderEvent(
            order=order,
            kind=OrderEvent.Kind.SHORT,
            by=by,
            data={"warehouse": place, "goods": _shortened(goods)},
        )
        for place, goods in by_place.items()
    )


def _names(quantities: Iterable[tuple[int, Decimal]]) -> str:
    pieces = dict(quantities)
    skus = Article.objects.filter(pk__in=pieces).values_list("pk", "sku")
    return _shortened([f"{_number(pieces[pk])} × {sku}" for pk, sku in skus])


def _shortened(names: list[str]) -> str:
    return ", ".join(names[:_NAMED]) + (" …" if len(names) > _NAMED else "")


def _number(quantity: Decimal) -> str:
    return f"{quantity.normalize():f}"
