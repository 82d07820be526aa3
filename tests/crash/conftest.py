"""Workers that die at a chosen point, and both sides' final state to compare."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from typing import Any

from django.db import connections
from django.utils import timezone

from backoffice.lib import points
from inventory.models import Article, ArticleImage, Category, Price, Producer, StockLevel
from orders.models import Customer, Order
from shops.models import Change, IncomingOrder, RemoteElement, Run, Shop
from shops.services.runs import work_run
from tests.peers.woocommerce import DemoShop
from tests.shops.sync.conftest import _no_waiting, shop, sync, woo

__all__ = ["_no_waiting", "shop", "sync", "woo"]


def die_at(run: Run, point: str, nth: int) -> bool:
    """Work on the run in a process of its own that kills itself at the nth passing of `point`. Whether it died."""
    for connection in connections.all():
        connection.close()
    child = os.fork()
    if child == 0:
        seen = 0

        def listener(name: str) -> None:
            nonlocal seen
            seen += name == point
            if seen == nth:
                os.kill(os.getpid(), signal.SIGKILL)

        points.listen(listener)
        try:
            work_run(run.pk)
        finally:
            os._exit(0)
    _pid, status = os.waitpid(child, 0)
    # The lease of a dead worker runs out by itself; a test does not wait for it.
    Run.objects.filter(pk=run.pk, state=Run.State.RUNNING).update(lease_until=timezone.now())
    return os.WIFSIGNALED(status)


def passings(work: Callable[[], Any]) -> list[str]:
    """The points that an undisturbed run passes, in their order."""
    seen: list[str] = []
    points.listen(seen.append)
    try:
        work()
    finally:
        points.listen(None)
    return seen


def both_sides(shop: Shop, woo: DemoShop) -> dict[str, Any]:
    """Everything that must be the same whether workers died or not: by names and SKUs, not by ids."""
    sku = {p.id: p.sku for p in woo.state.products.values()}
    category = {term["id"]: term["name"] for term in woo.state.terms_of("category")}
    return {
        "products": sorted(
            (
                p.sku, p.type, p.name, sku.get(p.parent_id, ""), p.regular_price, p.stock_quantity, len(p.image_ids),
                tuple(sorted(category.get(c, "?") for c in p.category_ids)),
            )
            for p in woo.state.products.values()
        ),
        "terms": sorted(t["name"] for kind in ("category", "brand") for t in woo.state.terms_of(kind)),
        "customers there": sorted(row["email"] for row in woo.state.customers.values()),
        "articles": sorted(Article.objects.values_list("sku", "name", "parent__sku")),
        "dictionaries": sorted([*Category.objects.values_list("name", flat=True), *Producer.objects.values_list("name", flat=True)]),
        "stock": sorted(StockLevel.objects.values_list("article__sku", "warehouse__code", "on_hand")),
        "prices": sorted(Price.objects.values_list("article__sku", "price_list__name", "amount")),
        "pictures": ArticleImage.objects.count(),
        "customers": sorted(Customer.objects.values_list("email", flat=True)),
        "orders": sorted(Order.objects.values_list("source_id", "total")),
        "incoming": sorted(IncomingOrder.objects.values_list("remote_id", "state")),
        "links": sorted(
            RemoteElement.objects.filter(shop=shop).present().linked().values_list("kind", "name")
        ),
        "left over": sorted(RemoteElement.objects.filter(shop=shop, state="creating").values_list("kind", "name")),
        "open": Change.objects.filter(run__shop=shop, state__in=["planned", "sending"]).count(),
    }  # fmt: skip
