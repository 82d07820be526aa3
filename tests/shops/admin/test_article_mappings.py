"""Mappings of articles: both sides, suggestions, many at once, keys that the shop has twice."""

from __future__ import annotations

import pytest
from django.urls import reverse

from shops.models import RemoteElement, Rule
from shops.services import links
from shops.services.suggestions import suggestions
from tests.factories import make_article, make_shop

pytestmark = pytest.mark.django_db


def url(shop, kind="article"):
    return reverse("admin:shops_shop_mappings_kind", args=[shop.pk, kind])


def there(shop, remote_id, name="", sku="", ean="", **fields):
    return RemoteElement.objects.create(
        shop=shop, kind="article", remote_id=remote_id, name=name, natural_key=sku, second_key=ean, **fields
    )


def test_names_much_alike_are_suggested_but_never_sure(shop):
    mug = make_article("MUG-1", name="Mug blue glazed small")
    make_article("TAB-1", name="Table of oak")
    alike = there(shop, "1", "Mug blue glazed smal")
    other = there(shop, "2", "Candlestick")
    found = suggestions(shop, "article", [alike, other])
    assert (found[alike.pk].local_ids, found[alike.pk].sure, found[alike.pk].why) == (
        (mug.pk,),
        False,
        "similar name",
    )
    assert other.pk not in found
    assert links.link_all_sure(shop, "article") == 0


def test_what_is_only_here_is_shown_with_what_may_belong_to_it(admin, shop):
    mug = make_article("MUG-1", name="Mug", ean="3838")
    make_article("TAB-1", name="Table")
    same = there(shop, "7", "Cup", sku="CUP-7", ean="3838")
    html = " ".join(admin.get(url(shop), {"show": "here"}).content.decode().split())
    assert "same EAN" in html
    assert "no such SKU, EAN or name there" in html
    admin.post(f"{url(shop)}?show=here", {"do": f"join:{same.pk}-{mug.pk}"})
    same.refresh_from_db()
    assert same.local_id == mug.pk
    assert "MUG-1" not in admin.get(url(shop), {"show": "here"}).content.decode()


def test_only_here_can_be_searched(admin, shop):
    make_article("MUG-1", name="Mug")
    make_article("TAB-1", name="Table")
    html = admin.get(url(shop), {"show": "here", "q": "TAB"}).content.decode()
    assert "TAB-1" in html
    assert "MUG-1" not in html


def test_a_sku_that_stands_twice_is_listed_with_both_sides_and_decided_by_hand(admin, shop):
    article = make_article("NAP-45", name="Napkin")
    right, wrong = there(shop, "118", "Napkin", sku="NAP-45"), there(shop, "902", "Napkin old", sku="NAP-45")
    there(shop, "3", "Single", sku="ONE-1")
    assert "has some keys more than once" in admin.get(url(shop)).content.decode()
    html = " ".join(admin.get(url(shop), {"show": "twice"}).content.decode().split())
    assert "Link no. 118" in html
    assert "Ignore no. 902" in html
    assert "ONE-1" not in html
    admin.post(f"{url(shop)}?show=twice", {"do": f"join:{right.pk}-{article.pk}"})
    right.refresh_from_db()
    assert right.local_id == article.pk
    assert "Link no. 902" not in admin.get(url(shop), {"show": "twice"}).content.decode()
    admin.post(f"{url(shop)}?show=twice", {"do": f"ignore:{wrong.pk}"})
    wrong.refresh_from_db()
    assert wrong.state == "ignored"
    assert "No key stands twice in the shop" in admin.get(url(shop), {"show": "twice"}).content.decode()


def test_a_double_leads_to_the_panel_of_the_shop(admin):
    from shops.services.rules import ensure_rules

    shop = make_shop("woo", address="https://lipa.example")
    ensure_rules(shop)
    for remote_id in ("118", "902"):
        there(shop, remote_id, "Napkin", sku="NAP-45")
    html = admin.get(url(shop), {"show": "twice"}).content.decode()
    assert "https://lipa.example/wp-admin/post.php?post=902&amp;action=edit" in html


