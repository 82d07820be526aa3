"""Writing articles to the stand-in shop: what is sent, at how many requests, and what becomes of each record."""

from __future__ import annotations

from decimal import Decimal

import pytest

from backoffice.lib.errors import Retriable, UnexpectedAnswer
from shops.records import (
    ArticleRecord,
    PriceRecord,
    Sale,
)
from tests.platforms.driving import errors, write
from tests.platforms.shoper.connecting import add_products, add_shirt, category, connect, fill_quickly
from tests.platforms.shoper.goods import new, stock_of

# Budgets


@pytest.mark.requirement("E3", "S4")
def test_a_thousand_stock_levels_take_forty_bulks_and_nothing_else(shoper):
    ids = fill_quickly(shoper, 1000)
    platform = connect(shoper)
    platform.client.get("application-version")
    shoper.forget()
    results = write(platform, "update", "stock", stock_of(ids, 7))
    assert (errors(results), dict(shoper.calls)) == ([""] * 1000, {("POST", "bulk"): 40})
    assert shoper.parts == {("PUT", "product-stocks"): 1000}
    assert {row["stock"] for row in shoper.store.rows("product-stocks")} == {7}
    assert shoper.asked[0].body[0]["body"] == {"stock": 7}


@pytest.mark.requirement("E3")
def test_a_thousand_prices_take_forty_bulks_and_forty_looks_at_offers_if_there_are_sales(shoper):
    ids = fill_quickly(shoper, 1000)
    platform = connect(shoper)
    platform.client.get("application-version")

    def prices(**more):
        return [
            PriceRecord(remote_id=str(pk), article_id=str(pk), regular=Decimal("4.9"), **more) for pk in ids
        ]

    shoper.forget()
    assert errors(write(platform, "update", "price", prices())) == [""] * 1000
    assert dict(shoper.calls) == {("POST", "bulk"): 40}
    shoper.forget()
    assert errors(write(platform, "update", "price", prices(sale=Sale()))) == [""] * 1000
    assert dict(shoper.calls) == {("POST", "bulk"): 40, ("GET", "specialoffers"): 40}


@pytest.mark.requirement("E3")
def test_a_hundred_new_articles_take_four_bulks_and_four_looks(shoper):
    place = category(shoper)
    platform = connect(shoper)
    platform.facts()
    shoper.forget()
    results = write(platform, "create", "article", new(100, place))
    assert errors(results) == [""] * 100
    assert dict(shoper.calls) == {("POST", "bulk"): 4, ("GET", "products"): 4}
    first = results[0]
    assert (first.record.sku, [one.kind for one in first.carried]) == ("N-0", ["stock", "price"])
    assert {one.article_id for one in first.carried} == {first.remote_id}
    shoper.forget()
    changes = [
        ArticleRecord(remote_id=result.remote_id, name=f"Inny {n}") for n, result in enumerate(results)
    ]
    assert errors(write(platform, "update", "article", changes)) == [""] * 100
    assert dict(shoper.calls) == {("POST", "bulk"): 4}
    assert shoper.asked[0].body[0]["body"] == {"translations": {"pl_PL": {"name": "Inny 0"}}}


# Articles


def test_a_new_article_is_sent_as_small_as_it_can_be(shoper):
    place = category(shoper)
    platform = connect(shoper)
    [record] = new(1, place, description="<p>Opis</p>", weight_g=Decimal(350), ean="590", producer_id="")
    shoper.forget()
    [result] = platform.create("article", [record])
    [asked] = [asked for asked in shoper.asked if asked.method == "POST" and asked.path.endswith("products")]
    assert asked.body == {
        "code": "N-0", "ean": "590", "unit_id": 1, "tax_id": 1, "producer_id": None, "pkwiu": "",
        "category_id": place, "categories": [place],
        "translations": {"pl_PL": {"name": "Nowy 0", "description": "<p>Opis</p>", "active": True}},
        "stock": {"weight": Decimal("0.35"), "stock": 4, "price": Decimal("9.99")},
    }  # fmt: skip
    assert (result.record.weight_g, result.record.description) == (350, "<p>Opis</p>")


def test_an_article_without_category_goes_into_the_named_one_or_is_refused(shoper):
    place = category(shoper)
    wanted = new(1, place, category_ids=())
    assert errors(connect(shoper).create("article", wanted)) == ["no_category"]
    assert errors(connect(shoper, options={"default_category": str(place)}).create("article", wanted)) == [""]


def test_the_main_category_stays_as_long_as_the_article_is_in_it(shoper):
    places = [category(shoper, name) for name in ("A", "B", "C")]
    [pk] = add_products(shoper, 1, category_id=places[1])
    platform = connect(shoper)
    for chosen, main in (((0, 1), 1), ((0, 2), 0)):
        wanted = ArticleRecord(remote_id=str(pk), category_ids=tuple(str(places[n]) for n in chosen))
        assert errors(platform.update("article", [wanted])) == [""]
        row = shoper.store.tables["products"][pk]
        assert (row["category_id"], row["categories"]) == (places[main], [places[n] for n in chosen])


def test_bad_records_are_refused_one_by_one(shoper):
    place = category(shoper)
    good, bad = new(2, place)
    bad = ArticleRecord(sku="BAD", name="Zły", category_ids=("999",), vat_rate_id="1")
    results = connect(shoper).create("article", [good, bad])
    assert errors(results) == ["", "invalid_request:category_id"]
    assert [row["code"] for row in shoper.store.rows("product-stocks")] == ["N-0"]
    gone = [ArticleRecord(remote_id="999", name="X"), ArticleRecord(remote_id="1", name="Y")]
    first, second = connect(shoper).update("article", gone)
    assert (first.error.data["gone"], second.error) == ("1", None)


def test_a_row_that_somebody_edits_is_for_the_next_run_and_the_others_go_through(shoper):
    ids = add_products(shoper, 3)
    body = [{"code": code, "body": 1, "id": str(n)} for n, code in enumerate((200, 409, 200))]
    shoper.fault(
        "answer", method="PUT", status=200, raw=repr({"errors": 1, "items": body}).replace("'", '"').encode()
    )
    results = connect(shoper).update("stock", stock_of(ids, 5))
    assert errors(results) == ["", "locked", ""]
    assert isinstance(results[1].error, Retriable)


def test_a_missing_right_is_not_25_refused_records(shoper):
    ids = add_products(shoper, 3)
    shoper.lacking = {"product_stocks"}
    with pytest.raises(UnexpectedAnswer) as caught:
        connect(shoper).update("stock", stock_of(ids, 5))
    assert caught.value.key == "scope:insufficient_scope"


def test_deleting_what_is_gone_is_done(shoper):
    product = add_shirt(shoper, "S", "M")
    [simple] = add_products(shoper, 1)
    wanted = [
        ArticleRecord(remote_id=f"{product}:2", parent_id=str(product)),
        ArticleRecord(remote_id=str(simple)),
        ArticleRecord(remote_id="999"),
    ]
    platform = connect(shoper)
    assert platform.batches("article", "delete", wanted) == [[0], [1, 2]]
    assert errors(write(platform, "delete", "article", wanted)) == ["", "", ""]
    assert [row["code"] for row in shoper.store.rows("product-stocks")] == ["SHIRT0001", "SHIRT-M"]
