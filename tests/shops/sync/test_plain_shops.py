"""Shops that know less than others: no variants, no beginning of a sale, no HTTP."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from backoffice.lib.errors import RateLimited, Refused, RemoteDown, Unsupported
from inventory.services.images import add_image
from shops.models import CallLog, Run
from shops.platforms.base import Connection, Line
from shops.platforms.registry import platform_for
from shops.platforms.woocommerce import WooCommerce
from shops.records import Sale
from shops.sync.connect import open_platform
from shops.sync.local import local_types
from shops.sync.local.amounts import shop_prices
from shops.sync.local.base import Side
from shops.sync.local.images import picture_file, public_url
from tests import factories as make
from tests.peers.turns import Turns
from tests.platforms.scenarios.goods import picture
from tests.shops.sync.conftest import set_rules

pytestmark = pytest.mark.django_db(transaction=True)

NO_VARIANTS = "This shop knows no variants."


@pytest.fixture
def plain(monkeypatch):
    """The stand-in, declared to know neither variants nor beginnings."""
    can = WooCommerce.capabilities
    article = replace(can["article"], variants=False, why={"variants": NO_VARIANTS})
    price = replace(can["price"], starts=False)
    monkeypatch.setattr(WooCommerce, "capabilities", {**can, "article": article, "price": price})


@pytest.mark.requirement("P2", "M11")
def test_variants_go_as_articles_of_their_own_and_their_parent_stays(shop, woo, sync, plain):
    vat, cups, kovar = make.make_vat_rate("22"), make.make_category("Cups"), make.make_producer("Kovar")
    shirt = make.make_article(
        "SHIRT", name="Shirt", has_variants=True, option_names=["Size"], vat_rate=vat, categories=[cups],
        producer=kovar, description="<p>Linen</p>",
    )  # fmt: skip
    for size in ("S", "M"):
        variant = make.make_article(f"SHIRT-{size}", name=f"Shirt {size}", parent=shirt, option_values=[size])
        make.make_stock(variant, shop.warehouses.get(), 4)
        make.make_price(shop.price_list, variant, "12.20")
    both = {"linked": "shop", "export_there": True}
    set_rules(
        shop, category=both, producer=both, article=both, stock={"linked": "shop"}, price={"linked": "shop"}
    )
    assert sync().state == "done"
    shown = {product.sku: product for product in woo.state.products.values()}
    assert sorted(shown) == ["SHIRT-M", "SHIRT-S"]
    small = shown["SHIRT-S"]
    assert (small.name, small.parent_id, small.description, small.stock_quantity) == (
        "Shirt S",
        0,
        "<p>Linen</p>",
        4,
    )
    assert [woo.state.terms[number]["name"] for number in small.category_ids] == ["Cups"]
    assert WooCommerce.can("article").reason("variants") == NO_VARIANTS
    woo.reset_counts()
    assert sync().changes.count() == 0
    assert woo.writes == []


@pytest.mark.requirement("P1", "P2")
def test_a_sale_is_sent_once_it_has_begun_to_a_shop_that_knows_no_beginnings(shop):
    article = make.make_article("MUG", vat_rate=make.make_vat_rate("22"))
    make.make_price(shop.price_list, article, "12.20")
    now = timezone.now()
    begins, ends = now + timedelta(days=1), now + timedelta(days=2)
    make.make_price(shop.sale_price_list, article, "10.98", valid_from=begins, valid_to=ends)

    def sale(moment, *, coming):
        return shop_prices(shop, [article.pk], moment=moment, coming=coming)[article.pk].sale

    whole = Sale(price=Decimal("10.98"), valid_from=begins, valid_to=ends)
    assert sale(now, coming=True) == whole
    assert sale(now, coming=False) == Sale()
    assert sale(begins, coming=False) == replace(whole, valid_from=None)
    assert sale(ends, coming=False) == Sale()


def test_the_class_of_a_platform_may_depend_on_the_shops_options(shop, monkeypatch):
    class Smaller(WooCommerce):
        pass

    monkeypatch.setattr(
        WooCommerce,
        "suited",
        classmethod(lambda cls, options: Smaller if options.get("plan") == "small" else cls),
    )
    assert platform_for(shop) is WooCommerce
    shop.options["plan"] = "small"
    assert platform_for(shop) is Smaller
    with open_platform(shop) as (platform, _book):
        assert isinstance(platform, Smaller)


# Without HTTP


def test_a_call_waits_its_turn_and_is_logged_without_secrets():
    calls, turns = [], Turns()
    line = Line(pace=turns, log=calls.append, secrets=("hush-hush",))
    assert line.call("SQL", "mysql://host/shop", "SELECT 'hush-hush'", lambda: 7) == 7

    def fails():
        raise RateLimited("too many", after_s=9, detail="hush-hush said no")

    with pytest.raises(RateLimited):
        line.call("SQL", "mysql://host/shop", "x", fails)
    assert (turns.waits, turns.penalties) == (2, [9])
    assert [call.error[:11] for call in calls] == ["", "RateLimited"]
    assert "hush-hush" not in repr(calls)


def test_a_platform_without_http_is_paced_logged_and_closed_like_every_other(shop):
    closed = []
    run = make.make_run(shop)
    with open_platform(shop, run, timeout_s=7, max_wait_s=3) as (platform, book):
        line = platform.connection.line
        line.on_close(lambda: closed.append(True))
        line.call("SQL", "mysql://host/shop", "SELECT 1", lambda: None)
        with pytest.raises(RemoteDown):
            line.call("SQL", "mysql://host/shop", "SELECT 2", down)
        assert (line.timeout_s, line.max_wait_s, book.requests, closed) == (7, 3, 2, [])
    assert closed == [True]
    assert list(CallLog.objects.order_by("id").values_list("method", "status", "sent")) == [
        ("SQL", None, "SELECT 1"),
        ("SQL", None, "SELECT 2"),
    ]
    assert Run.objects.get(pk=run.pk).requests == 2


def down():
    raise RemoteDown("gone")


def test_pictures_can_be_had_as_files(shop):
    image, _created = add_image(make.make_article("MUG"), picture("red"), name="front.png")
    with open_platform(shop) as (platform, _book):
        assert platform.connection.picture(public_url(image)) == picture("red")
    with pytest.raises(Refused):
        picture_file(public_url(image).replace(image.checksum, "0" * 64))
    with pytest.raises(Unsupported):
        Connection(address="", credentials={}, open_session=lambda _url: None).picture("x")


def test_a_variant_that_is_sold_by_itself_keeps_its_own_texts(shop, plain):
    shirt = make.make_article("SHIRT", has_variants=True, option_names=["Size"], description="of the parent")
    own = make.make_article("SHIRT-S", parent=shirt, option_values=["S"], description="its own")
    bare = make.make_article("SHIRT-M", parent=shirt, option_values=[])
    with open_platform(shop) as (platform, _book):
        records = local_types(Side(shop, platform))["article"].records([shirt.pk, own.pk, bare.pk])
    assert sorted(records) == [own.pk, bare.pk]
    found = {pk: (record.parent_id, record.variant, record.description) for pk, record in records.items()}
    assert found == {own.pk: ("", None, "its own"), bare.pk: ("", None, "of the parent")}
