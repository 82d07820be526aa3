"""The REST API: finds the route, checks key and arguments, runs the resource, sets the headers."""

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from backoffice.demo.shop.auth import Doorkeeper, check_rights, may, refusal
from backoffice.demo.shop.faults import Refusal
from backoffice.demo.shop.images import Pictures
from backoffice.demo.shop.order_rows import OrderRows
from backoffice.demo.shop.order_rules import OrderRules
from backoffice.demo.shop.order_totals import Totals
from backoffice.demo.shop.product_rows import ProductRows
from backoffice.demo.shop.product_rules import ProductRules
from backoffice.demo.shop.queries import ProductQueries
from backoffice.demo.shop.refund_rules import RefundRules
from backoffice.demo.shop.resources.base import Call, Handler, Resource, Route
from backoffice.demo.shop.resources.customers import Customers
from backoffice.demo.shop.resources.index import Index
from backoffice.demo.shop.resources.orders import AllRefunds, Notes, Orders, Refunds
from backoffice.demo.shop.resources.products import AllVariations, Products, Variations
from backoffice.demo.shop.resources.settings import Gateways, Settings, SystemStatus
from backoffice.demo.shop.resources.shipping import Shipping
from backoffice.demo.shop.resources.taxes import TaxClasses, Taxes
from backoffice.demo.shop.resources.terms import (
    Attributes,
    AttributeTerms,
    Brands,
    Categories,
    ShippingClasses,
    Tags,
)
from backoffice.demo.shop.resources.webhooks import Webhooks
from backoffice.demo.shop.schema import validated
from backoffice.demo.shop.state import ShopState
from backoffice.demo.shop.tables import Key
from backoffice.demo.shop.wire import NAMESPACE, ApiError, Reply, no_route

NO_CACHE = "no-cache, must-revalidate, max-age=0, no-store, private"


