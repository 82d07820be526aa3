"""Lists of the stand-in: filters, order, pages of at most 50 (shoper.md, 3)."""

from __future__ import annotations

import json
import operator
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from math import ceil
from typing import Any

from tests.peers.shoper.wire import Failure

Row = dict[str, Any]
Condition = tuple[str, Callable[[Any], bool]]
MOST, USUAL = 50, 10


def listed(rows: list[Row], shape: Callable[[Row], Row], params: Mapping[str, Any], key: str) -> Row:
    """The wrapper around one page. rows are the stored ones; only what is asked for is put into the answer's shape."""
    view = View(shape)
    conditions = conditions_of(_filters(params))
    found = [row for row in rows if meets(row, conditions, view)]
    for field, down in reversed(_order(params)):
        found.sort(key=lambda row: _sortable(view.value(row, field)), reverse=down)
    if "order" not in params:
        found.sort(key=lambda row: int(row[key]))
    limit = _whole(params.get("limit", USUAL), 1, MOST, "limit")
    page = _whole(params.get("page", 1), 1, 10**9, "page")
    return {
        "count": str(len(found)),
        "pages": ceil(len(found) / limit),
        "page": page,
        "list": [shape(row) for row in found[(page - 1) * limit : page * limit]],
    }


class View:
    """Fields of a row as the shop shows them; the plain ones without making the whole shape."""

    def __init__(self, shape: Callable[[Row], Row]) -> None:
        self.shape = shape

    def value(self, row: Row, field: str) -> Any:
        if field in row and not isinstance(row[field], Mapping):
            return row[field]
        value: Any = self.shape(row)
        for part in field.split("."):
            part = "translations" if part == "translation" else part
            value = value.get(part) if isinstance(value, Mapping) else None
        return value


def meets(row: Row, conditions: list[Condition], view: View) -> bool:
    """All must fit."""
    return all(fits(view.value(row, field)) for field, fits in conditions)


def conditions_of(filters: Mapping[str, Any]) -> list[Condition]:
    """{"code": "MUG"} or {"field": {"op": value}} as questions to a field's value."""
    return [
        (field, _question(op, value))
        for field, wish in filters.items()
        for op, value in (wish.items() if isinstance(wish, Mapping) else [("=", wish)])
    ]


def _question(op: str, wish: Any) -> Callable[[Any], bool]:
    if op in ("IN", "NOT IN"):
        if not isinstance(wish, list):
            raise Failure(400, "invalid_request", f"{op} wants a list")
        wanted = {_sortable(one) for one in wish}
        return lambda have: (_sortable(have) in wanted) is (op == "IN")
    right = _sortable(wish)
    if op in ("=", "!="):
        return lambda have: (_sortable(have) == right) is (op == "=")
    if op in (">", ">=", "<", "<="):
        compare = {">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le}[op]
        return lambda have: _sortable(have)[0] == right[0] and compare(_sortable(have), right)
    if op == "LIKE":
        return lambda have: str(wish).strip("%").casefold() in str(have).casefold()
    raise Failure(400, "invalid_request", f"unknown operator {op}")


def _filters(params: Mapping[str, Any]) -> Mapping[str, Any]:
    given = params.get("filters")
    if given is None:
        return {}
    try:
        parsed = json.loads(given) if isinstance(given, str) else given
    except ValueError:
        raise Failure(400, "invalid_request", "filters is no JSON") from None
    if not isinstance(parsed, Mapping):
        raise Failure(400, "invalid_request", "filters is no object")
    return parsed


def _order(params: Mapping[str, Any]) -> list[tuple[str, bool]]:
    """[(field, descending)] of "date desc"."""
    given = params.get("order")
    if not given:
        return []
    found = []
    for one in given if isinstance(given, list) else [given]:
        field, _blank, way = str(one).partition(" ")
        found.append((field, way.lower() == "desc"))
    return found


def _sortable(value: Any) -> tuple[int, Any]:
    if value is None:
        return (0, "")
    if isinstance(value, bool):
        return (1, Decimal(value))
    try:
        return (1, Decimal(str(value)))
    except InvalidOperation:
        return (2, str(value).casefold())


def _whole(value: Any, least: int, most: int, name: str) -> int:
    if not str(value).isdigit() or not least <= int(value) <= most:
        raise Failure(400, "invalid_request", f"Parameter '{name}' is out of range")
    return int(value)
