"""Linking, importing, exporting, updating, deleting; and what the platform locks (M2-M6, M11)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from shops.models import RemoteElement, Rule
from shops.services.rules import FIXED, RuleValues, cell_states
from shops.sync.connect import open_platform
from tests.platforms.ours import KINDS, NAME_FIELD, there_values
from tests.platforms.scenarios.stage import LOCKED, Stage
from tests.platforms.table import scenario


class Matrix(Stage):
    @scenario("Test settings")
    @pytest.mark.requirement("M1")
    def test_the_settings_are_found_good_without_changing_the_shop(self) -> None:
        with open_platform(self.shop) as (platform, _book):
            findings = list(platform.check())
        assert [(f.key, f.text, f.detail) for f in findings if f.state in ("problem", "skipped")] == []
        assert any(finding.state == "ok" for finding in findings)
        assert self.bench.writes == 0
        assert self.clean_sync("read").state == "done"
        self.shop.refresh_from_db()
        assert self.shop.facts["currency"] == self.bench.currency
        assert self.shop.facts["prices_gross"] == self.bench.gross

    @scenario("Wrong credentials")
    @pytest.mark.requirement("M1")
    def test_wrong_credentials_stop_the_run_with_a_cure(self) -> None:
        self.shop.credentials = dict(self.bench.wrong_credentials)
        self.shop.save()
        with open_platform(self.shop) as (platform, _book):
            problems = [finding for finding in platform.check() if finding.state == "problem"]
        assert len(problems) == 1
        assert problems[0].text
        assert problems[0].cure
        self.ours.make("article", "A-1")
        self.everything_to_the_shop()
        run = self.sync()
        assert (run.state, bool(run.message), bool(run.cure)) == ("failed", True, True)
        assert run.changes.count() == 0
        assert self.bench.shown("article") == []

    @scenario("Link")
    @pytest.mark.requirement("M2", "P3")
    def test_what_both_sides_have_is_linked_by_its_key(self) -> None:
        readable = [kind for kind in KINDS if self.possible(kind, "import")]
        for kind in readable:
            self.add(kind, "SAME")
            self.add(kind, "THEIRS")
            self.ours.make(kind, "SAME")
            self.ours.make(kind, "MINE")
        self.bench.forgets()
        self.clean_sync("read")
        for kind in readable:
            link = RemoteElement.objects.of(self.shop, kind).get(local_id=self.ours.get(kind, "SAME").pk)
            shown = self.bench.find(kind, **{NAME_FIELD[kind]: there_values(kind, "SAME", "")[NAME_FIELD[kind]]})  # fmt: skip
            assert (kind, link.remote_id) == (kind, shown["id"])
            assert self.linked(kind) == (2 if kind == "category" else 1)
        assert self.bench.writes == 0

    @scenario("Import")
    @pytest.mark.requirement("M4", "P5", "P7")
    def test_what_only_the_shop_has_comes_here(self) -> None:
        wishes = {kind: RuleValues(import_here=True) for kind in KINDS if self.possible(kind, "import")}
        for kind in wishes:
            self.add(kind, "THEIRS")
            if self.platform.can(kind).fixed:
                wishes[kind] = FIXED
        self.rules(**wishes)
        self.bench.forgets()
        self.clean_sync()
        for kind in wishes:
            assert self.ours.get(kind, "THEIRS") is not None, kind
        article = self.ours.get("article", "THEIRS")
        assert (article.name, [str(c) for c in article.categories.all()]) == ("Name THEIRS", ["Kitchen"])
        assert str(article.vat_rate) == str(self.ours.vat)
        if "customer" in wishes:
            assert self.ours.get("customer", "THEIRS").billing.city == "Celje"
        assert self.bench.writes == 0
        self.quiet_sync()

    @scenario("Export")
    @pytest.mark.requirement("M4", "P2")
    def test_what_only_we_have_goes_there(self) -> None:
        wishes = {kind: RuleValues(export_there=True) for kind in KINDS if self.possible(kind, "export")}
        for kind in wishes:
            self.ours.make(kind, "MINE")
        self.rules(**wishes)
        self.clean_sync()
        for kind in wishes:
            name = there_values(kind, "MINE", "")[NAME_FIELD[kind]]
            shown = self.bench.find(kind, **{NAME_FIELD[kind]: name})
            link = RemoteElement.objects.of(self.shop, kind).get(local_id=self.ours.get(kind, "MINE").pk)
            assert (kind, link.remote_id) == (kind, shown["id"])
        article = self.bench.find("article", sku="MINE")
        assert (article["name"], article["category"], article["active"]) == ("Name MINE", self.kitchen, True)
        self.quiet_sync()

    @scenario("Update here")
    @pytest.mark.requirement("M3")
    def test_linked_elements_follow_the_shop(self) -> None:
        wishes: dict[str, RuleValues] = {}
        for kind in KINDS:
            if self.possible(kind, "here"):
                self.ours.make(kind, "BOTH")
                self.add(kind, "BOTH")
                wishes[kind] = FIXED if self.platform.can(kind).fixed else RuleValues("here")
        self.rules(**wishes)
        self.sync()
        for kind in wishes:
            self.bench.change(kind, self._id_there(kind, "BOTH"), **{_renamed(kind): "Renamed"})
        self.bench.forgets()
        self.clean_sync()
        for kind in wishes:
            row = self.ours.get_renamed(kind, "BOTH", "Renamed")
            assert row is not None, kind
        assert self.bench.writes == 0
        self.quiet_sync()

    @scenario("Update in shop")
    @pytest.mark.requirement("M3")
    def test_linked_elements_of_the_shop_follow_us(self) -> None:
        wishes: dict[str, RuleValues] = {}
        for kind in KINDS:
            if self.possible(kind, "shop"):
                self.ours.make(kind, "BOTH")
                self.add(kind, "BOTH")
                wishes[kind] = RuleValues("shop")
        ids = {kind: self._id_there(kind, "BOTH") for kind in wishes}
        self.rules(**wishes)
        self.sync()
        for kind in wishes:
            self.ours.rename(kind, "BOTH", "Renamed")
        self.clean_sync()
        for kind in wishes:
            assert self.bench.find(kind, id=ids[kind])[_renamed(kind)] == "Renamed", kind
        self.quiet_sync()

    @scenario("Delete in shop")
    @pytest.mark.requirement("M4")
    def test_what_only_the_shop_has_is_deleted_there(self) -> None:
        wishes: dict[str, RuleValues] = {}
        for kind in KINDS:
            if self.possible(kind, "delete"):
                self.ours.make(kind, "BOTH")
                self.add(kind, "BOTH")
                self.add(kind, "THEIRS")
                wishes[kind] = RuleValues(delete_there=True)
        gone = {kind: self._id_there(kind, "THEIRS") for kind in wishes}
        kept = {kind: self._id_there(kind, "BOTH") for kind in wishes}
        self.rules(**wishes)
        self.sync()
        for kind in wishes:
            ids = {row["id"] for row in self.bench.shown(kind)}
            assert (kind, gone[kind] in ids, kept[kind] in ids) == (kind, False, True)
        # What the shop keeps for itself (a default category) was refused once, and is not asked for again.
        self.quiet_sync()

    @scenario("VAT rates")
    @pytest.mark.requirement("M6")
    def test_vat_rates_are_linked_and_imported_and_never_written(self) -> None:
        if not self.possible("vat_rate", "import"):
            return
        self.bench.add("vat_rate", percent=Decimal(7))
        self.rules(vat_rate=RuleValues(import_here=True))
        self.clean_sync()
        elements = RemoteElement.objects.of(self.shop, "vat_rate").present()
        assert elements.filter(local_id=self.ours.vat.pk).count() == 1
        assert elements.unlinked().count() == 0
        assert elements.linked().count() == len(self.bench.shown("vat_rate"))
        for cell in ("shop", "export", "delete"):
            assert not self.possible("vat_rate", cell)
        assert self.bench.writes == 0

    @scenario("Locked cells")
    @pytest.mark.requirement("M5", "M11")
    def test_what_cannot_be_done_is_refused_with_its_reason_and_a_stale_row_does_nothing(self) -> None:
        for kind in self.platform.capabilities:
            for cell in cell_states(self.platform, kind):
                assert not self.possible(kind, cell)
        self.add("article", "THEIRS")
        self.ours.make("article", "MINE")
        for kind in self.platform.capabilities:
            locked = cell_states(self.platform, kind)
            values: dict[str, Any] = {LOCKED[cell]: True for cell in locked if cell in ("export", "delete")}
            if "shop" in locked:
                values["linked"] = "shop"
            Rule.objects.filter(shop=self.shop, kind=kind).update(**values)
        before = {kind: self.bench.shown(kind) for kind in ("article", "category", "vat_rate", "customer")}
        self.bench.forgets()
        self.sync()
        assert self.bench.writes == 0
        assert {kind: self.bench.shown(kind) for kind in before} == before

    def _id_there(self, kind: str, key: str) -> str:
        name = NAME_FIELD[kind]
        return str(self.bench.find(kind, **{name: there_values(kind, key, "")[name]})["id"])


def _renamed(kind: str) -> str:
    """What changes when an element is renamed: its name, never its key where it has another one."""
    return "last_name" if kind == "customer" else "name"
