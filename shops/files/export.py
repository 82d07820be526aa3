"""Writing a run's files (E5), so that the run may be cut at any line.

A file is written under a temporary name on this host, moved to the storage when it is complete, and becomes an
ExportFile in one transaction with the run's progress. A slice that is cut begins the present file anew and keeps the
files that are complete. Nothing that another host needs is kept here.
"""

from __future__ import annotations

import hashlib
import logging
import os
import secrets
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import BinaryIO, cast

from django.conf import settings
from django.core.cache import cache
from django.core.files import File
from django.core.files.storage import Storage
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import ngettext

from backoffice.lib.points import passing
from shops.files.rows import Section, file_meta, sections_of
from shops.files.writers import WRITERS, Writer, open_writer
from shops.models import ExportFile, Run, RunMessage, Step

logger = logging.getLogger(__name__)

DEFAULT_FORMATS = ("xlsx",)
_TEMPORARY_PREFIX = "kontor-export-"
_A_DAY_S = 86_400


class Stopped(Exception):
    """Somebody asked the run to stop in the middle of a file."""


@dataclass(frozen=True, slots=True)
class PlannedFile:
    name: str
    extension: str
    sections: tuple[Section, ...]


def export_slice(run: Run, should_stop: Callable[[], bool]) -> bool:
    """Write the run's files; True when all of them are there.

    should_stop: is called between files and after every chunk of at most 1,000 rows (a fraction of a second), and may
    renew the run's lease there. Yes between two files ends the slice: this returns False and the next call goes on.
    In the middle of a file, which cannot be resumed, it ends the slice only when somebody asked the run to stop: a
    file that takes longer than a slice must still come to its end. An exception out of it (the lease is lost) goes
    to the caller. Whatever cuts a file leaves nothing of it.

    The steps of the run are made here, one for each section; labels are in the active language. Raises ValueError for
    a job or a format that no file can hold.
    """
    planned = planned_files(run)
    steps = _steps(run, planned)
    while waiting := _waiting(run, planned):
        _show_finished_files(steps, planned, waiting)
        if should_stop():
            return False
        try:
            _write_file(run, waiting[0], steps, partial(_asked_to_stop, run, should_stop))
        except Stopped:
            return False
    _finish(steps.values())
    return True


def _asked_to_stop(run: Run, should_stop: Callable[[], bool]) -> bool:
    """Whether to give up in the middle of a file: not for the time it takes, only for a person."""
    return should_stop() and Run.objects.filter(pk=run.pk, cancel_asked_at__isnull=False).exists()


def planned_files(run: Run) -> list[PlannedFile]:
    """XML and XLSX hold all sections in one file, CSV is a file for each section. Names are the same at every call."""
    formats = list(dict.fromkeys(run.options.get("formats") or DEFAULT_FORMATS))
    if unknown := [name for name in formats if name not in WRITERS]:
        raise ValueError(f"unknown file formats: {', '.join(map(str, unknown))}")
    sections = tuple(sections_of(run.job, run.shop))
    whole = sections[0].sheet.key if len(sections) == 1 else "catalogue"
    planned = []
    for extension in formats:
        if WRITERS[extension].many_sections:
            planned.append(PlannedFile(_file_name(run, whole, extension), extension, sections))
        else:
            planned += [
                PlannedFile(_file_name(run, section.sheet.key, extension), extension, (section,))
                for section in sections
            ]
    return planned


def delete_expired_exports(now: datetime | None = None) -> int:
    """Remove the files whose time is over; their rows stay as a record. How many files went.

    Once a day it also removes what nobody knows of: files of deleted shops and of slices that were killed between
    storing a file and recording it, and what killed slices left in this host's temporary folder.
    """
    gone = 0
    expired = ExportFile.objects.filter(expires_at__lte=now or timezone.now()).exclude(file="").order_by("pk")
    while batch := list(expired[:500]):
        for export in batch:
            # The file first: if we die in between, the next sweep finds the row again and the file gone already.
            export.file.storage.delete(str(export.file.name))
            ExportFile.objects.filter(pk=export.pk).update(file="")
        gone += len(batch)
    if cache.add("kontor-export-files-swept", True, _A_DAY_S):
        _delete_stale_temporaries()
        gone += _delete_unrecorded()
    return gone


