"""Order files on the shop's server: which are ready, what is in them, and where they go afterwards (file-ftp.md, 7).

A page of the read is some files. They are moved when the next page is asked for, because by then the engine has saved
what was in them: whatever dies in between, a file is either still there or its orders are here, and the same orders
again change nothing.
"""

from __future__ import annotations

import io
import json
import logging
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatch
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backoffice.lib.errors import KontorError, Refused
from backoffice.lib.transfer import PART, Entry, Missing, Store
from backoffice.lib.transfer.paths import joined
from shops.platforms.base import BadRecord, Page, lost_place
from shops.platforms.files.orders import Meaning, read_orders
from shops.platforms.files.orders.trust import LARGEST, CutShort
from shops.records import (
    OrderRecord,
    OrderStatusRecord,
    PaymentMethodRecord,
    Record,
    ShippingMethodRecord,
)

logger = logging.getLogger(__name__)

DONE: Final = "done"
FAILED: Final = "failed"
REASON: Final = ".txt"
# Two listings this far apart must agree before a file is touched.
SETTLE_S: Final = 3.0
# A file that ends in the middle and is younger than this may still be growing.
GROWING: Final = timedelta(minutes=10)
FILES_A_PAGE: Final = 20
BYTES_A_PAGE: Final = 5 * 2**20
# What programs call a file while they write it.
_UNFINISHED: Final = (PART, ".tmp", ".temp", ".filepart", ".partial", ".crdownload", ".lock")


@dataclass(slots=True)
class Settling:
    """What the page before has read: {file name: "" = read, else the reason why not}. Travels in the cursor.

    parked: names of files that this read has refused so far.
    """

    files: dict[str, str] = field(default_factory=dict)
    seen: list[str] = field(default_factory=list)
    parked: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, cursor: str | None) -> Settling:
        if not cursor:
            return cls()
        try:
            found = json.loads(cursor)
            return cls(dict(found["files"]), list(found["seen"]), list(found["parked"]))
        except (ValueError, TypeError, KeyError, RecursionError):
            raise lost_place(cursor) from None

    def as_cursor(self) -> str:
        return json.dumps({"files": self.files, "seen": self.seen, "parked": self.parked}, ensure_ascii=False)


