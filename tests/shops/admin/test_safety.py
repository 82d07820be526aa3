"""The tab Safety, and where open holds are shown."""

from __future__ import annotations

import pytest
from django.urls import reverse

from shops.models import Hold, Shop
from shops.sync.brake import limit_of
from tests.factories import make_run

pytestmark = pytest.mark.django_db


def url(shop):
    return reverse("admin:shops_shop_safety", args=[shop.pk])


def entered(**changed):
    values = {
        f"{name}_{risk}": text
        for risk in Hold.Risk.values
        for name, text in (("share", "10"), ("count", "20"))
    }
    owners = dict.fromkeys(("owner_texts", "owner_categories", "owner_prices", "owner_images"), "")
    return {**values, "jump_price": "50", **owners, **changed}


def test_own_limits_and_owners_are_saved_and_followed(admin, shop):
    html = admin.post(
        url(shop),
        entered(share_zero="2.5", count_zero="5", jump_price="30", owner_texts="shop"),
        follow=True,
    ).content.decode()
    shop.refresh_from_db()
    assert shop.brake_limits == {"zero": {"share": "2.5", "count": 5}, "price": {"jump": "30"}}
    assert shop.owners == {"texts": "shop"}
    assert limit_of(shop, "zero").exceeded(6, 200)
    assert not limit_of(shop, "zero").exceeded(5, 200)
    assert "Saved: brake, who decides." in html
    assert 'value="2.5"' in html


def test_the_defaults_are_kept_as_nothing(admin, shop):
    Shop.objects.filter(pk=shop.pk).update(brake_limits={"zero": {"count": 5}}, owners={"texts": "shop"})
    admin.post(url(shop), entered())
    shop.refresh_from_db()
    assert (shop.brake_limits, shop.owners) == ({}, {})
    assert "Nothing was changed." in admin.post(url(shop), entered(), follow=True).content.decode()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("share_delete", "101"),
        ("share_delete", "-1"),
        ("count_hide", "x"),
        ("jump_price", ""),
        ("owner_texts", "both"),
    ],
)
def test_what_makes_no_sense_is_refused_and_nothing_is_saved(admin, shop, name, value):
    response = admin.post(url(shop), entered(count_zero="3", **{name: value}))
    assert response.status_code == 200
    assert name in response.context["form"].errors
    shop.refresh_from_db()
    assert shop.brake_limits == {}


def test_who_may_not_change_sees_the_settings_switched_off(staff, shop):
    client = staff("view_shop")
    html = client.get(url(shop)).content.decode()
    assert "Changing them needs the role Administrator." in html
    assert client.post(url(shop), entered(count_zero="3")).status_code == 403
    shop.refresh_from_db()
    assert shop.brake_limits == {}


@pytest.mark.parametrize("page", ["safety", "change", "index"])
def test_open_holds_are_shown_where_people_look(admin, shop, page, queries):
    run = make_run(shop, state="partly")
    Hold.objects.create(run=run, kind="stock", risk="zero", count=30, base=40)
    Hold.objects.create(
        run=make_run(shop, state="partly"), kind="stock", risk="zero", count=7, base=9, state="discarded"
    )
    address = (
        reverse("admin:index") if page == "index" else reverse(f"admin:shops_shop_{page}", args=[shop.pk])
    )
    html = " ".join(admin.get(address).content.decode().split())
    assert "The brake holds 30 changes of Lipa PL: Stock, stock set to zero. That is 75 % of 40." in html
    assert html.count("The brake holds") == 1
    one = queries(lambda: admin.get(address))
    Hold.objects.create(run=make_run(shop), kind="article", risk="hide", count=30, base=40)
    assert queries(lambda: admin.get(address)) == one
