"""Everything the shop knows, in memory. One lock guards it; the storage writes what is marked as changed."""

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from backoffice.demo.shop.tables import Key, Product, Rights, Role, Table
from backoffice.demo.shop.text import integer, kses, slug

ORDER_STATUSES = {
    "pending": "Pending payment",
    "processing": "Processing",
    "on-hold": "On hold",
    "completed": "Completed",
    "cancelled": "Cancelled",
    "refunded": "Refunded",
    "failed": "Failed",
    "checkout-draft": "Draft",
}
CURRENCIES = {
    "EUR": "€", "CZK": "Kč", "PLN": "zł", "HUF": "Ft", "USD": "$", "GBP": "£", "CHF": "CHF", "RON": "lei", "BGN": "лв.",
    "SEK": "kr", "DKK": "kr.", "NOK": "kr", "RSD": "рсд", "BAM": "KM", "MKD": "ден", "UAH": "₴", "TRY": "₺",
}  # fmt: skip
_SETTINGS = {
    "woocommerce_store_address": "",
    "woocommerce_store_address_2": "",
    "woocommerce_store_city": "",
    "woocommerce_default_country": "SI",
    "woocommerce_store_postcode": "",
    "woocommerce_calc_taxes": "yes",
    "woocommerce_currency": "EUR",
    "woocommerce_price_thousand_sep": ",",
    "woocommerce_price_decimal_sep": ".",
    "woocommerce_price_num_decimals": "2",
    "woocommerce_prices_include_tax": "no",
    "woocommerce_tax_based_on": "shipping",
    "woocommerce_tax_display_shop": "incl",
    "woocommerce_tax_display_cart": "incl",
    "woocommerce_manage_stock": "yes",
    "woocommerce_weight_unit": "kg",
    "woocommerce_dimension_unit": "cm",
}


