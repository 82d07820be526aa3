"""`manage.py prepare`: what start.py does before it starts the processes, in one process of its own."""

from __future__ import annotations

import json
import secrets
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand

ADMINISTRATOR = "admin"
# No characters that look alike: somebody will type it.
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


class Command(BaseCommand):
    help = (
        "Brings the database and the static files up to date, and makes the first administrator if nobody can log in. "
        'Prints one line of JSON: {"administrator": name, "password": text or "", "demo": whether there is demo data}.'
    )

    # Some of the checks ask the database, which may be empty still.
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("migrate", verbosity=0, interactive=False)
        call_command("collectstatic", verbosity=0, interactive=False)
        users = get_user_model()._default_manager
        password = ""
        if not users.filter(is_active=True).exists():
            password = "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(4))
            users.create_superuser(ADMINISTRATOR, "", password)  # type: ignore[attr-defined]
        ready = {"administrator": ADMINISTRATOR, "password": password, "demo": "demo" in get_commands()}
        self.stdout.write(json.dumps(ready))
