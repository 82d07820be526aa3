"""Our side of an element type: what the engine asks of articles, categories, stock and the rest (DESIGN.md §4).

One instance serves one slice of one run: dictionaries' links are read once and kept.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from django.db.models import Model, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.lib.errors import KontorError, NotYet
from inventory.models import Company
from shops.models import Problem, RemoteElement, Shop
from shops.models.elements import RemoteElementQuerySet
from shops.platforms.base import Platform
from shops.records import Record
from shops.sync.hearing import calls_are_heard
from shops.sync.jobs import Choice


@dataclass(slots=True)
class Side:
    """The engine's surroundings while it works on one shop: who is there, and who is linked with whom.

    changed_since: only what changed here since then is looked at; None = everything.
    """

    shop: Shop
    platform: Platform
    choices: Mapping[str, Choice] = field(default_factory=dict)
    changed_since: datetime | None = None
    company: Company = field(default_factory=Company.load)
    _remote: dict[str, dict[int, str]] = field(default_factory=dict)
    _local: dict[str, dict[str, int]] = field(default_factory=dict)
    _heard: dict[str, bool] = field(default_factory=dict)

    def announced(self, kind: str) -> bool:
        """Whether the shop calls for every change of this type (O11)."""
        if kind not in self._heard:
            # Between runs there is no connection, and the platform's class stands for it (shops.sync.aside).
            given: Any = self.platform
            of: type[Platform] = given if isinstance(given, type) else type(given)
            self._heard[kind] = calls_are_heard(self.shop, of, kind)
        return self._heard[kind]

    @property
    def language(self) -> str:
        return self.shop.language or self.company.language

    def forget(self, kind: str) -> None:
        """Links of `kind` have changed: read them again when they are next asked for."""
        self._remote.pop(kind, None)
        self._local.pop(kind, None)

    def remote_ids(self, kind: str) -> Mapping[int, str]:
        """{our id: the shop's id} of a dictionary (units, categories, producers, rates, methods: a few thousand at most).

        Where several of the shop's mean one of ours, the preferred one, else the oldest link.
        """
        self._read_links(kind)
        return self._remote[kind]

    def local_ids(self, kind: str) -> Mapping[str, int]:
        """{the shop's id: our id} of a dictionary."""
        self._read_links(kind)
        return self._local[kind]

    def _read_links(self, kind: str) -> None:
        if kind in self._remote:
            return
        links = RemoteElement.objects.of(self.shop, kind).linked().present().order_by("preferred", "-pk")
        pairs = [
            (local, remote)
            for local, remote in links.values_list("local_id", "remote_id")
            if local is not None
        ]
        self._remote[kind] = dict(pairs)
        self._local[kind] = {remote: local for local, remote in pairs}

    def article_ids(self, remote_ids: Collection[str]) -> dict[str, int]:
        """{the shop's article id: our article id}, for those that are linked."""
        return self.ids_of("article", remote_ids)

    def ids_of(self, kind: str, remote_ids: Collection[str]) -> dict[str, int]:
        """{the shop's id: our id} of some elements of a long list (articles, customers)."""
        links = (
            RemoteElement.objects.of(self.shop, kind)
            .linked()
            .filter(remote_id__in=remote_ids)
            .values_list("remote_id", "local_id")
        )
        return {remote: local for remote, local in links if local is not None}

    def article_remote_ids(self, local_ids: Collection[int]) -> dict[int, str]:
        """{our article id: the shop's article id}, for those that are linked and exist there."""
        links = (
            RemoteElement.objects.of(self.shop, "article")
            .present()
            .filter(local_id__in=local_ids)
            .values_list("local_id", "remote_id")
        )
        return {local: remote for local, remote in links if local is not None}


@dataclass(frozen=True, slots=True)
class Planned:
    """One change as the planner sees it. fields: {field: [before, after]} on the side that will change.

    drift: our side has not moved since it was last sent; the shop shows something else all the same.
    """

    verb: str
    element: RemoteElement | None = None
    local_id: int | None = None
    name: str = ""
    key: str = ""
    fields: dict[str, list[Any]] = field(default_factory=dict)
    why: str = ""
    conflict: bool = False
    error: KontorError | None = None
    here_print: str = ""
    shop_print: str = ""
    drift: bool = False


@dataclass(frozen=True, slots=True)
class Incoming:
    """One element of the shop on its way in. local_id None = create it here. fields: what to touch of a linked one."""

    element: RemoteElement
    record: Record
    local_id: int | None = None
    fields: frozenset[str] | None = None


class LocalType:
    """Our side of one element type.

    waves: elements of wave n may refer to such of wave n-1 (category levels, variants of parents).
    two_streams: what comes here and what goes there are different fields (the content of orders, their status), so
        each side's fingerprint stands for itself, and what differs is sent only if our side has changed since (a
        status that the shop changed itself is not set back).
    alone: each element that comes here has a transaction of its own, so that a bad one, or a lock, never keeps another.
    asks_own_links: `records` looks up the links of this type, so a new one is saved before.
    """

    kind: ClassVar[str]
    model: ClassVar[type[Model]]
    alone: ClassVar[bool] = False
    asks_own_links: ClassVar[bool] = True
    linkable: ClassVar[bool] = True
    two_streams: ClassVar[bool] = False

    def __init__(self, side: Side) -> None:
        self.side = side

    @property
    def shop(self) -> Shop:
        return self.side.shop

    def guard(self, choice: Choice) -> None:
        """Before anything of this type is done: raise when it cannot be done at all (no price list chosen, ...)."""

    def wanted(self, records: Sequence[Record]) -> Sequence[Record]:
        """Those of the shop's elements that concern us at all (orders before the chosen date do not)."""
        return records

    def left_out(self) -> dict[str, int]:
        """{reason: how many} that `wanted` has left out since it was last asked here."""
        return {}

    def left_out_sentences(self, counts: Mapping[str, int]) -> list[str]:
        """`counts`, of a whole read, in words."""
        return []

    def seen_in(self, run_id: int) -> int:
        """How many elements of this type that run has seen."""
        return RemoteElement.objects.of(self.shop, self.kind).filter(seen_run=run_id).count()

    def missing(self, remote_ids: Collection[str]) -> None:
        """Asked for by id, and not in the shop any more. Inside a transaction."""
        known = RemoteElement.objects.of(self.shop, self.kind).filter(
            state=RemoteElement.State.PRESENT, remote_id__in=remote_ids
        )
        known.update(state=RemoteElement.State.GONE, local_id=None, seen_at=timezone.now())

    # Linking

    def natural_key(self, record: Record) -> str:
        """By what a record is found on our side; "" = it has no key and is reported."""
        return str(getattr(record, "name", "") or "").strip().casefold()[:300]

    def second_key(self, record: Record) -> str:
        return ""

    def label(self, record: Record) -> str:
        """What staff call the element."""
        return str(getattr(record, "name", "") or "")[:300]

    def find(self, keys: Collection[str]) -> dict[str, list[int]]:
        """{natural key: ids here}. Several ids = ambiguous, never linked."""
        raise NotImplementedError

    # From here to the shop

    def only_here(self) -> QuerySet[Any]:
        """Rows that the shop should have and does not: what "export" creates there."""
        linked = RemoteElement.objects.filter(shop=self.shop, kind=self.kind, local_id__isnull=False).values(
            "local_id"
        )
        return self.model._default_manager.exclude(pk__in=linked)

    def waves(self) -> Sequence[QuerySet[Any]]:
        """`only_here`, cut so that each wave refers to earlier ones only."""
        return [self.only_here()]

    def describe(self, ids: Collection[int]) -> dict[int, tuple[str, str]]:
        """{id: (key, name)} for the list of changes."""
        return {
            row.pk: (str(row)[:300], str(row)[:300]) for row in self.model._default_manager.filter(pk__in=ids)
        }

    def records(self, ids: Collection[int], *, for_create: bool = False) -> dict[int, Record | KontorError]:
        """Our side as records, references translated to the shop's ids. Missing = not for this shop (any more).

        A KontorError in place of a record says why it cannot be sent: Refused (needs a person) or NotYet.
        """
        raise NotImplementedError

    def besides(self, record: Record) -> dict[str, list[Any]]:
        """What goes along with a record and is not compared, as the shop does not show it: {field: [here, there]}."""
        return {}

    def sending(self, records: Sequence[Record]) -> None:
        """These updates are about to go to the shop; in a transaction that is committed before."""

    def sent(self, records: Sequence[Record]) -> None:
        """The shop has taken these updates; in the transaction that keeps what became of them."""

    # From the shop to here

    def apply(self, items: Sequence[Incoming]) -> list[int | KontorError]:
        """Create or update here, in the caller's transaction: our id for each item, or why not."""
        raise NotImplementedError

    def refused(self, item: Incoming, problem: Problem | None) -> None:
        """After `apply`, for an item that did not make it."""

    def prepare(self, items: Sequence[Incoming]) -> None:
        """Once for a batch, before the transactions of `apply`: what comes over the network (image files), or is the same
        for all of them."""

    def plan_linked(self, choice: Choice, *, after: int, limit: int) -> tuple[list[Planned], int, int] | None:
        """A cheaper plan than comparing records, where the type has one: (changes, last element id or 0, compared).

        None = compare records.
        """
        return None

    def worth_comparing(self, elements: RemoteElementQuerySet) -> RemoteElementQuerySet:
        """Of these linked elements those that may have something for the shop; what certainly has not may be missing."""
        return elements


def not_linked(kind_label: str, name: str, shop: Shop, key: str, cure: str = "") -> NotYet:
    """The error for a reference whose other end has no link in this shop."""
    return NotYet(
        _("%(kind)s “%(name)s” is not linked with anything in %(shop)s.")
        % {"kind": kind_label, "name": name, "shop": shop.name},
        cure=cure
        or _("Link it on the Mappings page of the shop, or let its type be exported, and synchronise again."),
        key=key,
    )


def chunks(items: Sequence[Any], size: int) -> Iterable[Sequence[Any]]:
    return (items[start : start + size] for start in range(0, len(items), size))
