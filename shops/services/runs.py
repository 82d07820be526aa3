"""Start, work off and stop runs: what buttons, the command line and schedules call (E3, E5, O13)."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.lib.errors import Conflict, KontorError
from backoffice.lib.secrets import Unreadable
from shops.files.formats import formats_of
from shops.models import ExportFile, Feed, Run, Shop
from shops.platforms.base import Platform
from shops.platforms.registry import platform_for
from shops.platforms.transfer import NONE
from shops.services.plans import rules_print
from shops.services.rules import ensure_rules
from shops.sync.doorbell import ring
from shops.sync.jobs import LANES, choices
from shops.sync.slices import BACKGROUND, Outcome, work_slice

FILE_JOBS = (Run.Job.EXPORT_ALL, Run.Job.EXPORT_STOCK, Run.Job.EXPORT_STATUSES)


def start_run(
    shop: Shop,
    job: str,
    *,
    mode: str = Run.Mode.WEB,
    trigger: str = Run.Trigger.PERSON,
    by: User | None = None,
    options: Mapping[str, Any] | None = None,
) -> Run:
    """Order a run and ring for a worker. A run of a busy lane waits for the one before.

    options: {"since": ISO time} for import_orders; {"formats": ["csv", ...]} for mode "file".
    An equal run that has not begun yet is returned instead of a second one. "Export all" of a shop that has a server for
    files and "transfer files by FTP" ticked orders "Sync attachments" too (E3).
    Raises KontorError with a cure: shop switched off, no credentials, overwriting not confirmed (P3), unknown job.
    """
    _refuse_impossible(shop, job, mode, options or {})
    wanted = dict(options or {})
    if mode == Run.Mode.PREVIEW:
        wanted["rules"] = rules_print(shop)
    lane = lane_of(shop, job, mode)
    with transaction.atomic():
        ensure_rules(shop)
        waiting = Run.objects.filter(
            shop=shop, job=job, mode=mode, lane=lane, state=Run.State.WAITING, options=wanted
        ).first()
        if waiting is not None and waiting.cancel_asked_at is None:
            run = waiting
        else:
            run = Run.objects.create(
                shop=shop,
                job=job,
                mode=mode,
                lane=lane,
                trigger=trigger,
                by=by,
                options=wanted,
                # A paused shop is left alone by background work; a person may try at any time.
                # (Public feeds need nothing of the shop.)
                not_before=shop.paused_until if trigger in BACKGROUND and job != Run.Job.FEEDS else None,
            )
        ring(run)
        if _mirrors_beside(shop, job, mode):
            start_run(shop, Run.Job.SYNC_ATTACHMENTS, trigger=trigger, by=by)
    return run


def _mirrors_beside(shop: Shop, job: str, mode: str) -> bool:
    """Whether the images and documents go to the shop's server in a run of their own beside "Export all" (E3).

    A shop with nothing but files does it in the same run (files.outgoing).
    """
    if job != Run.Job.EXPORT_ALL or mode != Run.Mode.WEB:
        return False
    return shop.transfer_files and has_server(shop) and not platform_for(shop).exchanges_files


def lane_of(shop: Shop, job: str, mode: str = Run.Mode.WEB) -> str:
    """A mirror to a server for files has nothing to do with the shop's own interface, so it waits for no sync."""
    if mode == Run.Mode.FILE or (job == Run.Job.SYNC_ATTACHMENTS and has_server(shop)):
        return Run.Lane.FILES
    return LANES[Run.Job(job)]


def _refuse_impossible(shop: Shop, job: str, mode: str, options: Mapping[str, Any]) -> None:
    if mode == Run.Mode.FILE:
        known = {*ExportFile.Format.values, *(spec.key for spec in formats_of(job))}
        if not set(options.get("formats", ())) <= known or not options.get("formats"):
            raise KontorError(_("No known file format was chosen."), cure=_("Choose XML, CSV or XLSX."))
        if job not in FILE_JOBS:
            raise KontorError(
                _("This job cannot be written to a file."), cure=_("Choose one of the three exports.")
            )
        return
    if not shop.active:
        raise Conflict(
            _("%(shop)s is switched off, so nothing is read or written.") % {"shop": shop.name},
            cure=_("Switch it on on its Connection page."),
            key="switched_off",
        )
    platform = platform_for(shop)
    _refuse_without_files(shop, platform, job, mode)
    if lacks_login(shop):
        raise Conflict(
            _("No login is saved for %(shop)s.") % {"shop": shop.name},
            cure=_("Enter it on the Connection page and test the settings."),
            key="no_credentials",
        )
    if overwrites(shop, job) and mode == Run.Mode.WEB and shop.overwrite_confirmed_at is None:
        raise Conflict(
            _(
                "%(shop)s was never synchronised. Articles are matched by SKU, and an update overwrites the other side."
            )
            % {"shop": shop.name},
            cure=_("Confirm this on the page What to sync."),
            key="overwrite_not_confirmed",
        )


