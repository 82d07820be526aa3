"""Order files: from bytes that nobody can trust to records, by format. Pure: no network, no database."""

from shops.platforms.files.orders.reading import Meaning, OrderFile, read_orders

__all__ = ["Meaning", "OrderFile", "read_orders"]
