"""Cart, checkout and confirmation. The cart lives in a cookie: "product id:quantity", separated by dots."""

import re
from collections.abc import Mapping
from decimal import Decimal
from html import escape
from typing import TYPE_CHECKING, Any

from backoffice.demo.shop.order_rules import cart_hash
from backoffice.demo.shop.order_totals import Order
from backoffice.demo.shop.storefront import words
from backoffice.demo.shop.storefront.pages import Pages, plain
from backoffice.demo.shop.tables import Product
from backoffice.demo.shop.text import decimal, kses

if TYPE_CHECKING:
    from backoffice.demo.shop.api import Api

Cart = dict[int, int]
MAX_QUANTITY = 9999
# name, label, width of six, needed
_FIELDS = (
    ("first_name", words.FIRST_NAME, "f3 half", True),
    ("last_name", words.LAST_NAME, "f3 half", True),
    ("company", words.COMPANY, "f3", False),
    ("vat_id", words.VAT_ID, "f3", False),
    ("address_1", words.ADDRESS, "f6", True),
    ("postcode", words.POSTCODE, "f2 half", True),
    ("city", words.CITY, "f4 half", True),
)
_CONTACT = (("email", words.EMAIL, "f3", True), ("phone", words.PHONE, "f3", True))
_AUTOCOMPLETE = {
    "first_name": "given-name", "last_name": "family-name", "company": "organization", "address_1": "street-address",
    "postcode": "postal-code", "city": "address-level2", "email": "email", "phone": "tel",
}  # fmt: skip


def read_cart(cookie: str) -> Cart:
    found = re.search(r"(?:^|;\s*)cart=([0-9:.]*)", cookie)
    parts = (part.split(":") for part in found.group(1).split(".") if ":" in part) if found else ()
    return {int(n): min(int(q), MAX_QUANTITY) for n, q, *_ in parts if n.isdigit() and q.isdigit() and int(q)}


def cart_cookie(cart: Cart) -> str:
    value = ".".join(f"{number}:{quantity}" for number, quantity in cart.items())
    return f"cart={value}; Path=/; SameSite=Lax; HttpOnly"


