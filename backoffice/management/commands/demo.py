"""manage.py demo: the demo firm with its articles, pictures, stock, prices and customers, and its first shop."""

from __future__ import annotations

import os
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from backoffice.demo.data import SHOP_CODE, ShopAccess, load
from inventory.models import Article
from shops.models import Listener, Run, Shop
from shops.services.runs import start_run


class Command(BaseCommand):
    help = (
        "Load the demo firm. May be run again: what exists is left as it is. "
        "With --shop-url, --shop-key and --shop-secret the demo shop is connected as well."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--shop-url", default=os.environ.get("DEMO_SHOP_URL", ""), help="address of the demo shop"
        )
        parser.add_argument(
            "--shop-key", default=os.environ.get("DEMO_SHOP_KEY", ""), help="its REST key (ck_...)"
        )
        parser.add_argument(
            "--shop-secret", default=os.environ.get("DEMO_SHOP_SECRET", ""), help="the key's secret (cs_...)"
        )
        parser.add_argument(
            "--if-empty", action="store_true", help="do nothing when there is any article already"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["if_empty"] and Article.objects.exists():
            self.stdout.write("There are articles already, so no demo data was loaded.")
            return
        given = [options["shop_url"], options["shop_key"], options["shop_secret"]]
        if any(given) and not all(given):
            raise CommandError("Give all three of --shop-url, --shop-key and --shop-secret, or none.")
        start = time.monotonic()
        loaded = load(ShopAccess(*given) if all(given) else None, say=self._say)
        self.stdout.write(
            f"Demo data is there after {time.monotonic() - start:.0f} s: {loaded.articles} articles, "
            f"{loaded.pictures} pictures, {loaded.customers} customers, {loaded.shops} shop(s), {loaded.orders} orders."
        )
        self._fill_shop()

    def _fill_shop(self) -> None:
        """Order the first synchronisation, so that the demo shop is full when a newcomer opens it, and its calls."""
        shop = Shop.objects.filter(code=SHOP_CODE).first()
        if shop is not None and not shop.runs.exists():
            Listener.objects.get_or_create(shop=shop, defaults={"wanted": True})
            run = start_run(shop, Run.Job.SYNC, trigger=Run.Trigger.COMMAND)
            self.stdout.write(f"Run {run.pk} fills the demo shop as soon as a worker is there.")

    def _say(self, text: str) -> None:
        self.stdout.write(f"  {text} ...")
        self.stdout.flush()
