"""Fixtures of the demo shop's own tests."""

from tests.peers.woocommerce import woo, woo_tls

__all__ = ["woo", "woo_tls"]
