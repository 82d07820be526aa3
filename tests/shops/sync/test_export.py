"""Articles of ours into a shop: what arrives, what a second run costs, what is not possible and says so."""

from __future__ import annotations

from decimal import Decimal

import pytest

from inventory.models import Article, Category, StockLevel
from shops.models import Problem, RemoteElement, Rule
from tests import factories as make
from tests.shops.sync.conftest import SYNC_ON, kontor_leads, set_rules

pytestmark = pytest.mark.django_db(transaction=True)


def product(woo, sku):
    return next(p for p in woo.state.products.values() if p.sku == sku)


def undone(run):
    return list(run.changes.exclude(state="done").values_list("kind", "key", "state", "message"))


@pytest.mark.requirement("M2", "M4", "S1")
def test_everything_of_ours_arrives_in_an_empty_shop(shop, woo, catalogue, sync):
    kontor_leads(shop)
    run = sync()
    assert (run.state, undone(run)) == ("done", [])
    mug = product(woo, "ART-001")
    assert (mug.name, mug.description, mug.weight) == ("Mug 1", "<p>Mug number 1</p>", "0.3")
    assert (mug.manage_stock, mug.stock_quantity) == (True, 5)
    assert mug.regular_price == "1.56"  # 1.90 with 22 % in our list, the shop's prices are net
    names = {term["id"]: term["name"] for term in woo.state.terms_of("category")}
    assert [names[pk] for pk in mug.category_ids] == ["Kitchen"]
    for kind, links in {
        "article": 3,
        "stock": 3,
        "price": 3,
        "category": 2,
        "producer": 1,
        "vat_rate": 1,
    }.items():
        assert RemoteElement.objects.of(shop, kind).present().linked().count() == links, kind


@pytest.mark.requirement("M2")
def test_a_second_run_only_reads(shop, woo, catalogue, sync):
    kontor_leads(shop)
    sync()
    woo.reset_counts()
    run = sync()
    assert woo.writes == []
    assert run.state == "done"
    assert not run.changes.exists()


@pytest.mark.requirement("M3", "P2")
def test_only_what_changed_is_sent(shop, woo, catalogue, sync):
    kontor_leads(shop)
    sync()
    Article.objects.filter(sku="ART-002").update(name="Cup 2")
    woo.reset_counts()
    run = sync()
    [write] = woo.writes
    assert write.body["update"] == [{"id": product(woo, "ART-002").id, "name": "Cup 2"}]
    change = run.changes.get()
    assert (change.verb, change.key, change.fields) == (
        "update_shop",
        "ART-002",
        {"name": ["Mug 2", "Cup 2"]},
    )


@pytest.mark.requirement("M4")
def test_variants_arrive_under_their_parent(shop, woo, catalogue, sync):
    kontor_leads(shop)
    parent = make.make_article(
        "SHIRT",
        name="Shirt",
        vat_rate=catalogue[0].vat_rate,
        has_variants=True,
        option_names=["Size", "Colour"],
    )
    for size in ("S", "M"):
        variant = make.make_article(
            f"SHIRT-{size}", name=f"Shirt {size}", parent=parent, option_values=[size, "red"]
        )
        make.make_stock(variant, shop.warehouses.get(), 3)
        make.make_price(shop.price_list, variant, "12.20")
    run = sync()
    assert undone(run) == []
    there = product(woo, "SHIRT")
    assert there.type == "variable"
    children = {child.sku: child for child in woo.state.children(there.id)}
    assert set(children) == {"SHIRT-S", "SHIRT-M"}
    assert (children["SHIRT-M"].regular_price, children["SHIRT-M"].stock_quantity) == ("10.00", 3)
    woo.reset_counts()
    sync()
    assert woo.writes == []


@pytest.mark.requirement("P2")
def test_articles_of_a_group_left_out_are_not_sent(shop, woo, catalogue, sync):
    kontor_leads(shop)
    secret = make.make_category("Not for this shop")
    catalogue[1].categories.add(secret)
    shop.excluded_categories.add(secret)
    sync()
    assert {p.sku for p in woo.state.products.values()} == {"ART-001", "ART-003"}


