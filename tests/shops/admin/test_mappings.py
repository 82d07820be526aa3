"""Mappings: what belongs together."""

from __future__ import annotations

import pytest
from django.urls import reverse

from backoffice.lib.errors import Conflict
from orders.models import OrderStatus, PaymentMethod, ShippingMethod
from shops.models import RemoteElement, Rule
from shops.services import links
from shops.services.partners import names_of
from shops.services.suggestions import suggestions
from shops.sync.local.base import Side
from tests.factories import (
    make_article,
    make_category,
    make_link,
    make_order_status,
    make_shop,
    make_vat_rate,
)
from tests.shops.fakes import Fabric

pytestmark = pytest.mark.django_db


def url(shop, kind="payment_method"):
    return reverse("admin:shops_shop_mappings_kind", args=[shop.pk, kind])


def there(shop, kind, name, key="", **fields):
    number = RemoteElement.objects.count() + 1
    return RemoteElement.objects.create(
        shop=shop, kind=kind, remote_id=f"r{number}", name=name, natural_key=key or name.casefold(), **fields
    )


@pytest.fixture
def payu(shop):
    return PaymentMethod.objects.create(name="PayU")


@pytest.mark.requirement("O8")
def test_the_same_name_is_suggested_and_nothing_is_linked_until_said_so(admin, shop, payu):
    same, other = there(shop, "payment_method", "payu"), there(shop, "payment_method", "Barter")
    html = admin.get(url(shop)).content.decode()
    suggested, without = html.index("Suggestions"), html.index("Without a suggestion")
    assert (
        suggested < html.index(f'value="link:{same.pk}"') < without < html.index(f'value="link:{other.pk}"')
    )
    assert "same name" in html
    same.refresh_from_db()
    assert same.local_id is None


@pytest.mark.requirement("O8")
def test_linking_keeps_both_sides_and_the_numbers_of_the_matrix(admin, shop, payu):
    element = there(shop, "payment_method", "BLIK", problem_print="x", synced_here_print="y")
    Rule.objects.filter(shop=shop, kind="payment_method").update(
        linked_count=6, only_shop_count=1, only_here_count=1
    )
    html = admin.post(
        url(shop), {"do": f"link:{element.pk}", f"local-{element.pk}": payu.pk}, follow=True
    ).content.decode()
    element.refresh_from_db()
    assert element.local_id == payu.pk
    assert (element.synced_here_print, element.problem_print) == ("", "")
    assert "“BLIK” is linked." in html
    rule = Rule.objects.get(shop=shop, kind="payment_method")
    assert (rule.linked_count, rule.only_shop_count, rule.only_here_count) == (7, 0, 0)


def test_what_is_taken_cannot_be_linked_twice(admin, shop):
    rate = make_vat_rate("22")
    make_link(shop, "vat_rate", rate.pk, "1", name="Standard")
    element = there(shop, "vat_rate", "Standard too")
    html = admin.post(
        url(shop, "vat_rate"), {"do": f"link:{element.pk}", f"local-{element.pk}": rate.pk}, follow=True
    ).content.decode()
    element.refresh_from_db()
    assert element.local_id is None
    assert "already linked with another element of this shop" in html
    with pytest.raises(Conflict, match="no longer exists"):
        links.link(element, 999_999)


@pytest.mark.requirement("O8")
def test_several_methods_of_the_shop_may_mean_one_of_ours(admin, shop):
    sent = make_order_status("Shipped", kind="shipped")
    first = there(shop, "order_status", "Sent")
    second = there(shop, "order_status", "Handed over")
    for element in (first, second):
        admin.post(url(shop, "order_status"), {"do": f"link:{element.pk}", f"local-{element.pk}": sent.pk})
    side = Side(shop, Fabric)
    assert side.local_ids("order_status") == {first.remote_id: sent.pk, second.remote_id: sent.pk}
    assert side.remote_ids("order_status") == {sent.pk: first.remote_id}
    linked = f"{url(shop, 'order_status')}?show=linked"
    assert "another one is sent to the shop" in admin.get(linked).content.decode()
    admin.post(linked, {"do": f"prefer:{second.pk}"})
    side.forget("order_status")
    assert side.remote_ids("order_status") == {sent.pk: second.remote_id}
    second.refresh_from_db()
    links.unlink(second)
    side.forget("order_status")
    assert side.remote_ids("order_status") == {sent.pk: first.remote_id}


