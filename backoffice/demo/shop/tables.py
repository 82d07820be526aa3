"""What the tables of the shop hold: keys, products, and the table itself."""

from dataclasses import dataclass, field
from typing import Any, Generic, Literal, TypeVar

T = TypeVar("T")
Role = Literal["administrator", "shop_manager", "customer"]
Rights = Literal["read", "write", "read_write"]


@dataclass(frozen=True, slots=True)
class Key:
    """A consumer key with its secret, what it may do, and the role of the user it belongs to."""

    key: str
    secret: str
    rights: Rights = "read_write"
    role: Role = "administrator"
    user_id: int = 1


@dataclass(slots=True)
class Product:
    """A product, or a variation when `type` is "variation". Prices are the text the shop stores."""

    id: int
    type: str = "simple"
    parent_id: int = 0
    status: str = "publish"
    name: str = ""
    slug: str = ""
    description: str = ""
    short_description: str = ""
    sku: str = ""
    global_unique_id: str = ""
    regular_price: str = ""
    sale_price: str = ""
    sale_from: int | None = None  # seconds since 1970, UTC
    sale_to: int | None = None
    featured: bool = False
    catalog_visibility: str = "visible"
    virtual: bool = False
    downloadable: bool = False
    downloads: list[dict[str, Any]] = field(default_factory=list)
    download_limit: int = -1
    download_expiry: int = -1
    external_url: str = ""
    button_text: str = ""
    tax_status: str = "taxable"
    tax_class: str = ""
    manage_stock: bool = False
    stock_quantity: int | None = None
    stock_status: str = "instock"
    backorders: str = "no"
    low_stock_amount: int | None = None
    sold_individually: bool = False
    weight: str = ""
    length: str = ""
    width: str = ""
    height: str = ""
    shipping_class: str = ""
    reviews_allowed: bool = True
    post_password: str = ""
    purchase_note: str = ""
    menu_order: int = 0
    total_sales: int = 0
    upsell_ids: list[int] = field(default_factory=list)
    cross_sell_ids: list[int] = field(default_factory=list)
    category_ids: list[int] = field(default_factory=list)
    brand_ids: list[int] = field(default_factory=list)
    tag_ids: list[int] = field(default_factory=list)
    image_ids: list[int] = field(default_factory=list)
    attributes: list[dict[str, Any]] = field(default_factory=list)
    default_attributes: list[dict[str, Any]] = field(default_factory=list)
    meta_data: list[dict[str, Any]] = field(default_factory=list)
    created: int = 0
    modified: int = 0

    @property
    def is_variation(self) -> bool:
        return self.type == "variation"


class Table(dict[int, T], Generic[T]):
    """Rows of one kind by id; remembers which ids changed since the storage looked last."""

    def __init__(self, name: str):
        super().__init__()
        self.name = name
        self.changed: set[int] = set()

    def put(self, key: int, row: T) -> T:
        self[key] = row
        self.changed.add(key)
        return row

    def drop(self, key: int) -> T | None:
        self.changed.add(key)
        return self.pop(key, None)
