"""`manage.py prepare`: what start.py does before it starts the processes, in one process of its own."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand

ADMINISTRATOR = "admin"
# No characters that look alike: somebody will type it.
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


class Command(BaseCommand):
    help = (
        "Brings the database and the static files up to date, makes the folders that Kontor writes to, and "
        "makes the first administrator if nobody can log in. "
        'Prints one line of JSON: {"administrator": name, "password": text or "", "demo": whether there is demo data}.'
    )

    # Some of the checks ask the database, which may be empty still.
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        keep_to_owner(settings.DATABASES["default"])
        # The services may write to them, but not make them (deploy/systemd).
        for folder in (settings.MEDIA_ROOT, settings.EXCHANGE_ROOT):
            Path(folder).mkdir(parents=True, exist_ok=True)
        call_command("migrate", verbosity=0, interactive=False)
        call_command("collectstatic", verbosity=0, interactive=False)
        users = get_user_model()._default_manager
        password = ""
        if not users.filter(is_active=True).exists():
            password = "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(4))
            users.create_superuser(ADMINISTRATOR, "", password)  # type: ignore[attr-defined]
        ready = {"administrator": ADMINISTRATOR, "password": password, "demo": "demo" in get_commands()}
        self.stdout.write(json.dumps(ready))


def keep_to_owner(database: dict[str, Any]) -> None:
    """SQLite's file, made if it is not there, is readable by its owner only; what lies beside it (-wal, -shm) follows."""
    if not database["ENGINE"].endswith("sqlite3") or ":memory:" in str(database["NAME"]):
        return
    with contextlib.suppress(PermissionError):  # another user's: his to close
        os.close(os.open(database["NAME"], os.O_WRONLY | os.O_CREAT, 0o600))
        for end in ("", "-wal", "-shm"):
            with contextlib.suppress(FileNotFoundError):
                os.chmod(f"{database['NAME']}{end}", 0o600)
