"""A platform made of parts: one that reads, one that finds single elements, one that writes."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from shops.platforms.base import Page, Platform, Result, ShopFacts, Verb
from shops.records import Record


class Setup(Protocol):
    def facts(self) -> ShopFacts: ...


class Reader(Protocol):
    def read(self, kind: str, since: datetime | None, cursor: str | None) -> Page: ...


class Finder(Protocol):
    def one(self, kind: str, remote_id: str, parent_id: str) -> Record | None: ...

    def lookup(self, kind: str, records: Sequence[Record]) -> list[list[Record]]: ...


class Writer(Protocol):
    def write(self, kind: str, verb: Verb, records: Sequence[Record]) -> list[Result]: ...


class PlatformOfParts(Platform):
    """Refuses what is declared impossible, hands on the rest.

    A part is opened when it is first needed (cached_property): an address that is none must not keep `check` from
    saying so.
    """

    @property
    @abstractmethod
    def setup(self) -> Setup: ...

    @property
    @abstractmethod
    def reader(self) -> Reader: ...

    @property
    @abstractmethod
    def finder(self) -> Finder: ...

    @property
    @abstractmethod
    def writer(self) -> Writer: ...

    def facts(self) -> ShopFacts:
        return self.setup.facts()

    def read(self, kind: str, *, since: datetime | None = None, cursor: str | None = None) -> Page:
        self.require(kind, "read")
        return self.reader.read(kind, since if self.can(kind).since else None, cursor)

    def read_one(self, kind: str, remote_id: str, *, parent_id: str = "") -> Record | None:
        self.require(kind, "read")
        return self.finder.one(kind, remote_id, parent_id)

    def lookup(self, kind: str, records: Sequence[Record]) -> list[list[Record]]:
        self.require(kind, "read")
        return self.finder.lookup(kind, records)

    def create(self, kind: str, records: Sequence[Record]) -> list[Result]:
        return self._write(kind, "create", records)

    def update(self, kind: str, records: Sequence[Record]) -> list[Result]:
        return self._write(kind, "update", records)

    def delete(self, kind: str, records: Sequence[Record]) -> list[Result]:
        return self._write(kind, "delete", records)

    def _write(self, kind: str, verb: Verb, records: Sequence[Record]) -> list[Result]:
        self.require(kind, verb)
        return self.writer.write(kind, verb, records)
