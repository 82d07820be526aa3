"""A shop that one exchanges files with, as the engine sees it: orders come in, the rest goes out as files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.lib.errors import Unsupported, WrongAddress
from backoffice.lib.money import minor_units
from backoffice.lib.transfer import Store
from shops.platforms import transfer
from shops.platforms.base import Can, Field, Finding, Page, Platform, Result, ShopFacts
from shops.platforms.files.capabilities import CAPABILITIES
from shops.platforms.files.checks import Checks
from shops.platforms.files.inbox import Inbox
from shops.platforms.files.options import OPTIONS, order_masks, pohoda_rates, status_names
from shops.platforms.files.orders import Meaning
from shops.records import OrderStatusRecord, Record


class Files(Platform):
    key = "files"
    label = gettext_lazy("Files")
    address_help = gettext_lazy(
        "For shops without an interface: files over SFTP, FTPS, FTP or a folder, or fetched from Kontor. The address is "
        "that of the shop, for the links in its files."
    )
    credentials: ClassVar[tuple[Field, ...]] = transfer.CREDENTIALS
    options: ClassVar[tuple[Field, ...]] = OPTIONS
    capabilities: ClassVar[Mapping[str, Can]] = CAPABILITIES
    exchanges_files = True

    def check(self) -> Iterator[Finding]:
        return Checks(self.connection).run()

    def facts(self) -> ShopFacts:
        """Nobody can ask a file; what is entered here is what holds."""
        currency = self.connection.currency
        return ShopFacts(
            currency=currency,
            prices_gross=self.connection.options.get("prices", "gross") != "net",
            decimals=minor_units(currency) if currency else 2,
            country=self.connection.vat_country,
            language=self.connection.language,
        )

    @cached_property
    def inbox(self) -> Inbox:
        options = self.connection.options
        return Inbox(
            self._needed_store,
            options.get("folder_in", "").strip().strip("/"),
            order_masks(options),
            Meaning(options.get("order_currency", "").strip().upper(), pohoda_rates(options)),
            looking=self.connection.looking,
        )

    def _needed_store(self) -> Store:
        store = transfer.store_of(self.connection)
        if store is None:
            raise WrongAddress(
                _("No server is entered from which orders could be fetched."),
                cure=_("Choose a kind of transfer on the Connection page of the shop."),
                key="no_transfer",
            )
        return store

    def read(self, kind: str, *, since: datetime | None = None, cursor: str | None = None) -> Page:
        """Orders are a queue of files: what is in the folder is read, whatever `since` says."""
        self.require(kind, "read")
        if kind == "order":
            if not self.connection.options.get("folder_in", "").strip():
                return Page(records=())
            page = self.inbox.page(cursor)
            if page.next_cursor is None:
                self.inbox.close()
            return page
        if kind == "order_status":
            names = status_names(self.connection.options)
            records = tuple(OrderStatusRecord(remote_id=name, name=name) for name in names)
            return Page(records=records, complete=False)
        # Payment and shipping methods come with the orders that name them.
        return Page(records=(), complete=False)

    def read_one(self, kind: str, remote_id: str, *, parent_id: str = "") -> Record | None:
        raise self._cannot()

    def lookup(self, kind: str, records: Sequence[Record]) -> list[list[Record]]:
        raise self._cannot()

    def create(self, kind: str, records: Sequence[Record]) -> list[Result]:
        self.require(kind, "create")
        raise self._cannot()

    def update(self, kind: str, records: Sequence[Record]) -> list[Result]:
        self.require(kind, "update")
        raise self._cannot()

    def delete(self, kind: str, records: Sequence[Record]) -> list[Result]:
        self.require(kind, "delete")
        raise self._cannot()

    def fetch(self, url: str, *, max_bytes: int) -> bytes:
        raise self._cannot()

    @staticmethod
    def _cannot() -> Unsupported:
        return Unsupported(
            _("A shop that files are exchanged with cannot be asked or changed piece by piece.")
        )
