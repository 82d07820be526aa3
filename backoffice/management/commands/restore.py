"""`manage.py restore FILE`: what `manage.py backup` wrote, put back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from backoffice.backup import restore_backup
from backoffice.dumps import BackupError
from orders.services.mails import hold_waiting
from shops.services.restored import switch_off_shops


class Command(BaseCommand):
    help = (
        "Puts database and media back from a file of `manage.py backup`, and brings the database up to this release. "
        "Stop web server and workers first."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--overwrite", action="store_true", help="lose what is in this installation now")
        parser.add_argument(
            "--shops-on",
            action="store_true",
            help="leave the shops switched on; without it they are switched off, so that two Kontors "
            "never write into one shop while a backup is only tried",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            manifest = restore_backup(options["file"], overwrite=options["overwrite"])
        except BackupError as error:
            raise CommandError(f"{error.message} {error.cure}\n{error.detail}".strip()) from error
        self.stdout.write(f"Restored as of {manifest['made_at']}, {manifest['media']} files.")
        if not options["shops_on"]:
            self.stdout.write(
                f"{switch_off_shops()} shop(s) switched off, their calls are registered here no more. Switch them on and "
                "register their calls (Health) when this is the Kontor that works."
            )
        if mails := hold_waiting():
            self.stdout.write(
                f"{mails} waiting e-mail(s) with documents set to not sent; send them again if need be."
            )
