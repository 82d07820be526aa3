"""Commands as the shell runs them: arguments in, exit code and output out; against the stand-in on loopback."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from django.core.management import load_command_class

from shops.models import Shop
from shops.services.rules import ensure_rules
from tests import factories as make
from tests.peers.woocommerce import ADMIN, DemoShop, woo

__all__ = ["woo"]


@dataclass(frozen=True)
class Ended:
    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        (line,) = self.out.splitlines()
        return json.loads(line)


@pytest.fixture
def manage(
    transactional_db: None, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Ended]:
    """manage("shop_add", "lipa", ...) -> Ended. The database is a committed one: commands use threads."""

    def run(name: str, *arguments: str, stdin: str = "") -> Ended:
        monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        capsys.readouterr()
        command = load_command_class("shops", name)
        code = 0
        try:
            command.run_from_argv(["manage.py", name, *arguments])
        except SystemExit as end:
            code = int(end.code or 0)
        out, err = capsys.readouterr()
        return Ended(code, out, err)

    return run


@pytest.fixture
def shop(transactional_db: None, woo: DemoShop) -> Shop:
    """Connected with the stand-in: one article that it does not have, one warehouse, one price list, no rules."""
    make.make_company()
    shop = make.make_shop(
        "lipa",
        address=woo.url,
        credentials={"consumer_key": ADMIN.key, "consumer_secret": ADMIN.secret},
        options={"requests_per_second": "1000"},
        country="SI",
        price_list=make.make_price_list(gross=False),
    )
    warehouse = make.make_warehouse()
    shop.warehouses.add(warehouse)
    ensure_rules(shop)
    article = make.make_article("MUG", name="Mug", vat_rate=make.make_vat_rate("22"), weight_g=Decimal(300))
    make.make_stock(article, warehouse, 7)
    make.make_price(shop.price_list, article, "9.90")
    return shop
