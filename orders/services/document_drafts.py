"""Drafts of documents: made from an order or from a pro forma invoice, with all that they copy."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import timedelta
from decimal import Decimal

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import Q, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from inventory.models import Company, VatRate
from orders.errors import DocumentRefused
from orders.locks import lock_order
from orders.models import Document, DocumentKind, DocumentLine, Order, OrderEvent, OrderLine, SalesChannel
from orders.services.document_events import record
from orders.services.document_money import set_money
from orders.services.series import series_for
from orders.services.snapshots import buyer_of, delivery_of, destination_of, language_of, seller_of

_STEP = Decimal("0.000001")  # what the columns hold
_State = Order.State
_INVOICED = frozenset({_State.ACCEPTED, _State.DONE})
_OFFERED = frozenset({_State.NEW, *_INVOICED})  # a pro forma invoice binds nobody
RELATED = ("billing", "delivery", "customer", "payment_method")


@transaction.atomic
def draft_for_order(
    order_id: int,
    kind: str,
    *,
    by: AbstractBaseUser | None,
    automatic: bool = False,
    told: bool = True,
) -> Document:
    """A draft of what the order has not got yet: of each line what no other document of this kind covers.

    Of a whole order the total is the order's total to the cent. A delivery note lists the goods only. Credited lines
    may be invoiced again. automatic: by the sales channel's rule; one of each kind an order. told False = it is closed in
    the same breath, and only that stands in the time line.

    Raises DocumentRefused, Order.DoesNotExist. The number of queries does not depend on the number of lines.
    """
    order = lock_order(order_id, *RELATED)
    return drafted(order, kind, Company.load(), by=by, automatic=automatic, told=told)[0]


def drafted(
    order: Order,
    kind: str,
    company: Company,
    *,
    by: AbstractBaseUser | None,
    automatic: bool = False,
    told: bool = True,
) -> tuple[Document, list[DocumentLine]]:
    """`draft_for_order` of an order that the caller has locked, with RELATED selected; the draft and its lines."""
    _refuse_by_state(order, kind)
    lines = _lines_left(order, kind)
    channel = order.channel
    document = Document(
        kind=kind,
        order=order,
        customer=order.customer,
        series=series_for(kind, channel),
        language=language_of(order, company),
        currency=order.currency,
        prices_gross=order.prices_gross,
        vat_exempt=order.vat_exempt,
        seller=seller_of(company),
        buyer=buyer_of(order),
        delivery=delivery_of(order),
        payment_method=str(order.payment_method or order.payment_name)[:100],
        note=channel.document_note,
        warehouse=channel.warehouse,
        moves_stock=_moves_stock(order, kind, channel),
        send_mail=channel.send_mail,
        automatic=automatic,
        created_by=by,
    )
    _set_dates(document, channel)
    countries = _vat_countries(order, lines, company)
    copied = [_line(line, quantity, countries) for line, quantity in lines]
    return _save(document, copied, company=company, by=by, told=told), copied


@transaction.atomic
def invoice_from_proforma(document_id: int, *, by: AbstractBaseUser | None) -> Document:
    """A draft invoice with the lines of a pro forma invoice, as staff may have changed them.

    Raises DocumentRefused where the pro forma is still a draft, or the order is invoiced already.
    """
    proforma = Document.objects.select_related("order").get(pk=document_id)
    if proforma.kind != DocumentKind.PROFORMA or proforma.is_draft or proforma.order_id is None:
        raise DocumentRefused(
            _("Only an issued pro forma invoice becomes an invoice."),
            cure=_("Issue the pro forma invoice first, or make the invoice from the order."),
        )
    order = lock_order(proforma.order_id, *RELATED)
    _refuse_by_state(order, DocumentKind.INVOICE)
    _lines_left(order, DocumentKind.INVOICE)  # refuses where nothing is left
    company, channel = Company.load(), order.channel
    document = Document(
        kind=DocumentKind.INVOICE,
        order=order,
        series=series_for(DocumentKind.INVOICE, channel),
        seller=seller_of(company),
        moves_stock=_moves_stock(order, DocumentKind.INVOICE, channel),
        created_by=by,
        **{
            name: getattr(proforma, name)
            for name in (
                "customer", "language", "currency", "prices_gross", "vat_exempt", "buyer", "delivery",
                "payment_method", "note", "warehouse", "send_mail",
            )
        },
    )  # fmt: skip
    _set_dates(document, channel)
    copied = [
        DocumentLine(
            **{
                field.attname: getattr(line, field.attname)
                for field in DocumentLine._meta.concrete_fields
                if field.name not in ("id", "document", "corrects")
            }
        )
        for line in proforma.lines.all()
    ]
    return _save(document, copied, company=company, by=by)


def covered(order: Order, kind: str) -> dict[int, Decimal]:
    """{order line: pieces of it that documents of this kind have, drafts included, credited ones taken off}.

    A credit note of an invoice counts against invoices, one of a delivery note against delivery notes.
    """
    rows = (
        DocumentLine.objects.filter(document__order=order, order_line__isnull=False)
        .filter(
            Q(document__kind=kind)
            | Q(
                document__kind=DocumentKind.CREDIT_NOTE,
                document__corrects__kind=kind,
                document__state="closed",
            )
        )
        .order_by()
        .values_list("order_line")
        .annotate(pieces=Sum("quantity"))
    )
    return dict(rows)


def _refuse_by_state(order: Order, kind: str) -> None:
    if order.state in (_OFFERED if kind == DocumentKind.PROFORMA else _INVOICED):
        return
    raise DocumentRefused(
        _("Order %(number)s is %(state)s; no document of this kind can be made from it: %(kind)s.")
        % {
            "number": order.number,
            "state": order.get_state_display().lower(),
            "kind": DocumentKind(kind).label,
        },
        cure=_("Accept the order first."),
        key=f"order_state:{order.pk}",
    )


def _lines_left(order: Order, kind: str) -> list[tuple[OrderLine, Decimal]]:
    lines = OrderLine.objects.filter(order=order).select_related("article__unit", "vat_rate")
    if kind == DocumentKind.DELIVERY_NOTE:
        lines = lines.filter(kind=OrderLine.Kind.ITEM)
    # Pro forma invoices can be made as often as somebody asks for one.
    taken = {} if kind == DocumentKind.PROFORMA else covered(order, kind)
    every = list(lines.order_by("position"))
    left = [(line, rest) for line in every if (rest := _rest(line, taken.get(line.pk))) is not None]
    if left:
        return left
    if not every:
        raise DocumentRefused(
            _("Order %(number)s has no lines for this kind of document: %(kind)s.")
            % {"number": order.number, "kind": DocumentKind(kind).label},
            cure=_("Add lines to the order first."),
        )
    names = Document.objects.filter(order=order, kind=kind).order_by("pk")
    raise DocumentRefused(
        _("Everything in order %(number)s stands on documents of this kind already: %(documents)s.")
        % {"number": order.number, "documents": ", ".join(str(name) for name in names)},
        cure=_("Close or delete the draft, or correct the document with a credit note first."),
        key=f"covered:{order.pk}",
    )


def _rest(line: OrderLine, taken: Decimal | None) -> Decimal | None:
    """None = nothing is left. A line of a queer quantity (0, below it) is taken once, as a whole."""
    if taken is None:
        return line.quantity
    rest = line.quantity - taken
    return rest if rest * line.quantity > 0 else None


def _moves_stock(order: Order, kind: str, channel: SalesChannel) -> bool:
    """A delivery note always; an invoice where the channel says so and no delivery note goes with it."""
    if kind == DocumentKind.DELIVERY_NOTE:
        return True
    if kind != DocumentKind.INVOICE or not channel.invoice_moves_stock:
        return False
    if channel.becomes in (SalesChannel.Becomes.BOTH, SalesChannel.Becomes.DELIVERY_NOTE):
        return False
    return not Document.objects.filter(order=order, kind=DocumentKind.DELIVERY_NOTE).exists()


def _set_dates(document: Document, channel: SalesChannel) -> None:
    document.issue_date = timezone.localdate()
    if document.kind in (DocumentKind.INVOICE, DocumentKind.DELIVERY_NOTE):
        document.supply_date = document.issue_date
    if document.kind in (DocumentKind.INVOICE, DocumentKind.PROFORMA):
        document.due_date = document.issue_date + timedelta(days=channel.due_days)


def _vat_countries(
    order: Order, lines: Iterable[tuple[OrderLine, Decimal]], company: Company
) -> Mapping[Decimal, str]:
    """{percentage: whose VAT it is} for lines whose rate was not known here when the order came in."""
    destination = destination_of(order)
    unknown = {line.vat_percent for line, _rest in lines if line.vat_rate is None and line.vat_percent}
    if not unknown or destination in ("", company.country):
        return {}
    known: dict[Decimal, set[str]] = defaultdict(set)
    rates = VatRate.objects.filter(percent__in=unknown, country__in=[destination, company.country])
    for percent, country in rates.values_list("percent", "country"):
        known[percent].add(country)
    return {percent: destination for percent, where in known.items() if destination in where}


def _line(line: OrderLine, quantity: Decimal, countries: Mapping[Decimal, str]) -> DocumentLine:
    share = quantity / line.quantity if line.quantity else Decimal(1)
    net, vat, discount = (
        (line.net, line.vat, line.discount)
        if share == 1
        else tuple((amount * share).quantize(_STEP) for amount in (line.net, line.vat, line.discount))
    )
    unit = line.article.unit if line.article is not None else None
    percent, country = line.vat_percent, countries.get(line.vat_percent or Decimal(0), "")
    if line.vat_rate is not None:
        country = line.vat_rate.country
        percent = line.vat_rate.percent if percent is None else percent
    return DocumentLine(
        kind=line.kind,
        order_line=line,
        article=line.article,
        sku=line.sku,
        name=line.name,
        quantity=quantity,
        unit=(unit.symbol or unit.name)[:20] if unit is not None else "",
        net_price=((net + discount) / (quantity or Decimal(1))).quantize(_STEP),
        discount=discount,
        vat_percent=percent,
        vat_country=country,
        net=net,
        vat=vat,
    )


def _save(
    document: Document,
    lines: list[DocumentLine],
    *,
    company: Company,
    by: AbstractBaseUser | None,
    told: bool = True,
) -> Document:
    home = document.seller["country"]
    for position, line in enumerate(lines, start=1):
        line.position = position
        if line.vat_country == home:
            line.vat_country = ""
    return store_draft(document, lines, company=company, by=by, told=told)


def store_draft(
    document: Document,
    lines: list[DocumentLine],
    *,
    company: Company,
    by: AbstractBaseUser | None,
    told: bool,
) -> Document:
    """Add a new draft up and write it with its lines. told: with its line in the order's history."""
    set_money(document, lines, company)
    document.save(force_insert=True)
    for line in lines:
        line.document = document
    DocumentLine.objects.bulk_create(lines, batch_size=200)
    if told:
        record(document, OrderEvent.Kind.DRAFTED, by)
    return document
