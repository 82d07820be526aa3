"""Which writer takes what."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

from shops.platforms.base import Result, Verb
from shops.platforms.oscommerce.reading import Reader
from shops.platforms.oscommerce.setup import Setup
from shops.platforms.oscommerce.writing.articles import ArticleWriter
from shops.platforms.oscommerce.writing.catalogue import CatalogueWriter
from shops.platforms.oscommerce.writing.customers import CustomerWriter
from shops.platforms.oscommerce.writing.images import ImageWriter
from shops.platforms.oscommerce.writing.orders import StatusWriter
from shops.platforms.oscommerce.writing.prices import LevelWriter, Sales
from shops.records import Record


class Writer:
    def __init__(self, setup: Setup, reader: Reader) -> None:
        self.setup = setup
        self.reader = reader

    def write(self, kind: str, verb: Verb, records: Sequence[Record]) -> list[Result]:
        """A Result for each record, in order."""
        if not records:
            return []
        by_kind: dict[tuple[str, Verb], Callable[[Any], list[Result]]] = {
            ("article", "create"): self._articles.create,
            ("article", "update"): self._articles.update,
            ("article", "delete"): self._articles.delete,
            ("stock", "update"): self._levels.stock,
            ("price", "update"): self._levels.prices,
            ("image", "update"): self._images.write,
            ("category", "create"): self._catalogue.create_categories,
            ("category", "update"): self._catalogue.update_categories,
            ("category", "delete"): self._catalogue.delete_categories,
            ("producer", "create"): self._catalogue.create_producers,
            ("producer", "update"): self._catalogue.update_producers,
            ("producer", "delete"): self._catalogue.delete_producers,
            ("customer", "create"): self._customers.create,
            ("customer", "update"): self._customers.update,
            ("order", "update"): self._statuses.write,
        }
        return by_kind[kind, verb](records)

    @cached_property
    def _sales(self) -> Sales:
        return Sales(self.setup)

    @cached_property
    def _articles(self) -> ArticleWriter:
        return ArticleWriter(self.setup, self.reader, self._sales)

    @cached_property
    def _levels(self) -> LevelWriter:
        return LevelWriter(self.setup, self.reader, self._sales)

    @cached_property
    def _images(self) -> ImageWriter:
        return ImageWriter(self.setup, self.reader)

    @cached_property
    def _catalogue(self) -> CatalogueWriter:
        return CatalogueWriter(self.setup, self.reader)

    @cached_property
    def _customers(self) -> CustomerWriter:
        return CustomerWriter(self.setup, self.reader)

    @cached_property
    def _statuses(self) -> StatusWriter:
        return StatusWriter(self.setup)
