"""What stands before the API: permalinks, rest_route, maintenance, a lost database."""

from collections.abc import Mapping
from typing import Any

from backoffice.demo.shop.auth import check_rights
from backoffice.demo.shop.product_rows import picked
from backoffice.demo.shop.resources.index import root_index
from backoffice.demo.shop.schema import split
from backoffice.demo.shop.wire import ApiError, Reply, html_page, no_route

HTML = "text/html; charset=UTF-8"
_NO_CACHE = "no-cache, must-revalidate, max-age=0, no-store, private"


def _page(title: str, content: str, status: int, **headers: str) -> Reply:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(
        raw=html_page(title, content),
        status=status,
        headers={"Cache-Control": _NO_CACHE, **named},
        content_type=HTML,
    )


def api_link(home: str, permalinks: str = "pretty") -> str:
    """The Link header by which a page or an answer tells where the API begins."""
    root = {"pretty": "/wp-json/", "index": "/index.php/wp-json/", "plain": "/index.php?rest_route=/"}[
        permalinks
    ]
    return f'<{home}{root}>; rel="https://api.w.org/"'


def maintenance() -> Reply:
    """WordPress updating itself."""
    text = "Briefly unavailable for scheduled maintenance. Check back in a minute."
    return _page("Maintenance", text, 503, Retry_After="600")


def database_down() -> Reply:
    return _page("Database Error", "<h1>Error establishing a database connection</h1>", 500)


def fatal_error() -> Reply:
    """A PHP error inside the API."""
    message = "<p>There has been a critical error on this website.</p>"
    return Reply({"code": "internal_server_error", "message": message, "data": {"status": 500}}, 500)


def rest_path(path: str, permalinks: str) -> str | None:
    """The API's path of an address, "" for the root; None when the address is no API call here."""
    for prefix in ("/index.php/wp-json", "/wp-json"):
        if path == prefix or path.startswith(prefix + "/"):
            allowed = permalinks == "pretty" or (permalinks == "index" and prefix.startswith("/index.php"))
            return path.removeprefix(prefix).rstrip("/") if allowed else None
    return None


def misdirected(path: str, target: str, permalinks: str, api: Any) -> Reply | None:
    """An API call in a shop without pretty permalinks: a redirect, or (for the root) the home page."""
    if permalinks == "pretty" or not path.startswith("/wp-json") or path.rstrip("/") == "/wp-json":
        return None
    plain, _, query = target.partition("?")
    location = f"{api.home}{plain.rstrip('/')}/" + (f"?{query}" if query else "")
    headers = {"Location": location, "X-Redirect-By": "WordPress", "Cache-Control": _NO_CACHE}
    return Reply(raw=b"", status=301, headers=headers, content_type=HTML)


def by_rest_route(route: str, headers: Mapping[str, str], home: str) -> Reply:
    """?rest_route= is routed, but consumer keys don't count there: WordPress reads Basic as a user's name."""
    if headers.get("Authorization", "").lower().startswith("basic "):
        text = "<strong>Error:</strong> Unknown username. Check again or try your email address."
        error = ApiError("invalid_username", text, 401)
    elif route.startswith("/wc/v3"):
        error = ApiError("woocommerce_rest_cannot_view", "Sorry, you cannot list resources.", 401)
    else:
        error = no_route()
    return Reply(error.body(), error.status, {"X-Robots-Tag": "noindex", "Link": api_link(home)})


def outside(
    rest: str, method: str, api: Any, request_path: str, query: dict[str, str], headers: Mapping[str, str]
) -> Reply:
    """The API's root, other namespaces, unknown versions."""
    sent = {"X-Robots-Tag": "noindex", "Link": api_link(api.home)}
    if not rest:
        fields = tuple(str(name) for name in split(query.get("_fields", "")))
        return Reply(picked(root_index(api), fields), 200, sent | {"Allow": "GET"})
    try:
        if rest.startswith("/wc/"):
            with api.state.lock:
                key = api.doorkeeper.identify(
                    method, request_path, query, headers, https=api.https, home=api.home
                )
            if key is not None:
                sent["Cache-Control"] = _NO_CACHE
                check_rights(key, method)
        raise no_route()
    except ApiError as error:
        return Reply(error.body(), error.status, sent)