@pytest.mark.requirement("O8")
@pytest.mark.parametrize(
    ("kind", "theirs", "ours"),
    [
        ("payment_method", "Dobírka", "Cash on delivery"),
        ("payment_method", "Przelew bankowy", "Bank transfer"),
        ("payment_method", "Szybki przelew – BLIK", "Online payment"),
        ("payment_method", "Bankkártyás fizetés", "Card"),
        ("payment_method", "Plačilo po povzetju", "Cash on delivery"),
        ("payment_method", "Po predračunu (UPN)", "Bank transfer"),
        ("shipping_method", "Kurýr GLS", "GLS home delivery"),
        ("shipping_method", "Csomagautomata", "Parcel locker"),
        ("shipping_method", "Odbiór osobisty", "Personal pick-up"),
        ("order_status", "W trakcie realizacji", "Being packed"),
        ("order_status", "Odesláno", "On its way"),
        ("order_status", "Törölve", "Dropped"),
        ("order_status", "Vrnjeno", "Back again"),
    ],
)
def test_what_means_the_same_in_another_language_is_proposed_but_never_sure(shop, kind, theirs, ours):
    for name in ("Cash on delivery", "Bank transfer", "Online payment", "Card", "Barter"):
        PaymentMethod.objects.create(name=name)
    for name in ("GLS home delivery", "DPD home delivery", "Parcel locker", "Personal pick-up"):
        ShippingMethod.objects.create(name=name)
    for name, meaning in (
        ("Just in", "new"), ("Being packed", "processing"), ("On its way", "shipped"), ("Dropped", "cancelled"),
        ("Back again", "returned"),
    ):  # fmt: skip
        make_order_status(name, kind=meaning)
    element = there(shop, kind, theirs)
    found = suggestions(shop, kind, [element])[element.pk]
    assert [names_of(kind, [pk])[pk] for pk in found.local_ids] == [ours]
    assert (found.sure, found.why) == (False, "means the same")


@pytest.mark.requirement("O8")
def test_what_another_shop_calls_the_same_is_proposed(shop, payu):
    other = make_shop("si", name="Lipa SI", platform="fabric")
    make_link(other, "payment_method", payu.pk, "x", name="Chmura")
    element = there(shop, "payment_method", "chmura")
    found = suggestions(shop, "payment_method", [element])
    assert found == {}  # names are compared as the shops write them
    element = there(shop, "payment_method", "Chmura")
    found = suggestions(shop, "payment_method", [element])[element.pk]
    assert (found.local_ids, found.why) == ((payu.pk,), "linked so in Lipa SI")


def test_a_created_status_means_what_its_name_says(admin, shop):
    element = there(shop, "order_status", "Storno")
    admin.post(url(shop, "order_status"), {"do": f"create:{element.pk}"})
    assert OrderStatus.objects.get(name="Storno").kind == "cancelled"


def test_nothing_chosen_says_what_to_do(admin, shop):
    element = there(shop, "payment_method", "BLIK")
    html = admin.post(url(shop), {"do": f"link:{element.pk}"}, follow=True).content.decode()
    assert "“BLIK” was not linked" in html


def test_an_article_is_linked_by_the_sku_that_was_typed(admin, shop):
    article = make_article("MUG-1", name="Mug")
    element = there(shop, "article", "Kubek", key="KUB")
    admin.post(url(shop, "article"), {"do": f"link:{element.pk}", f"text-{element.pk}": "MUG-1 Mug"})
    element.refresh_from_db()
    assert element.local_id == article.pk
    options = admin.get(
        reverse("admin:shops_shop_mappings_search", args=[shop.pk, "article"]), {"text-1": "mu"}
    )
    assert "MUG-1" not in options.content.decode()  # it has its partner now
    other = make_article("MUG-2", name="Mug 2")
    options = admin.get(
        reverse("admin:shops_shop_mappings_search", args=[shop.pk, "article"]), {"text-1": "mu"}
    )
    assert str(other) in options.content.decode()


@pytest.mark.requirement("P3")
def test_link_all_sure_ones_never_guesses(admin, shop):
    sure, twice, same_name = make_article("A-1"), make_article("A-2"), make_article("A-3", name="Vase")
    by_sku = there(shop, "article", "x", key="A-1")
    doubles = [there(shop, "article", "y", key="A-2"), there(shop, "article", "z", key="A-2")]
    by_name = there(shop, "article", "Vase", key="B-9")
    ean = make_article("A-4", ean="3838")
    by_ean = there(shop, "article", "q", key="B-8", second_key="3838")
    html = admin.post(url(shop, "article"), {"do": "sure"}, follow=True).content.decode()
    assert "2 elements were linked." in html
    linked = dict(RemoteElement.objects.linked().values_list("pk", "local_id"))
    assert linked == {by_sku.pk: sure.pk, by_ean.pk: ean.pk}
    assert {e.pk for e in [*doubles, by_name]}.isdisjoint(linked)
    assert twice.pk not in linked.values()
    assert same_name.pk not in linked.values()
    page = admin.get(url(shop, "article")).content.decode()
    assert "the shop has this SKU twice" in page


def test_ticked_ones_are_linked_together(admin, shop, payu):
    cash = PaymentMethod.objects.create(name="Cash")
    one, two = there(shop, "payment_method", "PayU"), there(shop, "payment_method", "cash")
    admin.post(
        url(shop),
        {"do": "ticked", "ticked": [one.pk, two.pk], f"local-{one.pk}": payu.pk, f"local-{two.pk}": cash.pk},
    )
    assert dict(RemoteElement.objects.linked().values_list("pk", "local_id")) == {
        one.pk: payu.pk,
        two.pk: cash.pk,
    }


