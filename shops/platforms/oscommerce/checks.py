""" "Test settings" (M1): one question after the other, each ruling something out. Nothing is changed in the shop."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.lib.errors import BadCredentials, KontorError, MissingPermission
from shops.elements import Text
from shops.platforms.base import Connection, Finding
from shops.platforms.findings import failed, in_turn, ok, problem, remark
from shops.platforms.oscommerce import shop_checks
from shops.platforms.oscommerce.gateway import Host
from shops.platforms.oscommerce.mapping import values
from shops.platforms.oscommerce.setup import TABLES, Setup

STEPS: Final[tuple[tuple[str, Text], ...]] = (
    ("reach", gettext_lazy("The shop can be reached")),
    ("login", gettext_lazy("Kontor is let in")),
    ("tables", gettext_lazy("The tables of osCommerce are there")),
    ("secure", gettext_lazy("The way is encrypted")),
    ("write", gettext_lazy("Kontor may write")),
    ("version", gettext_lazy("Version of osCommerce")),
    ("letters", gettext_lazy("Names read right")),
    ("clock", gettext_lazy("Clock and time zone")),
    ("language", gettext_lazy("Language of the texts")),
    ("currency", gettext_lazy("Currency")),
    ("vat", gettext_lazy("VAT rates")),
    ("stock", gettext_lazy("The shop counts its stock")),
    ("weights", gettext_lazy("Unit of weights")),
    ("caches", gettext_lazy("The shop's cached menus")),
    ("limits", gettext_lazy("Limits of the shop's host")),
)
_STOPPING: Final = frozenset({"reach", "login", "tables"})
# Only newer shops have it; without it they have one picture each.
_MAY_LACK: Final = frozenset({"products_images"})
_RIGHTS: Final = (
    "shop.may_write_products",
    "shop.may_write_texts",
    "shop.may_write_orders",
    "shop.may_add",
    "shop.may_delete",
)


@dataclass
class Checks:
    connection: Connection
    open_setup: Callable[[], Setup]

    def run(self) -> Iterator[Finding]:
        return in_turn(STEPS, lambda key: self._step(key)(), _STOPPING)

    def _step(self, key: str) -> Callable[[], Finding]:
        own = {
            "reach": self.reach,
            "login": self.login,
            "tables": self.tables,
            "secure": self.secure,
            "write": self.write,
            "limits": self.limits,
        }
        return own.get(key) or (lambda: shop_checks.CHECKS[key](self.setup))

    @cached_property
    def setup(self) -> Setup:
        return self.open_setup()

    @cached_property
    def host(self) -> Host | None:
        files = self.setup.plain.files
        return None if files is None else files.host()

    @cached_property
    def _first(self) -> KontorError | str:
        """The server's version, or why it is not known."""
        try:
            return values.text(self.setup.plain.read("shop.server")[0], "version")
        except KontorError as error:
            return error

    def reach(self) -> Finding:
        found = self._first
        # Whoever turns us away has been reached.
        if isinstance(found, KontorError) and not isinstance(found, (BadCredentials, MissingPermission)):
            return failed(found)
        return ok(_("It answers."))

    def login(self) -> Finding:
        found = self._first
        if isinstance(found, KontorError):
            return failed(found)
        host = self.host
        if host is not None:
            return ok(_("The bridge file takes Kontor's signature."), detail=f"PHP {host.php}, {found}")
        return ok(_("The database takes user and password."), detail=found)

    def tables(self) -> Finding:
        present = {table for table, _column in self.setup.columns}
        missing = sorted(set(TABLES) - present - _MAY_LACK)
        if not missing:
            return ok(_("All tables that Kontor works with are there."))
        return problem(
            _("Tables are missing: %(names)s.") % {"names": ", ".join(missing[:5])},
            why=_("The prefix of the tables is another one, or the user may not see them."),
            cure=_(
                "Check the prefix on the Connection page (includes/database_tables.php of the shop names the tables), "
                "and the rights of the user."
            ),
        )

    def secure(self) -> Finding:
        if self.setup.plain.files is not None:
            if self.connection.address.startswith("https://"):
                return ok(_("The bridge file is called over https."))
            return remark(
                _("The bridge file is called over plain http."),
                effect=_(
                    "Customers' data can be read on the way. Nobody can act in Kontor's name all the same."
                ),
                cure=_("Enter the shop's address with https://, if it has a certificate."),
            )
        if values.text(next(iter(self.setup.plain.read("shop.cipher")), {}), "Value"):
            return ok(_("The connection to the database is encrypted."))
        if self.connection.credentials.get("host", "").strip() in ("localhost", "127.0.0.1", "::1"):
            return ok(_("The database is on this very server."))
        return remark(
            _("The connection to the database is not encrypted."),
            effect=_("The password and customers' data can be read on the way."),
            why=_("The shop's database offers no TLS."),
            cure=_("Ask the shop's host for TLS, use a tunnel, or use the bridge file over https."),
        )

    def write(self) -> Finding:
        """Statements that find no row: they need the right and change nothing."""
        try:
            for name in _RIGHTS:
                self.setup.plain.write(name)
        except MissingPermission as error:
            return replace(
                failed(error),
                effect=_("Nothing can be sent to the shop: no articles, stock, prices or order statuses."),
            )
        return ok(_("Articles, texts, orders and their history may be written."))

    def limits(self) -> Finding:
        packet = values.number(self.setup.server, "packet")
        seconds = int(self.host.limits.get("max_execution_time", "0") or 0) if self.host else 0
        if 0 < seconds < 20:
            return remark(
                _("PHP gives a request only %(seconds)d seconds.") % {"seconds": seconds},
                effect=_("Large groups of articles may be cut off; they are then sent in smaller ones."),
                cure=_("Ask the shop's host for a max_execution_time of 30."),
            )
        if packet and packet < 1_000_000:
            return remark(
                _("The database takes statements of at most %(kb)d KB.") % {"kb": packet // 1024},
                effect=_("Articles with very long descriptions may be refused."),
                cure=_("Ask the shop's host for a max_allowed_packet of 1 MB or more."),
            )
        return ok(_("They are wide enough."))