def _delete_unrecorded() -> int:
    storage = ExportFile._meta.get_field("file").storage
    folder = str(ExportFile._meta.get_field("file").upload_to).partition("/")[0]
    yesterday = timezone.now() - timedelta(seconds=_A_DAY_S)
    gone = 0
    # A file is younger than a day while its slice may still be about to record it.
    for months in _subfolders(storage, folder):
        for month in _subfolders(storage, months):
            paths = [f"{month}/{name}" for name in storage.listdir(month)[1]]
            for start in range(0, len(paths), 500):
                some = paths[start : start + 500]
                known = set(ExportFile.objects.filter(file__in=some).values_list("file", flat=True))
                for path in some:
                    if path not in known and storage.get_modified_time(path) < yesterday:
                        storage.delete(path)
                        gone += 1
    return gone


def _subfolders(storage: Storage, folder: str) -> list[str]:
    try:
        return [f"{folder}/{name}" for name in storage.listdir(folder)[0]]
    except (FileNotFoundError, NotImplementedError):  # nothing was ever stored; or the storage cannot list
        return []


def _delete_stale_temporaries() -> None:
    folder = Path(settings.FILE_UPLOAD_TEMP_DIR or tempfile.gettempdir())
    for path in folder.glob(f"{_TEMPORARY_PREFIX}*.part"):
        with suppress(FileNotFoundError):  # another process's sweep was faster
            if time.time() - path.stat().st_mtime > _A_DAY_S:
                path.unlink()


def _file_name(run: Run, section: str, extension: str) -> str:
    # By the time of the order, not of the writing: a slice that begins anew must find its own files.
    stamp = timezone.localtime(run.created_at).strftime("%Y%m%d-%H%M")
    return f"{run.shop.code}-{run.job}-{stamp}-{section}.{extension}"


def _waiting(run: Run, planned: list[PlannedFile]) -> list[PlannedFile]:
    written = set(run.files.values_list("name", flat=True))
    return [file for file in planned if file.name not in written]


def _write_file(
    run: Run, planned: PlannedFile, steps: Mapping[str, Step], should_stop: Callable[[], bool]
) -> None:
    with _temporary_file() as (target, path):
        with open_writer(planned.extension, target, file_meta(run)) as writer:
            rows = sum(
                _write_section(run, writer, section, steps[section.sheet.kind], should_stop)
                for section in planned.sections
            )
        target.flush()
        os.fsync(target.fileno())
        # The last look before the file becomes visible: who has lost the lease goes no further.
        if should_stop():
            raise Stopped
        passing("file.written")
        _keep(run, planned, _Movable(target, path), rows)
        passing("file.kept")
        _remark_cut_texts(run, planned, writer)


def _write_section(
    run: Run, writer: Writer, section: Section, step: Step, should_stop: Callable[[], bool]
) -> int:
    writer.section(section.sheet)
    written = 0
    for rows in section.chunks(run.shop):
        for row in rows:
            writer.write(row)
        written += len(rows)
        step.done += len(rows)
        step.total = max(step.total or 0, step.done)
        if should_stop():
            raise Stopped
        _save(step, "done", "total")
        passing("file.chunk")
    step.read = written
    _save(step, "read")
    return written


