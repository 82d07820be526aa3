"""The shop calls us: registering, taking a call, reading again what it was about (O9)."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
import time_machine
from auditlog.models import LogEntry
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from backoffice.demo.shop.webhooks import Delivery
from backoffice.lib.errors import KontorError
from inventory.models import StockLevel
from orders.models import Order
from shops.jobs import look_after_calls, run_slice
from shops.models import Listener, Rule, Run, Shop, ShopCall
from shops.platforms.woocommerce.platform import WooCommerce
from shops.services import alarms, calls, hearing
from shops.services.runs import start_run, work_run
from shops.sync.hearing import calls_are_heard
from tests.factories import make_order_status
from tests.peers.woocommerce import Client as ApiClient
from tests.peers.woocommerce import DemoShop
from tests.shops.sync.conftest import connected, woo

__all__ = ["woo"]

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("O9")]

ORDERS = {"order.created", "order.updated", "order.deleted"}


@pytest.fixture
def shop(db: None, woo: DemoShop) -> Shop:
    shop = connected(woo)
    Rule.objects.filter(shop=shop, kind="order").update(import_here=True, linked="here")
    return shop


@pytest.fixture(autouse=True)
def _no_gap(monkeypatch: Any) -> None:
    monkeypatch.setattr(hearing, "GAP_S", 0.0)


class Caller:
    """The shop's side: what it wants to say is kept, and posted when the test says so."""

    def __init__(self, woo: DemoShop, client: Client) -> None:
        self.woo, self.http, self.api = woo, client, ApiClient(woo)
        self.said: list[Delivery] = []
        woo.webhooks._post = self._keep  # type: ignore[method-assign]

    def _keep(self, delivery: Delivery) -> None:
        delivery.status = 200
        self.said.append(delivery)

    def take(self) -> list[Delivery]:
        self.woo.webhooks.wait()
        said, self.said = self.said, []
        return said

    def deliver(self, times: int = 1, said: list[Delivery] | None = None) -> list[int]:
        """Post what was said since, each so often; the statuses answered."""
        return [
            self.post(delivery) for delivery in (self.take() if said is None else said) for _n in range(times)
        ]

    def post(self, delivery: Delivery) -> int:
        headers = {
            f"HTTP_{name.upper().replace('-', '_')}": value for name, value in delivery.headers.items()
        }
        kind = headers.pop("HTTP_CONTENT_TYPE")
        path = urlsplit(delivery.url).path
        return self.http.post(path, delivery.body, content_type=kind, **headers).status_code

    def place_order(self) -> int:
        made = self.api.call(
            "POST", "/orders", {"line_items": [{"sku": "SHIRT-S", "quantity": 1}], "status": "processing"}
        )
        assert made.status == 201, made.body
        return int(made.json["id"])

    def change(self, path: str, **fields: Any) -> None:
        assert self.api.call("PUT", path, fields).status == 200


@pytest.fixture
def caller(woo: DemoShop, client: Client) -> Caller:
    return Caller(woo, client)


@pytest.fixture
def listener(shop: Shop, caller: Caller) -> Listener:
    """Registered, and the greetings of the new registrations are over."""
    listener = calls.register_calls(shop)
    assert set(caller.deliver()) <= {200}
    Run.objects.all().delete()  # of the read that registering starts
    return listener


def path_of(listener: Listener) -> str:
    return reverse("shops:call", args=[listener.token])


def hear(shop: Shop) -> list[Run]:
    return [work_run(run.pk) for run in hearing.start_hearing(shop.pk)]


def test_only_what_the_matrix_lets_in_is_asked_for(shop, woo):
    assert {one.topic for one in calls.wanted_announcements(shop)} == ORDERS
    Rule.objects.filter(shop=shop, kind="stock").update(linked="here")
    assert "product.updated" in {one.topic for one in calls.wanted_announcements(shop)}
    Rule.objects.filter(shop=shop).update(linked="nothing", import_here=False)
    assert calls.wanted_announcements(shop) == []


def test_registering_again_replaces_and_changes_the_secret(shop, woo, listener, caller):
    before = listener.secret["secret"]
    again = calls.register_calls(shop)
    assert again.token == listener.token
    assert again.secret["secret"] != before
    assert set(again.topics.values_list("topic", "active")) == {(topic, True) for topic in ORDERS}
    assert len(caller.api.call("GET", "/webhooks").json) == len(ORDERS)
    assert before not in str(again.__dict__)


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


def test_what_the_shop_gave_up_is_registered_anew(shop, woo, listener, caller):
    (row,) = [row for row in caller.api.call("GET", "/webhooks").json if row["topic"] == "order.updated"]
    caller.change(f"/webhooks/{row['id']}", status="paused")
    assert calls.due_for_a_look() == []
    Listener.objects.update(checked_at=timezone.now() - timedelta(days=1))
    assert calls.due_for_a_look() == [shop.pk]
    after = calls.check_calls(shop)
    assert all(after.topics.values_list("active", flat=True))
    assert calls.due_for_a_look() == []


def test_the_tick_registers_mends_and_removes_by_itself(shop, caller):
    Listener.objects.create(shop=shop, wanted=True)
    assert calls.due_for_a_look() == [shop.pk]
    look_after_calls(shop.pk)
    listener = Listener.objects.get()
    assert listener.topics.count() == 3
    assert calls.due_for_a_look() == []
    Rule.objects.filter(shop=shop, kind="customer").update(import_here=True)
    later = timezone.now() - timedelta(minutes=11)
    Listener.objects.update(checked_at=later)
    assert calls.due_for_a_look() == [shop.pk]
    look_after_calls(shop.pk)
    assert listener.topics.count() == 5
    Shop.objects.update(active=False)
    Listener.objects.update(checked_at=later)
    assert calls.due_for_a_look() == [shop.pk]
    look_after_calls(shop.pk)
    assert caller.api.call("GET", "/webhooks").json == []
    assert calls.due_for_a_look() == []


