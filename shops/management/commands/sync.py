"""Start a job of a shop from the command line: `manage.py sync lipa --job export_stock`."""

from __future__ import annotations

import os
import shutil
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.lib.errors import Conflict
from shops.elements import ELEMENT_TYPES
from shops.files.writers import WRITERS
from shops.management.commands._base import BAD_ARGUMENTS, FAILED, OK, PARTLY, ShopCommand
from shops.management.commands._watch import RunWatcher
from shops.models import ExportFile, Run, Step
from shops.services.runs import FILE_JOBS, start_run, work_run

_EXIT_CODES = {Run.State.DONE: OK, Run.State.PARTLY: PARTLY}
_COUNTERS = ("read", "linked", "here", "shop", "failed", "equal")


# A plan is carried out or taken back from its page, where a person has looked at it.
STARTABLE = [job for job in Run.Job.values if job not in (Run.Job.APPLY, Run.Job.UNDO)]


class Command(ShopCommand):
    help = (
        "Synchronise a shop, or do one of its other jobs, and show the progress. Ctrl-C asks the run to stop after "
        "its present batch.\nEnds with 0 when all was done, 1 when it was done with exceptions, 2 when it failed, was "
        "refused or was stopped, 3 for bad arguments."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("shop", help="The shop's code.")
        parser.add_argument("--job", choices=STARTABLE, default=Run.Job.SYNC.value)
        parser.add_argument(
            "--preview", action="store_true", help="Plan everything, write nothing on either side."
        )
        parser.add_argument(
            "--to-file",
            metavar="FORMATS",
            help="Write an export to files instead of to the web: xml, csv, xlsx, several with commas.",
        )
        parser.add_argument("--output", metavar="DIR", help="Copy the files into this folder as well.")
        parser.add_argument(
            "--since",
            metavar="ISO",
            help="For import_orders: orders changed since then, e.g. 2026-11-01T00:00.",
        )
        parser.add_argument(
            "--wait", action="store_true", default=True, help="Work in this process (the default)."
        )
        parser.add_argument(
            "--no-wait",
            action="store_false",
            dest="wait",
            help="Leave the work to the workers and end at once.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        mode, run_options = self._what(options)
        shop = self.shop(options["shop"])
        try:
            run = start_run(shop, options["job"], mode=mode, trigger=Run.Trigger.COMMAND, options=run_options)
        except Conflict as error:
            if error.key != "overwrite_not_confirmed":
                raise
            self.fail(
                error.message,
                FAILED,
                cure=_("Confirm it with: manage.py shop_rules %(code)s --confirm-overwrite")
                % {"code": shop.code},
                error_code=error.code,
            )
        self.say(
            _("Run %(id)d: %(job)s, %(shop)s")
            % {"id": run.pk, "job": run.get_job_display(), "shop": shop.name}
        )
        if not options["wait"]:
            self.say(_("A worker will do it. Its progress stands on the page of the run."))
            self.end(OK, run=run.pk, state=run.state)
        lines = self.say if options["verbosity"] else lambda _line: None
        try:
            with RunWatcher(run, lines):
                run = work_run(run.pk)
        except KeyboardInterrupt:
            self.fail(
                _("Left run %(id)d while it was at work.") % {"id": run.pk},
                FAILED,
                cure=_("A worker stops it within some minutes, and its page shows what was done."),
            )
        self._finish(run, Path(options["output"]) if options["output"] else None)

    def _what(self, options: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """(mode, options of the run); ends with BAD_ARGUMENTS for what does not go together."""
        if options["to_file"] is not None:
            if options["preview"]:
                self.fail(
                    _("--preview and --to-file exclude each other: a file changes nothing."), BAD_ARGUMENTS
                )
            if options["job"] not in FILE_JOBS:
                self.fail(
                    _("The job %(job)s cannot be written to a file.") % {"job": options["job"]},
                    BAD_ARGUMENTS,
                    cure=_("Choose one of: %(jobs)s.") % {"jobs": ", ".join(FILE_JOBS)},
                )
            formats = [name.strip() for name in options["to_file"].split(",") if name.strip()]
            if not formats or set(formats) - set(WRITERS):
                self.fail(
                    _("“%(formats)s” is not a list of file formats.") % {"formats": options["to_file"]},
                    BAD_ARGUMENTS,
                    cure=_("There are: %(names)s.") % {"names": ", ".join(WRITERS)},
                )
            return Run.Mode.FILE, {"formats": formats}
        if options["output"]:
            self.fail(_("--output needs --to-file."), BAD_ARGUMENTS)
        run_options = {"since": self._since(options)} if options["since"] else {}
        return Run.Mode.PREVIEW if options["preview"] else Run.Mode.WEB, run_options

    def _since(self, options: dict[str, Any]) -> str:
        if options["job"] != Run.Job.IMPORT_ORDERS:
            self.fail(_("--since is for the job import_orders only."), BAD_ARGUMENTS)
        try:
            moment = datetime.fromisoformat(options["since"])
        except ValueError:
            self.fail(
                _("“%(text)s” is not a time.") % {"text": options["since"]},
                BAD_ARGUMENTS,
                cure=_("Write it like 2026-11-01 or 2026-11-01T08:30."),
            )
        return (timezone.make_aware(moment) if timezone.is_naive(moment) else moment).isoformat()

    def _finish(self, run: Run, output: Path | None) -> None:
        steps = list(run.steps.order_by("position"))
        files = list(run.files.order_by("pk"))
        if any(getattr(step, name) for step in steps for name in _COUNTERS):
            self.say("")
            self.say(_table(steps))
        copied = {file.name: _copied(file, output) for file in files} if output else {}
        for file in files:
            self.say(
                _("%(file)s: %(rows)d rows, %(size)d bytes")
                % {"file": copied.get(file.name, file.name), "rows": file.rows, "size": file.size}
            )
        self.say(f"{run.get_state_display()}: {run.message} {run.cure}".strip())
        self.end(
            _EXIT_CODES.get(Run.State(run.state), FAILED),
            run=run.pk,
            state=run.state,
            message=run.message,
            cure=run.cure,
            requests=run.requests,
            steps=[_step(step) for step in steps],
            changes=run.changes.count(),
            files=[
                {
                    "name": file.name,
                    "path": copied.get(file.name),
                    "rows": file.rows,
                    "size": file.size,
                    "sha256": file.checksum,
                }
                for file in files
            ],
        )


def _copied(file: ExportFile, folder: Path) -> str:
    """Copy the file into the folder, under its own name only when it is complete; the path."""
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / file.name
    part = target.with_name(f".{file.name}.part")
    with file.file.storage.open(str(file.file.name)) as source, part.open("wb") as copy:
        shutil.copyfileobj(source, copy)
    os.replace(part, target)
    return str(target)


def _step(step: Step) -> dict[str, Any]:
    counters = {name: getattr(step, name) for name in _COUNTERS}
    return {"kind": step.kind, "state": step.state, "message": step.message, "cure": step.cure, **counters}


def _table(steps: list[Step]) -> str:
    titles = [str(Step._meta.get_field(name).verbose_name) for name in _COUNTERS]  # type: ignore[union-attr]
    widths = [max(8, len(title) + 2) for title in titles]
    lines = [" " * 20 + "".join(title.rjust(width) for title, width in zip(titles, widths, strict=True))]
    for step in steps:
        cells = [str(getattr(step, name)).rjust(width) for name, width in zip(_COUNTERS, widths, strict=True)]
        lines.append(f"{str(ELEMENT_TYPES[step.kind].label)[:20]:<20}" + "".join(cells))
    return "\n".join(lines)
