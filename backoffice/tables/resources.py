"""The base resource: a file of some 10,000 rows is checked and written in a few queries a thousand rows.

What import-export does by default and we do otherwise, with figures, stands in the project's notes on dependencies:
`bulk_update` is the slowest way to write in Django (an upsert takes a tenth of the time), `skip_diff` silently
switches `skip_unchanged` off, full_clean() asks the database several times for every row.
"""

from __future__ import annotations

import logging
from collections.abc import Hashable, Iterable, Iterator, Sequence
from decimal import Decimal
from functools import partial
from itertools import islice
from typing import Any, ClassVar

import tablib
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import DatabaseError, models
from django.db.models import QuerySet
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.translation import gettext as _
from import_export.instance_loaders import BaseInstanceLoader
from import_export.resources import ModelResource
from import_export.results import RowResult

from backoffice.tables.formats import UnreadableTable
from backoffice.tables.results import SHOWN_CHANGES, TableResult

logger = logging.getLogger(__name__)

BATCH = 1000
Row = dict[str, Any]


class BatchLoader(BaseInstanceLoader):
    """Loads what the file speaks of in batches before the first row."""

    def __init__(self, resource: Any, dataset: tablib.Dataset | None = None) -> None:
        super().__init__(resource, dataset)
        keys: dict[tuple[Any, ...], None] = {}
        for cells in dataset if dataset is not None else ():
            key = resource.key(dict(zip(dataset.headers, cells, strict=True)))
            if key is not None:
                keys[key] = None
        self.instances: dict[tuple[Any, ...], Any] = {}
        for part in chunks(keys, BATCH):
            self.instances.update(resource.existing(part))

    def get_instance(self, row: Row) -> Any:
        key = self.resource.key(row)
        return None if key is None else self.instances.get(key)


class _PlainRowResult(RowResult):
    """Does not ask the instance how it is called: that may cost a query for every row."""

    def add_instance_info(self, instance: Any) -> None:
        self.object_id = getattr(instance, "pk", None)


