"""Our side of each element type."""

from shops.sync.local.articles import Articles
from shops.sync.local.base import LocalType, Side
from shops.sync.local.customers import Customers
from shops.sync.local.dictionaries import Categories, Producers, Units, VatRates
from shops.sync.local.images import Images
from shops.sync.local.methods import OrderStatuses, PaymentMethods, ShippingMethods
from shops.sync.local.orders import Orders
from shops.sync.local.prices import Prices
from shops.sync.local.stock import Stock

LOCAL_TYPES: dict[str, type[LocalType]] = {
    cls.kind: cls
    for cls in (
        Units,
        Categories,
        Producers,
        VatRates,
        Articles,
        Images,
        Stock,
        Prices,
        Customers,
        PaymentMethods,
        ShippingMethods,
        OrderStatuses,
        Orders,
    )
}


def local_types(side: Side) -> dict[str, LocalType]:
    """Our side of every type, for one slice."""
    return {kind: cls(side) for kind, cls in LOCAL_TYPES.items()}
