"""Our side of elements without a connection to the shop: for decisions that people make between runs."""

from __future__ import annotations

from collections.abc import Collection
from typing import cast

from backoffice.lib.errors import KontorError
from shops.models import Shop
from shops.platforms.base import Platform
from shops.platforms.registry import platform_for
from shops.records import Record
from shops.sync.local import local_types
from shops.sync.local.base import Side


def our_records(shop: Shop, kind: str, ids: Collection[int]) -> dict[int, Record | KontorError]:
    """{our id: record or why there is none}. Of the platform only the capabilities are asked, so its class will do."""
    side = Side(shop, cast(Platform, platform_for(shop)))
    return local_types(side)[kind].records(ids)
