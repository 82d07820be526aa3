"""The brake of the mirror: many deletions at once wait for a person, as those of articles do."""

from __future__ import annotations

from django.db import transaction

from shops.models import Change, Hold, MirrorFile, Run, Step
from shops.sync.brake import hold_changes, limit_of

CHUNK = 1000


def hold_deletions(run: Run, step: Step) -> int:
    """Hold the step's deletions when they exceed the shop's limit, but for those that a person has released.

    How many are held. Called before anything is deleted.
    """
    rows = MirrorFile.objects.filter(shop=run.shop, kind=step.kind)
    released = released_paths(run)
    paths = [row for row in rows.to_delete().order_by("pk").iterator(CHUNK) if row.path not in released]
    base = rows.exclude(sent="").count()
    if not limit_of(run.shop, Hold.Risk.DELETE).exceeded(len(paths), base):
        return 0
    with transaction.atomic():
        changes = Change.objects.bulk_create(
            [
                Change(
                    run=run,
                    kind=step.kind,
                    verb=Change.Verb.DELETE_SHOP,
                    key=row.path[:300],
                    name=row.sku,
                    local_id=row.source_id,
                )
                for row in paths
            ],
            batch_size=500,
        )
        hold_changes(run, step, Hold.Risk.DELETE, [change.pk for change in changes], base)
    return len(paths)


def released_paths(run: Run) -> set[str]:
    """What the person let go of whose release ordered this run."""
    hold_id = run.options.get("hold")
    if hold_id is None:
        return set()
    return set(Change.objects.filter(hold=hold_id).values_list("key", flat=True))


def is_of_mirror(hold: Hold) -> bool:
    """Whether what is held are files on a server; they have no elements."""
    return not hold.changes.exclude(element=None).exists()


def leave_there(hold: Hold) -> int:
    """Discarded: the files stay, and are not asked for again until they are wanted anew. How many."""
    paths = list(hold.changes.values_list("key", flat=True))
    kept = 0
    for start in range(0, len(paths), CHUNK):
        rows = MirrorFile.objects.filter(shop=hold.run.shop, path__in=paths[start : start + CHUNK], wanted="")
        kept += rows.update(problem=MirrorFile.KEPT)
    return kept
