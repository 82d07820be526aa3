"""Taxes, discounts and totals of an order, computed as WooCommerce does (observed with dp=6).

Line amounts are net and kept to six decimals, also in a shop that sells at gross prices: there the net is taken
out with the rates of the shop's own country, whoever buys. A line's tax is kept to six decimals per rate and
rounded to the shop's decimals before it is summed up, unless the shop rounds at the subtotal.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from backoffice.demo.shop.product_rows import ProductRows
from backoffice.demo.shop.state import ShopState
from backoffice.demo.shop.tables import Product
from backoffice.demo.shop.text import decimal, rounded
from backoffice.demo.shop.wire import ApiError, php_number

PRECISION = 6
Order = dict[str, Any]


def plain(value: Decimal) -> str:
    """Six decimals at most, two at least, without useless zeros, as amounts are stored."""
    text = f"{rounded(value, PRECISION):f}".rstrip("0")
    whole, _, fraction = text.partition(".")
    return f"{whole}.{fraction.ljust(2, '0')}"


class Totals:
    def __init__(self, state: ShopState, rows: ProductRows):
        self.state, self.rows = state, rows

    # Rates

    def rates(self, country: str, tax_class: str, region: str = "") -> list[dict[str, Any]]:
        """The rates that apply: the first of each priority, by order and id."""
        wanted = tax_class or "standard"
        found: dict[int, dict[str, Any]] = {}
        for rate in sorted(self.state.taxes.values(), key=lambda r: (r["priority"], r["order"], r["id"])):
            if rate["class"] == wanted and rate["country"] in ("", country) and rate["state"] in ("", region):
                found.setdefault(rate["priority"], rate)
        return list(found.values())

    def tax(self, net: Decimal, rates: Iterable[Mapping[str, Any]]) -> dict[int, Decimal]:
        """Tax per rate id, to six decimals; compound rates are taken on what stands above them."""
        found: dict[int, Decimal] = {}
        for rate in rates:
            base = net + sum(found.values(), Decimal(0)) if rate["compound"] else net
            found[rate["id"]] = rounded(base * decimal(rate["rate"]) / 100, PRECISION)
        return found

    def net(self, price: Decimal, product: Product | None) -> Decimal:
        """The net of a catalogue price: itself, or with the home country's tax taken out."""
        if not self.state.prices_include_tax or product is None or product.tax_status != "taxable":
            return price
        rates = self.rates(self.state.base_country, self.tax_class(product))
        return price / (1 + sum((decimal(rate["rate"]) for rate in rates), Decimal(0)) / 100)

    def gross(self, price: Decimal, product: Product, country: str = "") -> Decimal:
        """What the storefront shows: the price with the tax of the country (the shop's own by default)."""
        net = self.net(price, product)
        if product.tax_status != "taxable":
            return net
        rates = self.rates(country or self.state.base_country, self.tax_class(product))
        return net + sum(self.tax(net, rates).values(), Decimal(0))

    def tax_class(self, product: Product) -> str:
        if product.tax_class == "parent":
            parent = self.state.products.get(product.parent_id)
            return parent.tax_class if parent else ""
        return product.tax_class

    # Orders

    def recalculate(self, order: Order) -> None:
        """Taxes of every line, tax lines and totals anew."""
        country, region = self._place(order)
        exempt = any(m["key"] == "is_vat_exempt" and m["value"] == "yes" for m in order["meta_data"])
        for line in order["line_items"]:
            product = self.state.products.get(line["variation_id"] or line["product_id"])
            taxable = product is None or product.tax_status == "taxable"
            rates = self.rates(country, line["tax_class"], region) if taxable and not exempt else []
            self._line_taxes(line, rates)
        for line in order["fee_lines"]:
            taxable = line["tax_status"] == "taxable" and not exempt
            self._flat_taxes(line, self.rates(country, line["tax_class"], region) if taxable else [])
        shipping_rates = [] if exempt else self.shipping_rates(order, country, region)
        for line in order["shipping_lines"]:
            self._flat_taxes(line, shipping_rates)
        self._tax_lines(order)
        self._sum(order)

    def _place(self, order: Order) -> tuple[str, str]:
        """Country and region that decide the tax; the shop's own when the order names none."""
        based_on = self.state.settings["woocommerce_tax_based_on"]
        address = (
            order["billing"]
            if based_on == "billing" or not order["shipping"].get("country")
            else order["shipping"]
        )
        if based_on == "base" or not address.get("country"):
            return self.state.base_country, ""
        return address["country"], address.get("state", "")

    def shipping_rates(self, order: Order, country: str, region: str) -> list[dict[str, Any]]:
        """Shipping inherits the class of the goods: standard when it is among them, else the first found."""
        classes = [line["tax_class"] for line in order["line_items"]]
        chosen = "" if not classes or "" in classes else classes[0]
        return [rate for rate in self.rates(country, chosen, region) if rate["shipping"]]

    def _line_taxes(self, line: dict[str, Any], rates: list[dict[str, Any]]) -> None:
        total, subtotal = self.tax(decimal(line["total"]), rates), self.tax(decimal(line["subtotal"]), rates)
        line["taxes"] = [{"id": n, "total": plain(total[n]), "subtotal": plain(subtotal[n])} for n in total]
        line["total_tax"] = plain(self._line_sum(total))
        line["subtotal_tax"] = plain(self._line_sum(subtotal))

    def _flat_taxes(self, line: dict[str, Any], rates: list[dict[str, Any]]) -> None:
        found = self.tax(decimal(line["total"]), rates)
        line["taxes"] = [
            {"id": number, "total": plain(amount), "subtotal": ""} for number, amount in found.items()
        ]
        line["total_tax"] = plain(self._line_sum(found))

    def _line_sum(self, taxes: Mapping[int, Decimal]) -> Decimal:
        return sum((self._line_round(amount) for amount in taxes.values()), Decimal(0))

    def _line_round(self, amount: Decimal) -> Decimal:
        at_subtotal = self.state.settings.get("woocommerce_tax_round_at_subtotal") == "yes"
        return amount if at_subtotal else rounded(amount, self.state.decimals)

    def _tax_lines(self, order: Order) -> None:
        goods: dict[int, Decimal] = {}
        shipping: dict[int, Decimal] = {}
        for name, sums in (("line_items", goods), ("fee_lines", goods), ("shipping_lines", shipping)):
            for line in order[name]:
                for tax in line["taxes"]:
                    sums[tax["id"]] = sums.get(tax["id"], Decimal(0)) + self._line_round(
                        decimal(tax["total"])
                    )
        kept = {line["rate_id"]: line["id"] for line in order["tax_lines"]}
        order["tax_lines"] = []
        for number in dict.fromkeys([*goods, *shipping]):
            rate = self.state.taxes[number]
            percent = php_number(float(rate["rate"]))
            order["tax_lines"].append(
                {
                    "id": kept.get(number) or self.state.next("order_item"),
                    "rate_code": f"{rate['country']}-{rate['name']}-{rate['priority']}",
                    "rate_id": number,
                    "label": rate["name"],
                    "compound": rate["compound"],
                    "tax_total": plain(goods.get(number, Decimal(0))),
                    "shipping_tax_total": plain(shipping.get(number, Decimal(0))),
                    "rate_percent": percent,
                    "meta_data": [],
                }
            )

    def _sum(self, order: Order) -> None:
        places = self.state.decimals

        def total(name: str, field: str) -> Decimal:
            return sum((decimal(line[field]) for line in order[name]), Decimal(0))

        cart_tax = rounded(sum((decimal(t["tax_total"]) for t in order["tax_lines"]), Decimal(0)), places)
        shipping_tax = rounded(
            sum((decimal(t["shipping_tax_total"]) for t in order["tax_lines"]), Decimal(0)), places
        )
        shipping = total("shipping_lines", "total")
        net = total("line_items", "total") + total("fee_lines", "total") + shipping
        order["discount_total"] = plain(
            rounded(total("line_items", "subtotal") - total("line_items", "total"), places)
        )
        order["discount_tax"] = plain(
            rounded(total("line_items", "subtotal_tax") - total("line_items", "total_tax"), places)
        )
        order["shipping_total"], order["shipping_tax"] = plain(shipping), plain(shipping_tax)
        order["cart_tax"], order["total_tax"] = plain(cart_tax), plain(cart_tax + shipping_tax)
        order["total"] = plain(rounded(net + cart_tax + shipping_tax, places))

    # Coupons

    def apply_coupon(self, order: Order, code: str) -> None:
        """Take a coupon off the lines. Raises ApiError woocommerce_rest_invalid_coupon (unknown, expired)."""
        coupon = next((c for c in self.state.coupons.values() if c["code"].lower() == code.lower()), None)
        if coupon is None:
            raise _bad_coupon(f"Coupon &quot;{code}&quot; cannot be applied because it does not exist.")
        if coupon.get("expires") is not None and coupon["expires"] < self.state.now():
            raise _bad_coupon(f"Coupon &quot;{code}&quot; has expired.")
        places, lines = self.state.decimals, order["line_items"]
        worth = sum((decimal(line["total"]) for line in lines), Decimal(0))
        amount, left = decimal(coupon["amount"]), Decimal(0)
        if coupon["discount_type"] == "fixed_cart":
            left = min(amount, worth)
        for index, line in enumerate(lines):
            before = decimal(line["total"])
            if coupon["discount_type"] == "percent":
                off = rounded(before * amount / 100, places)
            elif index == len(lines) - 1:
                off = left
            else:
                off = rounded(min(amount, worth) * before / worth, places) if worth else Decimal(0)
            off = min(off, before)
            left -= off
            line["total"] = plain(before - off)
        discount = worth - sum((decimal(line["total"]) for line in lines), Decimal(0))
        order["coupon_lines"].append(
            {
                "id": self.state.next("order_item"),
                "code": coupon["code"],
                "discount": plain(discount),
                "discount_tax": "0.00",
                "meta_data": [],
                "discount_type": coupon["discount_type"],
                "nominal_amount": php_number(float(amount)),
                "free_shipping": False,
            }
        )


def _bad_coupon(message: str) -> ApiError:
    return ApiError("woocommerce_rest_invalid_coupon", message, 400)