class ShopState:
    """The shop's data with the few operations that keep its indexes right.

    Take `lock` around anything that reads several rows or writes. Times are seconds since 1970 (UTC);
    `clock` may be replaced in tests.
    """

    def __init__(
        self,
        *,
        name: str = "Trgovina Lipa",
        tagline: str = "Za kuhinjo, dom in darilo",
        time_zone: str = "Europe/Ljubljana",
        clock: Callable[[], float] = time.time,
    ):
        self.lock = threading.RLock()
        self.name, self.tagline, self.time_zone = name, tagline, time_zone
        self.zone: tzinfo = ZoneInfo(time_zone)
        self.clock = clock
        self.keys: dict[str, Key] = {}
        self.settings: dict[str, str] = dict(_SETTINGS)
        self.order_statuses: dict[str, str] = dict(ORDER_STATUSES)
        self.numbers: dict[str, int] = {}
        self.products: Table[Product] = Table("products")
        self.terms: Table[dict[str, Any]] = Table("terms")
        self.attributes: Table[dict[str, Any]] = Table("attributes")
        self.images: Table[dict[str, Any]] = Table("images")
        self.files: Table[bytes] = Table("files")
        self.tax_classes: Table[dict[str, Any]] = Table("tax_classes")
        self.taxes: Table[dict[str, Any]] = Table("taxes")
        self.customers: Table[dict[str, Any]] = Table("customers")
        self.orders: Table[dict[str, Any]] = Table("orders")
        self.refunds: Table[dict[str, Any]] = Table("refunds")
        self.notes: Table[dict[str, Any]] = Table("notes")
        self.coupons: Table[dict[str, Any]] = Table("coupons")
        self.webhooks: Table[dict[str, Any]] = Table("webhooks")
        self.zones: Table[dict[str, Any]] = Table("zones")
        self.gateways: Table[dict[str, Any]] = Table("gateways")
        # Indexes and caches over products; never stored.
        self.by_sku: dict[str, set[int]] = defaultdict(set)
        self.by_gtin: dict[str, set[int]] = defaultdict(set)
        self.variations: dict[int, list[int]] = defaultdict(list)
        self.slugs: dict[str, int] = {}
        self.by_term: dict[int, dict[int, None]] = defaultdict(dict)
        self.rows: dict[int, dict[tuple[Any, ...], bytes]] = {}
        self.lists: dict[Any, list[int]] = {}
        self.category_counts: dict[int, int] | None = None
        self.revision = 0  # grows with every change of a product
        self.events: list[tuple[str, int]] = []  # (topic, id) that wait for the webhooks
        self.basics()

    def tables(self) -> Iterator[Table[Any]]:
        for value in vars(self).values():
            if isinstance(value, Table):
                yield value

    def basics(self) -> None:
        """What every new shop has: the standard tax class, the default category, the first user."""
        self.numbers.update({"post": 0, "term": 14, "user": 1})
        self.tax_classes.put(0, {"slug": "standard", "name": "Standard rate"})
        self.add_term("category", "Uncategorized")

    # Time

    def now(self) -> int:
        return int(self.clock())

    def local(self, moment: int | None) -> str | None:
        """Shop time without an offset, as the API writes dates."""
        return (
            None
            if moment is None
            else datetime.fromtimestamp(moment, self.zone).strftime("%Y-%m-%dT%H:%M:%S")
        )

    def gmt(self, moment: int | None) -> str | None:
        return None if moment is None else datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%S")

    def gmt_offset(self) -> int | float:
        """Hours the shop is ahead of UTC now."""
        offset = datetime.fromtimestamp(self.now(), self.zone).utcoffset() or timedelta()
        hours = offset.total_seconds() / 3600
        return int(hours) if hours.is_integer() else hours

    def from_local(self, text: str) -> int:
        """Seconds of a date in shop time; a date with an offset keeps its own. Raises ValueError."""
        moment = datetime.fromisoformat(text)
        return int((moment if moment.tzinfo else moment.replace(tzinfo=self.zone)).timestamp())

    def from_gmt(self, text: str) -> int:
        moment = datetime.fromisoformat(text)
        return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())

    # Numbers

    def next(self, kind: str) -> int:
        """The next id. Products, orders, refunds and pictures share the kind "post", as in WordPress."""
        self.numbers[kind] = self.numbers.get(kind, 0) + 1
        return self.numbers[kind]

    def seen(self, kind: str, number: int) -> None:
        self.numbers[kind] = max(self.numbers.get(kind, 0), number)

    # Settings

    @property
    def currency(self) -> str:
        return self.settings["woocommerce_currency"]

    @property
    def currency_symbol(self) -> str:
        return CURRENCIES.get(self.currency, self.currency)

    @property
    def decimals(self) -> int:
        return integer(self.settings["woocommerce_price_num_decimals"])

    @property
    def prices_include_tax(self) -> bool:
        return self.settings["woocommerce_prices_include_tax"] == "yes"

    @property
    def base_country(self) -> str:
        return self.settings["woocommerce_default_country"].split(":")[0]

    def set(self, name: str, value: str) -> None:
        """Change a setting; answers made before are forgotten, as prices may look different now."""
        self.settings[name] = value
        self.forget_rows()

    def words(self, name: str) -> list[str]:
        """The words of this very shop that argument checks refer to as $name."""
        match name:
            case "tax_classes":
                return [row["slug"] for row in self.tax_classes.values()]
            case "order_statuses":
                return list(self.order_statuses)
            case "currencies":
                return list(CURRENCIES)
        raise KeyError(name)

    # Products

    def add(self, product: Product) -> Product:
        self.products.put(product.id, product)
        self._index(product)
        self.changed(product)
        return product

    def touch(self, product: Product) -> None:
        """Mark a product as modified now and forget the answers that show it."""
        product.modified = self.now()
        self.changed(product)

    def changed(self, product: Product) -> None:
        self.products.changed.add(product.id)
        self.revision += 1
        self.lists.clear()
        self.category_counts = None
        self.rows.pop(product.id, None)
        for relative in self.variations.get(product.id, ()):
            self.rows.pop(relative, None)
        if product.parent_id:
            self.rows.pop(product.parent_id, None)

    def forget_rows(self) -> None:
        self.rows.clear()
        self.lists.clear()
        self.category_counts = None
        self.revision += 1

    def remove(self, product: Product) -> None:
        self._unindex(product)
        self.products.drop(product.id)
        self.changed(product)

    def replace(self, product: Product) -> None:
        """Put a changed copy in the place of a product and mark it as modified now."""
        self._unindex(self.products[product.id])
        self.products.put(product.id, product)
        self._index(product)
        self.touch(product)

    def _index(self, product: Product) -> None:
        if product.sku:
            self.by_sku[product.sku.lower()].add(product.id)
        if product.global_unique_id:
            self.by_gtin[product.global_unique_id].add(product.id)
        if product.is_variation:
            if product.id not in self.variations[product.parent_id]:
                self.variations[product.parent_id].append(product.id)
        else:
            if product.slug:
                self.slugs[product.slug] = product.id
            for term in (*product.category_ids, *product.tag_ids):
                self.by_term[term][product.id] = None

    def _unindex(self, product: Product) -> None:
        self.by_sku[product.sku.lower()].discard(product.id)
        self.by_gtin[product.global_unique_id].discard(product.id)
        if product.is_variation:
            siblings = self.variations[product.parent_id]
            if product.id in siblings:
                siblings.remove(product.id)
        elif self.slugs.get(product.slug) == product.id:
            del self.slugs[product.slug]
        for term in (*product.category_ids, *product.tag_ids):
            self.by_term[term].pop(product.id, None)

    def free_slug(self, wanted: str, own_id: int = 0) -> str:
        found, number = wanted, 2
        while self.slugs.get(found, own_id) != own_id:
            found, number = f"{wanted}-{number}", number + 1
        return found

    def children(self, parent_id: int) -> list[Product]:
        return [self.products[i] for i in self.variations.get(parent_id, ()) if i in self.products]

    def holder_of_sku(self, sku: str, own_id: int = 0) -> Product | None:
        """Another product or variation, not in the trash, that has this SKU."""
        for number in sorted(self.by_sku.get(sku.lower(), ())):
            other = self.products[number]
            if number != own_id and other.status != "trash":
                return other
        return None

    # Terms

    def add_term(
        self, kind: str, name: str, *, parent: int = 0, term_id: int = 0, **extra: Any
    ) -> dict[str, Any]:
        """Add a category, brand, tag, shipping class or attribute term ("pa:<attribute id>")."""
        number = term_id or self.next("term")
        self.seen("term", number)
        clean = kses(name)
        row = {
            "id": number,
            "kind": kind,
            "name": clean,
            "slug": extra.pop("slug", "") or self.free_term_slug(kind, clean, parent),
            "parent": parent,
            "description": extra.pop("description", ""),
            "display": extra.pop("display", "default"),
            "image_id": extra.pop("image_id", 0),
            "menu_order": extra.pop("menu_order", 0),
        }
        self.terms.put(number, row)
        return row

    def terms_of(self, kind: str) -> list[dict[str, Any]]:
        return [row for row in self.terms.values() if row["kind"] == kind]

    def free_term_slug(self, kind: str, name: str, parent: int = 0) -> str:
        base = slug(name) or kind
        taken = {row["slug"] for row in self.terms_of(kind)}
        found = base
        if found in taken and parent:
            found = f"{base}-{self.terms[parent]['slug']}"
        number = 2
        while found in taken:
            found, number = f"{base}-{number}", number + 1
        return found

    def default_category(self) -> int:
        return next(row["id"] for row in self.terms.values() if row["kind"] == "category")

    def emit(self, topic: str, number: int) -> None:
        """Note an event for the webhooks; they are told when the request is done."""
        if (topic, number) not in self.events:
            self.events.append((topic, number))

    def take_events(self) -> list[tuple[str, int]]:
        taken, self.events = self.events, []
        return taken

    def add_key(
        self,
        key: str,
        secret: str,
        rights: Rights = "read_write",
        role: Role = "administrator",
        user_id: int = 1,
    ) -> Key:
        self.keys[key] = Key(key, secret, rights, role, user_id)
        return self.keys[key]

    def add_tax(
        self, country: str, rate: str, name: str, tax_class: str = "standard", **extra: Any
    ) -> dict[str, Any]:
        number = extra.pop("tax_id", 0) or self.next("tax")
        self.seen("tax", number)
        row = {
            "id": number, "country": country, "state": "", "rate": f"{float(rate):.4f}", "name": name,
            "priority": 1, "compound": False, "shipping": tax_class == "standard", "order": 0, "class": tax_class,
            "postcodes": [], "cities": [],
        }  # fmt: skip
        return self.taxes.put(number, row | extra)

    def add_tax_class(self, name: str, slug_text: str = "") -> str:
        slug_text = slug_text or slug(name)
        self.tax_classes.put(self.next("tax_class"), {"slug": slug_text, "name": name})
        return slug_text

    def ids(self, rows: Iterable[dict[str, Any]]) -> list[int]:
        return [row["id"] for row in rows]
