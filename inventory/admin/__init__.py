"""The admin of what we sell. One module per screen; columns in displays, filters in filters, forms in forms."""

from inventory.admin.articles import ArticleAdmin
from inventory.admin.company import CompanyAdmin
from inventory.admin.dictionaries import CategoryAdmin, ProducerAdmin, UnitAdmin, VatRateAdmin
from inventory.admin.prices import PriceAdmin, PriceListAdmin
from inventory.admin.stock import StockLevelAdmin, StockMovementAdmin, WarehouseAdmin
from inventory.admin.stock_documents import StockCountAdmin, StockTransferAdmin

__all__ = [
    "ArticleAdmin",
    "CategoryAdmin",
    "CompanyAdmin",
    "PriceAdmin",
    "PriceListAdmin",
    "ProducerAdmin",
    "StockCountAdmin",
    "StockLevelAdmin",
    "StockMovementAdmin",
    "StockTransferAdmin",
    "UnitAdmin",
    "VatRateAdmin",
    "WarehouseAdmin",
]
