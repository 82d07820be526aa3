"""Sets: how many their parts make, what may be a part, and the article's page."""

from __future__ import annotations

from decimal import ROUND_FLOOR, Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from inventory.errors import BadSet, BadVariant
from inventory.models import Article, SetComponent
from inventory.services.sets import free_pieces, parts_of, refuse_as_part, sets_with, whole_sets
from inventory.services.variants import make_parent
from tests.factories import make_article, make_set, make_stock, make_warehouse
from tests.inventory.test_admin_articles import article_data

D = Decimal


def free(article: Article, *warehouses: Any) -> Decimal:
    chosen = [warehouse.pk for warehouse in warehouses] or None
    return (
        Article.objects.annotate(free=free_pieces("pk", chosen))
        .values_list("free", flat=True)
        .get(pk=article.pk)
    )


@pytest.mark.django_db
def test_parts_of_everything_that_can_be_sold() -> None:
    mug, plate = make_article("MUG"), make_article("PLATE")
    pair = make_set("PAIR", {mug: 2, plate: "0.5"})
    empty, wrap = make_set("EMPTY", {}), make_article("WRAP", kind="service")
    parent = make_article("SHIRT", has_variants=True)
    assert parts_of([mug.pk, pair.pk, empty.pk, wrap.pk, parent.pk]) == {
        mug.pk: {mug.pk: D(1)},
        pair.pk: {mug.pk: D(2), plate.pk: D("0.5")},
        empty.pk: {},
        wrap.pk: {},
        parent.pk: {},
    }
    assert sets_with([plate.pk]) == {pair.pk}


@pytest.mark.django_db
def test_a_set_has_as_many_pieces_as_its_scarcest_part_makes() -> None:
    here, there = make_warehouse("LJ"), make_warehouse("MB", active=False)
    mug, plate = make_article("MUG"), make_article("PLATE")
    pair = make_set("PAIR", {mug: 2, plate: 1})
    make_stock(mug, here, 9, 2)
    make_stock(mug, there, 100)
    make_stock(plate, here, 50)
    assert (free(pair), free(mug), free(plate)) == (D(3), D(7), D(50))
    assert free(pair, here, there) == 50
    assert free(pair, there) == 0
    assert free(make_set("EMPTY", {})) == 0


class SetProperty(TestCase):
    """The database's arithmetic is Python's, with any thousandths."""

    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(
        st.lists(
            st.tuples(
                st.decimals(min_value=-5, max_value=500, places=3),
                st.decimals(min_value="0.001", max_value=20, places=3),
            ),
            min_size=1,
            max_size=4,
        )
    )
    def test_whole_sets(self, parts: list[tuple[Decimal, Decimal]]) -> None:
        main = make_warehouse()
        components = {make_article(): quantity for _on_hand, quantity in parts}
        for component, (on_hand, _quantity) in zip(components, parts, strict=True):
            make_stock(component, main, on_hand)
        whole = make_set("SET", components)
        expected = min((on_hand / quantity).to_integral_value(ROUND_FLOOR) for on_hand, quantity in parts)
        assert free(whole) == expected
        pieces = {part.pk: on_hand for part, (on_hand, _q) in zip(components, parts, strict=True)}
        made = whole_sets(pieces, {part.pk: quantity for part, quantity in components.items()})
        assert made.to_integral_value(ROUND_FLOOR) == expected


@pytest.mark.django_db
def test_only_goods_are_parts() -> None:
    whole = make_set("SET", {})
    for other in (
        whole,
        make_set("OTHER", {}),
        make_article("WRAP", kind="service"),
        make_article("SHIRT", has_variants=True),
    ):
        with pytest.raises(BadSet) as caught:
            refuse_as_part(whole, other)
        assert caught.value.cure
    refuse_as_part(whole, make_article("MUG"))


@pytest.mark.django_db
def test_what_is_in_a_set_stays_goods() -> None:
    mug = make_article("MUG")
    whole = make_set("SET", {mug: 2})
    mug.kind = "service"
    with pytest.raises(ValidationError, match="part of the set SET"):
        mug.clean()
    whole.kind = "goods"
    with pytest.raises(ValidationError, match="Take the parts out first"):
        whole.clean()
    for article in (mug, whole):
        with pytest.raises(BadVariant):
            make_parent(article, ["Size"])


@pytest.mark.django_db
def test_what_has_stock_becomes_no_set() -> None:
    mug = make_article("MUG")
    make_stock(mug, make_warehouse(), 3)
    mug.kind = "set"
    with pytest.raises(ValidationError, match="still has stock"):
        mug.clean()


def part_rows(*parts: tuple[Article, str], **more: str) -> dict[str, Any]:
    data: dict[str, Any] = {
        "components-TOTAL_FORMS": str(len(parts)),
        "components-INITIAL_FORMS": "0",
        "components-MIN_NUM_FORMS": "0",
    }
    for n, (article, quantity) in enumerate(parts):
        data |= {f"components-{n}-component": str(article.pk), f"components-{n}-quantity": quantity}
    return data | more


def test_parts_are_entered_on_the_sets_page(admin: Client) -> None:
    mug, whole = make_article("MUG"), make_set("SET", {})
    make_stock(mug, make_warehouse(), 7)
    url = reverse("admin:inventory_article_change", args=[whole.pk])
    data = article_data(sku="SET", kind="set")
    answer = admin.post(url, data | part_rows((mug, "2")))
    assert answer.status_code == 302, answer.context_data["errors"]
    part = SetComponent.objects.get()
    assert (part.whole, part.component, part.quantity) == (whole, mug, D(2))
    answer = admin.post(url, data | part_rows((whole, "1")))
    assert "cannot contain itself" in answer.content.decode()
    page = admin.get(url).content.decode()
    assert "Parts of the set" in page
    assert (
        "Parts of the set"
        not in admin.get(reverse("admin:inventory_article_change", args=[mug.pk])).content.decode()
    )


def test_the_list_shows_whole_sets_as_free(admin: Client) -> None:
    mug = make_article("MUG")
    make_set("SET", {mug: 2})
    make_stock(mug, make_warehouse(), 7)
    rows = admin.get(reverse("admin:inventory_article_changelist")).context_data["cl"].result_list
    assert {row.sku: row.list_free for row in rows} == {"MUG": D(7), "SET": D(3)}
