"""From a document to what its page says: every text final and formatted, so that the template only places them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from typing import Any

from orders.documents_view import DocumentView, LineView, Party, VatRow
from orders.paycodes import PayCode
from orders.paycodes.accounts import checked_iban
from orders.pdf.formats import NBSP, Formats, formats
from orders.pdf.letters import clipped, legible, legible_lines
from orders.pdf.words import language_of, words

_NARROW = 14  # letters without a space that fit into a cell of the lines
_SHORT_UNIT, _LONGEST_UNIT = 8, 20  # letters; a longer one stands below its quantity
_WIDEST_AMOUNT = 13  # characters: 999 999 999,00
_LEAST_CODE_MM, _MODULE_MM = 28.0, 0.42


def page(view: DocumentView, code: PayCode | None) -> dict[str, Any]:
    """What the template (template/document.typ) reads, as plain JSON values."""
    view = _as_printed(view)
    say, shown = words(view.language), formats(view.language, view.decimals, view.currency)
    title = say["return_note" if _is_return(view) else view.kind]
    return {
        "language": language_of(view.language),
        "title": title,
        "number": legible(view.number),
        "draft": say["draft"] if view.draft else "",
        "subtitle": _corrects(view, say, shown),
        "firm": legible(view.seller.name),
        "head": [clipped(view.seller.name, 90), clipped(f"{title} {view.number}", 50)],
        "parties": _parties(view, say, shown),
        "facts": _facts(view, say, shown),
        "columns": _columns(view, say),
        "rows": [_row(view, line, shown) for line in view.lines],
        "vat": _vat_summary(view, say, shown),
        "totals": _totals(view, say, shown),
        "wide": len(shown.amount(view.total)) > _WIDEST_AMOUNT,
        "balance": _balance(view, say, shown),
        "payment": _payment(view, code, say, shown),
        "remarks": _remarks(view, say, shown),
        "note": {"label": say["note"], "text": legible_lines(view.note)} if view.note.strip() else None,
        "signatures": _signatures(view, say),
        "foot": _foot(view.seller, say),
    }


def _as_printed(view: DocumentView) -> DocumentView:
    """A credit note is printed with its signs, as bookkeepers in our countries want it: everything below zero."""
    if view.kind != "credit_note" or not view.show_prices:
        return view
    return replace(
        view,
        lines=tuple(
            replace(
                line,
                quantity=-line.quantity,
                discount=-line.discount,
                net=-line.net,
                vat=-line.vat,
                gross=-line.gross,
            )
            for line in view.lines
        ),
        vat_rows=tuple(replace(row, net=-row.net, vat=-row.vat, gross=-row.gross) for row in view.vat_rows),
        total_net=-view.total_net,
        total_vat=-view.total_vat,
        total=-view.total,
        rounding=-view.rounding,
        paid=-view.paid,
    )


def _is_return(view: DocumentView) -> bool:
    """What takes a delivery note back has no amounts, and is no credit note to the customer."""
    return view.kind == "credit_note" and not view.show_prices


def _fact(label: str, value: str) -> dict[str, str]:
    return {"label": label, "value": value}


def _corrects(view: DocumentView, say: dict[str, str], shown: Formats) -> str:
    if not view.corrects_number:
        return ""
    number = legible(view.corrects_number)
    if _is_return(view):
        return say["returns"].format(number=number)
    if view.corrects_date is None:
        return say["corrects_undated"].format(number=number)
    return say["corrects"].format(number=number, date=shown.date(view.corrects_date))


# Who


def _parties(view: DocumentView, say: dict[str, str], shown: Formats) -> list[dict[str, Any]]:
    home = view.seller.country
    parties = [
        _party(say["seller"], view.seller, home, say, shown),
        _party(say["buyer"], view.buyer, home, say, shown),
    ]
    if view.delivery is not None and view.delivery != view.buyer:
        parties.append(_party(say["delivery"], view.delivery, home, say, shown))
    return parties


def _party(label: str, party: Party, home: str, say: dict[str, str], shown: Formats) -> dict[str, Any]:
    person = party.person if party.person != party.name else ""
    town = f"{party.postcode} {party.city}"
    country = shown.country(party.country) if party.country != home else ""
    address = (person, party.street, party.street2, town, party.state, country)
    ids = (
        (say["vat_id"], party.vat_id),
        (say["registration"], party.registration_number),
        ("", party.email),
        ("", party.phone),
    )
    return {
        "label": label,
        "name": legible(party.name),
        "address": [text for part in address if (text := legible(part))],
        "ids": [f"{name} {text}".strip() for name, value in ids if (text := legible(value))],
    }


def _foot(seller: Party, say: dict[str, str]) -> str:
    parts = [seller.name, f"{say['vat_id']} {seller.vat_id}" if seller.vat_id else "", seller.email]
    return clipped(" · ".join(part for part in parts if part), 110)


# When and what for


def _facts(view: DocumentView, say: dict[str, str], shown: Formats) -> list[dict[str, str]]:
    days = [("issue_date", view.issue_date), ("supply_date", view.supply_date)]
    if view.show_prices and view.kind != "credit_note":
        days.append(("due_date", view.due_date))
    texts = (
        ("order", view.order_number),
        ("source_order", view.order_source_number if view.order_source_number != view.order_number else ""),
        ("payment_method", view.payment_method if view.show_prices else ""),
    )
    facts = [_fact(say[key], shown.date(day)) for key, day in days if day is not None]
    return facts + [_fact(say[key], text) for key, value in texts if (text := legible(value, _NARROW))]


# Lines


def _taxed(view: DocumentView) -> bool:
    """Whether VAT is a matter at all; for a firm outside VAT it is not."""
    return any(row.percent is not None for row in view.vat_rows) or any(
        line.vat_percent is not None for line in view.lines
    )


def _discounted(view: DocumentView) -> bool:
    return any(line.discount for line in view.lines)


def _columns(view: DocumentView, say: dict[str, str]) -> list[dict[str, str]]:
    """kind: how wide and where aligned, which is the template's to know."""
    keys = [("position", ""), ("item", say["item"]), ("quantity", say["quantity"])]
    if view.show_prices:
        taxed = _taxed(view)
        keys.append(("price", say["price_net" if taxed else "price"]))
        if _discounted(view):
            keys.append(("discount", say["discount"]))
        if taxed:
            keys.append(("percent", say["vat"]))
        keys.append(("amount", say["net" if taxed else "amount"]))
        if taxed and view.prices_gross:
            keys.append(("amount", say["gross"]))
    return [{"kind": kind, "label": label} for kind, label in keys]


