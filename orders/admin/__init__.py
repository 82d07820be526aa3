"""The admin of who buys. One module per screen; columns in displays, filters in filters, buttons in actions, forms in forms."""

from orders.admin.customers import CustomerAdmin
from orders.admin.documents import DocumentAdmin
from orders.admin.methods import OrderStatusAdmin, PaymentMethodAdmin, ShippingMethodAdmin
from orders.admin.orders import OrderAdmin
from orders.admin.series import MailTemplateAdmin, NumberSeriesAdmin

__all__ = [
    "CustomerAdmin",
    "DocumentAdmin",
    "MailTemplateAdmin",
    "NumberSeriesAdmin",
    "OrderAdmin",
    "OrderStatusAdmin",
    "PaymentMethodAdmin",
    "ShippingMethodAdmin",
]
