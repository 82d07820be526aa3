"""The other side: the demo shop in a process of its own, so that its work and memory are not counted as ours.

    with StandIn() as shop:
        shop.address
        shop.ask("reset")

The child reads one command a line from standard input: counts, requests, reset, products N.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any, Self

from benchmarks.measure import PROJECT

KEY, SECRET = "ck_bench", "cs_bench"


class StandIn:
    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.stand_in"],
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
            raise RuntimeError("the stand-in ended; run `python -m benchmarks.stand_in` to see why")
        return json.loads(line)


def main() -> None:
    from backoffice.demo.shop import DemoShop, Key, add_products, seeded

    state = seeded()
    state.keys[KEY] = Key(KEY, SECRET)
    with DemoShop(state, keep_requests=1_000_000) as shop:
        _say(shop.url)
        for line in sys.stdin:
            command, _space, argument = line.strip().partition(" ")
            if command == "reset":
                shop.reset_counts()
                _say("ok")
            elif command == "delay":
                shop.delays(float(argument), times=None)
                _say("ok")
            elif command == "counts":
                writes = len(shop.writes)
                _say({"requests": len(shop.requests), "writes": writes})
            elif command == "products":  # with the SKUs of benchmarks.data
                _say(len(add_products(state, int(argument), prefix="ART-00")))
            elif command == "requests":
                _say(
                    [[asked.path, _unsigned(asked.query)] for asked in shop.requests if asked.method == "GET"]
                )


def _unsigned(query: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in query.items() if not name.startswith("oauth_")}


def _say(value: Any) -> None:
    print(json.dumps(value), flush=True)


if __name__ == "__main__":
    main()
