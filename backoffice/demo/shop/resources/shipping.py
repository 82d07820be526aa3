"""Shipping zones with their places and methods. Zone 0 is "everywhere else"."""

from typing import Any

from backoffice.demo.shop import arguments as args
from backoffice.demo.shop.resources.base import (
    WRITE,
    Call,
    Endpoint,
    Resource,
    Route,
    item_links,
    trash_not_supported,
)
from backoffice.demo.shop.text import format_decimal, integer
from backoffice.demo.shop.wire import ApiError, Reply

KINDS = {"flat_rate": "Flat rate", "free_shipping": "Free shipping", "local_pickup": "Local pickup"}


class Shipping(Resource):
    base, subject = "/shipping/zones", "settings"

    def routes(self) -> list[Route]:
        zone, methods = f"{self.base}/(?P<id>[\\d]+)", f"{self.base}/(?P<zone_id>[\\d]+)/methods"
        return [
            self._route(self.base, GET=(self.zones, args.NOTHING), POST=(self.add_zone, args.ZONE_WRITE)),
            self._route(
                zone,
                GET=(self.zone, args.ZONE_ITEM),
                WRITE=(self.change_zone, args.for_update(args.ZONE_WRITE)),
                DELETE=(self.delete_zone, args.DELETE),
            ),
            self._route(
                f"{zone}/locations",
                GET=(self.locations, args.ZONE_ITEM),
                WRITE=(self.set_locations, args.ZONE_LOCATIONS),
            ),
            self._route(
                methods, GET=(self.methods, args.METHOD_LIST), POST=(self.add_method, args.METHOD_WRITE)
            ),
            self._route(
                f"{methods}/(?P<instance_id>[\\d]+)",
                GET=(self.method, args.METHOD_ITEM),
                WRITE=(self.change_method, args.METHOD_CHANGE),
                DELETE=(self.delete_method, args.METHOD_DELETE),
            ),
            self._route("/shipping_methods", GET=(self.kinds, args.VIEW)),
        ]

    def _route(self, pattern: str, **handlers: Any) -> Route:
        name = pattern.replace("(?P<", "{").replace(">[\\d]+)", "}")
        actions = {"GET": "read", "POST": "create", "WRITE": "edit", "DELETE": "delete"}
        endpoints = tuple(
            Endpoint(
                WRITE if method == "WRITE" else (method,), handler, schema, self.subject, actions[method]
            )
            for method, (handler, schema) in handlers.items()
        )
        return Route(pattern, name, endpoints)

    # Zones

    def _zone_row(self, zone: dict[str, Any]) -> dict[str, Any]:
        links = item_links(self.api.home, self.base, zone["id"])
        links["describedby"] = [{"href": f"{links['collection'][0]['href']}/{zone['id']}/locations"}]
        return {"id": zone["id"], "name": zone["name"], "order": zone.get("order", 0), "_links": links}

    def _zone(self, number: str) -> dict[str, Any]:
        zone = self.state.zones.get(integer(number))
        if zone is None:
            raise ApiError("woocommerce_rest_shipping_zone_invalid", "Resource does not exist.", 404)
        return zone

    def zones(self, call: Call) -> Reply:
        return Reply(self.trimmed([self._zone_row(zone) for zone in self.state.zones.values()], call))

    def zone(self, call: Call) -> Reply:
        return Reply(self.single(self._zone_row(self._zone(call.ids["id"])), call))

    def add_zone(self, call: Call) -> Reply:
        number = self.state.next("zone")
        zone = {"id": number, "name": str(call.params["name"]), "countries": [], "methods": [], "order": 0}
        row = self._zone_row(
            self.state.zones.put(number, zone | {"order": integer(call.params.get("order"))})
        )
        return Reply(self.single(row, call), 201, {"Location": self.location(call, row)})

    def change_zone(self, call: Call) -> Reply:
        zone = self._zone(call.ids["id"])
        if zone["id"] == 0:
            text = "The 'locations not covered by your other zones' zone cannot be updated."
            raise ApiError("woocommerce_rest_shipping_zone_invalid_zone", text, 403)
        changed = dict(zone)
        if call.params.get("name") is not None:
            changed["name"] = str(call.params["name"])
        if call.params.get("order") is not None:
            changed["order"] = call.params["order"]
        return Reply(self.single(self._zone_row(self.state.zones.put(zone["id"], changed)), call))

    def delete_zone(self, call: Call) -> Reply:
        if not call.params.get("force"):
            raise trash_not_supported()
        zone = self._zone(call.ids["id"])
        self.state.zones.drop(zone["id"])
        return Reply(self.single(self._zone_row(zone), call))

    def _places(self, zone: dict[str, Any]) -> Reply:
        return Reply([{"code": code, "type": "country"} for code in zone["countries"]])

    def locations(self, call: Call) -> Reply:
        return self._places(self._zone(call.ids["id"]))

    def set_locations(self, call: Call) -> Reply:
        """The body is a list of {code, type}; only countries are kept here."""
        zone = self._zone(call.ids["id"])
        rows = call.body if isinstance(call.body, list) else []
        countries = [
            str(r["code"]) for r in rows if isinstance(r, dict) and r.get("type", "country") == "country"
        ]
        return self._places(self.state.zones.put(zone["id"], zone | {"countries": countries}))

    # Methods

    def _method_row(self, zone: dict[str, Any], method: dict[str, Any]) -> dict[str, Any]:
        kind, cost = KINDS.get(method["method_id"], method["method_id"]), method.get("cost", "")
        setting = {"id": "cost", "label": "Cost", "type": "text", "value": cost, "default": "", "tip": ""}
        links = item_links(self.api.home, f"{self.base}/{zone['id']}/methods", method["instance_id"])
        return {
            "id": method["instance_id"],
            "instance_id": method["instance_id"],
            "title": method["title"],
            "order": method.get("order", method["instance_id"]),
            "enabled": method.get("enabled", True),
            "method_id": method["method_id"],
            "method_title": kind,
            "method_description": "",
            "settings": {"cost": setting},
            "_links": links,
        }

    def _method(self, call: Call) -> tuple[dict[str, Any], dict[str, Any]]:
        zone = self._zone(call.ids["zone_id"])
        wanted = integer(call.ids["instance_id"])
        for method in zone["methods"]:
            if method["instance_id"] == wanted:
                return zone, method
        raise ApiError("woocommerce_rest_shipping_zone_method_invalid", "Resource does not exist.", 404)

    def methods(self, call: Call) -> Reply:
        zone = self._zone(call.ids["zone_id"])
        rows = [self._method_row(zone, method) for method in zone["methods"]]
        headers = {"X-WP-Total": str(len(rows)), "X-WP-TotalPages": "1" if rows else "0"}
        return Reply(self.trimmed(rows, call), 200, headers)

    def method(self, call: Call) -> Reply:
        return Reply(self.single(self._method_row(*self._method(call)), call))

    def _written(self, method: dict[str, Any], params: dict[str, Any]) -> dict[str, Any]:
        changed = dict(method)
        for name in ("order", "enabled"):
            if params.get(name) is not None:
                changed[name] = params[name]
        given = params.get("settings")
        if isinstance(given, dict):
            if given.get("title") is not None:
                changed["title"] = str(given["title"])
            if given.get("cost") is not None:
                changed["cost"] = format_decimal(given["cost"])
        return changed

    def add_method(self, call: Call) -> Reply:
        zone, kind = self._zone(call.ids["zone_id"]), str(call.params["method_id"])
        if kind not in KINDS:
            text = "Resource cannot be created."
            raise ApiError("woocommerce_rest_shipping_zone_not_created", text, 500)
        number = self.state.next("instance")
        method = self._written(
            {"instance_id": number, "method_id": kind, "title": KINDS[kind], "cost": ""}, call.params
        )
        self.state.zones.put(zone["id"], zone | {"methods": [*zone["methods"], method]})
        return Reply(self.single(self._method_row(zone, method), call))

    def change_method(self, call: Call) -> Reply:
        zone, method = self._method(call)
        changed = self._written(method, call.params)
        methods = [changed if m is method else m for m in zone["methods"]]
        self.state.zones.put(zone["id"], zone | {"methods": methods})
        return Reply(self.single(self._method_row(zone, changed), call))

    def delete_method(self, call: Call) -> Reply:
        if not call.params.get("force"):
            raise trash_not_supported()
        zone, method = self._method(call)
        self.state.zones.put(zone["id"], zone | {"methods": [m for m in zone["methods"] if m is not method]})
        return Reply(self.single(self._method_row(zone, method), call))

    def kinds(self, call: Call) -> Reply:
        return Reply(self.trimmed([{"id": k, "title": v, "description": ""} for k, v in KINDS.items()], call))
