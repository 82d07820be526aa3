"""Changing stock by hand: always through the ledger."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from inventory.models import StockLevel, StockMovement
from inventory.services import stock
from tests.factories import make_article, make_warehouse

D = Decimal
LIST = "admin:inventory_stocklevel_changelist"


@pytest.fixture
def level(db: None) -> StockLevel:
    main, mug = make_warehouse(), make_article("MUG", name="Mug")
    stock.move([(mug.pk, main.pk, D(10))], kind="opening", cause="Start")
    return StockLevel.objects.get()


def form_of(response: Any) -> dict[str, Any]:
    """What the browser would send back untouched, hidden initial values too."""
    form = response.context_data["adminform"].form
    data = {}
    for name, field in form.fields.items():
        value = form[name].value()
        data[name] = "" if value is None else value
        if field.show_hidden_initial:
            data[f"initial-{name}"] = data[name]
    return data


def test_the_form_books_the_difference_with_its_reason(admin: Client, level: StockLevel) -> None:
    url = reverse("admin:inventory_stocklevel_change", args=[level.pk])
    data = form_of(admin.get(url)) | {"on_hand": "7", "cause": "Broken in transport"}
    assert admin.post(url, data).status_code == 302
    level.refresh_from_db()
    assert level.on_hand == 7
    movement = StockMovement.objects.first()
    assert movement is not None
    assert (movement.quantity, movement.kind, movement.cause) == (D(-3), "correction", "Broken in transport")
    assert movement.by == User.objects.get(username="boss")


def test_saving_without_a_new_quantity_moves_nothing(admin: Client, level: StockLevel) -> None:
    url = reverse("admin:inventory_stocklevel_change", args=[level.pk])
    page = admin.get(url)
    stock.move([(level.article_id, level.warehouse_id, D(-4))], kind="issue", cause="Sold meanwhile")
    admin.post(url, form_of(page) | {"minimum": "3"})
    level.refresh_from_db()
    assert (level.on_hand, level.minimum) == (D(6), D(3))
    assert StockMovement.objects.count() == 2


def test_a_sale_between_looking_and_saving_is_noticed(admin: Client, level: StockLevel) -> None:
    url = reverse("admin:inventory_stocklevel_change", args=[level.pk])
    page = admin.get(url)
    stock.move([(level.article_id, level.warehouse_id, D(-4))], kind="issue", cause="Sold meanwhile")
    response = admin.post(url, form_of(page) | {"on_hand": "12"})
    assert response.status_code == 200
    assert "it is 6 now" in response.content.decode()
    level.refresh_from_db()
    assert level.on_hand == 6


def rows_of(response: Any) -> dict[str, Any]:
    formset = response.context_data["cl"].formset
    data = {
        f"{formset.prefix}-{name}": value
        for name, value in formset.management_form.initial.items()
        if value is not None
    }
    for form in formset.forms:
        for name, field in form.fields.items():
            data[form.add_prefix(name)] = form[name].value() if form[name].value() is not None else ""
            if field.show_hidden_initial:
                data[form.add_initial_prefix(name)] = form[name].value()
    return data | {"_save": "Save"}


def test_the_list_books_only_the_rows_that_were_changed(admin: Client, level: StockLevel) -> None:
    main, plate = level.warehouse, make_article("PLATE")
    stock.move([(plate.pk, main.pk, D(5))], kind="opening", cause="Start")
    page = admin.get(reverse(LIST))
    assert 'name="initial-form-0-on_hand"' in page.content.decode()
    stock.move([(level.article_id, main.pk, D(-1))], kind="issue", cause="Sold meanwhile")
    data = rows_of(page) | {"form-1-on_hand": "8"}
    response = admin.post(reverse(LIST), data)
    assert response.status_code == 302, response.context_data["cl"].formset.errors
    levels = dict(StockLevel.objects.values_list("article__sku", "on_hand"))
    assert levels == {"MUG": D(9), "PLATE": D(8)}
    newest = StockMovement.objects.first()
    assert newest is not None
    assert (newest.quantity, newest.kind, newest.cause) == (D(3), "correction", "Changed in the stock list")
    assert newest.by is not None
    assert stock.rebuild_levels() == []


def test_the_list_notices_a_sale_meanwhile(admin: Client, level: StockLevel) -> None:
    page = admin.get(reverse(LIST))
    stock.move([(level.article_id, level.warehouse_id, D(-1))], kind="issue", cause="Sold")
    response = admin.post(reverse(LIST), rows_of(page) | {"form-0-on_hand": "20"})
    assert response.status_code == 200
    assert "it is 9 now" in response.content.decode()


@pytest.mark.parametrize("typed", ["-1", "abc", "", "1.2345"])
def test_nonsense_is_refused(admin: Client, level: StockLevel, typed: str) -> None:
    url = reverse("admin:inventory_stocklevel_change", args=[level.pk])
    response = admin.post(url, form_of(admin.get(url)) | {"on_hand": typed})
    assert response.status_code == 200
    level.refresh_from_db()
    assert level.on_hand == 10


def test_a_first_level_is_added(admin: Client, level: StockLevel) -> None:
    plate = make_article("PLATE")
    data = {
        "article": plate.pk,
        "warehouse": level.warehouse_id,
        "on_hand": "4",
        "cause": "Found",
        "minimum": "1",
    }
    assert admin.post(reverse("admin:inventory_stocklevel_add"), data).status_code == 302
    added = StockLevel.objects.get(article=plate)
    assert (added.on_hand, added.minimum) == (D(4), D(1))
    assert StockMovement.objects.get(article=plate).cause == "Found"


def test_a_level_of_zero_can_be_added(admin: Client, level: StockLevel) -> None:
    plate = make_article("PLATE")
    data = {"article": plate.pk, "warehouse": level.warehouse_id, "on_hand": "0", "cause": "x", "minimum": ""}
    assert admin.post(reverse("admin:inventory_stocklevel_add"), data).status_code == 302
    assert StockLevel.objects.get(article=plate).on_hand == 0


def test_a_second_level_of_one_place_is_refused(admin: Client, level: StockLevel) -> None:
    data = {"article": level.article_id, "warehouse": level.warehouse_id, "on_hand": "4", "cause": "x"}
    response = admin.post(reverse("admin:inventory_stocklevel_add"), data)
    assert response.status_code == 200
    assert StockLevel.objects.get().on_hand == 10


def test_a_parent_gets_no_stock(admin: Client, level: StockLevel) -> None:
    shirt = make_article("SHIRT", has_variants=True, option_names=["Size"])
    data = {"article": shirt.pk, "warehouse": level.warehouse_id, "on_hand": "4", "cause": "x"}
    response = admin.post(reverse("admin:inventory_stocklevel_add"), data)
    assert "Choose one of its variants" in response.content.decode()
    assert not StockLevel.objects.filter(article=shirt).exists()


def test_movements_and_levels_cannot_be_edited_or_deleted(admin: Client, level: StockLevel) -> None:
    movement = StockMovement.objects.get()
    assert admin.get(reverse("admin:inventory_stockmovement_add")).status_code == 403
    change = reverse("admin:inventory_stockmovement_change", args=[movement.pk])
    assert admin.post(change, {"quantity": "99"}).status_code == 403
    for name, pk in (("stockmovement", movement.pk), ("stocklevel", level.pk)):
        assert (
            admin.post(reverse(f"admin:inventory_{name}_delete", args=[pk]), {"post": "yes"}).status_code
            == 403
        )
    movement.refresh_from_db()
    assert movement.quantity == 10
    assert "Start" in admin.get(reverse("admin:inventory_stockmovement_changelist")).content.decode()


def test_an_article_is_deleted_with_its_ledger(admin: Client, level: StockLevel) -> None:
    url = reverse("admin:inventory_article_delete", args=[level.article_id])
    assert admin.post(url, {"post": "yes"}).status_code == 302
    assert not StockMovement.objects.exists()


class TestTransfer:
    def url(self, level: StockLevel) -> str:
        return reverse("admin:inventory_stocklevel_transfer", args=[level.pk])

    def test_asks_first(self, admin: Client, level: StockLevel) -> None:
        make_warehouse("MB")
        page = admin.get(self.url(level))
        assert page.status_code == 200
        assert "Only what is not reserved" in page.content.decode()
        assert StockMovement.objects.count() == 1

    def test_carries(self, admin: Client, level: StockLevel) -> None:
        target = make_warehouse("MB")
        data = {"_form_submitted": "on", "target": target.pk, "quantity": "4", "cause": "Van"}
        response = admin.post(self.url(level), data)
        assert response.headers["HX-Redirect"] == reverse(
            "admin:inventory_stocklevel_change", args=[level.pk]
        )
        assert dict(StockLevel.objects.values_list("warehouse", "on_hand")) == {
            level.warehouse_id: D(6),
            target.pk: D(4),
        }

    def test_says_why_it_does_not(self, admin: Client, level: StockLevel) -> None:
        target = make_warehouse("MB")
        data = {"_form_submitted": "on", "target": target.pk, "quantity": "40", "cause": "Van"}
        response = admin.post(self.url(level), data)
        page = admin.get(response.headers["HX-Redirect"]).content.decode()
        assert "less than that free: MUG" in page
        assert StockMovement.objects.count() == 1

    def test_says_that_the_level_is_gone(self, admin: Client, level: StockLevel) -> None:
        data = {"_form_submitted": "on", "target": make_warehouse("MB").pk, "quantity": "4", "cause": "Van"}
        levels = reverse("admin:inventory_stocklevel_changelist")
        missing = reverse("admin:inventory_stocklevel_transfer", args=[level.pk + 1])
        assert admin.post(missing, data).headers["HX-Redirect"] == levels
        assert "This stock level is gone" in admin.get(levels).content.decode()

    def test_needs_the_right(self, db: None, level: StockLevel) -> None:
        client = Client()
        client.force_login(User.objects.create_user("staff", is_staff=True))
        assert client.get(self.url(level)).status_code == 403
        assert client.post(self.url(level), {"_form_submitted": "on"}).status_code == 403
