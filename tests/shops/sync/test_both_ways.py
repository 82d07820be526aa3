"""Elements that change in both directions at once count as equal only when both directions were done."""

from __future__ import annotations

import pytest

from backoffice.lib import points
from inventory.models import Article
from orders.models import Order
from shops.models import Problem, RemoteElement
from shops.services import plans
from shops.services.runs import work_run
from tests import factories as make
from tests.peers.woocommerce import Client
from tests.shops.sync.conftest import kontor_leads, set_rules
from tests.shops.sync.test_orders import buy, selling

__all__ = ["selling"]

pytestmark = pytest.mark.django_db(transaction=True)


def product(woo, sku="ART-001"):
    return next(p for p in woo.state.products.values() if p.sku == sku)


def change_there(woo, there, **fields):
    """What the shop's own staff do in its panel."""
    for name, value in fields.items():
        setattr(there, name, value)
    woo.state.touch(there)


def own(shop, **owners):
    shop.owners = owners
    shop.save()


def verbs(run):
    return {change.verb: change.state for change in run.changes.filter(kind="article")}


# Articles whose field groups have different owners


def test_what_could_not_be_taken_is_tried_again_although_the_other_half_was_sent(shop, woo, catalogue, sync):
    kontor_leads(shop)
    sync()
    set_rules(shop, article={"linked": "here", "export_there": False})
    own(shop, texts="here")
    make.make_article("TAKEN")
    Article.objects.filter(sku="ART-001").update(name="Our words")
    there = product(woo)
    change_there(woo, there, sku="TAKEN")
    assert verbs(sync()) == {"update_shop": "done", "update_here": "refused"}
    assert verbs(sync()) == {"update_here": "refused"}
    change_there(woo, product(woo, "TAKEN"), sku="ART-100")
    assert verbs(sync()) == {"update_here": "done"}
    assert (Article.objects.get(sku="ART-100").name, product(woo, "ART-100").name) == (
        "Our words",
        "Our words",
    )
    assert not sync().changes.exists()


def test_what_could_not_be_sent_is_tried_again_although_the_other_half_was_taken(shop, woo, catalogue, sync):
    kontor_leads(shop)
    sync()
    own(shop, texts="shop")
    Article.objects.filter(sku="ART-001").update(weight_g=900)
    there = product(woo)
    change_there(woo, there, name="The shop's words")
    down = woo.fails("POST", "/products/batch", times=None)
    assert verbs(sync()) == {"update_here": "done", "update_shop": "held"}
    assert Article.objects.get(sku="ART-001").name == "The shop's words"
    down.times = 0
    assert verbs(sync()) == {"update_shop": "done"}
    assert product(woo).weight == "0.9"
    assert not sync().changes.exists()


def test_a_refusal_by_the_shop_does_not_keep_the_other_half_from_coming(shop, woo, catalogue, sync):
    kontor_leads(shop)
    sync()
    set_rules(shop, article={"linked": "here", "export_there": False})
    own(shop, texts="here")
    make.make_article("TAKEN")
    Article.objects.filter(sku="ART-001").update(name="Our words")
    there = product(woo)
    change_there(woo, there, sku="TAKEN")
    woo.refuses("^Our words$", code="odd_rule")
    woo.refuses("^Mug 1$", code="odd_rule")
    assert verbs(sync()) == {"update_shop": "refused", "update_here": "refused"}
    woo.reset_counts()
    assert verbs(sync()) == {"update_here": "refused"}  # tried again; what the shop refused is not sent again
    assert woo.writes == []


def test_an_approved_half_of_a_plan_leaves_the_other_half_to_be_planned(shop, woo, catalogue, sync):
    kontor_leads(shop)
    sync()
    own(shop, texts="shop")
    Article.objects.filter(sku="ART-001").update(weight_g=900)
    there = product(woo)
    change_there(woo, there, name="The shop's words")
    plan = sync(mode="preview")
    plans.leave_out([plan.changes.get(verb="update_here").pk], plan)
    assert verbs(work_run(plans.approve_plan(plan).pk)) == {"update_shop": "done"}
    assert verbs(sync()) == {"update_here": "done"}
    assert (Article.objects.get(sku="ART-001").name, product(woo).weight) == ("The shop's words", "0.9")
    assert not sync().changes.exists()


def test_what_the_shop_changed_while_it_was_written_to_is_seen_by_the_next_run(shop, woo, catalogue, sync):
    kontor_leads(shop)
    sync()
    Article.objects.filter(sku="ART-001").update(weight_g=900)
    there = product(woo)

    def rival(point):
        if point == "write.reserved" and there.name == "Mug 1":
            change_there(woo, there, name="Renamed meanwhile")

    points.listen(rival)
    try:
        sync()
    finally:
        points.listen(None)
    assert (product(woo).name, product(woo).weight) == ("Renamed meanwhile", "0.9")
    assert sync().changes.get(kind="article").fields == {"name": ["Renamed meanwhile", "Mug 1"]}
    assert product(woo).name == "Mug 1"
    assert not sync().changes.exists()


# Orders: their content comes here, their status goes there


@pytest.fixture
def statuses(shop, selling):
    """{the shop's status: ours}, linked."""
    found = {}
    for remote_id in ("processing", "completed", "on-hold"):
        found[remote_id] = make.make_order_status(f"Our {remote_id}")
        RemoteElement.objects.filter(shop=shop, kind="order_status", remote_id=remote_id).update(
            local_id=found[remote_id].pk
        )
    return found


@pytest.mark.requirement("E3", "O11")
def test_a_status_set_here_goes_there_although_the_order_came_again_before(shop, selling, statuses, sync):
    number = buy(selling, status="processing")
    sync("import_orders")
    Order.objects.update(status=statuses["completed"])
    Client(selling).call("PUT", f"/orders/{number}", {"customer_note": "Ring twice"})
    sync("import_orders")
    sync("export_statuses")
    assert selling.state.orders[number]["status"] == "completed"
    assert Order.objects.get().customer_note == "Ring twice"
    selling.reset_counts()
    sync("export_statuses")
    assert selling.writes == []


@pytest.mark.requirement("O11")
def test_an_order_change_that_could_not_be_taken_waits_while_statuses_are_sent(shop, selling, statuses, sync):
    number = buy(selling, status="processing")
    sync("import_orders")
    shop.unknown_articles = "park"
    shop.save()
    there = selling.state.orders[number]
    other = buy(selling, sku="ART-002")
    there["line_items"].extend(selling.state.orders[other]["line_items"])
    Article.objects.filter(sku="ART-002").update(sku="ELSEWHERE")
    RemoteElement.objects.filter(kind="article", natural_key="ART-002").update(local_id=None)
    Client(selling).call("PUT", f"/orders/{number}", {"customer_note": "One more"})
    waiting = sync("import_orders").changes.filter(verb="update_here")
    assert [change.state for change in waiting] == ["refused"]
    sync("export_statuses")  # nothing to send
    assert sync("import_orders").changes.filter(verb="update_here", state="refused").count() == 1
    Order.objects.update(status=statuses["completed"])
    sync("export_statuses")
    assert selling.state.orders[number]["status"] == "completed"
    again = sync("import_orders").changes.filter(verb="update_here")
    assert [change.state for change in again] == ["refused"]
    assert Problem.objects.filter(kind="order", state="open").exists()
