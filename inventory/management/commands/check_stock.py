"""manage.py check_stock: is every stock level the sum of its movements?"""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from inventory.models import Article, Warehouse
from inventory.services.stock import rebuild_levels


class Command(BaseCommand):
    help = (
        "Compare every stock level with the sum of its movements. Ends with 1 when some differ; "
        "with --repair they are set to the sum, and it ends with 0."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--repair", action="store_true", help="set the levels to the sum of their movements"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        different = rebuild_levels(repair=options["repair"])
        skus = dict(
            Article.objects.filter(pk__in={row.article_id for row in different[:1000]}).values_list(
                "pk", "sku"
            )
        )
        places = dict(Warehouse.objects.values_list("pk", "code"))
        for row in different[:1000]:
            self.stdout.write(
                f"{skus[row.article_id]} in {places[row.warehouse_id]}: level {row.on_hand:f}, "
                f"movements {row.moved:f}"
            )
        if not different:
            self.stdout.write("Every level is the sum of its movements.")
        elif options["repair"]:
            self.stdout.write(f"Levels set to the sum of their movements: {len(different)}.")
        else:
            raise CommandError(
                f"Levels that differ: {len(different)}. Run it with --repair to set them right.", returncode=1
            )
