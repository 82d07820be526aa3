"""Shoper as the engine sees it: declares, and hands on to reading, finding, writing and checks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import ClassVar

from django.utils.translation import gettext_lazy

from shops.platforms.base import (
    Announcement,
    Can,
    Event,
    Field,
    Finding,
    Page,
    Subscription,
    Verb,
)
from shops.platforms.parts import PlatformOfParts
from shops.platforms.shoper import webhooks
from shops.platforms.shoper.capabilities import CAPABILITIES
from shops.platforms.shoper.checks import Checks
from shops.platforms.shoper.client import BULK_MOST, Client
from shops.platforms.shoper.finding import Finder
from shops.platforms.shoper.reading import Reader
from shops.platforms.shoper.setup import Setup
from shops.platforms.shoper.writing import Writer
from shops.records import Record


class Shoper(PlatformOfParts):
    """Shoper (ClickShop), version 5.26 as recorded."""

    key = "shoper"
    label = "Shoper"
    address_help = gettext_lazy(
        "The shop's address as in the browser, without a path behind it, e.g. https://name.shoparena.pl"
    )
    credentials: ClassVar[tuple[Field, ...]] = (
        Field(
            "token",
            gettext_lazy("Token API"),
            gettext_lazy(
                "Recommended. Shoper's panel > “Dodaj integrację” (add an integration), with the rights named in the "
                "manual. Leave it empty to sign in as an administrator instead."
            ),
            secret=True,
            required=False,
        ),
        Field(
            "login",
            gettext_lazy("Login"),
            gettext_lazy("Of an administrator with the right WebAPI. Not needed with a token."),
            required=False,
        ),
        Field(
            "password",
            gettext_lazy("Password"),
            gettext_lazy("Of this administrator. Not needed with a token."),
            secret=True,
            required=False,
        ),
    )
    options: ClassVar[tuple[Field, ...]] = (
        Field(
            "default_category",
            gettext_lazy("Default category"),
            gettext_lazy(
                "Number of the shop's category for articles that are in none of its categories. Empty = such articles are not sent."
            ),
            required=False,
        ),
        Field(
            "pages_at_once",
            gettext_lazy("Pages of products per request"),
            gettext_lazy("At most 25, of 50 products each. Lower it when the shop does not answer in time."),
            required=False,
            default=str(BULK_MOST),
        ),
    )
    capabilities: ClassVar[Mapping[str, Can]] = CAPABILITIES
    announcements: ClassVar[tuple[Announcement, ...]] = webhooks.ANNOUNCEMENTS
    # The shop's answers say how full its bucket is; the client stops all workers before it runs over.
    requests_per_second = 10.0
    burst = 10

    @cached_property
    def client(self) -> Client:
        return Client(self.connection)

    @cached_property
    def setup(self) -> Setup:
        return Setup(self.client)

    @cached_property
    def reader(self) -> Reader:
        return Reader(self.client, self.setup, self._number("pages_at_once", BULK_MOST))

    @cached_property
    def finder(self) -> Finder:
        return Finder(self.client, self.setup, self.reader)

    @cached_property
    def writer(self) -> Writer:
        return Writer(self.client, self.setup, self.reader, self.finder, self.default_category)

    @property
    def default_category(self) -> str:
        chosen = self.connection.options.get("default_category", "").strip()
        return chosen if chosen.isdecimal() else ""

    def check(self) -> Iterator[Finding]:
        return Checks(self.connection, self.default_category).run()

    def read_some(self, kind: str, ids: Sequence[tuple[str, str]]) -> Page:
        self.require(kind, "read")
        if kind not in ("article", "order", "customer"):
            return super().read_some(kind, ids)
        # A variant comes with its product.
        wanted = dict.fromkeys(parent_id or remote_id for remote_id, parent_id in ids)
        return self.reader.read_some(kind, list(wanted))

    def batches(self, kind: str, verb: Verb, records: Sequence[Record]) -> list[list[int]]:
        """Products before their variants, since those need them; when deleting after them."""
        size = self.can(kind).batch
        own = [
            n for n, record in enumerate(records) if kind != "article" or not getattr(record, "parent_id", "")
        ]
        variants = [n for n in range(len(records)) if n not in set(own)]
        parts = (variants, own) if verb == "delete" else (own, variants)
        return [part[start : start + size] for part in parts for start in range(0, len(part), size)]

    # The shop calls us

    @classmethod
    def hear(cls, body: bytes, headers: Mapping[str, str], secret: str) -> Event | None:
        return webhooks.verify(body, headers, secret)

    def subscriptions(self, address: str) -> list[Subscription]:
        return webhooks.subscriptions(self.client, address)

    def subscribe(self, address: str, secret: str, topics: Sequence[str]) -> list[Subscription]:
        return webhooks.register(self.client, address, secret, topics)

    def unsubscribe(self, address: str) -> None:
        webhooks.remove(self.client, address)

    def _number(self, option: str, most: int) -> int:
        chosen = self.connection.options.get(option, "").strip()
        return min(max(int(chosen), 1), most) if chosen.isdecimal() else most
