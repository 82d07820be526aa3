"""Backup and restore, with a database of their own: what comes back is what was there."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tarfile
import uuid
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest
from django.db import connection

PROJECT = Path(__file__).resolve().parents[2]

FILL = """
from inventory.models import *
from shops.models import Shop
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
article = Article.objects.create(sku="MUG-1", name="Čaša ő")
warehouse = Warehouse.objects.create(code="LJ", name="Ljubljana")
from inventory.services.stock import move
move([(article.pk, warehouse.pk, 7)], kind="opening", cause="")
Shop.objects.create(name="Lipa", code="lipa", platform="woocommerce", address="https://x.example", credentials={"k": "v"})
default_storage.save("articles/mug.png", ContentFile(b"picture"))
"""
READ = """
from inventory.models import *
from shops.models import Shop
from django.core.files.storage import default_storage
print(Article.objects.get().name, StockLevel.objects.get().on_hand, Shop.objects.get().credentials["k"], Shop.objects.get().active, default_storage.open("articles/mug.png").read())
"""
NEWER = """
from django.db import connection
with connection.cursor() as cursor:
    cursor.execute("CREATE TABLE inventory_newer (id integer PRIMARY KEY, article_id bigint REFERENCES inventory_article (id))")
    cursor.execute("CREATE VIEW inventory_newest AS SELECT sku FROM inventory_article")
"""
SCHEMA = """
from django.db import connection
with connection.cursor() as cursor:
    cursor.execute(
        "SELECT type, name FROM sqlite_master ORDER BY 1, 2" if connection.vendor == "sqlite" else
        "SELECT 'constraint', conname FROM pg_constraint UNION ALL SELECT relkind::text, relname FROM pg_class "
        "WHERE relnamespace = 'public'::regnamespace UNION ALL SELECT 'routine', proname FROM pg_proc "
        "WHERE pronamespace = 'public'::regnamespace UNION ALL SELECT 'trigger', tgname FROM pg_trigger "
        "WHERE NOT tgisinternal ORDER BY 1, 2"
    )
    print(cursor.fetchall())
"""


class Place:
    """One installation: a database, a media folder."""

    def __init__(self, folder: Path, url: str) -> None:
        folder.mkdir()
        self.environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "DATABASE_URL": url,
            "MEDIA_ROOT": str(folder / "media"),
            "PYTHONPATH": str(PROJECT),
        }
        self.environment.pop("KONTOR_TEST_DB", None)

    def manage(self, *arguments: str, given: str = "", fails: bool = False) -> str:
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=PROJECT, env=self.environment, input=given, capture_output=True, text=True, timeout=600, check=False,
        )  # fmt: skip
        assert (done.returncode != 0) == fails, done.stdout + done.stderr
        return done.stdout + done.stderr

    def shell(self, code: str) -> str:
        return self.manage("shell", "--no-imports", "-v0", given=code).strip()


@pytest.fixture
def places(tmp_path, db):
    """Two installations of this run's kind of database: one migrated, one with nothing at all."""
    given = connection.settings_dict
    if connection.vendor == "sqlite":
        yield _sqlite_places(tmp_path, Path(given["NAME"]))
        return
    if shutil.which("pg_dump") is None:
        pytest.skip("PostgreSQL's client programs are not installed")
    names = [f"kontor_backup_{uuid.uuid4().hex[:12]}" for _ in range(2)]
    base = f"postgres://{given['USER']}:{given['PASSWORD']}@{given['HOST']}:{given['PORT']}"
    server = psycopg2.connect(f"{base}/postgres")
    server.autocommit = True
    with server.cursor() as cursor:
        for name in names:
            cursor.execute(f"CREATE DATABASE {name}")
        try:
            found = [Place(tmp_path / name, f"{base}/{name}") for name in names]
            copied = subprocess.run(
                f"pg_dump --no-owner {base}/{given['NAME']} | psql --quiet --set=ON_ERROR_STOP=1 {base}/{names[0]}",
                shell=True, capture_output=True, text=True, check=False,
            )  # fmt: skip
            assert copied.returncode == 0, copied.stderr
            yield found
        finally:
            for name in names:
                cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")
            server.close()


