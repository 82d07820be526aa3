"""Explain: an article in its shops, and why a shop was sent nothing."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.urls import reverse
from django.utils import timezone

from shops.models import Change, Hold, Problem, RemoteElement, Rule, Run, Shop, Step
from shops.services.explain import explain_article
from shops.services.rules import ensure_rules
from shops.services.unsent import why_nothing_was_sent
from shops.sync.local.amounts import available_quantities
from tests import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def mug(shop):
    """9 - 8 and 3 - 1.5 in the chosen warehouses, 14 in another; buffer 1."""
    article = make.make_article("MUG-BL-30", name="Mug")
    near, far, outlet = (make.make_warehouse(code) for code in ("NEAR", "FAR", "OUT"))
    make.make_stock(article, near, 9, 8)
    make.make_stock(article, far, 3, "0.5")
    make.make_stock(article, outlet, 14)
    shop.warehouses.set([near, far])
    shop.safety_buffer = Decimal(1)
    shop.save()
    Rule.objects.filter(shop=shop, kind="stock").update(linked="shop")
    return article


def link(shop, article, **stock):
    make.make_link(shop, "article", article.pk, "36")
    make.make_link(shop, "stock", article.pk, "36", **stock)


def only(story):
    assert len(story.shops) == 1
    return story.shops[0]


def test_the_arithmetic_is_that_of_the_engine_line_by_line(shop, mug):
    here = only(explain_article(mug))
    counted = {line.warehouse.code: line.free for line in here.available.lines if line.counted}
    assert counted == {"NEAR": Decimal(1), "FAR": Decimal("2.5")}
    assert [line.warehouse.code for line in here.available.lines if not line.counted] == ["OUT"]
    assert (here.available.total, here.available.available) == (Decimal("3.5"), Decimal(2))
    assert available_quantities(shop, [mug.pk])[mug.pk] == here.available.available


@pytest.mark.parametrize("buffer", ["0", "0.5", "3.5", "3.6", "100"])
def test_buffer_floor_and_rounding_agree_with_the_engine(shop, mug, buffer):
    Shop.objects.filter(pk=shop.pk).update(safety_buffer=Decimal(buffer))
    shop.refresh_from_db()
    assert only(explain_article(mug)).available.available == available_quantities(shop, [mug.pk])[mug.pk]


def test_a_shop_that_shows_too_much_may_be_oversold(shop, mug):
    now = timezone.now()
    link(shop, mug, sent_value=4, sent_at=now, seen_value=4, seen_at=now)
    here = only(explain_article(mug))
    assert (here.oversold, here.stock.seen, here.linked) == (True, Decimal(4), True)
    RemoteElement.objects.filter(kind="stock").update(seen_value=2)
    here = only(explain_article(mug))
    assert (here.oversold, here.words) == (False, "Nothing stands in the way.")


def test_why_an_article_is_not_in_a_shop(shop, mug):
    assert "“Export” of articles is not ticked" in only(explain_article(mug)).words
    Rule.objects.filter(shop=shop, kind="article").update(export_there=True)
    assert only(explain_article(mug)).words == "It is created there by the next sync."
    group = make.make_category("Mugs")
    mug.categories.add(group)
    shop.excluded_categories.add(group)
    assert only(explain_article(mug)).words == "The group “Mugs” is left out."


def test_the_worst_is_said_first(admin, shop, mug):
    link(shop, mug)
    problem = Problem.objects.create(
        shop=shop, kind="article", key="a", message="No VAT.", cure="Add it.", last_seen=timezone.now()
    )
    RemoteElement.objects.filter(kind="article").update(problem=problem)
    here = only(explain_article(mug))
    assert (here.state, here.words, here.cure) == ("bad", "No VAT.", "Add it.")
    assert "No VAT." in admin.get(here.url).content.decode()
    Shop.objects.filter(pk=shop.pk).update(
        paused_until=timezone.now() + timedelta(hours=1), pause_reason="503"
    )
    assert only(explain_article(mug)).words == "The shop is paused: 503"
    Shop.objects.filter(pk=shop.pk).update(active=False)
    assert only(explain_article(mug)).words == "The shop is switched off."


def test_changes_are_told_with_their_run_but_not_what_is_only_planned(shop, mug):
    run = make.make_run(shop, state="done")
    done = Change.objects.create(run=run, kind="stock", verb="update_shop", state="done", local_id=mug.pk)
    preview = make.make_run(shop, mode="preview", state="done")
    Change.objects.create(run=preview, kind="stock", verb="update_shop", local_id=mug.pk)
    Change.objects.create(run=run, kind="customer", verb="update_here", state="done", local_id=mug.pk)
    assert [change.pk for change in explain_article(mug).changes] == [done.pk]


def test_the_tab_shows_it_and_costs_the_same_for_many_shops(admin, shop, mug, queries):
    url = reverse("admin:inventory_article_change", args=[mug.pk])
    now = timezone.now()
    link(shop, mug, sent_value=4, sent_at=now, seen_value=4, seen_at=now)
    html = " ".join(admin.get(url).content.decode().split())
    assert "Shops and history" in html
    assert "May be oversold: it shows 4, true is 2." in html
    assert "Available for Lipa PL, never below 0, rounded down" in html
    one = queries(lambda: admin.get(url))
    for code in ("a", "b", "c"):
        ensure_rules(make.make_shop(code, platform="fabric"))
    assert queries(lambda: admin.get(url)) == one


def test_who_may_not_see_shops_has_no_such_tab(client, shop, mug):
    user = get_user_model().objects.create_user("jana", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=["view_article", "change_article"]))
    client.force_login(user)
    html = client.get(reverse("admin:inventory_article_change", args=[mug.pk])).content.decode()
    assert "MUG-BL-30" in html
    assert "Shops and history" not in html


# Why was nothing sent?


@pytest.fixture
def sending(shop):
    """A shop in which nothing stands in the way: confirmed, ruled, and its last run found both sides equal."""
    Shop.objects.filter(pk=shop.pk).update(overwrite_confirmed_at=timezone.now())
    shop.refresh_from_db()
    Rule.objects.filter(shop=shop).update(linked="shop")
    shop.warehouses.add(make.make_warehouse())
    shop.price_list = make.make_price_list()
    shop.save()
    run = make.make_run(shop, state="done", finished_at=timezone.now())
    Step.objects.create(run=run, kind="stock", position=1, state="done", phase="finished", equal=9)
    return shop


def titles(shop):
    return [answer.title for answer in why_nothing_was_sent(Shop.objects.get(pk=shop.pk))]


def test_equal_sides_are_an_answer(sending):
    assert titles(sending) == ["There was no change to send."]
    Step.objects.update(shop=3)
    assert titles(sending) == []


@pytest.mark.parametrize(
    ("fields", "title"),
    [
        ({"active": False}, "The shop is switched off."),
        ({"overwrite_confirmed_at": None}, "Overwriting was not confirmed yet."),
        ({"credentials": {}}, "No login is saved."),
    ],
)
def test_what_stops_everything_stands_first(sending, fields, title):
    for name, value in fields.items():
        setattr(sending, name, value)
    sending.save()
    assert titles(sending)[0] == title


def test_a_paused_shop_says_why(sending):
    Shop.objects.filter(pk=sending.pk).update(
        paused_until=timezone.now() + timedelta(minutes=9), pause_reason="It answers 503."
    )
    first = why_nothing_was_sent(Shop.objects.get(pk=sending.pk))[0]
    assert (first.weight, "It answers 503." in first.text) == ("stop", True)


def test_rules_that_send_nothing(sending):
    Rule.objects.filter(shop=sending).update(linked="nothing")
    assert titles(sending)[0] == "No rule sends anything to the shop."


def test_a_run_that_waits_behind_another_names_it(sending):
    busy = make.make_run(sending, state="running")
    waiting = make.make_run(sending)
    assert f"Run {waiting.pk} waits behind run {busy.pk}." in titles(sending)


def test_a_skipped_step_says_what_it_needed(sending):
    Step.objects.update(
        state="skipped", message="Skipped, because this did not end without error before: Units."
    )
    assert titles(sending) == [
        "Stock: not done. Skipped, because this did not end without error before: Units."
    ]


def test_a_failed_run_says_why(sending):
    Run.objects.update(state="failed", message="The key was refused.", cure="Enter a new one.")
    first = why_nothing_was_sent(sending)[0]
    assert (first.weight, first.title, first.text) == (
        "stop",
        "The last run failed: The key was refused.",
        "Enter a new one.",
    )


def test_holds_and_causes_are_named(sending):
    Hold.objects.create(run=Run.objects.get(), kind="stock", risk="zero", count=30, base=40)
    Problem.objects.create(shop=sending, kind="article", key="a", message="m", last_seen=timezone.now())
    found = titles(sending)
    assert "The brake holds changes: stock set to zero, 30." in found
    assert any(title.startswith("Elements are set aside") for title in found)


def test_the_health_page_answers_by_itself_with_a_fixed_number_of_queries(admin, sending, queries):
    url = reverse("admin:shops_shop_health", args=[sending.pk])
    html = admin.get(url).content.decode()
    assert "Why was nothing sent?" in html
    assert "There was no change to send." in html
    few = queries(lambda: admin.get(url))
    for number in range(5):
        Problem.objects.create(
            shop=sending, kind="article", key=str(number), message="m", last_seen=timezone.now()
        )
        Hold.objects.create(
            run=make.make_run(sending, state="done"), kind="stock", risk="zero", count=30, base=40
        )
    assert queries(lambda: admin.get(url)) <= few + 1
