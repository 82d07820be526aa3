"""A stored document as it is drawn: what orders.documents_view promises about its sums is made true here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from mimetypes import guess_type

from backoffice.lib.money import minor_units, round_cent
from inventory.models import Company
from orders.documents_view import BankAccount, DocumentView, LineView, Party, VatRow
from orders.models import Document, DocumentKind, DocumentLine, OrderLine
from orders.services.credit_amounts import row_key
from orders.services.document_totals import RowKey, apportion, rows_from_json

ZERO = Decimal(0)


def view_of(document: Document) -> DocumentView:
    """document: with `order` and `corrects` selected, or they are fetched. Three queries, whatever its lines are.

    A credit note is shown the other way round: positive, as what the buyer gets back.
    """
    sign = -1 if document.kind == DocumentKind.CREDIT_NOTE else 1
    lines = list(document.lines.select_related("article"))
    rows = rows_from_json(document.vat_rows)
    shown = [_row(row, sign) for row in rows]
    rounding = sum((line.net for line in lines if line.kind == OrderLine.Kind.ROUNDING), ZERO)
    order, corrects = document.order, document.corrects
    company = Company.load()
    return DocumentView(
        kind=document.kind,  # type: ignore[arg-type]
        draft=document.is_draft,
        number=document.number,
        corrects_number=corrects.number if corrects else "",
        corrects_date=corrects.issue_date if corrects else None,
        seller=Party(**document.seller),
        buyer=Party(**document.buyer),
        delivery=Party(**document.delivery) if document.delivery else None,
        issue_date=document.issue_date,
        supply_date=document.supply_date,
        due_date=document.due_date,
        currency=document.currency,
        decimals=_decimals(document, lines),
        language=document.language,
        prices_gross=document.prices_gross,
        vat_exempt=document.vat_exempt,
        lines=tuple(_lines(document, lines, rows, sign)),
        vat_rows=tuple(shown),
        total_net=sign * document.total_net,
        total_vat=sign * document.total_vat,
        total=sign * document.total,
        rounding=sign * rounding,
        paid=document.paid,
        order_number=order.number if order else "",
        order_source_number=order.source_number if order else "",
        payment_method=document.payment_method,
        payment_reference=document.payment_reference,
        bank=BankAccount(**document.bank) if document.bank else None,
        logo=_logo(company),
        logo_type=guess_type(company.logo.name)[0] or "" if company.logo else "",
        note="\n\n".join(text for text in (document.reason, document.note) if text),
        legal_notes=tuple(document.legal_notes),
        show_prices=_shows_prices(document),
    )


def _shows_prices(document: Document) -> bool:
    """A delivery note lists goods, and what takes one back has no amounts."""
    without = DocumentKind.DELIVERY_NOTE
    return document.kind != without and not (document.corrects and document.corrects.kind == without)


def _row(row: VatRow, sign: int) -> VatRow:
    return VatRow(
        percent=row.percent,
        net=sign * row.net,
        vat=sign * row.vat,
        gross=sign * row.gross,
        country=row.country,
        legal=row.legal,
    )


def _lines(
    document: Document, lines: Sequence[DocumentLine], rows: Sequence[VatRow], sign: int
) -> list[LineView]:
    """Rounded, and adding up to the rows: net and gross of a row's lines are the row's."""
    of_row: dict[RowKey, list[DocumentLine]] = defaultdict(list)
    for line in lines:
        if line.kind != OrderLine.Kind.ROUNDING:
            of_row[row_key(line)].append(line)
    net: dict[int, Decimal] = {}
    gross: dict[int, Decimal] = {}
    found = {RowKey(row.percent, row.country): row for row in rows}
    for key, members in of_row.items():
        row = found.get(key) or VatRow(percent=key.percent, net=ZERO, vat=ZERO, gross=ZERO)
        nets = apportion(row.net, [line.net for line in members], document.currency)
        grosses = apportion(row.gross, [line.gross for line in members], document.currency)
        for line, its_net, its_gross in zip(members, nets, grosses, strict=True):
            net[line.pk], gross[line.pk] = its_net, its_gross
    shown = [line for line in lines if line.pk in net]
    return [
        LineView(
            position=position,
            sku=line.sku,
            name=line.name,
            quantity=sign * line.quantity,
            unit=line.unit,
            net_price=line.net_price,
            discount=sign * round_cent(line.discount, document.currency),
            vat_percent=line.vat_percent,
            net=sign * net[line.pk],
            vat=sign * (gross[line.pk] - net[line.pk]),
            gross=sign * gross[line.pk],
            note=line.note,
        )
        for position, line in enumerate(shown, start=1)
    ]


def _decimals(document: Document, lines: Sequence[DocumentLine]) -> int:
    """Nobody writes fillér where there are none."""
    if document.currency == "HUF":
        amounts = [document.total_net, document.total_vat, document.total, document.paid]
        amounts += [round_cent(line.net, "HUF") for line in lines]
        if all(amount == amount.to_integral_value() for amount in amounts):
            return 0
    return minor_units(document.currency)


def _logo(company: Company) -> bytes:
    """b"" where there is none, or its file is gone: the document matters more."""
    if not company.logo:
        return b""
    try:
        with company.logo.open("rb") as file:
            return bytes(file.read())
    except OSError:
        return b""
