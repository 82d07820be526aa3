"""Papers that never change once they are closed: triggers, so that no code, no shell and no other program can do it
(STYLE.md: a promise is a constraint in the database). Used by orders.immutable and inventory.immutable.

A paper is a row with `state` ("closed" = for good) and lines that point to it by `document_id`. References to rows that are
deleted elsewhere (a user, an article) may become empty; what a paper says is in columns of its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.apps import AppConfig
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.signals import post_migrate, pre_migrate


@dataclass(frozen=True, slots=True)
class Papers:
    """One kind of papers: the table of the papers and the one of their lines.

    name: begins the names of triggers and functions. refusal: what the database says, in English (its log).
    once: columns of a paper that may still be set when it is closed, one time. emptied: those that may become NULL.
    """

    name: str
    table: str
    lines: str
    refusal: str
    once: tuple[str, ...] = ()
    emptied: tuple[str, ...] = ()
    lines_emptied: tuple[str, ...] = ()

    @property
    def triggers(self) -> dict[str, tuple[str, ...]]:
        return {
            self.table: tuple(f"{self.name}_closed_{verb}" for verb in ("update", "delete")),
            self.lines: tuple(f"{self.name}_line_closed_{verb}" for verb in ("update", "delete", "insert")),
        }


def protect(connection: BaseDatabaseWrapper, papers: Iterable[Papers]) -> None:
    """Make the triggers, as a step of a migration. On SQLite they are made when all migrations are through (`keep`)."""
    if connection.vendor == "postgresql":
        for one in papers:
            unprotect(connection, [one])
            _execute(connection, _postgresql(one))


def unprotect(connection: BaseDatabaseWrapper, papers: Iterable[Papers]) -> None:
    with connection.cursor() as cursor:
        for one in papers:
            for table, names in one.triggers.items():
                for name in names:
                    where = f" ON {table}" if connection.vendor == "postgresql" else ""
                    cursor.execute(f"DROP TRIGGER IF EXISTS {name}{where}")


def keep(app: AppConfig, papers: tuple[Papers, ...]) -> None:
    """SQLite changes a column by rebuilding its table, which triggers that name it forbid, and which loses them: so they
    are lifted before every migrate and renewed after it. Call from AppConfig.ready."""

    def lift(using: str = DEFAULT_DB_ALIAS, **_kwargs: Any) -> None:
        if connections[using].vendor == "sqlite":
            unprotect(connections[using], papers)

    def renew(using: str = DEFAULT_DB_ALIAS, **_kwargs: Any) -> None:
        connection = connections[using]
        if connection.vendor != "sqlite":
            return
        with connection.cursor() as cursor:
            there = set(connection.introspection.table_names(cursor))
        for one in papers:
            if {one.table, one.lines} <= there:
                unprotect(connection, [one])
                _execute(connection, _sqlite(connection, one))

    pre_migrate.connect(lift, sender=app, weak=False, dispatch_uid=f"{app.name}.immutable")
    post_migrate.connect(renew, sender=app, weak=False, dispatch_uid=f"{app.name}.immutable")


def _execute(connection: BaseDatabaseWrapper, statements: list[str]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def _sqlite(connection: BaseDatabaseWrapper, papers: Papers) -> list[str]:
    """SQLite compares column by column, so the triggers name all there are."""
    with connection.cursor() as cursor:
        columns = {
            table: [column.name for column in connection.introspection.get_table_description(cursor, table)]
            for table in papers.triggers
        }
    name, table, lines = papers.name, papers.table, papers.lines
    refuse = f"BEGIN SELECT RAISE(ABORT, '{papers.refusal}'); END"
    closed = f"EXISTS (SELECT 1 FROM {table} WHERE state = 'closed' AND id IN ({{}}))"  # noqa: S608 - our own names
    changed = _changed(columns[table], papers.once, papers.emptied)
    line_changed = _changed(columns[lines], (), papers.lines_emptied)
    return [
        f"CREATE TRIGGER {name}_closed_update BEFORE UPDATE ON {table}"
        f" WHEN OLD.state = 'closed' AND ({changed}) {refuse}",
        f"CREATE TRIGGER {name}_closed_delete BEFORE DELETE ON {table} WHEN OLD.state = 'closed' {refuse}",
        f"CREATE TRIGGER {name}_line_closed_update BEFORE UPDATE ON {lines}"
        f" WHEN {closed.format('OLD.document_id, NEW.document_id')} AND ({line_changed}) {refuse}",
        f"CREATE TRIGGER {name}_line_closed_delete BEFORE DELETE ON {lines}"
        f" WHEN {closed.format('OLD.document_id')} {refuse}",
        f"CREATE TRIGGER {name}_line_closed_insert BEFORE INSERT ON {lines}"
        f" WHEN {closed.format('NEW.document_id')} {refuse}",
    ]


def _changed(columns: list[str], once: tuple[str, ...], emptied: tuple[str, ...]) -> str:
    conditions = []
    for name in columns:
        differs = f'OLD."{name}" IS NOT NEW."{name}"'
        if name in once:
            differs = f"(OLD.\"{name}\" <> '' AND {differs})"
        elif name in emptied:
            differs = f'(NEW."{name}" IS NOT NULL AND {differs})'
        conditions.append(differs)
    return " OR ".join(conditions)


def _postgresql(papers: Papers) -> list[str]:
    name, table, lines = papers.name, papers.table, papers.lines
    refuse = f"RAISE EXCEPTION '{papers.refusal}' USING ERRCODE = 'integrity_constraint_violation';"
    return [
        f"""
        CREATE OR REPLACE FUNCTION {name}_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE free text[] := {_array((*papers.once, *papers.emptied))};
        BEGIN
            IF OLD.state <> 'closed' THEN
                RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
            END IF;
            IF TG_OP = 'DELETE' THEN {refuse} END IF;
            IF to_jsonb(NEW) - free IS DISTINCT FROM to_jsonb(OLD) - free OR {_reset(papers.once)}
                OR {_refilled(papers.emptied)} THEN {refuse} END IF;
            RETURN NEW;
        END $$""",
        f"""
        CREATE OR REPLACE FUNCTION {name}_line_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE free text[] := {_array(papers.lines_emptied)};
        BEGIN
            IF TG_OP <> 'INSERT' AND EXISTS (
                SELECT 1 FROM {table} WHERE state = 'closed' AND id = OLD.document_id
            ) THEN
                IF TG_OP = 'DELETE' THEN {refuse} END IF;
                IF to_jsonb(NEW) - free IS DISTINCT FROM to_jsonb(OLD) - free
                    OR {_refilled(papers.lines_emptied)} THEN {refuse} END IF;
            ELSIF TG_OP <> 'DELETE' AND EXISTS (
                SELECT 1 FROM {table} WHERE state = 'closed' AND id = NEW.document_id
            ) THEN {refuse} END IF;
            RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
        END $$""",  # noqa: S608 - our own names
        *(
            f"CREATE TRIGGER {name}_closed_{verb.lower()} BEFORE {verb} ON {table}"
            f" FOR EACH ROW EXECUTE FUNCTION {name}_refuse_change()"
            for verb in ("UPDATE", "DELETE")
        ),
        *(
            f"CREATE TRIGGER {name}_line_closed_{verb.lower()} BEFORE {verb} ON {lines}"
            f" FOR EACH ROW EXECUTE FUNCTION {name}_line_refuse_change()"
            for verb in ("UPDATE", "DELETE", "INSERT")
        ),
    ]


def _array(names: tuple[str, ...]) -> str:
    return "ARRAY[" + ", ".join(f"'{name}'" for name in names) + "]::text[]"


def _reset(names: tuple[str, ...]) -> str:
    parts = (f"(OLD.{name} <> '' AND NEW.{name} IS DISTINCT FROM OLD.{name})" for name in names)
    return " OR ".join(parts) or "FALSE"


def _refilled(names: tuple[str, ...]) -> str:
    parts = (f"(NEW.{name} IS NOT NULL AND NEW.{name} IS DISTINCT FROM OLD.{name})" for name in names)
    return " OR ".join(parts) or "FALSE"
