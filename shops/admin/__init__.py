"""The shops' screens. Each module registers its own model; shops.py is the table of contents of a shop's pages."""

from shops.admin import articles, causes, changes, elements, files, orders, runs, shops

__all__ = ["articles", "causes", "changes", "elements", "files", "orders", "runs", "shops"]
