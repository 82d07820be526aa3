"""(i) Fifty people in the office: lists, searches, pages and the dashboard over a large firm's data."""

from __future__ import annotations

import argparse
import random
import tempfile
import threading
import time
from collections.abc import Callable
from typing import Any, Final

from benchmarks.measure import in_child
from benchmarks.table import Row
from benchmarks.web import Answers, Client, web_server

# (name, address, how often in 100 clicks). {order}, {article}: any of them.
PAGES: Final[tuple[tuple[str, str, int], ...]] = (
    ("dashboard", "/", 10),
    ("order list", "/orders/order/", 20),
    ("order list, to pack", "/orders/order/?queue=pack", 8),
    ("order list, page 150", "/orders/order/?p=150", 3),
    ("order list, search a number", "/orders/order/?q=B-{order}", 8),
    ("order list, search a name", "/orders/order/?q=Kos+{order4}", 5),
    ("order", "/orders/order/{order}/change/", 16),
    ("article list", "/inventory/article/", 10),
    ("article list, search a SKU", "/inventory/article/?q=ART-9{article}", 6),
    ("article", "/inventory/article/{article}/change/", 6),
    ("stock", "/inventory/stocklevel/", 5),
    ("customers", "/orders/customer/", 3),
)
THINK_S: Final = 5.0


def sessions(staff: str) -> dict[str, Any]:
    """A session for each, as after logging in: {"keys": [...], "first_order", "first_article"}."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.auth.models import User
    from django.contrib.sessions.backends.db import SessionStore

    from inventory.models import Article
    from orders.models import Order

    keys = []
    for user in User.objects.filter(username__startswith="staff-")[: int(staff)]:
        session = SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.save()
        keys.append(session.session_key)
    return {
        "keys": keys,
        "orders": [Order.objects.order_by("pk")[0].pk, Order.objects.count()],
        "articles": [Article.objects.order_by("pk")[0].pk, Article.objects.count()],
    }


def staff(url: str, options: argparse.Namespace) -> list[Row]:
    """(i) `--staff` people, each a click every five seconds or so, for `--seconds`."""
    with tempfile.TemporaryDirectory(prefix="kontor-bench-") as folder:
        environment = {
            "DATABASE_URL": url,
            "MEDIA_ROOT": folder,
            "DJANGO_SETTINGS_MODULE": "benchmarks.web_settings",
        }
        began = time.perf_counter()
        in_child(
            "office",
            str(options.office),
            str(options.office * 5 // 2),
            str(options.staff),
            environment=environment,
        )
        made_s = time.perf_counter() - began
        known = in_child("sessions", str(options.staff), environment=environment).figures
        with web_server(url, folder) as port:
            for name, _address, _share in PAGES:  # each once, so that every process has its modules and plans
                for _again in range(2):
                    _click(Client(port), known["keys"][0], known, name, random.Random(1))
            single = {name: _timed(port, known, name) for name, _address, _share in PAGES}
            many = _crowd(port, known, options.seconds)
    return _rows(made_s, single, many)


def _rows(made_s: float, single: dict[str, float], many: dict[str, Answers]) -> list[Row]:
    rows = [
        Row(
            name,
            round(sum(many[name].seconds), 2),
            figures={
                "clicks": len(many[name].seconds),
                "failures": many[name].failures,
                "alone ms": single[name],
                "p50 ms": many[name].percentile_ms(50),
                "p95 ms": many[name].percentile_ms(95),
            },
        )
        for name, _address, _share in PAGES
        if name in many
    ]
    everything = Answers(
        [s for one in many.values() for s in one.seconds], sum(one.failures for one in many.values())
    )
    rows.append(
        Row(
            "all pages",
            round(made_s, 1),
            figures={
                "clicks": len(everything.seconds),
                "failures": everything.failures,
                "p50 ms": everything.percentile_ms(50),
                "p95 ms": everything.percentile_ms(95),
            },
            note="seconds: making the data",
        )
    )
    return rows


def _timed(port: int, known: dict[str, Any], name: str) -> float:
    """The middle one of five, nobody else about."""
    client, chance, found = Client(port), random.Random(2), Answers()
    for _round in range(5):
        began = time.perf_counter()
        _click(client, known["keys"][0], known, name, chance)
        found.seconds.append(time.perf_counter() - began)
    return found.percentile_ms(50)


def _crowd(port: int, known: dict[str, Any], seconds: float) -> dict[str, Answers]:
    found: dict[str, Answers] = {}
    lock, ends = threading.Lock(), time.perf_counter() + seconds
    names, shares = [name for name, _a, _s in PAGES], [share for _n, _a, share in PAGES]

    def person(number: int) -> None:
        chance, client = random.Random(number), Client(port)
        time.sleep(chance.uniform(0, THINK_S))
        while time.perf_counter() < ends:
            name = chance.choices(names, shares)[0]
            began = time.perf_counter()
            try:
                well = _click(client, known["keys"][number], known, name, chance)
            except OSError:
                well, client = False, Client(port)
            taken = time.perf_counter() - began
            with lock:
                answers = found.setdefault(name, Answers())
                answers.seconds.append(taken)
                answers.failures += not well
            time.sleep(chance.uniform(0.5, 1.5) * THINK_S)

    threads = [threading.Thread(target=person, args=(n,), daemon=True) for n in range(len(known["keys"]))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def _click(client: Client, session: str, known: dict[str, Any], name: str, chance: random.Random) -> bool:
    address = next(address for known_name, address, _share in PAGES if known_name == name)
    (first_order, orders), (first_article, articles) = known["orders"], known["articles"]
    path = address.format(
        order=first_order + chance.randrange(orders),
        order4=chance.randrange(5000),
        article=first_article + chance.randrange(articles),
    )
    status, body = client.ask("GET", path, headers={"Cookie": f"sessionid={session}; csrftoken={'x' * 32}"})
    return status == 200 and b"</html>" in body


def page_statements() -> Callable[[], dict[str, Any]]:
    """How many statements each page asks."""

    def work() -> dict[str, Any]:
        from django.contrib.auth.models import User
        from django.db import connection
        from django.test import Client as Browser
        from django.test.utils import CaptureQueriesContext

        browser = Browser(SERVER_NAME="127.0.0.1")
        browser.force_login(User.objects.filter(is_superuser=True)[0])
        found = {}
        for name, address, _share in PAGES:
            path = address.format(order=100, order4=7, article=100)
            browser.get(path)
            with CaptureQueriesContext(connection) as asked:
                status = browser.get(path).status_code
            slowest = max(
                asked.captured_queries, key=lambda one: float(one["time"]), default={"time": "0", "sql": ""}
            )
            found[name] = f"{status}: {len(asked)} ({slowest['time']} s {slowest['sql'][:300]})"
        return found

    return work
