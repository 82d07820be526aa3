"""What no shop should send, from its own answer to what stands here: the orders beside it come in all the same."""

from __future__ import annotations

from typing import Any

import pytest
from django.core import mail

from inventory.models import Company
from orders import jobs
from orders.models import Address, DocumentMail, Order
from orders.services.documents import close_document, draft_for_order
from orders.services.mails import queue_mail
from shops.models import IncomingOrder
from shops.services.take_over import take_version
from tests.orders.pdf.reading import plain, reader
from tests.peers.woocommerce import Client as ShopClient
from tests.peers.woocommerce import DemoShop
from tests.shops.intake.conftest import ANA, buy, change, numbers, waiting

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.requirement("O1", "O2")]
HOSTILE = '<script>alert(1)</script><img src=x onerror="alert(2)">'


def store(woo: DemoShop, number: int, **fields: Any) -> str:
    """As no checkout would let it come about: an order of the shop, changed where it stores it."""
    woo.state.orders.put(number, {**woo.state.orders[number], **fields})
    return str(number)


def test_each_bad_one_waits_or_comes_in_whole_and_stops_nobody(shop, selling, sync):
    nobody = dict.fromkeys(ANA, "")
    strange = store(selling, buy(selling), currency="XYZ")
    below = buy(selling)
    store(selling, below, total=f"-{selling.state.orders[below]['total']}")
    product = next(iter(selling.state.products.values())).id
    long = str(buy(selling, line_items=[{"product_id": product, "quantity": 1}] * 500))
    hidden = store(selling, buy(selling), billing=nobody, shipping=nobody)
    good = str(buy(selling))
    assert sync("import_orders").state == "partly"
    assert waiting(shop) == dict.fromkeys((strange, str(below)), "order_incomplete")
    assert numbers() == [long, hidden, good]
    assert Order.objects.get(source_number=long).lines.filter(kind="item").count() == 500
    order = Order.objects.get(source_number=hidden)
    assert (order.billing, order.customer, Address.objects.filter(city="").exists()) == (None, None, False)
    assert IncomingOrder.objects.filter(shop=shop).count() == 5


def test_hostile_names_reach_the_pdf_and_the_mail_as_text(
    shop, selling, sync, admin, petra, settings, tmp_path
):
    settings.MEDIA_ROOT, settings.EMAIL_BACKEND = tmp_path, "django.core.mail.backends.locmem.EmailBackend"
    Company.objects.update(street="Lipova 1", city="Celje", vat_id="SI15012557", email="info@lipa.example")
    buyer = {**ANA, "first_name": HOSTILE, "last_name": "Novak\r\nBcc: all@example.test", "city": HOSTILE}
    number = store(selling, buy(selling), billing=buyer, customer_note=HOSTILE)
    assert sync("import_orders").state == "done"
    order = Order.objects.get(source_number=number)
    html = admin.get(f"/orders/order/{order.pk}/change/").content.decode()
    assert "<script>alert(1)" not in html
    assert "<img src=x" not in html
    admin.post(f"/orders/order/{order.pk}/accept/", {"_form_submitted": "on"})
    invoice = close_document(draft_for_order(order.pk, "invoice", by=petra).pk, by=petra)
    sent = queue_mail(invoice.pk, by=petra)
    assert jobs.send_mail(sent.pk) == DocumentMail.State.SENT
    [message] = mail.outbox
    assert message.recipients() == ["ana@example.test"]
    assert "\n" not in message.subject
    assert all(kind != "text/html" for _body, kind in getattr(message, "alternatives", []))
    invoice.refresh_from_db()
    pages = reader(invoice.pdf.read()).pages
    assert "<script>alert(1)</script>" in plain(pages[0].extract_text())


@pytest.mark.requirement("O12")
def test_changed_in_the_shop_after_the_invoice(shop, selling, sync, petra, admin):
    Company.objects.update(street="Lipova 1", city="Celje", vat_id="SI15012557")
    number = buy(selling)
    sync("import_orders")
    order = Order.objects.get()
    admin.post(f"/orders/order/{order.pk}/accept/", {"_form_submitted": "on"})
    invoice = close_document(draft_for_order(order.pk, "invoice", by=petra).pk, by=petra)
    product = next(p.id for p in selling.state.products.values() if p.sku == "ART-002")
    lines = [{"product_id": product, "quantity": 2}]
    change(selling, number, line_items=lines, customer_note="Ring twice")
    sync("import_orders")
    order.refresh_from_db()
    assert (order.total, order.customer_note) == (invoice.total, "")
    changed = {found["field"].partition(".")[0] for found in order.differences}
    assert changed == {"customer_note", "total", "line"}
    taken = take_version(order.pk, by=petra)
    assert (taken.customer_note, taken.total) == ("Ring twice", invoice.total)
    assert "has another version" in admin.get(f"/orders/order/{order.pk}/change/").content.decode()


def test_a_refund_larger_than_the_order_is_booked_and_said(shop, selling, sync, admin):
    number = buy(selling, set_paid=True)
    sync("import_orders")
    order = Order.objects.get()
    assert order.paid_state == "paid"
    back = ShopClient(selling).call(
        "POST", f"/orders/{number}/refunds", {"amount": "1.00", "api_refund": False}
    )
    assert back.status == 201, back.json
    [key] = [key for key, row in selling.state.refunds.items() if row["order_id"] == number]
    selling.state.refunds.put(key, {**selling.state.refunds[key], "amount": "500", "total": "-500"})
    change(selling, number, customer_note="Sorry")
    sync("import_orders")
    order.refresh_from_db()
    assert (order.refunded, order.paid_state, order.refunded_too_much) == (500, "refunded", True)
    assert "500.00" in admin.get(f"/orders/order/{order.pk}/change/").content.decode()
