"""`manage.py backup FILE`: database and media in one file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from backoffice.backup import make_backup
from backoffice.dumps import BackupError


class Command(BaseCommand):
    help = (
        "Writes the database, as of one moment, and the media into one tar file. Kontor may go on working meanwhile. "
        "Keep CREDENTIAL_KEYS (.env) in another safe place: they are not in it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="a folder gets a file named after the day and time")

    def handle(self, *args: Any, **options: Any) -> None:
        target: Path = options["file"]
        if target.is_dir():
            target /= f"kontor-{timezone.localtime():%Y-%m-%d-%H%M%S}.tar"
        if target.exists():
            raise CommandError(f"{target} exists already; nothing was written.")
        try:
            manifest = make_backup(target)
        except BackupError as error:
            raise CommandError(f"{error.message} {error.cure}\n{error.detail}".strip()) from error
        size = target.stat().st_size / 1e6
        self.stdout.write(f"{target}: {manifest['database']}, {manifest['media']} files, {size:.1f} MB.")
