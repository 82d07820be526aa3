"""What every resource shares: routes, rights, paging, single calls and batches."""

import re
import urllib.parse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from backoffice.demo.shop import arguments as args
from backoffice.demo.shop.product_rows import ITEM_METHODS, picked
from backoffice.demo.shop.schema import Argument, split
from backoffice.demo.shop.text import integer
from backoffice.demo.shop.wire import ApiError, Encoded, Reply, no_route

if TYPE_CHECKING:
    from backoffice.demo.shop.api import Api

WRITE = ("POST", "PUT", "PATCH")
BATCH_LIMIT = 100
Schema = Mapping[str, Argument]


@dataclass(slots=True)
class Call:
    """One request to the API, parsed. `params` are checked and cast; `body` is the JSON as it came."""

    method: str
    path: str
    query: dict[str, Any]
    body: Any
    route: "Route | None" = None
    ids: dict[str, str] = field(default_factory=dict)
    params: dict[str, Any] = field(default_factory=dict)
    role: str = ""

    @property
    def context(self) -> str:
        return self.params.get("context", "view")

    @property
    def fields(self) -> tuple[str, ...]:
        return tuple(str(name) for name in split(self.query.get("_fields", "")))


Handler = Callable[[Call], Any]


@dataclass(slots=True)
class Endpoint:
    """What a route does for some methods. `subject` and `action` decide who may."""

    methods: tuple[str, ...]
    handler: Handler
    schema: Schema
    subject: str
    action: str


@dataclass(slots=True)
class Route:
    """`pattern` is the path as the public index shows it; `name` the short form used for counting."""

    pattern: str
    name: str
    endpoints: tuple[Endpoint, ...]

    def endpoint(self, method: str) -> Endpoint:
        wanted = "GET" if method == "HEAD" else method
        for endpoint in self.endpoints:
            if wanted in endpoint.methods:
                return endpoint
        raise no_route()

    @property
    def methods(self) -> list[str]:
        return [method for endpoint in self.endpoints for method in endpoint.methods]


def item_links(home: str, base: str, number: Any, *, allow: Sequence[str] = ITEM_METHODS) -> dict[str, Any]:
    root = f"{home}/wp-json/wc/v3{base}"
    return {
        "self": [{"href": f"{root}/{number}", "targetHints": {"allow": list(allow)}}],
        "collection": [{"href": root}],
    }


