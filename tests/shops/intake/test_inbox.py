"""The inbox of parked orders: one card for each cause, cured in the card, without a request to the shop."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from inventory.models import Article, VatRate
from orders.models import Customer, Order, OrderStatus, PaymentMethod, SalesChannel
from shops.models import IncomingOrder, Meaning, Problem, RemoteElement, Run, Shop
from tests import factories as make
from tests.shops.intake.conftest import ANA, buy, change, numbers, waiting

pytestmark = pytest.mark.django_db(transaction=True)
PAGE = "/shops/problem/parked/"


def cure(shop: Shop, cause: str) -> str:
    return reverse("admin:shops_problem_cure", args=[shop.pk, cause])


def text(response) -> str:
    return " ".join(response.content.decode().split())


# Methods, statuses, VAT rates


@pytest.mark.requirement("O8")
def test_linking_a_method_releases_its_orders_and_later_ones_do_not_wait(shop, strict, sync, admin):
    blik = {"payment_method": "blik", "payment_method_title": "BLIK"}
    three = [str(buy(strict, **blik)) for _n in range(3)]
    sync("import_orders")
    assert waiting(shop) == dict.fromkeys(three, "unmapped")
    online = PaymentMethod.objects.create(name="Online payment")
    page = text(admin.get(PAGE))
    assert f"Payment method “BLIK” of {shop.name} is not mapped." in page
    assert "Link and release 3 orders" in page
    assert f'<option value="{online.pk}" selected>' in page  # by what the names mean
    strict.reset_counts()
    said = text(
        admin.post(
            cure(shop, "unmapped"),
            {"do": "link", "key": "payment_method:blik", "name": "BLIK", "local": online.pk},
            follow=True,
        )
    )
    assert strict.requests == []
    assert "3 orders were released" in said
    assert "“BLIK” of" in said
    assert (numbers(), waiting(shop)) == (three, {})
    assert set(Order.objects.values_list("payment_method", flat=True)) == {online.pk}
    problem = Problem.objects.get(key__contains="blik")
    assert (problem.state, problem.count, problem.cured_by.username) == ("cured", 0, "petra")
    later = str(buy(strict, **blik))
    run = sync("import_orders")
    assert numbers() == [*three, later]
    # The engine finds nothing left to do with the released ones.
    assert run.changes.filter(kind="order").count() == 1


@pytest.mark.requirement("O8")
def test_a_status_is_created_with_what_it_means(shop, strict, sync, admin):
    RemoteElement.objects.filter(kind="order_status", remote_id="on-hold").update(local_id=None)
    OrderStatus.objects.filter(name="On hold").delete()
    buy(strict, status="on-hold")
    sync("import_orders")
    admin.post(
        cure(shop, "unmapped"),
        {"do": "create", "key": "order_status:on-hold", "name": "On hold", "status_kind": "waiting"},
    )
    assert Order.objects.get().status.kind == "waiting"


@pytest.mark.requirement("O8")
def test_a_vat_rate_is_chosen_or_created(shop, strict, sync, admin):
    buy(strict)
    VatRate.objects.update(country="DE")
    sync("import_orders")
    page = text(admin.get(PAGE))
    assert "Create “SI 22 %” here and release" in page
    other = VatRate.objects.create(country="SI", percent=Decimal("9.5"))
    admin.post(
        cure(shop, "unmapped"), {"do": "link", "key": "vat_rate:SI:22", "name": "SI 22 %", "local": other.pk}
    )
    line = Order.objects.get().lines.get(kind="item")
    assert (line.vat_rate, line.vat_percent) == (other, Decimal("9.5"))
    Meaning.objects.all().delete()
    buy(strict)
    sync("import_orders")
    admin.post(cure(shop, "unmapped"), {"do": "create", "key": "vat_rate:SI:22", "name": "SI 22 %"})
    assert VatRate.objects.filter(country="SI", percent=22).exists()
    assert (Order.objects.count(), waiting(shop)) == (2, {})


def test_nothing_chosen_changes_nothing(shop, strict, sync, admin):
    buy(strict, payment_method="blik", payment_method_title="BLIK")
    sync("import_orders")
    said = text(admin.post(cure(shop, "unmapped"), {"do": "link", "key": "payment_method:blik"}, follow=True))
    assert "Nothing was chosen, so nothing was changed." in said
    assert len(waiting(shop)) == 1


# Articles


@pytest.fixture
def unknown(shop, strict, sync):
    """Three orders: of ART-001, of ART-002, of both; neither is known here any more."""
    bought = [buy(strict, "ART-001"), buy(strict, "ART-002")]
    ids = {p.sku: p.id for p in strict.state.products.values()}
    both = [{"product_id": ids[sku], "quantity": 1} for sku in ("ART-001", "ART-002")]
    bought.append(buy(strict, line_items=both))
    for sku in ("ART-001", "ART-002"):
        Article.objects.filter(sku=sku).update(sku=f"OLD-{sku}", ean=f"383{sku}")
    RemoteElement.objects.filter(kind="article").update(local_id=None)
    sync("import_orders")
    assert set(waiting(shop).values()) == {"article_unknown"}
    return [str(number) for number in bought]


@pytest.mark.requirement("O2")
def test_an_article_is_chosen_and_the_button_says_how_many_it_releases(shop, strict, unknown, admin):
    page = text(admin.get(PAGE))
    assert f"3 orders of {shop.name} have articles that are not known here" in page
    chosen = {"key-1": "ART-001", "text-1": "OLD-ART-001 Mug 1", "key-2": "ART-002", "text-2": ""}
    assert "Apply and release 1 order" in text(
        admin.post(cure(shop, "article_unknown"), {"do": "count", **chosen})
    )
    both = chosen | {"text-2": "OLD-ART-002"}
    assert "Apply and release 3 orders" in text(
        admin.post(cure(shop, "article_unknown"), {"do": "count", **both})
    )
    said = text(admin.post(cure(shop, "article_unknown"), {"do": "apply", **chosen}, follow=True))
    assert "1 order was released" in said
    assert "1 order waits on." in said
    assert numbers() == [unknown[0]]
    line = Order.objects.get().lines.get(kind="item")
    assert (line.sku, line.article.sku) == ("ART-001", "OLD-ART-001")
    admin.post(cure(shop, "article_unknown"), {"do": "apply", "key-1": "ART-002", "text-1": "OLD-ART-002"})
    assert (sorted(numbers()), waiting(shop)) == (sorted(unknown), {})


@pytest.mark.requirement("O2", "O6")
def test_a_line_is_billed_without_an_article(shop, strict, unknown, admin, sync):
    admin.post(cure(shop, "article_unknown"), {"do": "plain:ART-001"})
    order = Order.objects.get()
    line = order.lines.get(kind="item")
    assert (line.article, line.sku, order.reservations.count()) == (None, "ART-001", 0)
    assert Meaning.objects.get().local_id is None


@pytest.mark.requirement("O2")
def test_all_articles_are_created_from_the_orders(shop, strict, unknown, admin):
    both = {"key-1": "ART-001", "key-2": "ART-002"}
    said = text(admin.post(cure(shop, "article_unknown"), {"do": "create-all", **both}, follow=True))
    assert "3 orders were released" in said
    made = Article.objects.get(sku="ART-001")
    assert (made.name, made.vat_rate.percent) == ("Mug 1", Decimal(22))
    assert not Meaning.objects.exists()  # the SKU finds it


def test_an_article_that_means_the_same_is_proposed(shop, strict, unknown, admin):
    RemoteElement.objects.filter(kind="article", natural_key="ART-001").update(second_key="383ART-001")
    make.make_article("art 2", name="Another mug")
    rows = {row.key: row for row in admin.get(PAGE).context["groups"][0].card}
    assert (rows["ART-001"].chosen, rows["ART-001"].why) == ("OLD-ART-001 Mug 1", "same EAN")
    assert rows["ART-002"].others == ("art 2 Another mug",)


def test_search_finds_articles_and_customers(shop, strict, admin, clerk):
    found = reverse("admin:shops_problem_parked_search", args=["article"])
    assert "ART-003 Mug 3" in text(admin.get(found, {"text-4": "mug 3"}))
    assert text(admin.get(found, {"text-4": "m"})) == ""
    people = reverse("admin:shops_problem_parked_search", args=["customer"])
    assert "Ana Novak · ana@example.test" in text(admin.get(people, {"text-1": "nov"}))
    assert admin.get(reverse("admin:shops_problem_parked_search", args=["order"])).status_code == 404
    assert clerk("view_problem").get(found).status_code == 403


# Customers


@pytest.fixture
def stranger(shop, strict, sync):
    billing = {**ANA, "first_name": "Jan", "email": "jan@example.test"}
    number = str(buy(strict, "ART-003", billing=billing))
    sync("import_orders")
    assert waiting(shop)[number] == "customer_unknown"
    return number


@pytest.mark.requirement("O2")
def test_a_customer_is_chosen_and_later_orders_follow(shop, strict, stranger, admin, sync):
    office = Customer.objects.create(company="Studio", email="office@studio.example")
    card = admin.get(PAGE).context["groups"][0].card
    assert [(row.name, row.detail) for row in card] == [("Jan Novak", "jan@example.test · 3000 Celje SI")]
    admin.post(
        cure(shop, "customer_unknown"),
        {"do": "apply", "key-1": "jan@example.test", "text-1": "Studio · office@studio.example"},
    )
    buy(strict, billing={**ANA, "first_name": "Jan", "email": "Jan@example.test"})
    sync("import_orders")
    assert list(Order.objects.values_list("customer", flat=True)) == [office.pk] * 2


@pytest.mark.requirement("O2")
def test_a_customer_is_created_from_the_order(shop, strict, stranger, admin):
    admin.post(cure(shop, "customer_unknown"), {"do": "create:jan@example.test"})
    customer = Order.objects.get().customer
    assert (customer.first_name, customer.email, customer.billing.city) == (
        "Jan",
        "jan@example.test",
        "Celje",
    )


# Totals


@pytest.fixture
def wrong(shop, strict, sync):
    number = buy(strict)
    strict.state.orders[number]["total"] = "9.00"
    sync("import_orders")
    assert waiting(shop) == {str(number): "total_differs"}
    return IncomingOrder.objects.get(number=str(number))


def one(row, verb):
    return reverse("admin:shops_problem_order", args=[row.pk, verb])


def test_both_calculations_stand_side_by_side_and_a_person_may_round(shop, strict, wrong, admin, clerk):
    page = text(admin.get(PAGE))
    for words in ("The shop says", "We, VAT rounded on each line", "We, VAT rounded on the total"):
        assert words in page
    assert "Take over with a rounding line of 2.09 EUR" in page
    cannot = clerk("view_problem", "change_incomingorder")
    assert "needs a right that your role does not have" in text(cannot.get(PAGE))
    assert cannot.post(one(wrong, "round")).status_code == 403
    said = text(admin.post(one(wrong, "round"), follow=True))
    assert "1 order was released" in said
    order = Order.objects.get()
    last = order.lines.last()
    assert (last.kind, last.net, order.total) == ("rounding", Decimal("2.09"), Decimal("9.00"))
    assert order.events.get(kind="rounding").by.username == "petra"


def test_an_allowed_difference_holds_for_the_order_as_it_was(shop, strict, wrong, admin, sync):
    IncomingOrder.objects.filter(pk=wrong.pk).update(allowed_difference=Decimal("2.09"), allowed_print="old")
    admin.post(reverse("admin:shops_problem_try_all"))
    assert waiting(shop) == {wrong.number: "total_differs"}


def test_an_order_that_was_mended_in_the_shop_comes_in(shop, strict, wrong, admin, sync):
    change(strict, int(wrong.number), customer_note="mended")
    strict.state.orders[int(wrong.number)]["total"] = "6.91"
    sync("import_orders")
    assert (waiting(shop), numbers()) == ({}, [wrong.number])


# Single orders


def test_an_order_is_left_out_and_taken_back(shop, strict, wrong, admin, sync):
    question = text(admin.get(one(wrong, "leave-out")))
    assert f"Leave order {wrong.number} out?" in question
    admin.post(one(wrong, "leave-out"))
    wrong.refresh_from_db()
    assert (wrong.state, wrong.decided_by.username) == ("left_out", "petra")
    run = sync("import_orders")
    assert (run.state, run.changes.count(), Order.objects.count()) == ("done", 0, 0)
    assert "Nothing needs you" in text(admin.get(PAGE))
    admin.post(one(wrong, "back"))
    assert waiting(shop) == {wrong.number: "total_differs"}


def test_one_order_is_read_again_by_itself(shop, strict, wrong, admin):
    response = admin.post(one(wrong, "again"))
    run = Run.objects.first()
    assert (run.job, run.options) == ("hear_orders", {"ids": {"order": [[wrong.remote_id, ""]]}})
    assert response.url == reverse("admin:shops_run_change", args=[run.pk])


@pytest.mark.requirement("O1")
def test_one_bad_order_never_blocks_the_next(shop, strict, wrong, admin, sync):
    shop.refresh_from_db()
    good = buy(strict)
    sync("import_orders")
    assert numbers() == [str(good)]
    IncomingOrder.objects.filter(pk=wrong.pk).update(allowed_difference=None)
    later = buy(strict, payment_method="blik", payment_method_title="BLIK")
    sync("import_orders")
    element, _made = RemoteElement.objects.get_or_create(
        shop=shop, kind="payment_method", remote_id="blik", defaults={"name": "BLIK"}
    )
    RemoteElement.objects.filter(pk=element.pk).update(
        local_id=PaymentMethod.objects.create(name="Online").pk
    )
    said = text(admin.post(reverse("admin:shops_problem_try_all"), follow=True))
    assert "1 order was released" in said
    assert "1 order waits on." in said
    assert numbers() == [str(good), str(later)]


# The page


def test_who_may_only_look_sees_no_buttons(shop, strict, wrong, stranger, clerk):
    reader = clerk("view_problem")
    page = text(reader.get(PAGE))
    assert "Apply" not in page
    assert "Leave out" not in page
    for address in (cure(shop, "customer_unknown"), one(wrong, "leave-out"), one(wrong, "round")):
        assert reader.post(address).status_code == 403
    assert reader.post(reverse("admin:shops_problem_try_all")).status_code == 403
    assert clerk().get(PAGE).status_code == 403
    assert len(waiting(shop)) == 2


def test_creating_needs_the_right_for_what_is_created(shop, strict, unknown, stranger, clerk):
    client = clerk("view_problem", "change_incomingorder")
    page = text(client.get(PAGE))
    assert "Create article" not in page
    assert "Create customer" not in page
    for cause, do in (("article_unknown", "create:ART-001"), ("customer_unknown", "create:jan@example.test")):
        assert client.post(cure(shop, cause), {"do": do}).status_code == 403


def test_the_page_needs_the_same_queries_for_one_and_for_twelve_causes(shop, strict, admin, sync):
    def count() -> int:
        with CaptureQueriesContext(connection) as captured:
            admin.get(PAGE)
        return len(captured)

    ids = {p.sku: p.id for p in strict.state.products.values()}

    def fill(names):
        for name in names:
            buy(strict, payment_method=name, payment_method_title=name.upper())
            number = buy(strict, line_items=[{"product_id": ids["ART-003"], "quantity": 1}])
            strict.state.orders[number]["total"] = "99"
            buy(strict, billing={**ANA, "email": f"{name}@example.test"})
        sync("import_orders")

    fill(["m0"])
    few = count()
    fill([f"m{n}" for n in range(1, 6)])
    assert count() == few


def test_what_is_released_says_what_becomes_of_it(shop, strict, wrong, admin):
    assert admin.get(PAGE).context["groups"][0].then == "to the new orders"
    shop.refresh_from_db()
    shop.accept_orders = True
    shop.save()
    SalesChannel.objects.create(code=shop.code, becomes="both")
    assert admin.get(PAGE).context["groups"][0].then == "accepted, issued: Invoice and delivery note"


def test_one_shop_can_be_looked_at_alone(shop, strict, wrong, admin):
    other = make.make_shop("other")
    assert [group.shop for group in admin.get(PAGE, {"shop": shop.pk}).context["groups"]] == [shop]
    assert admin.get(PAGE, {"shop": other.pk}).context["groups"] == []
