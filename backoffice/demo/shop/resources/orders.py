"""/orders with notes, refunds and statuses."""

from collections.abc import Mapping
from typing import Any

from backoffice.demo.shop import arguments as args
from backoffice.demo.shop.queries import date_bounds
from backoffice.demo.shop.resources.base import Call, Endpoint, Resource, Route, trash_not_supported
from backoffice.demo.shop.text import decimal, integer
from backoffice.demo.shop.wire import ApiError, Reply

Order = dict[str, Any]


class Orders(Resource):
    base, subject = "/orders", "order"
    list_schema = args.ORDER_LIST
    write_schema = args.ORDER_WRITE
    link_defaults = {"status[0]": "any", "dp": "2", "context": "view"}

    def rows(self, call: Call) -> list[Order]:
        params, found = call.params, list(self.state.orders.values())
        statuses = params.get("status") or ["any"]
        statuses = [statuses] if isinstance(statuses, str) else statuses
        if "any" in statuses:
            # checkout-draft ones are among them (trap 11)
            found = [o for o in found if o["status"] not in ("trash", "auto-draft")]
        else:
            found = [o for o in found if o["status"] in statuses]
        for field, side, moment in date_bounds(params, self.state):
            if side == "after":
                found = [o for o in found if o[field] > moment]
            else:
                found = [o for o in found if o[field] < moment]
        if params.get("include"):
            found = [o for o in found if o["id"] in params["include"]]
        if params.get("exclude"):
            found = [o for o in found if o["id"] not in params["exclude"]]
        if params.get("customer") is not None:
            found = [o for o in found if o["customer_id"] == params["customer"]]
        if params.get("product"):
            wanted = params["product"]
            found = [
                o
                for o in found
                if any(wanted in (x["product_id"], x["variation_id"]) for x in o["line_items"])
            ]
        if params.get("created_via"):
            found = [o for o in found if o["created_via"] in params["created_via"]]
        if params.get("search"):
            text = str(params["search"]).lower()
            found = [o for o in found if text in f"{o['id']} {o['billing']} {o['shipping']}".lower()]
        return self._sorted(found, params)

    def _sorted(self, found: list[Order], params: Mapping[str, Any]) -> list[Order]:
        order_by, down = params.get("orderby", "date"), params.get("order", "desc") == "desc"
        if order_by == "include" and params.get("include"):
            return sorted(found, key=lambda o: params["include"].index(o["id"]))
        field = {"id": "id", "modified": "modified"}.get(order_by, "created")
        return sorted(found, key=lambda o: (o[field], o["id"]), reverse=down)

    def show(self, item: Order, call: Call, context: str) -> dict[str, Any]:
        dp = call.params.get("dp", call.query.get("dp"))
        row = self.api.order_rows.order(item, None if dp is None else integer(dp))
        lists = ("line_items", "tax_lines", "shipping_lines", "fee_lines", "coupon_lines", "refunds")
        if call.fields:
            # Nested names don't reach into lists: line_items.sku finds nothing at all.
            row = {k: v for k, v in row.items() if k not in lists or k in call.fields}
        return row

    def find(self, call: Call, number: int, action: str) -> Order:
        if number not in self.state.orders:
            status = 400 if action == "edit" else 404
            raise ApiError("woocommerce_rest_shop_order_invalid_id", "Invalid ID.", status)
        return self.state.orders[number]

    def create_one(self, call: Call, data: Mapping[str, Any]) -> Order:
        return self.api.orders.create(data)

    def update_one(self, call: Call, item: Order, data: Mapping[str, Any]) -> Order:
        return self.api.orders.update(item, data)

    def delete_one(self, call: Call, item: Order, force: bool) -> None:
        if force:
            self.api.orders.delete(item)
        else:
            self.api.orders.trash(item)

    def routes(self) -> list[Route]:
        public = Endpoint(("GET",), self.statuses, {}, "public", "read")
        return [*super().routes(), Route("/orders/statuses", "/orders/statuses", (public,))]

    def statuses(self, call: Call) -> Reply:
        """Public: no key is needed."""
        rows = [{"slug": key, "name": name} for key, name in self.state.order_statuses.items()]
        return Reply(self.trimmed(rows, call))


