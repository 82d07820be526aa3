"""Articles, prices and stock as tables (CSV, XLSX), in and out. Mistakes are named by row and column.

Everything that a row refers to (units, parents, articles of prices) is fetched for the whole file before its first
row; a row itself costs no query.
"""

from inventory.resources.articles import ArticleResource
from inventory.resources.prices_stock import PriceResource, StockResource

__all__ = ["ArticleResource", "PriceResource", "StockResource"]
