"""WooCommerce as the engine sees it: declares, and hands on to reading, finding, writing and checks."""

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
from shops.platforms.woocommerce import webhooks
from shops.platforms.woocommerce.capabilities import CAPABILITIES
from shops.platforms.woocommerce.checks import Checks
from shops.platforms.woocommerce.client import BATCH_MOST, Client
from shops.platforms.woocommerce.finding import Finder
from shops.platforms.woocommerce.reading import Reader
from shops.platforms.woocommerce.reading_products import IN_PRODUCTS
from shops.platforms.woocommerce.setup import Setup
from shops.platforms.woocommerce.writing import Writer
from shops.records import Record

_PAGES: Mapping[str, str] = {
    "category": "term.php?taxonomy=product_cat&post_type=product&tag_ID={id}",
    "producer": "term.php?taxonomy=product_brand&post_type=product&tag_ID={id}",
    "vat_rate": "admin.php?page=wc-settings&tab=tax",
    "customer": "user-edit.php?user_id={id}",
    "payment_method": "admin.php?page=wc-settings&tab=checkout&section={id}",
    "shipping_method": "admin.php?page=wc-settings&tab=shipping",
    "order": "admin.php?page=wc-orders&action=edit&id={id}",
}


class WooCommerce(PlatformOfParts):
    """WordPress with WooCommerce 3.5 or newer; seen running with 9.9 and 10.5."""

    key = "woocommerce"
    label = "WooCommerce"
    address_help = gettext_lazy(
        "The shop's address as in the browser, with its folder if it has one, e.g. https://shop.example"
    )
    credentials: ClassVar[tuple[Field, ...]] = (
        Field(
            "consumer_key",
            gettext_lazy("Consumer key"),
            gettext_lazy(
                "WooCommerce > Settings > Advanced > REST API > Add key: user = an administrator, "
                "permissions = Read/Write. It begins with ck_."
            ),
        ),
        Field(
            "consumer_secret",
            gettext_lazy("Consumer secret"),
            gettext_lazy("Shown once, when the key is made. It begins with cs_."),
            secret=True,
        ),
    )
    options: ClassVar[tuple[Field, ...]] = (
        Field(
            "batch_size",
            gettext_lazy("Elements per request"),
            gettext_lazy("At most 100. Lower it when a slow shop does not answer in time."),
            required=False,
            default=str(BATCH_MOST),
        ),
        Field(
            "sign_in",
            gettext_lazy("Signing in over https"),
            gettext_lazy("“Test settings” says when another way than the usual one is needed."),
            required=False,
            choices=(
                ("", gettext_lazy("In the header (usual)")),
                ("query", gettext_lazy("In the address, where the shop's host removes the header")),
                ("oauth", gettext_lazy("By signature, where a proxy hides from the shop that it is https")),
            ),
        ),
        Field(
            "vat_id_keys",
            gettext_lazy("Fields of the VAT id"),
            gettext_lazy(
                "WooCommerce has no field for it, plug-ins add one: its meta keys, separated by commas, "
                "the preferred one first. Empty = the usual ones."
            ),
            required=False,
        ),
        Field(
            "parcel_note",
            gettext_lazy("Parcels in the order's notes"),
            gettext_lazy("WooCommerce has no field for tracking numbers."),
            required=False,
            choices=(
                ("", gettext_lazy("As a note to the customer, which the shop sends by e-mail")),
                ("private", gettext_lazy("As a private note")),
                ("none", gettext_lazy("No note; only in the order's own fields")),
            ),
        ),
    )
    capabilities: ClassVar[Mapping[str, Can]] = CAPABILITIES
    announcements: ClassVar[tuple[Announcement, ...]] = webhooks.ANNOUNCEMENTS
    # wc/v3 has no limit of its own; what hosts bear is one or two requests at a time (woocommerce.md, 3).
    requests_per_second = 5.0
    burst = 5

    @cached_property
    def client(self) -> Client:
        return Client(self.connection)

    @cached_property
    def setup(self) -> Setup:
        return Setup(self.client)

    @cached_property
    def reader(self) -> Reader:
        return Reader(self.client, self.setup)

    @cached_property
    def finder(self) -> Finder:
        return Finder(self.client, self.setup, self.reader)

    @cached_property
    def writer(self) -> Writer:
        return Writer(self.client, self.setup, self.finder)

    def check(self) -> Iterator[Finding]:
        return Checks(self.connection).run()

    def read_some(self, kind: str, ids: Sequence[tuple[str, str]]) -> Page:
        self.require(kind, "read")
        if kind not in ("article", "order"):
            return super().read_some(kind, ids)
        return self.reader.read_some(kind, ids)

    def batches(self, kind: str, verb: Verb, records: Sequence[Record]) -> list[list[int]]:
        """Variations parent by parent: the shop has no request for those of several (woocommerce.md, 3).

        Products come first, since variations need them; when deleting they come last.
        """
        by_parent: dict[str, list[int]] = {}
        for position, record in enumerate(records):
            parent_id = getattr(record, "parent_id", "") if kind in IN_PRODUCTS else ""
            by_parent.setdefault(parent_id, []).append(position)
        order = sorted(by_parent, key=lambda parent: bool(parent) is not (verb == "delete"))
        size = self.batch_size
        return [
            positions[start : start + size]
            for positions in (by_parent[parent] for parent in order)
            for start in range(0, len(positions), size)
        ]

    @property
    def batch_size(self) -> int:
        chosen = self.connection.options.get("batch_size", "").strip()
        return min(max(int(chosen), 1), BATCH_MOST) if chosen.isdecimal() else BATCH_MOST

    # The shop calls us

    @classmethod
    def hear(cls, body: bytes, headers: Mapping[str, str], secret: str) -> Event | None:
        return None if webhooks.is_ping(body, headers) else webhooks.verify(body, headers, secret)

    def subscriptions(self, address: str) -> list[Subscription]:
        return webhooks.subscriptions(self.client, address)

    def subscribe(self, address: str, secret: str, topics: Sequence[str]) -> list[Subscription]:
        return webhooks.register(self.client, address, secret, topics)

    def unsubscribe(self, address: str) -> None:
        webhooks.remove(self.client, address)

    def admin_url(self, kind: str, remote_id: str, *, parent_id: str = "") -> str:
        base = f"{self.connection.address.rstrip('/')}/wp-admin/"
        if kind in IN_PRODUCTS:
            # A variation has no page of its own, its parent shows it.
            return f"{base}post.php?post={parent_id or remote_id.partition(':')[0]}&action=edit"
        page = _PAGES.get(kind, "")
        return f"{base}{page.format(id=remote_id)}" if page else ""
