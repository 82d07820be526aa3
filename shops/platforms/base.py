"""The contract between the engine and a platform (DESIGN.md §5). A platform is a subclass of Platform.

The engine decides what to do; a platform only reads and writes, one HTTP request per call where the shop allows it.
Capabilities are data with a reason: one sentence greys out the matrix cell, fills the manual and guards the engine.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Literal

from backoffice.lib.errors import KontorError, Unsupported
from backoffice.lib.http import Session
from shops.elements import Text
from shops.records import Record

Verb = Literal["create", "update", "delete"]


@dataclass(frozen=True, slots=True)
class Can:
    """What the platform can do with one element type. Every False carries its reason in `why` (M11).

    why:      {"read" | "create" | "update" | "delete" | "import": sentence for the matrix}
    batch:    elements that go into one write request. page: elements in one page of a read.
    since:    `read` honours `since`.
    carries:  types that come inside this type's pages and may go inside its create request.
    fields:   the only fields that may be updated (M7); None = all.
    fixed:    the only choice there is, by name, e.g. "Fetch all categories anew" (M5).
    """

    read: bool = True
    create: bool = False
    update: bool = False
    delete: bool = False
    import_: bool = True
    why: Mapping[str, Text] = field(default_factory=dict)
    batch: int = 1
    page: int = 100
    since: bool = False
    carries: tuple[str, ...] = ()
    fields: frozenset[str] | None = None
    fixed: Text = ""
    note: Text = ""

    def reason(self, verb: str) -> Text:
        """Why `verb` ("read", "create", "update", "delete", "import") is not possible; "" when it is."""
        allowed = getattr(self, "import_" if verb == "import" else verb)
        return "" if allowed else self.why[verb]


def Cannot(reason: Text) -> Can:
    """A type that the platform does not have, or not for us."""
    return Can(
        read=False, import_=False, why=dict.fromkeys(("read", "create", "update", "delete", "import"), reason)
    )


@dataclass(frozen=True, slots=True)
class Field:
    """One field of the connection form. secret: never shown again. required: saving without it is refused."""

    name: str
    label: Text
    help: Text = ""
    secret: bool = False
    required: bool = True
    choices: tuple[tuple[str, Text], ...] = ()
    default: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of "Test settings" (M1). state: ok, remark, problem, or skipped (an earlier one failed).

    text: what was found. effect: what does not work because of it. why, cure: the rest of the message pattern.
    """

    key: str
    label: Text
    state: Literal["ok", "remark", "problem", "skipped"]
    text: Text = ""
    effect: Text = ""
    why: Text = ""
    cure: Text = ""
    detail: str = ""
    new_address: str = ""


@dataclass(frozen=True, slots=True)
class ShopFacts:
    """What the shop says of itself. Prices cannot be compared without it."""

    currency: str
    prices_gross: bool
    decimals: int = 2
    country: str = ""
    language: str = ""
    time_zone: str = ""
    version: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class BadRecord:
    """An element of a page that could not be understood: it is reported, the rest of the page counts.

    raw: the shop's payload of an order (JSON), so that nothing is lost that cannot be read yet; {} for other types.
    """

    kind: str
    remote_id: str
    name: str
    error: KontorError
    raw: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a read. next_cursor None = this was the last one. total: elements of the whole read, if known.

    carried: records of other types that came inside this page ({"stock": (...), "price": (...)}).
    """

    records: tuple[Record, ...]
    next_cursor: str | None = None
    total: int | None = None
    carried: Mapping[str, tuple[Record, ...]] = field(default_factory=dict)
    bad: tuple[BadRecord, ...] = ()


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one written record.

    record: the element as the shop has it now, when its answer said so. carried: the same for carried types.
    error:  Refused (this record only), or another KontorError.
    """

    remote_id: str = ""
    record: Record | None = None
    carried: tuple[Record, ...] = ()
    error: KontorError | None = None


