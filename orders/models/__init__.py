from orders.models.channels import SalesChannel
from orders.models.customers import Address, Customer
from orders.models.documents import Document, DocumentLine
from orders.models.history import OrderEvent
from orders.models.mails import DocumentMail, MailTemplate
from orders.models.methods import OrderStatus, PaymentMethod, ShippingMethod
from orders.models.orders import Order, OrderLine
from orders.models.payments import Payment, Shipment
from orders.models.reservations import Reservation
from orders.models.series import DocumentKind, NumberSeries, SeriesCounter

__all__ = [
    "Address",
    "Customer",
    "Document",
    "DocumentKind",
    "DocumentLine",
    "DocumentMail",
    "MailTemplate",
    "NumberSeries",
    "Order",
    "OrderEvent",
    "OrderLine",
    "OrderStatus",
    "Payment",
    "PaymentMethod",
    "Reservation",
    "SalesChannel",
    "SeriesCounter",
    "Shipment",
    "ShippingMethod",
]