def _row(view: DocumentView, line: LineView, shown: Formats) -> dict[str, Any]:
    cells = [str(line.position), _quantity(line, shown)]
    if view.show_prices:
        taxed = _taxed(view)
        cells.append(shown.price(line.net_price))
        if _discounted(view):
            cells.append(shown.amount(-line.discount) if line.discount else "")
        if taxed:
            cells.append("–" if line.vat_percent is None else shown.percent(line.vat_percent))
        cells.append(shown.amount(line.net))
        if taxed and view.prices_gross:
            cells.append(shown.amount(line.gross))
    return {
        "name": legible(line.name, _NARROW),
        "sku": legible(line.sku, _NARROW),
        "note": legible_lines(line.note, _NARROW),
        "cells": cells,
    }


def _quantity(line: LineView, shown: Formats) -> str:
    unit = clipped(line.unit, _LONGEST_UNIT)
    between = NBSP if len(unit) <= _SHORT_UNIT else "\n"
    return f"{shown.quantity(line.quantity)}{between}{unit}".strip()


# Sums


def _vat_summary(view: DocumentView, say: dict[str, str], shown: Formats) -> dict[str, Any] | None:
    if not view.show_prices or not _taxed(view):
        return None
    return {
        "label": say["vat_summary"],
        "head": [say["rate"], say["net"], say["vat"], say["gross"]],
        "rows": [
            [_rate(view, row, shown), shown.amount(row.net), shown.amount(row.vat), shown.amount(row.gross)]
            for row in view.vat_rows
        ],
    }