def _keep(run: Run, planned: PlannedFile, content: _Movable, rows: int) -> None:
    """Move the finished file into the storage and write its row, or neither."""
    size, checksum = _size_and_checksum(content)
    field = ExportFile._meta.get_field("file")
    storage = field.storage
    export = ExportFile(
        run=run,
        name=planned.name,
        format=planned.extension,
        size=size,
        rows=rows,
        checksum=checksum,
        expires_at=timezone.now() + timedelta(days=settings.EXPORT_RETENTION_DAYS),
    )
    # Nobody can guess the path: a web server that hands out the media folder must not give price lists away.
    path = field.generate_filename(export, f"{secrets.token_hex(12)}-{planned.name}")
    stored = storage.save(path, content, max_length=field.max_length)
    export.file.name = stored
    try:
        with transaction.atomic():
            export.save(force_insert=True)
    except IntegrityError:
        # Another worker finished the same file meanwhile (our lease had run out): its file stands, ours goes.
        storage.delete(stored)
        if not run.files.filter(name=planned.name).exists():
            raise
    except BaseException:
        storage.delete(stored)
        raise
    logger.info("run %s: wrote %s, %s rows, %s bytes", run.pk, planned.name, rows, size)


class _Movable(File):  # type: ignore[type-arg]
    """Lets a storage on disk take the file over by renaming it; others read it in chunks."""

    def temporary_file_path(self) -> str:
        return cast(str, self.name)


@contextmanager
def _temporary_file() -> Iterator[tuple[BinaryIO, str]]:
    number, path = tempfile.mkstemp(".part", _TEMPORARY_PREFIX, settings.FILE_UPLOAD_TEMP_DIR)
    try:
        with os.fdopen(number, "w+b") as handle:
            yield handle, path
    finally:
        # Gone already when a storage on disk has taken it over.
        Path(path).unlink(missing_ok=True)


def _size_and_checksum(content: _Movable) -> tuple[int, str]:
    content.seek(0)
    checksum = hashlib.sha256()
    for chunk in content.chunks(1024 * 1024):
        checksum.update(chunk)
    size = content.tell()
    content.seek(0)
    return size, checksum.hexdigest()


def _steps(run: Run, planned: list[PlannedFile]) -> dict[str, Step]:
    """{element type: step}, made at the first slice. total counts a row once for each file it goes into."""
    sections = list({section.sheet.kind: section for file in planned for section in file.sections}.values())
    Step.objects.bulk_create(
        [
            Step(run=run, kind=section.sheet.kind, position=position)
            for position, section in enumerate(sections, start=1)
        ],
        ignore_conflicts=True,
    )
    steps = {step.kind: step for step in run.steps.all()}
    for section in sections:
        files = sum(section in file.sections for file in planned)
        step = steps[section.sheet.kind]
        step.state = Step.State.RUNNING
        step.total = section.count(run.shop) * files
        step.started_at = step.started_at or timezone.now()
        _save(step, "state", "total", "started_at")
    return steps


def _show_finished_files(
    steps: Mapping[str, Step], planned: list[PlannedFile], waiting: list[PlannedFile]
) -> None:
    """Set each step to the share of its files that is complete, forgetting what a cut file had."""
    for kind, step in steps.items():
        holding = [file for file in planned if any(section.sheet.kind == kind for section in file.sections)]
        complete = [file for file in holding if file not in waiting]
        step.done = (step.total or 0) * len(complete) // len(holding) if holding else 0
        if len(complete) == len(holding):
            _finish([step])
        else:
            _save(step, "done")


def _finish(steps: Iterable[Step]) -> None:
    for step in steps:
        if step.state == Step.State.DONE:
            continue
        step.state = Step.State.DONE
        step.phase = Step.Phase.FINISHED
        step.total = step.done
        step.finished_at = timezone.now()
        _save(step, "state", "phase", "total", "done", "finished_at")


def _save(step: Step, *fields: str) -> None:
    step.save(update_fields=fields)


def _remark_cut_texts(run: Run, planned: PlannedFile, writer: Writer) -> None:
    if not writer.cut_texts:
        return
    text = ngettext(
        "%(count)s text in %(file)s was cut at 32,767 characters, because an Excel cell holds no more. "
        "Take the CSV or XML file for the whole text.",
        "%(count)s texts in %(file)s were cut at 32,767 characters, because an Excel cell holds no more. "
        "Take the CSV or XML file for the whole texts.",
        writer.cut_texts,
    ) % {"count": writer.cut_texts, "file": planned.name}
    RunMessage.objects.create(run=run, level=RunMessage.Level.WARNING, text=text[:500])
