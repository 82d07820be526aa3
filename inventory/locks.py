"""Row locks of this app. Always taken in the order of primary keys, so that two workers never wait in a ring."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from django.db import connection
from django.db.transaction import TransactionManagementError

from inventory.models import StockLevel

BATCH = 1000
LevelKey = tuple[int, int]  # article id, warehouse id


def lock_levels(keys: Iterable[LevelKey]) -> dict[LevelKey, StockLevel]:
    """The stock levels of `keys`, locked until the end of the transaction; missing ones are made with zero.

    Inside transaction.atomic only. On SQLite the transaction itself (BEGIN IMMEDIATE) is the lock.
    """
    if not connection.in_atomic_block:
        raise TransactionManagementError("lock_levels needs transaction.atomic")
    wanted = sorted(set(keys))
    found = _level_ids(wanted)
    missing = [key for key in wanted if key not in found]
    if missing:
        # In the order of the keys: two workers making the same rows then wait for each other in one direction.
        StockLevel.objects.bulk_create(
            [StockLevel(article_id=article, warehouse_id=warehouse) for article, warehouse in missing],
            ignore_conflicts=True,
            batch_size=BATCH,
        )
        found |= _level_ids(missing)
    levels: dict[LevelKey, StockLevel] = {}
    for part in _chunks(sorted(found.values())):
        for level in StockLevel.objects.select_for_update().filter(pk__in=part).order_by("pk"):
            levels[level.article_id, level.warehouse_id] = level
    return levels


def _level_ids(keys: Sequence[LevelKey]) -> dict[LevelKey, int]:
    ids: dict[LevelKey, int] = {}
    wanted = set(keys)
    warehouses = {warehouse for _article, warehouse in keys}
    for part in _chunks(sorted({article for article, _warehouse in keys})):
        rows = StockLevel.objects.filter(article_id__in=part, warehouse_id__in=warehouses)
        for pk, article, warehouse in rows.values_list("pk", "article_id", "warehouse_id"):
            if (article, warehouse) in wanted:
                ids[article, warehouse] = pk
    return ids


def _chunks(items: Iterable[int]) -> Iterator[list[int]]:
    rest = iter(items)
    while part := list(islice(rest, BATCH)):
        yield part
