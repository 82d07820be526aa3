"""A platform that exists only in tests: open, locked, limited and fixed cells side by side (M5, M6, M7, M11)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import ClassVar

from shops.platforms.base import Can, Cannot, Field, Finding, Page, Platform, Result, ShopFacts, Verb
from shops.records import Record

PANEL = "VAT rates cannot be changed from outside. Use the Fabric panel under Taxes."
TREE = "Fabric does not let its tree be edited from outside."
NO_UNITS = "Fabric has no units of its own."
KEEPS_ORDERS = "Fabric does not take orders from outside."

EVERYTHING = {"create": True, "update": True, "delete": True}


class Fabric(Platform):
    """findings: what `check` yields, set by a test."""

    key = "fabric"
    label = "Fabric"
    address_help = "The address of the Fabric shop."
    credentials: ClassVar[tuple[Field, ...]] = (
        Field("login", "Login"),
        Field("api_token", "API token", secret=True),
    )
    options: ClassVar[tuple[Field, ...]] = (Field("branch", "Branch", required=False),)
    capabilities: ClassVar[dict[str, Can]] = {
        "unit": Cannot(NO_UNITS),
        "category": Can(
            fixed="Fetch all categories anew",
            why=dict.fromkeys(("create", "update", "delete"), TREE),
        ),
        "producer": Can(**EVERYTHING),
        "vat_rate": Can(why=dict.fromkeys(("create", "update", "delete"), PANEL)),
        "article": Can(**EVERYTHING),
        "image": Can(
            **EVERYTHING,
            fields=frozenset({"name", "position"}),
            note="Of linked images only the name and the order can be changed.",
        ),
        "stock": Can(update=True, why=dict.fromkeys(("create", "delete"), "Follows the article.")),
        "price": Can(update=True, why=dict.fromkeys(("create", "delete"), "Follows the article.")),
        "customer": Can(**EVERYTHING),
        "payment_method": Can(why=dict.fromkeys(("create", "update", "delete"), PANEL)),
        "shipping_method": Can(why=dict.fromkeys(("create", "update", "delete"), PANEL)),
        "order_status": Can(why=dict.fromkeys(("create", "update", "delete"), PANEL)),
        "order": Can(update=True, why=dict.fromkeys(("create", "delete"), KEEPS_ORDERS)),
    }
    findings: ClassVar[list[Finding]] = []

    def check(self) -> Iterator[Finding]:
        yield from self.findings

    def facts(self) -> ShopFacts:
        return ShopFacts(currency="EUR", prices_gross=True, country="SI", language="sl")

    def read(self, kind: str, *, since: datetime | None = None, cursor: str | None = None) -> Page:
        return Page(records=())

    def read_one(self, kind: str, remote_id: str, *, parent_id: str = "") -> Record | None:
        return None

    def lookup(self, kind: str, records: Sequence[Record]) -> list[list[Record]]:
        return [[] for _record in records]

    def create(self, kind: str, records: Sequence[Record]) -> list[Result]:
        return [Result(remote_id="1") for _record in records]

    def update(self, kind: str, records: Sequence[Record]) -> list[Result]:
        return [Result(record.remote_id) for record in records]

    def delete(self, kind: str, records: Sequence[Record]) -> list[Result]:
        return [Result(record.remote_id) for record in records]

    def batches(self, kind: str, verb: Verb, records: Sequence[Record]) -> list[list[int]]:
        return super().batches(kind, verb, records)

    def fetch(self, url: str, *, max_bytes: int) -> bytes:
        return b""


PLATFORMS = {"fabric": "tests.shops.fakes.Fabric"}
BOTH = {**PLATFORMS, "woocommerce": "shops.platforms.woocommerce.platform.WooCommerce"}
