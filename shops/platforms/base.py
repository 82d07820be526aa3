"""The contract between the engine and a platform (DESIGN.md §5). A platform is a subclass of Platform.

The engine decides what to do; a platform only reads and writes, one HTTP request per call where the shop allows it.
Capabilities are data with a reason: one sentence greys out the matrix cell, fills the manual and guards the engine.
"""

from __future__ import annotations

import secrets
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Literal

from django.utils.translation import gettext as _

from backoffice.lib.errors import KontorError, UnexpectedAnswer, Unsupported
from shops.elements import Text
from shops.platforms.connection import Connection as Connection  # part of the contract, so it is had here
from shops.platforms.connection import Line as Line
from shops.platforms.connection import OwnToken as OwnToken
from shops.platforms.connection import Token as Token
from shops.platforms.connection import TokenStore as TokenStore
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
    whole:    an update needs all fields, not the changed ones only: one says nothing without the others.
    fixed:    the only choice there is, by name, e.g. "Fetch all categories anew" (M5).
    variants: articles have variants with a SKU, stock and price of their own. False needs why["variants"]; then each
              variant goes there as an article of its own, and its parent stays here.
    parcels:  of orders: the shop can be told of parcels (OrderStatusChange.parcels). False, where their status can be
              written, needs why["parcels"].
    starts:   a sale price can be sent before it begins. False: the engine sends it once it has begun.
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
    whole: bool = False
    fixed: Text = ""
    note: Text = ""
    variants: bool = True
    starts: bool = True
    parcels: bool = False

    def reason(self, verb: str) -> Text:
        """Why `verb` ("read", "create", "update", "delete", "import", "variants", "parcels") is not possible; "" when it is."""
        allowed = getattr(self, "import_" if verb == "import" else verb)
        return "" if allowed else self.why[verb]


def Cannot(reason: Text) -> Can:
    """A type that the platform does not have, or not for us."""
    return Can(
        read=False, import_=False, why=dict.fromkeys(("read", "create", "update", "delete", "import"), reason)
    )


@dataclass(frozen=True, slots=True)
class Field:
    """One field of the connection form. secret: never shown again. required: saving without it is refused.

    when: (option, value or values): the field is asked for only while that option has such a value. An option on which
    fields depend stands before them in the form.
    lines: a text of several lines, such as a certificate. group: the heading under which it stands, "" = with the
    others. guarded: an option that only they may change who may enter credentials: it says to whom those are sent.
    """

    name: str
    label: Text
    help: Text = ""
    secret: bool = False
    required: bool = True
    choices: tuple[tuple[str, Text], ...] = ()
    default: str = ""
    when: tuple[str, str | tuple[str, ...]] | None = None
    lines: bool = False
    group: Text = ""
    guarded: bool = False


@dataclass(frozen=True, slots=True)
class Download:
    """A file that staff fetch on the Connection page and put into the shop. when: as of Field.

    name: short, for the address. text: what it is for, where it goes, what replaces an older one.
    """

    name: str
    label: Text
    text: Text = ""
    when: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of "Test settings" (M1). state: ok, remark, problem, or skipped (an earlier one failed).

    text: what was found. effect: what does not work because of it. why, cure: the rest of the message pattern.
    new_address: what a person may take over as the shop's address by one click.
    new_option: (name, value) of an option that a person may confirm by one click, with `confirm` on the button.
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
    new_option: tuple[str, str] | tuple[()] = ()
    confirm: Text = ""


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
    complete: False = the shop may have more than this read can show, so what it does not show is not gone.
    """

    records: tuple[Record, ...]
    next_cursor: str | None = None
    total: int | None = None
    carried: Mapping[str, tuple[Record, ...]] = field(default_factory=dict)
    bad: tuple[BadRecord, ...] = ()
    complete: bool = True


def lost_place(cursor: str) -> UnexpectedAnswer:
    """For a cursor that no read of this platform has given."""
    return UnexpectedAnswer(
        _("The reading of this shop was interrupted at a place that cannot be found again."),
        cure=_("Start the run again: it reads from the beginning."),
        detail=f"cursor {cursor[:100]!r}",
        key="cursor",
    )


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one written record.

    record: the element as the shop has it now, as far as its answer said so; None = as it was sent. What it leaves open
            (None) is taken to be as it was. carried: the same for carried types.
    error:  Refused (this record only), or another KontorError.
    """

    remote_id: str = ""
    record: Record | None = None
    carried: tuple[Record, ...] = ()
    error: KontorError | None = None


@dataclass(frozen=True, slots=True)
class Announcement:
    """What the shop can call us for. topic: the platform's own name. kind: our element type.

    updates: it tells of every later change too, so that the status of a known order may follow (O11).
    """

    topic: str
    kind: str
    label: Text
    updates: bool = False


