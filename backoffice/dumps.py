"""The database as one file, and back again: a copy of the SQLite file, or pg_dump's own format.

Loading is all or nothing: on SQLite one renaming, on PostgreSQL one transaction.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import tempfile
from contextlib import closing, suppress
from pathlib import Path
from typing import IO
from urllib.parse import quote

from django.db import connection, connections

from backoffice.lib.errors import KontorError

_CHUNK = 1 << 20
# How the server is reached, in libpq's names of the environment: as an argument everybody could read the password.
_GIVEN = (
    ("PGHOST", "HOST"),
    ("PGPORT", "PORT"),
    ("PGUSER", "USER"),
    ("PGPASSWORD", "PASSWORD"),
    ("PGDATABASE", "NAME"),
)
_OPTIONS = {
    "sslmode": "PGSSLMODE",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
    "sslrootcert": "PGSSLROOTCERT",
    "sslcrl": "PGSSLCRL",
    "channel_binding": "PGCHANNELBINDING",
    "gssencmode": "PGGSSENCMODE",
    "passfile": "PGPASSFILE",
    "service": "PGSERVICE",
    "connect_timeout": "PGCONNECT_TIMEOUT",
    "options": "PGOPTIONS",
}
# Empties our schema, also of what no dump names: the tables of a newer release, whose foreign keys would hold the old
# ones fast. A column's own sequence ('i') goes with its table, what belongs to an extension ('e') stays; so does the
# schema, which may be another's (PostgreSQL before 15).
_EMPTY = """
BEGIN;
SET lock_timeout = '20s';
DO $$
DECLARE command text;
BEGIN
  FOR command IN
    SELECT format('DROP %s IF EXISTS %I.%I CASCADE',
                  CASE c.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE'
                                 WHEN 'f' THEN 'FOREIGN TABLE' ELSE 'TABLE' END,
                  current_schema(), c.relname)
      FROM pg_class c
     WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f')
       AND NOT EXISTS (SELECT FROM pg_depend d
                        WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype IN ('e', 'i'))
    UNION ALL
    SELECT format('DROP ROUTINE IF EXISTS %I.%I(%s) CASCADE',
                  current_schema(), p.proname, pg_get_function_identity_arguments(p.oid))
      FROM pg_proc p
     WHERE p.pronamespace = current_schema()::regnamespace
       AND NOT EXISTS (SELECT FROM pg_depend d
                        WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
    UNION ALL
    SELECT format('DROP TYPE IF EXISTS %I.%I CASCADE', current_schema(), t.typname)
      FROM pg_type t
     WHERE t.typnamespace = current_schema()::regnamespace AND t.typtype IN ('e', 'd')
       AND NOT EXISTS (SELECT FROM pg_depend d
                        WHERE d.classid = 'pg_type'::regclass AND d.objid = t.oid AND d.deptype = 'e')
  LOOP
    EXECUTE command;
  END LOOP;
END $$;
CREATE EXTENSION IF NOT EXISTS pg_trgm;
"""


class BackupError(KontorError):
    """The backup cannot be made or read; message and cure say why."""

    code = "backup"


def dump(target: Path) -> None:
    """The database as of one moment into the file `target`. Raises BackupError in pg_dump's own words."""
    if connection.vendor == "sqlite":
        connection.ensure_connection()
        address = f"file:{quote(_sqlite_path())}?mode=ro"
        with closing(sqlite3.connect(address, uri=True)) as source, closing(sqlite3.connect(target)) as copy:
            source.backup(copy)
        return
    arguments = ["--format=custom", "--no-owner", f"--file={target}"]
    done = subprocess.run(
        [_program("pg_dump"), *arguments], env=_environment(), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise _ended("pg_dump", done.returncode, done.stderr)


def load(source: Path) -> None:
    """Put the file of dump() in place of the database. Raises BackupError; then the database is what it was."""
    schema = _schema()
    connections.close_all()
    if connection.vendor == "sqlite":
        _load_sqlite(source)
    else:
        _load_postgres(source, schema)


def _load_sqlite(source: Path) -> None:
    path = Path(_sqlite_path())
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.restored")
    try:
        shutil.copyfile(source, fresh)
        for leftover in ("-wal", "-shm"):
            path.with_name(path.name + leftover).unlink(missing_ok=True)
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)


def _load_postgres(source: Path, schema: str) -> None:
    """pg_restore writes SQL, psql carries it out in one transaction, and the COMMIT is ours: only after all of it.

    (pg_restore's own --single-transaction cannot be told what to drop before.)
    """
    _require_ours(source, schema)
    choice = [f"--schema={schema}", "--no-owner", "--no-privileges", "--no-comments", "--file=-", str(source)]
    options = ["--no-psqlrc", "--no-password", "--quiet", "--set=ON_ERROR_STOP=1"]
    reader, writer, environment = _program("pg_restore"), _program("psql"), _environment()
    with (
        tempfile.TemporaryFile() as said,
        subprocess.Popen([reader, *choice], env=environment, stdout=subprocess.PIPE, stderr=said) as sql,
        subprocess.Popen(
            [writer, *options], env=environment, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=said
        ) as psql,
    ):
        assert sql.stdout is not None
        assert psql.stdin is not None
        whole = _pour(sql.stdout, psql.stdin) and sql.wait() == 0
        if not whole and sql.poll():
            psql.kill()  # its transaction ends with it
        with suppress(BrokenPipeError):
            psql.stdin.write(b"\nCOMMIT;\n" if whole else b"\nROLLBACK;\n")
            psql.stdin.close()
        if psql.wait() or not whole:
            said.seek(0)
            words = said.read().decode(errors="replace")
            raise _ended("psql" if psql.returncode else "pg_restore", psql.returncode or sql.wait(), words)


def _pour(source: IO[bytes], target: IO[bytes]) -> bool:
    """Whether psql took all of it; it stops at its first error."""
    try:
        target.write(_EMPTY.encode())
        shutil.copyfileobj(source, target, _CHUNK)
        target.flush()
    except BrokenPipeError:
        return False
    return True


def _require_ours(source: Path, schema: str) -> None:
    """Raises BackupError where the dump has nothing for our schema, or pg_restore cannot read it."""
    done = subprocess.run(
        [_program("pg_restore"), "--list", str(source)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise _ended("pg_restore", done.returncode, done.stderr)
    if f" TABLE {schema} django_migrations " not in done.stdout:
        raise BackupError(
            f"The database in this backup has no schema {schema}.",
            cure="Restore it with a DATABASE_URL that leads into the same schema as the one it was made with.",
        )


def _program(name: str) -> str:
    if (path := shutil.which(name)) is None:
        raise BackupError(
            f"{name} is not installed.", cure="Install PostgreSQL's client, on Debian: postgresql-client."
        )
    return path


def _environment() -> dict[str, str]:
    given = connection.settings_dict
    options = given.get("OPTIONS", {})
    return (
        dict(os.environ)
        | {name: str(given[key]) for name, key in _GIVEN if given.get(key)}
        | {name: str(options[key]) for key, name in _OPTIONS.items() if options.get(key)}
    )


def _ended(program: str, code: int, words: str) -> BackupError:
    return BackupError(
        f"{program} ended with {code}; the database is unchanged.",
        cure="Its own words are below. If it waited for a lock, stop web server and workers.",
        detail=words[-2000:],
    )


def _schema() -> str:
    if connection.vendor == "sqlite":
        return ""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_schema()")
        return cursor.fetchone()[0] or "public"


def _sqlite_path() -> str:
    return str(connection.settings_dict["NAME"])
