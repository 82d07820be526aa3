"""Tax rates and tax classes."""

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
from backoffice.demo.shop.text import decimal, integer, money, slug, truth
from backoffice.demo.shop.wire import ApiError, Reply


class Taxes(Resource):
    base, subject = "/taxes", "settings"
    list_schema = args.TAX_LIST
    write_schema = args.TAX_WRITE

    def rows(self, call: Call) -> list[dict[str, Any]]:
        params, found = call.params, list(self.state.taxes.values())
        if params.get("class"):
            found = [row for row in found if row["class"] == params["class"]]
        field = params.get("orderby", "order")
        key = (lambda r: r["id"]) if field == "id" else (lambda r: (r[field], r["id"]))
        return sorted(found, key=key, reverse=params.get("order") == "desc")

    def show(self, item: dict[str, Any], call: Call, context: str) -> dict[str, Any]:
        row = {
            "id": item["id"], "country": item["country"], "state": item["state"],
            "postcode": item["postcodes"][0] if item["postcodes"] else "",
            "city": item["cities"][0] if item["cities"] else "",
            "rate": item["rate"], "name": item["name"], "priority": item["priority"], "compound": item["compound"],
            "shipping": item["shipping"], "order": item["order"], "class": item["class"],
            "postcodes": item["postcodes"], "cities": item["cities"],
        }  # fmt: skip
        return row | {"_links": item_links(self.api.home, self.base, item["id"])}

    def find(self, call: Call, number: int, action: str) -> dict[str, Any]:
        if number not in self.state.taxes:
            raise ApiError("woocommerce_rest_invalid_id", "Invalid resource ID.", 404)
        return self.state.taxes[number]

    def create_one(self, call: Call, data: Mapping[str, Any]) -> dict[str, Any]:
        number = self.state.next("tax")
        row = {
            "id": number, "country": "", "state": "", "rate": "0.0000", "name": "", "priority": 1, "compound": False,
            "shipping": True, "order": 0, "class": "standard", "postcodes": [], "cities": [],
        }  # fmt: skip
        return self.state.taxes.put(number, self._written(row, data))

    def _written(self, row: dict[str, Any], data: Mapping[str, Any]) -> dict[str, Any]:
        changed = dict(row)
        for name in ("country", "state"):
            if data.get(name) is not None:
                changed[name] = str(data[name]).upper()
        if data.get("name") is not None:
            changed["name"] = str(data["name"])
        if data.get("rate") is not None:
            changed["rate"] = money(decimal(data["rate"]), 4)
        for name in ("priority", "order"):
            if data.get(name) is not None:
                changed[name] = integer(data[name])
        for name in ("compound", "shipping"):
            if data.get(name) is not None:
                changed[name] = truth(data[name])
        if data.get("class") is not None:
            changed["class"] = (
                data["class"] if data["class"] in self.state.words("tax_classes") else "standard"
            )
        for name, old in (("postcodes", "postcode"), ("cities", "city")):
            if isinstance(data.get(name), list):
                changed[name] = [str(part) for part in data[name]]
            elif data.get(old):
                changed[name] = [part.strip() for part in str(data[old]).split(";")]
        return changed

    def update_one(self, call: Call, item: dict[str, Any], data: Mapping[str, Any]) -> dict[str, Any]:
        return self.state.taxes.put(item["id"], self._written(item, data))

    def delete_one(self, call: Call, item: dict[str, Any], force: bool) -> None:
        if not force:
            raise ApiError("woocommerce_rest_trash_not_supported", "Taxes do not support trashing.", 501)
        self.state.taxes.drop(item["id"])


class TaxClasses(Resource):
    """Tax classes know no id and no update; the slug is the key."""

    base, subject = "/taxes/classes", "settings"

    def routes(self) -> list[Route]:
        return [
            Route(
                self.base,
                self.base,
                (
                    Endpoint(("GET",), self.listing, args.CONTEXT, self.subject, "list"),
                    Endpoint(("POST",), self.create, args.TAX_CLASS_WRITE, self.subject, "create"),
                ),
            ),
            Route(
                f"{self.base}/(?P<slug>\\w[\\w\\s\\-]*)",
                f"{self.base}/{{slug}}",
                (
                    Endpoint(("GET",), self.read_class, args.TAX_CLASS_ITEM, self.subject, "read"),
                    Endpoint(("DELETE",), self.delete_class, args.TAX_CLASS_DELETE, self.subject, "delete"),
                ),
            ),
        ]

    def listing(self, call: Call) -> Reply:
        first, *others = self.state.tax_classes.values()
        rows = [self.show(row, call, "view") for row in (first, *sorted(others, key=lambda row: row["name"]))]
        headers = {"X-WP-Total": str(len(rows)), "X-WP-TotalPages": "1"}
        return Reply(self.trimmed(rows, call), 200, headers)

    def show(self, item: dict[str, Any], call: Call, context: str) -> dict[str, Any]:
        collection = [{"href": f"{self.api.home}/wp-json/wc/v3{self.base}"}]
        return {"slug": item["slug"], "name": item["name"], "_links": {"collection": collection}}

    def create_one(self, call: Call, data: Mapping[str, Any]) -> dict[str, Any]:
        wanted = slug(str(data["name"]))
        if not wanted:
            raise ApiError("woocommerce_rest_tax_class_invalid_name", "Tax class requires a valid name", 400)
        if wanted in self.state.words("tax_classes"):
            raise ApiError("woocommerce_rest_tax_class_exists", "Tax class already exists", 400)
        self.state.add_tax_class(str(data["name"]))
        return {"slug": wanted, "name": str(data["name"])}

    def location(self, call: Call, row: Any) -> str:
        return f"{self.api.home}/wp-json/wc/v3{self.base}/{row['slug']}"

    def _class(self, call: Call) -> tuple[int, dict[str, Any]]:
        for number, row in self.state.tax_classes.items():
            if row["slug"] == call.ids["slug"]:
                return number, row
        raise ApiError("woocommerce_rest_tax_class_invalid_slug", "Invalid slug.", 404)

    def read_class(self, call: Call) -> Reply:
        return Reply([self.show(self._class(call)[1], call, "view")])

    def delete_class(self, call: Call) -> Reply:
        """Deletes the class and its rates. Raises 501 without force."""
        if not call.params.get("force"):
            raise trash_not_supported()
        number, row = self._class(call)
        self.state.tax_classes.drop(number)
        for rate in [r for r in self.state.taxes.values() if r["class"] == row["slug"]]:
            self.state.taxes.drop(rate["id"])
        return Reply(self.show(row, call, "view"))
