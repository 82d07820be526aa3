from orders.models.customers import Address, Customer
from orders.models.history import OrderEvent
from orders.models.methods import OrderStatus, PaymentMethod, ShippingMethod
from orders.models.orders import Order, OrderLine

__all__ = [
    "Address",
    "Customer",
    "Order",
    "OrderEvent",
    "OrderLine",
    "OrderStatus",
    "PaymentMethod",
    "ShippingMethod",
]
