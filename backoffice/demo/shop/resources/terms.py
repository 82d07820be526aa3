"""Categories, brands, tags, shipping classes, attributes and their terms."""

from collections.abc import Mapping
from typing import Any

from backoffice.demo.shop import arguments as args
from backoffice.demo.shop.resources.base import (
    Call,
    Endpoint,
    Resource,
    Route,
    item_links,
    trash_not_supported,
)
from backoffice.demo.shop.text import integer, kses, slug
from backoffice.demo.shop.wire import ApiError, Reply


class Terms(Resource):
    """A taxonomy. `tree` ones have a parent, an image and a menu order."""

    subject = "term"
    list_schema = args.TERM_LIST
    kind = ""
    tree = False

    def kind_of(self, call: Call) -> str:
        return self.kind

    def path(self, call: Call) -> str:
        return self.base

    def rows(self, call: Call) -> list[dict[str, Any]]:
        params, found = call.params, self.state.terms_of(self.kind_of(call))
        if params.get("include"):
            found = [t for t in found if t["id"] in params["include"]]
        if params.get("exclude"):
            found = [t for t in found if t["id"] not in params["exclude"]]
        if params.get("parent") is not None:
            found = [t for t in found if t["parent"] == params["parent"]]
        if params.get("slug"):
            found = [t for t in found if t["slug"] == params["slug"]]
        if params.get("search"):
            found = [t for t in found if str(params["search"]).lower() in t["name"].lower()]
        if params.get("hide_empty"):
            found = [t for t in found if self.count(t)]
        keys: dict[str, Any] = {
            "id": lambda t: t["id"],
            "slug": lambda t: t["slug"],
            "count": lambda t: (self.count(t), t["id"]),
            "include": lambda t: (
                (params.get("include") or []).index(t["id"]) if params.get("include") else t["id"]
            ),
        }
        key = keys.get(params.get("orderby", "name"), lambda t: (t["name"].lower(), t["id"]))
        return sorted(found, key=key, reverse=params.get("order") == "desc")

    def count(self, term: dict[str, Any]) -> int:
        """Published products that carry the term; of categories, those of the branches below as well."""
        field = {"category": "category_ids", "brand": "brand_ids", "tag": "tag_ids"}.get(term["kind"])
        if field is None:
            return 0
        if self.state.category_counts is None:
            self.state.category_counts = self._all_counts()
        return self.state.category_counts.get(term["id"], 0)

    def _all_counts(self) -> dict[int, int]:
        counts: dict[int, int] = {}
        terms = self.state.terms
        for product in self.state.products.values():
            if product.is_variation or product.status != "publish":
                continue
            carried = {*product.brand_ids, *product.tag_ids}
            for number in product.category_ids:
                while number in terms and number not in carried:
                    carried.add(number)
                    number = terms[number]["parent"]
            for number in carried:
                counts[number] = counts.get(number, 0) + 1
        return counts

    def show(self, item: dict[str, Any], call: Call, context: str) -> dict[str, Any]:
        row = {"id": item["id"], "name": item["name"], "slug": item["slug"]}
        if self.tree:
            row["parent"] = item["parent"]
        row["description"] = item["description"]
        if self.tree:
            row |= {"display": item["display"], "image": self._image(item["image_id"])}
            row["menu_order"] = item["menu_order"]
        elif item["kind"].startswith("pa:"):
            row["menu_order"] = item["menu_order"]
        row["count"] = self.count(item)
        links = item_links(self.api.home, self.path(call), item["id"])
        if item["parent"]:
            links["up"] = [{"href": f"{self.api.home}/wp-json/wc/v3{self.path(call)}/{item['parent']}"}]
        return row | {"_links": links}

    def _image(self, number: int) -> dict[str, Any] | None:
        if number not in self.state.images:
            return None
        row = self.api.rows.image(number, small=True)
        created = self.state.images[number]["created"]
        return row | {"date_created": self.state.local(created), "date_modified": self.state.local(created)}

    def find(self, call: Call, number: int, action: str) -> dict[str, Any]:
        term = self.state.terms.get(number)
        if term is None or term["kind"] != self.kind_of(call):
            raise ApiError("woocommerce_rest_term_invalid", "Resource does not exist.", 404)
        return term

    def create_one(self, call: Call, data: Mapping[str, Any]) -> dict[str, Any]:
        name, kind = str(data.get("name") or "").strip(), self.kind_of(call)
        if not name:
            raise ApiError("empty_term_name", "A name is required for this term.", 400)
        parent = self._parent(data, 0)
        self._refuse_same(kind, kses(name), parent, 0)
        image = self._attach(data)
        term = self.state.add_term(
            kind,
            name,
            parent=parent,
            slug=slug(str(data.get("slug") or "")),
            description=kses(data.get("description")),
            display=data.get("display") or "default",
            image_id=image or 0,
            menu_order=integer(data.get("menu_order")),
        )
        self.state.forget_rows()
        return term

    def _parent(self, data: Mapping[str, Any], own: int) -> int:
        """The parent asked for. One below the term itself answers 200 with parent 0 (woocommerce.md, 12)."""
        wanted = integer(data.get("parent")) if self.tree else 0
        if not wanted:
            return 0
        if wanted not in self.state.terms or self.state.terms[wanted]["kind"] != self.kind:
            raise ApiError("missing_parent", "Parent term does not exist.", 400)
        above = wanted
        while above:
            if above == own:
                return 0
            above = self.state.terms[above]["parent"] if above in self.state.terms else 0
        return wanted

    def _refuse_same(self, kind: str, name: str, parent: int, own: int) -> None:
        for other in self.state.terms_of(kind):
            if other["id"] != own and other["parent"] == parent and other["name"].lower() == name.lower():
                raise ApiError(
                    "term_exists",
                    "A term with the name provided already exists with this parent."
                    if self.tree
                    else "A term with the name provided already exists in this taxonomy.",
                    400,
                    {"resource_id": other["id"]},
                )

    def _attach(self, data: Mapping[str, Any]) -> int | None:
        """The image of the request: an attachment id, 0 to remove, None when nothing is said."""
        if not self.tree or "image" not in data:
            return None
        image = data["image"]
        return next(iter(self.api.pictures.attach([image])), 0) if isinstance(image, dict) and image else 0

    def update_one(self, call: Call, item: dict[str, Any], data: Mapping[str, Any]) -> dict[str, Any]:
        changed = dict(item)
        if data.get("name"):
            changed["name"] = kses(str(data["name"]).strip())
        if data.get("parent") is not None:
            changed["parent"] = self._parent(data, item["id"])
        if (changed["name"], changed["parent"]) != (item["name"], item["parent"]):
            self._refuse_same(item["kind"], changed["name"], changed["parent"], item["id"])
        if data.get("slug"):
            changed["slug"] = slug(str(data["slug"]))
        if data.get("description") is not None:
            changed["description"] = kses(data["description"])
        if data.get("display"):
            changed["display"] = data["display"]
        if data.get("menu_order") is not None:
            changed["menu_order"] = integer(data["menu_order"])
        image = self._attach(data)
        if image is not None:
            changed["image_id"] = image
        self.state.terms.put(item["id"], changed)
        self.state.forget_rows()
        return changed

    def delete_one(self, call: Call, item: dict[str, Any], force: bool) -> None:
        """Children move up to the parent; products that lose their last category fall to the default one."""
        if not force:
            raise trash_not_supported()
        if item["kind"] == "category" and item["id"] == self.state.default_category():
            raise ApiError("woocommerce_rest_cannot_delete", "The resource cannot be deleted.", 500)
        for child in self.state.terms_of(item["kind"]):
            if child["parent"] == item["id"]:
                self.state.terms.put(child["id"], child | {"parent": item["parent"]})
        for product in list(self.state.products.values()):
            for field in ("category_ids", "brand_ids", "tag_ids"):
                numbers = getattr(product, field)
                if item["id"] in numbers:
                    left = [n for n in numbers if n != item["id"]]
                    if field == "category_ids" and not left:
                        left = [self.state.default_category()]
                    setattr(product, field, left)
                    for number in left if field == "category_ids" else ():
                        self.state.by_term[number][product.id] = None
                    self.state.changed(product)
        self.state.by_term.pop(item["id"], None)
        self.state.terms.drop(item["id"])
        self.state.forget_rows()


