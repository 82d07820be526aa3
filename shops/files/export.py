"""Writing a run's files (E5), so that the run may be cut at any line.

A file is written under a temporary name on this host, moved to the storage when it is complete, and becomes an
ExportFile in one transaction with the run's progress. A slice that is cut begins the present file anew and keeps the
files that are complete. Nothing that another host needs is kept here.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial

from django.conf import settings
from django.core.cache import cache
from django.core.files.storage import Storage
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import ngettext

from backoffice.lib.errors import KontorError
from backoffice.lib.points import passing
from shops.files.building import (
    Built,
    PlannedFile,
    Stopped,
    built,
    delete_stale_temporaries,
    file_steps,
    finish_steps,
    show_finished_files,
)
from shops.files.feed_store import delete_unrecorded_feeds
from shops.files.formats import formats_of
from shops.files.rows import file_meta, sections_of
from shops.files.writers import WRITERS
from shops.models import ExportFile, Run, RunMessage, Step

logger = logging.getLogger(__name__)

DEFAULT_FORMATS = ("xlsx",)
_A_DAY_S = 86_400


def export_slice(run: Run, should_stop: Callable[[], bool]) -> bool:
    """Write the run's files; True when all of them are there.

    should_stop: is called between files and after every chunk of at most 1,000 rows (a fraction of a second), and may
    renew the run's lease there. Yes between two files ends the slice: this returns False and the next call goes on.
    In the middle of a file, which cannot be resumed, it ends the slice only when somebody asked the run to stop: a
    file that takes longer than a slice must still come to its end. An exception out of it (the lease is lost) goes
    to the caller. Whatever cuts a file leaves nothing of it. A file that its format refuses to begin is given up with
    its reason in its step, and the others are written.

    The steps of the run are made here, one for each section; labels are in the active language. Raises ValueError for
    a job or a format that no file can hold.
    """
    planned = planned_files(run)
    steps = file_steps(run, planned)
    while waiting := _waiting(run, planned):
        show_finished_files(steps, planned, waiting)
        if should_stop():
            return False
        try:
            _write_file(run, waiting[0], steps, partial(asked_to_stop, run, should_stop))
        except Stopped:
            return False
        except KontorError as error:
            _give_up(run, waiting[0], steps, error)
    finish_steps(steps.values())
    return True


def asked_to_stop(run: Run, should_stop: Callable[[], bool]) -> bool:
    """Whether to give up in the middle of a file: not for the time it takes, only for a person."""
    return should_stop() and Run.objects.filter(pk=run.pk, cancel_asked_at__isnull=False).exists()


def planned_files(run: Run) -> list[PlannedFile]:
    """What to write, by run.options["formats"]: "xml", "csv", "xlsx", or keys of formats.FORMATS.

    XML and XLSX hold all sections in one file, CSV is a file for each section. Names are the same at every call.
    """
    formats = list(dict.fromkeys(run.options.get("formats") or DEFAULT_FORMATS))
    of_other_systems = {spec.key: spec for spec in formats_of(run.job)}
    if unknown := [name for name in formats if name not in WRITERS and name not in of_other_systems]:
        raise ValueError(f"unknown file formats: {', '.join(map(str, unknown))}")
    sections = tuple(sections_of(run.job, run.shop))
    whole = sections[0].sheet.key if len(sections) == 1 else "catalogue"
    planned = []
    for name in formats:
        if (spec := of_other_systems.get(name)) is not None:
            file = _file_name(run, name.replace("_", "-"), spec.extension)
            planned.append(PlannedFile(file, spec.writer, tuple(spec.sections(run.shop))))
        elif WRITERS[name].many_sections:
            planned.append(PlannedFile(_file_name(run, whole, name), WRITERS[name], sections))
        else:
            planned += [
                PlannedFile(_file_name(run, section.sheet.key, name), WRITERS[name], (section,))
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
        delete_stale_temporaries()
        gone += _delete_unrecorded() + delete_unrecorded_feeds()
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


def _file_name(run: Run, section: str, extension: str) -> str:
    # By the time of the order, not of the writing: a slice that begins anew must find its own files.
    stamp = timezone.localtime(run.created_at).strftime("%Y%m%d-%H%M")
    return f"{run.shop.code}-{run.job}-{stamp}-{section}.{extension}"


def _waiting(run: Run, planned: list[PlannedFile]) -> list[PlannedFile]:
    over = {*run.files.values_list("name", flat=True), *_given_up(run)}
    return [file for file in planned if file.name not in over]


def _given_up(run: Run) -> list[str]:
    """Names of files that could not be written; they stand in the cursor of the run's first step."""
    first = run.steps.order_by("position").first()
    return list(first.cursor.get("given_up", ())) if first is not None else []


