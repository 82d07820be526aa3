"""What a run does with files beside the engine: deliver feeds, mirror pictures and documents (E3, E4)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from backoffice.lib.transfer import Store
from shops.files.delivery import JOBS_OF, Delivery
from shops.files.export import asked_to_stop
from shops.files.mirror.work import Mirror
from shops.models import Run
from shops.platforms.base import Platform
from shops.platforms.transfer import NONE, store_of
from shops.sync.facts import save_facts


def has_file_work(run: Run, platform: Platform) -> bool:
    return run.mode == Run.Mode.WEB and (delivers(run, platform) or mirrors(run, platform))


def delivers(run: Run, platform: Platform) -> bool:
    """Public feeds any shop may have; sent are only those of shops that exchange files."""
    return run.job == Run.Job.FEEDS or (platform.exchanges_files and run.job in JOBS_OF)


def mirrors(run: Run, platform: Platform) -> bool:
    """ "Export all" takes the pictures along only where "transfer files by FTP" is ticked (E3)."""
    if str(run.shop.options.get("transfer") or NONE) == NONE:
        return False
    if run.job == Run.Job.SYNC_ATTACHMENTS:
        return True
    whole = run.job in (Run.Job.EXPORT_ALL, Run.Job.SYNC)
    return platform.exchanges_files and whole and run.shop.transfer_files


def file_work(run: Run, platform: Platform, should_stop: Callable[[], bool]) -> bool:
    """One slice of it; True when all is done. should_stop as for export_slice. Raises what the server raises."""
    if platform.exchanges_files:
        save_facts(run.shop, platform.facts())
    if delivers(run, platform) and not _deliver(run, platform, should_stop):
        return False
    if not mirrors(run, platform):
        return True
    log = platform.connection.line.log or (lambda _call: None)
    return Mirror(run, partial(_opened, platform), should_stop, log).work()


def _deliver(run: Run, platform: Platform, should_stop: Callable[[], bool]) -> bool:
    store = store_of(platform.connection) if platform.exchanges_files and run.job != Run.Job.FEEDS else None
    try:
        return Delivery(
            run, store, stop_writing=partial(asked_to_stop, run, should_stop), stop_sending=should_stop
        ).work()
    finally:
        if store is not None:
            store.close()


def _opened(platform: Platform) -> Store:
    store = store_of(platform.connection)
    assert store is not None, "mirrors() has looked"
    return store
