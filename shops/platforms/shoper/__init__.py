"""Shoper over its WebAPI. `Shoper` is the platform; docs/platforms/shoper.md is its manual."""

from shops.platforms.shoper.platform import Shoper

__all__ = ["Shoper"]
