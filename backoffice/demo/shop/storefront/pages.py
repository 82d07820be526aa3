"""Draws the pages: frame, lists, one product. Everything that came from outside is escaped here."""

import re
from collections.abc import Iterable, Mapping
from html import escape, unescape
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from backoffice.demo.shop.storefront import drawing, words
from backoffice.demo.shop.tables import Product
from backoffice.demo.shop.text import decimal, money, paragraphs

if TYPE_CHECKING:
    from backoffice.demo.shop.api import Api

PER_PAGE = 24
FEW = 3


def plain(name: str) -> str:
    """A stored name (which may hold tags and entities) as text for an attribute or a title."""
    return escape(unescape(re.sub(r"<[^>]*>", "", name)))


class Pages:
    def __init__(self, api: "Api"):
        self.api, self.state = api, api.state

    # Pieces

    def amount(self, value: Any) -> str:
        return f"{money(value, self.state.decimals)}&nbsp;{escape(self.state.currency_symbol)}"

    def picture(self, product: Product) -> str:
        """The address of the first picture, of the parent's for a variation, or of a drawing."""
        parent = self.state.products.get(product.parent_id)
        for owner in (product, parent):
            for number in owner.image_ids if owner else ():
                if number in self.state.images:
                    return f"/wp-content/uploads/{quote(self.state.images[number]['file'])}"
        return f"/placeholder/{(parent or product).id}.svg"

    def gross(self, product: Product, price: str) -> str:
        return self.amount(self.api.totals.gross(decimal(price), product))

    def price(self, product: Product) -> str:
        """The price with tax, struck through beside a sale, "from" for a product with dearer variants."""
        rows = self.api.rows
        now = rows.price(product)
        if now == "":
            return '<p class="price">&nbsp;</p>'
        if product.type == "variable":
            children = rows.live_children(product)
            cheapest = min((c for c in children if rows.price(c)), key=lambda c: decimal(rows.price(c)))
            prices = {decimal(rows.price(c)) for c in children if rows.price(c)}
            lead = f"<small>{words.FROM}</small> " if len(prices) > 1 else ""
            return f'<p class="price">{lead}{self.gross(cheapest, now)}</p>'
        if rows.on_sale(product):
            was, now_text = self.gross(product, product.regular_price), self.gross(product, now)
            return f'<p class="price"><del>{was}</del><ins>{now_text}</ins></p>'
        return f'<p class="price">{self.gross(product, now)}</p>'

    def vat_note(self, product: Product) -> str:
        rates = self.api.totals.rates(self.state.base_country, self.api.totals.tax_class(product))
        if product.tax_status != "taxable" or not rates:
            return words.WITHOUT_VAT
        rate = f"{decimal(rates[0]['rate']).normalize():f}"
        return f"{words.WITH_VAT.format(rate=rate)}, {words.SHIPPING_EXTRA}"

    def stock(self, product: Product) -> str:
        status = self.api.rows.stock_status(product)
        if status == "outofstock":
            return f'<span class="stock out">{words.SOLD_OUT}</span>'
        if status == "onbackorder":
            return f'<span class="stock back">{words.BACKORDER}</span>'
        count = self.left(product)
        if count is None:
            return f'<span class="stock">{words.AVAILABLE}</span>'
        few = 0 < count <= FEW
        text = (words.FEW_LEFT if few else words.IN_STOCK).format(count=count)
        return f'<span class="stock{" few" if few else ""}">{text}</span>'

    def left(self, product: Product) -> int | None:
        """Pieces that can be sold; None when the shop doesn't count them."""
        if product.type == "variable" and not product.manage_stock:
            counts = [self.left(child) for child in self.api.rows.live_children(product)]
            return None if None in counts else sum(max(0, c) for c in counts if c is not None)
        keeper = self.api.rows.stock_keeper(product)
        return keeper.stock_quantity if keeper.manage_stock else None

    # Frame

    def frame(self, title: str, content: str, *, cart: int, category: int = 0, search: str = "") -> bytes:
        name, tag = escape(self.state.name), escape(self.state.tagline)
        heading = f"{title} – {name}" if title else name
        return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="UTF-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex, nofollow">
