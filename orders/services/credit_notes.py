"""Credit notes: the only way to correct what was issued, in whole or by line."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from inventory.models import Company
from orders.errors import DocumentRefused
from orders.locks import lock_documents, lock_order
from orders.models import Document, DocumentKind, DocumentLine, OrderLine, SalesChannel
from orders.services.credit_amounts import Left, left_to_credit
from orders.services.document_drafts import RELATED, store_draft
from orders.services.series import series_for

_COPIED = (
    "order_id", "customer_id", "language", "currency", "prices_gross", "vat_exempt", "seller", "buyer", "delivery",
    "payment_method", "warehouse_id", "send_mail",
)  # fmt: skip


@transaction.atomic
def credit_note(
    document_id: int,
    lines: Mapping[int, Decimal] | None,
    *,
    with_return: bool | Mapping[int, bool],
    reason: str,
    by: AbstractBaseUser | None,
    told: bool = True,
) -> Document:
    """A draft that takes back `lines`, {line id of the document: pieces}; None = all that is left of it.

    with_return: do the goods come back into the warehouse; for all lines, or {line id: bool} (missing = no). A credit
    note of a delivery note brings goods back and has no amounts. Never more than is left to credit, drafts of other
    credit notes included. Close it with close_document; told as in draft_for_order. Raises DocumentRefused, Document.DoesNotExist.
    """
    order_id = Document.objects.values_list("order", flat=True).get(pk=document_id)
    if order_id is not None:
        lock_order(order_id, *RELATED)
    document = lock_documents([document_id])[document_id]
    _refuse_by_kind(document)
    left = left_to_credit(document)
    wanted = _wanted(document, left, lines)
    note = Document(
        kind=DocumentKind.CREDIT_NOTE,
        corrects=document,
        reason=reason[:300],
        series=series_for(
            DocumentKind.CREDIT_NOTE, SalesChannel.of(document.order.source if document.order else "")
        ),
        issue_date=timezone.localdate(),
        supply_date=document.supply_date,
        created_by=by,
        **{name: getattr(document, name) for name in _COPIED},
    )
    worth = document.kind != DocumentKind.DELIVERY_NOTE
    made = [
        _line(left[key], quantity, position, worth=worth, returns=_returns(with_return, key, left[key]))
        for position, (key, quantity) in enumerate(wanted.items(), start=1)
    ]
    note.moves_stock = any(line.returns for line in made)
    return store_draft(note, made, company=Company.load(), by=by, told=told)


def _refuse_by_kind(document: Document) -> None:
    if document.is_draft:
        raise DocumentRefused(
            _("%(document)s is a draft: there is nothing to correct yet.") % {"document": document.label},
            cure=_("Edit the draft, or delete it."),
        )
    if document.kind not in (DocumentKind.INVOICE, DocumentKind.DELIVERY_NOTE):
        raise DocumentRefused(
            _("%(document)s cannot be corrected with a credit note.") % {"document": document.label},
            cure=_("Credit notes correct invoices and delivery notes."),
        )


def _wanted(
    document: Document, left: Mapping[int, Left], lines: Mapping[int, Decimal] | None
) -> dict[int, Decimal]:
    """{line id: pieces to take back}, checked. The rounding of the document goes with its last line."""
    whole = {key: rest.quantity for key, rest in left.items() if rest.quantity}
    if not whole:
        raise DocumentRefused(
            _("Nothing of %(document)s is left to credit.") % {"document": document.label},
            cure=_("Look at its credit notes: they take back all of it."),
            key=f"credited:{document.pk}",
        )
    if lines is None:
        return whole
    wanted = {key: Decimal(quantity) for key, quantity in lines.items() if quantity}
    for key, quantity in wanted.items():
        rest = left.get(key)
        if rest is None or quantity * rest.quantity <= 0 or abs(quantity) > abs(rest.quantity):
            raise DocumentRefused(
                _("Of “%(name)s” on %(document)s only %(left)s can still be credited.")
                % {
                    "name": rest.line.name if rest else "?",
                    "document": document.label,
                    "left": f"{rest.quantity.normalize():f}" if rest else "0",
                },
                cure=_("Enter a smaller quantity, or 0 for a line that stays as it is."),
                key=f"credited:{document.pk}",
            )
    if not wanted:
        raise DocumentRefused(
            _("No line was chosen."), cure=_("Enter at one line at least how many pieces are taken back.")
        )
    stays = {key for key, quantity in whole.items() if wanted.get(key) != quantity}
    if all(left[key].line.kind == OrderLine.Kind.ROUNDING for key in stays):
        return whole
    return {key: wanted[key] for key in left if key in wanted}


def _returns(with_return: bool | Mapping[int, bool], key: int, rest: Left) -> bool:
    """Only goods can come back."""
    if rest.line.kind != OrderLine.Kind.ITEM or rest.line.article_id is None:
        return False
    return with_return if isinstance(with_return, bool) else with_return.get(key, False)


def _line(rest: Left, quantity: Decimal, position: int, *, worth: bool, returns: bool) -> DocumentLine:
    line = rest.line
    net, vat, discount = rest.amounts(quantity) if worth else (Decimal(0), Decimal(0), Decimal(0))
    return DocumentLine(
        position=position,
        kind=line.kind,
        order_line_id=line.order_line_id,
        corrects=line,
        article_id=line.article_id,
        sku=line.sku,
        name=line.name,
        quantity=-quantity,
        unit=line.unit,
        net_price=line.net_price if worth else Decimal(0),
        discount=-discount,
        vat_percent=line.vat_percent,
        vat_country=line.vat_country,
        net=-net,
        vat=-vat,
        returns=returns,
    )
