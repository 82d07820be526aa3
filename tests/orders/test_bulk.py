"""Many orders at once: the question names what does not fit, the answer does the rest."""

from __future__ import annotations

import io
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pypdf import PdfReader

from orders.models import Document, Order, SalesChannel
from orders.services.issuing import issue_order
from orders.services.picking import picking_list
from tests.factories import make_article, make_order_status, make_set
from tests.orders.drafts import line
from tests.orders.office import staff

LIST = "/orders/order/"


@pytest.fixture
def petra(clerk) -> Client:
    client = Client()
    client.force_login(clerk)
    return client


def press(client: Client, action: str, *orders: Order, **more: str):
    chosen = [order.pk for order in orders]
    return client.post(LIST, {"action": action, "_selected_action": chosen, **more}, follow=True)


@pytest.mark.requirement("O3", "D6")
def test_documents_are_issued_after_a_question(make_accepted, channel, petra, clerk):
    SalesChannel.objects.filter(pk=channel.pk).update(becomes=SalesChannel.Becomes.BOTH, as_draft=True)
    first, second = make_accepted(number="1"), make_accepted(number="2")
    third = make_accepted(number="3")
    issue_order(third.pk, by=clerk, kinds=[])
    Document.objects.filter(order=third).drafts().delete()
    Order.objects.filter(pk=third.pk).update(state=Order.State.CANCELLED)
    question = press(petra, "issue_selected", first, second, third).content.decode()
    assert "Issue documents for 2 orders?" in question
    assert "it is cancelled" in question
    assert not Document.objects.closed().exists()
    page = press(petra, "issue_selected", first, second, confirmed="1").content.decode()
    assert "4 documents issued." in page
    assert Document.objects.closed().count() == 4


@pytest.mark.requirement("D6")
def test_documents_are_printed_as_one_file(make_accepted, petra, clerk):
    first, second, third = (make_accepted(number=str(number)) for number in range(3))
    for order in (first, second):
        issue_order(order.pk, by=clerk, kinds=["delivery_note", "invoice"])
    answer = press(petra, "print_selected", first, second)
    assert answer["Content-Type"] == "application/pdf"
    text = "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.content)).pages)
    numbers = Document.objects.values_list("number", flat=True)
    assert len(numbers) == 4
    assert all(number in text for number in numbers)
    question = press(petra, "print_selected", first, third).content.decode()
    assert "Print the documents of 1 order?" in question
    assert "it has no document yet" in question
    assert press(petra, "print_selected", first, confirmed="1")["Content-Type"] == "application/pdf"


def test_picking_list_takes_sets_apart_and_each_article_once(make_accepted, petra, company, goods):
    mug = make_article("SPOON")
    make_set("TEA", {mug: 2})
    first = make_accepted(line("SPOON", quantity=Decimal(3), source_id="1"), number="1")
    second = make_accepted(line("TEA", source_id="1"), line("", name="Gift wrap", source_id="2"), number="2")
    with CaptureQueriesContext(connection) as queries:
        found = picking_list([first.pk, second.pk])
    assert len(queries) <= 5
    assert [(pick.article.sku, pick.quantity, pick.orders) for pick in found.picks] == [
        ("SPOON", Decimal(5), [("LIPA-1", Decimal(3)), ("LIPA-2", Decimal(2))])
    ]
    assert found.unknown == [("LIPA-2", "Gift wrap", Decimal(1))]
    page = press(petra, "pick_selected", first, second).content.decode()
    assert "Picking list for 2 orders" in page
    assert "Gift wrap" in page


@pytest.mark.requirement("E3")
def test_a_status_is_set_and_written_into_the_history(make_accepted, petra):
    first, second = make_accepted(number="1"), make_accepted(number="2")
    status = make_order_status("On its way", kind="shipped")
    Order.objects.filter(pk=second.pk).update(status=status)
    assert "Set the status of 2 orders?" in press(petra, "status_selected", first, second).content.decode()
    again = press(petra, "status_selected", first, second, confirmed="1").content.decode()
    assert "Choose the status that these orders are to have." in again
    page = press(
        petra, "status_selected", first, second, confirmed="1", status=str(status.pk)
    ).content.decode()
    assert "1 order has the status “On its way” now." in page
    assert "LIPA-2: it is “On its way” already" in page
    first.refresh_from_db()
    assert (first.status, first.state) == (status, Order.State.DONE)  # what it means happens here too
    assert first.events.filter(kind="status_set").exists()


def test_chosen_orders_are_exported(make_accepted, petra, clerk):
    first = make_accepted(number="1")
    make_accepted(number="2")
    [document] = issue_order(first.pk, by=clerk, kinds=["invoice"]).documents
    assert "Export 1 selected item" in press(petra, "export_admin_action", first).content.decode()
    fields = {f"orderresource_{name}": "on" for name in ("number", "total", "documents")}
    answer = petra.post(
        f"{LIST}export/", {"format": "0", "resource": "", "export_items": [first.pk], **fields}
    )
    assert b"".join(answer.streaming_content).decode("utf-8-sig").split() == [
        "number,total,documents",
        f"LIPA-1,{first.total.normalize():f},{document.number}",
    ]


@pytest.mark.parametrize("action", ["issue_selected", "ship_selected", "status_selected", "print_selected"])
def test_without_the_right_there_is_no_button_and_no_deed(make_accepted, action):
    order = make_accepted()
    reader = staff("view_order", username="reader")
    assert f'value="{action}"' not in reader.get(LIST).content.decode()
    press(reader, action, order, confirmed="1")
    order.refresh_from_db()
    assert (order.state, Document.objects.count()) == (Order.State.ACCEPTED, 0)


def test_the_row_issues_documents_in_a_dialog(make_accepted, petra, channel):
    SalesChannel.objects.filter(pk=channel.pk).update(becomes=SalesChannel.Becomes.INVOICE, as_draft=True)
    order = make_accepted()
    url = f"/orders/order/{order.pk}/issue/"
    page = petra.get(f"{LIST}?queue=pack").content.decode()
    assert url in page
    assert "Issue draft" in page
    assert 'id="dialog"' in petra.get(url).content.decode()
    petra.post(url, {"_form_submitted": "on"})
    assert Document.objects.closed().get().order == order
    assert "Mark as shipped" in petra.get(f"{LIST}?queue=ship").content.decode()
