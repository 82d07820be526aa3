"""Tables without transactions: a write that is cut off at any statement shows nothing half done, and is completed."""

from __future__ import annotations

from typing import Any

import pytest

from inventory.models import Article
from shops.models import RemoteElement
from shops.platforms.oscommerce import complaints
from tests.peers.oscommerce.wire import PASSES, Fate
from tests.platforms.oscommerce.benches import OldByBridge, OldByDatabase
from tests.platforms.scenarios.stage import Stage

pytestmark = [pytest.mark.service, pytest.mark.requirement("S7")]


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(complaints, "BUSY_S", 0.0)


class Interrupted(Stage):
    seen: list[dict[str, Any]]

    def cut_at(self, number: int, lost: str) -> None:
        """The connection breaks at this write, once. Before each of them it is noted what the shop's pages show."""
        self.seen, left = [], [number]

        def decide(sql: str) -> Fate:
            if sql.split(None, 1)[0].upper() not in ("INSERT", "UPDATE", "DELETE") or sql.endswith(
                "WHERE 1=0"
            ):
                return PASSES
            self.seen += self.bench.shown("article")
            left[0] -= 1
            return Fate(lost=lost) if left[0] == 0 else PASSES

        self.bench.wire.decide = decide

    def statements_of(self, sku: str) -> int:
        self.bench.forgets()
        self.clean_sync()
        assert self.bench.find("article", sku=sku)["stock"] == 5
        return int(self.bench.writes)

    @pytest.mark.parametrize("lost", ["before", "after"])
    def test_a_new_article_cut_off_at_any_statement_is_there_once_and_whole(self, lost: str) -> None:
        self.everything_to_the_shop()
        self.ours.make("article", "FIRST")
        statements = self.statements_of("FIRST")
        assert statements >= 3
        for number in range(1, statements + 1):
            self.ours.make("article", f"N-{number}")
            self.cut_at(number, lost)
            assert self.sync().state == "done", number
            # What a page showed at any moment had its price and its stock.
            assert {(row["price"], row["stock"]) for row in self.seen} <= {(12, 5)}, number
            self.bench.heals()
            self.quiet_sync()
        rows = self.bench.store.rows("products")
        assert sorted(row["products_model"] for row in rows) == sorted(
            Article.objects.values_list("sku", flat=True)
        )
        for row in rows:
            pk = row["products_id"]
            texts = self.bench.store.rows("products_description", products_id=pk)
            assert len({text["language_id"] for text in texts}) == len(texts) == 2
            places = self.bench.store.rows("products_to_categories", products_id=pk)
            assert [str(place["categories_id"]) for place in places] == [self.kitchen]
        assert not RemoteElement.objects.filter(state="creating").exists()

    @pytest.mark.parametrize("lost", ["before", "after"])
    def test_a_change_cut_off_at_any_statement_ends_equal(self, lost: str) -> None:
        self.everything_to_the_shop()
        article = self.ours.make("article", "FIRST")
        self.clean_sync()
        for number in (1, 2, 3):
            article.name = f"Name {number}"
            article.weight_g = 100 * number
            article.save()
            self.cut_at(number, lost)
            assert self.sync().state == "done"
            self.bench.heals()
            assert self.bench.find("article", sku="FIRST")["name"] == f"Name {number}"
            self.quiet_sync()


class TestOldByBridge(Interrupted):
    bench_class = OldByBridge


class TestOldByDatabase(Interrupted):
    bench_class = OldByDatabase