def _refuse_without_files(shop: Shop, platform: type[Platform], job: str, mode: str) -> None:
    """An export that would write no file, and attachments that have nowhere to go, are refused before they begin."""
    if job == Run.Job.SYNC_ATTACHMENTS and not takes_attachments(shop, platform):
        raise Conflict(
            _("No server is entered to which the images and documents of %(shop)s could go.")
            % {"shop": shop.name},
            cure=_("Enter one on the page Files of the shop, under “Transfer of files”."),
            key="no_transfer",
        )
    if platform.exchanges_files and mode == Run.Mode.WEB and job in FILE_JOBS and not has_files(shop, job):
        raise Conflict(
            _("%(shop)s has no file yet that “%(job)s” could write.")
            % {"shop": shop.name, "job": Run.Job(job).label},
            cure=_("Add one on the page Files of the shop."),
            key="no_feed",
        )


def lacks_login(shop: Shop) -> bool:
    """Whether there is no login that could be used. A shop that is reached without one (a folder) needs none."""
    if isinstance(shop.credentials, Unreadable):
        return True
    return not shop.credentials and any(field.required for field in platform_for(shop).credentials)


def has_files(shop: Shop, job: str) -> bool:
    """Whether a shop that files are exchanged with has anything for this export."""
    if job == Run.Job.EXPORT_ALL and shop.transfer_files and has_server(shop):
        return True
    kinds = [spec.key for spec in formats_of(job)]
    return Feed.objects.active().filter(shop=shop, format__in=kinds).exists()


def takes_attachments(shop: Shop, platform: type[Platform]) -> bool:
    """Whether "Sync attachments" has anywhere to go: a server for files, or the platform's own way."""
    can = platform.capabilities.get("attachment")
    return has_server(shop) or (can is not None and (can.create or can.read))


def has_server(shop: Shop) -> bool:
    """Whether a server for files is entered (platforms.transfer)."""
    return str(shop.options.get("transfer") or NONE) != NONE


def overwrites(shop: Shop, job: str) -> bool:
    """Whether this job would change articles, prices or stock on either side (P3: ask once before the first time)."""
    kinds = {"article", "price", "stock", "image", "category", "producer", "unit", "customer"}
    return any(
        choice.does_something
        for kind, choice in choices(shop, platform_for(shop), job).items()
        if kind in kinds
    )


def confirm_overwriting(shop: Shop, by: User | None) -> None:
    """P3: a person has read that articles are matched by SKU and that updates overwrite."""
    shop.overwrite_confirmed_at = timezone.now()
    shop.overwrite_confirmed_by = by
    shop.save(update_fields=["overwrite_confirmed_at", "overwrite_confirmed_by"])


def work_run(run_id: int, *, tick: Callable[[Run], None] | None = None) -> Run:
    """Work off a run in this process, slice by slice, until it is finished. tick is called after each slice."""
    while True:
        outcome = work_slice(run_id)
        run = Run.objects.get(pk=run_id)
        if tick is not None:
            tick(run)
        if run.is_finished:
            return run
        if outcome in (Outcome.LATER, Outcome.BUSY):
            until = run.not_before
            pause = (until - timezone.now()).total_seconds() if until else 1.0
            time.sleep(min(max(pause, 0.05), 5.0))


def cancel_run(run: Run, *, by: User | None = None, why: str = "") -> None:
    """Ask a run to stop after its present batch. Nothing is undone. A run that has not begun stops at once.

    why: a sentence that stands on the run instead of who stopped it.
    """
    never_begun = Run.objects.filter(pk=run.pk, state=Run.State.WAITING, started_at=None)
    who = str(by) if by is not None else _("the command line")
    if never_begun.update(
        state=Run.State.CANCELLED,
        finished_at=timezone.now(),
        cancel_asked_at=timezone.now(),
        cancel_asked_by=by,
        message=why or _("Stopped by %(who)s before it began.") % {"who": who},
    ):
        return
    Run.objects.unfinished().filter(pk=run.pk, cancel_asked_at=None).update(
        cancel_asked_at=timezone.now(), cancel_asked_by=by, message=why
    )
    ring(run)
