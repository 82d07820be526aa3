"""The capabilities: what is locked, the checks in the manual, and the pages of the panel."""

from __future__ import annotations

from pathlib import Path

import pytest

from shops.platforms.woocommerce import WooCommerce
from tests.platforms.woocommerce.connecting import connection

PAGE = Path(__file__).resolve().parents[3] / "docs" / "platforms" / "woocommerce.md"
VERBS = ("read", "create", "update", "delete", "import")


@pytest.mark.requirement("M6", "M7", "M11")
def test_what_is_locked():
    def allowed(kind):
        return {verb for verb in VERBS if not WooCommerce.can(kind).reason(verb)}

    everything = set(VERBS)
    assert allowed("unit") == allowed("attachment") == set()
    assert allowed("vat_rate") == {"read", "import"}
    assert "Settings > Tax" in str(WooCommerce.can("vat_rate").reason("create"))
    for kind in ("category", "producer", "article", "image", "customer"):
        assert allowed(kind) == everything
    assert allowed("stock") == allowed("price") == {"read", "update"}
    for kind in ("payment_method", "shipping_method", "order_status"):
        assert allowed(kind) == {"read", "import"}
    assert allowed("order") == {"read", "import", "update"}
    assert WooCommerce.can("image").fields == {"alt", "position"}
    assert WooCommerce.can("order").fields == {"status_id"}


def test_the_manual_has_a_place_for_every_check():
    from shops.platforms.woocommerce.checks import STEPS

    page = PAGE.read_text(encoding="utf-8").lower()
    for name, label in STEPS:
        assert f"| {str(label).lower()} |" in page, name


@pytest.mark.parametrize(
    ("kind", "remote_id", "parent_id", "page"),
    [
        ("article", "15", "", "post.php?post=15&action=edit"),
        ("article", "42", "41", "post.php?post=41&action=edit"),
        ("image", "15:13", "", "post.php?post=15&action=edit"),
        ("order", "57", "", "admin.php?page=wc-orders&action=edit&id=57"),
        ("category", "18", "", "term.php?taxonomy=product_cat&post_type=product&tag_ID=18"),
        ("customer", "4", "", "user-edit.php?user_id=4"),
    ],
)
def test_where_staff_see_an_element(kind, remote_id, parent_id, page):
    platform = WooCommerce(connection("https://shop.example/shop/"))
    address = platform.admin_url(kind, remote_id, parent_id=parent_id)
    assert address == f"https://shop.example/shop/wp-admin/{page}"


def test_an_order_status_has_no_page_in_the_panel():
    assert WooCommerce(connection("https://shop.example")).admin_url("order_status", "pending") == ""
