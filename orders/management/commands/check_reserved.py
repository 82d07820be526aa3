"""manage.py check_reserved: do the stock levels keep back what open orders need?"""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from inventory.models import Article, Warehouse
from orders.services.reserved_check import check_reserved


class Command(BaseCommand):
    help = (
        "Compare what every stock level keeps back with the reservations of open orders. Ends with 1 when some differ; "
        "with --repair both are set to what open orders need, and it ends with 0."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--repair", action="store_true", help="set reservations and levels right")

    def handle(self, *args: Any, **options: Any) -> None:
        different = check_reserved(repair=options["repair"])
        skus = dict(
            Article.objects.filter(pk__in={row.article_id for row in different[:1000]}).values_list(
                "pk", "sku"
            )
        )
        places = dict(Warehouse.objects.values_list("pk", "code"))
        for row in different[:1000]:
            self.stdout.write(
                f"{skus[row.article_id]} in {places[row.warehouse_id]}: level {row.level:f}, "
                f"orders {row.reservations:f}"
            )
        if not different:
            self.stdout.write("Every level keeps back what open orders need.")
        elif not options["repair"]:
            raise CommandError(
                f"Levels that differ: {len(different)}. Run it with --repair to set them right.", returncode=1
            )
