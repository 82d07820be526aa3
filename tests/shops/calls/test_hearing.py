"""Taking a call, reading again what it was about (O9)."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from inventory.models import StockLevel
from orders.models import Order
from shops.models import Rule, Run, Shop, ShopCall
from shops.services import calls, hearing
from shops.services.runs import start_run, work_run
from tests.factories import make_order_status
from tests.shops.calls.calling import hear, path_of

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("O9")]


@pytest.mark.requirement("O1")
def test_a_placed_order_is_read_when_the_shop_calls(shop, woo, listener, caller):
    number = caller.place_order()
    assert caller.deliver() == [200]
    caller.woo.reset_counts()
    (run,) = hear(shop)
    assert run.trigger == Run.Trigger.SHOP
    assert run.state == Run.State.DONE, run.message
    assert Order.objects.get(source=shop.code).source_id == str(number)
    assert woo.calls["GET", "/orders"] == 1
    assert sum(woo.calls.values()) <= 6  # the order, and what a run asks about the shop
    assert ShopCall.objects.get().run == run


def test_an_order_from_before_the_first_call_is_not_forgotten(shop, caller):
    caller.place_order()
    calls.register_calls(shop)
    (run,) = Run.objects.filter(job=Run.Job.IMPORT_ORDERS)
    work_run(run.pk)
    assert Order.objects.count() == 1


def test_the_same_call_five_times_is_one_hint(shop, woo, listener, caller):
    caller.place_order()
    assert caller.deliver(times=5) == [200] * 5
    assert ShopCall.objects.get().times == 5
    hear(shop)
    assert hearing.start_hearing(shop.pk) == []
    assert Order.objects.count() == 1


def test_calls_in_the_wrong_order_end_with_what_the_shop_has(shop, woo, listener, caller):
    number = caller.place_order()
    early = caller.take()
    caller.change(f"/orders/{number}", customer_note="Ring twice")
    caller.deliver()
    hear(shop)
    caller.deliver(said=early)  # the first one arrives last
    hear(shop)
    assert Order.objects.get().customer_note == "Ring twice"


@pytest.mark.requirement("O11")
def test_an_active_call_for_updates_brings_the_status(shop, woo, listener, caller):
    number = caller.place_order()
    caller.deliver()
    hear(shop)
    assert shop.update_known_status is False
    work_run(start_run(shop, Run.Job.IMPORT_ORDERS).pk)  # reads the shop's statuses
    completed = make_order_status("Completed", kind="done")
    element = shop.elements.filter(kind="order_status", remote_id="completed")
    assert element.update(local_id=completed.pk) == 1
    caller.change(f"/orders/{number}", status="completed")
    caller.deliver()
    hear(shop)
    assert Order.objects.get().status.name == "Completed"


def test_a_wrong_signature_is_refused_and_leaves_no_row(shop, woo, listener, caller, client):
    caller.place_order()
    (delivery,) = caller.take()
    for body, signature in (
        (delivery.body + b" ", None),
        (delivery.body, "x"),
        (b"", ""),
        (b"\xff" * 100, "č"),
    ):
        sign = delivery.headers["X-WC-Webhook-Signature"] if signature is None else signature
        answer = client.post(
            path_of(listener), body, content_type="application/json", HTTP_X_WC_WEBHOOK_SIGNATURE=sign
        )
        assert (answer.status_code, answer.content) == (401, b"")
    assert not ShopCall.objects.exists()
    listener.refresh_from_db()
    assert listener.refused == 4
    assert listener.refused_since


def test_other_addresses_methods_and_sizes(shop, listener, client):
    assert client.post("/calls/" + "x" * 43, b"{}", content_type="application/json").status_code == 404
    assert client.get(path_of(listener)).status_code == 405
    large = b"x" * (2 * 1024 * 1024 + 1)
    assert client.post(path_of(listener), large, content_type="application/json").status_code == 413
    assert (
        Client(enforce_csrf_checks=True).post(path_of(listener), b"", content_type="a/b").status_code == 401
    )


def test_storing_a_call_costs_few_queries(shop, woo, listener, caller, django_assert_max_num_queries):
    caller.place_order()
    with django_assert_max_num_queries(7):  # with the transaction's own statements
        assert caller.deliver() == [200]


@pytest.mark.requirement("O14")
def test_a_shop_that_is_switched_off_is_answered_and_not_read(shop, woo, listener, caller):
    caller.deliver()
    Shop.objects.update(active=False)
    caller.place_order()
    assert caller.deliver() == [200]
    assert hear(shop) == []
    assert ShopCall.objects.get().state == ShopCall.State.IDLE
    assert not Run.objects.filter(trigger=Run.Trigger.SHOP).exists()


@pytest.mark.requirement("O14")
def test_a_matrix_row_that_was_switched_off_means_nothing_to_do(shop, woo, listener, caller):
    caller.place_order()
    caller.deliver()
    Rule.objects.filter(shop=shop, kind="order").update(import_here=False, linked="nothing")
    assert hear(shop) == []
    assert not Order.objects.exists()


def test_a_storm_of_calls_about_one_order_is_a_few_reads(shop, woo, listener, caller):
    number = caller.place_order()
    caller.deliver()
    hear(shop)
    ShopCall.objects.bulk_create(
        ShopCall(
            shop=shop, topic="order.updated", kind="order", verb="updated", remote_id=str(number), key=f"k{n}"
        )
        for n in range(10_000)
    )
    woo.reset_counts()
    runs = 0
    while hearing.waiting_calls(shop.pk):
        runs += len(hear(shop))
    assert runs <= 3
    assert woo.calls["GET", "/orders"] <= 3
    assert Order.objects.count() == 1


def test_what_is_called_about_all_the_time_rests_and_others_do_not_wait(
    shop, woo, listener, caller, client, admin_user
):
    number = caller.place_order()
    caller.deliver()
    began = timezone.now()
    with time_machine.travel(began, tick=False) as clock:
        reads = []
        for second in range(0, 120, 4):
            clock.move_to(began + timedelta(seconds=second))
            caller.api.call("PUT", f"/orders/{number}", {"customer_note": f"Please at {second}"})
            caller.deliver()
            if second % 60 == 56:
                hearing.end_rest()  # as the tick does
            if hear(shop):
                reads.append(second)
        assert reads == [0, 4, 8, 60, 64, 68]
        resting = ShopCall.objects.filter(state=ShopCall.State.RESTING)
        assert resting.exists()
        client.force_login(admin_user)
        page = client.get(reverse("admin:shops_shop_health", args=[shop.pk])).content.decode()
        assert "Called often, read within a minute" in page
        other = caller.place_order()
        caller.deliver()
        (run,) = hear(shop)
        assert run.options["ids"]["order"] == [[str(other), ""]]
        clock.shift(timedelta(minutes=1))
        hearing.end_rest()
        hear(shop)
    assert not resting.exists()
    assert Order.objects.get(source_id=number).customer_note == "Please at 116"


def test_while_one_run_is_at_work_the_next_calls_wait_for_its_end(shop, woo, listener, caller):
    caller.place_order()
    caller.deliver()
    (run,) = hearing.start_hearing(shop.pk)
    caller.place_order()
    caller.deliver()
    assert hearing.start_hearing(shop.pk) == []
    work_run(run.pk)
    assert hearing.waiting_calls(shop.pk)
    assert len(hear(shop)) == 1
    assert Order.objects.count() == 2


def test_articles_and_stock_are_read_again_too(shop, woo, caller):
    for kind in ("article", "stock"):
        Rule.objects.filter(shop=shop, kind=kind).update(linked="here", import_here=True)
    shop.download_warehouse = shop.warehouses.get()
    shop.save()
    calls.register_calls(shop)
    caller.deliver()
    made = caller.api.call(
        "POST", "/products", {"sku": "NEW-1", "name": "New", "manage_stock": True, "stock_quantity": 7}
    )
    caller.deliver()
    woo.reset_counts()
    (run,) = hear(shop)
    assert run.job == Run.Job.HEAR_OTHERS
    assert run.changes.filter(kind="article", key="NEW-1").exists()
    assert woo.calls["GET", "/products"] == 1
    assert StockLevel.objects.get(article__sku="NEW-1").on_hand == 7
    caller.api.call("DELETE", f"/products/{made.json['id']}")
    caller.deliver()
    hear(shop)
    assert not shop.elements.filter(kind="article", local_id__isnull=False).exists()
