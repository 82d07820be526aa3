"""A preview made anew, as a file, compared with the one before."""

from __future__ import annotations

import io

import pytest
from django.utils import timezone
from openpyxl import load_workbook

from shops.models import Run
from tests.factories import make_run
from tests.shops.admin.preview.plans import add, url

pytestmark = pytest.mark.django_db


def test_the_same_preview_is_made_anew(admin, staff, plan):
    assert staff("view_run").post(url(plan, "anew")).status_code == 403
    assert admin.get(url(plan, "anew")).status_code == 405
    response = admin.post(url(plan, "anew"))
    again = Run.objects.exclude(pk=plan.pk).get()
    assert (again.mode, again.job, response.url) == ("preview", "sync", url(again))


def test_making_anew_in_a_shop_that_is_off_says_why(admin, plan):
    plan.shop.active = False
    plan.shop.save()
    html = admin.post(url(plan, "anew"), follow=True).content.decode()
    assert "Lipa PL is switched off" in html
    assert Run.objects.count() == 1


def test_the_plan_as_csv_has_a_line_for_each_field_and_no_formula(admin, plan):
    response = admin.get(url(plan, "plan_file", "csv"))
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    lines = text.splitlines()
    assert lines[0].startswith("type;what;result;key;name;shop_id;field;before;after;both_sides")
    assert len(lines) == 1 + 12 + 1  # MUG-2 changes two fields
    assert "Articles;Update in shop;Planned;MUG-1;;;Name;Old mug;'=cmd|' /C calc'!A0;0;changed here;" in lines
    assert f"preview-pl-{plan.pk}.csv" in response["Content-Disposition"]


def test_the_plan_as_xlsx_can_be_opened(admin, plan):
    book = load_workbook(io.BytesIO(b"".join(admin.get(url(plan, "plan_file", "xlsx")).streaming_content)))
    rows = list(book.active.iter_rows(values_only=True))
    assert rows[0][:4] == ("Element type", "What happens", "Result", "Key")
    assert len(rows) == 14
    assert admin.get(url(plan, "plan_file", "xml")).status_code == 404


def test_a_preview_is_compared_with_the_one_before(admin, plan):
    assert "Compare with the previous preview" not in admin.get(url(plan)).content.decode()
    later = make_run(plan.shop, mode="preview", state="done", finished_at=timezone.now())
    for key in ("MUG-1", "MUG-3"):
        add(later, key=key)
    page = admin.get(url(later, "compare"))
    assert [(pill["key"], pill["count"]) for pill in page.context["pills"]] == [
        ("new", 1),
        ("gone", 9),
        ("same", 1),
    ]
    assert [row["key"] for row in page.context["rows"]] == ["MUG-3"]
    same = admin.get(url(later, "compare"), {"show": "same"})
    assert [row["key"] for row in same.context["rows"]] == ["MUG-1"]
    assert admin.get(url(plan, "compare")).status_code == 404
