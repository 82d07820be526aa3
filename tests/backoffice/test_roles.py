"""The roles that come with Kontor."""

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.core.management import call_command
from django.urls import reverse

from backoffice.roles import ROLES, ensure_roles, granted

pytestmark = pytest.mark.django_db


def may(role: str) -> set[str]:
    user = User.objects.create_user(role.lower().replace(" ", "-"), is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    return user.get_all_permissions()


def test_migrating_makes_the_roles_and_keeps_them():
    assert set(Group.objects.values_list("name", flat=True)) == {role.name for role in ROLES}
    sales = Group.objects.get(name="Sales")
    sales.permissions.clear()
    own = Group.objects.create(name="Temps")
    own.permissions.add(Permission.objects.get(codename="view_order"))
    call_command("migrate", verbosity=0)
    assert sales.permissions.filter(codename="accept_order").exists()
    assert [permission.codename for permission in own.permissions.all()] == ["view_order"]


def test_every_pattern_of_a_role_names_something():
    names = [
        f"{label}.{codename}"
        for label, codename in Permission.objects.values_list("content_type__app_label", "codename")
    ]
    for role in ROLES:
        for pattern in role.may + role.never:
            lone = type(role)(role.name, "", "", (pattern,))
            assert granted(lone, names), f"{role.name}: {pattern}"


def test_each_role_may_what_its_work_needs_and_no_more():
    sales, warehouse = may("Sales"), may("Warehouse")
    accounting, reader = may("Accounting"), may("Read only")
    assert {"orders.accept_order", "orders.cancel_order", "orders.close_document", "shops.run_shop"} <= sales
    assert {"inventory.close_stockcount", "inventory.change_stocklevel"} <= warehouse
    assert "orders.issue_delivery_note" in warehouse
    assert not {"orders.close_document", "orders.issue_invoice", "orders.issue_credit_note"} & warehouse
    assert "orders.close_document" in accounting
    assert {"orders.correct_document", "orders.book_payment", "orders.change_numberseries"} <= accounting
    for role in (sales, warehouse, accounting, reader):
        assert not {"shops.see_credentials", "shops.decide_hold", "auth.add_user"} & role
        assert "orders.delete_order" not in role
    assert all(name.split(".")[1].startswith("view_") for name in reader)
    assert "orders.book_payment" not in sales | warehouse
    assert "inventory.change_stockmovement" not in warehouse
    assert {"shops.see_credentials", "shops.decide_hold", "auth.change_user"} <= may("Administrator")


def test_keeping_them_costs_a_handful_of_queries(django_assert_max_num_queries):
    with django_assert_max_num_queries(120):  # most of them Django's own look at each model's permissions
        ensure_roles()


def test_the_list_says_what_a_role_is_for_and_ours_are_not_edited(client):
    client.force_login(User.objects.create_superuser("admin"))
    html = client.get(reverse("admin:auth_group_changelist")).content.decode()
    assert "Packs" not in html
    assert "packs orders and issues delivery notes" in html
    page = client.get(reverse("admin:auth_group_change", args=[Group.objects.get(name="Sales").pk]))
    assert page.status_code == 200
    assert 'name="_save"' not in page.content.decode()
    own = Group.objects.create(name="Temps")
    assert 'name="_save"' in client.get(reverse("admin:auth_group_change", args=[own.pk])).content.decode()