class OrderChildren(Resource):
    """What hangs on one order: it must exist."""

    subject = "order"
    delete_schema = args.CHILD_DELETE

    def order(self, call: Call) -> Order:
        number = integer(call.ids["order_id"])
        if number not in self.state.orders:
            raise ApiError("woocommerce_rest_order_invalid_id", "Invalid order ID.", 404)
        return self.state.orders[number]

    def routes(self) -> list[Route]:
        name = self.base.replace("(?P<order_id>[\\d]+)", "{order_id}")
        return [
            Route(self.base, name, (self._list_endpoint(), self._create_endpoint())),
            Route(
                f"{self.base}/(?P<id>[\\d]+)",
                f"{name}/{{id}}",
                (
                    Endpoint(("GET",), self.read, args.NOTE_ITEM, self.subject, "read"),
                    Endpoint(("DELETE",), self.delete, self.delete_schema, self.subject, "delete"),
                ),
            ),
        ]


class Notes(OrderChildren):
    base = "/orders/(?P<order_id>[\\d]+)/notes"
    list_schema = args.NOTE_LIST
    write_schema = args.NOTE_WRITE

    def listing(self, call: Call) -> Reply:
        """Not paged, newest first."""
        order, kind = self.order(call), call.params.get("type", "any")
        found = [n for n in self.state.notes.values() if n["order_id"] == order["id"]]
        if kind != "any":
            found = [n for n in found if n["customer_note"] == (kind == "customer")]
        rows = [self.show(n, call, "view") for n in sorted(found, key=lambda n: (-n["created"], n["id"]))]
        return Reply(self.trimmed(rows, call))

    def show(self, item: dict[str, Any], call: Call, context: str) -> dict[str, Any]:
        return self.api.order_rows.note(item)

    def find(self, call: Call, number: int, action: str) -> dict[str, Any]:
        note = self.state.notes.get(number)
        if note is None or note["order_id"] != self.order(call)["id"]:
            raise ApiError("woocommerce_rest_invalid_id", "Invalid resource ID.", 404)
        return note

    def create_one(self, call: Call, data: Mapping[str, Any]) -> dict[str, Any]:
        customer = bool(data.get("customer_note"))
        return self.api.orders.note(self.order(call)["id"], str(data["note"]), customer=customer)

    def location(self, call: Call, row: Any) -> str:
        return f"{self.api.home}/wp-json/wc/v3{call.path}/{row['id']}"

    def delete_one(self, call: Call, item: dict[str, Any], force: bool) -> None:
        if not force:
            raise ApiError("woocommerce_rest_trash_not_supported", "Webhooks do not support trashing.", 501)
        self.state.notes.drop(item["id"])


class Refunds(OrderChildren):
    base = "/orders/(?P<order_id>[\\d]+)/refunds"
    list_schema = args.REFUND_LIST
    write_schema = args.REFUND_WRITE
    delete_schema = args.REFUND_DELETE

    def rows(self, call: Call) -> list[dict[str, Any]]:
        found = self.api.order_rows.refunds_of(self.order(call)["id"])
        return sorted(found, key=lambda row: row["id"], reverse=call.params.get("order", "desc") == "desc")

    def show(self, item: dict[str, Any], call: Call, context: str) -> dict[str, Any]:
        return self.api.order_rows.refund(item, call.params.get("dp"))

    def find(self, call: Call, number: int, action: str) -> dict[str, Any]:
        refund = self.state.refunds.get(number)
        if refund is None or refund["order_id"] != self.order(call)["id"]:
            raise ApiError("woocommerce_rest_shop_order_refund_invalid_id", "Invalid ID.", 404)
        return refund

    def create_one(self, call: Call, data: Mapping[str, Any]) -> dict[str, Any]:
        return self.api.refunds.create(self.order(call), data)

    def location(self, call: Call, row: Any) -> str:
        # The running shop answers its own route pattern here.
        return f"{self.api.home}/wp-json/wc/v3{self.base}/{row['id']}"

    def delete_one(self, call: Call, item: dict[str, Any], force: bool) -> None:
        if not force:
            raise trash_not_supported()
        self.state.refunds.drop(item["id"])


class AllRefunds(Resource):
    base, subject = "/refunds", "order"
    list_schema = args.ALL_REFUNDS_LIST

    def routes(self) -> list[Route]:
        return [Route(self.base, self.base, (self._list_endpoint(),))]

    def rows(self, call: Call) -> list[dict[str, Any]]:
        found = [row for row in self.state.refunds.values() if decimal(row["amount"])]
        return sorted(found, key=lambda row: row["id"], reverse=call.params.get("order", "desc") == "desc")

    def show(self, item: dict[str, Any], call: Call, context: str) -> dict[str, Any]:
        return self.api.order_rows.refund(item, call.params.get("dp")) | {"parent_id": item["order_id"]}
