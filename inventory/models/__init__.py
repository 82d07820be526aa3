from inventory.models.articles import Article, ArticleText
from inventory.models.company import Company
from inventory.models.dictionaries import Category, Producer, Unit, VatRate
from inventory.models.images import ArticleImage, Attachment
from inventory.models.prices import Price, PriceList
from inventory.models.stock import StockLevel, StockMovement, Warehouse

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
    "StockLevel",
    "StockMovement",
    "Unit",
    "VatRate",
    "Warehouse",
]
