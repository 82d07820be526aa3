"""What of an order stands on papers, so that it cannot be changed any more, and what to do instead.

An invoice stands until credit notes have taken all of it back; goods that left are gone until a credit note has brought
them back. A pro forma invoice binds nobody.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal

from django.db.models import Q, Sum
from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from orders.errors import OrderRefused
from orders.models import Document, DocumentKind, DocumentLine, Order

_BINDING = (DocumentKind.INVOICE, DocumentKind.DELIVERY_NOTE)
_CLOSED = Document.State.CLOSED
# What of an order its documents print, beside the lines (the first part of a key of orders.services.content).
PRINTED = frozenset({"billing", "delivery", "vat_id", "payment_name", "payment_method"})


def standing_documents(order: Order) -> list[Document]:
    """Issued invoices and delivery notes that credit notes have not taken back. A delivery note whose goods came back by
    the credit note of the invoice beside it stands no more."""
    return _standing(order, _issued(order))


def why_lines_stay(order: Order) -> OrderRefused | None:
    """Why the lines and the sum of this order must not change any more, with what to do; None = they may."""
    words = {"number": order.number}
    if order.state == Order.State.CANCELLED:
        return OrderRefused(
            _("Order %(number)s was cancelled here, so its lines stay as they are.") % words,
            cure=_("If it is wanted after all, it has to be ordered anew."),
        )
    issued = _issued(order)
    standing = _standing(order, issued)
    invoices = [document for document in standing if document.kind == DocumentKind.INVOICE]
    if invoices:
        return OrderRefused(
            _("The lines and the sum of order %(number)s stand on what was issued: %(documents)s.")
            % (words | {"documents": names_of(invoices)}),
            cure=_(
                "Correct the invoice in full with a credit note; then the lines can be changed and a new invoice issued."
            ),
        )
    if standing:
        return OrderRefused(
            _("The goods of order %(number)s have left with what was issued: %(documents)s.")
            % (words | {"documents": names_of(standing)}),
            cure=_(
                "Correct the delivery note with a credit note by which the goods come back; then the lines can be changed."
            ),
        )
    # An open order loses goods only by what is issued.
    if (issued or order.state == Order.State.DONE) and _goods(order)[1]:
        return OrderRefused(
            _("The goods of order %(number)s have left the warehouse, so its lines stay as they left.")
            % words,
            cure=_("Where they really are, enter in the stock of the article; then choose “Keep ours”."),
        )
    return None


def why_not_editable(order: Order) -> OrderRefused | None:
    """Why staff cannot change the lines of this order here, with what to do; None = they can."""
    if order.state == Order.State.DONE:
        return OrderRefused(
            _("Order %(number)s is done, so its lines stay as they are.") % {"number": order.number},
            cure=_("To bill something else, correct what was issued with a credit note, or edit a draft."),
        )
    return why_lines_stay(order)


def drafts_apart(order: Order) -> list[Document]:
    """Drafts that do not follow the order by themselves: somebody made or edited them."""
    return list(order.documents.drafts().exclude(automatic=True, edited_at=None).order_by("pk"))


def names_of(documents: Iterable[Document]) -> str:
    """ "Invoice 2026-00012 and Delivery note 2026-00007"."""
    return get_text_list([document.label for document in documents], _("and"))


def why_not_whole(order: Order) -> OrderRefused | None:
    """Why the shop's version cannot replace the whole order, with what to do; None = it can."""
    if reason := why_lines_stay(order):
        return reason
    names = names_of(drafts_apart(order))
    if not names:
        return None
    return OrderRefused(
        _("A draft was made of order %(number)s as it is here: %(documents)s.")
        % {"number": order.number, "documents": names},
        cure=_(
            "Delete the draft, take the shop's version over, then make the draft anew; or issue it as it is."
        ),
    )


def left_behind(order: Order, keys: Iterable[str]) -> list[str]:
    """What was made of the order and does not follow its change, in whole sentences with what to do.

    keys: what was changed, as in orders.services.content.
    """
    parts = {key.partition(".")[0] for key in keys}
    sentences = []
    if parts & {*PRINTED, "line"} and (drafts := drafts_apart(order)):
        sentences.append(
            _(
                "This was made of the order as it was before: %(documents)s. Correct it, or delete it and make it anew."
            )
            % {"documents": names_of(drafts)}
        )
    if parts & PRINTED and (standing := standing_documents(order)):
        sentences.append(
            _(
                "What was issued keeps what it says: %(documents)s. If it must say something else, correct it with a"
                " credit note and issue it anew."
            )
            % {"documents": names_of(standing)}
        )
    return sentences


def _issued(order: Order) -> list[Document]:
    return list(order.documents.closed().filter(kind__in=_BINDING).order_by("pk"))


def _standing(order: Order, issued: list[Document]) -> list[Document]:
    if not issued:
        return []
    lines = DocumentLine.objects.filter(document__in=issued).annotate(
        back=Sum("corrections__quantity", filter=Q(corrections__document__state=_CLOSED))
    )
    rests: dict[int, list[Decimal]] = defaultdict(list)
    for line in lines:
        rests[line.document_id].append(line.quantity + (line.back or Decimal(0)))  # type: ignore[attr-defined]
    standing = [document for document in issued if not rests[document.pk] or any(rests[document.pk])]
    moved, away = _goods(order) if standing else (False, False)
    all_back = moved and not away
    return [one for one in standing if one.kind == DocumentKind.INVOICE or not all_back]


def _goods(order: Order) -> tuple[bool, bool]:
    """(some left the warehouse at some time, some of them have not come back)."""
    left = dict(order.lines.filter(issued__gt=0).values_list("pk", "issued"))
    if not left:
        return False, False
    back: dict[int, Decimal] = defaultdict(Decimal)
    returned = DocumentLine.objects.filter(
        order_line__in=left, returns=True, document__state=_CLOSED, document__moved_at__isnull=False
    )
    for key, pieces in returned.values_list("order_line", "quantity"):
        back[key or 0] -= pieces
    return True, any(pieces > back[key] for key, pieces in left.items())