def test_create_here_makes_our_row_and_links_it(admin, shop):
    element = there(shop, "payment_method", "BLIK")
    admin.post(url(shop), {"do": f"create:{element.pk}"})
    element.refresh_from_db()
    assert PaymentMethod.objects.get(name="BLIK").pk == element.local_id
    article = there(shop, "article", "Kubek")
    html = admin.post(url(shop, "article"), {"do": f"create:{article.pk}"}, follow=True).content.decode()
    assert "are created here by the sync" in html


def test_ignored_ones_leave_the_list_and_come_back(admin, shop):
    element = there(shop, "payment_method", "BLIK")
    Rule.objects.filter(shop=shop, kind="payment_method").update(only_shop_count=1, linked_count=0)
    admin.post(url(shop), {"do": f"ignore:{element.pk}"})
    element.refresh_from_db()
    assert element.state == "ignored"
    assert Rule.objects.get(shop=shop, kind="payment_method").only_shop_count == 0
    assert f"link:{element.pk}" not in admin.get(url(shop)).content.decode()
    assert "Take back" in admin.get(url(shop), {"show": "ignored"}).content.decode()
    admin.post(url(shop), {"do": f"back:{element.pk}"})
    element.refresh_from_db()
    assert element.state == "present"


def test_unlinking_asks_and_says_what_the_next_sync_would_do(admin, shop):
    article = make_article("MUG-1")
    element = make_link(shop, "article", article.pk, "36", name="Kubek", synced_here_print="x")
    Rule.objects.filter(shop=shop, kind="article").update(delete_there=True)
    unlink = reverse("admin:shops_shop_mappings_unlink", args=[shop.pk, "article", element.pk])
    html = admin.get(unlink).content.decode()
    assert "Unlink “Kubek”?" in html
    assert "The next sync would delete it in the shop" in html
    element.refresh_from_db()
    assert element.local_id == article.pk
    admin.post(unlink)
    element.refresh_from_db()
    assert (element.local_id, element.synced_here_print) == (None, "")
    assert "not linked any more" in admin.get(unlink, follow=True).content.decode()


def test_without_the_right_nothing_can_be_linked(staff, shop, payu):
    client = staff("view_shop")
    element = there(shop, "payment_method", "BLIK")
    html = client.get(url(shop)).content.decode()
    assert f"link:{element.pk}" not in html
    data = {"do": f"link:{element.pk}", f"local-{element.pk}": payu.pk}
    assert client.post(url(shop), data).status_code == 403
    linked = make_link(shop, "payment_method", payu.pk, "z")
    unlink = reverse("admin:shops_shop_mappings_unlink", args=[shop.pk, "payment_method", linked.pk])
    assert client.post(unlink).status_code == 403
    linked.refresh_from_db()
    assert linked.local_id == payu.pk


def test_an_element_of_another_shop_is_out_of_reach(admin, shop, payu):
    other = make_shop("other", platform="fabric")
    element = there(other, "payment_method", "BLIK")
    admin.post(url(shop), {"do": f"link:{element.pk}", f"local-{element.pk}": payu.pk})
    element.refresh_from_db()
    assert element.local_id is None


def test_vat_rates_are_sure_by_country_and_percentage(shop):
    rate = make_vat_rate("9.5", "SI")
    sure = there(shop, "vat_rate", "DDV 9.5", content={"country": "SI", "percent": "9.5"})
    alike = there(shop, "vat_rate", "9.5", content={"country": "", "percent": "9.5"})
    found = suggestions(shop, "vat_rate", [sure, alike])
    assert (found[sure.pk].local_ids, found[sure.pk].sure) == ((rate.pk,), True)
    assert not found[alike.pk].sure


def test_unknown_types_are_not_found(admin, shop):
    assert admin.get(url(shop, "stock")).status_code == 404
    assert admin.get(url(shop, "nonsense")).status_code == 404


@pytest.mark.parametrize("kind", ["article", "category", "payment_method"])
def test_the_list_needs_the_same_queries_for_50_and_500_elements(admin, shop, queries, kind):
    def fill(start, count):
        for n in range(start, start + count):
            if kind == "article":
                make_article(f"K-{n}")
            elif kind == "category":
                make_category(f"K-{n}")
            else:
                PaymentMethod.objects.create(name=f"K-{n}")
        RemoteElement.objects.bulk_create(
            RemoteElement(shop=shop, kind=kind, remote_id=str(n), name=f"K-{n}", natural_key=f"K-{n}")
            for n in range(start, start + count)
        )

    fill(0, 50)
    few = queries(lambda: admin.get(url(shop, kind)))
    fill(50, 450)
    many = queries(lambda: admin.get(url(shop, kind)))
    assert few == many
    assert many <= 20
