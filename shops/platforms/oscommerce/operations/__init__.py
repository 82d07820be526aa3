"""Every statement that Kontor ever sends to an osCommerce shop, by name: there are no others, on neither way in.

Passwords, sessions, administrators and card data stand in none of them, and of the shop's settings only those that
operations/shop.py names one by one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from shops.platforms.oscommerce.operations import catalogue, customers, images, orders, products, shop, writes
from shops.platforms.oscommerce.statements import Operation

OPERATIONS: Final[Mapping[str, Operation]] = {
    name: operation
    for part in (shop, catalogue, products, writes, images, customers, orders)
    for name, operation in part.OPERATIONS.items()
}
