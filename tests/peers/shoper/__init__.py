"""A Shoper shop on loopback, written from the platform's documents: one server, all state in memory.

    def test_it_sends_only_what_changed(shoper):
        shoper.store.add(...)
        ...
        assert shoper.calls["POST", "bulk"] == 1

Counting: `shop.calls[method, resource]` by HTTP request, `shop.parts` with the calls inside of bulks, `shop.writes`,
`shop.forget()`. Faults: `shop.fault(kind, ...)`, `shop.refuses(pattern)`, `shop.hidden`, `shop.lacking`, `shop.bucket`,
`shop.heal()`. Rows: `shop.store`.
"""

from collections.abc import Iterator

import pytest

from tests.peers.shoper.server import Bucket, Fault, ShoperShop
from tests.peers.shoper.store import Store

__all__ = ["Bucket", "Fault", "ShoperShop", "Store", "shoper"]


@pytest.fixture
def shoper() -> Iterator[ShoperShop]:
    with ShoperShop() as shop:
        yield shop
    assert shop.crashes == []