<title>{heading}</title>
<link rel="stylesheet" href="/style.css">
<link rel="icon" href="/favicon.svg" type="image/svg+xml">
</head>
<body>
<p class="demo" style="margin:0">{words.DEMO_NOTE}</p>
<header class="top"><div class="wrap">
<div class="bar">
<a class="brand" href="/">{drawing.logo()}<span><strong>{name}</strong><small>{tag}</small></span></a>
<form class="search" role="search" action="/" method="get">
<label class="skip" for="s">{words.SEARCH}</label>
<input id="s" name="s" type="search" placeholder="{words.SEARCH}" value="{escape(search)}">
<button>{words.SEARCH_BUTTON}</button></form>
<a class="cart" href="/checkout/">{words.CART}<b>{cart}</b></a>
</div>
{self._categories(category)}
</div></header>
<main><div class="wrap">
{content}
</div></main>
<footer><div class="wrap">{name} · {escape(self.state.settings["woocommerce_store_address"])},
{escape(self.state.settings["woocommerce_store_postcode"])} {escape(self.state.settings["woocommerce_store_city"])}</div></footer>
</body>
</html>
""".encode()

    def _categories(self, current: int) -> str:
        """The top of the tree, and the branch one stands in; 0 is the home page, -1 none of them."""
        rows = [t for t in self.state.terms_of("category") if self._filled(t)]
        if not rows:
            return ""
        here = ' aria-current="page"'
        links = [f'<a href="/"{here if not current else ""}>{words.ALL_PRODUCTS}</a>']
        for term in sorted(rows, key=lambda t: (t["menu_order"], t["slug"])):
            if term["parent"] == 0 or term["parent"] == current or term["id"] == current:
                mark = here if term["id"] == current else ""
                links.append(f'<a href="/product-category/{quote(term["slug"])}/"{mark}>{term["name"]}</a>')
        return f'<nav class="cats" aria-label="Categories">{"".join(links)}</nav>'

    def _filled(self, term: Mapping[str, Any]) -> bool:
        own = any(self._on_sale_here(n) for n in self.state.by_term.get(term["id"], ()))
        return own or any(
            self._filled(t) for t in self.state.terms_of("category") if t["parent"] == term["id"]
        )

    def _on_sale_here(self, number: int) -> bool:
        product = self.state.products[number]
        return product.status == "publish" and product.catalog_visibility in ("visible", "catalog")

    # Pages

    def shelf(self, query: Mapping[str, str], cart: int, term: Mapping[str, Any] | None = None) -> bytes:
        """Home, a category, or what a search found."""
        search = query.get("s", "").strip()
        params: dict[str, Any] = {"status": "publish", "orderby": "menu_order", "order": "asc"}
        if term is not None:
            params["category"] = str(term["id"])
        if search:
            params["search"] = search
        numbers = [n for n in self.api.queries.products(params) if self._on_sale_here(n)]
        pages = max(1, -(-len(numbers) // PER_PAGE))
        page = min(max(1, int(query["page"]) if query.get("page", "").isdigit() else 1), pages)
        shown = [self.state.products[n] for n in numbers[(page - 1) * PER_PAGE : page * PER_PAGE]]
        title = term["name"] if term is not None else words.ALL_PRODUCTS
        if search:
            title = words.RESULTS.format(text=escape(search))
        content = self._shelf_content(title, len(numbers), shown, search, term)
        if pages > 1:
            content += self._paging(page, pages, {"s": search} if search else {})
        heading = plain(title) if search or term is not None else ""
        return self.frame(heading, content, cart=cart, category=term["id"] if term else 0, search=search)

    def _shelf_content(self, title: str, total: int, shown: list[Product], search: str, term: Any) -> str:
        if not total and not search and term is None:
            return f'<div class="empty">{drawing.logo()}<h1>{words.SHELF_EMPTY_TITLE}</h1><p>{words.SHELF_EMPTY}</p></div>'
        if not total:
            text = words.NOTHING_FOUND.format(text=escape(search)) if search else words.CATEGORY_EMPTY
            return f'<div class="head"><h1>{title}</h1></div><div class="empty"><p>{text}</p></div>'
        count = words.COUNT_ONE if total == 1 else words.COUNT.format(count=total)
        return f'<div class="head"><h1>{title}</h1><p>{count}</p></div>{self.cards(shown)}'

    def cards(self, products: Iterable[Product]) -> str:
        return f'<ul class="grid">{"".join(f"<li>{self._card(product)}</li>" for product in products)}</ul>'

    def _card(self, product: Product) -> str:
        badge = f'<span class="badge">{words.SALE}</span>' if self.api.rows.on_sale(product) else ""
        return (
            f'<a class="card" href="/product/{quote(product.slug)}/">{badge}'
            f'<img src="{self.picture(product)}" alt="" loading="lazy"><div class="text"><h3>{product.name}</h3>'
            f"{self.price(product)}{self.stock(product)}</div></a>"
        )

    def _paging(self, page: int, pages: int, extra: Mapping[str, str]) -> str:
        def link(number: int, text: str, rel: str) -> str:
            query = escape(urlencode({**extra, "page": number}))
            return f'<a class="button quiet" rel="{rel}" href="?{query}">{text}</a>'

        before = link(page - 1, words.PREVIOUS, "prev") if page > 1 else ""
        after = link(page + 1, words.NEXT, "next") if page < pages else ""
        text = words.PAGE_OF.format(page=page, pages=pages)
        return f'<nav class="pages" aria-label="Pages">{before}<span>{text}</span>{after}</nav>'

    def product(self, product: Product, cart: int, problem: str = "") -> bytes:
        main = f'<div class="photo"><img src="{self.picture(product)}" alt="{plain(product.name)}"></div>'
        more = [n for n in product.image_ids if n in self.state.images][1:6]
        if more:
            files = (quote(self.state.images[n]["file"]) for n in more)
            pictures = "".join(
                f'<div class="photo"><img src="/wp-content/uploads/{f}" alt=""></div>' for f in files
            )
            main += f'<div class="thumbs">{pictures}</div>'
        lead = (
            f'<div class="lead">{paragraphs(product.short_description)}</div>'
            if product.short_description
            else ""
        )
        buy = (
            f"<h1>{product.name}</h1>{self.price(product)}<p class='hint' style='margin:0'>{self.vat_note(product)}</p>"
            f"{lead}<p style='margin:14px 0 0'>{self.stock(product)}</p>{self._form(product, problem)}{self._facts(product)}"
        )
        content = (
            f'{self._crumbs(product)}<div class="product"><div>{main}</div><div class="buy">{buy}</div></div>'
        )
        if product.description:
            content += f'<div class="prose"><h2>{words.DETAILS}</h2>{paragraphs(product.description)}</div>'
        others = [self.state.products[n] for n in self.api.rows.related(product) if self._on_sale_here(n)][:4]
        if others:
            content += f'<section class="section"><h2>{words.RELATED}</h2>{self.cards(others)}</section>'
        category = product.category_ids[0] if product.category_ids else 0
        return self.frame(plain(product.name), content, cart=cart, category=category)

    def _crumbs(self, product: Product) -> str:
        number = product.category_ids[-1] if product.category_ids else 0
        parts: list[str] = []
        while number in self.state.terms:
            term = self.state.terms[number]
            parts.insert(0, f'<a href="/product-category/{quote(term["slug"])}/">{term["name"]}</a>')
            number = term["parent"]
        parts.insert(0, f'<a href="/">{words.ALL_PRODUCTS}</a>')
        return f'<p class="crumbs">{" › ".join(parts)}</p>'

    def _form(self, product: Product, problem: str) -> str:
        variants, sellable = "", self.api.rows.stock_status(product) != "outofstock"
        if product.type == "variable":
            children = self.api.rows.live_children(product)
            legend = words.CHOOSE.format(
                name=", ".join(a["name"] for a in product.attributes if a.get("variation"))
            )
            variants = f'<fieldset class="variants"><legend>{legend}</legend>{"".join(map(self._variant, children))}</fieldset>'
            sellable = any(self.api.rows.stock_status(child) != "outofstock" for child in children)
        note = f'<p class="problem" role="alert">{problem}</p>' if problem else ""
        disabled = "" if sellable and self.api.rows.price(product) != "" else " disabled"
        return (
            f'<form action="/cart/" method="post"><input type="hidden" name="product_id" value="{product.id}">{variants}'
            f'{note}<div class="order"><div class="field"><label for="qty">{words.QUANTITY}</label>'
            f'<input id="qty" name="quantity" type="number" min="1" value="1"></div>'
            f"<button{disabled}>{words.ADD_TO_CART}</button></div></form>"
        )

    def _variant(self, child: Product) -> str:
        gone = self.api.rows.stock_status(child) == "outofstock"
        option = escape(", ".join(a["option"] for a in child.attributes))
        return (
            f'<label class="choice{" gone" if gone else ""}"><input type="radio" name="variation_id" value="{child.id}"'
            f"{' disabled' if gone else ''} required><b>{option}</b>{self.stock(child)}{self.price(child).replace('<p', '<span').replace('</p>', '</span>')}</label>"
        )

    def _facts(self, product: Product) -> str:
        terms = self.state.terms
        unit = self.state.settings["woocommerce_weight_unit"]
        rows = (
            (words.SKU, escape(product.sku)),
            (words.EAN, escape(product.global_unique_id)),
            (words.BRAND, ", ".join(terms[n]["name"] for n in product.brand_ids if n in terms)),
            (words.CATEGORY, ", ".join(terms[n]["name"] for n in product.category_ids if n in terms)),
            (words.WEIGHT, f"{escape(product.weight)} {escape(unit)}" if product.weight else ""),
        )
        facts = "".join(f"<dt>{label}</dt><dd>{value}</dd>" for label, value in rows if value)
        return f'<dl class="facts">{facts}</dl>' if facts else ""

    def message(self, title: str, text: str, cart: int = 0) -> bytes:
        link = f'<p><a class="button quiet" href="/">{words.BACK_TO_SHOP}</a></p>'
        return self.frame(
            title, f'<div class="empty"><h1>{title}</h1><p>{text}</p>{link}</div>', cart=cart, category=-1
        )
