"""Products, variations and pictures as the API shows them; finished rows are kept until they change."""

from collections.abc import Sequence
from typing import Any

from backoffice.demo.shop.state import ShopState
from backoffice.demo.shop.tables import Product
from backoffice.demo.shop.text import decimal, money, paragraphs
from backoffice.demo.shop.wire import Encoded, php_json

ITEM_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


def picked(row: dict[str, Any], fields: Sequence[str]) -> dict[str, Any]:
    """Keep the `_fields` asked for. Names with a dot reach into objects; inside lists they find nothing."""
    if not fields:
        return row
    wanted = set(fields)
    out: dict[str, Any] = {}
    for key, value in row.items():
        if key in wanted:
            out[key] = value
            continue
        inner = [name[len(key) + 1 :] for name in fields if name.startswith(key + ".")]
        if inner and isinstance(value, dict):
            out[key] = picked(value, inner)
    return out


class ProductRows:
    """Builds rows. `home` is the shop's own address, `version` the WooCommerce it plays."""

    def __init__(self, state: ShopState, home: str, version: str):
        self.state, self.home = state, home
        self.old = version.startswith("9.")

    # Finished rows

    def encoded(
        self, product: Product, context: str, fields: tuple[str, ...], *, variation: bool = False
    ) -> Encoded:
        """The row as JSON, from the cache where it is still true. Rows with sale dates age, so they aren't kept."""
        kept = self.state.rows.get(product.id)
        key = (context, fields, variation)
        if kept is not None and key in kept:
            return Encoded(kept[key])
        row = self.variation(product, context) if variation else self.product(product, context)
        data = php_json(picked(row, fields))
        family = [product, *self.state.children(product.id)] if product.type == "variable" else [product]
        if all(member.sale_from is None and member.sale_to is None for member in family):
            self.state.rows.setdefault(product.id, {})[key] = data
        return Encoded(data)

    # Prices

    def on_sale(self, product: Product) -> bool:
        if product.type == "variable":
            return any(self.on_sale(child) for child in self.live_children(product))
        now = self.state.now()
        return (
            product.sale_price != ""
            and decimal(product.sale_price) < decimal(product.regular_price)
            and (product.sale_from is None or product.sale_from <= now)
            and (product.sale_to is None or now <= product.sale_to)
        )

    def price(self, product: Product) -> str:
        """What a piece costs now: the sale price while a sale runs; a variable product's cheapest variation."""
        if product.type == "variable":
            prices = [self.price(child) for child in self.live_children(product)]
            return min((p for p in prices if p != ""), key=decimal, default="")
        return product.sale_price if self.on_sale(product) else product.regular_price

    def live_children(self, product: Product) -> list[Product]:
        return [child for child in self.state.children(product.id) if child.status == "publish"]

    def _amount(self, value: str, hidden: bool = False) -> str:
        symbol = {"€": "&euro;", "$": "&#36;", "£": "&pound;"}.get(
            self.state.currency_symbol, self.state.currency_symbol
        )
        return (
            f'<span class="woocommerce-Price-amount amount"{" aria-hidden=" + chr(34) + "true" + chr(34) if hidden else ""}>'
            f'<bdi><span class="woocommerce-Price-currencySymbol">{symbol}</span>{money(value, self.state.decimals)}'
            "</bdi></span>"
        )

    def price_html(self, product: Product) -> str:
        price = self.price(product)
        if price == "":
            return ""
        if product.type == "variable":
            prices = sorted(
                (self.price(c) for c in self.live_children(product) if self.price(c) != ""), key=decimal
            )
            if decimal(prices[0]) != decimal(prices[-1]):
                dash = '<span aria-hidden="true">&ndash;</span>'
                return f"{self._amount(prices[0], True)} {dash} {self._amount(prices[-1], True)}"
            return self._amount(price)
        if self.on_sale(product):
            was = f'<del aria-hidden="true">{self._amount(product.regular_price)}</del>'
            return f'{was} <ins aria-hidden="true">{self._amount(price)}</ins>'
        return self._amount(price)

    # Stock

    def stock_keeper(self, product: Product) -> Product:
        """Who keeps the stock of a variation: itself, or its parent when only that one does."""
        if product.is_variation and not product.manage_stock:
            parent = self.state.products.get(product.parent_id)
            if parent is not None and parent.manage_stock:
                return parent
        return product

    def stock_status(self, product: Product) -> str:
        keeper = self.stock_keeper(product)
        if product.type == "variable" and not product.manage_stock:
            found = {self.stock_status(child) for child in self.live_children(product)}
            return next(
                (s for s in ("instock", "onbackorder", "outofstock") if s in found), product.stock_status
            )
        return keeper.stock_status

    # Rows

    def _times(self, name: str, moment: int | None) -> dict[str, Any]:
        return {name: self.state.local(moment), f"{name}_gmt": self.state.gmt(moment)}

    def _common(self, product: Product) -> dict[str, Any]:
        """What products and variations share."""
        keeper = self.stock_keeper(product)
        manage: bool | str = "parent" if keeper is not product else product.manage_stock
        return {
            "sku": product.sku,
            "price": self.price(product),
            "regular_price": product.regular_price,
            "sale_price": product.sale_price,
            **self._times("date_on_sale_from", product.sale_from),
            **self._times("date_on_sale_to", product.sale_to),
            "on_sale": self.on_sale(product),
            "virtual": product.virtual,
            "downloadable": product.downloadable,
            "downloads": product.downloads,
            "download_limit": product.download_limit,
            "download_expiry": product.download_expiry,
            "tax_status": product.tax_status,
            "manage_stock": manage,
            "stock_quantity": keeper.stock_quantity,
            "stock_status": self.stock_status(product),
            "backorders": keeper.backorders,
            "backorders_allowed": keeper.backorders in ("yes", "notify"),
            "backordered": self.stock_status(product) == "onbackorder",
            "low_stock_amount": product.low_stock_amount,
            "weight": product.weight,
            "dimensions": {"length": product.length, "width": product.width, "height": product.height},
            "shipping_class": product.shipping_class,
            "shipping_class_id": self._shipping_class_id(product.shipping_class),
            "meta_data": product.meta_data,
        }

    def _shipping_class_id(self, slug: str) -> int:
        if not slug:
            return 0
        return next((t["id"] for t in self.state.terms_of("shipping_class") if t["slug"] == slug), 0)

    def permalink(self, product: Product) -> str:
        if product.is_variation:
            parent = self.state.products.get(product.parent_id)
            base = self.permalink(parent) if parent else f"{self.home}/"
            query = "&".join(f"attribute_{a['slug'].lower()}={a['option']}" for a in product.attributes)
            return f"{base}?{query}" if query else base
        if not product.slug or product.status in ("draft", "pending"):
            return f"{self.home}/?post_type=product&p={product.id}"
        return f"{self.home}/product/{product.slug}/"

    def product(self, product: Product, context: str = "view") -> dict[str, Any]:
        """The row of `/products`: variations show there too, with their parent's texts where they have none."""
        common, view = self._common(product), context == "view"
        row = {
            "id": product.id,
            "name": self._name(product),
            "slug": "" if product.status == "draft" else product.slug,
            "permalink": self.permalink(product),
            **self._times("date_created", product.created),
            **self._times("date_modified", product.modified),
            "type": product.type,
            "status": product.status,
            "featured": product.featured,
            "catalog_visibility": product.catalog_visibility,
            "description": paragraphs(product.description) if view else product.description,
            "short_description": paragraphs(product.short_description) if view else product.short_description,
        }
        row |= {name: common[name] for name in _PRICE_FIELDS}
        row |= {
            "purchasable": common["price"] != "",
            "total_sales": product.total_sales,
        }
        row |= {name: common[name] for name in _FILE_FIELDS}
        row |= {"external_url": product.external_url, "button_text": product.button_text}
        row |= {"tax_status": product.tax_status, "tax_class": self._tax_class(product, context)}
        row |= {name: common[name] for name in _STOCK_FIELDS}
        row |= {"sold_individually": product.sold_individually}
        row |= {"weight": common["weight"], "dimensions": common["dimensions"]}
        row |= {
            "shipping_required": not product.virtual,
            "shipping_taxable": not product.virtual and product.tax_status in ("taxable", "shipping"),
            "shipping_class": common["shipping_class"],
            "shipping_class_id": common["shipping_class_id"],
            "reviews_allowed": product.reviews_allowed,
            "average_rating": "0.00" if view else "0",
            "rating_count": 0,
            "upsell_ids": product.upsell_ids,
            "cross_sell_ids": product.cross_sell_ids,
            "parent_id": product.parent_id,
            "purchase_note": product.purchase_note,
            "categories": self._terms(product.category_ids),
            "brands": self._terms(product.brand_ids),
            "tags": self._terms(product.tag_ids),
            "images": [self.image(number) for number in product.image_ids if number in self.state.images],
            "attributes": self._attributes(product),
            "default_attributes": product.default_attributes,
            "variations": list(self.state.variations.get(product.id, ())),
            "grouped_products": [],
            "menu_order": product.menu_order,
            "price_html": self.price_html(product),
            "related_ids": self.related(product),
            "meta_data": product.meta_data,
            "stock_status": common["stock_status"],
            "has_options": product.type == "variable",
            "post_password": product.post_password,
            "global_unique_id": product.global_unique_id,
        }
        if not view:
            row["permalink_template"] = f"{self.home}/product/%pagename%/"
            row["generated_slug"] = product.slug
        return row | {"_links": self.links(product)}

    def variation(self, product: Product, context: str = "view") -> dict[str, Any]:
        """The row of `/products/{parent}/variations`."""
        common = self._common(product)
        row: dict[str, Any] = {
            "id": product.id,
            "type": "variation",
            **self._times("date_created", product.created),
            **self._times("date_modified", product.modified),
            "description": paragraphs(product.description) if context == "view" else product.description,
            "permalink": self.permalink(product),
            "sku": product.sku,
            "global_unique_id": product.global_unique_id,
        }
        row |= {name: common[name] for name in _PRICE_FIELDS if name != "sku"}
        row |= {"status": product.status, "purchasable": common["price"] != ""}
        row |= {name: common[name] for name in _FILE_FIELDS}
        row |= {"tax_status": product.tax_status, "tax_class": self._tax_class(product, context)}
        row |= {name: common[name] for name in ("manage_stock", "stock_quantity", "stock_status")}
        row |= {
            name: common[name] for name in _STOCK_FIELDS if name not in ("manage_stock", "stock_quantity")
        }
        row |= {
            name: common[name] for name in ("weight", "dimensions", "shipping_class", "shipping_class_id")
        }
        image = next((i for i in product.image_ids if i in self.state.images), 0)
        parent = self.state.products.get(product.parent_id)
        if not image and parent and context == "view":
            image = next((i for i in parent.image_ids if i in self.state.images), 0)
        row |= {
            "image": self.image(image, small=True) if image else None,
            "attributes": [
                {"id": a.get("id", 0), "name": a["name"], "slug": a["slug"].lower(), "option": a["option"]}
                for a in product.attributes
            ],
            "menu_order": product.menu_order,
            "meta_data": product.meta_data,
            "name": ", ".join(a["option"] for a in product.attributes),
            "parent_id": product.parent_id,
        }
        return row | {"_links": self.links(product, variation=True)}

    def links(self, product: Product, *, variation: bool = False) -> dict[str, Any]:
        root = f"{self.home}/wp-json/wc/v3/products"
        base = f"{root}/{product.parent_id}/variations" if variation else root
        links: dict[str, Any] = {
            "self": [{"href": f"{base}/{product.id}", "targetHints": {"allow": ITEM_METHODS}}],
            "collection": [{"href": base}],
        }
        if product.parent_id:
            links["up"] = [{"href": f"{root}/{product.parent_id}"}]
        return links

    def _name(self, product: Product) -> str:
        if not product.is_variation:
            return product.name
        parent = self.state.products.get(product.parent_id)
        options = ", ".join(a["option"] for a in product.attributes)
        return f"{parent.name} - {options}" if parent and options else (parent.name if parent else "")

    def _tax_class(self, product: Product, context: str) -> str:
        if product.tax_class == "parent" and context == "view":
            parent = self.state.products.get(product.parent_id)
            return parent.tax_class if parent else ""
        return product.tax_class

    def _terms(self, numbers: list[int]) -> list[dict[str, Any]]:
        terms = self.state.terms
        rows = sorted((terms[number] for number in numbers if number in terms), key=lambda row: row["slug"])
        return [{"id": row["id"], "name": row["name"], "slug": row["slug"]} for row in rows]

    def _attributes(self, product: Product) -> list[dict[str, Any]]:
        if product.is_variation:
            return [
                {"id": a.get("id", 0), "name": a["name"], "slug": a["slug"], "option": a["option"]}
                for a in product.attributes
            ]
        return product.attributes

    def related(self, product: Product) -> list[int]:
        """Up to five neighbours of the same categories or tags, as the shop would advertise them."""
        found: list[int] = []
        for term in (*product.category_ids, *product.tag_ids):
            for number in self.state.by_term.get(term, ()):
                if number != product.id and number not in found:
                    found.append(number)
                if len(found) == 5:
                    return found
        return found

    def image(self, number: int, *, small: bool = False) -> dict[str, Any]:
        """A picture. Its local dates are ahead by the shop's offset twice, as the running shop shows them."""
        image = self.state.images[number]
        src = f"{self.home}/wp-content/uploads/{image['file']}"
        offset = int(self.state.gmt_offset() * 3600)
        row = {
            "id": number,
            "date_created": self.state.local(image["created"] + offset),
            "date_created_gmt": self.state.gmt(image["created"]),
            "date_modified": self.state.local(image["created"] + offset),
            "date_modified_gmt": self.state.gmt(image["created"]),
            "src": src,
            "name": image["name"],
            "alt": image["alt"],
        }
        if not small and not self.old:
            width = image.get("width") or 1
            row |= {"srcset": "", "sizes": f"(max-width: {width}px) 100vw, {width}px", "thumbnail": src}
        return row


_PRICE_FIELDS = (
    "sku", "price", "regular_price", "sale_price", "date_on_sale_from", "date_on_sale_from_gmt",
    "date_on_sale_to", "date_on_sale_to_gmt", "on_sale",
)  # fmt: skip
_FILE_FIELDS = ("virtual", "downloadable", "downloads", "download_limit", "download_expiry")
_STOCK_FIELDS = (
    "manage_stock", "stock_quantity", "backorders", "backorders_allowed", "backordered", "low_stock_amount",
)  # fmt: skip
