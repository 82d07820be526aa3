"""Articles into a running osCommerce shop: what is there gets price and stock, what is not there is made."""

from __future__ import annotations

from decimal import Decimal

import pytest

from shops.services.rules import RuleValues
from tests import factories as make
from tests.platforms.oscommerce.benches import NewByDatabase, OldByBridge
from tests.platforms.scenarios.stage import Stage

pytestmark = [pytest.mark.service, pytest.mark.requirement("P6", "S7")]

LEVELS = {"stock": RuleValues("shop"), "price": RuleValues("shop")}


class ProductsUpload(Stage):
    def test_existing_products_get_the_price_of_the_chosen_list_and_the_stock_of_the_chosen_warehouse(self):
        article = self.ours.make("article", "TEA")  # 5 pieces and 12.00 where the shop's own are chosen
        make.make_stock(article, make.make_warehouse("KP"), 90)
        make.make_price(make.make_price_list("Wholesale", gross=False), article, "7.00")
        make.make_price(self.shop.sale_price_list, article, "9.99")
        number = self.add("article", "TEA", name="The shop's own name", stock=Decimal(3), price=Decimal(10))
        other = self.add("article", "THEIRS", stock=Decimal(3), price=Decimal(10))
        self.rules(**LEVELS)
        self.clean_sync()
        shown = self.bench.find("article", id=number)
        assert (shown["stock"], shown["price"], shown["sale"]) == (5, 12, Decimal("9.99"))
        assert (shown["name"], shown["active"]) == ("The shop's own name", True)
        untouched = self.bench.find("article", id=other)
        assert (untouched["stock"], untouched["price"], untouched["sale"]) == (3, 10, None)
        self.quiet_sync()

    def test_new_ones_are_made_with_both(self):
        self.ours.make("article", "TEA")
        self.rules(article=RuleValues(export_there=True), **LEVELS)
        self.clean_sync()
        shown = self.bench.find("article", sku="TEA")
        assert (shown["name"], shown["stock"], shown["price"]) == ("Name TEA", 5, 12)
        self.quiet_sync()


class TestOldByBridge(ProductsUpload):
    bench_class = OldByBridge


class TestNewByDatabase(ProductsUpload):
    bench_class = NewByDatabase
