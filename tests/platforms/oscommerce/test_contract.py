"""osCommerce passes the contract suite: an old shop through the bridge file, a newer one straight on its database."""

from __future__ import annotations

import pytest

from shops.platforms.oscommerce import OsCommerce, complaints
from tests.platforms.contract import ContractSuite
from tests.platforms.oscommerce.benches import NewByDatabase, OldByBridge
from tests.platforms.scenarios.manual import PAGES

pytestmark = [pytest.mark.service, pytest.mark.requirement("S7")]


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch):
    monkeypatch.setattr(complaints, "BUSY_S", 0.0)


class TestOldByBridge(ContractSuite):
    bench_class = OldByBridge


class TestNewByDatabase(ContractSuite):
    bench_class = NewByDatabase

    def test_the_manual_shows_the_capabilities_and_names_every_setting(self) -> None:
        """Its table is the bridge file's; what this way cannot do stands below."""
        page = (PAGES / "oscommerce.md").read_text(encoding="utf-8")
        locked = {kind: dict(can.why) for kind, can in self.platform.capabilities.items() if can.why}
        wider = {kind: dict(can.why) for kind, can in OsCommerce.capabilities.items() if can.why}
        assert {kind for kind in locked if locked[kind] != wider.get(kind)} == {"image"}
        assert "**Images – Export** is locked too" in page
