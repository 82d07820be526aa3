"""New and changed articles at the stand-in shop: variants, options, SKUs that are taken, what the shop drops."""

from __future__ import annotations

from decimal import Decimal

import pytest

from shops.records import (
    ArticleRecord,
    OptionRecord,
    Sale,
)
from tests.peers.woocommerce import Client, add_products
from tests.platforms.woocommerce.connecting import connect
from tests.platforms.woocommerce.engine import (
    errors,
    full,
    now,
    records,
    variable,
    write,
)


@pytest.mark.requirement("M3", "M4")
def test_a_new_article_comes_back_as_it_was_sent_with_stock_and_price(woo):
    client = Client(woo)
    category = str(client.post("/products/categories", {"name": "Kuhinja"}).json["id"])
    brand = str(client.post("/products/brands", {"name": "Lipa"}).json["id"])
    wanted = full(category_ids=(category,), producer_id=brand)
    platform = connect(woo)
    [result] = platform.create("article", [wanted])
    assert result.error is None
    assert result.record.content() == {**wanted.content(), "options": ()}
    stock, price = result.carried
    assert (stock.quantity, stock.managed) == (Decimal(12), True)
    assert (price.regular, price.sale) == (Decimal("9.99"), Sale(price=Decimal("8.00")))
    again = platform.read_one("article", result.remote_id)
    assert again.content() == result.record.content()


def test_an_update_sends_only_what_is_known(woo):
    [product] = add_products(woo.state, 1)
    woo.reset_counts()
    [result] = connect(woo).update(
        "article", [ArticleRecord(remote_id=str(product.id), name="Novo", active=False)]
    )
    assert result.error is None
    assert woo.writes[0].body == {"update": [{"id": product.id, "status": "draft", "name": "Novo"}]}
    [product] = now(woo, [product])
    assert (product.name, product.status, product.sku) == ("Novo", "draft", "SKU-00001")


def test_a_parent_and_its_variants_and_what_they_hold(woo):
    platform = connect(woo)
    parent = full(
        sku="T", ean="", stock=None, price=None, options=(OptionRecord(name="Size", values=("S", "M")),)
    )
    [made] = platform.create("article", [parent])
    assert made.record.options == parent.options
    children = [
        full(
            sku=f"T-{size}",
            ean="",
            name="T-shirt",
            parent_id=made.remote_id,
            variant=(("Size", size),),
            vat_rate_id=None,
        )
        for size in ("S", "M")
    ]
    woo.reset_counts()
    results = write(platform, "create", "article", children)
    assert errors(results) == ["", ""]
    assert woo.calls["POST", "/products/{product_id}/variations/batch"] == 1
    assert sum(woo.calls.values()) == 1  # the parent's attributes are known from its making
    sent = woo.writes[0].body["create"][0]
    assert sent["attributes"] == [{"name": "Size", "option": "S"}]
    assert "name" not in sent
    assert [result.record.variant for result in results] == [(("Size", "S"),), (("Size", "M"),)]
    assert results[0].record.vat_rate_id is None  # the parent's
    [changed] = platform.update(
        "article", [ArticleRecord(remote_id=results[0].remote_id, parent_id=made.remote_id, active=False)]
    )
    assert changed.record.active is False
    assert woo.state.products[int(results[0].remote_id)].status == "private"


def test_variants_of_a_parent_with_a_shared_attribute_name_it_by_number(woo):
    client = Client(woo)
    colour = client.post("/products/attributes", {"name": "Barva"}).json["id"]
    client.post(f"/products/attributes/{colour}/terms", {"name": "rdeča"})
    attributes = [{"id": colour, "variation": True, "visible": True, "options": ["rdeča"]}]
    parent = client.post(
        "/products", {"type": "variable", "name": "M", "sku": "M", "attributes": attributes}
    ).json["id"]
    record = ArticleRecord(sku="M-R", parent_id=str(parent), variant=(("Barva", "rdeča"),))
    woo.reset_counts()
    [result] = connect(woo).create("article", [record])
    assert woo.writes[0].body["create"][0]["attributes"] == [{"id": colour, "option": "rdeča"}]
    assert result.record.variant == (("Barva", "rdeča"),)