class Api:
    """One shop's API. `home` is its own address, `https` what PHP would see; both may be changed while it runs."""

    def __init__(self, state: ShopState, *, home: str, version: str = "10.5.2", https: bool = False):
        self.state, self.version, self.https = state, version, https
        self.wp_version = "6.9" if version.startswith("9.") else "6.9.1"
        self._home = home
        self.refusals: list[Refusal] = []
        self.doorkeeper = Doorkeeper(state)
        self.pictures = Pictures(state)
        self.rows = ProductRows(state, home, version)
        self.order_rows = OrderRows(state, self.rows, home)
        self.rules = ProductRules(state, self.pictures)
        self.queries = ProductQueries(state, self.rows)
        self.totals = Totals(state, self.rows)
        self.orders = OrderRules(state, self.totals, self.rules, version)
        self.refunds = RefundRules(self.orders)
        self.routes = self._routes()
        self._compiled = [(re.compile(f"^{route.pattern}$"), route) for route in self.routes]

    @property
    def home(self) -> str:
        return self._home

    @home.setter
    def home(self, value: str) -> None:
        """The shop's address stands in every row, so what was made before is forgotten."""
        self._home = self.rows.home = self.order_rows.home = value
        self.state.forget_rows()

    def _routes(self) -> list[Route]:
        kinds: list[type[Resource]] = [
            Brands, Customers, Notes, Refunds, Orders, AttributeTerms, Attributes, Categories, ShippingClasses, Tags,
            Products, Variations, AllRefunds, Settings, Shipping, TaxClasses, Taxes, Webhooks, SystemStatus, Gateways,
        ]  # fmt: skip
        if not self.rows.old:
            kinds.append(AllVariations)  # since 10.3
        return [route for kind in (Index, *kinds) for route in kind(self).routes()]

    def match(self, path: str) -> tuple[Route, dict[str, str]] | None:
        """The route of a path below /wc/v3, and the ids in it."""
        for pattern, route in self._compiled:
            found = pattern.match(path)
            if found:
                return route, found.groupdict()
        return None

    def route_name(self, path: str) -> str:
        """The short name of a path, as counted: /products/{id}."""
        found = self.match(path)
        return found[0].name if found else path

    # A request

    def handle(
        self,
        method: str,
        request_path: str,
        path: str,
        query: Mapping[str, str],
        headers: Mapping[str, str],
        body: bytes,
        fetched: dict[str, bytes | ApiError] | None = None,
        *,
        signed_method: str = "",
    ) -> Reply:
        """Answer one request. `path` is below /wp-json/wc/v3 ("" for the index); takes the state's lock."""
        key: Key | None = None
        route: Route | None = None
        with self.state.lock:
            self.pictures.fetched = fetched or {}
            try:
                key = self.doorkeeper.identify(
                    signed_method or method, request_path, query, headers, https=self.https, home=self.home
                )
                if key is not None:
                    check_rights(key, method)
                found = self.match(path)
                if found is None:
                    raise no_route()
                reply, route = self._run(found, method, path, query, headers, body, key)
            except ApiError as error:
                reply = Reply(error.body(), error.status)
                route = getattr(error, "route", None)
        self._headers(reply, route, key)
        return reply

    def _run(
        self, found: tuple[Route, dict[str, str]], method: str, path: str, query: Mapping[str, str],
        headers: Mapping[str, str], body: bytes, key: Key | None,
    ) -> tuple[Reply, Route]:  # fmt: skip
        route, ids = found
        if method == "OPTIONS":
            return Reply(describe(route, self.state)), route
        endpoint = route.endpoint(method)
        call = Call(method, path, dict(query), None, route, ids, role=key.role if key else "")
        try:
            if method in ("POST", "PUT", "PATCH", "DELETE"):
                call.body = parsed(body, headers)
            if endpoint.action == "batch":
                self._allow(key, endpoint.subject, endpoint.action)
                self._refuse_whole(call.body)
                return endpoint.handler(call), route
            given = {**query, **call.body} if isinstance(call.body, dict) else dict(query)
            # A key's rights come after the arguments in WordPress: a bad argument is told first.
            call.params = validated(given, endpoint.schema, self.state.words)
            self._allow(key, endpoint.subject, endpoint.action)
            self._refuse("create" if endpoint.action == "create" else "update", call.body)
            return endpoint.handler(call), route
        except ApiError as error:
            error.route = route  # type: ignore[attr-defined]
            raise

    def _allow(self, key: Key | None, subject: str, action: str) -> None:
        if not may(key, subject, action):
            raise refusal(key, action)

    def _headers(self, reply: Reply, route: Route | None, key: Key | None) -> None:
        reply.headers.setdefault("Link", f'<{self.home}/wp-json/>; rel="https://api.w.org/"')
        reply.headers["X-Robots-Tag"] = "noindex"
        if route is not None:
            allowed = [m for e in route.endpoints if may(key, e.subject, e.action) for m in e.methods]
            if allowed:
                reply.headers["Allow"] = ", ".join(allowed)
        if key is not None:
            reply.headers["Cache-Control"] = NO_CACHE

    # Rows of a batch, and rows that a test wants refused

    def guarded(self, call: Call, work: Handler, operation: str, item: Any) -> Any:
        """One batch item; an error becomes its row: id 0 for a failed create, else the id asked for."""
        number = 0
        if operation == "update" and isinstance(item, dict):
            number = item.get("id", 0)
        elif operation == "delete":
            number = item
        try:
            self._refuse(operation, item)
            return work(call, item)  # type: ignore[call-arg]
        except ApiError as error:
            return {"id": number, "error": error.body()}

    def _refuse(self, operation: str, item: Any) -> None:
        for rule in self.refusals:
            if not rule.whole and rule.meets(operation, _names(item)):
                raise ApiError(rule.code, rule.message, rule.status)

    def _refuse_whole(self, body: Any) -> None:
        if not isinstance(body, dict):
            return
        for rule in self.refusals:
            for operation in ("create", "update"):
                for item in body.get(operation) or ():
                    if rule.whole and rule.meets(operation, _names(item)):
                        raise ApiError(rule.code, rule.message, rule.status)

    # For webhooks

    def payload(self, topic: str, number: int) -> Any:
        """What a webhook tells: the same as GET /{resource}/{id} would now; None when it is gone."""
        resource = topic.partition(".")[0]
        if resource == "product" and number in self.state.products:
            return self.rows.product(self.state.products[number])
        if resource == "order" and number in self.state.orders:
            return self.order_rows.order(self.state.orders[number])
        if resource == "customer" and number in self.state.customers:
            call = Call("GET", f"/customers/{number}", {}, None)
            return Customers(self).show(self.state.customers[number], call, "view")
        return None


def _names(item: Any) -> str:
    """What a refusal may match, a line each."""
    if not isinstance(item, dict):
        return ""
    return "\n".join(str(item[name]) for name in ("sku", "name", "email") if item.get(name))


def parsed(body: bytes, headers: Mapping[str, str]) -> Any:
    """The JSON or form of a request; nothing counts as an empty object. Raises ApiError rest_invalid_json."""
    if not body.strip():
        return {}
    kind = headers.get("Content-Type", "").lower()
    if kind.startswith("application/x-www-form-urlencoded"):
        return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    if "json" not in kind:
        return {}
    try:
        return json.loads(body)
    except ValueError as error:
        raise ApiError(
            "rest_invalid_json",
            "Invalid JSON body passed.",
            400,
            {"json_error_code": 4, "json_error_message": "Syntax error"},
        ) from error


def describe(route: Route, state: ShopState) -> dict[str, Any]:
    """What OPTIONS answers: the endpoints of a route with their arguments and a JSON Schema."""
    endpoints = [
        {"methods": list(e.methods), "args": {n: a.describe(state.words) for n, a in e.schema.items()}}
        for e in route.endpoints
    ]
    writable = next((e.schema for e in route.endpoints if "POST" in e.methods), {})
    schema = {
        "$schema": "http://json-schema.org/draft-04/schema#",
        "title": route.endpoints[0].subject,
        "type": "object",
        "properties": {name: argument.describe(state.words) for name, argument in writable.items()},
    }
    return {"namespace": NAMESPACE, "methods": route.methods, "endpoints": endpoints, "schema": schema}
