"""What of a document is left to credit, and what a credit note comes to: together they never exceed the document."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Sum
from django.utils.translation import gettext as _

from orders.errors import DocumentRefused
from orders.models import Document, DocumentKind, DocumentLine, OrderLine
from orders.services.document_totals import (
    ZERO,
    Amount,
    RowKey,
    Totals,
    amounts_of,
    credited,
    of_rows,
    rows_from_json,
    summed,
)

_STEP = Decimal("0.000001")


@dataclass(slots=True)
class Left:
    """Of one line of the corrected document: what no credit note has taken back. Exact amounts of the whole rest."""

    line: DocumentLine
    quantity: Decimal
    net: Decimal
    vat: Decimal
    discount: Decimal

    def amounts(self, quantity: Decimal) -> tuple[Decimal, Decimal, Decimal]:
        """(net, vat, discount) of so many pieces; the last ones get all that is left, to the last digit."""
        if quantity == self.quantity or not self.line.quantity:
            return self.net, self.vat, self.discount
        share = quantity / self.line.quantity
        line = self.line
        net, vat, discount = (
            (amount * share).quantize(_STEP) for amount in (line.net, line.vat, line.discount)
        )
        return net, vat, discount


def left_to_credit(document: Document, *, besides: Document | None = None) -> dict[int, Left]:
    """{line id: Left}, in the order of the lines. Drafts of credit notes count too; `besides` does not. Two queries."""
    left = {
        line.pk: Left(line, line.quantity, line.net, line.vat, line.discount)
        for line in document.lines.select_related("article")
    }
    taken = DocumentLine.objects.filter(corrects__document=document)
    if besides is not None:
        taken = taken.exclude(document=besides)
    for line in taken:
        rest = left[line.corrects_id or 0]
        rest.quantity += line.quantity  # those of credit notes are negative
        rest.net += line.net
        rest.vat += line.vat
        rest.discount += line.discount
    return left


def refuse_more_than_left(note: Document, lines: Iterable[DocumentLine], left: dict[int, Left]) -> None:
    """left: without this note. Raises DocumentRefused with the first line that is credited twice."""
    wanted: dict[int, Decimal] = defaultdict(Decimal)
    for line in lines:
        wanted[line.corrects_id or 0] -= line.quantity
    for key, quantity in wanted.items():
        rest = left.get(key)
        if rest is None:
            raise DocumentRefused(
                _("A line of this credit note is not on %(document)s.") % {"document": note.corrects},
                cure=_("Delete the line."),
            )
        if quantity * rest.line.quantity < 0 or abs(quantity) > abs(rest.quantity):
            raise DocumentRefused(
                _("Of “%(name)s” on %(document)s only %(left)s can still be credited, not %(wanted)s.")
                % {
                    "name": rest.line.name,
                    "document": note.corrects,
                    "left": f"{max(rest.quantity, ZERO).normalize():f}",
                    "wanted": f"{quantity.normalize():f}",
                },
                cure=_("Enter a smaller quantity, or delete the other draft of a credit note."),
                key=f"credited:{note.corrects_id}",
            )


def refuse_more_returned(note: Document, lines: Iterable[DocumentLine]) -> None:
    """Only what has left can come back, and only once: an invoice and its delivery note bill and move the same goods."""
    coming = {line.order_line_id: line for line in lines if line.returns and line.order_line_id}
    if not coming:
        return
    back = dict(
        DocumentLine.objects.filter(
            order_line__in=coming,
            returns=True,
            document__kind=note.kind,
            document__state=Document.State.CLOSED,
        )
        .exclude(document=note.pk)
        .order_by()
        .values_list("order_line")
        .annotate(pieces=Sum("quantity"))
    )
    issued = dict(OrderLine.objects.filter(pk__in=coming).values_list("pk", "issued"))
    for key, line in coming.items():
        outside = issued.get(key or 0, ZERO) + back.get(key, ZERO)
        if -line.quantity > outside:
            raise DocumentRefused(
                _("Of “%(name)s” only %(left)s left the warehouse and did not come back yet, not %(wanted)s.")
                % {
                    "name": line.name,
                    "left": f"{max(outside, ZERO).normalize():f}",
                    "wanted": f"{-line.quantity.normalize():f}",
                },
                cure=_("Untick “goods come back” at this line of the draft, or enter a smaller quantity."),
                key=f"returned:{note.order_id}",
            )


def credit_totals(note: Document, lines: Sequence[DocumentLine]) -> Totals:
    """Negative amounts. lines: of the note. Raises DocumentRefused where more came back than the document is worth.

    A credit note of a delivery note brings goods back and is worth nothing. Three queries.
    """
    document = note.corrects
    assert document is not None
    if document.kind == DocumentKind.DELIVERY_NOTE:
        return of_rows({}, ZERO)
    originals = list(document.lines.all())
    earlier = list(
        Document.objects.filter(corrects=document, state=Document.State.CLOSED).exclude(pk=note.pk)
    )
    before: dict[RowKey, Amount] = {}
    for one in earlier:
        for key, amount in amounts_of(rows_from_json(one.vat_rows), sign=-1).items():
            known = before.get(key, Amount(ZERO, ZERO))
            before[key] = Amount(known.net + amount.net, known.vat + amount.vat)
    taken = [*DocumentLine.objects.filter(document__in=earlier), *lines]
    whole = amounts_of(rows_from_json(document.vat_rows))
    cumulated = summed((row_key(line), Amount(-line.net, -line.vat)) for line in taken if not _rounds(line))
    _refuse_more_than_worth(note, summed(_of(originals)), cumulated)
    rows = credited(whole, before, cumulated, _complete(originals, taken), note.currency)
    rounding = sum((line.net for line in lines if _rounds(line)), ZERO)
    totals = of_rows(
        {key: Amount(-amount.net, -amount.vat) for key, amount in rows.items()},
        rounding,
        legal=" ".join(note.legal_notes),
    )
    left = document.total + sum((one.total for one in earlier), ZERO)
    if -totals.total > max(left, ZERO):
        raise _too_much(note, -totals.total, left)
    return totals


def row_key(line: DocumentLine) -> RowKey:
    percent = None if line.vat_percent is None else line.vat_percent.normalize()
    return RowKey(percent, line.vat_country)


def _complete(originals: Sequence[DocumentLine], taken: Iterable[DocumentLine]) -> set[RowKey]:
    """Rows all of whose lines have been credited in full."""
    rest = {line.pk: line.quantity for line in originals}
    for line in taken:
        rest[line.corrects_id or 0] += line.quantity
    open_rows = {row_key(line) for line in originals if rest[line.pk] and not _rounds(line)}
    return {row_key(line) for line in originals} - open_rows


def _of(lines: Iterable[DocumentLine]) -> list[tuple[RowKey, Amount]]:
    return [(row_key(line), Amount(line.net, line.vat)) for line in lines if not _rounds(line)]


def _rounds(line: DocumentLine) -> bool:
    return line.kind == OrderLine.Kind.ROUNDING


def _refuse_more_than_worth(
    note: Document, whole: dict[RowKey, Amount], cumulated: dict[RowKey, Amount]
) -> None:
    """An article without its discount, for example: then more would come back than was paid for."""
    for key, amount in cumulated.items():
        limit = whole.get(key, Amount(ZERO, ZERO))
        beyond = amount.net - limit.net if limit.net >= 0 else limit.net - amount.net
        if beyond > 0:
            raise _too_much(note, amount.net + amount.vat, limit.net + limit.vat)


def _too_much(note: Document, wanted: Decimal, left: Decimal) -> DocumentRefused:
    return DocumentRefused(
        _(
            "%(document)s leaves %(left)s %(currency)s to credit; with this credit note it would be %(wanted)s."
        )
        % {
            "document": note.corrects,
            "left": f"{left.quantize(Decimal('0.01')):f}",
            "wanted": f"{wanted.quantize(Decimal('0.01')):f}",
            "currency": note.currency,
        },
        cure=_("Credit less, or credit the discounts that belong to the lines as well."),
        key=f"credited:{note.corrects_id}",
    )
