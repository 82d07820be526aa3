"""What only the shop has, left out always."""

from __future__ import annotations

import pytest
from django.urls import reverse

from shops.models import RemoteElement
from shops.services import plans
from tests.shops.admin.preview.plans import add

pytestmark = pytest.mark.django_db


@pytest.fixture
def only_there(plan):
    """A change that would import what only the shop has."""
    element = RemoteElement.objects.create(
        shop=plan.shop, kind="article", remote_id="77", natural_key="HERE-2"
    )
    return add(plan, verb="create_here", key="HERE-2", element=element)


def always(change):
    return reverse("admin:shops_run_leave_out_always", args=[change.run_id, change.pk])


def test_what_only_the_shop_has_can_be_left_out_always_and_taken_back_under_mappings(admin, plan, only_there):
    html = admin.get(reverse("admin:shops_run_change", args=[plan.pk])).content.decode()
    assert html.count("Leave out always") == 1  # not for what is linked or only here
    answer = admin.post(always(only_there), follow=True)
    assert "“HERE-2” is left out from now on." in answer.content.decode()
    only_there.refresh_from_db()
    assert (only_there.state, only_there.element.state) == ("held", "ignored")
    assert "Left out always by petra" in only_there.message
    ignored = reverse("admin:shops_shop_mappings_kind", args=[plan.shop_id, "article"]) + "?show=ignored"
    assert "HERE-2" in admin.get(ignored).content.decode()
    plans.take_in([only_there.pk], plan)
    only_there.refresh_from_db()
    assert only_there.state == "held"


def test_leaving_out_always_keeps_the_ticks_of_the_page(admin, plan, only_there):
    mug = plan.changes.get(key="MUG-1")
    admin.post(always(only_there), {"shown": [mug.pk, only_there.pk], "tick": [only_there.pk]})
    mug.refresh_from_db()
    assert mug.state == "held"


def test_what_was_linked_meanwhile_cannot_be_left_out_always(admin, plan, only_there):
    RemoteElement.objects.update(local_id=5)
    html = admin.post(always(only_there), follow=True).content.decode()
    assert "This cannot be left out always" in html
    only_there.refresh_from_db()
    assert (only_there.state, only_there.element.state) == ("planned", "present")


def test_leaving_out_always_needs_the_right_to_change_shops_and_a_click(admin, staff, plan, only_there):
    assert admin.get(always(only_there)).status_code == 405
    client = staff("view_run", "run_shop")
    assert client.post(always(only_there)).status_code == 403
    page = client.get(reverse("admin:shops_run_change", args=[plan.pk])).content.decode()
    assert "Leave out always" not in page
    only_there.refresh_from_db()
    assert only_there.state == "planned"
