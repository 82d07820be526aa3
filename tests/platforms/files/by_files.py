"""The words in which the contract scenarios of a shop that one exchanges files with are told."""

from __future__ import annotations

from collections.abc import Iterable
from xml.etree import ElementTree

import pytest

from inventory.services.images import add_image
from shops.models import Feed
from shops.services.feeds import add_feed
from tests.platforms.contract import ContractSuite
from tests.platforms.files.bench import FilesBench
from tests.platforms.scenarios.goods import picture

NS = "{urn:kontor:export:1}"


class ByFiles(ContractSuite):
    bench_class = FilesBench
    bench: FilesBench

    @pytest.fixture(autouse=True)
    def _quick(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("shops.platforms.files.inbox.SETTLE_S", 0.01)
        monkeypatch.setattr("backoffice.lib.transfer.store.BACKOFF_S", 0)

    def refused(self, cell: str, *kinds: str) -> None:
        assert not [kind for kind in kinds if self.possible(kind, cell)]

    def feed(self, key: str) -> Feed:
        return add_feed(self.shop, key)

    def rows(self, name: str, row: str) -> dict[str, dict[str, str]]:
        """{SKU: {column: text}} of a Kontor XML on the server, by a parser that has not written it."""
        found: Iterable[ElementTree.Element] = ElementTree.parse(self.bench.sent(name)).iter(f"{NS}{row}")
        texts = [{child.tag.removeprefix(NS): child.text or "" for child in item} for item in found]
        return {text["sku"]: text for text in texts}

    def articles(self) -> dict[str, dict[str, str]]:
        return self.rows("catalogue.xml", "article")

    def quiet(self, job: str) -> None:
        """The same export again: nothing is sent."""
        self.bench.forgets()
        assert self.sync(job).state == "done"
        assert self.bench.writes == 0

    def lying(self, folder: str) -> list[str]:
        place = self.bench.home / folder
        return sorted(path.name for path in place.iterdir() if path.is_file()) if place.exists() else []

    def our_pictures(self) -> None:
        article = self.ours.make("article", "A-1")
        add_image(article, picture("red"), name="front.png", position=0)
        add_image(article, picture("blue"), name="back.png", position=1)