def _sqlite_places(folder: Path, migrated: Path) -> list[Place]:
    found = [
        Place(folder / name, f"sqlite:///{folder / name / 'db.sqlite3'}") for name in ("first", "second")
    ]
    target = folder / "first" / "db.sqlite3"
    with closing(sqlite3.connect(migrated)) as source, closing(sqlite3.connect(target)) as copy:
        source.backup(copy)
    return found


def changed(source: Path, target: Path, **parts: Callable[[bytes], bytes]) -> Path:
    """The backup again with other contents of these members ("database", "manifest.json" as manifest)."""
    with tarfile.open(source) as tar, tarfile.open(target, "w") as copy:
        for member in tar.getmembers():
            file = tar.extractfile(member)
            assert file is not None
            content = file.read()
            change = parts.get(member.name.removesuffix(".json").replace("/", "_"))
            content = change(content) if change else content
            member.size = len(content)
            copy.addfile(member, io.BytesIO(content))
    return target


def with_half_a_database(source: Path, target: Path) -> Path:
    """As if it had been cut off before its checksum was made: its list of contents is whole, its rows are not."""
    halves: list[bytes] = []

    def cut(content: bytes) -> bytes:
        halves.append(content[: len(content) * 2 // 3])
        return halves[0]

    def sign(content: bytes) -> bytes:
        return json.dumps(json.loads(content) | {"sha256": hashlib.sha256(halves[0]).hexdigest()}).encode()

    return changed(source, target, database=cut, manifest=sign)


def test_what_comes_back_is_what_was_there(places, tmp_path):
    first, second = places
    first.shell(FILL)
    file = tmp_path / "backup.tar"
    assert "1 files" in first.manage("backup", str(file))
    assert file.stat().st_mode & 0o077 == 0
    assert "exists already" in first.manage("backup", str(file), fails=True)
    said = second.manage("restore", str(file))
    assert "1 shop(s) switched off" in said
    assert second.shell(READ) == "Čaša ő 7.000 v False b'picture'"
    assert "There are data" in second.manage("restore", str(file), fails=True)
    second.manage("restore", str(file), "--overwrite", "--shops-on")
    assert second.shell(READ) == "Čaša ő 7.000 v True b'picture'"


def test_a_damaged_or_hostile_file_changes_nothing(places, tmp_path):
    first, _second = places
    first.shell(FILL)
    good = tmp_path / "good.tar"
    first.manage("backup", str(good))
    damaged = tmp_path / "damaged.tar"
    content = bytearray(good.read_bytes())
    content[3000] ^= 255
    damaged.write_bytes(content)
    assert "damaged" in first.manage("restore", "--overwrite", str(damaged), fails=True)
    (tmp_path / "text.tar").write_text("no tar at all")
    assert "no backup" in first.manage("restore", "--overwrite", str(tmp_path / "text.tar"), fails=True)
    hostile = tmp_path / "hostile.tar"
    with tarfile.open(hostile, "w") as tar:
        entry = tarfile.TarInfo("../outside")
        entry.size = 1
        tar.addfile(entry, io.BytesIO(b"x"))
    assert "no backup" in first.manage("restore", "--overwrite", str(hostile), fails=True)
    assert not (tmp_path.parent / "outside").exists()
    assert first.shell(READ).startswith("Čaša ő 7.000 v True")


def test_going_back_to_before_an_update_takes_the_new_tables_away(places, tmp_path):
    """A newer release has tables that no older dump names, with foreign keys into the old ones."""
    first, _second = places
    first.shell(FILL)
    file = tmp_path / "backup.tar"
    first.manage("backup", str(file))
    before = first.shell(SCHEMA)
    first.shell(NEWER)
    assert first.shell(SCHEMA) != before
    first.manage("restore", "--overwrite", "--shops-on", str(file))
    assert first.shell(READ) == "Čaša ő 7.000 v True b'picture'"
    assert first.shell(SCHEMA) == before


def test_a_load_that_fails_leaves_everything_as_it_was(places, tmp_path):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite's file is replaced by one renaming")
    first, _second = places
    first.shell(FILL)
    file = tmp_path / "backup.tar"
    first.manage("backup", str(file))
    first.shell("from inventory.models import Article; Article.objects.update(name='later')")
    before = first.shell(SCHEMA)
    half = with_half_a_database(file, tmp_path / "half.tar")
    said = first.manage("restore", "--overwrite", str(half), fails=True)
    assert "the database is unchanged" in said
    assert first.shell(SCHEMA) == before
    assert first.shell(READ).startswith("later 7.000 v True")
