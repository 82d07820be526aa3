"""What the shop changed and we have not taken over: how an order's page shows it, and what can be done about it (O12)."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from orders.admin.displays import EMPTY
from orders.models import Document, DocumentKind, Order
from orders.models.field_labels import field_label
from orders.services.content import CANCELLED
from orders.services.decisions import needs_whole, takeable
from orders.services.reimport import built_on
from orders.services.standing import PRINTED, names_of, standing_documents, why_not_whole


@dataclass(frozen=True, slots=True)
class Row:
    label: str
    here: str
    shop: str


@dataclass(frozen=True, slots=True)
class OtherVersion:
    """why: why ours was kept. take: text of the button that takes theirs, "" = nothing can be taken. obstacle, cure: why
    lines and sum cannot be taken and what to do first. correct_url: the page that does it. remark: what stays as it is."""

    rows: list[Row]
    why: str
    take: str
    obstacle: str = ""
    cure: str = ""
    correct_url: str = ""
    remark: str = ""


def other_version(order: Order) -> OtherVersion | None:
    """None = the shop has no other version. No query then, a fixed number else."""
    if not order.differences:
        return None
    obstacle = why_not_whole(order) if needs_whole(order) else None
    standing = standing_documents(order)
    if needs_whole(order) and obstacle is None:
        take = _("Take the shop's version …")
    elif takeable(order):
        take = _("Take over all but the lines …") if obstacle else _("Take the shop's version …")
    else:
        take = ""
    printed = any(found["field"].partition(".")[0] in PRINTED for found in order.differences)
    return OtherVersion(
        rows=[_row(found) for found in order.differences],
        why=built_on(order) or _("The rules of the shop leave known orders as they are."),
        take=take,
        obstacle=obstacle.message if obstacle else "",
        cure=obstacle.cure if obstacle else "",
        correct_url=_correct_url(standing) if obstacle else "",
        remark=_("What was issued keeps its addresses and texts, whatever you take over: %(documents)s.")
        % {"documents": names_of(standing)}
        if printed and standing
        else "",
    )


def _correct_url(standing: list[Document]) -> str:
    """Of the invoice first: its credit note may bring the goods back too."""
    ranked = sorted(standing, key=lambda document: document.kind != DocumentKind.INVOICE)
    return reverse("admin:orders_document_take_back", args=[ranked[0].pk]) if ranked else ""


def _row(found: dict[str, str]) -> Row:
    here, shop = found["here"] or EMPTY, found["shop"] or EMPTY
    if found["field"] == CANCELLED:
        here, shop = (_("yes") if value else _("no") for value in (found["here"], found["shop"]))
    return Row(field_label(found["field"]), here, shop)