class TableResource(ModelResource):
    """A table whose rows are found by `key_columns`. Columns that the file does not have are left alone.

    Subclasses name `Meta.model`, `Meta.fields`, `key_columns` and their Columns. For keys of several columns, or
    keys that lie in another table, override `existing`. Extra checks of a row: `check_instance`.
    """

    key_columns: ClassVar[tuple[str, ...]] = ()
    required_for_new: ClassVar[tuple[str, ...]] = ()

    class Meta:
        instance_loader_class = BatchLoader
        use_bulk = True
        batch_size = BATCH
        skip_unchanged = True
        report_skipped = False
        skip_html_diff = True  # we show the first hundred changes ourselves
        clean_model_instances = False  # see validate_instance

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._file_columns: frozenset[str] = frozenset()
        self._seen: dict[Hashable, int] = {}
        self._shown = 0
        self._lines: list[int] = []
        self._instance: Any = None

    # What a resource says of its table

    def key(self, row: Row) -> tuple[Hashable, ...] | None:
        """The key of the row in the file, or None where a part of it cannot be read."""
        try:
            parts = tuple(
                field.clean(row) if field.column_name in row else field.widget.clean("")
                for field in (self.fields[name] for name in self.key_columns)
            )
        except ValueError:
            return None
        return parts if any(part not in (None, "") for part in parts) else None

    def existing(self, keys: Sequence[tuple[Any, ...]]) -> Iterable[tuple[tuple[Any, ...], models.Model]]:
        """Pairs of key and instance for those of `keys` (at most a thousand) that exist."""
        (name,) = self.key_columns
        attribute = self.fields[name].attribute
        rows = self.get_queryset().filter(**{f"{attribute}__in": [key[0] for key in keys]})
        return (((getattr(instance, attribute),), instance) for instance in rows)

    def check_instance(self, instance: Any, *, is_new: bool) -> dict[str, list[str]]:
        """Further mistakes of a row: {column: [sentence]}; "__all__" for the whole row. No queries here."""
        return {}

    # import-export's hooks

    def get_import_id_fields(self) -> Sequence[str]:
        return list(self.key_columns)

    def get_result_class(self) -> Any:
        return partial(TableResult, self._lines)

    def import_data_inner(
        self,
        dataset: tablib.Dataset,
        dry_run: bool,
        raise_errors: bool,
        using_transactions: bool,
        collect_failed_rows: bool,
        **kwargs: Any,
    ) -> TableResult:
        lines = list(getattr(dataset, "lines", ()) or range(2, len(dataset) + 2))
        try:
            unknown = self._name_columns(dataset)
        except UnreadableTable as error:
            result = TableResult(lines)
            result.append_base_error(self.get_error_result_class()(error))
            return result
        self._file_columns = frozenset(dataset.headers)
        dataset, self._lines = self.arrange(dataset, lines)
        result = super().import_data_inner(
            dataset, dry_run, raise_errors, using_transactions, collect_failed_rows, **kwargs
        )
        result.unknown_columns = unknown
        return result

    def arrange(self, dataset: tablib.Dataset, lines: list[int]) -> tuple[tablib.Dataset, list[int]]:
        """The rows in the order in which they must be worked through, with their lines. Default: as they stand."""
        return dataset, lines

    def import_row(self, row: Row, instance_loader: Any, **kwargs: Any) -> RowResult:
        kwargs["row_number"] = self._lines[kwargs["row_number"] - 1]
        return super().import_row(row, instance_loader, **kwargs)

    def before_import_row(self, row: Row, **kwargs: Any) -> None:
        key = self.key(row)
        if key is None:
            return
        earlier = self._seen.setdefault(key, kwargs["row_number"])
        if earlier != kwargs["row_number"]:
            raise ValidationError(
                {
                    self.fields[self.key_columns[0]].column_name: _(
                        "The same is said in row %(row)s already. Delete one of the two."
                    )
                    % {"row": earlier}
                }
            )

    def after_init_instance(self, instance: Any, new: bool, row: Row, **kwargs: Any) -> None:
        self._instance = instance

    def import_instance(self, instance: Any, row: Row, **kwargs: Any) -> None:
        errors: dict[str, list[str]] = {}
        for field in self.get_import_fields():
            try:
                self.import_field(field, instance, row, **kwargs)
            except ValueError as error:
                errors[field.column_name] = [str(error)]
        if errors:
            raise ValidationError(errors)

    def validate_instance(
        self, instance: Any, import_validation_errors: Any = None, validate_unique: bool = True
    ) -> None:
        """Field by field as a form would, but without a query: keys were looked up for the whole file at once,
        and what only the database can tell (uniqueness, foreign keys) it tells when the batch is written."""
        errors: dict[str, Any] = dict(import_validation_errors or {})
        is_new = instance._state.adding
        columns = {field.attribute: field.column_name for field in self.get_import_fields()}
        missing = [name for name in self.required_for_new if is_new and name not in self._file_columns]
        checked = {
            attribute
            for attribute, column in columns.items()
            if column in self._file_columns or (is_new and column not in missing)
        }
        unchecked = [
            field.name
            for field in instance._meta.fields
            if field.attname not in checked or field.is_relation or columns[field.attname] in errors
        ]
        try:
            instance.clean_fields(exclude=unchecked)
        except ValidationError as error:
            for name, mistakes in error.error_dict.items():
                messages = [
                    _("The cell is empty. Enter a value.") if one.code in ("null", "blank") else text
                    for one in mistakes
                    for text in one.messages
                ]
                errors.setdefault(columns[name], []).extend(messages)
        for name in missing:
            errors[name] = [_("This row is new, and the file has no such column. Add it.")]
        if not errors:
            errors = self.check_instance(instance, is_new=is_new)
        if errors:
            raise ValidationError(errors)

    def after_import_row(self, row: Row, row_result: RowResult, **kwargs: Any) -> None:
        changed = row_result.import_type in (RowResult.IMPORT_TYPE_NEW, RowResult.IMPORT_TYPE_UPDATE)
        if changed and kwargs.get("dry_run") and self._shown < SHOWN_CHANGES:
            self._shown += 1
            row_result.diff = self._changes(row_result.original, self._instance)
        row_result.original = None  # one copy of every instance is not kept for the whole file

    def bulk_update(
        self,
        using_transactions: bool,
        dry_run: bool,
        raise_errors: bool,
        batch_size: int | None = None,
        result: Any = None,
    ) -> None:
        if self.update_instances and (using_transactions or not dry_run):
            try:
                self.write_updates(self.update_instances)
            except DatabaseError as error:
                self.handle_import_error(result, error, raise_errors)
        self.update_instances.clear()

    def write_updates(self, instances: list[Any]) -> None:
        names = self._update_fields()
        if names:
            self._meta.model._default_manager.bulk_create(
                instances, update_conflicts=True, unique_fields=["id"], update_fields=names, batch_size=BATCH
            )

    def handle_import_error(self, result: Any, error: Exception, raise_errors: bool = False) -> None:
        if isinstance(error, DatabaseError):
            logger.warning("import of %s refused by the database: %s", self._meta.model._meta.label, error)
            error = UnreadableTable(
                _("The database refused these rows, so nothing was imported: %(reason)s")
                % {"reason": str(error).strip().splitlines()[0][:300]},
                cure=_("Correct the file; if somebody changed the same rows meanwhile, import it once more."),
            )
        super().handle_import_error(result, error, raise_errors)

    def after_import(self, dataset: tablib.Dataset, result: TableResult, **kwargs: Any) -> None:
        """Nothing: no primary keys are given, so no sequence must be reset."""

    def _check_import_id_fields(self, headers: Any) -> None:
        """Done with words of our own in _name_columns."""

    def get_diff_headers(self) -> list[str]:
        return [field.column_name for field in self._shown_fields()]

    def get_row_result_class(self) -> type[RowResult]:
        return _PlainRowResult

    # Out

    def headers(self, selected: Sequence[str] | None = None) -> list[str]:
        return self.get_export_headers(selected)

    def rows_of(self, queryset: QuerySet[Any], selected: Sequence[str] | None = None) -> Iterator[list[Any]]:
        """The rows of the table, a thousand instances in memory at a time."""
        exports = [
            getattr(self, f"dehydrate_{self.get_field_name(field)}", field.export)
            for field in self.get_export_fields(selected)
        ]
        for part in chunks(self.for_export(queryset).iterator(chunk_size=BATCH), BATCH):
            self.attach(part)
            for instance in part:
                yield [export(instance) for export in exports]

    def for_export(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """`queryset` with what the columns need beside the model's own fields."""
        return queryset

    def attach(self, instances: list[Any]) -> None:
        """Give the instances (at most a thousand, for export) what only a query of its own can fetch."""

    # Inside

    def _name_columns(self, dataset: tablib.Dataset) -> list[str]:
        """Set the headers to the names of our columns where they mean one; returns those that mean none."""
        meanings = {}
        for field in self.get_import_fields():
            meanings[field.column_name.casefold()] = field.column_name
            label = self._label(field.attribute)
            if label:
                meanings.setdefault(label.casefold(), field.column_name)
        found = [meanings.get(header.strip().casefold()) for header in dataset.headers]
        known = [name for name in found if name]
        for name in known:
            if known.count(name) > 1:
                raise UnreadableTable(
                    _("Two columns of the file mean “%(name)s”.") % {"name": name},
                    cure=_("Delete one of them."),
                )
        for name in self.key_columns:
            if name not in known and name not in self.optional_keys():
                raise UnreadableTable(
                    _("The file has no column “%(name)s”; it has: %(headers)s.")
                    % {"name": name, "headers": ", ".join(dataset.headers)[:200]},
                    cure=_("Name the columns in the first line. “Export” gives you a file to start from."),
                )
        unknown = [header for header, name in zip(dataset.headers, found, strict=True) if name is None]
        dataset.headers = [name or header for header, name in zip(dataset.headers, found, strict=True)]
        return unknown

    def optional_keys(self) -> frozenset[str]:
        """Parts of the key whose column may be missing; an empty cell is read in its place."""
        return frozenset()

    def _label(self, attribute: str) -> str:
        try:
            return str(self._meta.model._meta.get_field(attribute.removesuffix("_id")).verbose_name)
        except (AttributeError, FieldDoesNotExist):
            return ""

    def _update_fields(self) -> list[str]:
        """The model's fields that the file can change, and the times that change with them."""
        attributes = {
            field.attribute for field in self.get_import_fields() if field.column_name in self._file_columns
        }
        keys = {self.fields[name].attribute for name in self.key_columns}
        concrete = [field for field in self._meta.model._meta.concrete_fields if not field.primary_key]
        return [
            field.name
            for field in concrete
            if (field.attname in attributes and field.attname not in keys)
            or getattr(field, "auto_now", False)
        ]

    def _shown_fields(self) -> list[Any]:
        """The columns that the file has, in our order."""
        return [field for field in self.get_import_fields() if field.column_name in self._file_columns]

    def _changes(self, original: Any, instance: Any) -> list[str]:
        """One cell of HTML per column: the value, or before and after where they differ."""
        cells = []
        for field in self._shown_fields():
            new = _shown(self.export_field(field, instance))
            old = _shown(self.export_field(field, original)) if original is not None else None
            if old is None or old == new:
                cells.append(format_html("{}", new))
            else:
                cells.append(format_html("<del>{}</del> → <ins>{}</ins>", old or "–", new or "–"))
        return cells


def _shown(value: Any) -> str:
    if value is None:
        return ""
    return number_format(f"{value:f}") if isinstance(value, Decimal) else str(value)


def chunks(items: Iterable[Any], size: int) -> Iterator[list[Any]]:
    """Lists of at most `size` items (itertools.batched comes with Python 3.12)."""
    rest = iter(items)
    while part := list(islice(rest, size)):
        yield part
