"""Databases for one suite each, thrown away afterwards: a SQLite file, and one on a local PostgreSQL if it answers."""

from __future__ import annotations

import getpass
import os
import tempfile
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit, urlunsplit

import psycopg2
from psycopg2 import sql


def databases(wanted: Sequence[str]) -> Iterator[tuple[str, str]]:
    """(label, DATABASE_URL) of each empty database; it is dropped when the next one is asked for."""
    if "sqlite" in wanted:
        with tempfile.TemporaryDirectory(prefix="kontor-bench-") as folder:
            yield "SQLite", f"sqlite:///{folder}/bench.sqlite3"
    if "postgres" in wanted:
        yield from _postgres()


def _postgres() -> Iterator[tuple[str, str]]:
    """BENCH_POSTGRES_URL names another server, or a login that may create databases."""
    server = os.environ.get("BENCH_POSTGRES_URL", f"postgres://{getpass.getuser()}@127.0.0.1:5432/postgres")
    try:
        connection = psycopg2.connect(server, connect_timeout=3)
    except psycopg2.OperationalError as error:
        print(f"\n(PostgreSQL left out: {str(error).strip().splitlines()[0]})")
        return
    connection.autocommit = True
    name = f"kontor_bench_{os.getpid()}"
    identifier = sql.Identifier(name)
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(identifier))
        cursor.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'").format(identifier))
    try:
        yield "PostgreSQL", urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
    finally:
        with connection.cursor() as cursor:
            cursor.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(identifier))
        connection.close()
