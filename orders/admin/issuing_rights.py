"""Who issues what: delivery notes belong to the warehouse, invoices and credit notes to sales and accounting."""

from __future__ import annotations

from typing import Any, Final

from orders.models import DocumentKind

_EVERY: Final = "orders.close_document"
_RIGHTS: Final = {
    DocumentKind.INVOICE: "orders.issue_invoice",
    DocumentKind.PROFORMA: "orders.issue_invoice",
    DocumentKind.DELIVERY_NOTE: "orders.issue_delivery_note",
    DocumentKind.CREDIT_NOTE: "orders.issue_credit_note",
}


def may_issue(user: Any, kind: str) -> bool:
    """By the right for documents of every kind, or the one for this kind."""
    return bool(user.has_perm(_EVERY) or user.has_perm(_RIGHTS[DocumentKind(kind)]))


def kinds_to_issue(user: Any) -> frozenset[str]:
    """The kinds that this user may issue; empty = none."""
    return frozenset(kind.value for kind in _RIGHTS if may_issue(user, kind))