def test_calls_that_are_refused_are_told_and_registered_anew_once_an_hour(shop, woo, listener, caller):
    """The shop signs with another secret than ours, after a restored backup for example."""
    Listener.objects.update(
        secret={"secret": "of yesterday"}, registered_at=timezone.now() - timedelta(minutes=5)
    )
    hearing.forget_known()
    for _order in range(3):
        caller.place_order()
    assert set(caller.deliver()) == {401}
    listener.refresh_from_db()
    assert not calls.comes_by_itself(shop, "order")
    assert [wrong.title for wrong in alarms._silent_shops()] == ["Shop lipa does not call as it should."]
    assert calls.due_for_a_look() == []
    Listener.objects.update(registered_at=timezone.now() - timedelta(hours=2))
    assert calls.due_for_a_look() == [shop.pk]
    look_after_calls(shop.pk)
    assert list(alarms._silent_shops()) == []
    caller.take()
    caller.place_order()
    assert caller.deliver() == [200]


def test_a_shop_that_is_deleted_here_calls_no_more(shop, woo, listener, caller, client, admin_user):
    client.force_login(admin_user)
    assert len(caller.api.call("GET", "/webhooks").json) == 3
    client.post(reverse("admin:shops_shop_delete", args=[shop.pk]), {"post": "yes"})
    assert not Shop.objects.exists()
    assert caller.api.call("GET", "/webhooks").json == []


def test_a_failed_look_is_tried_again_soon_not_at_once(shop, caller):
    Listener.objects.create(shop=shop, wanted=True)
    Shop.objects.update(address="http://127.0.0.1:9")
    look_after_calls(shop.pk)
    assert Listener.objects.get().trouble
    assert calls.due_for_a_look() == []
    Listener.objects.update(checked_at=timezone.now() - timedelta(minutes=11))
    assert calls.due_for_a_look() == [shop.pk]


def test_removing_leaves_nothing_in_the_shop(shop, woo, listener, caller):
    calls.remove_calls(shop)
    assert caller.api.call("GET", "/webhooks").json == []
    caller.place_order()
    assert caller.deliver() == []
    assert Listener.objects.get().address == ""


def test_a_shop_that_does_not_answer_leaves_the_reason(shop, woo):
    Shop.objects.update(address="http://127.0.0.1:9")
    shop.refresh_from_db()
    with pytest.raises(KontorError):
        calls.register_calls(shop)
    assert Listener.objects.get().trouble


@pytest.mark.requirement("O10")
def test_silence_is_noticed_by_what_a_poll_finds(shop, woo, listener, caller):
    assert calls_are_heard(shop, WooCommerce, "order")
    Listener.objects.update(registered_at=timezone.now() - timedelta(days=2))
    caller.place_order()
    caller.take()  # they never arrive
    run = start_run(shop, Run.Job.IMPORT_ORDERS, trigger=Run.Trigger.SCHEDULE)
    while run_slice(run.pk) == "more":
        pass
    assert Listener.objects.get().missed == {"order": 1}
    assert "without calling" in calls.silence_text(Listener.objects.get())
    assert not calls_are_heard(shop, WooCommerce, "order")


@pytest.mark.django_db(transaction=True)
def test_the_same_call_from_eight_threads_is_stored_once(shop, woo, listener, caller):
    caller.take()
    caller.place_order()
    (delivery,) = caller.take()
    statuses = []

    def post() -> None:
        statuses.append(hearing.take_call(listener.token, delivery.body, delivery.headers).status)
        connection.close()

    threads = [threading.Thread(target=post) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [200] * 8
    assert ShopCall.objects.get().times <= 8


# On the page Health


def test_the_page_registers_shows_mends_and_removes(shop, woo, caller, client, admin_user):
    client.force_login(admin_user)
    health = reverse("admin:shops_shop_health", args=[shop.pk])
    action = reverse("admin:shops_shop_calls", args=[shop.pk])
    assert "Have the shop call" in client.get(health).content.decode()
    assert client.get(action).status_code == 405
    html = client.post(action, {"action": "register"}, follow=True).content.decode()
    assert "calls for 3 kinds of changes" in html
    assert html.count("order.updated") == 1
    caller.deliver()
    caller.place_order()
    caller.deliver()
    assert "waits" in client.get(health).content.decode()
    hear(shop)
    html = client.get(health).content.decode()
    assert "read again: Create here" in html
    listener = Listener.objects.get()
    assert listener.token not in html
    assert listener.secret["secret"] not in html
    client.post(path_of(listener), b"{}", content_type="application/json")
    assert "1 call was refused" in client.get(health).content.decode()
    html = client.post(action, {"action": "remove"}, follow=True).content.decode()
    assert "does not call any more" in html
    noted = LogEntry.objects.get_for_object(shop).filter(changes__has_key="registered calls").order_by("pk")
    assert [(one.actor, one.changes["registered calls"]) for one in noted] == [
        (admin_user, ["", "on"]),
        (admin_user, ["on", "off"]),
    ]


def test_who_may_not_change_the_shop_does_not_register(shop, listener, client, django_user_model):
    user = django_user_model.objects.create_user("reader", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_shop"))
    client.force_login(user)
    assert (
        client.post(reverse("admin:shops_shop_calls", args=[shop.pk]), {"action": "remove"}).status_code
        == 403
    )
    html = client.get(reverse("admin:shops_shop_health", args=[shop.pk])).content.decode()
    assert "Register anew" not in html
    assert "What the shop announces" in html
