"""The page of a finished preview: totals, filters, files, comparison."""

from __future__ import annotations

import pytest

from shops.models import Change, Hold
from tests.shops.admin.preview.plans import text_of, url

pytestmark = pytest.mark.django_db


def test_the_totals_stand_in_the_two_directions(admin, plan):
    response = admin.get(url(plan))
    totals = response.context["totals"]
    articles = totals.lines[0]
    assert (articles.create_here, articles.create_shop, articles.update_shop, articles.not_possible) == (
        1,
        4,
        2,
        2,
    )
    assert (totals.lines[1].delete_shop, totals.all.equal, totals.planned, totals.to_do) == (3, 5046, 10, 10)
    html = text_of(response.content.decode())
    assert "Approve and run 10 changes" in html
    assert "3 deletions among them" in html
    assert "5 min ago; after 24 h make it anew" in html
    assert "5,058 elements compared" in html
    assert "The shop may still refuse some of it" in html


@pytest.mark.parametrize(
    ("show", "keys"),
    [
        ("shop", {"NEW-0", "NEW-1", "NEW-2", "NEW-3", "MUG-1", "MUG-2"}),
        ("here", {"HERE-1"}),
        ("delete", {"old-0.jpg", "old-1.jpg", "old-2.jpg"}),
        ("both", {"MUG-2"}),
        ("left", set()),
        ("held", set()),
        ("not", {"BOOK-0", "BOOK-1"}),
    ],
)
def test_each_filter_shows_its_own(admin, plan, show, keys):
    response = admin.get(url(plan), {"show": show})
    assert {change.key or change.name for change in response.context["table"]["rows"]} == keys
    assert (
        next(f["count"] for f in response.context["table"]["filters"] if f["key"] == show) == len(keys)
        or not keys
    )


def test_the_search_and_the_type_narrow_a_filter(admin, plan):
    rows = admin.get(url(plan), {"q": "vase", "kind": "article"}).context["table"]["rows"]
    assert [change.key for change in rows] == ["NEW-0", "NEW-1", "NEW-2", "NEW-3"]
    assert "No change of this preview fits." in admin.get(url(plan), {"q": "nothing"}).content.decode()


def test_long_plans_are_paged(admin, plan):
    Change.objects.bulk_create(
        Change(run=plan, kind="article", verb="update_shop", key=f"K-{n:03}") for n in range(90)
    )
    second = admin.get(url(plan), {"page": 2})
    assert len(second.context["table"]["rows"]) == 50
    assert second.context["table"]["first"] == 51
    assert admin.get(url(plan), {"page": "9" * 30}).status_code == 200


def test_the_page_needs_the_same_queries_for_few_and_many_changes(admin, plan, queries):
    few = queries(lambda: admin.get(url(plan)))
    hold = Hold.objects.create(run=plan, kind="price", risk="price", count=200, base=1000)
    Change.objects.bulk_create(
        Change(run=plan, kind="price", verb="update_shop", key=str(n), state="held", hold=hold)
        for n in range(200)
    )
    many = queries(lambda: admin.get(url(plan)))
    assert many <= few + 1
    assert many <= 20