class Resource:
    """One kind of thing with list, create, read, update, delete and batch.

    A subclass says where it lives, what its arguments are, and how one is found, shown and written. The five
    `*_one` methods work on data that may be unchecked, as a batch hands it over.
    """

    base = ""
    subject = ""
    list_schema: Schema = {}
    write_schema: Schema = {}
    delete_schema: Schema = args.DELETE
    link_defaults: Mapping[str, Any] = {}  # appended to the query of the paging links

    def __init__(self, api: "Api"):
        self.api = api
        self.state = api.state

    # To be written by subclasses

    def rows(self, call: Call) -> list[Any]:
        """All things a list call asks for, sorted; paging is done here in the base."""
        raise NotImplementedError

    def show(self, item: Any, call: Call, context: str) -> Any:
        raise NotImplementedError

    def find(self, call: Call, number: int, action: str) -> Any:
        raise NotImplementedError

    def create_one(self, call: Call, data: Mapping[str, Any]) -> Any:
        raise NotImplementedError

    def update_one(self, call: Call, item: Any, data: Mapping[str, Any]) -> Any:
        raise NotImplementedError

    def delete_one(self, call: Call, item: Any, force: bool) -> None:
        raise NotImplementedError

    # Routes

    def routes(self) -> list[Route]:
        base, name = self.base, self.base.replace("(?P<", "{").replace(">[\\d]+)", "}")
        update = args.for_update(dict(self.write_schema))
        above = args.arguments(" ".join(f"{found}:integer" for found in re.findall(r"<(\w+)>", base)))
        return [
            Route(base, name, (self._list_endpoint(), self._create_endpoint())),
            Route(
                f"{base}/(?P<id>[\\d]+)",
                f"{name}/{{id}}",
                (
                    Endpoint(("GET",), self.read, above | args.ITEM, self.subject, "read"),
                    Endpoint(WRITE, self.update, update, self.subject, "edit"),
                    Endpoint(
                        ("DELETE",), self.delete, above | dict(self.delete_schema), self.subject, "delete"
                    ),
                ),
            ),
            Route(
                f"{base}/batch",
                f"{name}/batch",
                (Endpoint(WRITE, self.batch, args.without(update, "id"), self.subject, "batch"),),
            ),
        ]

    def _list_endpoint(self) -> Endpoint:
        return Endpoint(("GET",), self.listing, self.list_schema, self.subject, "list")

    def _create_endpoint(self) -> Endpoint:
        return Endpoint(("POST",), self.create, self.write_schema, self.subject, "create")

    # Calls

    def listing(self, call: Call) -> Reply:
        found = self.rows(call)
        per_page, page = call.params.get("per_page", 10), call.params.get("page", 1)
        offset = call.params.get("offset")
        start = (page - 1) * per_page if offset is None else offset
        shown = [self.show(item, call, call.context) for item in found[start : start + per_page]]
        return Reply(self.trimmed(shown, call), 200, self.paging(call, len(found), per_page, page))

    def trimmed(self, rows: list[Any], call: Call) -> list[Any]:
        """Rows of a list lose `_links` as soon as fields are named; cached rows were trimmed when made."""
        fields = call.fields
        return [row if isinstance(row, Encoded) else picked(row, fields) for row in rows]

    def paging(self, call: Call, total: int, per_page: int, page: int) -> dict[str, str]:
        pages = -(-total // per_page)
        headers = {"X-WP-Total": str(total), "X-WP-TotalPages": str(pages)}
        query = {
            **call.query,
            **{k: v for k, v in self.link_defaults.items() if k.split("[")[0] not in call.query},
        }
        links = []
        if page > 1 and pages:
            links.append(self._page_link(call, query, min(page - 1, pages), "prev"))
        if page < pages:
            links.append(self._page_link(call, query, page + 1, "next"))
        if links:
            headers["Link"] = ", ".join(links)
        return headers

    def _page_link(self, call: Call, query: dict[str, Any], page: int, rel: str) -> str:
        # add_query_arg of WordPress: one trailing "=" of a value is lost, oauth_* values are repeated (traps).
        parts = {
            k: str(v)[:-1] if str(v).endswith("=") else str(v) for k, v in {**query, "page": page}.items()
        }
        text = "&".join(
            f"{urllib.parse.quote(k, safe='')}={urllib.parse.quote_plus(v, safe='-_.')}"
            for k, v in parts.items()
        )
        return f'<{self.api.home}/wp-json/wc/v3{call.path}?{text}>; rel="{rel}"'

    def read(self, call: Call) -> Reply:
        item = self.find(call, integer(call.ids["id"]), "read")
        return Reply(self.single(self.show(item, call, call.context), call))

    def create(self, call: Call) -> Reply:
        item = self.create_one(call, call.params)
        row = self.show(item, call, "edit")
        return Reply(self.single(row, call), 201, {"Location": self.location(call, row)})

    def location(self, call: Call, row: Any) -> str:
        return f"{self.api.home}/wp-json/wc/v3{call.path}/{row['id']}"

    def update(self, call: Call) -> Reply:
        item = self.find(call, integer(call.ids["id"]), "edit")
        changed = self.update_one(call, item, call.params)
        return Reply(self.single(self.show(changed, call, "edit"), call))

    def delete(self, call: Call) -> Reply:
        """Answers the state before deletion."""
        item = self.find(call, integer(call.ids["id"]), "delete")
        row = self.show(item, call, "edit")
        self.delete_one(call, item, bool(call.params.get("force")))
        return Reply(self.single(row, call))

    def single(self, row: Any, call: Call) -> Any:
        """One row with the fields asked for; its `_links` stay whatever is asked."""
        fields = call.fields
        if not fields or isinstance(row, Encoded):
            return row
        kept = picked(row, fields)
        return {**kept, "_links": row["_links"]} if "_links" in row else kept

    # Batch

    def batch(self, call: Call) -> Reply:
        """Each item on its own, without schema checks; results in the order asked, per operation.

        Raises ApiError 413 above 100 items; nothing is done then.
        """
        body = call.body if isinstance(call.body, dict) else {}
        asked = {
            name: body[name] for name in ("create", "update", "delete") if isinstance(body.get(name), list)
        }
        if sum(map(len, asked.values())) > BATCH_LIMIT:
            raise ApiError(
                "woocommerce_rest_request_entity_too_large",
                f"Unable to accept more than {BATCH_LIMIT} items for this request.",
                413,
            )
        work = {"create": self._batch_create, "update": self._batch_update, "delete": self._batch_delete}
        done: dict[str, Any] = {}
        for name, items in asked.items():
            if items:
                done[name] = [self.api.guarded(call, work[name], name, item) for item in items]
        if call.fields and done:
            done = _batch_fields(done, call.fields)
        return Reply(done or [])

    def _batch_create(self, call: Call, item: Any) -> Any:
        data = item if isinstance(item, dict) else {}
        return self.show(self.create_one(call, data), call, "edit")

    def _batch_update(self, call: Call, item: Any) -> Any:
        data = item if isinstance(item, dict) else {}
        found = self.find(call, integer(data.get("id")), "edit")
        return self.show(self.update_one(call, found, data), call, "edit")

    def _batch_delete(self, call: Call, item: Any) -> Any:
        number = integer(item.get("id") if isinstance(item, dict) else item)
        if not number:
            return None
        found = self.find(call, number, "delete")
        row = self.show(found, call, "edit")
        self.delete_one(call, found, True)
        return row


def _batch_fields(done: dict[str, Any], fields: Sequence[str]) -> Any:
    """`_fields` on a batch: only create, update or delete as a whole survive; the results of the rest are lost."""
    out: dict[str, Any] = {}
    for name, rows in done.items():
        if name in fields:
            out[name] = rows
        elif any(wanted.startswith(f"{name}.") for wanted in fields):
            out[name] = []
    return out


def trash_not_supported() -> ApiError:
    return ApiError("woocommerce_rest_trash_not_supported", "Resource does not support trashing.", 501)