def _rate(view: DocumentView, row: VatRow, shown: Formats) -> str:
    rate = "–" if row.percent is None else shown.percent(row.percent)
    return f"{rate} {row.country}" if row.country and row.country != view.seller.country else rate


def _totals(view: DocumentView, say: dict[str, str], shown: Formats) -> list[dict[str, str]]:
    if not view.show_prices:
        return []
    sums: list[tuple[str, Decimal]] = []
    if _taxed(view):
        sums += [(say["total_net"], view.total_net), (say["vat"], view.total_vat)]
    if view.rounding:
        sums.append((say["rounding"], view.rounding))
    sums.append((say["total"], view.total))
    if view.paid:
        sums.append((say["paid"], -view.paid))
    return [_fact(label, shown.money(amount)) for label, amount in sums]


def _balance(view: DocumentView, say: dict[str, str], shown: Formats) -> dict[str, str] | None:
    """The last line: what is to be paid, or what the customer gets."""
    if not view.show_prices or view.kind == "delivery_note":
        return None
    due = view.amount_due
    if due > 0:
        return _fact(say["due"], shown.money(due))
    return _fact(say["credited" if due < 0 else "settled"], shown.money(abs(due)))


def _payment(
    view: DocumentView, code: PayCode | None, say: dict[str, str], shown: Formats
) -> dict[str, Any] | None:
    if view.bank is None or view.amount_due <= 0 or view.kind in ("delivery_note", "credit_note"):
        return None
    iban = checked_iban(view.bank.iban)
    facts = [
        (say["payee"], legible(view.seller.name)),
        ("IBAN", _in_fours(iban) if iban else legible(view.bank.iban)),
        ("BIC", legible(view.bank.bic)),
        (say["reference"], _reference(view, code)),
        (say["due"], shown.money(view.amount_due)),
        (say["due_date"], shown.date(view.due_date) if view.due_date else ""),
    ]
    return {
        "label": say["transfer"],
        "facts": [_fact(label, value) for label, value in facts if value],
        "scan": say["scan"],
        "code": code.text if code else "",
        "code_mm": round(max(_LEAST_CODE_MM, code.modules * _MODULE_MM), 1) if code else 0,
    }


def _reference(view: DocumentView, code: PayCode | None) -> str:
    """With its model where the slip has models, so that typed and scanned payments are the same: SI00 202600123."""
    if code is None or not code.reference or code.reference == "SI99":
        return legible(view.payment_reference)
    return f"{code.reference[:4]} {code.reference[4:]}".strip()


def _in_fours(iban: str) -> str:
    return NBSP.join(iban[at : at + 4] for at in range(0, len(iban), 4))


# What else must be said


def _remarks(view: DocumentView, say: dict[str, str], shown: Formats) -> list[str]:
    remarks = []
    if view.kind == "proforma":
        remarks.append(say["not_an_invoice"])
    if view.show_prices:
        remarks += _about_vat(view, say, shown)
    return [text for remark in _once([*remarks, *view.legal_notes]) if (text := legible_lines(remark))]


def _about_vat(view: DocumentView, say: dict[str, str], shown: Formats) -> Iterable[str]:
    """Why there is no VAT, or whose it is. The document's own words about the reverse charge go before ours."""
    foreign = _once(row.country for row in view.vat_rows if row.country and row.vat)
    foreign = [country for country in foreign if country != view.seller.country]
    if foreign:
        yield say["foreign_vat"].format(countries=", ".join(shown.country(country) for country in foreign))
    legal = _once(row.legal for row in view.vat_rows if row.legal)
    yield from legal
    if view.vat_exempt and view.buyer.vat_id and not legal and not view.legal_notes:
        yield say["reverse_charge"]


def _once(texts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(texts))


def _signatures(view: DocumentView, say: dict[str, str]) -> dict[str, Any] | None:
    if view.kind != "delivery_note" and not _is_return(view):
        return None
    return {"labels": [say["handed_over"], say["received"]], "below": say["date_signature"]}
