"""What is kept about a customer is given out whole, and forgotten whole, but for issued documents."""

from __future__ import annotations

import io
import json

import pytest
from django.core.management import CommandError, call_command

from orders.models import Customer, Document, Order
from orders.services.documents import close_document, draft_for_order
from shops.models import CallLog, Change, IncomingOrder, RemoteElement
from tests.factories import make_company, make_run, make_shop

pytestmark = pytest.mark.django_db
SECRETS = ("Novak", "Prešernova", "ana@example.com", "041 000 000", "Ring twice", "SI12345678")


@pytest.fixture
def customer(accepted_order) -> Customer:
    return accepted_order.customer


@pytest.fixture
def accepted_order(db):
    from decimal import Decimal

    from django.utils import timezone

    from orders.drafts import AddressDraft, IntakeRules, LineDraft, OrderDraft
    from orders.services.accept import accept_order

    make_company()
    shop = make_shop("lipa")
    order = accept_order(
        OrderDraft(
            source="lipa", source_id="7", number="7", source_label="Lipa", currency="EUR", placed_at=timezone.now(),
            email="ana@example.com", vat_id="SI12345678", customer_note="Ring twice", total=Decimal("12.20"),
            billing=AddressDraft(first_name="Ana", last_name="Novak", street="Prešernova 1", city="Ljubljana",
                                 country="SI", phone="041 000 000", email="ana@example.com"),
            lines=(LineDraft(name="Mug", sku="MUG", net=Decimal(10), vat=Decimal("2.20"), vat_percent=Decimal(22)),),
        ),
        rules=IntakeRules(accept=True),
    ).order  # fmt: skip
    raw = {"billing": {"last_name": "Novak"}}
    IncomingOrder.objects.create(shop=shop, remote_id="7", payload=raw, payload_print="x", order_id=order.pk)
    RemoteElement.objects.create(
        shop=shop,
        kind="order",
        remote_id="7",
        name="7 Novak",
        local_id=order.pk,
        content={"email": "ana@example.com"},
    )
    RemoteElement.objects.create(
        shop=shop, kind="customer", remote_id="3", name="Ana Novak", natural_key="ana@example.com",
        local_id=order.customer_id, content={"last_name": "Novak"},
    )  # fmt: skip
    run = make_run(shop)
    Change.objects.create(
        run=run, kind="customer", verb="create", local_id=order.customer_id, name="Ana Novak", key="ana@example.com",
        fields={"phone": ["", "041 000 000"]}, message="Ana Novak was sent",
    )  # fmt: skip
    Change.objects.create(run=run, kind="order", verb="create", local_id=order.pk, name="7 Novak")
    CallLog.objects.create(
        shop=shop,
        method="GET",
        url="https://lipa/orders/7",
        answer='{"last_name": "Novak", "email": "ana@example.com"}',
    )
    CallLog.objects.create(shop=shop, method="GET", url="https://lipa/customers?email=ana%40example.com")
    CallLog.objects.create(
        shop=make_shop("other"), method="GET", url="https://other/", answer="nothing of hers"
    )
    return order


def everything() -> str:
    """All rows of ours as text, but for documents."""
    from django.apps import apps
    from django.core import serializers

    rows = [
        row
        for label in ("orders", "shops")
        for model in apps.get_app_config(label).get_models()
        if model.__name__ not in ("Document", "DocumentLine")
        for row in model._default_manager.all()
    ]
    return serializers.serialize("json", rows, ensure_ascii=False)


def test_all_that_is_kept_is_given_out(customer):
    out = io.StringIO()
    call_command("customer_data", "Ana@example.com", stdout=out)
    found = json.loads(out.getvalue())
    assert found["customer"]["last_name"] == "Novak"
    assert found["orders"][0]["billing"]["street"] == "Prešernova 1"
    assert [change["name"] for change in found["changes_between_here_and_the_shops"]] == [
        "Ana Novak",
        "7 Novak",
    ]
    assert [call["url"][-8:] for call in found["requests_to_the_shops"]] == ["orders/7", "mple.com"]
    assert found["as_the_shops_sent_them"] == [{"billing": {"last_name": "Novak"}}]
    for secret in SECRETS:
        assert secret in out.getvalue()


def test_forgetting_leaves_nothing_but_the_issued_document(customer, accepted_order):
    document = close_document(draft_for_order(accepted_order.pk, "invoice", by=None).pk, by=None)
    Order.objects.update(state="done")
    call_command("customer_data", "ana@example.com", "--forget", stdout=io.StringIO())
    left = everything()
    assert [call.shop.code for call in CallLog.objects.all()] == ["other"]
    assert "ana%40example" not in left
    for secret in SECRETS:
        assert secret not in left, secret
    assert Document.objects.get(pk=document.pk).buyer["name"]
    order = Order.objects.get()
    assert (order.number, order.total, order.billing.country) == ("LIPA-7", accepted_order.total, "SI")
    customer.refresh_from_db()
    assert str(customer) == f"#{customer.pk}"
    with pytest.raises(CommandError):
        call_command("customer_data", "ana@example.com")


def test_who_still_waits_for_goods_is_not_forgotten(customer):
    with pytest.raises(CommandError, match="open orders"):
        call_command("customer_data", "ana@example.com", "--forget")
    assert Customer.objects.get().last_name == "Novak"