def test_many_are_ignored_at_once_after_a_question(admin, shop):
    chosen = [there(shop, str(n), f"Old {n}") for n in range(3)]
    kept = there(shop, "9", "Kept")
    ticked = [element.pk for element in chosen]
    html = admin.post(url(shop), {"do": "ignore-ticked", "ticked": ticked}).content.decode()
    assert "Ignore 3 elements?" in html
    assert "Old 0, Old 1, Old 2" in html
    assert not RemoteElement.objects.filter(state="ignored").exists()
    html = admin.post(url(shop), {"do": "ignore-asked", "ticked": ticked}, follow=True).content.decode()
    assert "3 elements are ignored from now on." in html
    assert set(RemoteElement.objects.filter(state="ignored").values_list("pk", flat=True)) == set(ticked)
    kept.refresh_from_db()
    assert kept.state == "present"


def test_many_are_unlinked_at_once_after_a_question(admin, shop):
    Rule.objects.filter(shop=shop, kind="article").update(
        linked_count=2, only_here_count=0, only_shop_count=0
    )
    linked = [there(shop, str(n), f"Mug {n}", local_id=make_article(f"MUG-{n}").pk) for n in range(2)]
    ticked = [element.pk for element in linked]
    assert (
        "Unlink 2 elements?"
        in admin.post(url(shop), {"do": "unlink-ticked", "ticked": ticked}).content.decode()
    )
    assert RemoteElement.objects.filter(local_id=None).count() == 0
    html = admin.post(url(shop), {"do": "unlink-asked", "ticked": ticked}, follow=True).content.decode()
    assert "2 elements are no longer linked." in html
    assert RemoteElement.objects.filter(local_id=None).count() == 2
    rule = Rule.objects.get(shop=shop, kind="article")
    assert (rule.linked_count, rule.only_here_count, rule.only_shop_count) == (0, 2, 2)


@pytest.mark.parametrize("act", ["ignore-ticked", "unlink-ticked", "ignore-asked"])
def test_nothing_ticked_changes_nothing_and_says_so(admin, shop, act):
    there(shop, "1", "Mug")
    html = admin.post(url(shop), {"do": act}, follow=True).content.decode()
    assert "Nothing is ticked, so nothing was changed." in html
    assert RemoteElement.objects.get().state == "present"


@pytest.mark.parametrize("act", ["ignore-asked", "unlink-asked", "ignore-ticked"])
def test_acting_on_many_needs_the_right(staff, shop, act):
    element = there(shop, "1", "Mug")
    assert staff("view_shop").post(url(shop), {"do": act, "ticked": [element.pk]}).status_code == 403
    element.refresh_from_db()
    assert element.state == "present"


def test_a_join_with_what_is_linked_already_says_so(admin, shop):
    article = make_article("MUG-1")
    there(shop, "1", "Mug", local_id=article.pk)
    other = there(shop, "2", "Mug too")
    html = admin.post(url(shop), {"do": f"join:{other.pk}-{article.pk}"}, follow=True).content.decode()
    assert "already linked with another element" in html
    other.refresh_from_db()
    assert other.local_id is None


@pytest.mark.parametrize("show", ["open", "here", "twice", "linked"])
def test_each_list_needs_the_same_queries_for_few_and_many(admin, shop, queries, show):
    def fill(start, count):
        for n in range(start, start + count):
            make_article(f"EAN-{n}", name=f"Only here number {n}", ean=f"38{n}")
            there(shop, f"a{n}", f"Only here numbr {n}", ean=f"38{n}")
            there(shop, f"b{n}", "Double", sku=f"DUP-{n}")
            there(shop, f"c{n}", "Double", sku=f"DUP-{n}")
            there(shop, f"d{n}", "Linked", sku=f"L-{n}", local_id=make_article(f"L-{n}").pk)

    fill(0, 2)
    few = queries(lambda: admin.get(url(shop), {"show": show}))
    fill(2, 10)
    assert queries(lambda: admin.get(url(shop), {"show": show})) == few
