"""The admin of who buys. One module per screen; columns in displays, filters in filters, buttons in actions, forms in forms."""

from orders.admin.customers import CustomerAdmin
from orders.admin.methods import OrderStatusAdmin, PaymentMethodAdmin, ShippingMethodAdmin
from orders.admin.orders import OrderAdmin

__all__ = ["CustomerAdmin", "OrderAdmin", "OrderStatusAdmin", "PaymentMethodAdmin", "ShippingMethodAdmin"]
