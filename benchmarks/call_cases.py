"""(i) The shop calls: signed webhooks against gunicorn, and a storm of calls about one order."""

from __future__ import annotations

import argparse
import base64
import hashlib
import hmac
import json
import tempfile
import threading
import time
from collections.abc import Callable
from typing import Any

from django.utils import timezone

from benchmarks.measure import Measure, in_child
from benchmarks.stand_in import StandIn
from benchmarks.table import Row
from benchmarks.web import Answers, Client, at_a_rate, web_server

TOKEN, SECRET = "t" * 43, "bench-secret"
PATH = f"/calls/{TOKEN}"


def registered(address: str) -> dict[str, Any]:
    """A shop that calls for its orders, as after “Register” on its Health page."""
    from benchmarks.stand_in import KEY
    from benchmarks.stand_in import SECRET as KEY_SECRET
    from shops.models import Listener, ListenerTopic, Rule, Shop
    from shops.services.rules import ensure_rules

    shop = Shop.objects.get()
    shop.address, shop.active = address, True
    shop.credentials = {"consumer_key": KEY, "consumer_secret": KEY_SECRET}
    shop.options = {"requests_per_second": "1000"}
    shop.save()
    ensure_rules(shop)
    Rule.objects.filter(shop=shop).update(linked="nothing", import_here=False)
    Rule.objects.filter(shop=shop, kind="order").update(linked="here", import_here=True)
    listener = Listener.objects.create(
        shop=shop,
        token=TOKEN,
        secret={"secret": SECRET},
        address="https://bench.example",
        registered_at=timezone.now(),
    )
    for topic in ("order.created", "order.updated"):
        ListenerTopic.objects.create(listener=listener, topic=topic, remote_id="1", active=True)
    return {}


def call(order: int, number: int) -> Callable[[Client], bool]:
    """One signed call, of about the size of a small order. number: makes its content another one."""
    body = json.dumps({"id": order, "status": "processing", "changed": number, "note": "x" * 2000}).encode()
    signature = base64.b64encode(hmac.new(SECRET.encode(), body, hashlib.sha256).digest()).decode()
    headers = {
        "Content-Type": "application/json",
        "X-WC-Webhook-Signature": signature,
        "X-WC-Webhook-Topic": "order.updated",
        "X-WC-Webhook-Resource": "order",
        "X-WC-Webhook-Event": "updated",
        "X-WC-Webhook-ID": "1",
    }
    return lambda client: client.ask("POST", PATH, body, headers)[0] == 200


def stored() -> Callable[[], dict[str, Any]]:
    def work() -> dict[str, Any]:
        from django.db.models import Sum

        from shops.models import Run, ShopCall

        return {
            "stored": ShopCall.objects.count(),
            "times": ShopCall.objects.aggregate(all=Sum("times"))["all"] or 0,
            "runs": Run.objects.count(),
        }

    return work


def listen(seconds: str) -> Callable[[], dict[str, Any]]:
    """What the quick workers do while calls come in, with a tick a minute, until nothing has waited for some seconds."""

    def work() -> dict[str, Any]:
        from shops.models import Run, Shop, ShopCall
        from shops.services.hearing import end_rest, pause_before_hearing, start_hearing
        from shops.services.runs import work_run

        shop, runs = Shop.objects.get(), 0
        idle_since = ticked = time.monotonic()
        while time.monotonic() - idle_since < float(seconds):
            if time.monotonic() - ticked >= 60:
                end_rest()
                ticked = time.monotonic()
            if ShopCall.objects.waiting().exists():
                time.sleep(pause_before_hearing(shop.pk))
                for run in start_hearing(shop.pk):
                    work_run(run.pk)
                    runs += 1
            else:
                time.sleep(0.1)
                if not ShopCall.objects.filter(state=ShopCall.State.RESTING).exists():
                    continue
            idle_since = time.monotonic()
        return {"runs": runs, "failed": Run.objects.filter(state=Run.State.FAILED).count()}

    return work


def calls(url: str, options: argparse.Namespace) -> list[Row]:
    """(i) So many calls a second for so long, then ten thousand about one order while a worker listens."""
    total = int(options.calls * options.seconds)
    storm = max(min(10_000, total), 50)
    with tempfile.TemporaryDirectory(prefix="kontor-bench-") as folder, StandIn() as shop:
        environment = {"DATABASE_URL": url, "MEDIA_ROOT": folder}
        in_child("fill", "10", environment=environment)
        shop.ask("products 1")
        shop.ask("orders 1 1")
        order = shop.ask("newest")
        in_child("registered", shop.address, environment=environment)
        with web_server(url, folder) as port:
            at_a_rate([call(1, -number) for number in range(20)], port, a_second=20, clients=4)  # warm
            in_child("forget_calls", environment=environment)
            began = time.perf_counter()
            steady = at_a_rate(
                [call(1000 + number % 997, number) for number in range(total)], port, a_second=options.calls
            )
            steady_s = time.perf_counter() - began
            kept = in_child("stored", environment=environment).figures
            in_child("forget_calls", environment=environment)
            shop.ask("reset")
            heard: list[Measure] = []
            worker = threading.Thread(
                target=lambda: heard.append(in_child("listen", "8", environment=environment))
            )
            worker.start()
            began = time.perf_counter()
            stormy = at_a_rate(
                [call(order, total + number) for number in range(storm)], port, a_second=0, clients=16
            )
            storm_s = time.perf_counter() - began
            worker.join()
            storm_kept = in_child("stored", environment=environment).figures
            asked = [line for line in shop.ask("requests") if "/orders" in str(line)]
    return [
        _row(
            f"{options.calls} calls a second for {options.seconds} s",
            steady,
            steady_s,
            {"stored": kept["stored"]},
        ),
        _row(
            f"{storm} calls about one order, at once",
            stormy,
            storm_s,
            {
                "stored": storm_kept["stored"],
                "runs": heard[0].figures["runs"],
                "requests for the order": len(asked),
            },
        ),
    ]


def _row(case: str, answers: Answers, seconds: float, figures: dict[str, Any]) -> Row:
    count = len(answers.seconds)
    shown = {
        "sent": count,
        "failures": answers.failures,
        "a second": round(count / seconds, 1),
        "p50 ms": answers.percentile_ms(50),
        "p99 ms": answers.percentile_ms(99),
        "slowest ms": answers.percentile_ms(100),
    }
    return Row(case, round(seconds, 2), figures={**shown, **figures})


def forget_calls() -> dict[str, Any]:
    from shops.models import Run, ShopCall

    ShopCall.objects.all().delete()
    Run.objects.all().delete()
    return {}
