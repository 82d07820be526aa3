"""What many changes cost an osCommerce shop, and what is never asked of it (oscommerce.md, 3, 4.4)."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest

from shops.records import PriceRecord, StockRecord
from shops.services.rules import RuleValues
from tests.peers.oscommerce.store import Store
from tests.platforms.driving import errors, write
from tests.platforms.oscommerce.benches import NewByDatabase, OldByBridge
from tests.platforms.oscommerce.ways import Log, platform
from tests.platforms.scenarios.stage import Stage

pytestmark = [pytest.mark.service, pytest.mark.requirement("S7")]

MANY = 10_000
SECRET = re.compile(
    r"password|\bcc_(type|owner|number|expires)|administrators|sessions|whos_online|action_recorder|PAYMENT_\w*(KEY|SECRET)",
    re.IGNORECASE,
)


@pytest.fixture
def filled(shop: Store) -> list[str]:
    """Ids of ten thousand products."""
    first = shop.add_product("FIRST")
    for start in range(0, MANY - 1, 1000):
        rows = ",".join(
            f"('M{number}', 3, 10, 1, 1, NOW())" for number in range(start, min(start + 1000, MANY - 1))
        )
        shop.run(
            "INSERT INTO products (products_model, products_quantity, products_price, products_status, "
            f"products_tax_class_id, products_date_added) VALUES {rows}"
        )
    return [str(first + number) for number in range(MANY)]


@pytest.mark.requirement("E3", "P4", "P6")
def test_ten_thousand_stock_levels_are_ten_statements_and_so_are_prices(shop: Store, filled: list[str]):
    log = Log()
    osc = platform(shop, log)
    osc.facts()
    osc.update("stock", [StockRecord(remote_id=filled[0], article_id=filled[0], quantity=Decimal(1))])
    osc.update("price", [PriceRecord(remote_id=filled[0], article_id=filled[0], regular=Decimal(1))])
    log.clear()
    levels = [StockRecord(remote_id=pk, article_id=pk, quantity=Decimal(7)) for pk in filled]
    assert not any(errors(write(osc, "update", "stock", levels)))
    assert log.statements == ["products.stock"] * (MANY // 1000)
    log.clear()
    prices = [PriceRecord(remote_id=pk, article_id=pk, regular=Decimal("4.9")) for pk in filled]
    assert not any(errors(write(osc, "update", "price", prices)))
    assert len(log.statements) == MANY // 1000
    rows = shop.rows("products")
    assert {(row["products_quantity"], Decimal(row["products_price"])) for row in rows} == {
        (7, Decimal("4.9"))
    }


class NothingSecret(Stage):
    def test_a_whole_sync_asks_for_no_password_session_or_card(self) -> None:
        """On the statements as they arrive at the database, by whatever way."""
        self.ours.make("article", "A-1")
        self.ours.make("customer", "MINE")
        self.add("article", "A-2")
        self.bench.add(
            "customer", email="ana@example.test", first_name="Ana", last_name="Novak", city="Celje"
        )
        both = RuleValues("shop", export_there=True)
        wishes = dict.fromkeys(("category", "producer", "article", "customer"), both)
        follow = RuleValues("shop")
        self.rules(**wishes, stock=follow, price=follow, vat_rate=RuleValues(import_here=True))
        self.rules(order=RuleValues("here", import_here=True))
        self.sync()
        self.bench.add("order", sku="A-2", quantity=1, email="ana@example.test", shipping=Decimal("4.10"))
        self.clean_sync("import_orders")
        asked = self.bench.wire.statements
        # The column has no default in old shops: an account made here gets an empty one, which lets nobody in.
        given = [sql for sql in asked if SECRET.search(sql)]
        assert all(re.match(r"INSERT INTO `customers` ", sql) for sql in given), given
        assert len(asked) > 20


class TestOldByBridge(NothingSecret):
    bench_class = OldByBridge


class TestNewByDatabase(NothingSecret):
    bench_class = NewByDatabase
