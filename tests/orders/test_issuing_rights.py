"""A right for each kind of document: the warehouse issues delivery notes, and whoever had the old right issues all."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.test import Client
from django.urls import reverse

from orders.models import Document, SalesChannel
from orders.services.documents import close_document, credit_note, draft_for_order

pytestmark = pytest.mark.django_db
ORDERS, DOCUMENTS = "/orders/order/", "/orders/document/"


@pytest.fixture(autouse=True)
def _files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def somebody(name: str, *, role: str = "", rights: tuple[str, ...] = ()) -> Client:
    user = User.objects.create_user(name, is_staff=True)
    if role:
        user.groups.add(Group.objects.get(name=role))
    user.user_permissions.set(Permission.objects.filter(codename__in=rights))
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def packer() -> Client:
    return somebody("packer", role="Warehouse")


@pytest.fixture
def old_right() -> Client:
    """A role of the firm's own, from before there was a right for each kind."""
    return somebody("old", rights=("view_order", "view_document", "close_document", "correct_document"))


@pytest.fixture
def order(make_accepted):
    return make_accepted(email="maja@example.org")


def press(client: Client, model: str, pk: int, action: str) -> int:
    return client.post(
        reverse(f"admin:orders_{model}_{action}", args=[pk]), {"_form_submitted": "on"}
    ).status_code


def issued() -> list[str]:
    return sorted(Document.objects.closed().values_list("kind", flat=True))


def becomes(order, what: str) -> None:
    SalesChannel.objects.update_or_create(code=order.source, defaults={"becomes": what})


@pytest.mark.requirement("O4")
def test_the_warehouse_issues_delivery_notes_and_no_invoices(packer, order):
    page = packer.get(f"{ORDERS}{order.pk}/change/").content.decode()
    assert "/issue_delivery_note" in page.replace("-", "_")
    assert "issue_invoice" not in page.replace("-", "_")
    assert press(packer, "order", order.pk, "issue_invoice") == 403
    press(packer, "order", order.pk, "issue")  # of a shop without a rule it would be the invoice
    assert issued() == []
    assert press(packer, "order", order.pk, "issue_delivery_note") == 200
    assert issued() == ["delivery_note"]


def test_of_both_the_warehouse_issues_its_own(packer, order):
    becomes(order, SalesChannel.Becomes.BOTH)
    page = packer.get(f"{ORDERS}{order.pk}/change/").content.decode()
    assert "Issue delivery note …" in page
    assert "Issue invoice and delivery note …" not in page
    assert press(packer, "order", order.pk, "issue") == 200
    assert issued() == ["delivery_note"]
    assert "Issue documents …" not in packer.get(ORDERS).content.decode().split("<tbody")[-1]


def test_many_orders_at_once_leave_the_invoices_to_others(packer, order):
    becomes(order, SalesChannel.Becomes.INVOICE)
    chosen = {"action": "issue_selected", "_selected_action": [order.pk]}
    assert "you may not issue what it lacks" in packer.post(ORDERS, chosen).content.decode()
    packer.post(ORDERS, {**chosen, "confirmed": "1"})
    assert issued() == []


def test_drafts_of_other_kinds_are_not_closed(packer, order, clerk):
    invoice = draft_for_order(order.pk, "invoice", by=clerk)
    note = draft_for_order(order.pk, "delivery_note", by=clerk)
    assert (
        f"{DOCUMENTS}{invoice.pk}/close"
        not in packer.get(f"{DOCUMENTS}{invoice.pk}/change/").content.decode()
    )
    assert press(packer, "document", invoice.pk, "close") == 403
    chosen = {"action": "close_selected", "_selected_action": [invoice.pk, note.pk], "confirmed": "1"}
    html = packer.post(DOCUMENTS, chosen, follow=True).content.decode()
    assert "1 draft is of a kind that you may not issue." in html
    assert "1 document was issued." in html
    assert issued() == ["delivery_note"]


def test_who_may_correct_but_not_issue_makes_drafts_only(order, clerk):
    invoice = close_document(draft_for_order(order.pk, "invoice", by=clerk).pk, by=clerk)
    client = somebody("drafter", rights=("view_order", "view_document", "correct_document"))
    page = reverse("admin:orders_document_take_back", args=[invoice.pk])
    lines = {f"line_{line.pk}": "1" for line in invoice.lines.all()}
    assert client.post(page, {**lines, "reason": "Broken"}).status_code == 403
    assert Document.objects.count() == 1
    assert client.post(page, {**lines, "reason": "Broken", "as_draft": "1"}).status_code == 302
    assert issued() == ["invoice"]


def test_the_old_right_is_for_every_kind(old_right, order, clerk):
    assert press(old_right, "order", order.pk, "issue_delivery_note") == 200
    assert press(old_right, "order", order.pk, "issue_invoice") == 200
    invoice = Document.objects.get(kind="invoice")
    note = credit_note(invoice.pk, None, with_return=False, reason="", by=clerk)
    assert press(old_right, "document", note.pk, "close") == 200
    assert issued() == ["credit_note", "delivery_note", "invoice"]


@pytest.mark.parametrize(
    ("right", "kind"),
    [
        ("issue_invoice", "invoice"),
        ("issue_invoice", "proforma"),
        ("issue_delivery_note", "delivery_note"),
    ],
)
def test_each_right_is_for_its_kind(order, clerk, right, kind):
    client = somebody("somebody", rights=("view_document", right))
    drafts = {
        one: draft_for_order(order.pk, one, by=clerk) for one in ("invoice", "proforma", "delivery_note")
    }
    for one, draft in drafts.items():
        fits = one == kind or {one, kind} == {"invoice", "proforma"}
        assert press(client, "document", draft.pk, "close") == (200 if fits else 403)
