"""A shop that exchanges files, as the contract suite uses it: its own catalogue, and a real server for the files."""

from __future__ import annotations

import tempfile
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from tests.peers.ftp import Faults, FtpPeer
from tests.platforms.bench import Bench

_LINE = "<line><line>1</line><sku>{sku}</sku><name>{sku}</name><quantity>{quantity}</quantity><unit_gross>{price}</unit_gross><vat_percent>21</vat_percent></line>"
_SHIPPING = '<line kind="shipping"><line>2</line><name>Courier</name><method>courier</method><gross>{shipping}</gross><vat_percent>21</vat_percent></line>'
_ORDER = (
    '<kontor-orders xmlns="urn:kontor:orders:1" version="1"><order><number>{id}</number><placed>2026-11-20T10:00:00Z</placed>'
    '<status>new</status><currency>CZK</currency><total>{total}</total><payment id="card">Card</payment><email>{email}</email>'
    "<billing><first_name>Jan</first_name><last_name>Novak</last_name><city>Celje</city><country>CZ</country></billing>"
    "<lines>" + _LINE + _SHIPPING + "</lines></order></kontor-orders>"
)


class FilesBench(Bench):
    """Nobody outside sees the shop's catalogue: it is kept here, so that a scenario may look that nothing touches it."""

    platform = "files"
    address = "https://shop.example"
    country = "CZ"
    percent = "21"
    currency = "CZK"
    gross = True
    statuses = ("new", "done")
    page = 20

    def start(self) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self.home = Path(self._folder.name)
        (self.home / "orders").mkdir()
        (self.home / "out").mkdir()
        self.ftp = FtpPeer(self.home)
        self.credentials = {"transfer_user": self.ftp.user, "transfer_password": self.ftp.password}
        self.wrong_credentials = {**self.credentials, "transfer_password": "wrong"}
        self.options = {
            "transfer": "ftp",
            "transfer_host": f"127.0.0.1:{self.ftp.port}",
            "folder_in": "orders",
            "folder_out": "out",
            "statuses": "new\ndone",
        }
        self._rows: dict[str, dict[str, dict[str, Any]]] = {}
        self._seen: dict[str, bytes] = {}

    def stop(self) -> None:
        self.ftp.stop()
        self._folder.cleanup()

    def add(self, kind: str, **values: Any) -> str:
        rows = self._rows.setdefault(kind, {})
        number = str(len(rows) + 1)
        if kind == "order":
            price = Decimal("9.99")
            values |= {"total": price * values["quantity"] + values["shipping"], "status": "new"}
            text = _ORDER.format(
                id=number, price=price, **{name: escape(str(value)) for name, value in values.items()}
            )
            (self.home / "orders" / f"order-{number}.xml").write_text(text, encoding="utf-8")
        rows[number] = {"id": number, **values}
        return number

    def change(self, kind: str, remote_id: str, **values: Any) -> None:
        self._rows[kind][remote_id] |= values

    def remove(self, kind: str, remote_id: str) -> None:
        del self._rows[kind][remote_id]

    def shown(self, kind: str) -> list[dict[str, Any]]:
        return [dict(row) for row in self._rows.get(kind, {}).values()]

    def breaks(self, fault: str, kind: str = "article") -> None:
        faults = self.ftp.faults
        if fault == "unanswered":
            faults.unanswered = {"RNTO"}
        elif fault == "down":
            # More often than one command is tried, so that the run itself has to wait.
            faults.greetings = ["421 Service not available, closing control connection."] * 4
        elif fault == "limit":
            faults.greetings = ["421 Too many connections from this address."] * 2
        elif fault == "nonsense":
            (self.home / "orders" / "nonsense.xml").write_text("<html><body>Sign in</body></html>")
        elif fault == "empty":
            for path in [path for path in self.home.rglob("*") if path.is_file()]:
                path.unlink()
        else:
            raise AssertionError(f"the scenario itself does what “{fault}” is here")

    def heals(self) -> None:
        self.ftp.faults = Faults()

    def sent(self, name: str) -> Path:
        """One of our files on the server."""
        return self.home / "out" / name

    @property
    def requests(self) -> int:
        return sum(self.ftp.commands.values())

    @property
    def writes(self) -> int:
        """What lies on the server and did not before, or lies there no more. A probe that is deleted again is none."""
        now = self._files()
        return sum(now.get(name) != content for name, content in self._seen.items()) + len(
            now.keys() - self._seen.keys()
        )

    def forgets(self) -> None:
        self.ftp.commands.clear()
        self._seen = self._files()

    def _files(self) -> dict[str, bytes]:
        return {str(path): path.read_bytes() for path in sorted(self.home.rglob("*")) if path.is_file()}
