"""(e) The engine itself: planning, its overhead over the bare calls, lanes, and several workers."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import requests
from django.db import connection
from django.utils import timezone

from benchmarks.measure import PROJECT
from benchmarks.stand_in import KEY, SECRET
from inventory.models import Article, StockLevel
from shops.content import content_print, to_content
from shops.models import RemoteElement, Run, Shop, Step
from shops.platforms.registry import platform_class
from shops.platforms.woocommerce.oauth import QuerySignature
from shops.records import Record
from shops.services.rules import ensure_rules
from shops.services.runs import start_run
from shops.sync.book import ProblemBook
from shops.sync.jobs import Choice
from shops.sync.local import local_types
from shops.sync.local.base import Side
from shops.sync.plan import Planner
from shops.sync.slices import Outcome, work_slice

Work = Callable[[], dict[str, Any]]
CHUNK = 1000


def _side(shop: Shop) -> Side:
    return Side(shop, platform_class(shop.platform))  # type: ignore[arg-type] - only its capabilities are asked


def link_all() -> dict[str, Any]:
    """Links as a first export leaves them: every article and stock level is in the shop and equal there."""
    shop = Shop.objects.get()
    shop.country, shop.facts = "SI", {"prices_gross": True, "decimals": 2, "currency": "EUR"}
    shop.overwrite_confirmed_at = timezone.now()
    shop.save()
    ensure_rules(shop)
    side = _side(shop)
    _link_dictionaries(shop)
    ids = list(Article.objects.order_by("pk").values_list("pk", flat=True))
    for kind in ("article", "stock"):
        local = local_types(side)[kind]
        for start in range(0, len(ids), CHUNK):
            records = local.records(ids[start : start + CHUNK])
            RemoteElement.objects.bulk_create(
                [
                    _element(shop, kind, pk, record)
                    for pk, record in records.items()
                    if isinstance(record, Record)
                ]
            )
    return {"linked": len(ids)}


def _link_dictionaries(shop: Shop) -> None:
    from inventory.models import Category, Producer, Unit, VatRate

    for kind, model in (
        ("unit", Unit),
        ("category", Category),
        ("producer", Producer),
        ("vat_rate", VatRate),
    ):
        rows = [
            RemoteElement(shop=shop, kind=kind, local_id=pk, remote_id=str(pk))
            for pk in model.objects.values_list("pk", flat=True)
        ]
        RemoteElement.objects.bulk_create(rows)


def _element(shop: Shop, kind: str, pk: int, record: Record) -> RemoteElement:
    content = to_content(record)
    print_ = content_print(content)
    return RemoteElement(
        shop=shop,
        kind=kind,
        local_id=pk,
        remote_id=str(pk),
        natural_key=str(pk),
        content=content,
        content_print=print_,
        synced_here_print=print_,
        synced_shop_print=print_,
        seen_value=Decimal(content["quantity"]) if "quantity" in content else None,
    )


def plan_unchanged(kind: str) -> Work:
    """Plan every linked element of a type and find nothing to do."""
    shop = Shop.objects.get()
    side = _side(shop)
    run = Run.objects.create(shop=shop, job=Run.Job.SYNC, lane=Run.Lane.CATALOGUE, mode=Run.Mode.PREVIEW)
    step = Step.objects.create(run=run, kind=kind, position=1)
    local = local_types(side)[kind]
    planner = Planner(side, run, step, local, Choice(linked="shop"), ProblemBook(run))

    def work() -> dict[str, Any]:
        queries = 0

        def counted(execute: Any, *args: Any) -> Any:
            nonlocal queries
            queries += 1
            return execute(*args)

        with connection.execute_wrapper(counted):
            while not planner.linked_chunk():
                pass
        return {
            "elements": RemoteElement.objects.of(shop, kind).count(),
            "changes": run.changes.count(),
            "queries": queries,
        }

    return work


def post_stock(address: str, quantity: str) -> Work:
    """The bare calls of a stock run: the same numbers in the same batches, with requests alone."""
    ids = [
        int(pk)
        for pk in RemoteElement.objects.filter(kind="stock").linked().values_list("remote_id", flat=True)
    ]

    def work() -> dict[str, Any]:
        with requests.Session() as session:
            for start in range(0, len(ids), 100):
                rows = [
                    {"id": pk, "manage_stock": True, "stock_quantity": int(quantity)}
                    for pk in ids[start : start + 100]
                ]
                answer = session.post(
                    f"{address}/wp-json/wc/v3/products/batch",
                    json={"update": rows},
                    auth=QuerySignature(KEY, SECRET),
                    timeout=60,
                )
                answer.raise_for_status()
                answer.json()
        return {"elements": len(ids), "requests": -(-len(ids) // 100)}

    return work


def set_stock(quantity: str) -> dict[str, Any]:
    return {"levels": StockLevel.objects.update(on_hand=Decimal(quantity))}


def touch_one() -> dict[str, Any]:
    """One level changes."""
    level = StockLevel.objects.order_by("pk").first()
    assert level is not None
    level.on_hand += 1
    level.save()
    return {}


def stock_beside_sync() -> Work:
    """A stock run of one change, while another process is in the middle of a full sync of the same shop."""
    shop = Shop.objects.get()
    sync = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.child", "run_job", "sync"],
        cwd=PROJECT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    while not Step.objects.filter(kind="article", state=Step.State.RUNNING).exists() and sync.poll() is None:
        time.sleep(0.1)

    def work() -> dict[str, Any]:
        run = start_run(shop, Run.Job.EXPORT_STOCK, trigger=Run.Trigger.COMMAND)
        while work_slice(run.pk) is not Outcome.FINISHED:
            pass
        beside = sync.poll() is None
        sync.terminate()
        sync.wait()
        return {"sync still at work": beside, "written": run.steps.get().shop}

    return work


def many_shops(addresses: str) -> dict[str, Any]:
    """Four shops with the same articles, each at its own address."""
    first = Shop.objects.get()
    warehouses = list(first.warehouses.all())
    for number, address in enumerate(addresses.split(",")):
        shop, _new = Shop.objects.get_or_create(
            code=f"many{number}",
            defaults={"name": f"Many {number}", "platform": "woocommerce", "address": address},
        )
        shop.address, shop.country = address, "SI"
        shop.credentials = {"consumer_key": KEY, "consumer_secret": SECRET}
        shop.options = {"requests_per_second": "1000000"}
        shop.overwrite_confirmed_at = timezone.now()
        shop.save()
        shop.warehouses.set(warehouses)
        ensure_rules(shop)
        ids = list(Article.objects.order_by("pk").values_list("pk", flat=True))
        RemoteElement.objects.bulk_create(
            [
                RemoteElement(shop=shop, kind=kind, local_id=pk, remote_id=str(place), natural_key=str(place))
                for kind in ("article", "stock")
                for place, pk in enumerate(ids, start=1)
            ],
            batch_size=CHUNK,
        )
    return {"shops": Shop.objects.filter(code__startswith="many").count()}


def several_workers(workers: str) -> Work:
    """A stock run of every shop, worked off by so many processes; each takes whatever run is free."""
    for shop in Shop.objects.filter(code__startswith="many"):
        RemoteElement.objects.of(shop, "stock").update(seen_value=None)
        start_run(shop, Run.Job.EXPORT_STOCK, trigger=Run.Trigger.COMMAND)

    def work() -> dict[str, Any]:
        children = [
            subprocess.Popen(
                [sys.executable, "-m", "benchmarks.child", "drain"], cwd=PROJECT, stdout=subprocess.DEVNULL
            )
            for _worker in range(int(workers))
        ]
        codes = [child.wait() for child in children]
        done = Run.objects.filter(shop__code__startswith="many", state=Run.State.DONE)
        written = sum(Step.objects.filter(run__in=done.order_by("-pk")[:4]).values_list("shop", flat=True))
        return {"workers": int(workers), "levels": written, "failed": sum(map(bool, codes))}

    return work


def drain() -> Work:
    """One worker: slices of whatever run is waiting, until none is left."""

    def work() -> dict[str, Any]:
        slices = 0
        while waiting := _unfinished():
            worked = [work_slice(pk) for pk in waiting]
            slices += sum(outcome in (Outcome.FINISHED, Outcome.MORE) for outcome in worked)
            if all(outcome is Outcome.BUSY for outcome in worked):
                time.sleep(0.1)
        return {"slices": slices}

    return work


def _unfinished() -> Sequence[int]:
    return list(Run.objects.unfinished().order_by("pk").values_list("pk", flat=True))