class Categories(Terms):
    base, kind, tree = "/products/categories", "category", True
    write_schema = args.CATEGORY_WRITE


class Brands(Terms):
    base, kind, tree = "/products/brands", "brand", True
    write_schema = args.CATEGORY_WRITE


class Tags(Terms):
    base, kind = "/products/tags", "tag"
    write_schema = args.TAG_WRITE


class ShippingClasses(Terms):
    base, kind = "/products/shipping_classes", "shipping_class"
    write_schema = args.TAG_WRITE


class AttributeTerms(Terms):
    base = "/products/attributes/(?P<attribute_id>[\\d]+)/terms"
    list_schema = args.ATTRIBUTE_TERM_LIST
    write_schema = args.ATTRIBUTE_TERM_WRITE

    def kind_of(self, call: Call) -> str:
        number = integer(call.ids["attribute_id"])
        if number not in self.state.attributes:
            raise ApiError("woocommerce_rest_taxonomy_invalid", "Taxonomy does not exist.", 404)
        return f"pa:{number}"

    def path(self, call: Call) -> str:
        return f"/products/attributes/{call.ids['attribute_id']}/terms"


class Attributes(Resource):
    base, subject = "/products/attributes", "term"
    list_schema = args.CONTEXT
    write_schema = args.ATTRIBUTE_WRITE
    delete_schema = args.ATTRIBUTE_DELETE

    def listing(self, call: Call) -> Reply:
        """Attributes aren't paged."""
        rows = [self.show(row, call, call.context) for row in self.state.attributes.values()]
        return Reply(self.trimmed(rows, call))

    def show(self, item: dict[str, Any], call: Call, context: str) -> dict[str, Any]:
        names = ("id", "name", "slug", "type", "order_by", "has_archives")
        row = {name: item[name] for name in names}
        return row | {"_links": item_links(self.api.home, self.base, item["id"])}

    def find(self, call: Call, number: int, action: str) -> dict[str, Any]:
        if number not in self.state.attributes:
            raise ApiError("woocommerce_rest_attribute_invalid", "Resource does not exist.", 404)
        return self.state.attributes[number]

    def create_one(self, call: Call, data: Mapping[str, Any]) -> dict[str, Any]:
        name = kses(data.get("name")).strip()
        wanted = "pa_" + (slug(str(data.get("slug") or "")).removeprefix("pa_") or slug(name))
        if not name:
            raise ApiError("missing_attribute_name", "Please, provide an attribute name.", 400)
        if any(row["slug"] == wanted for row in self.state.attributes.values()):
            text = f'Slug "{wanted[3:]}" is already in use. Change it, please.'
            raise ApiError("invalid_product_attribute_slug_already_exists", text, 400)
        number = self.state.next("attribute")
        row = {
            "id": number, "name": name, "slug": wanted, "type": "select",
            "order_by": data.get("order_by") or "menu_order", "has_archives": bool(data.get("has_archives")),
        }  # fmt: skip
        return self.state.attributes.put(number, row)

    def update_one(self, call: Call, item: dict[str, Any], data: Mapping[str, Any]) -> dict[str, Any]:
        changed = dict(item)
        if data.get("name"):
            changed["name"] = kses(data["name"])
        for name in ("order_by", "has_archives"):
            if data.get(name) is not None:
                changed[name] = data[name]
        return self.state.attributes.put(item["id"], changed)

    def delete_one(self, call: Call, item: dict[str, Any], force: bool) -> None:
        if not force:
            raise trash_not_supported()
        for term in self.state.terms_of(f"pa:{item['id']}"):
            self.state.terms.drop(term["id"])
        self.state.attributes.drop(item["id"])

    def routes(self) -> list[Route]:
        routes = super().routes()
        routes[0] = Route(
            self.base,
            self.base,
            (Endpoint(("GET",), self.listing, args.CONTEXT, "term", "list"), self._create_endpoint()),
        )
        return routes
