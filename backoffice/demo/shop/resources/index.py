"""The public index of wc/v3: the routes of this very shop, made from the routes themselves."""

from typing import Any

from backoffice.demo.shop import arguments as args
from backoffice.demo.shop.resources.base import Call, Endpoint, Resource, Route
from backoffice.demo.shop.wire import NAMESPACE, Reply

NAMESPACES = ["wc/v3", "wc/v2", "wc/v1", "wp/v2"]


class Index(Resource):
    def routes(self) -> list[Route]:
        schema = args.arguments("namespace:string=wc/v3 context:string=view")
        return [Route("", "", (Endpoint(("GET",), self.index, schema, "public", "read"),))]

    def index(self, call: Call) -> Reply:
        routes: dict[str, Any] = {}
        for route in self.api.routes:
            path = f"/{NAMESPACE}{route.pattern}"
            row: dict[str, Any] = {
                "namespace": NAMESPACE,
                "methods": route.methods,
                "endpoints": [
                    {
                        "methods": list(e.methods),
                        "args": {name: a.describe(self.state.words) for name, a in e.schema.items()} or [],
                    }
                    for e in route.endpoints
                ],
            }
            if "(" not in route.pattern:
                row["_links"] = {"self": [{"href": f"{self.api.home}/wp-json{path}"}]}
            routes[path] = row
        links = {"up": [{"href": f"{self.api.home}/wp-json/"}]}
        return Reply({"namespace": NAMESPACE, "routes": routes, "_links": links})


def root_index(api: Any) -> dict[str, Any]:
    """/wp-json/: where the shop really lives, its time zone, its namespaces."""
    state, home = api.state, api.home
    return {
        "name": state.name, "description": state.tagline, "url": home, "home": home,
        "gmt_offset": state.gmt_offset(), "timezone_string": state.time_zone, "namespaces": list(NAMESPACES),
        "authentication": {
            "application-passwords": {"endpoints": {"authorization": f"{home}/wp-admin/authorize-application.php"}}
        },
        "routes": {f"/{NAMESPACE}{route.pattern}": {"namespace": NAMESPACE, "methods": route.methods} for route in api.routes},
    }  # fmt: skip
