"""The other side: the demo shop in a process of its own, so that its work and memory are not counted as ours.

    with StandIn() as shop:
        shop.address
        shop.ask("reset")

The child reads one command a line from standard input: counts, requests, reset, products N, orders N LINES, newest.
"""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Self

from benchmarks.measure import PROJECT

if TYPE_CHECKING:
    from backoffice.demo.shop import DemoShop

KEY, SECRET = "ck_bench", "cs_bench"
_DAY = 86400


class StandIn:
    module = "benchmarks.stand_in"

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", self.module],
            cwd=PROJECT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.address = str(self._answer())
        return self

    def __exit__(self, *error: object) -> None:
        self._process.terminate()
        self._process.wait(timeout=10)

    def ask(self, command: str) -> Any:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{command}\n")
        self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> Any:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the stand-in ended; run `python -m {self.module}` to see why")
        return json.loads(line)


def main() -> None:
    from backoffice.demo.shop import DemoShop, Key, add_products, seeded

    state = seeded()
    state.keys[KEY] = Key(KEY, SECRET)
    with DemoShop(state, keep_requests=1_000_000) as shop:
        say(shop.url)
        for line in sys.stdin:
            command, _space, argument = line.strip().partition(" ")
            if command == "reset":
                shop.reset_counts()
                say("ok")
            elif command == "delay":
                shop.delays(float(argument), times=None)
                say("ok")
            elif command == "counts":
                writes = len(shop.writes)
                say({"requests": len(shop.requests), "writes": writes})
            elif command == "products":  # with the SKUs of benchmarks.data
                say(len(add_products(state, int(argument), prefix="ART-00")))
            elif command == "orders":
                count, lines = argument.split()
                say(add_orders(shop, int(count), int(lines)))
            elif command == "newest":
                say(max(state.orders))
            elif command == "requests":
                say(
                    [[asked.path, _unsigned(asked.query)] for asked in shop.requests if asked.method == "GET"]
                )


def add_orders(shop: DemoShop, count: int, lines: int) -> str:
    """So many orders of so many products each, of 300 buyers; the moment after which only they have changed (ISO 8601).

    The shop computes every hundredth one; those between are copies, which only another buyer has placed.
    """
    state = shop.state
    with state.lock:
        products = [product.id for product in state.products.values() if product.sku]
        began = (
            max((order["modified"] for order in state.orders.values()), default=state.now() - 30 * _DAY)
            + _DAY
        )
        pattern: dict[str, Any] = {}
        for number in range(count):
            if number % 100 == 0:
                chosen = [products[(number + line) % len(products)] for line in range(lines)]
                pattern = shop.api.orders.create(_checkout(chosen))
                state.orders.drop(pattern["id"])
            buyer = number % 300
            row = {
                **pattern,
                "id": (found := state.next("post")),
                "number": str(found),
                "created": began,
                "modified": began,
                "billing": {
                    **pattern["billing"],
                    "email": f"b{buyer}@example.test",
                    "last_name": f"Novak {buyer}",
                },
            }
            state.orders.put(found, row)
    return datetime.fromtimestamp(began - 1, UTC).isoformat()


def _checkout(products: list[int]) -> dict[str, Any]:
    billing = {
        "first_name": "Ana",
        "address_1": "Lipova 1",
        "city": "Celje",
        "postcode": "3000",
        "country": "SI",
    }
    return {
        "status": "processing",
        "payment_method": "cod",
        "payment_method_title": "Cash on delivery",
        "billing": billing,
        "line_items": [{"product_id": product, "quantity": 1} for product in products],
        "shipping_lines": [{"method_id": "flat_rate", "method_title": "GLS", "total": "4.10"}],
    }


def _unsigned(query: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in query.items() if not name.startswith("oauth_")}


def say(value: Any) -> None:
    print(json.dumps(value), flush=True)


if __name__ == "__main__":
    main()
