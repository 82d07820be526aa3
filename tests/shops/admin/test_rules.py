"""What the matrix offers, refuses and says, apart from any screen."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from shops.models import Rule
from shops.services import rules
from shops.services.rules import FIXED, NOTHING, RuleValues
from shops.services.sentences import ShopWords, effects
from tests.shops import fakes
from tests.shops.fakes import Fabric

pytestmark = pytest.mark.django_db


def texts(shop, kind, values, words=None, **counts):
    rule = Rule(shop=shop, kind=kind, **counts)
    found = effects(rules.row_of(Fabric, kind), rule, values, words or ShopWords())
    return [(one.arrow, one.text) for one in found]


def test_there_is_a_rule_for_each_type_the_platform_knows(shop):
    assert list(rules.ensure_rules(shop)) == list(Fabric.capabilities)
    assert Rule.objects.filter(shop=shop).count() == 13
    rules.ensure_rules(shop)
    assert Rule.objects.filter(shop=shop).count() == 13


@pytest.mark.requirement("M6", "M11")
def test_locked_cells_carry_the_platforms_reason():
    assert rules.cell_states(Fabric, "vat_rate") == dict.fromkeys(("shop", "export", "delete"), fakes.PANEL)
    assert set(rules.cell_states(Fabric, "unit")) == set(rules.CELLS)
    assert rules.cell_states(Fabric, "producer") == {}


def test_orders_are_never_written_but_their_statuses_are():
    orders = rules.cell_states(Fabric, "order")
    assert set(orders) == {"shop", "export", "delete"}
    assert "shop" not in rules.cell_states(Fabric, "order_status")


def test_stock_follows_the_article():
    row = rules.row_of(Fabric, "stock")
    assert not row.has_ticks
    assert row.has_linked
    assert set(row.locked) == {"import", "export", "delete"}


@pytest.mark.requirement("M5")
def test_a_fixed_type_has_one_choice_or_none():
    row = rules.row_of(Fabric, "category")
    assert row.fixed == "Fetch all categories anew"
    assert not row.has_linked
    assert not row.has_ticks
    for preset in (rules.KONTOR_LEADS, rules.SHOP_LEADS):
        assert rules.preset_values(Fabric, preset)["category"] == FIXED
    assert rules.preset_values(Fabric, rules.ORDERS_ONLY)["category"] == NOTHING


@pytest.mark.parametrize("preset", list(rules.PRESETS))
def test_presets_never_choose_what_the_platform_cannot(preset):
    for kind, values in rules.preset_values(Fabric, preset).items():
        row = rules.row_of(Fabric, kind)
        assert rules.problems_of(row, values) == [], kind


def test_kontor_leads_sends_and_shop_leads_fetches():
    sends = rules.preset_values(Fabric, rules.KONTOR_LEADS)
    fetches = rules.preset_values(Fabric, rules.SHOP_LEADS)
    assert sends["article"] == RuleValues(linked="shop", export_there=True)
    assert fetches["article"] == RuleValues(linked="here", import_here=True)
    assert sends["vat_rate"] == NOTHING
    assert fetches["vat_rate"] == RuleValues(linked="here", import_here=True)
    assert sends["order"] == RuleValues(linked="here", import_here=True)
    assert rules.matching_preset(Fabric, sends) == rules.KONTOR_LEADS
    assert rules.matching_preset(Fabric, {**sends, "stock": NOTHING}) == ""


def test_only_stock_and_prices_leaves_all_else_alone():
    chosen = rules.preset_values(Fabric, rules.STOCK_PRICES)
    assert {kind for kind, values in chosen.items() if values != NOTHING} == {"stock", "price"}


@pytest.mark.requirement("M4")
def test_import_with_delete_is_refused_before_and_in_the_database(shop):
    both = RuleValues(import_here=True, delete_there=True)
    with pytest.raises(ValidationError, match="contradict"):
        rules.save_rules(shop, {"article": both})
    rule = Rule.objects.get(shop=shop, kind="article")
    assert RuleValues.of(rule) == NOTHING
    with pytest.raises(IntegrityError), transaction.atomic():
        Rule.objects.filter(pk=rule.pk).update(import_here=True, delete_there=True)


@pytest.mark.requirement("M11")
def test_a_locked_cell_is_refused_with_its_reason_and_nothing_is_saved(shop):
    with pytest.raises(ValidationError, match="Use the Fabric panel"):
        rules.save_rules(
            shop, {"article": RuleValues(linked="shop"), "vat_rate": RuleValues(export_there=True)}
        )
    assert not Rule.objects.filter(shop=shop, linked="shop").exists()


def test_saving_names_what_changed(shop):
    assert rules.apply_preset(shop, rules.STOCK_PRICES) == ["stock", "price"]
    assert rules.apply_preset(shop, rules.STOCK_PRICES) == []
    with pytest.raises(KeyError):
        rules.apply_preset(shop, "nonsense")


def test_before_the_first_read_sentences_need_no_numbers(shop):
    assert texts(shop, "article", RuleValues(delete_there=True)) == [
        ("", "Linked ones stay as they are"),
        ("delete", "Those that exist only in the shop will be deleted there"),
    ]


def test_numbers_decide_between_one_and_many(shop):
    one = texts(
        shop,
        "article",
        RuleValues("shop", export_there=True),
        linked_count=1,
        only_here_count=1,
        only_shop_count=1,
    )
    many = texts(
        shop,
        "article",
        RuleValues("shop", export_there=True),
        linked_count=1204,
        only_here_count=36,
        only_shop_count=18,
    )
    assert one == [
        ("shop", "1 gets our version if it differs"),
        ("shop", "1 is created in the shop"),
        ("", "1 only in the shop: no change"),
    ]
    assert many == [
        ("shop", "1,204 get our version if they differ"),
        ("shop", "36 are created in the shop"),
        ("", "18 only in the shop: no change"),
    ]


def test_a_row_that_does_nothing_says_so(shop):
    assert texts(shop, "article", NOTHING, linked_count=0, only_here_count=0, only_shop_count=0) == [
        ("", "Nothing changes")
    ]


def test_stock_names_its_warehouses_or_that_none_is_chosen(shop):
    words = ShopWords(warehouses=("Ljubljana", "Maribor"), buffer=Decimal(2))
    assert texts(shop, "stock", RuleValues("shop"), words, linked_count=5)[1] == (
        "",
        "Ljubljana + Maribor, less 2",
    )
    assert texts(shop, "stock", RuleValues("shop"), linked_count=5)[1] == (
        "bad",
        "No warehouse is chosen yet. Choose one in Stock and prices.",
    )


def test_unlinked_payment_methods_say_what_happens_to_orders(shop):
    assert texts(shop, "payment_method", NOTHING, linked_count=6, only_shop_count=1) == [
        ("", "1 is not linked: orders with it come in, with the method left open")
    ]
    assert texts(shop, "payment_method", NOTHING, linked_count=6, only_shop_count=0) == [
        ("", "Every order finds its method")
    ]
