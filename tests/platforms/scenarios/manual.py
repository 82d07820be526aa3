"""The platform's page in the manual: what the capabilities say stands there, and every setting is named."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from shops.elements import ELEMENT_TYPES
from shops.platforms.manual import capability_table, page_with
from tests.platforms.scenarios.stage import Stage
from tests.platforms.table import scenario

PAGES = Path(__file__).resolve().parents[3] / "docs" / "platforms"
VERBS = ("read", "create", "update", "delete", "import")


class Manual(Stage):
    @scenario("Reasons")
    @pytest.mark.requirement("M11")
    def test_every_lock_has_a_reason_and_every_type_is_declared(self) -> None:
        assert set(self.platform.capabilities) == set(ELEMENT_TYPES)
        for kind, can in self.platform.capabilities.items():
            for verb in VERBS:
                allowed = getattr(can, "import_" if verb == "import" else verb)
                reason = str(can.reason(verb))
                assert bool(reason) is not allowed, (kind, verb)
                assert not reason or reason.endswith("."), (kind, verb)

    @scenario("Manual page")
    def test_the_manual_shows_the_capabilities_and_names_every_setting(self) -> None:
        """KONTOR_WRITE_DOCS=1 writes the table into the page."""
        path = PAGES / f"{self.bench.platform}.md"
        right = page_with(path.read_text(encoding="utf-8"), capability_table(self.platform))
        if os.environ.get("KONTOR_WRITE_DOCS"):
            path.write_text(right, encoding="utf-8")
        assert path.read_text(encoding="utf-8") == right, "run this test once with KONTOR_WRITE_DOCS=1"
        for field in (*self.platform.credentials, *self.platform.options):
            assert str(field.label).lower() in right.lower(), field.name
