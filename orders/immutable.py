"""Closed documents never change, by triggers (backoffice.lib.frozen_rows).

What may still happen to one: its PDF is set once, and references to rows that are deleted elsewhere (a user, an
article, a line of the order) become empty; what the document says is in columns of its own.
"""

from __future__ import annotations

from django.db.backends.base.base import BaseDatabaseWrapper

from backoffice.lib.frozen_rows import Papers, protect, unprotect

DOCUMENTS = Papers(
    name="document",
    table="orders_document",
    lines="orders_documentline",
    refusal="A closed document never changes; correct it with a credit note.",
    once=("pdf", "pdf_sha256"),
    emptied=("created_by_id", "closed_by_id"),
    lines_emptied=("article_id", "order_line_id"),
)


def protect_closed_documents(connection: BaseDatabaseWrapper) -> None:
    """As a step of a migration."""
    protect(connection, [DOCUMENTS])


def drop_protection(connection: BaseDatabaseWrapper) -> None:
    unprotect(connection, [DOCUMENTS])
