"""osCommerce as the engine sees it: declares, chooses the way in, and hands on to reading, finding, writing and checks."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import ClassVar, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.lib.errors import BadCredentials, WrongAddress
from shops.platforms.base import (
    Can,
    Download,
    Field,
    Finding,
    Platform,
    Verb,
)
from shops.platforms.oscommerce import fields
from shops.platforms.oscommerce.bridge import BridgeGateway
from shops.platforms.oscommerce.bridge_file import FILE_NAME, bridge_file, is_prefix
from shops.platforms.oscommerce.capabilities import CAPABILITIES, WITHOUT_FILES
from shops.platforms.oscommerce.checks import Checks
from shops.platforms.oscommerce.direct import DirectGateway, Login
from shops.platforms.oscommerce.finding import Finder
from shops.platforms.oscommerce.gateway import Gateway
from shops.platforms.oscommerce.reading import Reader
from shops.platforms.oscommerce.setup import Setup
from shops.platforms.oscommerce.writing.writer import Writer
from shops.platforms.parts import PlatformOfParts
from shops.records import ArticleRecord, Record

_PAGES: Final[Mapping[str, str]] = {
    "category": "categories.php?cID={id}&action=edit_category",
    "producer": "manufacturers.php?mID={id}&action=edit",
    "vat_rate": "tax_classes.php?tID={id}",
    "article": "categories.php?pID={id}&action=new_product",
    "image": "categories.php?pID={id}&action=new_product",
    "stock": "categories.php?pID={id}&action=new_product",
    "price": "categories.php?pID={id}&action=new_product",
    "customer": "customers.php?cID={id}&action=edit",
    "order_status": "orders_status.php?oID={id}",
    "order": "orders.php?oID={id}&action=edit",
}
# Below half of what hosts take in one statement or request (oscommerce.md, 3).
_MOST_BYTES: Final = 300_000


class OsCommerce(PlatformOfParts):
    """osCommerce Online Merchant 2.3, through the bridge file; its subclass goes straight to the database."""

    key = "oscommerce"
    label = "osCommerce 2.3"
    address_help = gettext_lazy(
        "The shop's address as in the browser, with its folder if it has one, e.g. https://shop.example/catalog"
    )
    credentials: ClassVar[tuple[Field, ...]] = fields.CREDENTIALS
    options: ClassVar[tuple[Field, ...]] = fields.OPTIONS
    downloads: ClassVar[tuple[Download, ...]] = fields.DOWNLOADS
    capabilities: ClassVar[Mapping[str, Can]] = CAPABILITIES
    # osCommerce has no limit of its own; what shared hosts bear is one connection and short statements.
    requests_per_second = 20.0
    burst = 20

    @classmethod
    def suited(cls, options: Mapping[str, str]) -> type[Platform]:
        return OsCommerceDatabase if options.get(fields.WAY) == fields.DATABASE else cls

    @classmethod
    def download(
        cls, name: str, credentials: Mapping[str, str], options: Mapping[str, str]
    ) -> tuple[str, bytes, dict[str, str]]:
        """The bridge file. Its secret stays the same, so that a file that is there already goes on working."""
        secret = credentials.get(fields.SECRET) or secrets.token_hex(32)
        content = bridge_file(secret, _prefix(options))
        return FILE_NAME, content, {fields.SECRET: secret}

    @cached_property
    def gateway(self) -> Gateway:
        connection = self.connection
        secret = connection.credentials.get(fields.SECRET, "")
        if not secret:
            raise BadCredentials(
                _("There is no bridge file for this shop yet."),
                cure=_("Download %(file)s on the shop's Connection page and put it into the shop's folder.")
                % {"file": FILE_NAME},
                key="no_secret",
            )
        return BridgeGateway(connection.open_session(f"{connection.address.rstrip('/')}/{FILE_NAME}"), secret)

    @cached_property
    def setup(self) -> Setup:
        return Setup(self.gateway, self.connection, _prefix(self.connection.options))

    @cached_property
    def reader(self) -> Reader:
        return Reader(self.setup)

    @cached_property
    def finder(self) -> Finder:
        return Finder(self.setup, self.reader)

    @cached_property
    def writer(self) -> Writer:
        return Writer(self.setup, self.reader)

    def check(self) -> Iterator[Finding]:
        return Checks(self.connection, lambda: self.setup).run()

    def batches(self, kind: str, verb: Verb, records: Sequence[Record]) -> list[list[int]]:
        """By number, and articles by the length of their texts too: they go into one statement."""
        if kind != "article" or verb == "delete":
            return super().batches(kind, verb, records)
        groups: list[list[int]] = []
        size = 0
        for position, record in enumerate(records):
            length = 200 + (len(record.description or "") if isinstance(record, ArticleRecord) else 0)
            if not groups or len(groups[-1]) >= self.can(kind).batch or size + length > _MOST_BYTES:
                groups.append([])
                size = 0
            groups[-1].append(position)
            size += length
        return groups

    def admin_url(self, kind: str, remote_id: str, *, parent_id: str = "") -> str:
        page = _PAGES.get(kind, "")
        if not page:
            return ""
        folder = self.connection.options.get("admin_folder", "").strip().strip("/") or "admin"
        base = f"{self.connection.address.rstrip('/')}/{folder}/"
        return base + page.format(id=remote_id.partition(":")[0])


class OsCommerceDatabase(OsCommerce):
    """The same shop, straight on its MySQL or MariaDB."""

    capabilities: ClassVar[Mapping[str, Can]] = WITHOUT_FILES

    @cached_property
    def gateway(self) -> Gateway:
        given = {name: str(value).strip() for name, value in self.connection.credentials.items()}
        if missing := [name for name in ("host", "database", "user") if not given.get(name)]:
            labels = [str(field.label) for field in fields.CREDENTIALS if field.name in missing]
            raise BadCredentials(
                _("The login of the shop's database is not complete: %(fields)s.")
                % {"fields": ", ".join(labels)},
                cure=_("Enter it on the shop's Connection page."),
                key="incomplete",
            )
        port = given.get("port", "")
        login = Login(
            host=given["host"],
            port=int(port) if port.isdecimal() and 0 < int(port) < 65536 else 3306,
            user=given["user"],
            password=self.connection.credentials.get("password", ""),
            database=given["database"],
            tls=given.get("tls", ""),
            ca=given.get("ca", ""),
        )
        return DirectGateway(login, _prefix(self.connection.options), self.connection.line)


def _prefix(options: Mapping[str, str]) -> str:
    prefix = options.get("table_prefix", "").strip()
    if not is_prefix(prefix):
        raise WrongAddress(
            _("“%(prefix)s” cannot be the prefix of tables.") % {"prefix": prefix[:40]},
            cure=_("Enter letters, digits and underscores only, or leave the prefix empty."),
            key="prefix",
        )
    return prefix
