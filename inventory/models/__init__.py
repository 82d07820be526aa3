from inventory.models.articles import Article, ArticleText
from inventory.models.company import Company
from inventory.models.dictionaries import Category, Producer, Unit, VatRate
from inventory.models.images import ArticleImage, Attachment
from inventory.models.prices import Price, PriceList
from inventory.models.sets import SetComponent
from inventory.models.stock import StockLevel, StockMovement, Warehouse
from inventory.models.stock_documents import (
    StockCount,
    StockCountLine,
    StockDocumentCounter,
    StockTransfer,
    StockTransferLine,
)

__all__ = [
    "Article",
    "ArticleImage",
    "ArticleText",
    "Attachment",
    "Category",
    "Company",
    "Price",
    "PriceList",
    "Producer",
    "SetComponent",
    "StockCount",
    "StockCountLine",
    "StockDocumentCounter",
    "StockLevel",
    "StockMovement",
    "StockTransfer",
    "StockTransferLine",
    "Unit",
    "VatRate",
    "Warehouse",
]
