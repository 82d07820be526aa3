"""Calls that stop, and registering them anew (O9)."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from backoffice.lib.errors import KontorError
from shops.jobs import look_after_calls, run_slice
from shops.models import Listener, Rule, Run, Shop, ShopCall
from shops.platforms.woocommerce.platform import WooCommerce
from shops.services import calls, hearing, wrong
from shops.services.runs import start_run
from shops.sync.hearing import calls_are_heard

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("O9")]


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
    assert [one.title for one in wrong.what_is_wrong() if one.key.startswith("calls:")] == [
        "Shop lipa does not call as it should."
    ]
    assert calls.due_for_a_look() == []
    Listener.objects.update(registered_at=timezone.now() - timedelta(hours=2))
    assert calls.due_for_a_look() == [shop.pk]
    look_after_calls(shop.pk)
    assert not [one for one in wrong.what_is_wrong() if one.key.startswith("calls:")]
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
