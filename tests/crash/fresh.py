"""A clean firm and a clean shop, many times within one test."""

from __future__ import annotations

from django.apps import apps
from django.core.management.color import no_style
from django.db import connection

from shops.models import Shop
from tests.peers.woocommerce import DemoShop
from tests.shops.sync.conftest import connected


def empty_tables() -> None:
    """Empty our own tables; Django's (rights, content types) stay."""
    tables = []
    for label in ("inventory", "orders", "shops"):
        for model in apps.get_app_config(label).get_models(include_auto_created=True):
            tables.append(model._meta.db_table)
    connection.ops.execute_sql_flush(
        connection.ops.sql_flush(no_style(), tables, reset_sequences=False, allow_cascade=True)
    )


def fresh_shop(woo: DemoShop) -> Shop:
    empty_tables()
    return connected(woo)