@dataclass(frozen=True, slots=True)
class Connection:
    """How to reach one shop.

    open_session: makes the HTTP session (rate limit and call log attached) for a base address.
    options: the platform's own settings of this shop ({name: text}). vat_country: the firm's home country (ISO2).
    currency: the currency of the price list that is sent to this shop, "" = none chosen: `check` compares.
    """

    address: str
    credentials: Mapping[str, str]
    open_session: Callable[..., Session]
    options: Mapping[str, str] = field(default_factory=dict)
    vat_country: str = ""
    language: str = ""
    currency: str = ""


class Platform(ABC):
    """One kind of web shop. One instance lives for one slice of a run: caches belong into the instance.

    All methods raise the errors of backoffice.lib.errors and no others. `Retriable` out of a write means that nobody
    knows whether it was done: the engine looks (`lookup`) before it writes again.
    """

    key: ClassVar[str]
    label: ClassVar[str]
    address_help: ClassVar[Text] = ""
    credentials: ClassVar[tuple[Field, ...]] = ()
    options: ClassVar[tuple[Field, ...]] = ()
    capabilities: ClassVar[Mapping[str, Can]]
    requests_per_second: ClassVar[float] = 10.0
    burst: ClassVar[int] = 10

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    @classmethod
    def can(cls, kind: str) -> Can:
        return cls.capabilities[kind]

    @abstractmethod
    def check(self) -> Iterator[Finding]:
        """Test the settings step by step, changing nothing. Yields as each check ends; never raises."""

    @abstractmethod
    def facts(self) -> ShopFacts:
        """One or two requests; the engine asks once a run."""

    @abstractmethod
    def read(self, kind: str, *, since: datetime | None = None, cursor: str | None = None) -> Page:
        """One page. `cursor` is what the page before gave as next_cursor, None at first.

        since: aware UTC; elements changed at or after it (where `Can.since`).
        """

    @abstractmethod
    def read_one(self, kind: str, remote_id: str, *, parent_id: str = "") -> Record | None:
        """The element as the shop has it now; None when it is gone."""

    @abstractmethod
    def lookup(self, kind: str, records: Sequence[Record]) -> list[list[Record]]:
        """For each record, the shop's elements with the same natural key (articles: SKU; categories: name and parent).

        For an ImageSetRecord: the pictures that the article shows now. As few requests as the shop allows. Used to adopt what an unanswered create may have left.
        """

    def batches(self, kind: str, verb: Verb, records: Sequence[Record]) -> list[list[int]]:
        """Positions of `records`, grouped so that each group is one write request, in the order to send."""
        size = self.can(kind).batch
        return [list(range(start, min(start + size, len(records)))) for start in range(0, len(records), size)]

    @abstractmethod
    def create(self, kind: str, records: Sequence[Record]) -> list[Result]:
        """Create one group of `batches`; a Result for each record, in order.

        Raises Refused when the shop refused the whole request because of some record in it.
        """

    @abstractmethod
    def update(self, kind: str, records: Sequence[Record]) -> list[Result]:
        """Like `create`. Fields that are None are left alone in the shop; the engine sends the changed ones only."""

    @abstractmethod
    def delete(self, kind: str, records: Sequence[Record]) -> list[Result]:
        """Like `create`; only ids matter. An element that is already gone is a success."""

    @abstractmethod
    def fetch(self, url: str, *, max_bytes: int) -> bytes:
        """Download a file that the shop serves publicly (an image)."""

    def admin_url(self, kind: str, remote_id: str, *, parent_id: str = "") -> str:
        """Where staff see the element in the shop's own panel; "" if there is no such page."""
        return ""

    def require(self, kind: str, verb: str) -> None:
        """Raise Unsupported with the declared reason when the platform cannot do `verb`."""
        reason = self.can(kind).reason(verb)
        if reason:
            raise Unsupported(str(reason))
