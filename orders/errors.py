"""What can go wrong with orders. Every one carries message, cure, detail and key (backoffice.lib.errors).

KontorError
  Parked               an order cannot be taken into the list yet; it waits, and nothing of it is lost
    UnknownArticles    key "article_unknown:SKU"          data {"skus": [{"sku", "name", "quantity"}]}
    UnknownCustomer    key "customer_unknown:E-MAIL"      data {"key", "name", "email", "vat_id", "place"}
    Unmapped           key "unmapped:KIND:ID"             data {"kind", "id", "name"}; KIND payment_method,
                       shipping_method, order_status, or vat_rate with ID "COUNTRY:PERCENT"
    TotalDiffers       key "total_differs:NUMBER"         data {"total", "exact", "per_line", "currency", ...} as texts:
                       the lines do not add up to the shop's total (orders.services.totals)
    IncompleteOrder    key "order_incomplete:WHAT": the shop left out, or gave, what no one may guess
  OrderRefused         a person asked for a step that this order does not allow
  EInvoiceImpossible   a document that the standard of e-invoices cannot hold, or that lacks what it asks for
  DocumentRefused      a document cannot be made, closed, corrected or sent as it is
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from backoffice.lib.errors import KontorError


class Parked(KontorError):
    """data: what a screen needs to cure the cause, as plain JSON."""

    code = "order_parked"

    def __init__(self, message: str = "", *, data: Mapping[str, Any] | None = None, **kwargs: str) -> None:
        super().__init__(message, **kwargs)
        self.data = dict(data or {})


class UnknownArticles(Parked):
    code = "article_unknown"


class UnknownCustomer(Parked):
    code = "customer_unknown"


class Unmapped(Parked):
    code = "unmapped"


class TotalDiffers(Parked):
    code = "total_differs"


class IncompleteOrder(Parked):
    code = "order_incomplete"


class OrderRefused(KontorError):
    code = "order_refused"


class DocumentRefused(KontorError):
    code = "document_refused"


class EInvoiceImpossible(KontorError):
    code = "einvoice_impossible"
