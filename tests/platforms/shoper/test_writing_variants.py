"""Writing variants to the stand-in shop: options and values."""

from __future__ import annotations

from shops.records import ArticleRecord, OptionRecord
from tests.platforms.driving import errors
from tests.platforms.shoper.connecting import add_shirt, category, connect
from tests.platforms.shoper.goods import new, shirt


def test_options_and_values_are_made_where_they_are_missing_and_taken_where_they_are(shoper):
    platform = connect(shoper)
    results = platform.create("article", shirt(platform, shoper, "S", "M"))
    assert errors(results) == ["", ""]
    assert [one.variant for one in (r.record for r in results)] == [
        (("Rozmiar", "S"), ("Kolor", "czerwony")),
        (("Rozmiar", "M"), ("Kolor", "czerwony")),
    ]
    assert [(one.carried[0].quantity, one.carried[1].regular) for one in results] == [(1, 21), (2, 22)]
    assert len(shoper.store.rows("option-groups")) == 1
    assert len(shoper.store.rows("option-values")) == 3
    other = connect(shoper)
    wanted = shirt(other, shoper, "S", "L")
    assert errors(other.create("article", wanted)) == ["", ""]
    assert len(shoper.store.rows("option-groups")) == 1
    assert len(shoper.store.rows("option-values")) == 4


def test_variants_of_a_shop_that_chooses_no_group_from_outside_say_what_to_do(shoper):
    shoper.rules.group_writable = False
    platform = connect(shoper)
    results = platform.create("article", shirt(platform, shoper, "S", "M"))
    assert errors(results) == ["group_not_taken", "group_not_taken"]
    assert "Choose the group" in results[0].error.cure
    assert len(shoper.store.rows("product-stocks")) == 1


def test_a_shop_that_lets_no_options_be_made_says_so(shoper):
    shoper.fault("answer", method="POST", resource="option-groups", status=405, times=None)
    place = category(shoper)
    [parent] = new(1, place, options=(OptionRecord(name="Rozmiar", values=("S",)),))
    assert errors(connect(shoper).create("article", [parent])) == ["option_group:rozmiar"]
    assert shoper.store.rows("products") == []


def test_variants_that_differ_by_other_options_than_the_product_are_refused(shoper):
    product = add_shirt(shoper, "S")
    wanted = ArticleRecord(sku="X", parent_id=str(product), variant=(("Kolor", "biały"),))
    assert errors(connect(shoper).create("article", [wanted])) == ["other_options"]


def test_which_options_a_product_has_needs_no_request(shoper):
    product = add_shirt(shoper, "S")
    record = ArticleRecord(remote_id=str(product), options=(OptionRecord(name="Rozmiar", values=("S", "M")),))
    platform = connect(shoper)
    platform.facts()
    shoper.forget()
    assert errors(platform.update("article", [record])) == [""]
    assert shoper.writes == []
