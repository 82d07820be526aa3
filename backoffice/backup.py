"""Everything that belongs together in one file: the database as of one moment, the media, and what fits to what.

A backup is a tar file: `manifest.json`, `database` (a copy of the SQLite file, or pg_dump's own format) and `media/…`.
The keys (CREDENTIAL_KEYS) are not in it: without them the shops' logins in it cannot be read, and with them they can.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from backoffice.dumps import BackupError, dump, load

FORMAT = 1
CHUNK = 1 << 20


def make_backup(target: Path) -> dict[str, Any]:
    """Write the backup to `target` (under a temporary name first). Returns the manifest.

    Kontor may go on working: the database is copied as of one moment, files of media are never changed once written.
    """
    part = target.with_name(f".{target.name}.part")
    try:
        with tempfile.TemporaryDirectory(prefix="kontor-backup-") as folder, _new(part) as tar:
            database = Path(folder) / "database"
            dump(database)
            manifest = {
                "format": FORMAT,
                "made_at": timezone.now().isoformat(),
                "database": connection.vendor,
                "sha256": _checksum(database),
                "migrations": _applied(),
                "media": 0,
            }
            tar.add(database, "database")
            manifest["media"] = _add_media(tar)
            _add_bytes(tar, "manifest.json", json.dumps(manifest, indent=1).encode())
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return manifest


def restore_backup(source: Path, *, overwrite: bool = False) -> dict[str, Any]:
    """Put database and media back from `source`, then bring the database up to this release. Returns the manifest.

    Everything is checked before anything is written. Raises BackupError: no backup, damaged, of the other kind of
    database, of a newer release, or (without `overwrite`) there are data here already.
    """
    with tempfile.TemporaryDirectory(prefix="kontor-restore-") as folder:
        room = Path(folder)
        manifest = _unpack(source, room)
        _check(manifest, room / "database")
        if not overwrite and _has_data():
            raise BackupError(
                "There are data in this installation already.",
                cure="Restore into an empty one, or say --overwrite to lose what is here now.",
            )
        load(room / "database")
        _place_media(room / "media")
    call_command("migrate", verbosity=0, interactive=False)
    return manifest


# Making


@contextmanager
def _new(path: Path) -> Iterator[tarfile.TarFile]:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)  # it holds customers
    with os.fdopen(descriptor, "wb") as file, tarfile.open(fileobj=file, mode="w") as tar:
        yield tar


def _add_media(tar: tarfile.TarFile) -> int:
    root, number = Path(settings.MEDIA_ROOT), 0
    for path in sorted(root.rglob("*")) if root.is_dir() else ():
        if path.is_file() and not path.is_symlink():
            tar.add(path, f"media/{path.relative_to(root).as_posix()}", recursive=False)
            number += 1
    return number


def _add_bytes(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(content), 0o600
    tar.addfile(entry, io.BytesIO(content))


def _applied() -> list[str]:
    return sorted(f"{app}.{name}" for app, name in MigrationRecorder(connection).applied_migrations())


def _checksum(path: Path) -> str:
    found = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            found.update(chunk)
    return found.hexdigest()


# Restoring


def _unpack(source: Path, room: Path) -> dict[str, Any]:
    try:
        with tarfile.open(source, "r:") as tar:
            tar.extractall(room, filter="data")  # refuses what would leave the folder
        manifest = json.loads((room / "manifest.json").read_text())
        if not isinstance(manifest, dict) or manifest["format"] != FORMAT:
            raise KeyError("format")
    except (tarfile.TarError, OSError, ValueError, KeyError) as error:
        raise BackupError(
            f"{source.name} is no backup of Kontor, or it is damaged.",
            cure="Choose a file that `manage.py backup` wrote.",
            detail=str(error),
        ) from error
    return manifest


def _check(manifest: dict[str, Any], database: Path) -> None:
    if not database.is_file() or _checksum(database) != manifest.get("sha256"):
        raise BackupError("The database in this backup is damaged.", cure="Take an older backup.")
    if manifest.get("database") != connection.vendor:
        raise BackupError(
            f"This backup is of {manifest.get('database')}, and DATABASE_URL names {connection.vendor}.",
            cure="Restore it into the same kind of database.",
        )
    known = {f"{app}.{name}" for app, name in MigrationLoader(None).disk_migrations}
    newer = sorted(set(manifest.get("migrations", ())) - known)
    if newer:
        raise BackupError(
            f"This backup was made by a newer release ({newer[0]}).",
            cure="Update Kontor first, then restore.",
        )


def _has_data() -> bool:
    tables = connection.introspection.table_names()
    if "inventory_article" not in tables:
        return False
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS(SELECT 1 FROM inventory_article)")
        articles = cursor.fetchone()[0]
        cursor.execute("SELECT EXISTS(SELECT 1 FROM orders_order)")
        return bool(articles or cursor.fetchone()[0])


def _place_media(folder: Path) -> None:
    """What is there under the same name is replaced; other files stay."""
    root = Path(settings.MEDIA_ROOT)
    for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
        if path.is_file():
            target = root / path.relative_to(folder)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
