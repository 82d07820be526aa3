"""The one way in which Kontor talks to an osCommerce shop: named statements with values, answers as rows of text.

Two gateways keep it: `direct` speaks to the database, `bridge` to a file on the shop's host. Neither takes SQL.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.utils.translation import gettext as _

from backoffice.lib.errors import Refused
from shops.platforms.oscommerce.operations import OPERATIONS
from shops.platforms.oscommerce.texts import UTF8_OVER_LATIN1, TextMode

Row = Mapping[str, str | None]

# What the database writes all the same without strict mode: cut, out of range, letters it cannot hold.
_DAMAGE: Final = {1264, 1265, 1366, 1406}


@dataclass(frozen=True, slots=True)
class Call:
    """One statement of `operations`, with its values (statements.py says which types they have)."""

    name: str
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reply:
    """rows: of a read, {column: text, None = NULL}. matched: rows that a write found. new_id: of an insert."""

    rows: tuple[Row, ...] = ()
    matched: int = 0
    new_id: int = 0


@dataclass(frozen=True, slots=True)
class Host:
    """What only a program on the shop's host can know. version: of the shop, "" = unknown. limits: PHP's, by name."""

    version: str = ""
    php: str = ""
    limits: Mapping[str, str] = field(default_factory=dict)


class Files(ABC):
    """The shop's files, where Kontor can reach them at all."""

    @abstractmethod
    def host(self) -> Host: ...

    @abstractmethod
    def put(self, name: str, content: bytes) -> None:
        """Store a picture in the shop's folder of images. name: with its folder there, "kontor/cup-1a2b3c.jpg"."""

    @abstractmethod
    def drop(self, names: Sequence[str]) -> None:
        """Delete pictures that Kontor has put there; others are left alone."""

    @abstractmethod
    def drop_caches(self) -> None:
        """Have the shop build its cached menus anew, where it keeps any."""


class Gateway(ABC):
    """texts: how the shop's texts become bytes; set before any statement with text beyond ASCII."""

    texts: TextMode = UTF8_OVER_LATIN1
    files: Files | None = None

    def use(self, texts: TextMode) -> None:
        self.texts = texts

    def read(self, name: str, /, **values: Any) -> tuple[Row, ...]:
        """The rows of one read."""
        return self.run([Call(name, values)])[0].rows

    def write(self, name: str, /, **values: Any) -> Reply:
        return self.run([Call(name, values)])[0]

    @abstractmethod
    def run(self, calls: Sequence[Call]) -> list[Reply]:
        """Do them in their order, in as few requests as this way allows.

        Raises at the first that fails; those before it are done. A lost connection is Retriable: then nobody knows of
        a statement that is not to be done twice, all others were repeated before giving up. Raises Refused when the
        database would have cut a value.
        """

    def checked(self, call: Call, warnings: Sequence[tuple[int, str]]) -> None:
        """Raise Refused for a write that the database has damaged."""
        damage = [said for code, said in warnings if code in _DAMAGE]
        if OPERATIONS[call.name].writes and damage:
            raise Refused(
                _("The shop's database could not hold a value and changed it: %(said)s")
                % {"said": damage[0][:200]},
                cure=_("Shorten or correct the value here, then synchronise again."),
                detail=f"{call.name}: {'; '.join(damage)[:500]}",
                key="damaged",
            )
