"""What `manage.py prepare` does to the database's file."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from backoffice.management.commands.prepare import keep_to_owner

SQLITE = "django.db.backends.sqlite3"


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("there", [True, False])
def test_the_file_of_sqlite_is_for_its_owner_only(there, tmp_path):
    path, wal = tmp_path / "kontor.sqlite3", tmp_path / "kontor.sqlite3-wal"
    if there:
        path.write_bytes(b"kept")
        for one in (path, wal):
            one.touch()
            one.chmod(0o644)
    keep_to_owner({"ENGINE": SQLITE, "NAME": path})
    assert mode(path) == 0o600
    if there:
        assert (path.read_bytes(), mode(wal)) == (b"kept", 0o600)


def test_postgresql_has_no_file(tmp_path):
    keep_to_owner({"ENGINE": "django.db.backends.postgresql", "NAME": str(tmp_path / "kontor")})
    assert list(tmp_path.iterdir()) == []
