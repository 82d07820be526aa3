"""What happens to a product that is written: which fields count, what is refused, what changes silently.

Rules observed on a running WooCommerce 10.5.2; numbers of traps are those of woocommerce.md, section 9.
"""

import copy
import re
from collections.abc import Mapping
from typing import Any

from backoffice.demo.shop.images import Pictures
from backoffice.demo.shop.state import ShopState
from backoffice.demo.shop.tables import Product
from backoffice.demo.shop.text import decimal, format_decimal, integer, kses, slug, truth
from backoffice.demo.shop.wire import ApiError

_PRODUCT_TYPES = ("simple", "grouped", "external", "variable")
_STATUSES = ("draft", "pending", "private", "publish", "future", "auto-draft", "trash")


class ProductRules:
    """Creates, changes and deletes products and variations. Call with the state's lock held.

    Data is taken as it comes: single calls were checked against the schema before, batch items were not (trap 1).
    """

    def __init__(self, state: ShopState, pictures: Pictures):
        self.state, self.pictures = state, pictures

    def create(self, data: Mapping[str, Any], *, parent: Product | None = None) -> Product:
        state = self.state
        now = state.now()
        product = Product(id=0, created=now, modified=now)
        if parent is not None:
            product.type, product.parent_id, product.tax_class = "variation", parent.id, "parent"
        else:
            product.name = "Product"
        if data.get("sku"):
            self._refuse_trashed_sku(str(data["sku"]).strip())
        self._write(product, data)
        product.id = state.next("post")
        if parent is None:
            if not product.slug:
                product.slug = state.free_slug(slug(product.name) or str(product.id))
            if not product.category_ids:
                product.category_ids = [state.default_category()]
        state.add(product)
        state.emit("product.created", product.id)
        if parent is not None:
            state.touch(parent)
        return product

    def update(self, product: Product, data: Mapping[str, Any]) -> Product:
        changed = copy.copy(product)
        self._write(changed, data)
        if not changed.is_variation and not changed.category_ids:
            changed.category_ids = [self.state.default_category()]
        self.state.replace(changed)
        self.state.emit("product.updated", changed.id)
        parent = self.state.products.get(changed.parent_id)
        if parent is not None:
            self.state.touch(parent)
        return changed

    def trash(self, product: Product) -> None:
        """Move to the trash; the SKU stays taken (trap 5). Raises 410 when it is there already."""
        if product.status == "trash":
            noun = "variation" if product.is_variation else "product"
            raise ApiError("woocommerce_rest_already_trashed", f"The {noun} has already been deleted.", 410)
        trashed = copy.copy(product)
        trashed.status = "trash"
        self.state.replace(trashed)
        self.state.emit("product.deleted", product.id)

    def delete(self, product: Product) -> None:
        """Delete for good, variations too; no webhook is sent for that."""
        for child in self.state.children(product.id):
            self.state.remove(child)
        self.state.remove(product)

    # Fields

    def _write(self, product: Product, data: Mapping[str, Any]) -> None:
        self._texts(product, data)
        self._identity(product, data)
        self._prices(product, data)
        self._taxes(product, data)
        self._stock(product, data)
        self._parcel(product, data)
        self._relations(product, data)
        self._attributes(product, data)
        self._files(product, data)
        if isinstance(data.get("meta_data"), list):
            product.meta_data = self.merged_meta(product.meta_data, data["meta_data"])
        self._images(product, data)

    def _texts(self, product: Product, data: Mapping[str, Any]) -> None:
        if data.get("name") is not None and not product.is_variation:
            product.name = kses(data["name"])
        for name in ("description", "short_description", "purchase_note", "button_text"):
            if data.get(name) is not None:
                setattr(product, name, kses(data[name]))
        if data.get("slug"):
            product.slug = self.state.free_slug(slug(str(data["slug"])), product.id)
        if not product.is_variation and data.get("type") is not None:
            # An unknown type reaches the core through a batch only and ends as a simple product.
            product.type = data["type"] if data["type"] in _PRODUCT_TYPES else "simple"
        if data.get("status") is not None:
            product.status = data["status"] if data["status"] in _STATUSES else "draft"
        for name in ("featured", "sold_individually", "reviews_allowed"):
            if data.get(name) is not None:
                setattr(product, name, truth(data[name]))
        if data.get("catalog_visibility") in ("visible", "catalog", "search", "hidden"):
            product.catalog_visibility = data["catalog_visibility"]
        if data.get("menu_order") is not None:
            product.menu_order = integer(data["menu_order"])
        for name in ("post_password", "external_url"):
            if data.get(name) is not None:
                setattr(product, name, str(data[name]))

    def _refuse_trashed_sku(self, sku: str) -> None:
        holders = [self.state.products[i] for i in self.state.by_sku.get(sku.lower(), ())]
        if holders and all(holder.status == "trash" for holder in holders):
            raise ApiError(
                "woocommerce_rest_product_not_created",
                f"The product with SKU ({sku}) you are trying to insert is already present in the lookup table",
            )

    def _identity(self, product: Product, data: Mapping[str, Any]) -> None:
        if data.get("sku") is not None:
            sku = str(data["sku"]).strip()
            holder = self.state.holder_of_sku(sku, product.id) if sku else None
            if holder is not None:
                raise ApiError(
                    "product_invalid_sku",
                    "Invalid or duplicated SKU.",
                    400,
                    {"resource_id": holder.id, "unique_sku": self._free_sku(sku)},
                )
            product.sku = sku
        if data.get("global_unique_id") is not None:
            code = re.sub(r"[^0-9-]", "", str(data["global_unique_id"]))
            others = sorted(self.state.by_gtin.get(code, set()) - {product.id}) if code else []
            others = [number for number in others if self.state.products[number].status != "trash"]
            if others:
                raise ApiError(
                    "product_invalid_global_unique_id",
                    "Invalid or duplicated GTIN, UPC, EAN or ISBN.",
                    400,
                    {"resource_id": others[0]},
                )
            product.global_unique_id = code

    def _free_sku(self, sku: str) -> str:
        number = 1
        while self.state.by_sku.get(f"{sku}-{number}".lower()):
            number += 1
        return f"{sku}-{number}"

    def _prices(self, product: Product, data: Mapping[str, Any]) -> None:
        if product.type == "variable":
            # Prices on a variable parent are discarded (trap 7).
            product.regular_price = product.sale_price = ""
            return
        separator = self.state.settings["woocommerce_price_decimal_sep"]
        for name in ("regular_price", "sale_price"):
            if data.get(name) is not None:
                setattr(product, name, format_decimal(data[name], separator))
        if product.sale_price and decimal(product.sale_price) >= decimal(product.regular_price):
            product.sale_price = ""
        for end in ("from", "to"):
            moment = self._sale_date(data, end)
            if moment != "unchanged":
                setattr(product, f"sale_{end}", moment)

    def _sale_date(self, data: Mapping[str, Any], end: str) -> int | str | None:
        """Null is ignored, "" clears; a bare day runs from its first to its last second."""
        for name, read in (
            (f"date_on_sale_{end}_gmt", self.state.from_gmt),
            (f"date_on_sale_{end}", self.state.from_local),
        ):
            value = data.get(name)
            if value is None:
                continue
            if value == "":
                return None
            text = str(value).strip().replace(" ", "T", 1)
            if len(text) == 10:
                text += "T23:59:59" if end == "to" else "T00:00:00"
            try:
                return read(text)
            except ValueError:
                return None
        return "unchanged"

    def _taxes(self, product: Product, data: Mapping[str, Any]) -> None:
        if data.get("tax_status") in ("taxable", "shipping", "none"):
            product.tax_status = data["tax_status"]
        if data.get("tax_class") is not None:
            wanted = str(data["tax_class"])
            known = wanted in self.state.words("tax_classes") or (product.is_variation and wanted == "parent")
            product.tax_class = wanted if known and wanted != "standard" else ""

    def _stock(self, product: Product, data: Mapping[str, Any]) -> None:
        managed_shop = self.state.settings["woocommerce_manage_stock"] == "yes"
        if managed_shop and data.get("manage_stock") is not None:
            # "parent" only says that the variation keeps no stock of its own.
            product.manage_stock = data["manage_stock"] != "parent" and truth(data["manage_stock"])
        if managed_shop and data.get("backorders") in ("no", "notify", "yes"):
            product.backorders = data["backorders"]
        if "low_stock_amount" in data:
            low = data["low_stock_amount"]
            product.low_stock_amount = None if low in (None, "") else integer(low)
        if managed_shop and product.manage_stock:
            if data.get("stock_quantity") is not None:
                product.stock_quantity = integer(data["stock_quantity"])
            elif data.get("inventory_delta") is not None:
                product.stock_quantity = (product.stock_quantity or 0) + integer(data["inventory_delta"])
            derive_stock_status(product)
            return
        # Without managed stock the quantity is ignored silently (trap 3).
        product.stock_quantity, product.low_stock_amount, product.backorders = None, None, "no"
        if data.get("stock_status") in ("instock", "outofstock", "onbackorder"):
            product.stock_status = data["stock_status"]

    def _parcel(self, product: Product, data: Mapping[str, Any]) -> None:
        separator = self.state.settings["woocommerce_price_decimal_sep"]
        if data.get("weight") is not None:
            product.weight = format_decimal(data["weight"], separator)
        size = data.get("dimensions")
        if isinstance(size, dict):
            for name in ("length", "width", "height"):
                if size.get(name) is not None:
                    setattr(product, name, format_decimal(size[name], separator))
        if data.get("shipping_class") is not None:
            known = {row["slug"] for row in self.state.terms_of("shipping_class")}
            product.shipping_class = data["shipping_class"] if data["shipping_class"] in known else ""

    def _relations(self, product: Product, data: Mapping[str, Any]) -> None:
        if product.is_variation:
            return
        if isinstance(data.get("categories"), list):
            product.category_ids = self._known_terms("category", data["categories"])
        if data.get("brands"):
            # An empty list does not clear the brands (trap 6).
            product.brand_ids = self._known_terms("brand", data["brands"])
        if isinstance(data.get("tags"), list):
            product.tag_ids = self._tags(data["tags"])
        for name in ("upsell_ids", "cross_sell_ids"):
            if isinstance(data.get(name), list):
                setattr(product, name, [integer(number) for number in data[name]])

    def _known_terms(self, kind: str, items: list[Any]) -> list[int]:
        """Ids of existing terms in the order of their names' ids; unknown ones are dropped silently."""
        wanted = [integer(item.get("id")) for item in items if isinstance(item, dict)]
        known = [n for n in wanted if n in self.state.terms and self.state.terms[n]["kind"] == kind]
        return sorted(set(known))

    def _tags(self, items: list[Any]) -> list[int]:
        numbers = self._known_terms(
            "tag", [item for item in items if isinstance(item, dict) and item.get("id")]
        )
        for item in items:
            if isinstance(item, dict) and not item.get("id") and item.get("name"):
                clean = kses(item["name"])
                found = next(
                    (t for t in self.state.terms_of("tag") if t["name"].lower() == clean.lower()), None
                )
                numbers.append((found or self.state.add_term("tag", item["name"]))["id"])
        return sorted(set(numbers))

    def _attributes(self, product: Product, data: Mapping[str, Any]) -> None:
        if isinstance(data.get("attributes"), list):
            items = [item for item in data["attributes"] if isinstance(item, dict)]
            if product.is_variation:
                product.attributes = [a for a in map(self._chosen, items) if a]
            else:
                product.attributes = [
                    a for a in (self._offered(item, n) for n, item in enumerate(items)) if a
                ]
        if isinstance(data.get("default_attributes"), list) and not product.is_variation:
            chosen = (self._chosen(item) for item in data["default_attributes"] if isinstance(item, dict))
            product.default_attributes = [
                {"id": a["id"], "name": a["name"], "option": a["option"]} for a in chosen if a
            ]

    def _naming(self, item: Mapping[str, Any]) -> tuple[int, str, str] | None:
        """Id, name and slug of an attribute; 0 when it belongs to the product alone."""
        number = integer(item.get("id"))
        if number:
            row = self.state.attributes.get(number)
            return (number, row["name"], row["slug"]) if row else None
        name = kses(item.get("name") or "").strip()
        return (0, name, name) if name else None

    def _offered(self, item: Mapping[str, Any], position: int) -> dict[str, Any] | None:
        naming = self._naming(item)
        if naming is None:
            return None
        options = item.get("options") or []
        options = (
            [o.strip() for o in options.split("|")] if isinstance(options, str) else [str(o) for o in options]
        )
        if naming[0]:
            options = [self._attribute_term(naming[0], option)["name"] for option in options]
        return {
            "id": naming[0],
            "name": naming[1],
            "slug": naming[2],
            "position": integer(item.get("position", position)),
            "visible": truth(item.get("visible", False)),
            "variation": truth(item.get("variation", False)),
            "options": options,
        }

    def _chosen(self, item: Mapping[str, Any]) -> dict[str, Any] | None:
        naming = self._naming(item)
        if naming is None or item.get("option") is None:
            return None
        option = str(item["option"])
        if naming[0]:
            option = self._attribute_term(naming[0], option)["name"]
        return {"id": naming[0], "name": naming[1], "slug": naming[2], "option": option}

    def _attribute_term(self, attribute: int, option: str) -> dict[str, Any]:
        kind, wanted = f"pa:{attribute}", kses(option)
        for row in self.state.terms_of(kind):
            if row["name"].lower() == wanted.lower() or row["slug"] == option.lower():
                return row
        return self.state.add_term(kind, option)

    def _files(self, product: Product, data: Mapping[str, Any]) -> None:
        for name in ("virtual", "downloadable"):
            if data.get(name) is not None:
                setattr(product, name, truth(data[name]))
        for name in ("download_limit", "download_expiry"):
            if data.get(name) is not None:
                setattr(product, name, integer(data[name]))
        if isinstance(data.get("downloads"), list):
            product.downloads = [d for d in data["downloads"] if isinstance(d, dict)]

    def merged_meta(self, kept: list[dict[str, Any]], items: list[Any]) -> list[dict[str, Any]]:
        """Set each key; a null value removes it. Values keep their JSON type."""
        out = [dict(row) for row in kept]
        for item in items:
            if not isinstance(item, dict):
                continue
            same = [
                r
                for r in out
                if r["id"] == item.get("id") or (not item.get("id") and r["key"] == item.get("key"))
            ]
            if item.get("value") is None:
                out = [row for row in out if row not in same]
            elif same:
                same[0]["value"] = item["value"]
                same[0]["key"] = item.get("key", same[0]["key"])
            elif item.get("key"):
                out.append({"id": self.state.next("meta"), "key": str(item["key"]), "value": item["value"]})
        return out

    def _images(self, product: Product, data: Mapping[str, Any]) -> None:
        """Last, as one picture that cannot be had fails the whole write."""
        if product.is_variation:
            image = data.get("image")
            if isinstance(image, dict):
                product.image_ids = self.pictures.attach([image]) if image else []
            elif "image" in data and not image:
                product.image_ids = []
        elif isinstance(data.get("images"), list):
            product.image_ids = self.pictures.attach(
                [item for item in data["images"] if isinstance(item, dict)]
            )


def derive_stock_status(product: Product) -> None:
    """A managed stock decides the status: above 0 in stock, else on backorder where that is allowed."""
    if (product.stock_quantity or 0) > 0:
        product.stock_status = "instock"
    else:
        product.stock_status = "onbackorder" if product.backorders in ("notify", "yes") else "outofstock"
