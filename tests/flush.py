"""Emptying the database after a test that commits: closed documents let go, and what `migrate` leaves put back at once.

Django asks every app anew for its content types, permissions, groups and the tick after each flush, and forgets what
migrations wrote (number series, texts of mails). Both are the same for every test: they are kept once, when the database is
made, and copied back after each flush, so that no test depends on what ran before it.
"""

from __future__ import annotations

from typing import Any

from django.core.management.commands import flush
from django.core.management.sql import emit_post_migrate_signal
from django.db import connections, transaction
from django.db.backends.sqlite3.base import DatabaseOperations as SqliteOperations

_execute_sql_flush = SqliteOperations.execute_sql_flush
# By alias: table -> (columns, rows).
_kept: dict[str, dict[str, tuple[list[str], list[tuple[Any, ...]]]]] = {}


def _flush_without_triggers(self: SqliteOperations, sql_list: list[str]) -> None:
    """Closed documents refuse to be deleted, and a flush deletes row by row on SQLite (PostgreSQL's truncates)."""
    with self.connection.cursor() as cursor:
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        triggers = cursor.fetchall()
        for name, _sql in triggers:
            cursor.execute(f"DROP TRIGGER {name}")
        _execute_sql_flush(self, sql_list)
        for _name, sql in triggers:
            cursor.execute(sql)


def _post_migrate(verbosity: int, interactive: bool, db: str, **kwargs: Any) -> None:
    if db in _kept:
        _put_back(db)
    else:
        emit_post_migrate_signal(verbosity, interactive, db, **kwargs)


def keep() -> None:
    """Remember every row of the just made databases; call it before the first test."""
    for db in connections:
        connection = connections[db]
        found = {}
        with connection.cursor() as cursor:
            for table in connection.introspection.django_table_names(only_existing=True, include_views=False):
                cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
                if rows := cursor.fetchall():
                    found[table] = ([column[0] for column in cursor.description], rows)
        found.pop("django_migrations", None)
        _kept[db] = found


def _put_back(db: str) -> None:
    """In one transaction: references are checked at its end, so the order of the tables does not matter."""
    quote = connections[db].ops.quote_name
    with transaction.atomic(using=db), connections[db].cursor() as cursor:
        for table, (columns, rows) in _kept[db].items():
            row = f"({', '.join(['%s'] * len(columns))})"
            cursor.execute(
                f"INSERT INTO {quote(table)} ({', '.join(map(quote, columns))}) VALUES {', '.join([row] * len(rows))}",
                [value for values in rows for value in values],
            )


def install() -> None:
    SqliteOperations.execute_sql_flush = _flush_without_triggers  # type: ignore[method-assign]
    flush.emit_post_migrate_signal = _post_migrate
