"""WooCommerce over its REST API wc/v3. `WooCommerce` is the platform; docs/platforms/woocommerce.md is its manual."""

from shops.platforms.woocommerce.platform import WooCommerce

__all__ = ["WooCommerce"]
