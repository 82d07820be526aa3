"""Two Shoper shops, a WooCommerce and an osCommerce shop sell the same articles and stay in step, whatever happens.

Bounded for the everyday; KONTOR_CHAOS=full (`make chaos`) goes on for hundreds of events with several seeds, and
KONTOR_CHAOS=seed:events repeats one of them.
"""

from __future__ import annotations

import os
import random
from contextlib import ExitStack
from typing import Any

import pytest

from shops.platforms.oscommerce import complaints
from tests.crash.conftest import _no_waiting
from tests.crash.four_shops import Firm

__all__ = ["_no_waiting"]

CHAOS = os.environ.get("KONTOR_CHAOS", "")
# (seed, events): about every third event is a run in trouble, after every 40 all come to rest.
PLAYS = [(seed, 200) for seed in range(1, 5)] if CHAOS == "full" else [(1, 6)]
if ":" in CHAOS and CHAOS.partition(":")[0].isdigit():
    PLAYS = [(int(CHAOS.partition(":")[0]), int(CHAOS.partition(":")[2]))]
REST = 40

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.service]


@pytest.mark.requirement("S1", "S4", "S7", "P6", "O7", "D3")
@pytest.mark.parametrize(("seed", "events"), PLAYS)
def test_four_shops_stay_in_step(
    seed: int, events: int, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    monkeypatch.setattr(complaints, "BUSY_S", 0.0)
    with ExitStack() as stack:
        firm = Firm(random.Random(seed), stack)
        try:
            for number in range(1, events + 1):
                firm.something_happens()
                if firm.chance.random() < 0.34:
                    firm.run_in_trouble()
                if number % REST == 0 or number == events:
                    firm.comes_to_rest()
                    firm.check()
                    firm.said.append("--- all in step")
        except BaseException:
            with capsys.disabled():
                print(f"\nseed {seed}:\n" + "\n".join(firm.said[-60:]))
            raise
