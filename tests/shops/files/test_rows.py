"""What export files say of articles, dictionaries, stock and orders."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from inventory.models import Article, ArticleImage, ArticleText
from shops.files.category_paths import category_paths
from shops.files.rows import file_meta, sections_of
from shops.models import RemoteElement
from tests import factories as make

pytestmark = pytest.mark.django_db


def rows(job, shop, key, size=1000):
    (section,) = [section for section in sections_of(job, shop) if section.sheet.key == key]
    found = [row for chunk in section.chunks(shop, size) for row in chunk]
    assert section.count(shop) == len(found)
    return found


@pytest.fixture
def shop():
    make.make_company()
    return make.make_shop()


@pytest.mark.requirement("E5", "P2", "P4")
def test_an_article_as_the_shop_would_get_it(shop):
    kitchen = make.make_category("Kitchen")
    mugs = make.make_category("Mugs", kitchen)
    gifts = make.make_category("Gifts")
    article = make.make_article(
        "MUG",
        ean="3830001234567",
        name="Mug",
        description="<b>blue</b>",
        unit=make.make_unit(),
        vat_rate=make.make_vat_rate("9.5"),
        producer=make.make_producer(),
        weight_g=Decimal(350),
        height_mm=Decimal("95.5"),
        categories=[mugs, gifts],
    )
    for code, on_hand, reserved in (("A", 7, 2), ("B", 4, 0), ("C", 100, 0)):
        warehouse = make.make_warehouse(code)
        make.make_stock(article, warehouse, on_hand, reserved)
        if code != "C":
            shop.warehouses.add(warehouse)
    shop.safety_buffer = Decimal(1)
    shop.price_list = make.make_price_list("Retail", currency="EUR", gross=False)
    shop.sale_price_list = make.make_price_list("Sale", currency="EUR", kind="sale")
    shop.facts = {"currency": "EUR", "prices_gross": True, "decimals": 2}
    shop.save()
    begin = datetime(2026, 11, 1, tzinfo=UTC)
    make.make_price(shop.price_list, article, "10")
    make.make_price(shop.sale_price_list, article, "8", valid_from=begin)
    make.make_link(shop, "article", article.pk, "17")

    (row,) = rows("export_all", shop, "articles")

    assert row == {
        "sku": "MUG",
        "ean": "3830001234567",
        "parent_sku": None,
        "kind": "goods",
        "options": None,
        "name": "Mug",
        "short_description": "",
        "description": "<b>blue</b>",
        "unit": "piece",
        "vat_country": "SI",
        "vat_percent": Decimal("9.5"),
        "producer": "Kovar",
        "categories": ["Gifts", "Kitchen > Mugs"],
        "weight_g": Decimal(350),
        "length_mm": None,
        "width_mm": None,
        "height_mm": Decimal("95.5"),
        "active": True,
        "stock": Decimal(8),
        "price": Decimal("10.95"),
        "sale_price": Decimal("8.76"),
        "sale_from": begin,
        "sale_to": None,
        "currency": "EUR",
        "prices_include_vat": True,
        "link": "linked",
        "remote_id": "17",
        "changed_at": article.changed_at,
    }


def test_prices_of_a_shop_never_contacted_are_those_of_the_list(shop):
    article = make.make_article(vat_rate=make.make_vat_rate())
    shop.price_list = make.make_price_list(gross=True, currency="CZK")
    shop.save()
    make.make_price(shop.price_list, article, "121.5")
    (row,) = rows("export_all", shop, "articles")
    assert (row["price"], row["prices_include_vat"], row["currency"]) == (Decimal("121.50"), True, "CZK")
    assert "sale_price" not in row


def test_an_article_without_a_price_has_none_not_zero(shop):
    make.make_article()
    shop.price_list = make.make_price_list()
    shop.save()
    (row,) = rows("export_all", shop, "articles")
    assert row.get("price") is None
    assert row.get("currency") is None


def test_variants_show_their_options_and_what_they_take_from_the_parent(shop):
    shirts = make.make_category("Shirts")
    parent = make.make_article(
        "SHIRT",
        has_variants=True,
        option_names=["Size", "Colour"],
        vat_rate=make.make_vat_rate(),
        producer=make.make_producer(),
        unit=make.make_unit(),
        categories=[shirts],
    )
    make.make_article("SHIRT-S", parent=parent, option_values=["S", "Red"])
    make.make_article("SHIRT-M", parent=parent, option_values=["M", "Red"])
    top, small, medium = rows("export_all", shop, "articles")
    assert top["options"] == [("Size", "S, M"), ("Colour", "Red")]
    assert top["stock"] is None
    assert small["options"] == [("Size", "S"), ("Colour", "Red")]
    assert medium["options"] == [("Size", "M"), ("Colour", "Red")]
    assert (small["parent_sku"], small["producer"], small["unit"]) == ("SHIRT", "Kovar", "piece")
    assert (small["vat_percent"], small["categories"]) == (Decimal(22), ["Shirts"])
    assert small["stock"] == 0


def test_texts_are_in_the_shops_language_where_there_are_any(shop):
    article = make.make_article(name="Kettle", description="Big")
    ArticleText.objects.create(article=article, language="sl", name="Čajnik", description="")
    ArticleText.objects.create(article=article, language="cs", name="Konvice")
    shop.language = "sl"
    (row,) = rows("export_all", shop, "articles")
    assert (row["name"], row["description"]) == ("Čajnik", "Big")
    shop.language = ""
    (row,) = rows("export_all", shop, "articles")
    assert row["name"] == "Kettle"


@pytest.mark.requirement("P2")
def test_excluded_groups_and_unlinked_inactive_articles_are_left_out(shop):
    spare = make.make_category("Spare parts")
    shop.excluded_categories.add(spare)
    make.make_article("SOLD")
    make.make_article("SPARE", categories=[spare])
    parent = make.make_article("P", has_variants=True, categories=[spare])
    make.make_article("P-1", parent=parent)
    make.make_article("OLD", active=False)
    shown = make.make_article("OLD-LINKED", active=False)
    make.make_link(shop, "article", shown.pk, "5")
    found = rows("export_all", shop, "articles")
    assert [(row["sku"], row["active"]) for row in found] == [("SOLD", True), ("OLD-LINKED", False)]


def test_link_states(shop):
    other = make.make_shop("other")
    for number, (sku, state) in enumerate(
        [("A", "present"), ("B", "creating"), ("C", "gone"), ("D", "ignored")], start=1
    ):
        make.make_link(shop, "article", make.make_article(sku).pk, f"r{number}", state=state)
    make.make_link(other, "article", make.make_article("E").pk, "r5")
    found = {row["sku"]: (row["link"], row["remote_id"]) for row in rows("export_all", shop, "articles")}
    assert found == {
        "A": ("linked", "r1"),
        "B": ("creating", None),
        "C": ("gone", "r3"),
        "D": ("none", None),
        "E": ("none", None),
    }


def test_dictionaries(shop):
    unit, producer, rate = make.make_unit(), make.make_producer(), make.make_vat_rate("22", name="Standard")
    kitchen = make.make_category("Kitchen")
    mugs = make.make_category("Mugs", kitchen, description="To drink")
    for kind, row, remote in (("unit", unit, "1"), ("category", mugs, "2"), ("vat_rate", rate, "3")):
        make.make_link(shop, kind, row.pk, remote)
    assert [section.sheet.key for section in sections_of("export_all", shop)] == [
        "units",
        "categories",
        "producers",
        "vat_rates",
        "articles",
    ]
    (row,) = rows("export_all", shop, "units")
    assert (row["name"], row["symbol"], row["link"], row["remote_id"]) == ("piece", "pcs", "linked", "1")
    first, second = rows("export_all", shop, "categories")
    assert (first["path"], first["parent_path"], first["link"]) == ("Kitchen", None, "none")
    assert second == {
        "path": "Kitchen > Mugs",
        "name": "Mugs",
        "parent_path": "Kitchen",
        "description": "To drink",
        "link": "linked",
        "remote_id": "2",
    }
    (row,) = rows("export_all", shop, "producers")
    assert (row["name"], row["link"], row["remote_id"]) == (producer.name, "none", None)
    (row,) = rows("export_all", shop, "vat_rates")
    assert (row["country"], row["percent"], row["kind"], row["remote_id"]) == (
        "SI",
        Decimal(22),
        "standard",
        "3",
    )


@pytest.mark.requirement("E3")
def test_images_go_along_when_files_are_transferred(shop):
    article = make.make_article("MUG")
    ArticleImage.objects.create(article=article, file="articles/2026/11/mug.jpg", alt="A mug", position=1)
    assert "images" not in [section.sheet.key for section in sections_of("export_all", shop)]
    shop.transfer_files = True
    (row,) = rows("export_all", shop, "images")
    assert (row["sku"], row["position"], row["name"], row["alt"]) == ("MUG", 1, "mug.jpg", "A mug")


@pytest.mark.requirement("E5", "P4")
def test_stock_now_and_as_last_sent(shop):
    warehouse = make.make_warehouse()
    shop.warehouses.add(warehouse)
    mug = make.make_article("MUG", name="Mug")
    make.make_article("SERVICE", kind=Article.Kind.SERVICE)
    make.make_article("PARENT", has_variants=True)
    make.make_stock(mug, warehouse, "5.750")
    sent_at = timezone.now()
    make.make_link(shop, "article", mug.pk, "17")
    make.make_link(
        shop,
        "stock",
        mug.pk,
        "17",
        sent_value=Decimal(3),
        sent_at=sent_at,
        seen_value=Decimal(2),
        seen_at=sent_at + timedelta(minutes=5),
    )
    (row,) = rows("export_stock", shop, "stock")
    assert row == {
        "sku": "MUG",
        "ean": "",
        "name": "Mug",
        "quantity": Decimal(5),
        "last_sent": Decimal(3),
        "last_sent_at": sent_at,
        "last_seen": Decimal(2),
        "last_seen_at": sent_at + timedelta(minutes=5),
        "link": "linked",
        "remote_id": "17",
    }


@pytest.mark.requirement("E5")
def test_order_statuses_here_and_in_the_shop(shop):
    packed, sent = make.make_order_status("Packed"), make.make_order_status("Sent")
    make.make_link(shop, "order_status", packed.pk, "processing", name="In Bearbeitung")
    make.make_link(shop, "order_status", sent.pk, "completed", name="Completed")
    order = make.make_order("2026-7", source="lipa", source_number="390", source_id="390", status=sent)
    make.make_order("2026-8", source="other", source_id="390", status=sent)
    new = make.make_order("2026-9", source="lipa", source_number="391", source_id="391")
    at = timezone.now()
    make.make_link(shop, "order", order.pk, "390", content={"status_id": "processing"}, sent_at=at)
    first, second = rows("export_statuses", shop, "order_statuses")
    assert first == {
        "number": "2026-7",
        "shop_number": "390",
        "placed_at": order.placed_at,
        "status": "Sent",
        "status_for_shop": "Completed",
        "status_in_shop": "In Bearbeitung",
        "last_sent_at": at,
        "remote_id": "390",
    }
    assert (second["number"], second["status"], second["status_in_shop"], second["remote_id"]) == (
        new.number,
        None,
        None,
        "391",
    )


def test_a_loop_of_categories_ends(shop):
    first = make.make_category("A")
    second = make.make_category("B", first)
    child = make.make_category("C", second)
    type(first).objects.filter(pk=first.pk).update(parent=second)
    paths = category_paths()
    assert len(paths) == 3
    assert paths[child.pk][-2:] == ("B", "C")


def test_jobs_that_no_file_can_hold_are_refused(shop):
    with pytest.raises(ValueError, match="import_orders"):
        sections_of("import_orders", shop)


def test_every_chunk_costs_the_same_queries(shop, django_assert_num_queries):
    shop.language = "sl"
    shop.price_list = make.make_price_list()
    shop.sale_price_list = make.make_price_list("Sale")
    shop.save()
    shop.warehouses.add(make.make_warehouse())
    kitchen = make.make_category()
    for number in range(60):
        make.make_article(f"A{number:03}", categories=[kitchen])
    (section,) = [section for section in sections_of("export_all", shop) if section.sheet.key == "articles"]
    per_chunk, around = (
        11,
        3,
    )  # around: are there excluded groups, the paths of categories, the chunk after the last
    with django_assert_num_queries(per_chunk + around):
        assert len(list(section.chunks(shop, 100))) == 1
    with django_assert_num_queries(3 * per_chunk + around):
        chunks = list(section.chunks(shop, 20))
    assert [len(chunk) for chunk in chunks] == [20, 20, 20]
    assert [row["sku"] for chunk in chunks for row in chunk] == [f"A{number:03}" for number in range(60)]


def test_an_article_added_meanwhile_is_not_written_twice(shop):
    for sku in ("A", "B", "C"):
        make.make_article(sku)
    (section,) = [section for section in sections_of("export_all", shop) if section.sheet.key == "articles"]
    seen = []
    for chunk in section.chunks(shop, 2):
        seen += [row["sku"] for row in chunk]
        if len(seen) == 2:
            make.make_article("D")
            Article.objects.filter(sku="A").delete()
    assert seen == ["A", "B", "C", "D"]


def test_the_head_of_a_file(shop):
    shop.price_list = make.make_price_list(currency="HUF", gross=True)
    shop.save()
    meta = file_meta(make.make_run(shop, "export_all"))
    assert (meta.shop, meta.job, meta.language, meta.currency, meta.prices_include_vat) == (
        "lipa",
        "export_all",
        "en",
        "HUF",
        True,
    )
    meta = file_meta(make.make_run(shop, "export_stock"))
    assert (meta.currency, meta.prices_include_vat) == ("", None)


def test_a_gone_elements_row_is_still_found_by_its_key(shop):
    article = make.make_article("A")
    RemoteElement.objects.create(shop=shop, kind="article", remote_id="9", natural_key="A")  # not linked
    (row,) = rows("export_all", shop, "articles")
    assert (row["sku"], row["link"], row["remote_id"]) == (article.sku, "none", None)
