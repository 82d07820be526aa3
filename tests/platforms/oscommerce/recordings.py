"""What running shops wrote, where it lies beside the project; tests that need it skip else.

A store can be filled with the recorded rows, and what a write changes can be held against what the shop's own panel or
storefront changed for the same wish.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.peers.oscommerce.shape import Shape
from tests.peers.oscommerce.store import Row, Store

FOLDER = Path(__file__).resolve().parents[4] / "shared" / "recordings" / "oscommerce"

needed = pytest.mark.skipif(
    not FOLDER.is_dir(), reason="the recorded rows (../shared/recordings) are not beside this checkout"
)

KEYS = {
    "address_book": ("address_book_id",),
    "categories": ("categories_id",),
    "categories_description": ("categories_id", "language_id"),
    "customers": ("customers_id",),
    "customers_basket": ("customers_basket_id",),
    "customers_info": ("customers_info_id",),
    "manufacturers": ("manufacturers_id",),
    "manufacturers_info": ("manufacturers_id", "languages_id"),
    "orders": ("orders_id",),
    "orders_products": ("orders_products_id",),
    "orders_status_history": ("orders_status_history_id",),
    "orders_total": ("orders_total_id",),
    "products": ("products_id",),
    "products_attributes": ("products_attributes_id",),
    "products_attributes_download": ("products_attributes_id",),
    "products_description": ("products_id", "language_id"),
    "products_images": ("id",),
    "products_to_categories": ("products_id", "categories_id"),
    "specials": ("specials_id",),
}
_NEVER_READ = {
    "customers_password",
    "password_reset_key",
    "password_reset_date",
    "cc_type",
    "cc_owner",
    "cc_number",
    "cc_expires",
}
# Written as NOW(): of these it only counts whether they are set.
_DATES = {
    "customers_info_date_account_created", "customers_info_date_account_last_modified", "date_added", "date_status_change",
    "last_modified", "products_date_added", "products_last_modified", "specials_date_added", "specials_last_modified",
}  # fmt: skip

Change = tuple[str, str, tuple[tuple[str, Any], ...]]


def rows(shape: Shape, part: str) -> dict[str, list[Row]]:
    """{table: rows} of one of orders, customers, catalogue, settings."""
    found = json.loads(_read(f"rows-{shape.version}-{part}.json"))["tables"]
    return {table: [_plain(row) for row in recorded] for table, recorded in found.items()}


def fill(shop: Store, *parts: str) -> None:
    """The recorded rows in place of the store's own."""
    for part in parts or ("settings", "catalogue", "customers", "orders"):
        for table, recorded in rows(shop.shape, part).items():
            shop.run(f"TRUNCATE TABLE {table}")  # new rows count from the recorded ones on
            for row in recorded:
                shop.insert(table, **row)


def changes(shape: Shape, number: int) -> list[dict[str, Any]]:
    """The changes of one recorded action, as they stand in its file."""
    (path,) = FOLDER.glob(f"changes-{shape.version}-{number:02d}-*.json")
    return json.loads(_read(path.name))["changes"]


def recorded(shape: Shape, number: int) -> set[Change]:
    """The same in the form of `changed`."""
    return {_change(one) for one in changes(shape, number)}


def apply(shop: Store, number: int) -> None:
    """Do what the recording says, for what Kontor does not do."""
    for one in changes(shop.shape, number):
        table, keys = one["table"], KEYS[one["table"]]
        if one["kind"] == "insert":
            shop.insert(table, **_plain(one["after"]))
        elif one["kind"] == "delete":
            shop.delete(table, **{key: one["before"][key] for key in keys})
        else:
            shop.update(table, _plain(one["after"]), **one["key"])


def snapshot(shop: Store) -> dict[str, dict[tuple[Any, ...], Row]]:
    return {
        table: {tuple(row[key] for key in keys): row for row in shop.rows(table)}
        for table, keys in KEYS.items()
    }


def changed(before: dict[str, Any], after: dict[str, Any]) -> set[Change]:
    """{(table, kind, columns)}: of an insert or a deletion all columns, of an update the key and what changed."""
    found: list[dict[str, Any]] = []
    for table, keys in KEYS.items():
        old, new = before[table], after[table]
        found += [{"table": table, "kind": "insert", "after": new[key]} for key in new.keys() - old.keys()]
        found += [{"table": table, "kind": "delete", "before": old[key]} for key in old.keys() - new.keys()]
        for key in old.keys() & new.keys():
            if different := {name for name in new[key] if old[key][name] != new[key][name]}:
                names = dict(zip(keys, key, strict=True))
                now = {name: new[key][name] for name in different}
                found.append({"table": table, "kind": "update", "key": names, "after": now})
    return {_change(one) for one in found}


def without(found: Iterable[Change], *columns: str) -> set[Change]:
    """The changes without these columns."""
    return {(table, kind, tuple(c for c in cells if c[0] not in columns)) for table, kind, cells in found}


def _change(one: dict[str, Any]) -> Change:
    cells = {
        "insert": lambda: _plain(one["after"]),
        "delete": lambda: _plain(one["before"]),
        "update": lambda: {f"key.{name}": value for name, value in one["key"].items()} | _plain(one["after"]),
    }[one["kind"]]()
    return (
        one["table"],
        one["kind"],
        tuple(sorted((name, _cell(name, value)) for name, value in cells.items())),
    )


def _cell(name: str, value: Any) -> str:
    if name in _DATES:
        return "set" if value else "not set"
    return str(value)


def _plain(row: Row) -> Row:
    found = {}
    for name, value in row.items():
        if name not in _NEVER_READ:
            found[name] = (
                value["utf8"]
                if isinstance(value, dict)
                else str(value)
                if isinstance(value, datetime)
                else value
            )
    return found


@cache
def _read(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")