class Checkout:
    def __init__(self, api: "Api", pages: Pages):
        self.api, self.state, self.pages = api, api.state, pages

    # Cart

    def lines(self, cart: Cart) -> list[tuple[Product, int]]:
        """What is in the cart and still on sale."""
        products = self.state.products
        found = [(products[n], q) for n, q in cart.items() if n in products]
        return [(p, q) for p, q in found if p.status == "publish" and self.api.rows.price(p) != ""]

    def chosen(self, form: Mapping[str, str]) -> Product | None:
        """The product or variation of an "add to cart" form; None when a variant is still to be chosen."""
        number = form.get("variation_id") or form.get("product_id", "")
        product = self.state.products.get(int(number)) if number.isdigit() else None
        return None if product is None or product.type == "variable" else product

    def short_of(self, cart: Cart) -> list[str]:
        """A sentence for each line that asks for more than there is."""
        found = []
        for product, quantity in self.lines(cart):
            keeper, name = self.api.rows.stock_keeper(product), self.name(product)
            if keeper.backorders != "no":
                continue
            if self.api.rows.stock_status(product) == "outofstock":
                found.append(words.ERROR_SOLD_OUT.format(name=name))
            elif keeper.manage_stock and quantity > (keeper.stock_quantity or 0):
                found.append(words.ERROR_STOCK.format(name=name, count=keeper.stock_quantity))
        return found

    def name(self, product: Product) -> str:
        return self.api.rows.product(product)["name"]

    # The order that a form would make

    def _data(self, cart: Cart, form: Mapping[str, str]) -> dict[str, Any]:
        """The order as the API would be asked to create it; texts lose tags, as in the real checkout."""
        country = form.get("country") or self.state.base_country
        names = ("first_name", "last_name", "company", "address_1", "city", "postcode", "phone")
        address = {name: kses(form.get(name, "").strip()) for name in names} | {"country": country}
        gateway = next((g for g in self.state.gateways.values() if g["id"] == form.get("payment")), None)
        lines = self.lines(cart)
        data: dict[str, Any] = {
            "billing": address | {"email": form.get("email", "").strip()},
            "shipping": address,
            "line_items": [self._line(product, quantity) for product, quantity in lines],
            "payment_method": gateway["id"] if gateway else "",
            "payment_method_title": gateway["title"] if gateway else "",
            "customer_note": form.get("note", "").strip(),
            "created_via": "store-api",
            "cart_hash": cart_hash(cart),
            "meta_data": [{"key": "is_vat_exempt", "value": "no"}],
        }
        if form.get("vat_id", "").strip():
            data["meta_data"].append({"key": "_billing_vat_number", "value": form["vat_id"].strip()})
        method = next(
            (m for m in self.methods(country) if str(m["instance_id"]) == form.get("delivery")), None
        )
        if method is not None:
            shipping = {
                "method_id": method["method_id"],
                "method_title": method["title"],
                "total": method["cost"] or "0",
            }
            data["shipping_lines"] = [shipping | {"instance_id": str(method["instance_id"])}]
        if gateway and decimal(gateway.get("fee")):
            data["fee_lines"] = [{"name": words.FEE, "total": gateway["fee"]}]
        return data

    def _line(self, product: Product, quantity: int) -> dict[str, Any]:
        if product.is_variation:
            return {"product_id": product.parent_id, "variation_id": product.id, "quantity": quantity}
        return {"product_id": product.id, "quantity": quantity}

    def methods(self, country: str) -> list[dict[str, Any]]:
        """How a parcel gets to a country: the methods of its zone."""
        for zone in self.state.zones.values():
            if country in zone["countries"]:
                return zone["methods"]
        return self.state.zones.get(0, {"methods": []})["methods"]

    def problems(self, cart: Cart, form: Mapping[str, str]) -> dict[str, str]:
        found = {
            name: words.ERROR_REQUIRED
            for name, _, _, needed in (*_FIELDS, *_CONTACT)
            if needed and not form.get(name, "").strip()
        }
        if "email" not in found and not re.match(r"[^@\s]+@[^@\s]+\.[^@\s]+$", form.get("email", "").strip()):
            found["email"] = words.ERROR_EMAIL
        if form.get("delivery") not in [str(m["instance_id"]) for m in self.methods(form.get("country", ""))]:
            found["delivery"] = words.ERROR_DELIVERY
        if form.get("payment") not in [g["id"] for g in self.state.gateways.values() if g["enabled"]]:
            found["payment"] = words.ERROR_PAYMENT
        short = self.short_of(cart)
        if short:
            found["cart"] = " ".join(short)
        return found

    def place(self, cart: Cart, form: Mapping[str, str], agent: str, address: str) -> Order:
        """Make the order: stock goes down and the webhooks are told. Call with the lock held and no problems left."""
        data = self._data(cart, form) | {"customer_user_agent": agent, "customer_ip_address": address}
        if data["payment_method"] == "card":
            data |= {"set_paid": True, "transaction_id": f"demo_{self.state.now()}", "status": "processing"}
        else:
            data["status"] = "on-hold" if data["payment_method"] == "bacs" else "processing"
        if decimal(self.api.orders.draft(data)["total"]) == 0:
            data["status"] = "completed"  # nothing to pay: paid and completed at once (woocommerce.md, 12)
        order = self.api.orders.create(data)
        items = ", ".join(f"{line['name']} &times; {line['quantity']}" for line in order["line_items"])
        for line in order["shipping_lines"]:
            meta = {"id": self.state.next("item_meta"), "key": "Items", "value": items}
            line["meta_data"] = [meta | {"display_key": "Items", "display_value": items}]
        return order

    # Pages

    def page(self, cart: Cart, form: Mapping[str, str], problems: Mapping[str, str] | None = None) -> bytes:
        lines, count = self.lines(cart), sum(cart.values())
        if not lines:
            link = f'<p><a class="button" href="/">{words.CONTINUE_SHOPPING}</a></p>'
            return self.pages.frame(
                words.CART,
                f'<div class="empty"><h1>{words.YOUR_CART}</h1><p>{words.CART_EMPTY}</p>{link}</div>',
                cart=0,
            )
        problems = problems or {}
        notes = [problems["cart"]] if "cart" in problems else self.short_of(cart)
        if problems.keys() - {"cart"}:
            notes.insert(0, words.ERROR_SUMMARY)
        note = f'<p class="note" role="alert">{" ".join(notes)}</p>' if notes else ""
        content = (
            f'<div class="head"><h1>{words.YOUR_CART}</h1></div>{note}{self._table(lines)}'
            f'<form class="checkout" action="/checkout/" method="post"><div>{self._details(form, problems)}'
            f"{self._choices(form, problems)}</div><div>{self._summary(cart, form)}</div></form>"
        )
        return self.pages.frame(words.CHECKOUT, content, cart=count, category=-1)

    def _table(self, lines: list[tuple[Product, int]]) -> str:
        rows = "".join(
            f'<tr><td class="pic"><img class="thumb" src="{self.pages.picture(product)}" alt=""></td>'
            f'<td>{self.name(product)}</td><td class="num"><label class="skip" for="q{product.id}">{words.QUANTITY}</label>'
            f'<input id="q{product.id}" type="number" min="0" name="q{product.id}" value="{quantity}"></td>'
            f'<td class="num">{self.pages.gross(product, str(decimal(self.api.rows.price(product)) * quantity))}</td></tr>'
            for product, quantity in lines
        )
        return (
            f'<form class="panel" action="/cart/update/" method="post"><table><thead><tr><th colspan="2">{words.ITEM}</th>'
            f'<th class="num">{words.QUANTITY}</th><th class="num">{words.PRICE}</th></tr></thead><tbody>{rows}</tbody></table>'
            f'<div class="actions"><a class="button quiet" href="/">{words.CONTINUE_SHOPPING}</a>'
            f'<button class="quiet">{words.UPDATE}</button></div></form>'
        )

    def _field(
        self, field: tuple[str, str, str, bool], form: Mapping[str, str], problems: Mapping[str, str]
    ) -> str:
        name, label, width, needed = field
        kind = {"email": "email", "phone": "tel"}.get(name, "text")
        hint = "" if needed else f" <em>({words.OPTIONAL})</em>"
        bad = f'<p class="bad" id="{name}-bad">{problems[name]}</p>' if name in problems else ""
        extra = f' autocomplete="{_AUTOCOMPLETE[name]}"' if name in _AUTOCOMPLETE else ""
        extra += f' aria-invalid="true" aria-describedby="{name}-bad"' if bad else ""
        return (
            f'<div class="field {width}{" wrong" if bad else ""}"><label for="{name}">{label}{hint}</label>'
            f'<input id="{name}" name="{name}" type="{kind}" value="{escape(form.get(name, ""))}"{extra}>{bad}</div>'
        )

    def _details(self, form: Mapping[str, str], problems: Mapping[str, str]) -> str:
        chosen = form.get("country") or self.state.base_country
        options = "".join(
            f'<option value="{code}"{" selected" if code == chosen else ""}>{name}</option>'
            for code, name in words.COUNTRIES.items()
        )
        country = (
            f'<div class="field f3"><label for="country">{words.COUNTRY}</label><select id="country" name="country">{options}'
            f'</select></div><div class="f3" style="align-self:end"><button class="quiet" name="recalculate" value="1" '
            f"formnovalidate>{words.CHANGE_COUNTRY}</button></div>"
        )
        fields = "".join(self._field(field, form, problems) for field in _FIELDS)
        contact = "".join(self._field(field, form, problems) for field in _CONTACT)
        return f'<div class="panel"><h2>{words.YOUR_DETAILS}</h2><div class="fields">{fields}{country}{contact}</div></div>'

    def _choices(self, form: Mapping[str, str], problems: Mapping[str, str]) -> str:
        country = form.get("country") or self.state.base_country
        delivery = [
            (str(m["instance_id"]), escape(m["title"]), self._shipping_price(decimal(m["cost"]), country))
            for m in self.methods(country)
        ]
        payment = [
            (
                g["id"],
                escape(g["title"]),
                f"+ {self._shipping_price(decimal(g['fee']), country)}" if g.get("fee") else "",
            )
            for g in self.state.gateways.values()
            if g["enabled"]
        ]
        note = (
            f'<div class="panel"><div class="field"><label for="note">{words.NOTE} <em>({words.OPTIONAL})</em></label>'
            f'<textarea id="note" name="note" rows="3">{escape(form.get("note", ""))}</textarea></div></div>'
        )
        return (
            self._radios("delivery", words.DELIVERY, delivery, form, problems)
            + self._radios("payment", words.PAYMENT, payment, form, problems)
            + note
        )

    def _radios(
        self,
        name: str,
        title: str,
        rows: list[tuple[str, str, str]],
        form: Mapping[str, str],
        problems: Mapping[str, str],
    ) -> str:
        bad = f'<p class="problem">{problems[name]}</p>' if name in problems else ""
        chosen = form.get(name) or (rows[0][0] if rows else "")
        choices = "".join(
            f'<label class="choice"><input type="radio" name="{name}" value="{value}"{" checked" if value == chosen else ""}>'
            f"<b>{label}</b><span>{price}</span></label>"
            for value, label, price in rows
        )
        return f'<div class="panel"><h2>{title}</h2><div class="stack">{choices}{bad}</div></div>'

    def _shipping_price(self, net: Decimal, country: str) -> str:
        """With the tax of the standard class, which delivery and fees carry."""
        if not net:
            return words.FREE
        taxes = self.api.totals.tax(net, self.api.totals.rates(country, ""))
        return self.pages.amount(net + sum(taxes.values(), Decimal(0)))

    def _summary(self, cart: Cart, form: Mapping[str, str]) -> str:
        country = form.get("country") or self.state.base_country
        first = {
            "country": country,
            "payment": next((g["id"] for g in self.state.gateways.values() if g["enabled"]), ""),
        }
        methods = self.methods(country)
        if methods:
            first["delivery"] = str(methods[0]["instance_id"])
        allowed = {str(m["instance_id"]) for m in methods}
        given = {k: v for k, v in form.items() if v and (k != "delivery" or v in allowed)}
        order = self.api.orders.draft(self._data(cart, first | given))
        return (
            f'<div class="panel"><h2>{words.SUMMARY}</h2>{self.totals(order)}'
            f'<button class="wide">{words.PLACE_ORDER}</button></div>'
        )

    def totals(self, order: Order) -> str:
        """Gross amounts, what is to pay, and the tax of each rate in it."""
        amount = self.pages.amount

        def gross(line: Mapping[str, Any]) -> Decimal:
            return decimal(line["total"]) + decimal(line["total_tax"])

        rows = [(words.SUBTOTAL, amount(sum(map(gross, order["line_items"]), Decimal(0))))]
        for line in order["shipping_lines"]:
            price = amount(gross(line)) if gross(line) else words.FREE
            rows.append((f"{words.SHIPPING}: {escape(line['method_title'])}", price))
        rows += [(escape(line["name"]), amount(gross(line))) for line in order["fee_lines"]]
        body = "".join(f'<tr><td>{label}</td><td class="num">{value}</td></tr>' for label, value in rows)
        body += f'<tr class="sum"><td>{words.TOTAL}</td><td class="num">{amount(order["total"])}</td></tr>'
        for tax in order["tax_lines"]:
            sum_of = decimal(tax["tax_total"]) + decimal(tax["shipping_tax_total"])
            label = words.VAT.format(rate=tax["rate_percent"])
            body += f'<tr class="tax"><td>{label}</td><td class="num">{amount(sum_of)}</td></tr>'
        return f'<table class="totals"><tbody>{body}</tbody></table>'

    def confirmation(self, order: Order, cart: int) -> bytes:
        name = escape(order["billing"]["first_name"])
        text = words.RECEIVED.format(
            number=f"<b>{order['number']}</b>", email=escape(order["billing"]["email"])
        )
        status = self.state.order_statuses.get(order["status"], order["status"])
        rows = "".join(
            f'<tr><td>{line["name"]}</td><td class="num">{line["quantity"]} ×</td>'
            f'<td class="num">{self.pages.amount(decimal(line["total"]) + decimal(line["total_tax"]))}</td></tr>'
            for line in order["line_items"]
        )
        content = (
            f'<div class="done"><h1>{words.THANKS.format(name=name)}</h1><p>{text}</p>'
            f"<p>{words.STATUS} <b>{escape(status)}</b></p></div>"
            f'<div class="panel"><h2>{words.ORDER.format(number=order["number"])}</h2><table><tbody>{rows}</tbody></table>'
            f"{self.totals(order)}</div><p><a class='button quiet' href='/'>{words.BACK_TO_SHOP}</a></p>"
        )
        return self.pages.frame(
            plain(words.ORDER.format(number=order["number"])), content, cart=cart, category=-1
        )