@dataclass(frozen=True, slots=True)
class Event:
    """One call of the shop: a hint, the element is read again. verb: created, updated, deleted or restored.

    key: the same for the same content, so that a call that comes twice can be recognised.
    """

    topic: str
    kind: str
    verb: str
    remote_id: str
    parent_id: str
    key: str


@dataclass(frozen=True, slots=True)
class Subscription:
    """The shop calls us for `topic`. active False: it has given up calling, or somebody paused it."""

    remote_id: str
    topic: str
    active: bool


class Platform(ABC):
    """One kind of web shop. One instance lives for one slice of a run: caches belong into the instance.

    All methods raise the errors of backoffice.lib.errors and no others. `Retriable` out of a write means that nobody
    knows whether it was done: the engine looks (`lookup`) before it writes again.
    """

    key: ClassVar[str]
    label: ClassVar[Text]
    address_help: ClassVar[Text] = ""
    credentials: ClassVar[tuple[Field, ...]] = ()
    options: ClassVar[tuple[Field, ...]] = ()
    capabilities: ClassVar[Mapping[str, Can]]
    requests_per_second: ClassVar[float] = 10.0
    burst: ClassVar[int] = 10
    # Its exports are files that are written and sent (shops.files.delivery); the engine compares nothing.
    exchanges_files: ClassVar[bool] = False
    # What it can call us for (O9); () = it never calls and is only asked.
    announcements: ClassVar[tuple[Announcement, ...]] = ()
    downloads: ClassVar[tuple[Download, ...]] = ()

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    @classmethod
    def suited(cls, options: Mapping[str, str]) -> type[Platform]:
        """The class for a shop with these options. Where they decide what the platform can do (two ways in, several
        plans), a subclass for each declares it; `registry.platform_for` asks.
        """
        return cls

    @classmethod
    def download(
        cls, name: str, credentials: Mapping[str, str], options: Mapping[str, str]
    ) -> tuple[str, bytes, dict[str, str]]:
        """(file name, content, credentials to be saved with it) of one of `downloads`.

        What the file must know and nobody has yet, a secret, is made here and returned among the credentials.
        """
        raise Unsupported(str(cls.label))

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

    def read_some(self, kind: str, ids: Sequence[tuple[str, str]]) -> Page:
        """The elements with these (id, id of the parent or ""), after the shop called for them; gone ones are absent.

        At most `Can.page` of them. Here one request each; a shop that gives several at once does it in fewer, and then
        brings what they carry too.
        """
        found = (self.read_one(kind, remote_id, parent_id=parent_id) for remote_id, parent_id in ids)
        return Page(records=tuple(record for record in found if record is not None))

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
        """Like `create`. Fields that are None are left alone in the shop; the engine sends the changed ones only.

        (With `Can.whole` all of them.) A Retriable error in a Result: not done this time; the next run tries again.
        """

    @abstractmethod
    def delete(self, kind: str, records: Sequence[Record]) -> list[Result]:
        """Like `create`; only ids matter. An element that is already gone is a success."""

    def fetch(self, url: str, *, max_bytes: int) -> bytes:
        """Download a file that the shop serves publicly (an image)."""
        return self.connection.fetch_public(url, max_bytes=max_bytes)

    # The shop calls us (O9). All four only where `announcements` names something.

    @classmethod
    def hear(cls, body: bytes, headers: Mapping[str, str], secret: str) -> Event | None:
        """The event of a call; None = a greeting, to be answered with 200 and forgotten. body: the raw bytes.

        Raises BadCredentials when the signature does not fit them (compared in constant time), UnexpectedAnswer for
        a signed call of something that was not asked for.
        """
        raise Unsupported(str(cls.label))

    @classmethod
    def new_secret(cls) -> str:
        """What the shop is to sign its calls with."""
        return secrets.token_hex(32)

    def subscriptions(self, address: str) -> list[Subscription]:
        """What the shop calls `address` for at present."""
        raise Unsupported(str(self.label))

    def subscribe(self, address: str, secret: str, topics: Sequence[str]) -> list[Subscription]:
        """Have the shop call `address` for `topics`; what calls there already is replaced.

        Raises UnexpectedAnswer when the shop does not take it.
        """
        raise Unsupported(str(self.label))

    def unsubscribe(self, address: str) -> None:
        """No more calls to `address`."""
        raise Unsupported(str(self.label))

    def admin_url(self, kind: str, remote_id: str, *, parent_id: str = "") -> str:
        """Where staff see the element in the shop's own panel; "" if there is no such page."""
        return ""

    def require(self, kind: str, verb: str) -> None:
        """Raise Unsupported with the declared reason when the platform cannot do `verb`."""
        reason = self.can(kind).reason(verb)
        if reason:
            raise Unsupported(str(reason))
