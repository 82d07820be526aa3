"""(b)-(d) Jobs against the stand-in, and the bare fetching of the same pages."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import requests
from django.utils import timezone

from benchmarks.stand_in import KEY, SECRET
from inventory.models import StockLevel
from shops.models import Run, Shop
from shops.platforms.woocommerce.oauth import QuerySignature
from shops.services.rules import KONTOR_LEADS, apply_preset, ensure_rules
from shops.services.runs import start_run, work_run

Work = Callable[[], dict[str, Any]]


def connect(address: str) -> dict[str, Any]:
    """Connect the one shop with the stand-in and let Kontor lead."""
    shop = Shop.objects.get()
    shop.address = address
    shop.credentials = {"consumer_key": KEY, "consumer_secret": SECRET}
    shop.country = "SI"
    # The rate limit protects real hosts; here it would be what is measured.
    shop.options = {"requests_per_second": "1000000"}
    shop.overwrite_confirmed_at = timezone.now()
    shop.save()
    ensure_rules(shop)
    apply_preset(shop, KONTOR_LEADS)
    return {}


def change_stock(count: str) -> dict[str, Any]:
    """One piece more of so many articles."""
    ids = list(StockLevel.objects.filter(warehouse__code="MAIN").order_by("pk").values_list("pk", flat=True))
    chosen = ids[: int(count)]
    for start in range(0, len(chosen), 1000):
        StockLevel.objects.filter(pk__in=chosen[start : start + 1000]).update(on_hand=500)
    return {"changed": len(chosen)}


def run_job(job: str) -> Work:
    shop = Shop.objects.get()

    def work() -> dict[str, Any]:
        run: Run = work_run(start_run(shop, job, trigger=Run.Trigger.COMMAND).pk)
        steps = list(run.steps.values_list("kind", "read", "shop", "failed"))
        return {
            "state": run.state,
            "read": sum(read for _kind, read, _shop, _failed in steps),
            "written": sum(written for _kind, _read, written, _failed in steps),
            "failed": sum(failed for _kind, _read, _shop, failed in steps),
        }

    return work


def fetch(address: str, listing: str) -> Work:
    """GET the same pages with requests and decode their JSON; nothing else."""
    pages = json.loads(Path(listing).read_text())

    def work() -> dict[str, Any]:
        rows = 0
        with requests.Session() as session:
            for path, query in pages:
                answer = session.get(
                    f"{address}/wp-json{path}", params=query, auth=QuerySignature(KEY, SECRET), timeout=60
                )
                answer.raise_for_status()
                data = answer.json()
                rows += len(data) if isinstance(data, list) else 1
        return {"pages": len(pages), "rows": rows}

    return work
