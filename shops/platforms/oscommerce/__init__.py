"""osCommerce 2.3 by its database or by a bridge file. `OsCommerce` is the platform; docs/platforms/oscommerce.md its manual."""

from shops.platforms.oscommerce.platform import OsCommerce, OsCommerceDatabase

__all__ = ["OsCommerce", "OsCommerceDatabase"]
