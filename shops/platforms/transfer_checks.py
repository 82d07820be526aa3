"""Testing a shop's server for files (M1): log in, look, put a file there as an export would, and take it away again."""

from __future__ import annotations

import ftplib
import io
import secrets
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import ClassVar, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from backoffice.lib.errors import KontorError
from backoffice.lib.transfer import Missing, Store, Target, Untrusted
from backoffice.lib.transfer.paths import joined
from backoffice.lib.transfer.sftp import shown_host_key
from backoffice.lib.transfer.tls import described, peek_certificate, shown_pin
from shops.elements import Text
from shops.platforms import transfer
from shops.platforms.base import Connection, Finding

LABELS: Final[dict[str, Text]] = {
    "settings": gettext_lazy("Settings"),
    "login": gettext_lazy("Server and login"),
    "out": gettext_lazy("Folder for our files"),
    "write": gettext_lazy("Write a file"),
    "rename": gettext_lazy("Rename it"),
    "read": gettext_lazy("Read it back"),
    "delete": gettext_lazy("Delete it"),
    "orders": gettext_lazy("Folder for orders"),
}
PROBE: Final = b"Kontor was here to test the settings. This file may be deleted.\n"


class ServerChecks:
    """Each step yields one finding; what needs a failed one is skipped. Nothing stays on the server."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.options = connection.options
        self._probe = f"kontor-test-{secrets.token_hex(4)}.tmp"

    def run(self) -> Iterator[Finding]:
        try:
            target = transfer.target_of(self.options, self.connection.credentials)
            self.check_settings()
            store = transfer.store_of(self.connection)
        except KontorError as error:
            yield failed("settings", error)
            return
        if target is None or store is None:
            yield self._without_server()
            return
        yield self._settings(target)
        with store:
            login = self._login(store, target)
            yield login
            if login.state == "problem":
                yield from self._skipped("out", "write", "rename", "read", "delete", *self.further)
                return
            yield from self._writing(store)
            yield from self.check_further(store)

    # What a platform may add

    further: ClassVar[tuple[str, ...]] = ()

    def check_settings(self) -> None:
        """Raise for what is entered and cannot be meant."""

    def check_further(self, store: Store) -> Iterator[Finding]:
        """Findings of the keys in `further`, once the login works."""
        return iter(())

    # The steps

    def _without_server(self) -> Finding:
        return finding(
            "settings",
            "ok",
            _(
                "No transfer is chosen: the files can be fetched at their public addresses, see the page Files."
            ),
        )

    def _settings(self, target: Target) -> Finding:
        if target.kind == "ftp":
            return finding(
                "settings",
                "remark",
                _("FTP sends the password and all files readable for everybody on the way."),
                effect=_("Who listens can log in as well and change prices."),
                cure=_("Ask the server's provider for FTPS or SFTP, and choose it here."),
            )
        if target.kind == "ftps" and target.pin:
            return finding(
                "settings",
                "ok",
                _("Exactly one certificate is accepted: %(pin)s") % {"pin": shown_pin(target.pin)},
            )
        if target.kind == "sftp" and target.host_key:
            return finding(
                "settings",
                "ok",
                _("Exactly one key of the server is accepted: %(key)s")
                % {"key": shown_host_key(target.host_key)},
            )
        return finding("settings", "ok", _("Complete."))

    def _login(self, store: Store, target: Target) -> Finding:
        try:
            store.open()
        except Untrusted as error:
            return self._untrusted(error, target)
        except KontorError as error:
            return failed("login", error)
        return finding("login", "ok", _("%(host)s lets Kontor in.") % {"host": target.name})

    def _untrusted(self, error: Untrusted, target: Target) -> Finding:
        """What the server shows, for a person to compare; confirming is a click of its own."""
        problem = failed("login", error)
        effect = _("Nothing is sent to it, not even the login.")
        if key := error.data.get("host_key"):
            return replace(
                problem,
                effect=effect,
                detail=key,
                new_option=("transfer_key", key),
                confirm=_("Confirm this key"),
            )
        shown = error.data.get("pin") or ""
        certificate = self._peek(target)
        if certificate is not None:
            shown, words = described(certificate)
            problem = replace(problem, why=words)
        if not shown:
            return replace(problem, effect=effect)
        return replace(
            problem,
            effect=effect,
            detail=f"SHA-256 {shown_pin(shown)}\n{problem.detail}",
            new_option=("transfer_pin", shown_pin(shown)),
            confirm=_("Accept exactly this certificate"),
        )

    @staticmethod
    def _peek(target: Target) -> bytes | None:
        try:
            return peek_certificate(target)
        except KontorError:
            return None
        except ftplib.all_errors:
            return None

    def _writing(self, store: Store) -> Iterator[Finding]:
        folder = self.options.get("folder_out", "").strip().strip("/")
        out = self._out(store, folder)
        yield out
        if out.state == "problem":
            yield from self._skipped("write", "rename", "read", "delete")
            return
        if out.state == "remark":  # it will be made with the first export; the test goes one level up
            folder = ""
        yield from self._probe_file(store, folder)

    def _out(self, store: Store, folder: str) -> Finding:
        try:
            entries = store.entries(folder)
        except Missing as error:
            if not folder:
                return failed("out", error)
            return finding(
                "out",
                "remark",
                _("There is no folder “%(folder)s” yet.") % {"folder": folder},
                effect=_("It is made with the first export."),
                cure=_("If it should be there, check its spelling."),
            )
        except KontorError as error:
            return failed("out", error)
        count = len(entries)
        return finding(
            "out",
            "ok",
            ngettext("%(count)d entry is in it.", "%(count)d entries are in it.", count) % {"count": count},
        )

    def _probe_file(self, store: Store, folder: str) -> Iterator[Finding]:
        first = joined(folder, self._probe)
        second = first.replace(".tmp", ".txt")
        steps: tuple[tuple[str, Callable[[], None], str], ...] = (
            (
                "write",
                lambda: store.write(first, io.BytesIO(PROBE), size=len(PROBE)),
                _("A file could be written."),
            ),
            ("rename", lambda: store.rename(first, second), _("It could be renamed.")),
            ("read", lambda: self._compare(store, second), _("It came back as it was sent.")),
            ("delete", lambda: store.delete(second), _("It is gone again; nothing was left behind.")),
        )
        for number, (key, act, words) in enumerate(steps):
            try:
                act()
            except KontorError as error:
                yield failed(key, error)
                self._take_away(store, first, second)
                yield from self._skipped(*(later for later, _act, _words in steps[number + 1 :]))
                return
            yield finding(key, "ok", words)

    @staticmethod
    def _compare(store: Store, path: str) -> None:
        target = io.BytesIO()
        store.read(path, target, max_bytes=2**20)
        if target.getvalue() != PROBE:
            raise KontorError(
                _("The file came back with another content than was sent."),
                cure=_(
                    "Ask the server's provider whether it changes files, for example as text mode of FTP does."
                ),
                key="changed",
            )

    @staticmethod
    def _take_away(store: Store, *paths: str) -> None:
        for path in paths:
            try:
                store.delete(path)
            except KontorError:
                return  # the finding says already what the server does not let us do

    @staticmethod
    def _skipped(*keys: str) -> Iterator[Finding]:
        for key in keys:
            yield finding(key, "skipped", _("Not tried, because of the problem above."))


def finding(key: str, state: str, text: str, *, effect: str = "", cure: str = "") -> Finding:
    return Finding(key, LABELS[key], state, text=text, effect=effect, cure=cure)  # type: ignore[arg-type]


def failed(key: str, error: KontorError) -> Finding:
    return Finding(
        key, LABELS[key], "problem", text=error.message or str(error), cure=error.cure, detail=error.detail
    )
