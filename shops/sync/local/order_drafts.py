"""A shop's orders as drafts: its ids translated to ours by links and remembered choices, never by guess."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

from django.utils import timezone

from orders.drafts import LineDraft, OrderDraft, RefundDraft
from orders.services.buyers import buyer_key
from orders.services.vat_rates import destination, vat_key
from shops.elements import ARTICLE, CUSTOMER, ORDER_STATUS, PAYMENT_METHOD, SHIPPING_METHOD, VAT_RATE
from shops.models import Meaning, RemoteElement, Watermark
from shops.records import OrderLineRecord, OrderRecord
from shops.sync.local.addresses import as_draft
from shops.sync.local.base import Side


@dataclass(slots=True)
class Translator:
    """Translates orders of one shop. What people said (Meaning) and what statuses are called are read once; links of
    articles and customers once for each batch that `know` is told of."""

    side: Side
    articles: Mapping[str, int] = field(default_factory=dict)
    customers: Mapping[str, int] = field(default_factory=dict)
    _meanings: dict[str, dict[str, int | None]] | None = None
    _statuses: dict[str, str] | None = None

    def know(self, records: Iterable[OrderRecord]) -> None:
        """Look up the links of all articles and customers in these orders: two queries, three more at most where a
        method or status is not linked."""
        records = list(records)
        articles = {line.article_id for record in records for line in record.lines if line.article_id}
        customers = {record.customer_id for record in records if record.customer_id}
        self.articles = self.side.ids_of(ARTICLE, articles) if articles else {}
        self.customers = self.side.ids_of(CUSTOMER, customers) if customers else {}
        shipping = {line.method_id for record in records for line in record.lines if line.kind == "shipping"}
        self._have_read_again(PAYMENT_METHOD, {record.payment_method_id for record in records})
        self._have_read_again(SHIPPING_METHOD, shipping)
        self._have_read_again(ORDER_STATUS, {record.status_id or "" for record in records})

    def _have_read_again(self, kind: str, ids: set[str]) -> None:
        """What orders name and no read has seen may be new in the shop: the next look reads this type, unless it was
        read within the hour (sync.facts). Some ids, of plug-ins or typed by hand, are in no list of the shop."""
        linked = self.side.local_ids(kind)
        new = {one for one in ids if one and one not in linked}
        if new and RemoteElement.objects.of(self.side.shop, kind).filter(remote_id__in=new).count() < len(
            new
        ):
            lately = timezone.now() - timedelta(hours=1)
            Watermark.objects.filter(shop=self.side.shop, kind=kind, at__lt=lately).delete()

    def meanings(self, kind: str) -> Mapping[str, int | None]:
        if self._meanings is None:
            self._meanings = {ARTICLE: {}, CUSTOMER: {}, VAT_RATE: {}}
            rows = Meaning.objects.filter(shop=self.side.shop).values_list("kind", "key", "local_id")
            for of_kind, key, local_id in rows:
                self._meanings.setdefault(of_kind, {})[key] = local_id
        return self._meanings[kind]

    def status_name(self, status_id: str) -> str:
        if self._statuses is None:
            rows = RemoteElement.objects.of(self.side.shop, ORDER_STATUS).values_list("remote_id", "name")
            self._statuses = dict(rows)
        return self._statuses.get(status_id, status_id)

    def draft(self, record: OrderRecord) -> OrderDraft:
        """Call `know` before. What is not linked stays unmapped."""
        shop = self.side.shop
        shipping = next((line for line in record.lines if line.kind == "shipping"), None)
        shipping_id = shipping.method_id if shipping is not None else ""
        status_id = record.status_id or ""
        draft = OrderDraft(
            source=shop.code,
            source_id=record.remote_id,
            source_label=shop.name,
            number=record.number,
            currency=record.currency,
            placed_at=record.created_at,
            paid_at=record.paid_at,
            customer_id=self.customers.get(record.customer_id),
            email=record.email,
            vat_id=record.vat_id,
            billing=as_draft(record.billing),
            delivery=as_draft(record.shipping) if record.shipping is not None else None,
            customer_note=record.customer_note,
            note=record.note,
            status_id=self.side.local_ids(ORDER_STATUS).get(status_id),
            status_source_id=status_id,
            status_name=self.status_name(status_id) if status_id else "",
            payment_method_id=self.side.local_ids(PAYMENT_METHOD).get(record.payment_method_id),
            payment_source_id=record.payment_method_id,
            payment_name=record.payment_method_name or record.payment_method_id,
            transaction_id=record.transaction_id,
            shipping_method_id=self.side.local_ids(SHIPPING_METHOD).get(shipping_id),
            shipping_source_id=shipping_id,
            shipping_name=shipping.name if shipping is not None else "",
            prices_gross=record.prices_gross,
            vat_exempt=record.vat_exempt,
            total=record.total,
            total_vat=record.total_tax,
            coupons=tuple(code for code, _amount in record.coupons),
            refunds=tuple(
                RefundDraft(amount=refund.amount, source_id=refund.remote_id, reason=refund.reason)
                for refund in record.refunds
            ),
        )
        return self._with_meanings(draft, record)

    def _with_meanings(self, draft: OrderDraft, record: OrderRecord) -> OrderDraft:
        country = destination(draft).strip().upper()
        lines = tuple(self._line(line, country) for line in record.lines)
        said = self.meanings(CUSTOMER).get(buyer_key(draft)) if draft.customer_id is None else None
        return replace(draft, lines=lines, customer_id=said or draft.customer_id)

    def _line(self, line: OrderLineRecord, country: str) -> LineDraft:
        said = self.meanings(ARTICLE)
        linked = self.articles.get(line.article_id) if line.article_id else None
        return LineDraft(
            kind=line.kind,
            source_id=line.remote_id,
            sku=line.sku,
            name=line.name,
            quantity=line.quantity,
            net=line.net,
            vat=line.tax,
            net_before_discount=line.net_before_discount,
            vat_percent=line.vat_percent,
            doubt=line.doubt,
            article_id=said.get(line.sku) or linked,
            without_article=line.sku in said and said[line.sku] is None,
            vat_rate_id=self.meanings(VAT_RATE).get(vat_key(country, line.vat_percent)),
        )
