"""The layout of export files: which columns each section has. Documented in docs/file-formats.md.

The names are part of the file format: programs read them. Adding a column is fine, renaming one is a new version.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Final, Literal

from django.utils.translation import gettext_lazy as _

from inventory.models import Article, VatRate
from shops import elements
from shops.elements import Text

if TYPE_CHECKING:
    from shops.files.feeds.settings import FeedSettings

# text: str · number: Decimal or int · flag: bool · moment: aware datetime · list: sequence of str ·
# pairs: sequence of (name, value) · choice: one of the keys of `choices`
ColumnType = Literal["text", "number", "flag", "moment", "list", "pairs", "choice"]

FORMAT_VERSION: Final = "1"
NAMESPACE: Final = "urn:kontor:export:1"


@dataclass(frozen=True, slots=True)
class Column:
    """name: in XML and CSV. label: in XLSX. item: the element's name of each entry of a list or of pairs in XML.

    choices: {code: label}; XML and CSV hold the code, XLSX the label.
    """

    name: str
    label: Text
    type: ColumnType = "text"
    item: str = ""
    choices: Mapping[str, Text] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sheet:
    """One section of a file: a list in XML, a file of its own in CSV, a sheet in XLSX.

    kind: the element type whose step shows its progress. row: the name of one element in XML.
    """

    key: str
    row: str
    label: Text
    kind: str
    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class FileMeta:
    """What stands at the head of a file. generated_at is aware; currency "" = the file holds no prices.

    feed: what formats for other systems say beside the articles (feeds.settings); Kontor's own need it not.
    """

    shop: str
    job: str
    generated_at: datetime
    language: str = ""
    currency: str = ""
    prices_include_vat: bool | None = None
    feed: FeedSettings | None = None


LINK_STATES: Final[Mapping[str, Text]] = {
    "none": _("Not in the shop"),
    "linked": _("Linked"),
    "creating": _("Being created"),
    "gone": _("Gone from the shop"),
}

ARTICLES: Final = Sheet(
    "articles",
    "article",
    _("Articles"),
    elements.ARTICLE,
    (
        Column("sku", _("SKU")),
        Column("ean", _("EAN")),
        Column("parent_sku", _("SKU of the parent article")),
        Column("kind", _("kind"), "choice", choices=dict(Article.Kind.choices)),
        Column("options", _("options"), "pairs", "option"),
        Column("name", _("name")),
        Column("short_description", _("short description")),
        Column("description", _("description")),
        Column("unit", _("unit")),
        Column("vat_country", _("VAT country")),
        Column("vat_percent", _("VAT %"), "number"),
        Column("producer", _("producer")),
        Column("categories", _("categories"), "list", "category"),
        Column("weight_g", _("weight in grams"), "number"),
        Column("length_mm", _("length in mm"), "number"),
        Column("width_mm", _("width in mm"), "number"),
        Column("height_mm", _("height in mm"), "number"),
        Column("active", _("active"), "flag"),
        Column("stock", _("stock for the shop"), "number"),
        Column("price", _("price for the shop"), "number"),
        Column("sale_price", _("sale price for the shop"), "number"),
        Column("sale_from", _("sale from"), "moment"),
        Column("sale_to", _("sale to"), "moment"),
        Column("currency", _("currency")),
        Column("prices_include_vat", _("prices include VAT"), "flag"),
        Column("link", _("link"), "choice", choices=LINK_STATES),
        Column("remote_id", _("id in the shop")),
        Column("changed_at", _("changed"), "moment"),
    ),
)

CATEGORIES: Final = Sheet(
    "categories",
    "category",
    _("Categories"),
    elements.CATEGORY,
    (
        Column("path", _("path")),
        Column("name", _("name")),
        Column("parent_path", _("path of the parent")),
        Column("description", _("description")),
        Column("link", _("link"), "choice", choices=LINK_STATES),
        Column("remote_id", _("id in the shop")),
    ),
)

UNITS: Final = Sheet(
    "units",
    "unit",
    _("Units"),
    elements.UNIT,
    (
        Column("name", _("name")),
        Column("symbol", _("symbol")),
        Column("link", _("link"), "choice", choices=LINK_STATES),
        Column("remote_id", _("id in the shop")),
    ),
)

PRODUCERS: Final = Sheet(
    "producers",
    "producer",
    _("Producers"),
    elements.PRODUCER,
    (
        Column("name", _("name")),
        Column("link", _("link"), "choice", choices=LINK_STATES),
        Column("remote_id", _("id in the shop")),
    ),
)

VAT_RATES: Final = Sheet(
    "vat_rates",
    "vat_rate",
    _("VAT rates"),
    elements.VAT_RATE,
    (
        Column("country", _("country")),
        Column("percent", _("VAT %"), "number"),
        Column("name", _("name")),
        Column("kind", _("kind"), "choice", choices=dict(VatRate.Kind.choices)),
        Column("link", _("link"), "choice", choices=LINK_STATES),
        Column("remote_id", _("id in the shop")),
    ),
)

IMAGES: Final = Sheet(
    "images",
    "image",
    _("Images"),
    elements.IMAGE,
    (
        Column("sku", _("SKU")),
        Column("position", _("position"), "number"),
        Column("name", _("file name")),
        Column("alt", _("alternative text")),
        Column("sha256", _("checksum")),
        Column("link", _("link"), "choice", choices=LINK_STATES),
        Column("remote_id", _("id in the shop")),
    ),
)

STOCK: Final = Sheet(
    "stock",
    "level",
    _("Stock"),
    elements.STOCK,
    (
        Column("sku", _("SKU")),
        Column("ean", _("EAN")),
        Column("name", _("name")),
        Column("quantity", _("stock for the shop"), "number"),
        Column("last_sent", _("last sent"), "number"),
        Column("last_sent_at", _("sent at"), "moment"),
        Column("last_seen", _("last seen in the shop"), "number"),
        Column("last_seen_at", _("seen at"), "moment"),
        Column("link", _("link"), "choice", choices=LINK_STATES),
        Column("remote_id", _("id in the shop")),
    ),
)

ORDER_STATUSES: Final = Sheet(
    "order_statuses",
    "order",
    _("Order statuses"),
    elements.ORDER,
    (
        Column("number", _("number")),
        Column("shop_number", _("number in the shop")),
        Column("placed_at", _("placed"), "moment"),
        Column("status", _("status")),
        Column("status_for_shop", _("status for the shop")),
        Column("status_in_shop", _("status in the shop")),
        Column("last_sent_at", _("sent at"), "moment"),
        Column("remote_id", _("id in the shop")),
    ),
)

# In the order in which they stand in a file: what an article refers to comes before it.
SHEETS: Final = {
    sheet.key: sheet
    for sheet in (UNITS, CATEGORIES, PRODUCERS, VAT_RATES, ARTICLES, IMAGES, STOCK, ORDER_STATUSES)
}
