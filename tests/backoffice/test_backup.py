"""Backup and restore, with a database of their own: what comes back is what was there."""

from __future__ import annotations

import io
import os
import shutil
import sqlite3
import subprocess
import sys
import tarfile
import uuid
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
            cwd=PROJECT, env=self.environment, input=given, capture_output=True, text=True, timeout=120, check=False,
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
            found[0].manage("migrate", "-v0")
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
