"""What the commands share that compare every stock level with what it must be."""

from __future__ import annotations

from abc import abstractmethod
from argparse import ArgumentParser
from collections.abc import Sequence
from typing import Any, ClassVar

from django.core.management.base import BaseCommand, CommandError

from inventory.models import Article, Warehouse

_NAMED = 1000


class LevelsCommand(BaseCommand):
    """Names the levels that differ. Ends with 1 when there are some, with 0 when they were repaired."""

    repair_help: ClassVar[str]
    all_right: ClassVar[str]
    repaired: ClassVar[str] = ""  # with %(count)d

    @abstractmethod
    def compare(self, *, repair: bool) -> Sequence[Any]:
        """Rows with article_id and warehouse_id."""

    @abstractmethod
    def numbers(self, row: Any) -> str:
        """What the level says, and what it should say."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--repair", action="store_true", help=self.repair_help)

    def handle(self, *args: Any, **options: Any) -> None:
        different = self.compare(repair=options["repair"])
        shown = different[:_NAMED]
        articles = Article.objects.filter(pk__in={row.article_id for row in shown})
        skus = dict(articles.values_list("pk", "sku"))
        places = dict(Warehouse.objects.values_list("pk", "code"))
        for row in shown:
            self.stdout.write(f"{skus[row.article_id]} in {places[row.warehouse_id]}: {self.numbers(row)}")
        if not different:
            self.stdout.write(self.all_right)
        elif not options["repair"]:
            raise CommandError(
                f"Levels that differ: {len(different)}. Run it with --repair to set them right.", returncode=1
            )
        elif self.repaired:
            self.stdout.write(self.repaired % {"count": len(different)})
