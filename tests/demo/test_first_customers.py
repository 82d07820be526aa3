"""The demo shop's first customers: they buy once, as soon as there is what they want."""

from __future__ import annotations

import threading

import pytest

from backoffice.demo.catalogue import PRODUCTS
from backoffice.demo.shop import first_customers
from backoffice.demo.shop.first_customers import serve_first_customers
from tests.peers.woocommerce import DemoShop, add_products

pytestmark = pytest.mark.requirement("S1")


def fill(woo: DemoShop) -> None:
    skus = [sku for goods, *_rest in first_customers._BUYERS for sku, _pieces in goods]
    for product, sku in zip(add_products(woo.state, len(skus)), skus, strict=True):
        product.sku, product.stock_quantity, product.stock_status = sku, 20, "instock"
    woo.state.forget_rows()


def test_they_want_what_the_firm_sells() -> None:
    known = {p.sku for p in PRODUCTS} | {f"{p.sku}-{v.suffix}" for p in PRODUCTS for v in p.variants}
    assert {sku for goods, *_rest in first_customers._BUYERS for sku, _pieces in goods} <= known


def test_they_wait_for_the_goods_and_buy_once(woo: DemoShop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(first_customers, "LOOK_S", 0.01)
    monkeypatch.setattr(first_customers, "PATIENCE_S", 0.05)
    done = threading.Event()
    thread = threading.Thread(target=serve_first_customers, args=(woo, done), daemon=True)
    thread.start()
    thread.join(0.1)
    assert (thread.is_alive(), len(woo.state.orders)) == (True, 0)
    fill(woo)
    thread.join(10)
    assert not thread.is_alive()
    orders = list(woo.state.orders.values())
    assert [(o["payment_method"], o["status"]) for o in orders] == [
        ("card", "processing"),
        ("bacs", "on-hold"),
        ("cod", "processing"),
    ]
    serve_first_customers(woo, done)  # the next start
    assert len(woo.state.orders) == 3


def test_they_leave_when_the_shop_closes(woo: DemoShop) -> None:
    done = threading.Event()
    done.set()
    serve_first_customers(woo, done)
    assert not woo.state.orders
