"""Building one file on this host, chunk by chunk, with its progress on the run's steps; complete or not at all.

What stores the file (export: for staff to look into; delivery: for other systems) takes it over when it is complete.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, cast

from django.conf import settings
from django.core.files import File
from django.utils import timezone

from backoffice.lib.points import passing
from shops.files.rows import Section
from shops.files.schema import FileMeta
from shops.files.writers import Writer
from shops.models import Run, Shop, Step

_TEMPORARY_PREFIX = "kontor-export-"
_A_DAY_S = 86_400


class Stopped(Exception):
    """Somebody asked the run to stop in the middle of a file."""


@dataclass(frozen=True, slots=True)
class PlannedFile:
    """name: the same at every call, so that a slice that begins anew finds what it has done."""

    name: str
    writer: type[Writer]
    sections: tuple[Section, ...]

    @property
    def extension(self) -> str:
        return self.writer.extension


class Movable(File):  # type: ignore[type-arg]
    """Lets a storage on disk take the file over by renaming it; others read it in chunks."""

    def temporary_file_path(self) -> str:
        return cast(str, self.name)


@dataclass(slots=True)
class Built:
    """A complete file, until the block ends. checksum: SHA-256. left_out, cut_texts: see writers.Writer.

    content_print: the same for the same content, whenever it was written; of formats that cannot say it, unique.
    """

    content: Movable
    rows: int
    size: int
    checksum: str
    content_print: str
    cut_texts: int = 0
    left_out: dict[str, tuple[int, list[str]]] = field(default_factory=dict)


@contextmanager
def built(
    planned: PlannedFile,
    shop: Shop,
    meta: FileMeta,
    steps: Mapping[str, Step],
    should_stop: Callable[[], bool],
) -> Iterator[Built]:
    """Write the file into this host's temporary folder; it is gone when the block ends, unless a storage took it over.

    steps: {element type: step}, which show the rows as they are written. Raises Stopped when should_stop said yes
    between two chunks or at the end; what else comes out of it passes. Nothing is left then.
    """
    with _temporary_file() as (target, path):
        with planned.writer(target, meta) as writer:
            rows = sum(
                _write_section(writer, shop, section, steps[section.sheet.kind], should_stop)
                for section in planned.sections
            )
        target.flush()
        os.fsync(target.fileno())
        # The last look before the file becomes visible: who has lost the lease goes no further.
        if should_stop():
            raise Stopped
        passing("file.written")
        content = Movable(target, path)
        size, checksum = size_and_checksum(content)
        same = _content_print(content, writer.stamp, checksum)
        yield Built(content, rows, size, checksum, same, writer.cut_texts, writer.left_out)


def _write_section(
    writer: Writer, shop: Shop, section: Section, step: Step, should_stop: Callable[[], bool]
) -> int:
    writer.section(section.sheet)
    written = 0
    for rows in section.chunks(shop):
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


@contextmanager
def _temporary_file() -> Iterator[tuple[BinaryIO, str]]:
    number, path = tempfile.mkstemp(".part", _TEMPORARY_PREFIX, settings.FILE_UPLOAD_TEMP_DIR)
    try:
        with os.fdopen(number, "w+b") as handle:
            yield handle, path
    finally:
        # Gone already when a storage on disk has taken it over.
        Path(path).unlink(missing_ok=True)


def delete_stale_temporaries() -> None:
    """What killed slices left in this host's temporary folder more than a day ago."""
    folder = Path(settings.FILE_UPLOAD_TEMP_DIR or tempfile.gettempdir())
    for path in folder.glob(f"{_TEMPORARY_PREFIX}*.part"):
        with suppress(FileNotFoundError):  # another process's sweep was faster
            if time.time() - path.stat().st_mtime > _A_DAY_S:
                path.unlink()


def size_and_checksum(content: File) -> tuple[int, str]:  # type: ignore[type-arg]
    """(bytes, SHA-256 in hexadecimal); leaves the file at its beginning."""
    content.seek(0)
    checksum = hashlib.sha256()
    for chunk in content.chunks(1024 * 1024):
        checksum.update(chunk)
    size = content.tell()
    content.seek(0)
    return size, checksum.hexdigest()


def _content_print(content: File, stamp: bytes, checksum: str) -> str:  # type: ignore[type-arg]
    """The checksum without the moment of writing, which stands in the head of some formats."""
    if not stamp:
        return checksum
    digest = hashlib.sha256()
    content.seek(0)
    for number, chunk in enumerate(content.chunks(1024 * 1024)):
        digest.update(chunk.replace(stamp, b"", 1) if number == 0 else chunk)
    content.seek(0)
    return digest.hexdigest()


# The steps of a run that writes files


def file_steps(run: Run, planned: Iterable[PlannedFile]) -> dict[str, Step]:
    """{element type: step}, made at the first slice. total counts a row once for each file it goes into.

    A step that is finished (by the engine, in a full synchronisation) is stood in for by one that nobody sees.
    """
    planned = list(planned)
    sections = list({section.sheet.kind: section for file in planned for section in file.sections}.values())
    Step.objects.bulk_create(
        [
            Step(run=run, kind=section.sheet.kind, position=position, cursor={"files": True})
            for position, section in enumerate(sections, start=run.steps.count() + 1)
        ],
        ignore_conflicts=True,
    )
    steps = {step.kind: step for step in run.steps.all()}
    counts: dict[int, int] = {}
    for kind in {section.sheet.kind for section in sections}:
        step = steps[kind]
        if step.finished_at is not None:
            steps[kind] = Step(run=run, kind=kind, state=step.state, finished_at=step.finished_at)
            continue
        total = 0
        for section in (one for file in planned for one in file.sections if one.sheet.kind == kind):
            if id(section) not in counts:
                counts[id(section)] = section.count(run.shop)
            total += counts[id(section)]
        step.state = Step.State.RUNNING
        step.total = total
        step.started_at = step.started_at or timezone.now()
        _save(step, "state", "total", "started_at")
    return steps


def show_finished_files(
    steps: Mapping[str, Step], planned: list[PlannedFile], waiting: list[PlannedFile]
) -> None:
    """Set each step to the share of its files that is complete, forgetting what a cut file had."""
    for kind, step in steps.items():
        holding = [file for file in planned if any(section.sheet.kind == kind for section in file.sections)]
        if not holding:
            continue
        complete = [file for file in holding if file not in waiting]
        step.done = (step.total or 0) * len(complete) // len(holding)
        if len(complete) == len(holding):
            finish_steps([step])
        else:
            _save(step, "done")


def finish_steps(steps: Iterable[Step]) -> None:
    for step in steps:
        if step.finished_at is not None:
            continue
        step.state = Step.State.PARTLY if step.failed else Step.State.DONE
        step.phase = Step.Phase.FINISHED
        step.total = step.done
        step.finished_at = timezone.now()
        _save(step, "state", "phase", "total", "done", "finished_at")


def _save(step: Step, *fields: str) -> None:
    if step.pk is not None:
        step.save(update_fields=fields)
