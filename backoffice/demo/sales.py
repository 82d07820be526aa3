"""Two weeks of orders: placed, paid, issued, sent, by the services that do it every day, with the clock set back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction

from backoffice.demo import clock
from backoffice.demo.connection import SHOP_CODE
from backoffice.demo.firm import RETAIL
from backoffice.demo.people import CUSTOMERS, Person
from backoffice.demo.sales_plan import BANK, CARD, COD, GLS, LOCKER, PICK_UP, SALES, Fate, Sale
from backoffice.lib.money import round_cent
from inventory.models import Article, Price
from orders.drafts import AddressDraft, IntakeRules, LineDraft, OrderDraft
from orders.models import Document, DocumentKind, Order, OrderStatus, PaymentMethod, ShippingMethod
from orders.services.accept import accept_order
from orders.services.credit_notes import credit_note
from orders.services.decisions import accept_orders, cancel_order, park_order
from orders.services.documents import close_document
from orders.services.payments import book_payment
from orders.services.ship import ship_order
from orders.services.work import finish_documents

Step = tuple[datetime, Callable[[], object]]

FIRST_NUMBER = 1001
HOME = "SI"
# {country: {rate at home: rate there}}: consumers abroad pay the rate of their own country (OSS).
_RATES = {
    "SI": {"22": "22", "9.5": "9.5", "5": "5"},
    "CZ": {"22": "21", "9.5": "12", "5": "12"},
    "PL": {"22": "23", "9.5": "8", "5": "5"},
    "HU": {"22": "27", "9.5": "18", "5": "5"},
}
# Gross euro, at home and abroad.
_CARRIAGE = {GLS: ("5.00", "10.86"), LOCKER: ("3.54", "7.93"), PICK_UP: ("0", "0")}
_COLLECTING = "1.83"
_SENT = (Fate.DONE, Fate.ON_ACCOUNT, Fate.RETURNED)


def load_orders(day: Callable[..., datetime], by: AbstractBaseUser) -> None:
    """day(days ago, hour, minute). Where there is any order already, nothing is made."""
    if Order.objects.exists():
        return
    shelf = _Shelf()
    steps: list[Step] = []
    for number, sale in enumerate(SALES, FIRST_NUMBER):
        steps += _Story(sale, number, shelf, by, day).steps()
    with transaction.atomic():
        for moment, step in sorted(steps, key=lambda one: one[0]):
            with clock.at(moment):
                step()


class _Shelf:
    """What lines of orders need to know, read once."""

    def __init__(self) -> None:
        articles = Article.objects.select_related("vat_rate").filter(has_variants=False)
        self.articles = {article.sku: article for article in articles}
        prices = Price.objects.filter(price_list__name=RETAIL)
        self.prices: dict[str, Decimal] = dict(prices.values_list("article__sku", "amount"))
        self.payments = dict(PaymentMethod.objects.values_list("name", "pk"))
        self.shippings = dict(ShippingMethod.objects.values_list("name", "pk"))
        self.statuses = dict(OrderStatus.objects.values_list("name", "pk"))


class _Story:
    """One order from the cart to where it has come."""

    def __init__(
        self, sale: Sale, number: int, shelf: _Shelf, by: AbstractBaseUser, day: Callable[..., datetime]
    ) -> None:
        self.sale, self.number, self.shelf, self.by, self.day = sale, number, shelf, by, day
        self.buyer: Person = CUSTOMERS[sale.buyer]
        self.placed_at = day(sale.ago, *sale.clock)
        self.order_id = 0

    def steps(self) -> list[Step]:
        sale, soon = self.sale, self.placed_at + timedelta(minutes=5)
        steps: list[Step] = [(self.placed_at, self.place)]
        match sale.fate:
            case Fate.NEW:
                return steps
            case Fate.PARKED:
                return [*steps, (soon, self.park)]
            case Fate.CANCELLED:
                return [*steps, (soon, self.cancel)]
        seen_at = self.placed_at + timedelta(minutes=10) if sale.ago == 0 else self.day(sale.ago - 1, 7, 30)
        steps.append((seen_at, self.accept))
        if sale.fate in (Fate.TO_SHIP, *_SENT):
            steps.append((seen_at + timedelta(minutes=1), self.issue))
        if sale.fate in _SENT:
            sent_at = self.day(sale.ago - 1, 14, 10)
            steps.append((sent_at, self.ship))
            if sale.payment != CARD and sale.fate != Fate.ON_ACCOUNT:
                steps.append((self.day(sale.ago - 3, 10), self.pay))
            if sale.fate == Fate.RETURNED:
                steps.append((self.day(sale.ago - 5, 11), self.take_back))
        return steps

    def place(self) -> None:
        lines, total = self._lines()
        sale, person = self.sale, self.buyer
        draft = OrderDraft(
            source=SHOP_CODE,
            source_id=f"past-{self.number}",
            number=str(self.number),
            source_label="Demo shop",
            currency="EUR",
            placed_at=self.placed_at,
            paid_at=self.placed_at + timedelta(minutes=2) if sale.payment == CARD else None,
            email=person.email,
            vat_id=person.vat_id,
            language=person.language,
            billing=AddressDraft(**person.at(person.home)),
            delivery=AddressDraft(**person.at(person.delivery)) if person.delivery else None,
            customer_note=sale.says if sale.fate in (Fate.DONE, Fate.TO_SHIP) else "",
            status_id=self.shelf.statuses["On hold" if sale.payment == BANK else "Processing"],
            payment_method_id=self.shelf.payments[sale.payment],
            payment_name=sale.payment,
            transaction_id=f"demo_{self.number}" if sale.payment == CARD else "",
            shipping_method_id=self.shelf.shippings[sale.shipping],
            shipping_name=sale.shipping,
            prices_gross=True,
            vat_exempt=self._reverse_charge,
            total=total,
            lines=lines,
        )
        self.order_id = accept_order(draft, rules=IntakeRules(articles="plain")).order.pk
        # From before the shop was connected: it has no such order, so none is shown there and nothing is told to it.
        Order.objects.filter(pk=self.order_id).update(source_id="")

    def accept(self) -> None:
        accept_orders([self.order_id], by=self.by)

    def issue(self) -> None:
        finish_documents([self.order_id], by=self.by)

    def ship(self) -> None:
        parcel = self.sale.shipping != PICK_UP
        ship_order(
            self.order_id,
            carrier="GLS" if parcel else "",
            tracking_number=f"5550{self.number}0{self.sale.ago:02d}" if parcel else "",
            by=self.by,
        )

    def pay(self) -> None:
        order = Order.objects.get(pk=self.order_id)
        book_payment(order, order.total, method=self.sale.payment, reference=order.number, by=self.by)

    def take_back(self) -> None:
        """The goods come back, the carriage is not paid back."""
        invoice = Document.objects.get(order=self.order_id, kind=DocumentKind.INVOICE)
        note_of = Document.objects.get(order=self.order_id, kind=DocumentKind.DELIVERY_NOTE)
        reason = "Returned within 14 days, unused."
        for document, comes_back in ((invoice, False), (note_of, True)):
            goods = {line.pk: line.quantity for line in document.lines.all() if line.article_id is not None}
            note = credit_note(document.pk, goods, with_return=comes_back, reason=reason, by=self.by)
            closed = close_document(note.pk, by=self.by)
            if not comes_back:
                order = Order.objects.get(pk=self.order_id)
                book_payment(order, closed.total, method=self.sale.payment, note=reason, by=self.by)

    def park(self) -> None:
        park_order(self.order_id, reason=self.sale.says, by=self.by)

    def cancel(self) -> None:
        cancel_order(self.order_id, reason=self.sale.says, by=self.by)
        order = Order.objects.get(pk=self.order_id)
        if order.received:
            book_payment(order, -order.received, method=self.sale.payment, note="Paid back", by=self.by)

    @property
    def _reverse_charge(self) -> bool:
        return bool(self.buyer.vat_id) and self.buyer.country != HOME

    def _lines(self) -> tuple[tuple[LineDraft, ...], Decimal]:
        """The lines and what they come to."""
        abroad = self.buyer.country != HOME
        found = []
        for sku, pieces in self.sale.goods:
            article = self.shelf.articles[sku]
            rate = article.vat_rate.percent if article.vat_rate else Decimal(0)
            gross = self.shelf.prices[sku] * pieces
            found.append(self._line("item", article.name, gross, rate, sku=sku, quantity=Decimal(pieces)))
        carriage = Decimal(_CARRIAGE[self.sale.shipping][abroad])
        if carriage:
            found.append(self._line("shipping", self.sale.shipping, carriage, Decimal(22)))
        if self.sale.payment == COD:
            found.append(self._line("payment", COD, Decimal(_COLLECTING), Decimal(22)))
        return tuple(found), round_cent(sum((line.net + line.vat for line in found), Decimal(0)), "EUR")

    def _line(
        self,
        kind: str,
        name: str,
        gross: Decimal,
        rate: Decimal,
        *,
        sku: str = "",
        quantity: Decimal = Decimal(1),
    ) -> LineDraft:
        if self._reverse_charge:
            net, percent = round_cent(gross / (1 + rate / 100), "EUR"), None
            vat = Decimal(0)
        else:
            percent = Decimal(_RATES[self.buyer.country][f"{rate.normalize():f}"])
            net = (gross / (1 + percent / 100)).quantize(Decimal("0.000001"))
            vat = gross - net
        return LineDraft(
            kind=kind, sku=sku, name=name, quantity=quantity, net=net, vat=vat, vat_percent=percent
        )
