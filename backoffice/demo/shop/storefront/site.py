"""Routes the storefront's addresses."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote, urlsplit

from backoffice.demo.shop.storefront import drawing, words
from backoffice.demo.shop.storefront.checkout import MAX_QUANTITY, Cart, Checkout, cart_cookie, read_cart
from backoffice.demo.shop.storefront.pages import Pages
from backoffice.demo.shop.wire import Reply

if TYPE_CHECKING:
    from backoffice.demo.shop.api import Api

HTML = "text/html; charset=UTF-8"
SVG = "image/svg+xml"
_STYLE = Path(__file__).with_name("style.css").read_bytes()
_KEEP = {"Cache-Control": "max-age=300"}
# Pages run no scripts at all, whatever a description may hold.
_POLICY = "default-src 'none'; img-src 'self'; style-src 'self' 'unsafe-inline'; form-action 'self'; base-uri 'none'"


class Site:
    def __init__(self, api: "Api"):
        self.api, self.state = api, api.state
        self.pages = Pages(api)
        self.checkout = Checkout(api, self.pages)

    def answer(
        self, method: str, path: str, query: Mapping[str, str], headers: Mapping[str, str], body: bytes
    ) -> Reply:
        """A page, a picture or a redirect. Takes the state's lock."""
        if path.startswith("/wp-content/uploads/"):
            return self._upload(unquote(path.removeprefix("/wp-content/uploads/")))
        if path == "/style.css":
            return Reply(raw=_STYLE, headers=dict(_KEEP), content_type="text/css; charset=UTF-8")
        if path in ("/favicon.svg", "/favicon.ico"):
            return Reply(raw=drawing.favicon(), headers=dict(_KEEP), content_type=SVG)
        cart = read_cart(headers.get("Cookie", ""))
        with self.state.lock:
            if method == "POST":
                if _foreign(headers):
                    return _html(self.pages.message(words.NOT_FOUND_TITLE, words.FOREIGN_FORM), 403)
                return self._posted(
                    path,
                    dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)),
                    cart,
                    headers,
                )
            return self._page([unquote(part) for part in path.split("/") if part], query, cart)

    def _page(self, parts: list[str], query: Mapping[str, str], cart: Cart) -> Reply:
        count = sum(cart.values())
        match parts:
            case []:
                return _html(self.pages.shelf(query, count))
            case ["product-category", *_, slug]:
                for term in self.state.terms_of("category"):
                    if term["slug"] == slug:
                        return _html(self.pages.shelf(query, count, term))
            case ["product", slug] if slug in self.state.slugs:
                product = self.state.products[self.state.slugs[slug]]
                if product.status == "publish":
                    return _html(self.pages.product(product, count))
            case ["placeholder", name] if name.removesuffix(".svg").isdigit():
                number = int(name.removesuffix(".svg"))
                if number in self.state.products:
                    picture = drawing.placeholder(self.state.products[number].name, number)
                    return Reply(raw=picture, headers=dict(_KEEP), content_type=SVG)
            case ["cart"] | ["checkout"]:
                return _html(self.checkout.page(cart, query))
            case ["order", number] if number.isdigit():
                order = self.state.orders.get(int(number))
                if order is not None and query.get("key") == order["order_key"]:
                    return _html(self.checkout.confirmation(order, count))
        return _html(self.pages.message(words.NOT_FOUND_TITLE, words.NOT_FOUND, count), 404)

    def _posted(self, path: str, form: dict[str, str], cart: Cart, headers: Mapping[str, str]) -> Reply:
        match [part for part in path.split("/") if part]:
            case ["cart"]:
                return self._add(form, cart)
            case ["cart", "update"]:
                changed = {n: _quantity(form.get(f"q{n}", str(q))) for n, q in cart.items()}
                return _redirect("/checkout/", {n: q for n, q in changed.items() if q})
            case ["checkout"]:
                return self._order(form, cart, headers)
        return _html(self.pages.message(words.NOT_FOUND_TITLE, words.NOT_FOUND), 404)

    def _add(self, form: dict[str, str], cart: Cart) -> Reply:
        product = self.checkout.chosen(form)
        if product is None:
            number = form.get("product_id", "")
            parent = self.state.products.get(int(number)) if number.isdigit() else None
            if parent is None:
                return _html(self.pages.message(words.NOT_FOUND_TITLE, words.NOT_FOUND), 404)
            return _html(self.pages.product(parent, sum(cart.values()), words.ERROR_VARIANT), 400)
        more = min(cart.get(product.id, 0) + (_quantity(form.get("quantity", "1")) or 1), MAX_QUANTITY)
        return _redirect("/checkout/", {**cart, product.id: more})

    def _order(self, form: dict[str, str], cart: Cart, headers: Mapping[str, str]) -> Reply:
        if form.get("recalculate") or not self.checkout.lines(cart):
            return _html(self.checkout.page(cart, form))
        problems = self.checkout.problems(cart, form)
        if problems:
            return _html(self.checkout.page(cart, form, problems), 422)
        order = self.checkout.place(cart, form, headers.get("User-Agent", ""), "127.0.0.1")
        return _redirect(f"/order/{order['id']}/?key={order['order_key']}", {})

    def _upload(self, file: str) -> Reply:
        for number, image in list(self.state.images.items()):
            if image["file"] == file:
                headers = {**_KEEP, "X-Content-Type-Options": "nosniff"}
                return Reply(
                    raw=self.state.files.get(number, b""), headers=headers, content_type=image["type"]
                )
        return Reply(raw=b"", status=404, content_type=HTML)


def _html(page: bytes, status: int = 200) -> Reply:
    return Reply(raw=page, status=status, headers={"Content-Security-Policy": _POLICY}, content_type=HTML)


def _redirect(where: str, cart: Cart) -> Reply:
    return Reply(
        raw=b"", status=303, headers={"Location": where, "Set-Cookie": cart_cookie(cart)}, content_type=HTML
    )


def _quantity(text: str) -> int:
    return min(int(text), MAX_QUANTITY) if text.isdigit() else 0


def _foreign(headers: Mapping[str, str]) -> bool:
    """True when a form was sent from a page of another site."""
    origin = headers.get("Origin", "")
    return bool(origin) and origin != "null" and urlsplit(origin).netloc != headers.get("Host", "")