class Inbox:
    """One folder of order files. looking: read, and leave every file where it is.

    open_store: called when it is first needed. settle_s: the pause between the two listings, SETTLE_S unless said.
    """

    def __init__(
        self,
        open_store: Callable[[], Store],
        folder: str,
        masks: list[str],
        meaning: Meaning,
        *,
        looking: bool = False,
        settle_s: float | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._open_store = open_store
        self._store: Store | None = None
        self.folder = folder
        self.masks = masks
        self.meaning = meaning
        self.looking = looking
        self._settle_s = SETTLE_S if settle_s is None else settle_s
        self._sleep = sleep
        self._ready: dict[str, Entry] | None = None

    @property
    def store(self) -> Store:
        if self._store is None:
            self._store = self._open_store()
        return self._store

    def close(self) -> None:
        if self._store is not None:
            self._store.close()

    def page(self, cursor: str | None) -> Page:
        """The orders of the next files. Raises what the store raises."""
        before = Settling.of(cursor)
        if not self.looking:
            self._settle(before)
        now = Settling(seen=[*before.seen, *(before.files if self.looking else ())], parked=before.parked)
        found = _Found()
        size = 0
        for name, entry in self._waiting(set(before.files) | set(now.seen)):
            if len(now.files) >= FILES_A_PAGE or size > BYTES_A_PAGE:
                break
            size += entry.size or 0
            why = self._read(name, entry, found)
            if why is None:  # it is not ready: the next run looks again
                now.seen.append(name)
                continue
            now.files[name] = why
            if why:
                now.parked.append(name)
        if now.files:
            return found.page(now.as_cursor())
        reminder = self._lying_in_failed(set(now.parked))
        if reminder is not None:
            found.bad.append(reminder)
        return found.page(None)

    # Which files

    def _waiting(self, handled: set[str]) -> Iterator[tuple[str, Entry]]:
        if self._ready is None:
            self._ready = self._stable()
        order = sorted(self._ready.items(), key=lambda item: (item[1].modified_at or _EPOCH, item[0]))
        return ((name, entry) for name, entry in order if name not in handled)

    def _stable(self) -> dict[str, Entry]:
        """The files that two listings show alike. An empty folder is looked at once and not waited for."""
        first = self._listed()
        if not first:
            return {}
        self._sleep(self._settle_s)
        second = self._listed()
        return {
            name: entry
            for name, entry in second.items()
            if name in first and (first[name].size, first[name].stamp) == (entry.size, entry.stamp)
        }

    def _listed(self) -> dict[str, Entry]:
        return {entry.name: entry for entry in self.store.entries(self.folder) if self._is_wanted(entry)}

    def _is_wanted(self, entry: Entry) -> bool:
        name = entry.name.casefold()
        if entry.is_folder or name.startswith(".") or name.endswith(_UNFINISHED):
            return False
        return any(fnmatch(name.removesuffix(".gz").removesuffix(".zip"), mask) for mask in self.masks)

    # One file

    def _read(self, name: str, entry: Entry, found: _Found) -> str | None:
        """Its orders into `found`. "" = read, None = leave it alone for now, else why it could not be read."""
        path = joined(self.folder, name)
        try:
            content = self._content(path, entry)
            if content is None:
                return None
            orders = read_orders(name, content, self.meaning)
        except CutShort as error:
            young = entry.modified_at is not None and datetime.now(UTC) - entry.modified_at < GROWING
            return None if young else found.refuse(name, error)
        except Missing:
            return None  # somebody took it away meanwhile
        except Refused as error:
            return found.refuse(name, error)
        found.orders += orders.orders
        for number, why in orders.bad:
            found.refuse(name, why, number)
        return "\n".join(f"{number}: {why.message} {why.cure}".strip() for number, why in orders.bad)

    def _content(self, path: str, entry: Entry) -> bytes | None:
        """None when the file changed while it was read."""
        target = io.BytesIO()
        self.store.read(path, target, max_bytes=LARGEST)
        after = self.store.stat(path)
        grown = after is None or after.size != len(target.getvalue())
        if grown or (entry.size is not None and entry.size != after.size):  # type: ignore[union-attr]
            return None
        return target.getvalue()

    # Afterwards

    def _settle(self, before: Settling) -> None:
        """Move what was read. Done again after an interruption, it finds nothing left to move."""
        for name, why in before.files.items():
            folder = joined(self.folder, FAILED if why else DONE)
            self.store.mkdirs(folder)
            path = f"{folder}/{datetime.now(UTC):{_STAMP}}-{name}"
            try:
                self.store.rename(joined(self.folder, name), path)
            except Missing:
                continue
            if why:
                reason = why.encode()
                self.store.write(f"{path}{REASON}", io.BytesIO(reason), size=len(reason))
            logger.info("order file %s moved to %s", name, path)

    def _lying_in_failed(self, named: set[str]) -> BadRecord | None:
        """Files that nobody has looked after yet: said in every run, until they are taken out of the folder.

        named: those that this run has put there have been named already.
        """
        try:
            entries = self.store.entries(joined(self.folder, FAILED))
        except Missing:
            return None
        names = sorted(
            entry.name
            for entry in entries
            if not entry.is_folder
            and not entry.name.endswith((REASON, PART))
            and _without_stamp(entry.name) not in named
        )
        if not names:
            return None
        message = ngettext(
            "%(count)d order file could not be read, or not all of it: %(names)s.",
            "%(count)d order files could not be read, or not all of them: %(names)s.",
            len(names),
        ) % {"count": len(names), "names": ", ".join(names[:5])}
        cure = _(
            "They lie in the folder “failed” on the shop's server, each with its reason beside it. Correct a file and put "
            "it back into the folder for orders, or delete it there."
        )
        return BadRecord("order", FAILED, names[0], Refused(message, cure=cure, key=CAUSE))


_STAMP: Final = "%Y%m%d-%H%M%S"


def _without_stamp(name: str) -> str:
    """ "20261121-180000-orders.xml", as it lies in "done" or "failed" -> "orders.xml"."""
    return name.split("-", 2)[-1]


CAUSE: Final = "order_files_failed"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class _Found:
    orders: list[OrderRecord] = field(default_factory=list)
    bad: list[BadRecord] = field(default_factory=list)

    def refuse(self, name: str, error: KontorError, number: str = "") -> str:
        """All under one cause: what to do is the same for each."""
        where = f"{name} ({number})" if number else name
        message = _("%(file)s: %(why)s") % {"file": where, "why": error.message}
        one = Refused(message, cure=str(error.cure), detail=error.detail, key=CAUSE)
        self.bad.append(BadRecord("order", where[:150], where[:300], one))
        return f"{error.message} {error.cure}".strip()

    def page(self, cursor: str | None) -> Page:
        return Page(
            records=tuple(self.orders),
            next_cursor=cursor,
            carried=_carried(self.orders),
            bad=tuple(self.bad),
        )


def _carried(orders: list[OrderRecord]) -> Mapping[str, tuple[Record, ...]]:
    """The methods and statuses that the orders name, so that they can be linked on the page Mappings."""
    payments: dict[str, Record] = {}
    shippings: dict[str, Record] = {}
    statuses: dict[str, Record] = {}
    for order in orders:
        if key := order.payment_method_id:
            payments[key] = PaymentMethodRecord(remote_id=key, name=order.payment_method_name or key)
        if order.status_id:
            statuses[order.status_id] = OrderStatusRecord(remote_id=order.status_id, name=order.status_id)
        for line in order.lines:
            if line.kind == "shipping" and line.method_id:
                shippings[line.method_id] = ShippingMethodRecord(
                    remote_id=line.method_id, name=line.name or line.method_id
                )
    found = {"payment_method": payments, "shipping_method": shippings, "order_status": statuses}
    return {kind: tuple(records.values()) for kind, records in found.items() if records}
