"""The demo shop: a small web shop that speaks the WooCommerce REST protocol, with a storefront.

It is what a newcomer connects first and what the tests use in place of a WooCommerce. Standard library only.
What it answers was observed on a running WooCommerce 10.5.2; where it differs, the code says so.
"""

from backoffice.demo.shop.seed import add_products, seeded
from backoffice.demo.shop.server import DemoShop
from backoffice.demo.shop.state import ShopState
from backoffice.demo.shop.tables import Key, Product

__all__ = ["DemoShop", "Key", "Product", "ShopState", "add_products", "seeded"]
