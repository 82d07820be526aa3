"""What stands between two recorded requests: steps that were not recorded, and bodies that were cut."""

from collections.abc import Callable
from typing import Any

from backoffice.demo.shop import DemoShop, Product
from tests.demo.recorded_shop import NOW, load, put_order, recorded_orders


def _order(number: int) -> Callable[[DemoShop], None]:
    return lambda shop: _put(shop, number)


def _put(shop: DemoShop, number: int) -> None:
    put_order(shop.state, recorded_orders()[number])


def _order_57_on_hold(shop: DemoShop) -> None:
    put_order(shop.state, load(52)["response"]["body"])


def _notes(shop: DemoShop) -> None:
    _put(shop, 60)
    shop.state.numbers["comment"] = 57
    for number, text in ((10, "Stock levels reduced"), (11, "Order status changed")):
        row = {"id": number, "order_id": 60, "created": NOW, "note": text, "customer_note": False}
        shop.state.notes.put(number, row)


def _second_note(shop: DemoShop) -> None:
    shop.api.orders.note(60, "Interno: preveri zalogo")


def _first_refund(shop: DemoShop) -> None:
    _put(shop, 64)
    shop.state.numbers["post"] = 79


def _full_refund(shop: DemoShop) -> None:
    _put(shop, 65)
    row = {"id": 82, "order_id": 65, "amount": "30.50", "reason": "", "created": NOW, "line_items": []}
    shop.state.refunds.put(82, row)


def _draft_number(shop: DemoShop) -> None:
    shop.state.numbers["post"] = 84


def _order_list(shop: DemoShop) -> None:
    """All recorded orders; the rest up to the recorded 24 are copies."""
    for row in recorded_orders().values():
        put_order(shop.state, row)
    shop.state.orders[86]["status"] = "trash"
    number = 500
    while sum(order["status"] != "trash" for order in shop.state.orders.values()) < 24:
        number += 1
        shop.state.orders.put(number, shop.state.orders[60] | {"id": number, "created": NOW + number})


def _series(shop: DemoShop) -> None:
    shop.state.numbers["post"] = 86


def _trashed_calendar(shop: DemoShop) -> None:
    shop.state.add(
        Product(id=191, name="Koledar", sku="LIPA-0019", status="trash", created=NOW, modified=NOW)
    )


def _album_number(shop: DemoShop) -> None:
    shop.state.numbers["post"] = 192


def _round_trip_number(shop: DemoShop) -> None:
    shop.state.numbers["post"] = 197


def _modified(shop: DemoShop) -> None:
    """Two products changed at known seconds, all others a little earlier; 137 in all."""
    state, moment = shop.state, shop.state.from_gmt("2026-11-21T19:51:33")
    for product in list(state.products.values()):
        product.modified = moment - 12
    state.products[25].modified, state.products[26].modified = moment, moment + 1
    living = [p for p in state.products.values() if not p.is_variation and p.status != "trash"]
    for number in range(137 - len(living)):
        state.add(
            Product(
                id=900 + number,
                name=f"Polnilo {number}",
                slug=f"polnilo-{number}",
                created=NOW,
                modified=moment - 12,
            )
        )
    state.forget_rows()


def _all_webhooks(shop: DemoShop) -> None:
    for row in load(122)["response"]["body"]:
        created = shop.state.from_gmt(row["date_created_gmt"])
        kept = {name: row[name] for name in ("id", "name", "status", "topic", "delivery_url")}
        extra = {"secret": "x", "created": created, "modified": created, "failures": 0, "user_id": 1}
        shop.state.webhooks.put(row["id"], kept | extra)


def _disabled_webhook(shop: DemoShop) -> None:
    shop.state.webhooks[10]["status"] = "disabled"


PREPARE: dict[int, Callable[[DemoShop], None]] = {
    **{file: _order(order) for file, order in {53: 59, 54: 60, 55: 61, 56: 62, 57: 63, 58: 66, 59: 67, 60: 68, 61: 68,
                                               62: 69, 63: 70, 64: 78}.items()},
    65: _notes,
    66: _second_note,
    67: _first_refund,
    72: _full_refund,
    73: _order_57_on_hold,
    75: lambda shop: _put(shop, 69),
    76: _draft_number,
    78: _order(86),
    79: _order_list,
    83: _series,
    90: _trashed_calendar,
    92: _album_number,
    96: _round_trip_number,
    115: _modified,
    122: _all_webhooks,
    131: _disabled_webhook,
    132: lambda shop: setattr(shop, "permalinks", "plain"),
    134: lambda shop: setattr(shop, "maintenance", True),
    135: lambda shop: (setattr(shop, "maintenance", False), setattr(shop, "database_down", True))[0],
}  # fmt: skip


def whole(number: int, body: Any) -> Any:
    """The full body of a request that was cut in the recording."""
    if number == 83:
        first = body["create"][0]
        rows = [
            first | {"name": f"Serija {n:03} – žepna knjižica", "sku": f"SER-{n:03}", "regular_price": f"{5 + n % 9}.50",
                     "stock_quantity": n}
            for n in range(100)
        ]  # fmt: skip
        return {"create": rows}
    if number == 85:
        return {"update": [{"id": 87 + n, "stock_quantity": 1} for n in range(101)]}
    return body


def cut(number: int, answer: Any) -> Any:
    """The rows of an answer that the recording kept."""
    return {"create": answer["create"][:3]} if number == 83 else answer
