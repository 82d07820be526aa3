"""The lists: a fixed number of queries whatever their length, and what they find."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from inventory.models import (
    Article,
    ArticleImage,
    Category,
    Price,
    Producer,
    StockLevel,
    StockMovement,
    Unit,
    VatRate,
    Warehouse,
)
from tests.factories import make_price_list, make_unit, make_vat_rate, make_warehouse

D = Decimal


def fill(count: int) -> None:
    """`count` rows in every list, with all that the rows show."""
    start = Article.objects.count()
    unit = Unit.objects.first() or make_unit()
    rate = VatRate.objects.first() or make_vat_rate()
    main = Warehouse.objects.first() or make_warehouse()
    prices = Price.objects.first().price_list if Price.objects.exists() else make_price_list()
    producers = Producer.objects.bulk_create(Producer(name=f"Producer {start + n}") for n in range(count))
    categories = Category.objects.bulk_create(Category(name=f"Category {start + n}") for n in range(count))
    parent = Article.objects.create(sku=f"P{start}", name="Shirt", has_variants=True, option_names=["Size"])
    articles = Article.objects.bulk_create(
        Article(
            sku=f"A{start + n}",
            ean=f"3830{start + n:09}",
            name=f"Mug {start + n}",
            unit=unit,
            vat_rate=rate,
            producer=producers[n],
            parent=parent if n % 5 == 0 else None,
            option_values=[f"S{n}"] if n % 5 == 0 else [],
        )
        for n in range(count)
    )
    through = Article.categories.through
    through.objects.bulk_create(
        through(article=a, category=c) for a, c in zip(articles, categories, strict=True)
    )
    ArticleImage.objects.bulk_create(
        ArticleImage(article=a, file="articles/aa/aa.png", checksum="aa" * 32) for a in articles
    )
    Price.objects.bulk_create(Price(article=a, price_list=prices, amount=D("9.9")) for a in articles)
    StockLevel.objects.bulk_create(StockLevel(article=a, warehouse=main, on_hand=5) for a in articles)
    StockMovement.objects.bulk_create(
        StockMovement(article=a, warehouse=main, quantity=5, kind="opening") for a in articles
    )
    Unit.objects.bulk_create(Unit(name=f"Unit {start + n}") for n in range(count))
    Warehouse.objects.bulk_create(Warehouse(code=f"W{start + n}", name=f"W{n}") for n in range(count))
    VatRate.objects.bulk_create(
        VatRate(country=f"{chr(65 + n % 26)}{chr(65 + n // 26)}", percent=start % 97 + 1)
        for n in range(count)
    )


LISTS = [
    "article",
    "category",
    "price",
    "pricelist",
    "producer",
    "stocklevel",
    "stockmovement",
    "unit",
    "vatrate",
    "warehouse",
]


@pytest.mark.parametrize("name", LISTS)
def test_a_list_takes_the_same_queries_for_50_and_500_rows(
    admin: Client, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.contrib import admin as django_admin

    model_admin = next(
        a for m, a in django_admin.site._registry.items() if m._meta.label_lower == f"inventory.{name}"
    )
    monkeypatch.setattr(model_admin, "list_per_page", 1000)  # all on one page: a query per row would show
    url = reverse(f"admin:inventory_{name}_changelist")
    counts, rows = [], []
    for more in (50, 450):
        fill(more)
        admin.get(url)  # content types and the like are cached by the first request
        with CaptureQueriesContext(connection) as queries:
            response = admin.get(url)
        assert response.status_code == 200
        counts.append(len(queries))
        rows.append(len(response.context_data["cl"].result_list))
    if name != "pricelist":  # its rows are few by nature; it is counted with what hangs on them
        assert rows[0] >= 50
        assert rows[1] >= 500
    assert counts[0] == counts[1]
    assert counts[1] <= 14


@pytest.mark.parametrize(
    ("term", "found"), [("A1", {"A1"}), ("3830000000001", {"A1"}), ("MUG 1", {"A1"}), ("zzz", set())]
)
def test_articles_are_found_by_sku_ean_and_name(admin: Client, term: str, found: set[str]) -> None:
    fill(5)
    response = admin.get(reverse("admin:inventory_article_changelist"), {"q": term})
    assert {article.sku for article in response.context_data["cl"].result_list} == found


def test_the_article_list_shows_stock_price_and_picture(admin: Client) -> None:
    fill(2)
    StockLevel.objects.filter(article__sku="A1").update(on_hand=D("12.5"), reserved=2)
    page = admin.get(reverse("admin:inventory_article_changelist")).content.decode()
    row = page[page.index(">A1<") :][:9000]
    for shown in ("12.5", "10.5", "9.90", "SI 22 %"):
        assert shown in row
    assert f"/thumbnails/aa/{'aa' * 32}.webp" in page


FILTERS: list[tuple[str, str, set[str]]] = [
    ("shape", "parent", {"SHIRT"}),
    ("shape", "variant", {"SHIRT-S"}),
    ("shape", "single", {"MUG", "PLATE"}),
    ("stock", "some", {"MUG"}),
    ("stock", "none", {"PLATE", "SHIRT-S"}),
    ("stock", "low", {"PLATE"}),
    ("stock", "negative", {"SHIRT-S"}),
]


@pytest.mark.parametrize(("name", "value", "expected"), FILTERS)
def test_filters_of_the_article_list(admin: Client, name: str, value: str, expected: set[str]) -> None:
    _some_articles()
    response = admin.get(reverse("admin:inventory_article_changelist"), {name: value})
    assert {article.sku for article in response.context_data["cl"].queryset} == expected


def test_the_category_filter_takes_the_branch_and_the_variants(admin: Client) -> None:
    clothes = _some_articles()
    response = admin.get(reverse("admin:inventory_article_changelist"), {"categories__id__exact": clothes.pk})
    assert {article.sku for article in response.context_data["cl"].queryset} == {"SHIRT", "SHIRT-S"}


def _some_articles() -> Category:
    clothes = Category.objects.create(name="Clothes")
    shirts = Category.objects.create(name="Shirts", parent=clothes)
    main = make_warehouse()
    mug, plate = (Article.objects.create(sku=sku, name=sku) for sku in ("MUG", "PLATE"))
    shirt = Article.objects.create(sku="SHIRT", name="Shirt", has_variants=True, option_names=["Size"])
    shirt.categories.add(shirts)
    small = Article.objects.create(sku="SHIRT-S", name="Shirt", parent=shirt, option_values=["S"])
    StockLevel.objects.create(article=mug, warehouse=main, on_hand=5, minimum=2)
    StockLevel.objects.create(article=plate, warehouse=main, on_hand=0, minimum=2)
    StockLevel.objects.create(article=small, warehouse=main, on_hand=-1)
    return clothes


@pytest.fixture
def restricted(db: None) -> Callable[..., Client]:
    from django.contrib.auth.models import Permission, User

    def login(*codenames: str) -> Client:
        user = User.objects.create_user("staff", password="pw", is_staff=True)
        user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
        client = Client()
        client.force_login(user)
        return client

    return login


def test_what_one_may_not_see_is_refused(restricted: Callable[..., Client]) -> None:
    client = restricted("view_unit")
    assert client.get(reverse("admin:inventory_article_changelist")).status_code == 403
    for verb in ("import", "export"):
        assert client.get(reverse(f"admin:inventory_article_{verb}")).status_code == 403


def test_who_may_only_look_exports_but_imports_nothing(restricted: Callable[..., Client]) -> None:
    client = restricted("view_article", "view_stocklevel")
    page = client.get(reverse("admin:inventory_article_changelist")).content.decode()
    assert reverse("admin:inventory_article_export") in page
    assert reverse("admin:inventory_article_import") not in page
    assert client.get(reverse("admin:inventory_article_import")).status_code == 403
    fill(1)
    stock_page = client.get(reverse("admin:inventory_stocklevel_changelist"))
    assert stock_page.status_code == 200
    assert 'name="form-0-on_hand"' not in stock_page.content.decode()


def test_every_unfold_action_asks_for_a_right_and_in_a_dialog() -> None:
    from django.contrib import admin as django_admin

    names = ("actions_list", "actions_row", "actions_detail", "actions_submit_line")
    found = []
    for model, model_admin in django_admin.site._registry.items():
        if model._meta.app_label != "inventory":
            continue
        for listed in names:
            for name in getattr(model_admin, listed):
                method = getattr(model_admin, name)
                assert method.allowed_permissions, name
                assert method.dialog["title"], name
                found.append(name)
    assert sorted(found) == ["close", "close", "fill", "transfer", "turn_into_parent"]
