"""manage.py check_reserved: do the stock levels keep back what open orders need?"""

from __future__ import annotations

from collections.abc import Sequence

from inventory.management.commands._levels import LevelsCommand
from orders.services.reserved_check import ReservedDifference, check_reserved


class Command(LevelsCommand):
    help = (
        "Compare what every stock level keeps back with the reservations of open orders. Ends with 1 when some differ; "
        "with --repair both are set to what open orders need, and it ends with 0."
    )
    repair_help = "set reservations and levels right"
    all_right = "Every level keeps back what open orders need."

    def compare(self, *, repair: bool) -> Sequence[ReservedDifference]:
        return check_reserved(repair=repair)

    def numbers(self, row: ReservedDifference) -> str:
        return f"level {row.level:f}, orders {row.reservations:f}"