@pytest.mark.requirement("O8")
def test_an_unmapped_vat_rate_is_one_cause_and_stops_nobody_else(shop, woo, catalogue, sync):
    kontor_leads(shop)
    odd = make.make_vat_rate("17")
    Article.objects.filter(sku__in=["ART-001", "ART-002"]).update(vat_rate=odd)
    run = sync()
    assert {p.sku for p in woo.state.products.values()} == {"ART-003"}
    problem = Problem.objects.get(kind="article")
    assert problem.count == 2
    assert "SI 17 %" in problem.message
    assert "Mappings" in problem.cure
    assert run.state == "partly"
    Article.objects.filter(vat_rate=odd).update(vat_rate=catalogue[2].vat_rate)
    sync()
    problem.refresh_from_db()
    assert (len(woo.state.products), problem.state, problem.count) == (3, "cured", 0)


@pytest.mark.requirement("M4")
def test_an_article_without_vat_rate_is_never_guessed(shop, woo, catalogue, sync):
    kontor_leads(shop)
    Article.objects.filter(sku="ART-001").update(vat_rate=None)
    run = sync()
    change = run.changes.get(kind="article", key="ART-001")
    assert (change.state, "VAT" in change.message) == ("not_possible", True)
    assert len(woo.state.products) == 2


@pytest.mark.requirement("M4")
def test_what_is_linked_by_sku_is_not_created_again(shop, woo, catalogue, sync):
    kontor_leads(shop)
    from tests.peers.woocommerce import Product

    woo.state.add(Product(id=900, sku="ART-001", name="Old mug", status="publish", slug="old-mug"))
    run = sync()
    assert len([p for p in woo.state.products.values() if p.sku == "ART-001"]) == 1
    assert product(woo, "ART-001").name == "Mug 1"
    assert run.changes.filter(kind="article", verb="update_shop").count() == 1


@pytest.mark.requirement("M4")
def test_delete_removes_what_only_the_shop_has(shop, woo, catalogue, sync):
    from tests.peers.woocommerce import add_products

    kontor_leads(shop)
    add_products(woo.state, 2)
    set_rules(shop, article={**SYNC_ON, "delete_there": True})
    run = sync()
    assert {p.sku for p in woo.state.products.values()} == {"ART-001", "ART-002", "ART-003"}
    assert run.changes.filter(verb="delete_shop", state="done").count() == 2


@pytest.mark.requirement("P4")
def test_stock_is_the_floored_sum_less_the_buffer(shop, woo, catalogue, sync):
    kontor_leads(shop)
    second = make.make_warehouse("MB")
    shop.warehouses.add(second)
    shop.safety_buffer = Decimal("1.5")
    shop.save()
    make.make_stock(catalogue[0], second, "2.2", 1)
    StockLevel.objects.filter(article=catalogue[1]).update(on_hand=1)
    sync()
    assert product(woo, "ART-001").stock_quantity == 4  # floor(5 + 2.2 - 1 - 1.5)
    assert product(woo, "ART-002").stock_quantity == 0  # never below nothing


@pytest.mark.requirement("M3")
def test_leave_alone_writes_nothing(shop, woo, catalogue, sync):
    kontor_leads(shop)
    sync()
    set_rules(shop, article={"linked": "nothing", "export_there": False}, price={"linked": "nothing"})
    Article.objects.update(name="Other")
    woo.reset_counts()
    sync()
    assert woo.writes == []


@pytest.mark.requirement("M2")
def test_a_preview_plans_and_writes_nothing(shop, woo, catalogue, sync):
    kontor_leads(shop)
    run = sync(mode="preview")
    assert woo.writes == []
    assert run.state == "done"
    assert run.changes.filter(verb="create_shop", kind="article", state="planned").count() == 3


