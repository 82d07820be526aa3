"""manage.py check_stock: is every stock level the sum of its movements?"""

from __future__ import annotations

from collections.abc import Sequence

from inventory.management.commands._levels import LevelsCommand
from inventory.services.stock import Difference, rebuild_levels


class Command(LevelsCommand):
    help = (
        "Compare every stock level with the sum of its movements. Ends with 1 when some differ; "
        "with --repair they are set to the sum, and it ends with 0."
    )
    repair_help = "set the levels to the sum of their movements"
    all_right = "Every level is the sum of its movements."
    repaired = "Levels set to the sum of their movements: %(count)d."

    def compare(self, *, repair: bool) -> Sequence[Difference]:
        return rebuild_levels(repair=repair)

    def numbers(self, row: Difference) -> str:
        return f"level {row.on_hand:f}, movements {row.moved:f}"
