"""The article's form: variants, check digits, pictures, and deleting."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from inventory.models import Article, ArticleImage, Category, SetComponent, StockLevel
from inventory.services import stock
from tests.factories import make_article, make_price, make_price_list, make_warehouse
from tests.inventory.conftest import png

EMPTY_INLINES = {
    f"{prefix}-{name}": "0"
    for prefix in ("texts", "prices", "stock_levels", "images", "attachments")
    for name in ("TOTAL_FORMS", "INITIAL_FORMS", "MIN_NUM_FORMS")
}


def article_data(**fields: Any) -> dict[str, Any]:
    return EMPTY_INLINES | {"sku": "MUG", "name": "Mug", "kind": "goods", "active": "on"} | fields


def save(client: Client, article: Article | None = None, **fields: Any) -> Any:
    url = (
        reverse("admin:inventory_article_change", args=[article.pk])
        if article
        else reverse("admin:inventory_article_add")
    )
    return client.post(url, article_data(**fields))


def errors(response: Any) -> dict[str, list[str]]:
    assert response.status_code == 200
    return dict(response.context_data["adminform"].form.errors)


def test_an_article_is_added_and_shown(admin: Client) -> None:
    response = save(admin, ean="3838606000011")
    assert response.status_code == 302, errors(response)
    article = Article.objects.get()
    assert (article.sku, article.ean) == ("MUG", "3838606000011")
    page = admin.get(reverse("admin:inventory_article_change", args=[article.pk]))
    assert page.status_code == 200
    assert "Descriptions" in page.content.decode()


def test_a_wrong_check_digit_is_named(admin: Client) -> None:
    assert "last digit" in errors(save(admin, ean="3838606000012"))["ean"][0]


def test_an_old_ean_with_a_wrong_digit_does_not_block_other_changes(admin: Client) -> None:
    article = make_article("MUG", ean="3838606000012")
    assert save(admin, article, ean="3838606000012", name="Big mug").status_code == 302
    article.refresh_from_db()
    assert article.name == "Big mug"


def test_variants_come_and_go_and_the_parent_knows(admin: Client) -> None:
    shirt = make_article("SHIRT", option_names=["Size", "Colour"])
    assert save(admin, sku="SHIRT-S", parent=shirt.pk, option_values="S | Red").status_code == 302
    shirt.refresh_from_db()
    small = Article.objects.get(sku="SHIRT-S")
    assert shirt.has_variants
    assert small.option_values == ["S", "Red"]
    page = admin.get(reverse("admin:inventory_article_change", args=[shirt.pk])).content.decode()
    assert reverse("admin:inventory_article_change", args=[small.pk]) in page
    admin.post(reverse("admin:inventory_article_delete", args=[small.pk]), {"post": "yes"})
    shirt.refresh_from_db()
    assert not shirt.has_variants


def test_a_variant_moves_to_another_parent(admin: Client) -> None:
    old, new = (make_article(sku, option_names=["Size"]) for sku in ("OLD", "NEW"))
    save(admin, sku="V", parent=old.pk, option_values="S")
    variant = Article.objects.get(sku="V")
    assert save(admin, variant, sku="V", parent=new.pk, option_values="S").status_code == 302
    assert list(Article.objects.filter(has_variants=True)) == [new]


def test_deleting_many_variants_at_once_frees_the_parent(admin: Client) -> None:
    shirt = make_article("SHIRT", has_variants=True, option_names=["Size"])
    ids = [make_article(f"S{n}", parent=shirt, option_values=[str(n)]).pk for n in range(3)]
    data = {"action": "delete_selected", "_selected_action": ids, "post": "yes"}
    admin.post(reverse("admin:inventory_article_changelist"), data)
    shirt.refresh_from_db()
    assert not shirt.has_variants
    assert Article.objects.count() == 1


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"option_values": "S"}, "option_values", "one value for each option"),
        ({"option_values": "S | Red"}, "option_values", "SHIRT-1 is the variant"),
        ({"option_values": "S | "}, "option_values", "none of them may be empty"),
        ({"option_values": "M | Red", "option_names": "Size"}, "option_names", "no options of its own"),
        ({"parent": "VARIANT", "option_values": "S"}, "parent", "a variant itself"),
        ({"parent": "PLAIN", "option_values": "S"}, "parent", "no options yet"),
        ({"parent": "", "option_values": "S"}, "option_values", "Only a variant"),
        ({"parent": "", "option_names": "Size | size"}, "option_names", "once only"),
    ],
)
def test_what_no_variant_may_be(admin: Client, fields: dict[str, str], field: str, words: str) -> None:
    shirt = make_article("SHIRT", has_variants=True, option_names=["Size", "Colour"])
    parents = {
        "": "",
        "SHIRT": shirt.pk,
        "VARIANT": make_article("SHIRT-1", parent=shirt, option_values=["S", "Red"]).pk,
        "PLAIN": make_article("PLAIN").pk,
    }
    data = {"sku": "NEW"} | fields | {"parent": parents[fields.get("parent", "SHIRT")]}
    assert words in str(errors(save(admin, **data))[field])
    assert not Article.objects.filter(sku="NEW").exists()


def test_the_parent_is_chosen_among_those_that_can_be_one(admin: Client) -> None:
    shirt = make_article("SHIRT", has_variants=True, option_names=["Size"])
    make_article("SHIRT-S", parent=shirt, option_values=["S"])
    query = {"term": "SHIRT", "app_label": "inventory", "model_name": "article"}
    chosen = admin.get(reverse("admin:autocomplete"), query | {"field_name": "parent"}).json()["results"]
    assert [row["text"] for row in chosen] == [str(shirt)]


def test_a_new_variant_starts_with_what_its_parent_says(admin: Client) -> None:
    shirt = make_article("SHIRT", name="Shirt", option_names=["Size"])
    page = admin.get(reverse("admin:inventory_article_add"), {"parent": shirt.pk})
    form = page.context_data["adminform"].form
    assert (form["sku"].value(), form["name"].value()) == ("SHIRT-", "Shirt")
    assert admin.get(reverse("admin:inventory_article_add"), {"parent": "x"}).status_code == 200


class TestTurnIntoParent:
    def url(self, article: Article) -> str:
        return reverse("admin:inventory_article_turn_into_parent", args=[article.pk])

    def test_turns(self, admin: Client) -> None:
        mug = make_article("MUG")
        assert "by what" in admin.get(self.url(mug)).content.decode().lower()
        admin.post(self.url(mug), {"_form_submitted": "on", "option_names": "Size | Colour"})
        mug.refresh_from_db()
        assert (mug.has_variants, mug.option_names) == (True, ["Size", "Colour"])

    def test_refuses_what_has_stock_and_says_the_cure(self, admin: Client) -> None:
        mug, main = make_article("MUG"), make_warehouse()
        stock.move([(mug.pk, main.pk, 3)], kind="opening", cause="")
        response = admin.post(self.url(mug), {"_form_submitted": "on", "option_names": "Size"})
        page = admin.get(response.headers["HX-Redirect"]).content.decode()
        assert "Set its stock to zero" in page
        mug.refresh_from_db()
        assert not mug.has_variants

    def test_get_alone_does_nothing(self, admin: Client) -> None:
        mug = make_article("MUG")
        admin.get(self.url(mug), {"option_names": "Size"})
        mug.refresh_from_db()
        assert not mug.has_variants


def test_prices_and_texts_are_entered_beside_the_article(admin: Client) -> None:
    prices, mug = make_price_list(), make_article("MUG")
    data = {
        "prices-TOTAL_FORMS": "1",
        "prices-0-price_list": prices.pk,
        "prices-0-amount": "9.90",
        "prices-0-min_quantity": "1",
        "texts-TOTAL_FORMS": "1",
        "texts-0-language": "cs",
        "texts-0-name": "Hrnek",
    }
    assert save(admin, mug, **data).status_code == 302
    assert str(mug.prices.get().amount) == "9.9000"
    assert mug.texts.get().name == "Hrnek"


@pytest.mark.parametrize("kind", ["goods", "set"])
def test_the_form_asks_for_twenty_rows_what_it_asks_for_two(admin: Client, kind: str) -> None:
    whole = make_article("WHOLE", kind=kind)
    url = reverse("admin:inventory_article_change", args=[whole.pk])
    statements = []
    for first, beyond in ((0, 2), (2, 20)):
        for n in range(first, beyond):
            make_price(make_price_list(f"List {n}"), whole, "9.90")
            if kind == "set":
                SetComponent.objects.create(whole=whole, component=make_article(f"PART-{n}"), quantity=1)
        admin.get(url)  # what is only asked once in a process
        with CaptureQueriesContext(connection) as sent:
            page = admin.get(url).content.decode()
        statements.append(len(sent))
        assert page.count(" selected>List") == beyond  # each row shows the list that it is in
        assert page.count(" selected>PART-") == (beyond if kind == "set" else 0)
    assert statements[0] == statements[1]


def upload(client: Client, article: Article, content: bytes, name: str = "mug red.png") -> Any:
    data = {
        "images-TOTAL_FORMS": "1",
        "images-0-file": SimpleUploadedFile(name, content),
        "images-0-alt": "A mug",
        "images-0-position": "0",
    }
    return save(client, article, **data)


def test_a_picture_is_stored_under_its_content(admin: Client) -> None:
    mug = make_article("MUG")
    assert upload(admin, mug, png()).status_code == 302
    image = ArticleImage.objects.get()
    assert image.file.name == f"articles/{image.checksum[:2]}/{image.checksum}.png"
    assert (image.name, image.alt) == ("mug_red.png", "A mug")
    page = admin.get(reverse("admin:inventory_article_change", args=[mug.pk])).content.decode()
    assert f"thumbnails/{image.checksum[:2]}/{image.checksum}.webp" in page


def test_a_file_that_is_no_picture_is_refused(admin: Client) -> None:
    mug = make_article("MUG")
    response = upload(admin, mug, b"<svg onload=alert(1)>", "x.png")
    assert response.status_code == 200
    assert not ArticleImage.objects.exists()


def test_switching_off_many_at_once(admin: Client) -> None:
    ids = [make_article(f"A{n}").pk for n in range(3)]
    before = Article.objects.get(pk=ids[0]).changed_at
    data = {"action": "switch_off", "_selected_action": ids[:2]}
    page = admin.post(reverse("admin:inventory_article_changelist"), data, follow=True)
    assert "2 articles were switched off." in page.content.decode()
    assert list(Article.objects.filter(active=True).values_list("pk", flat=True)) == [ids[2]]
    assert Article.objects.get(pk=ids[0]).changed_at > before


def test_stock_is_shown_in_the_form_and_changed_elsewhere(admin: Client) -> None:
    mug, main = make_article("MUG"), make_warehouse()
    stock.move([(mug.pk, main.pk, 3)], kind="opening", cause="")
    page = admin.get(reverse("admin:inventory_article_change", args=[mug.pk])).content.decode()
    level = StockLevel.objects.get()
    assert reverse("admin:inventory_stocklevel_change", args=[level.pk]) in page
    assert 'name="stock_levels-0-on_hand"' not in page


class TestCategories:
    def test_the_list_is_the_indented_tree(self, admin: Client) -> None:
        root = Category.objects.create(name="Kitchen")
        Category.objects.create(name="Pots", parent=root)
        page = admin.get(reverse("admin:inventory_category_changelist"))
        assert [(c.name, c.tree_depth) for c in page.context_data["cl"].result_list] == [
            ("Kitchen", 0),
            ("Pots", 1),
        ]

    def test_a_loop_is_refused(self, admin: Client) -> None:
        root = Category.objects.create(name="Kitchen")
        child = Category.objects.create(name="Pots", parent=root)
        url = reverse("admin:inventory_category_change", args=[root.pk])
        data = {"name": "Kitchen", "parent": child.pk, "position": 1, "description": ""}
        response = admin.post(url, data)
        assert response.status_code == 200
        assert "parent" in response.context_data["adminform"].form.errors
        root.refresh_from_db()
        assert root.parent_id is None

    def test_the_scissors_move_a_branch_but_not_into_itself(self, admin: Client) -> None:
        kitchen, garden = (Category.objects.create(name=name) for name in ("Kitchen", "Garden"))
        pots = Category.objects.create(name="Pots", parent=kitchen)
        url = reverse("admin:inventory_category_changelist") + "move-node/"
        admin.post(url, {"move": pots.pk, "relative_to": garden.pk, "position": "first-child"})
        pots.refresh_from_db()
        assert pots.parent == garden
        admin.post(url, {"move": garden.pk, "relative_to": pots.pk, "position": "first-child"})
        garden.refresh_from_db()
        assert garden.parent is None


def test_the_company_has_one_page(admin: Client) -> None:
    url = reverse("admin:inventory_company_changelist")
    assert admin.get(url).headers["Location"] == reverse("admin:inventory_company_add")
    data = {"name": "Lipa Dom d.o.o.", "country": "SI", "currency": "EUR", "language": "en"}
    assert admin.post(reverse("admin:inventory_company_add"), data).status_code == 302
    assert admin.get(url).headers["Location"] == reverse("admin:inventory_company_change", args=[1])
    assert admin.get(reverse("admin:inventory_company_add")).status_code == 403