@pytest.mark.requirement("E3")
def test_export_all_takes_images_only_if_ticked_and_leaves_types_the_shop_leads(shop, woo, catalogue, sync):
    set_rules(shop, producer={"linked": "here"})
    run = sync("export_all")
    assert [step.kind for step in run.steps.all()] == [
        "category",
        "producer",
        "vat_rate",
        "article",
        "stock",
        "price",
    ]
    assert len(woo.state.products) == 3
    assert woo.state.terms_of("brand") == []
    shop.transfer_files = True
    shop.save()
    assert "image" in [step.kind for step in sync("export_all").steps.all()]


def test_the_shops_language_chooses_the_texts(shop, woo, catalogue, sync):
    from inventory.models import ArticleText

    kontor_leads(shop)
    ArticleText.objects.create(article=catalogue[0], language="sl", name="Skodelica 1")
    shop.language = "sl"
    shop.save()
    sync()
    assert product(woo, "ART-001").name == "Skodelica 1"
    assert product(woo, "ART-002").name == "Mug 2"  # no Slovenian text: the company's own


@pytest.mark.requirement("M2")
def test_the_matrix_learns_its_numbers(shop, woo, catalogue, sync):
    from tests.peers.woocommerce import add_products

    kontor_leads(shop)
    add_products(woo.state, 2)
    sync()
    rule = Rule.objects.get(shop=shop, kind="article")
    assert (rule.linked_count, rule.only_here_count, rule.only_shop_count) == (3, 0, 2)
    sync("read")
    rule.refresh_from_db()
    assert (rule.linked_count, rule.only_here_count, rule.only_shop_count) == (3, 0, 2)


@pytest.mark.parametrize(
    "name", ["Skodelica ☕ 🇸🇮", "كوب من الخزف", 'Ž & <b>č</b> "š"', "Šálek\\hrnek", "a" * 300]
)
def test_strange_names_settle_after_one_write(shop, woo, catalogue, sync, name):
    kontor_leads(shop)
    Article.objects.filter(sku="ART-001").update(name=name)
    sync()
    woo.reset_counts()
    run = sync()
    assert (woo.writes, undone(run)) == ([], [])


def test_a_description_of_ten_megabytes_is_one_clear_message_or_arrives(shop, woo, catalogue, sync):
    kontor_leads(shop)
    Article.objects.filter(sku="ART-001").update(description="long " * 2_000_000)
    run = sync()
    assert {p.sku for p in woo.state.products.values()} >= {"ART-002", "ART-003"}
    change = run.changes.get(kind="article", key="ART-001")
    assert change.state == "done" or change.message


def test_a_category_loop_here_is_reported_and_the_rest_goes_on(shop, woo, catalogue, sync):
    kontor_leads(shop)
    one = make.make_category("One")
    two = make.make_category("Two", parent=one)
    Category.objects.without_tree_fields().filter(pk=one.pk).update(parent=two)
    run = sync()
    loop = run.changes.filter(kind="category", state="not_possible")
    assert {change.name for change in loop} == {"One", "Two"}
    assert {term["name"] for term in woo.state.terms_of("category")} >= {"Home", "Kitchen"}


def test_prices_with_four_decimals_are_rounded_to_the_shops(shop, woo, catalogue, sync):
    kontor_leads(shop)
    catalogue[0].prices.update(amount=Decimal("1.2345"))
    sync()
    assert product(woo, "ART-001").regular_price == "1.01"  # 1.2345 / 1.22 = 1.0118...
    woo.reset_counts()
    sync()
    assert woo.writes == []


@pytest.mark.requirement("P1")
def test_sale_prices_go_along_with_their_dates(shop, woo, catalogue, sync):
    from datetime import UTC, datetime

    kontor_leads(shop)
    make.make_price(
        shop.sale_price_list,
        catalogue[2],
        "2.44",
        valid_from=datetime(2026, 1, 1, tzinfo=UTC),
        valid_to=datetime(2099, 1, 1, tzinfo=UTC),
    )
    sync()
    assert product(woo, "ART-003").sale_price == "2.00"
    woo.reset_counts()
    sync()
    assert woo.writes == []
    shop.sale_price_list.prices.all().delete()
    sync()
    assert product(woo, "ART-003").sale_price == ""
