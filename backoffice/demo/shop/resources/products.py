"""/products and /products/{parent}/variations."""

from collections.abc import Mapping
from typing import Any

from backoffice.demo.shop import arguments as args
from backoffice.demo.shop.resources.base import Call, Endpoint, Resource, Route
from backoffice.demo.shop.tables import Product
from backoffice.demo.shop.text import integer
from backoffice.demo.shop.wire import ApiError, Encoded, Reply


class _Goods(Resource):
    subject = "product"

    def update_one(self, call: Call, item: Product, data: Mapping[str, Any]) -> Product:
        return self.api.rules.update(item, data)

    def delete_one(self, call: Call, item: Product, force: bool) -> None:
        if force:
            self.api.rules.delete(item)
        else:
            self.api.rules.trash(item)


class Products(_Goods):
    base = "/products"
    list_schema = args.PRODUCT_LIST
    write_schema = args.PRODUCT_WRITE

    def rows(self, call: Call) -> list[int]:
        return self.api.queries.products(call.params)

    def show(self, item: int | Product, call: Call, context: str) -> Any:
        product = self.state.products[item] if isinstance(item, int) else item
        if call.method in ("GET", "HEAD") and "id" not in call.ids:
            return self.api.rows.encoded(product, context, call.fields)
        return self.api.rows.product(product, context)

    def find(self, call: Call, number: int, action: str) -> Product:
        product = self.state.products.get(number)
        if product is None:
            status = 400 if action == "edit" else 404
            raise ApiError("woocommerce_rest_product_invalid_id", "Invalid ID.", status)
        if product.is_variation and action != "read":
            raise ApiError(
                "woocommerce_rest_invalid_product_id",
                "To manipulate product variations you should use the "
                "/products/&lt;product_id&gt;/variations/&lt;id&gt; endpoint.",
                404,
            )
        return product

    def create_one(self, call: Call, data: Mapping[str, Any]) -> Product:
        if data.get("id"):
            raise ApiError("woocommerce_rest_product_exists", "Cannot create existing product.", 400)
        return self.api.rules.create(data)


class Variations(_Goods):
    base = "/products/(?P<product_id>[\\d]+)/variations"
    list_schema = args.VARIATION_LIST
    write_schema = args.VARIATION_WRITE

    def parent(self, call: Call) -> Product:
        parent = self.state.products.get(integer(call.ids["product_id"]))
        if parent is None or parent.is_variation:
            raise ApiError("woocommerce_rest_product_invalid_id", "Invalid ID.", 404)
        return parent

    def rows(self, call: Call) -> list[int]:
        return self.api.queries.variations(call.params, self.parent(call).id)

    def show(self, item: int | Product, call: Call, context: str) -> Any:
        product = self.state.products[item] if isinstance(item, int) else item
        if call.method in ("GET", "HEAD") and "id" not in call.ids:
            return self.api.rows.encoded(product, context, call.fields, variation=True)
        return self.api.rows.variation(product, context)

    def find(self, call: Call, number: int, action: str) -> Product:
        product = self.state.products.get(number)
        if (
            product is None
            or not product.is_variation
            or product.parent_id != integer(call.ids["product_id"])
        ):
            raise ApiError("woocommerce_rest_product_variation_invalid_id", "Invalid ID.", 404)
        return product

    def create_one(self, call: Call, data: Mapping[str, Any]) -> Product:
        return self.api.rules.create(data, parent=self.parent(call))


class AllVariations(Resource):
    """GET /variations, since WooCommerce 10.3: the variations of all parents, to read only."""

    base = "/variations"
    subject = "product"
    list_schema = args.ALL_VARIATIONS_LIST

    def routes(self) -> list[Route]:
        endpoint = Endpoint(("GET",), self.listing, self.list_schema, self.subject, "list")
        return [Route(self.base, self.base, (endpoint,))]

    def rows(self, call: Call) -> list[int]:
        return self.api.queries.variations(call.params, None)

    def show(self, item: int, call: Call, context: str) -> Encoded:
        return self.api.rows.encoded(self.state.products[item], context, call.fields, variation=True)


__all__ = ["AllVariations", "Products", "Reply", "Variations"]