def test_more_options_leave_the_other_attributes_alone(woo):
    client = Client(woo)
    parent = variable(woo, "41")
    attributes = client.get(f"/products/{parent}").json["attributes"]
    lining = {"name": "Lining", "visible": True, "variation": False, "options": ["wool"]}
    client.put(f"/products/{parent}", {"attributes": [*attributes, lining]})
    record = ArticleRecord(remote_id=str(parent), options=(OptionRecord(name="Size", values=("41", "42")),))
    [result] = connect(woo).update("article", [record])
    assert result.error is None
    shown = {row["name"]: row for row in client.get(f"/products/{parent}").json["attributes"]}
    assert shown["Lining"]["options"] == ["wool"]
    assert shown["Size"]["options"] == ["41", "42"]
    assert client.get(f"/products/{parent}").json["type"] == "variable"


def test_a_product_with_variations_is_not_turned_into_a_simple_one(woo):
    parent = variable(woo, "41")
    woo.reset_counts()
    [result] = connect(woo).update("article", [ArticleRecord(remote_id=str(parent), options=())])
    assert result.error.key == "has_variations"
    assert woo.writes == []


def test_a_taken_sku_names_its_holder_and_the_others_go_through(woo):
    [product] = add_products(woo.state, 1)
    wanted = [full(sku=product.sku, ean=""), full(sku="NEW", ean="")]
    results = connect(woo).create("article", wanted)
    assert errors(results) == ["product_invalid_sku", ""]
    assert results[0].error.data["holder"] == str(product.id)
    assert results[0].remote_id == ""
    assert "Mappings" in results[0].error.cure


def test_a_taken_ean_names_its_holder_otherwise_so_that_nobody_adopts_it(woo):
    platform = connect(woo)
    [first] = platform.create("article", [full(sku="ONE")])
    [second] = platform.create("article", [full(sku="TWO")])
    assert second.error.data["ean_holder"] == first.remote_id
    assert "holder" not in second.error.data


@pytest.mark.requirement("M4")
def test_a_sku_in_the_trash_is_found_there(woo):
    [product] = add_products(woo.state, 1)
    Client(woo).delete(f"/products/{product.id}")
    woo.reset_counts()
    [result] = connect(woo).create("article", [full(sku=product.sku, ean="")])
    assert result.error.key == "sku_in_trash"
    assert result.error.data["trashed"] == str(product.id)
    assert woo.calls["GET", "/products"] == 1


def test_a_rate_that_no_class_stands_for_is_refused_before_anything_is_sent(woo):
    rates = {
        (record.country, record.percent): record.remote_id for record in records(connect(woo), "vat_rate")
    }
    wanted = [full(sku="A", ean="", vat_rate_id=rates["CZ", Decimal(21)]), full(sku="B", ean="")]
    woo.reset_counts()
    results = connect(woo).create("article", wanted)
    assert errors(results) == ["vat_unmapped:SI:21", ""]
    assert [row["sku"] for row in woo.writes[0].body["create"]] == ["B"]


def test_a_category_that_is_gone_is_noticed_though_the_shop_says_nothing(woo):
    [product] = add_products(woo.state, 1)
    record = ArticleRecord(remote_id=str(product.id), name="Novo", category_ids=("987654",))
    [result] = connect(woo).update("article", [record])
    assert result.error.key == "category_gone"
    assert woo.state.products[product.id].name == "Novo"


def test_a_producer_that_cannot_be_taken_off_is_said(woo):
    client = Client(woo)
    brand = client.post("/products/brands", {"name": "Lipa"}).json["id"]
    [product] = add_products(woo.state, 1)
    client.put(f"/products/{product.id}", {"brands": [{"id": brand}]})
    [result] = connect(woo).update("article", [ArticleRecord(remote_id=str(product.id), producer_id="")])
    assert result.error.key == "brand_stays"
    assert result.record.producer_id == str(brand)


def test_deleting_what_is_gone_is_a_success(woo):
    products = add_products(woo.state, 2)
    parent = variable(woo, "41", "42")
    children = [record for record in records(connect(woo), "article") if record.parent_id]
    wanted = [ArticleRecord(remote_id=str(one)) for one in (products[0].id, 999999, parent)]
    wanted += [ArticleRecord(remote_id=one.remote_id, parent_id=one.parent_id) for one in children]
    assert errors(write(connect(woo), "delete", "article", wanted)) == [""] * 5
    assert [record.remote_id for record in records(connect(woo), "article")] == [str(products[1].id)]
