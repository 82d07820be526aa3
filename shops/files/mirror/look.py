"""What lies on the server: one listing for each folder, compared with the manifest."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.db import transaction

from backoffice.lib.transfer import PART, Entry, Missing, Store
from backoffice.lib.transfer.paths import joined
from shops.files.mirror.settings import MirrorSettings
from shops.models import MirrorFile, Shop

_STALE_PART = timedelta(days=1)


def next_folder(shop: Shop, kind: str, after: str | None) -> str | None:
    """The folder after this one in which anything lies or shall lie; None when that was the last."""
    folders = MirrorFile.objects.filter(shop=shop, kind=kind).order_by("folder")
    if after is not None:
        folders = folders.filter(folder__gt=after)
    found: str | None = folders.values_list("folder", flat=True).first()
    return found


def look_into(store: Store, shop: Shop, kind: str, folder: str, settings: MirrorSettings) -> int:
    """Compare the folder with the manifest; how many of its files have to be sent again.

    What is missing, or has another size than we sent, is to be sent again. What is there and was not sent by us is of
    another hand: it is left alone unless the settings say otherwise.
    """
    try:
        entries = store.entries(folder)
    except Missing:
        entries = []
    there = {entry.name.casefold(): entry for entry in entries if not entry.is_folder}
    missing: list[int] = []
    other: list[int] = []
    foreign: list[int] = []
    for row in MirrorFile.objects.filter(shop=shop, kind=kind, folder=folder).iterator(2000):
        entry = there.get(row.path.rpartition("/")[2].casefold())
        if row.sent in ("", MirrorFile.UNKNOWN):
            if entry is not None and not row.sent and row.wanted and not settings.replace_foreign:
                foreign.append(row.pk)
            elif entry is None and row.sent:
                missing.append(row.pk)
        elif entry is None:
            missing.append(row.pk)
        elif entry.size is not None and entry.size != row.size:
            other.append(row.pk)
    with transaction.atomic():
        rows = MirrorFile.objects.filter(shop=shop, kind=kind, folder=folder)
        rows.filter(problem=MirrorFile.FOREIGN).update(problem="")
        for ids, change in (
            (missing, {"sent": "", "size": 0}),
            (other, {"sent": MirrorFile.UNKNOWN}),
            (foreign, {"problem": MirrorFile.FOREIGN}),
        ):
            for start in range(0, len(ids), 500):
                MirrorFile.objects.filter(pk__in=ids[start : start + 500]).update(**change)
        # Nobody wants it there and it is not there: nothing is left to remember.
        rows.filter(wanted="", sent="").delete()
    _sweep(store, folder, entries)
    return len(missing) + len(other)


def _sweep(store: Store, folder: str, entries: list[Entry]) -> None:
    """Uploads that nobody has finished for a day."""
    yesterday = datetime.now(UTC) - _STALE_PART
    for entry in entries:
        old = entry.modified_at is not None and entry.modified_at < yesterday
        if old and not entry.is_folder and entry.name.endswith(PART):
            store.delete(joined(folder, entry.name))
