"""Bad days: what goes wrong in a shop, and what stays right here then."""

from __future__ import annotations

from decimal import Decimal

import pytest

from inventory.models import Article, StockLevel
from shops.models import Problem, RemoteElement
from shops.services.rules import RuleValues
from tests.platforms.scenarios.stage import Stage
from tests.platforms.table import scenario

MANY = 25  # more than the engine lets vanish without a word


class Failures(Stage):
    @scenario("Poison row")
    @pytest.mark.requirement("M4")
    def test_one_refused_article_keeps_back_nobody_and_is_not_sent_again(self) -> None:
        for key in ("A-1", "A-2", "POISON", "A-3"):
            self.ours.make("article", key)
        self.everything_to_the_shop()
        if not self.breaks("poison"):
            return
        run = self.sync()
        assert self.bench.all_of("article", "sku") == ["A-1", "A-2", "A-3"]
        change = run.changes.get(state="refused")
        assert (change.key, bool(change.message), run.state) == ("POISON", True, "partly")
        assert Problem.objects.get(kind="article").count == 1
        self.bench.forgets()
        self.sync()
        assert self.bench.writes == 0
        self.bench.heals()
        Article.objects.filter(sku="POISON").update(name="Harmless")
        self.sync()
        assert self.bench.all_of("article", "sku") == ["A-1", "A-2", "A-3", "POISON"]

    @scenario("Unanswered create")
    @pytest.mark.requirement("M4")
    def test_a_create_that_was_done_without_an_answer_is_done_once(self) -> None:
        for key in ("A-1", "A-2", "A-3"):
            self.ours.make("article", key)
        self.everything_to_the_shop()
        if not self.breaks("unanswered"):
            return
        run = self.sync()
        assert run.state == "done"
        assert self.bench.all_of("article", "sku") == ["A-1", "A-2", "A-3"]
        assert (self.linked("article"), self.linked("stock")) == (3, 3)
        assert not RemoteElement.objects.filter(state="creating").exists()
        self.bench.heals()
        self.sync()
        assert self.bench.all_of("article", "stock") == [5, 5, 5]
        self.quiet_sync()

    @scenario("Unanswered update")
    @pytest.mark.requirement("P4")
    def test_an_update_that_was_done_without_an_answer_ends_right(self) -> None:
        for key in ("A-1", "A-2"):
            self.ours.make("article", key)
            self.add("article", key)
        self.rules(stock=RuleValues("shop"))
        self.clean_sync()
        StockLevel.objects.update(on_hand=Decimal(11))
        if not self.breaks("unanswered"):
            return
        run = self.sync("export_stock")
        assert (run.state, self.bench.all_of("article", "stock")) == ("done", [11, 11])
        assert self.bench.all_of("article", "name") == ["Name A-1", "Name A-2"]

    @scenario("Server down")
    def test_a_server_that_fails_for_a_moment_is_waited_for(self) -> None:
        self.ours.make("article", "A-1")
        self.everything_to_the_shop()
        if not self.breaks("down"):
            return
        assert self.sync().state == "done"
        assert self.bench.all_of("article", "sku") == ["A-1"]

    @scenario("Rate limit")
    def test_a_rate_limit_is_waited_for_and_is_no_failure(self) -> None:
        self.ours.make("article", "A-1")
        self.everything_to_the_shop()
        if not self.breaks("limit"):
            return
        run = self.sync()
        assert (run.state, Problem.objects.count()) == ("done", 0)
        assert self.bench.all_of("article", "sku") == ["A-1"]

    @scenario("No data")
    @pytest.mark.requirement("M8", "M9")
    def test_an_answer_that_is_no_data_stops_its_type_and_what_follows(self) -> None:
        self.ours.make("article", "A-1")
        self.everything_to_the_shop()
        if not self.breaks("nonsense", "category"):
            return
        run = self.sync()
        states = {step.kind: step.state for step in run.steps.all()}
        assert (states["category"], states["article"]) == ("failed", "skipped")
        step = run.steps.get(kind="category")
        assert (bool(step.message), bool(step.cure)) == (True, True)
        assert self.bench.shown("article") == []

    @scenario("Empty answer")
    @pytest.mark.requirement("M8")
    def test_a_suddenly_empty_shop_is_doubted(self) -> None:
        for number in range(MANY):
            self.ours.make("article", f"A-{number:02}")
            self.add("article", f"A-{number:02}")
        self.rules(article=RuleValues(export_there=True))
        self.clean_sync()
        assert self.linked("article") == MANY
        if not self.breaks("empty"):
            return
        self.bench.forgets()
        run = self.sync()
        step = run.steps.get(kind="article")
        assert (step.state, bool(step.message), bool(step.cure)) == ("failed", True, True)
        assert self.linked("article") == MANY
        assert self.bench.writes == 0

    @scenario("Moving pages")
    @pytest.mark.requirement("M2")
    def test_a_list_that_changes_while_it_is_read_loses_nothing(self) -> None:
        """Whatever is in the shop all the time is seen: not taken for gone, nor exported a second time."""
        keys = [f"A-{number:03}" for number in range(self.bench.page + 5)]
        for key in keys:
            self.add("article", key)
        for key in keys[: self.bench.page + 3]:
            self.ours.make("article", key)
        self.clean_sync("read")
        assert self.linked("article") == self.bench.page + 3
        self.rules(article=RuleValues(export_there=True))
        if not self.breaks("moves"):
            return
        self.sync()
        skus = self.bench.all_of("article", "sku")
        assert len(skus) == len(set(skus))
        there = {row["id"] for row in self.bench.shown("article")} & set(self._ids_of(keys))
        known = RemoteElement.objects.of(self.shop, "article").present()
        assert there <= set(known.values_list("remote_id", flat=True))

    def _ids_of(self, keys: list[str]) -> list[str]:
        wanted = set(keys)
        return [row["id"] for row in self.bench.shown("article") if row["sku"] in wanted]
