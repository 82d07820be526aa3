"""Kontor's own order files, as XML (kontor-orders.xsd) and as CSV with one row for each line. docs/file-formats.md."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any, Final
from xml.etree.ElementTree import Element

from django.utils.translation import gettext as _

from backoffice.lib.errors import Refused
from shops.platforms.files.orders import building
from shops.platforms.files.orders.building import ADDRESS_FIELDS, Amounts, Meaning, amount, flag, incomplete
from shops.records import AddressRecord, OrderLineRecord, OrderRecord

NAMESPACE: Final = "urn:kontor:orders:1"
_AMOUNTS: Final = tuple(field.name for field in fields(Amounts))
_LINE_COLUMNS: Final = ("kind", "line", "sku", "name", "method", *_AMOUNTS)
MOST_ROWS: Final = 200_000
# What a spreadsheet would run; a phone number or "- please ring" is none of it.
_FORMULA = re.compile(r"\s*(?:[=@]|[+-].*[|!(])", re.DOTALL)
_PROTECTED = re.compile(r"'\s*[=+\-@\t]")

Values = Mapping[str, str]


def xml_orders(root: Element, meaning: Meaning) -> Iterator[tuple[str, OrderRecord | Refused]]:
    """(the order's number, the order or why it cannot be one) of each order in the document."""
    for element in root:
        if _local(element) != "order":
            continue
        values = _texts(element)
        raw = {"format": "kontor", "order": _plain(element)}
        yield (
            values.get("number", ""),
            _attempt(lambda v=values, e=element, r=raw: _xml_order(v, e, r, meaning)),
        )


def _xml_order(values: Values, element: Element, raw: dict[str, Any], meaning: Meaning) -> OrderRecord:
    lines = [
        _line(_texts(one) | {"kind": one.get("kind", "item")})
        for container in element
        if _local(container) == "lines"
        for one in container
        if _local(one) == "line"
    ]
    parts = {_local(child): _texts(child) for child in element if _local(child) in ("billing", "delivery")}
    payment = next((child for child in element if _local(child) == "payment"), None)
    return _order(
        values,
        lines,
        raw,
        meaning,
        billing=building.address(parts.get("billing", {})),
        delivery=building.address(parts["delivery"]) if parts.get("delivery") else None,
        payment=payment.get("id", "") if payment is not None else "",
    )


def csv_orders(text: str, meaning: Meaning) -> Iterator[tuple[str, OrderRecord | Refused]]:
    """Rows with the same number are one order, wherever they stand; its own columns are taken from its first row."""
    grouped: dict[str, list[dict[str, str]]] = {}
    for row in _rows(text):
        grouped.setdefault(row.get("number", ""), []).append(row)
    for number, rows in grouped.items():
        raw = {"format": "kontor-csv", "order": rows}
        yield number, _attempt(lambda r=rows, p=raw: _csv_order(r, p, meaning))


def _rows(text: str) -> Iterator[dict[str, str]]:
    if text and not text.endswith(("\n", "\r")):
        text += "\n"
    first = text.partition("\n")[0]
    delimiter = max(";,\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        names = [name.strip().casefold() for name in next(reader, [])]
        if "number" not in names or len(set(names)) < len(names):
            raise incomplete(
                _("The first row must name the columns, “number” among them, each once."), "csv_header"
            )
        for count, cells in enumerate(reader, start=1):
            if count > MOST_ROWS:
                raise incomplete(_("The file has more than 200,000 rows."), "csv_rows")
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) > len(names):
                raise incomplete(
                    _("Row %(row)d has more cells than there are columns.") % {"row": count + 1}, "csv_cells"
                )
            yield dict(zip(names, map(_unprotected, cells), strict=False))
    except csv.Error as error:
        raise incomplete(
            _("Row %(row)d is not written as a CSV file: a quotation mark is missing.")
            % {"row": reader.line_num},
            "csv_quotes",
        ) from error


def _csv_order(rows: list[dict[str, str]], raw: dict[str, Any], meaning: Meaning) -> OrderRecord:
    for row in rows:
        for name, cell in row.items():
            if name not in _AMOUNTS and _FORMULA.match(cell):
                raise incomplete(
                    _("The cell “%(cell)s” (%(column)s) is a formula. Formulas are refused.")
                    % {"cell": cell[:60], "column": name},
                    "formula",
                )
    first = rows[0]
    delivery = _prefixed(first, "delivery_")
    return _order(
        first,
        [_line({name: row[name] for name in _LINE_COLUMNS if name in row}) for row in rows],
        raw,
        meaning,
        billing=building.address(_prefixed(first, "billing_")),
        delivery=building.address(delivery) if any(delivery.values()) else None,
        payment=first.get("payment_id", ""),
    )


def _order(
    values: Values,
    lines: list[OrderLineRecord],
    raw: dict[str, Any],
    meaning: Meaning,
    *,
    billing: AddressRecord,
    delivery: AddressRecord | None,
    payment: str,
) -> OrderRecord:
    email = values.get("email", "").strip()[:254]
    return building.order(
        number=values.get("number", ""),
        identity=values.get("id", ""),
        lines=lines,
        placed=building.moment(values.get("placed")),
        currency=values.get("currency", "") or meaning.currency,
        total=amount(values.get("total"), "total"),
        total_tax=amount(values.get("total_vat"), "total_vat"),
        payment=payment,
        payment_name=values.get("payment", ""),
        raw=raw,
        status_id=values.get("status", "").strip()[:150] or None,
        paid_at=building.moment(values.get("paid")),
        email=email or billing.email,
        vat_id=values.get("vat_id", "").strip()[:30],
        billing=billing,
        shipping=delivery,
        customer_note=values.get("note", "").strip(),
        transaction_id=values.get("transaction", "").strip()[:200],
        prices_gross=flag(values.get("prices_include_vat")),
    )


def _line(values: Values) -> OrderLineRecord:
    found: dict[str, Any] = {name: amount(values.get(name), name) for name in _AMOUNTS}
    if found["quantity"] is None:
        del found["quantity"]
    return building.line(
        values.get("kind", "").strip() or "item",
        Amounts(**found),
        name=values.get("name", ""),
        sku=values.get("sku", ""),
        number=values.get("line", ""),
        method=values.get("method", ""),
    )


def _attempt(make: Any) -> OrderRecord | Refused:
    try:
        found: OrderRecord = make()
    except Refused as error:
        return error
    return found


def _prefixed(row: Values, prefix: str) -> dict[str, str]:
    return {name: row.get(f"{prefix}{name}", "") for name in ADDRESS_FIELDS}


def _unprotected(cell: str) -> str:
    """Our own CSV files put an apostrophe before what a spreadsheet would run; it belongs to nobody's text."""
    return cell[1:] if _PROTECTED.match(cell) else cell


def _local(element: Element) -> str:
    return element.tag.rpartition("}")[2].replace("-", "_")


def _texts(element: Element) -> dict[str, str]:
    return {_local(child): child.text or "" for child in element if len(child) == 0}


def _plain(element: Element) -> dict[str, Any]:
    """An element as JSON: what is kept of the order as it came."""
    found: dict[str, Any] = {f"@{name}": value for name, value in element.attrib.items()}
    for child in element:
        value = _plain(child) if len(child) or child.attrib else child.text or ""
        name = _local(child)
        if name in found:
            found[name] = [*found[name], value] if isinstance(found[name], list) else [found[name], value]
        else:
            found[name] = value
    if element.text and element.text.strip():
        found["#"] = element.text
    return found
