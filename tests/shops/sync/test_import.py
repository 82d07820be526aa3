"""What the shop has, into Kontor: articles, dictionaries, prices, stock, customers, pictures."""

from __future__ import annotations

import io
from decimal import Decimal

import pytest
from PIL import Image

from inventory.models import Article, ArticleImage, Category, Price, Producer, StockLevel, StockMovement
from orders.models import Customer
from shops.models import RemoteElement
from tests import factories as make
from tests.peers.woocommerce import Client, Product
from tests.shops.sync.conftest import kontor_leads, set_rules

pytestmark = pytest.mark.django_db(transaction=True)

TAKE = {"linked": "here", "import_here": True}


def shop_leads(shop):
    shop.download_warehouse = make.make_warehouse("SHOP")
    shop.download_price_list = make.make_price_list("From the shop", gross=True)
    shop.save()
    set_rules(
        shop,
        category=TAKE,
        producer=TAKE,
        vat_rate={"import_here": True},
        article=TAKE,
        image=TAKE,
        stock={"linked": "here"},
        price={"linked": "here"},
        customer=TAKE,
    )


def put(woo, sku, **fields):
    number = max(woo.state.products, default=100) + 1
    values = {
        "name": f"Product {sku}",
        "regular_price": "10",
        "manage_stock": True,
        "stock_quantity": 4,
        **fields,
    }
    return woo.state.add(Product(id=number, sku=sku, slug=f"p{number}", **values))


@pytest.fixture
def filled(woo):
    """A shop with two products in a branch of two categories, one with a brand."""
    root = woo.state.add_term("category", "Garden")
    leaf = woo.state.add_term("category", "Pots", parent=root["id"])
    brand = woo.state.add_term("brand", "Lonček")
    put(
        woo,
        "POT-1",
        category_ids=[leaf["id"]],
        brand_ids=[brand["id"]],
        description="<p>Clay</p>",
        weight="1.2",
    )
    put(woo, "POT-2", category_ids=[leaf["id"]], stock_quantity=0, regular_price="7.5")
    return woo


@pytest.mark.requirement("M4", "P5", "P1")
def test_a_filled_shop_arrives_in_an_empty_kontor(shop, filled, sync):
    shop_leads(shop)
    run = sync()
    assert (run.state, list(run.changes.exclude(state="done").values_list("key", "message"))) == ("done", [])
    pot = Article.objects.get(sku="POT-1")
    assert (pot.name, pot.description, pot.weight_g) == ("Product POT-1", "<p>Clay</p>", Decimal(1200))
    assert (pot.producer.name, str(pot.vat_rate)) == ("Lonček", "SI 22 %")
    category = pot.categories.get()
    assert (category.name, category.parent.name) == ("Pots", "Garden")
    assert Price.objects.get(article=pot).amount == Decimal(
        "12.2000"
    )  # 10 net in the shop, our list is gross
    level = StockLevel.objects.get(article=pot, warehouse=shop.download_warehouse)
    assert level.on_hand == 4
    assert StockMovement.objects.get(article=pot).kind == "shop"


@pytest.mark.requirement("M3")
def test_a_second_import_changes_nothing(shop, filled, sync):
    shop_leads(shop)
    sync()
    counts = (
        Article.objects.count(),
        Category.objects.count(),
        StockMovement.objects.count(),
        Price.objects.count(),
    )
    run = sync()
    assert not run.changes.exists()
    assert counts == (
        Article.objects.count(), Category.objects.count(), StockMovement.objects.count(), Price.objects.count()
    )  # fmt: skip
    assert filled.writes == []


@pytest.mark.requirement("M3", "P3")
def test_update_here_takes_the_shops_data(shop, filled, sync):
    shop_leads(shop)
    sync()
    there = next(p for p in filled.state.products.values() if p.sku == "POT-1")
    there.name, there.regular_price, there.stock_quantity = "Big pot", "20", 9
    filled.state.touch(there)
    filled.state.changed(there)
    run = sync()
    pot = Article.objects.get(sku="POT-1")
    assert pot.name == "Big pot"
    assert pot.prices.get().amount == Decimal("24.4000")
    assert pot.stock_levels.get().on_hand == 9
    change = run.changes.get(kind="article")
    assert change.fields == {"name": ["Product POT-1", "Big pot"]}


@pytest.mark.requirement("M4")
def test_variants_are_imported_under_their_parent(shop, woo, sync):
    shop_leads(shop)
    attributes = [
        {
            "id": 0,
            "name": "Size",
            "slug": "Size",
            "position": 0,
            "visible": True,
            "variation": True,
            "options": ["S", "M"],
        }
    ]
    parent = put(woo, "SHIRT", type="variable", attributes=attributes, regular_price="", manage_stock=False)
    for size in ("S", "M"):
        put(
            woo,
            f"SHIRT-{size}",
            type="variation",
            parent_id=parent.id,
            attributes=[{"id": 0, "name": "Size", "slug": "Size", "option": size}],
        )
    run = sync()
    assert list(run.changes.exclude(state="done").values_list("key", "message")) == []
    shirt = Article.objects.get(sku="SHIRT")
    assert (shirt.has_variants, shirt.option_names) == (True, ["Size"])
    assert {v.sku: v.option_values for v in shirt.variants.all()} == {"SHIRT-S": ["S"], "SHIRT-M": ["M"]}


@pytest.mark.requirement("M4")
def test_what_was_deleted_here_does_not_come_back(shop, filled, sync):
    shop_leads(shop)
    sync()
    Article.objects.get(sku="POT-2").delete()
    sync()
    assert not Article.objects.filter(sku="POT-2").exists()
    assert RemoteElement.objects.get(shop=shop, kind="article", natural_key="POT-2").state == "deleted_here"