def _give_up(run: Run, planned: PlannedFile, steps: Mapping[str, Step], error: KontorError) -> None:
    """What is wrong with one file (a setting that its format wants is missing) does not keep the others."""
    step = steps[planned.sections[0].sheet.kind]
    step.failed += 1
    step.message, step.cure = str(error.message)[:500], str(error.cure)[:500]
    text = f"{planned.name}: {error.message} {error.cure}".strip()
    with transaction.atomic():
        step.save(update_fields=["failed", "message", "cure"])
        first = run.steps.order_by("position")[0]
        first.cursor["given_up"] = [*first.cursor.get("given_up", ()), planned.name]
        first.save(update_fields=["cursor"])
        RunMessage.objects.create(run=run, level=RunMessage.Level.ERROR, text=text[:500])


def _write_file(
    run: Run, planned: PlannedFile, steps: Mapping[str, Step], should_stop: Callable[[], bool]
) -> None:
    with built(planned, run.shop, file_meta(run), steps, should_stop) as file:
        _keep(run, planned, file)
        passing("file.kept")
        _remark_cut_texts(run, planned, file)
        remark_left_out(run, planned.name, file)


def _keep(run: Run, planned: PlannedFile, file: Built) -> None:
    """Move the finished file into the storage and write its row, or neither."""
    field = ExportFile._meta.get_field("file")
    storage = field.storage
    export = ExportFile(
        run=run,
        name=planned.name,
        format=planned.extension,
        size=file.size,
        rows=file.rows,
        checksum=file.checksum,
        expires_at=timezone.now() + timedelta(days=settings.EXPORT_RETENTION_DAYS),
    )
    # Nobody can guess the path: a web server that hands out the media folder must not give price lists away.
    path = field.generate_filename(export, f"{secrets.token_hex(12)}-{planned.name}")
    stored = storage.save(path, file.content, max_length=field.max_length)
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
    logger.info("run %s: wrote %s, %s rows, %s bytes", run.pk, planned.name, file.rows, file.size)


def _remark_cut_texts(run: Run, planned: PlannedFile, file: Built) -> None:
    if not file.cut_texts:
        return
    text = ngettext(
        "%(count)s text in %(file)s was cut at 32,767 characters, because an Excel cell holds no more. "
        "Take the CSV or XML file for the whole text.",
        "%(count)s texts in %(file)s were cut at 32,767 characters, because an Excel cell holds no more. "
        "Take the CSV or XML file for the whole texts.",
        file.cut_texts,
    ) % {"count": file.cut_texts, "file": planned.name}
    RunMessage.objects.create(run=run, level=RunMessage.Level.WARNING, text=text[:500])


def remark_left_out(run: Run, name: str, file: Built) -> None:
    """One line for each reason why articles could not stand in a file of another system."""
    for why, (count, skus) in file.left_out.items():
        text = ngettext(
            "%(file)s: %(count)d article was left out: %(why)s (%(skus)s).",
            "%(file)s: %(count)d articles were left out: %(why)s (%(skus)s).",
            count,
        ) % {"file": name, "count": count, "why": why, "skus": ", ".join(skus)[:200]}
        RunMessage.objects.create(run=run, level=RunMessage.Level.WARNING, text=text[:500])
