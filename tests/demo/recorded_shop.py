"""Rebuilds the recorded WooCommerce from its own answers, so that each recorded request can be asked again.

The recordings lie beside the project (../shared/recordings/woocommerce), not in it: they belong to the running
shop they were taken from.
"""

import dataclasses
import json
import struct
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from backoffice.demo.shop import Product, ShopState
from backoffice.demo.shop.resources.customers import new_customer
from tests.peers.woocommerce import ADMIN, BUYER, MANAGER, READER, WRITER

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "recordings" / "woocommerce"
NOW = 1795290661  # 2026-11-21T19:51:01 UTC, the clock of the recorded OAuth calls
Recording = dict[str, Any]


def recordings() -> list[Path]:
    return sorted(FOLDER.glob("[0-9]*.json")) if FOLDER.is_dir() else []


def load(number: int) -> Recording:
    path = next(FOLDER.glob(f"{number:03}-*.json"))
    return json.loads(path.read_text())


def answer(number: int) -> Any:
    return load(number)["response"]["body"]


def png(width: int = 60) -> bytes:
    """A one-coloured picture, small enough to make in a line."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    rows = b"".join(b"\x00" + b"\x80\xa0\x60" * width for _ in range(4))
    head = struct.pack(">IIBBBBB", width, 4, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


def recorded_state(*, old: bool = False) -> ShopState:
    """The shop as it was when its lists were read (files 028 to 051)."""
    state = ShopState(clock=lambda: NOW)
    for key in (ADMIN, READER, WRITER, BUYER, MANAGER):
        state.keys[key.key] = key
    for number in (28, 29):
        state.settings |= {row["id"]: row["value"] for row in answer(number) if isinstance(row["value"], str)}
    state.tax_classes.clear()
    for row in answer(49):
        state.add_tax_class(row["name"], row["slug"])
    for row in answer(50):
        kept = {k: v for k, v in row.items() if k in ("priority", "compound", "shipping", "order")}
        state.add_tax(row["country"], row["rate"], row["name"], row["class"], tax_id=row["id"], **kept)
    _terms(state)
    _customers(state)
    methods = [row | {"cost": "4.10"} for row in answer(31)]
    state.zones.put(1, {"id": 1, "name": "Slovenija", "countries": ["SI"], "methods": methods})
    for number, row in enumerate(answer(30)):
        state.gateways.put(number, {"id": row["id"], "title": row["title"], "enabled": row["enabled"]})
    _products(state, old=old)
    state.coupons.put(
        1, {"code": "poteklo", "discount_type": "percent", "amount": "10", "expires": NOW - 86400}
    )
    state.numbers |= {"post": 56, "meta": 2000}
    return state


def _terms(state: ShopState) -> None:
    state.terms.clear()
    for kind, number in (("category", 46), ("tag", 47), ("brand", 48)):
        for row in answer(number):
            image = row.get("image") or {}
            if image:
                _image(state, image, offsets=1)
            term = state.add_term(
                kind,
                "x",
                term_id=row["id"],
                slug=row["slug"],
                parent=row.get("parent", 0),
                description=row["description"],
                menu_order=row.get("menu_order", 0),
                image_id=image.get("id", 0),
            )
            term["name"] = row["name"]
    state.add_term("shipping_class", "Velik paket", term_id=16, slug="velik-paket")
    state.attributes.put(
        1,
        {
            "id": 1,
            "name": "Barva",
            "slug": "pa_barva",
            "type": "select",
            "order_by": "menu_order",
            "has_archives": False,
        },
    )


def _image(state: ShopState, row: Mapping[str, Any], offsets: int = 2) -> int:
    created = state.from_gmt(row["date_created_gmt"])
    width = int(row["sizes"].split("px")[0].rsplit(" ", 1)[1]) if row.get("sizes") else 1
    file = row["src"].split("/wp-content/uploads/")[1]
    image = {"id": row["id"], "file": file, "name": row["name"], "alt": row["alt"], "created": created}
    kept = state.images.get(row["id"], {})
    state.images[row["id"]] = image | {
        "width": max(width, kept.get("width", 1)),
        "height": 4,
        "type": "image/png",
    }
    state.files[row["id"]] = png(8)
    return row["id"]


def _customers(state: ShopState) -> None:
    for row in answer(51):
        customer = new_customer(state, row["email"], username=row["username"], customer_id=row["id"])
        copied = ("first_name", "last_name", "role", "billing", "shipping", "is_paying_customer", "meta_data")
        customer |= {name: row[name] for name in copied}
        customer["created"] = state.from_gmt(row["date_created_gmt"])
        stamp = row["date_modified_gmt"]
        customer["modified"] = state.from_gmt(stamp) if stamp else None
        state.customers.put(row["id"], customer)


def _products(state: ShopState, *, old: bool) -> None:
    edited = answer(40)
    for row in [*answer(33), *answer(34), answer(138 if old else 42)]:
        product = product_of(state, row)
        if row["id"] == edited["id"]:
            product.description = edited["description"]
        state.add(product)
    for row in answer(43):
        variation = product_of(state, row)
        # Without a picture of its own a variation shows the parent's first.
        variation.image_ids = [n for n in variation.image_ids if n != state.products[41].image_ids[0]]
        state.add(variation)
    # Of product 47 and its variations only some fields were recorded.
    known = next(row for row in answer(37) if row["id"] == 47)
    rows = answer(44)
    parent = Product(
        id=47,
        name="Majica s potiskom",
        slug="majica-s-potiskom",
        type="variable",
        sku=known["sku"],
        manage_stock=True,
        stock_quantity=33,
        created=NOW,
        modified=state.from_gmt(known["date_modified_gmt"]),
        category_ids=[25],
        image_ids=[_image(state, rows[1]["image"])],
    )
    options = [row["attributes"][0]["option"] for row in rows]
    parent.attributes = [
        {
            "id": 1,
            "name": "Barva",
            "slug": "pa_barva",
            "position": 0,
            "visible": True,
            "variation": True,
            "options": options,
        }
    ]
    state.add(parent)
    for row in rows:
        defaults = {
            "date_created_gmt": known["date_modified_gmt"],
            "date_modified_gmt": known["date_modified_gmt"],
        }
        state.add(product_of(state, {"type": "variation", "status": "publish", **defaults, **row}))


def product_of(state: ShopState, row: Mapping[str, Any]) -> Product:
    """A stored product from a row of the API. Descriptions come through the default view's text filters."""
    names = {field.name for field in dataclasses.fields(Product)} - {"attributes", "downloads"}
    product = Product(**{name: value for name, value in row.items() if name in names})
    product.slug = row.get("slug", "") or row.get("generated_slug", "")
    product.manage_stock = row.get("manage_stock") is True
    if row.get("manage_stock") == "parent":
        product.stock_quantity = None
    product.created = state.from_gmt(row["date_created_gmt"])
    product.modified = state.from_gmt(row["date_modified_gmt"])
    for end in ("from", "to"):
        stamp = row.get(f"date_on_sale_{end}_gmt")
        setattr(product, f"sale_{end}", state.from_gmt(stamp) if stamp else None)
    for name in ("length", "width", "height"):
        setattr(product, name, row.get("dimensions", {}).get(name, ""))
    for name, kind in (("categories", "category"), ("brands", "brand"), ("tags", "tag")):
        setattr(product, f"{kind}_ids", [term["id"] for term in row.get(name, ())])
    product.attributes = [dict(attribute) for attribute in row.get("attributes", ())]
    pictures = row.get("images") or ([row["image"]] if row.get("image") else [])
    product.image_ids = [_image(state, picture) for picture in pictures]
    return product


