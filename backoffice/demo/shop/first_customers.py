"""The demo shop's first customers: as soon as its shelves are full they buy, as anybody would, in the storefront.

So whoever tries Kontor out finds orders that came in by themselves: one to accept, one that waits for its money, and
one paid by a method that is not linked yet.
"""

from __future__ import annotations

import logging
import time
from threading import Event
from typing import Final
from urllib.parse import urlencode

from backoffice.demo.shop.server import DemoShop
from backoffice.demo.shop.storefront.checkout import Cart, cart_cookie

logger = logging.getLogger(__name__)

LOOK_S: Final = 2.0
# Without anybody who wants to be called they do not wait longer than this.
PATIENCE_S: Final = 180.0

_HOME = {"country": "SI", "phone": "+386 1 555 01 31"}
# (SKU, pieces); what they type into the checkout; how they pay; the title of the delivery.
_BUYERS: Final = (
    (
        (("LD-MUG-TER", 2), ("LD-COFFEE-250", 1)),
        {"first_name": "Maja", "last_name": "Zupan", "address_1": "Čopova 5", "postcode": "1000", "city": "Ljubljana",
         "email": "maja.zupan@example.com"},
        "card", "GLS home delivery",
    ),
    (
        (("LD-CUSH-45", 2),),
        {"first_name": "Luka", "last_name": "Kralj", "address_1": "Kidričeva 14", "postcode": "4000", "city": "Kranj",
         "email": "luka.kralj@example.com"},
        "bacs", "Parcel locker",
    ),
    (
        (("LD-SOAP", 4), ("LD-HONEY-CHE", 1)),
        {"first_name": "Vesna", "last_name": "Žagar", "address_1": "Glavna cesta 2", "postcode": "6310", "city": "Izola",
         "email": "vesna.zagar@example.com", "note": "Please ring twice."},
        "cod", "GLS home delivery",
    ),
)  # fmt: skip


def serve_first_customers(shop: DemoShop, done: Event) -> None:
    """Wait for the goods, then buy, once in the shop's life. Ends when `done` is set."""
    began = 0.0
    while not done.wait(LOOK_S):
        if len(shop.state.orders):
            return
        if _carts(shop) is None:
            continue
        began = began or time.monotonic()
        if _somebody_listens(shop) or time.monotonic() - began > PATIENCE_S:
            buy_all(shop)
            return


def buy_all(shop: DemoShop) -> None:
    for cart, (_goods, form, payment, title) in zip(_carts(shop) or (), _BUYERS, strict=False):
        delivery = next(m for m in shop.site.checkout.methods("SI") if m["title"] == title)
        typed = _HOME | form | {"payment": payment, "delivery": str(delivery["instance_id"])}
        headers = {"Cookie": cart_cookie(cart).partition(";")[0], "User-Agent": "A customer's browser"}
        reply = shop.answer("POST", "/checkout/", headers, urlencode(typed).encode())
        if reply is None or reply.status != 303:
            logger.warning("a first customer could not buy: %s", reply and reply.status)


def _carts(shop: DemoShop) -> list[Cart] | None:
    """What they put into their carts; None while something of it is not there."""
    with shop.state.lock:
        products = {product.sku: product for product in shop.state.products.values() if product.sku}
        carts: list[Cart] = []
        for goods, *_rest in _BUYERS:
            if any(sku not in products for sku, _pieces in goods):
                return None
            cart = {products[sku].id: pieces for sku, pieces in goods}
            if len(shop.site.checkout.lines(cart)) < len(cart) or shop.site.checkout.short_of(cart):
                return None
            carts.append(cart)
    return carts


def _somebody_listens(shop: DemoShop) -> bool:
    hooks = list(shop.state.webhooks.values())
    return any(hook["topic"] == "order.created" and hook["status"] == "active" for hook in hooks)
