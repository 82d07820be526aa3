"""Categories and producers into the shop."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from backoffice.lib.errors import Refused
from shops.platforms.base import Result
from shops.platforms.oscommerce.finding import numbers
from shops.platforms.oscommerce.gateway import Call
from shops.platforms.oscommerce.mapping import values
from shops.platforms.oscommerce.reading import Reader
from shops.platforms.oscommerce.setup import Setup
from shops.platforms.oscommerce.writing.fits import Fits
from shops.platforms.oscommerce.writing.prices import gone
from shops.records import CategoryRecord, ProducerRecord, Record

_CATEGORY: Final = gettext_lazy("The name of the category")
_PRODUCER: Final = gettext_lazy("The name of the producer")


class CatalogueWriter:
    def __init__(self, setup: Setup, reader: Reader) -> None:
        self.setup = setup
        self.reader = reader
        self.fits = Fits(setup)

    # Categories

    def create_categories(self, records: Sequence[CategoryRecord]) -> list[Result]:
        """The row first, its name last; rows without a name that an earlier creation left are used again."""
        results: dict[int, Result] = {}
        names = self._names(records, "categories_description", "categories_name", _CATEGORY, results)
        gateway = self.setup.gateway
        left = gateway.read("categories.nameless", limit=len(names)) if names else ()
        ids = dict(zip(names, (values.number(row, "id") for row in left), strict=False))
        new = [position for position in names if position not in ids]
        made = gateway.run([self._insert(records[position]) for position in new]) if new else []
        ids |= {position: reply.new_id for position, reply in zip(new, made, strict=True)}
        if ids:
            calls = [self._place({ids[position]: records[position] for position in ids})] if left else []
            named = {ids[position]: name for position, name in names.items()}
            gateway.run([*calls, *self._named(named)])
            self._drop_caches()
        return self._answers(
            "category", results, {position: str(pk) for position, pk in ids.items()}, len(records)
        )

    @staticmethod
    def _insert(record: CategoryRecord) -> Call:
        parent = int(record.parent_id or 0)
        return Call("categories.insert", {"parent": parent, "position": record.position or 0})

    @staticmethod
    def _place(records: Mapping[int, CategoryRecord]) -> Call:
        return Call(
            "categories.place",
            {
                "ids": list(records),
                "parents": [
                    (pk, int(record.parent_id or 0))
                    for pk, record in records.items()
                    if record.parent_id is not None
                ],
                "positions": [
                    (pk, record.position) for pk, record in records.items() if record.position is not None
                ],
            },
        )

    def _named(self, names: Mapping[int, str]) -> list[Call]:
        language = self.setup.language
        return [
            Call("categories.name", {"rows": [(pk, language, name) for pk, name in names.items()]}),
            Call("categories.fill", {"language": language, "ids": list(names)}),
        ]

    def update_categories(self, records: Sequence[CategoryRecord]) -> list[Result]:
        results: dict[int, Result] = {}
        names = self._names(records, "categories_description", "categories_name", _CATEGORY, results)
        self._refuse_rings(records, results)
        open_records = {
            numbers([record.remote_id])[0]: record
            for position, record in enumerate(records)
            if position not in results
        }
        if open_records:
            named = {
                pk: names[position]
                for position, record in enumerate(records)
                if position in names
                and position not in results
                and (pk := numbers([record.remote_id])[0]) in open_records
            }
            calls = [self._place(open_records), *(self._named(named) if named else [])]
            self.setup.gateway.run(calls)
            self._drop_caches()
        ids = {p: record.remote_id for p, record in enumerate(records) if p not in results}
        return self._answers("category", results, ids, len(records))

    def _refuse_rings(self, records: Sequence[CategoryRecord], results: dict[int, Result]) -> None:
        """The storefront walks the tree without a guard: a ring would hang it (oscommerce.md, 4)."""
        if not any(record.parent_id for record in records):
            return
        rows = self.setup.gateway.read("categories.parents")
        parents = {values.identity(row): values.identity(row, "parent") for row in rows}
        for position, record in enumerate(records):
            if record.parent_id is None:
                continue
            if record.remote_id in (record.parent_id, *_above(record.parent_id, parents)):
                error = Refused(
                    _("The category would lie inside one of its own subcategories."),
                    cure=_("Check the place of the category in the tree here."),
                    key="category_loop",
                )
                results[position] = Result(remote_id=record.remote_id, error=error)
            else:
                parents[record.remote_id] = record.parent_id

    def delete_categories(self, records: Sequence[Record]) -> list[Result]:
        """Only what is empty: the shop's own panel would delete the articles too (oscommerce.md, 9.9)."""
        ids = set(numbers(record.remote_id for record in records))
        refused = self._not_empty(ids)
        free = sorted(ids - refused.keys())
        if free:
            names = ("categories.delete", "categories.delete_names", "categories.delete_links")
            self.setup.plain.run([Call(name, {"ids": free}) for name in names])
            self._drop_caches()
        return [
            Result(remote_id=record.remote_id, error=refused.get(int(record.remote_id))) for record in records
        ]

    def _not_empty(self, ids: set[int]) -> dict[int, Refused]:
        children, articles = self.setup.plain.run(
            [
                Call("categories.children", {"ids": sorted(ids)}),
                Call("categories.last_of", {"ids": sorted(ids)}),
            ]
        )
        refused = {
            values.number(row, "id"): _holds_articles(values.number(row, "number")) for row in articles.rows
        }
        inside = [(values.number(row, "id"), values.number(row, "parent")) for row in children.rows]
        # What keeps a subcategory keeps all that are above it.
        while more := [
            parent for pk, parent in inside if (pk not in ids or pk in refused) and parent not in refused
        ]:
            refused |= dict.fromkeys(more, _holds_categories())
        return refused

    # Producers

    def create_producers(self, records: Sequence[ProducerRecord]) -> list[Result]:
        results: dict[int, Result] = {}
        names = self._names(records, "manufacturers", "manufacturers_name", _PRODUCER, results)
        ids: dict[int, str] = {}
        if names:
            calls = [Call("producers.insert", {"name": name}) for name in names.values()]
            made = self.setup.gateway.run([*calls, Call("producers.fill")])
            ids = {p: str(reply.new_id) for p, reply in zip(names, made, strict=False)}
            self._drop_caches()
        return self._answers("producer", results, ids, len(records))

    def update_producers(self, records: Sequence[ProducerRecord]) -> list[Result]:
        results: dict[int, Result] = {}
        names = self._names(records, "manufacturers", "manufacturers_name", _PRODUCER, results)
        if names:
            ids = {position: numbers([records[position].remote_id])[0] for position in names}
            renamed = [(ids[position], name) for position, name in names.items()]
            calls = [
                Call("producers.rename", {"ids": list(ids.values()), "names": renamed}),
                Call("producers.fill"),
            ]
            self.setup.gateway.run(calls)
            self._drop_caches()
        open_ids = {p: record.remote_id for p, record in enumerate(records) if p not in results}
        return self._answers("producer", results, open_ids, len(records))

    def delete_producers(self, records: Sequence[Record]) -> list[Result]:
        """Their articles stay, without a producer."""
        ids = {"ids": numbers(record.remote_id for record in records)}
        names = ("producers.delete", "producers.delete_info", "producers.take_off")
        self.setup.plain.run([Call(name, ids) for name in names])
        self._drop_caches()
        return [Result(remote_id=record.remote_id) for record in records]

    # Both

    def _names(
        self,
        records: Sequence[CategoryRecord | ProducerRecord],
        table: str,
        column: str,
        field: object,
        results: dict[int, Result],
    ) -> dict[int, str]:
        """{position: name as it goes there}; what does not fit has its result already."""
        names: dict[int, str] = {}
        for position, record in enumerate(records):
            if record.name is None:
                continue
            try:
                names[position] = self.fits.text(table, column, values.name_there(record.name), str(field))
            except Refused as error:
                results[position] = Result(remote_id=record.remote_id, error=error)
        return names

    def _answers(
        self, kind: str, results: dict[int, Result], ids: Mapping[int, str], number: int
    ) -> list[Result]:
        seen = (
            {record.remote_id: record for record in self.reader.read(kind, None, None).records} if ids else {}
        )
        for position, pk in ids.items():
            results[position] = Result(pk, seen.get(pk), error=None if pk in seen else gone())
        return [results[position] for position in range(number)]

    def _drop_caches(self) -> None:
        if self.setup.plain.files is not None and self.setup.settings.get("USE_CACHE") == "true":
            self.setup.plain.files.drop_caches()


def _above(category: str, parents: Mapping[str, str]) -> Iterable[str]:
    """All that `category` lies in."""
    seen: list[str] = []
    step = parents.get(category, "")
    while step and step not in seen:
        seen.append(step)
        step = parents.get(step, "")
    return seen


def _holds_articles(number: int) -> Refused:
    return Refused(
        ngettext(
            "%(number)d article of the shop is in this category only.",
            "%(number)d articles of the shop are in this category only.",
            number,
        )
        % {"number": number},
        cure=_("Put them into another category first; the category is then deleted with the next run."),
        key="category_articles",
    )


def _holds_categories() -> Refused:
    return Refused(
        _("The category has subcategories that stay."),
        cure=_("Move or delete its subcategories first."),
        key="category_children",
    )