_LINES = ("line_items", "tax_lines", "shipping_lines", "fee_lines", "coupon_lines")


def put_order(state: ShopState, row: Mapping[str, Any]) -> dict[str, Any]:
    """Store an order as the API showed it (best read with dp=6)."""
    left_out = {
        "date_created",
        "date_modified",
        "date_paid",
        "date_completed",
        "refunds",
        "_links",
        "payment_url",
    }
    order = {k: v for k, v in row.items() if k not in left_out}
    for name in ("created", "modified", "paid", "completed"):
        stamp = row[f"date_{name}_gmt"]
        order[name] = state.from_gmt(stamp) if stamp else None
    for name in _LINES:
        order[name] = [dict(line) for line in row[name]]
    order["stock_reduced"] = any(
        m["key"] == "_reduced_stock" for line in row["line_items"] for m in line["meta_data"]
    )
    for line in order["line_items"]:
        state.seen("order_item", line["id"])
    return state.orders.put(order["id"], order)


def recorded_orders() -> dict[int, Mapping[str, Any]]:
    """Every order that was recorded on its own or in a list, most precise reading last."""
    found: dict[int, Mapping[str, Any]] = {}
    for number in (*range(52, 65), 68, 72, 77, 78, 79, 80):
        body = answer(number)
        for row in body if isinstance(body, list) else [body]:
            found[row["id"]] = row
    for number in (61, 62, 63, 64):
        found[answer(number)["id"]] = answer(number)
    return found


def shapes_differ(recorded: Any, given: Any, path: str = "") -> Iterator[str]:
    """Where two JSON values differ in keys or types. A list's rows are held against the row at the same place,
    or, past the end, against the first; an empty recorded list tells nothing of its rows."""
    if isinstance(recorded, dict) and isinstance(given, dict):
        for key in sorted(recorded.keys() - given.keys()):
            yield f"{path}.{key} is missing"
        for key in sorted(given.keys() - recorded.keys()):
            yield f"{path}.{key} is not in the recording"
        for key in sorted(recorded.keys() & given.keys()):
            yield from shapes_differ(recorded[key], given[key], f"{path}.{key}")
    elif isinstance(recorded, list) and isinstance(given, list):
        if recorded and not given:
            yield f"{path} is empty"
        for index, item in enumerate(given if recorded else ()):
            like = recorded[index] if index < len(recorded) else recorded[0]
            yield from shapes_differ(like, item, f"{path}[{index}]")
    elif kind(recorded) != kind(given):
        yield f"{path} is {kind(given)}, recorded {kind(recorded)}"


def kind(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return "null" if value is None else "boolean"
    if isinstance(value, int | float):
        return "number"
    return {str: "text", list: "list", dict: "object"}[type(value)]
