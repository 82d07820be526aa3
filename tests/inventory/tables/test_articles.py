"""Import of articles: the preview, mistakes, variants."""

from __future__ import annotations

from django.test import Client
from django.urls import reverse

from inventory.models import Article, Producer
from inventory.services import stock
from tests.factories import make_article, make_category, make_unit, make_vat_rate, make_warehouse
from tests.inventory.tables.files import D, as_csv, preview, problems, run_import


def test_articles_are_made_and_changed(admin: Client) -> None:
    make_unit("piece"), make_vat_rate("9.5"), Producer.objects.create(name="Kovar")
    pots = make_category("Pots", parent=make_category("Kitchen"))
    sale = make_category("Sale")
    make_article("MUG", name="Old mug", description="Stays", weight_g=300)
    file = as_csv(
        ("sku", "name", "unit", "vat_rate", "producer", "categories", "weight_g", "active"),
        ("MUG", "Mug", "Piece", "SI 9,50 %", "kovar", "Kitchen > Pots | sale", "350,5", "no"),
        ("PAN", "Pan", "", "", "", "", "", ""),
    )
    message = run_import(admin, "article", file)
    assert message.startswith("2 rows imported: 1 new, 1 changed")
    mug, pan = Article.objects.order_by("sku")
    assert (mug.name, mug.weight_g, mug.active, mug.description) == ("Mug", D("350.5"), False, "Stays")
    assert (mug.unit.name, str(mug.vat_rate), mug.producer.name) == ("piece", "SI 9.5 %", "Kovar")
    assert set(mug.categories.all()) == {pots, sale}
    assert (pan.name, pan.active, pan.unit) == ("Pan", True, None)


def test_the_preview_writes_nothing_and_shows_before_and_after(admin: Client) -> None:
    make_article("MUG", name="Old mug")
    file = as_csv(("sku", "name", "colour"), ("MUG", "<b>New</b> mug", "red"), ("PAN", "Pan", "blue"))
    page = preview(admin, "article", file)
    text = page.content.decode()
    assert "1 new row." in text
    assert "1 row will change." in text
    assert "<del>Old mug</del> → <ins>&lt;b&gt;New&lt;/b&gt; mug</ins>" in text
    assert "left alone: colour" in text
    assert list(Article.objects.values_list("sku", "name")) == [("MUG", "Old mug")]


def test_the_same_file_again_changes_nothing(admin: Client) -> None:
    file = as_csv(("sku", "name", "categories"), ("MUG", "Mug", "Kitchen"))
    make_category("Kitchen")
    run_import(admin, "article", file)
    before = Article.objects.get().changed_at
    page = preview(admin, "article", file)
    assert page.context_data["result"].unchanged_count == 1
    assert run_import(admin, "article", file).startswith("0 rows imported")
    assert Article.objects.get().changed_at == before


def test_categories_alone_change_the_article(admin: Client) -> None:
    kitchen, mug = make_category("Kitchen"), make_article("MUG")
    mug.categories.add(make_category("Sale"))
    run_import(admin, "article", as_csv(("sku", "categories"), ("MUG", "Kitchen")))
    before = mug.changed_at
    mug.refresh_from_db()
    assert list(mug.categories.all()) == [kitchen]
    assert mug.changed_at > before


def test_parents_and_variants_come_in_any_order(admin: Client) -> None:
    file = as_csv(
        ("sku", "name", "parent", "options", "option_values"),
        ("SHIRT-S", "Shirt S", "SHIRT", "", "S | Red"),
        ("SHIRT", "Shirt", "", "Size | Colour", ""),
        ("SHIRT-M", "Shirt M", "SHIRT", "", "M | Red"),
    )
    run_import(admin, "article", file)
    shirt = Article.objects.get(sku="SHIRT")
    assert shirt.has_variants
    assert dict(shirt.variants.values_list("sku", "option_values")) == {
        "SHIRT-S": ["S", "Red"],
        "SHIRT-M": ["M", "Red"],
    }


def test_mistakes_in_variants_are_named(admin: Client) -> None:
    shirt = make_article("SHIRT", has_variants=True, option_names=["Size"])
    make_article("SHIRT-S", parent=shirt, option_values=["S"])
    mug, main = make_article("MUG", option_names=["Size"]), make_warehouse()
    stock.move([(mug.pk, main.pk, D(1))], kind="opening", cause="")
    page = preview(
        admin,
        "article",
        as_csv(
            ("sku", "name", "parent", "option_values"),
            ("A", "a", "SHIRT", "S"),
            ("B", "b", "SHIRT", "M | Red"),
            ("C", "c", "SHIRT-S", "M"),
            ("D", "d", "NOWHERE", "M"),
            ("E", "e", "MUG", "M"),
            ("F", "f", "", "M"),
        ),
    )
    found = problems(page)
    assert [text.split(":")[0] for text in found] == [
        "Row 2, column “option_values”",
        "Row 3, column “option_values”",
        "Row 4, column “parent”",
        "Row 5, column “parent”",
        "Row 6, column “parent”",
        "Row 7, column “option_values”",
    ]
    assert "SHIRT-S has these values already" in found[0]
    assert "still has stock" in found[4]


def test_every_mistake_is_named_by_row_and_column(admin: Client) -> None:
    make_unit("piece")
    page = preview(
        admin,
        "article",
        as_csv(
            ("sku", "name", "unit", "vat_rate", "weight_g", "active", "kind"),
            ("A", "a", "stone", "", "", "", ""),
            (),
            ("B", "b", "piece", "XX 99", "abc", "maybe", "thing"),
            ("C", "", "", "", "-3", "", ""),
            ("A", "again", "", "", "", "", ""),
            ("D", "x" * 301, "", "", "1,2345", "", ""),
            ("", "no key", "", "", "", "", ""),
        ),
    )
    found = problems(page)
    assert [text.split(":")[0].replace("Row ", "").replace(", column ", " ") for text in found] == [
        "2 “unit”",
        "4 “kind”",
        "4 “vat_rate”",
        "4 “weight_g”",
        "4 “active”",
        "5 “name”",
        "5 “weight_g”",
        "6 “sku”",
        "7 “name”",
        "7 “weight_g”",
        "8 “sku”",
    ]
    assert "There is no unit “stone”" in found[0]
    assert any("“abc” is not a number" in text for text in found)
    assert any("said in row 2 already" in text for text in found)
    assert "confirm_form" not in page.context_data
    assert not Article.objects.exists()


def test_a_new_article_needs_a_name(admin: Client) -> None:
    page = preview(admin, "article", as_csv(("sku", "ean"), ("A", "1")))
    assert problems(page) == [
        "Row 2, column “name”: This row is new, and the file has no such column. Add it."
    ]


def test_what_changed_after_the_preview_stops_the_import(admin: Client) -> None:
    make_unit("piece")
    page = preview(admin, "article", as_csv(("sku", "name", "unit"), ("A", "a", ""), ("B", "b", "piece")))
    from inventory.models import Unit

    Unit.objects.all().delete()
    data = page.context_data["confirm_form"].initial
    response = admin.post(reverse("admin:inventory_article_process_import"), data, follow=True)
    messages = " ".join(str(message) for message in response.context["messages"])
    assert "Nothing was imported" in messages
    assert "Row 3, column “unit”" in messages
    assert not Article.objects.exists()