def test_products_without_sku_are_named_and_the_others_come(shop, filled, sync):
    shop_leads(shop)
    put(filled, "", name="Nameless")
    run = sync()
    change = run.changes.get(state="refused")
    assert (change.name, "SKU" in change.message, bool(change.cure)) == ("Nameless", True, True)
    assert Article.objects.count() == 2


def test_a_sku_twice_in_the_shop_links_neither(shop, filled, sync):
    shop_leads(shop)
    make.make_article("TWIN", name="Ours")
    put(filled, "TWIN", name="One")
    put(filled, "TWIN", name="Two")
    run = sync()
    reported = run.changes.filter(verb="link", state="not_possible")
    assert {change.name for change in reported} == {"One", "Two"}
    assert not RemoteElement.objects.filter(shop=shop, kind="article", natural_key="TWIN").linked().exists()
    assert Article.objects.get(sku="TWIN").name == "Ours"


def test_a_category_loop_in_the_shop_is_reported(shop, filled, sync):
    shop_leads(shop)
    one = filled.state.add_term("category", "One")
    two = filled.state.add_term("category", "Two", parent=one["id"])
    one["parent"] = two["id"]
    run = sync()
    assert {c.name for c in run.changes.filter(kind="category", state="not_possible")} == {"One", "Two"}
    assert Category.objects.filter(name="Pots").exists()
    assert Article.objects.count() == 2


@pytest.mark.requirement("M2")
def test_same_names_link_instead_of_doubling(shop, filled, sync):
    shop_leads(shop)
    garden = make.make_category("garden")
    make.make_category("POTS", parent=garden)
    make.make_producer("lonček")
    sync()
    assert Category.objects.count() == 3 - 1 + 1  # the two of ours, and the shop's Uncategorized
    assert Producer.objects.count() == 1


@pytest.mark.requirement("P7")
def test_customers_of_the_shop_come_with_their_addresses(shop, woo, sync):
    shop_leads(shop)
    Client(woo).call(
        "POST",
        "/customers",
        {
            "email": "Ana@Example.test",
            "first_name": "Ana",
            "last_name": "Novak",
            "billing": {"last_name": "Novak", "address_1": "Lipova 1", "city": "Celje", "country": "SI"},
        },
    )
    sync()
    ana = Customer.objects.get(email="ana@example.test")
    assert (ana.last_name, ana.billing.city) == ("Novak", "Celje")
    assert not sync().changes.exists()


def picture(colour: str) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (40, 40), colour).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.mark.requirement("M4", "M7", "M10")
def test_pictures_go_there_once_and_follow_name_and_order(shop, woo, catalogue, sync, settings, live_server):
    from inventory.services.images import add_image

    settings.PUBLIC_URL = live_server.url
    kontor_leads(shop)
    article = catalogue[0]
    first, _new = add_image(article, picture("red"), name="front.png", alt="Front", position=0)
    _second, _new = add_image(article, picture("blue"), name="back.png", alt="Back", position=1)
    run = sync()
    assert list(run.changes.exclude(state="done").values_list("key", "message")) == []
    there = next(p for p in woo.state.products.values() if p.sku == "ART-001")
    assert len(there.image_ids) == 2
    woo.reset_counts()
    assert list(sync().changes.values_list("verb", "key", "fields", "message")) == []
    assert woo.writes == []
    ArticleImage.objects.filter(pk=first.pk).update(position=2)
    before = list(there.image_ids)
    run = sync()
    assert set(run.changes.values_list("verb", "state")) == {("update_shop", "done")}
    assert woo.state.products[there.id].image_ids == before[::-1]
    assert len(woo.state.images) == 2  # reordered by id: nothing was fetched again
    assert RemoteElement.objects.of(shop, "image").linked().count() == 2


@pytest.mark.requirement("M10")
def test_a_picture_that_cannot_be_fetched_stops_neither_article_nor_other_pictures(
    shop, woo, catalogue, sync, settings, live_server
):
    from inventory.services.images import add_image

    settings.PUBLIC_URL = live_server.url
    kontor_leads(shop)
    add_image(catalogue[0], picture("red"), name="good.png")
    broken, _new = add_image(catalogue[1], picture("blue"), name="bad.png")
    broken.file.storage.delete(broken.file.name)
    run = sync()
    assert len(woo.state.products) == 3
    assert {c.key: c.state for c in run.changes.filter(kind="image")} == {
        "ART-001": "done",
        "ART-002": "refused",
    }


@pytest.mark.requirement("M4")
def test_an_imported_variant_is_named_after_its_parent_and_values(shop, woo, sync):
    shop_leads(shop)
    attributes = [{"id": 0, "name": "Size", "slug": "Size", "position": 0, "visible": True, "variation": True, "options": ["S"]}]  # fmt: skip
    parent = put(woo, "CAP", name="Cap", type="variable", attributes=attributes, manage_stock=False)
    put(woo, "CAP-S", type="variation", parent_id=parent.id, attributes=[{"id": 0, "name": "Size", "slug": "Size", "option": "S"}])  # fmt: skip
    sync()
    assert Article.objects.get(sku="CAP-S").name == "Cap S"


@pytest.mark.requirement("P3")
def test_articles_are_matched_by_ean_only_if_the_shop_says_so(shop, woo, catalogue, sync):
    Article.objects.filter(sku="ART-001").update(ean="3830099120603")
    put(woo, "OTHER-SKU", global_unique_id="3830099120603")
    sync("read")
    assert not RemoteElement.objects.of(shop, "article").linked().exists()
    shop.link_by = "sku_ean"
    shop.save()
    sync("read")
    link = RemoteElement.objects.of(shop, "article").linked().get()
    assert link.local_id == catalogue[0].pk
