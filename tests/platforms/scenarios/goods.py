"""What hangs on articles: stock, prices, sales, variants, pictures."""

from __future__ import annotations

import io
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone
from PIL import Image

from inventory.models import Article, ArticleImage, Price, StockLevel
from inventory.services.images import add_image
from shops.models import RemoteElement
from shops.services.rules import RuleValues
from shops.sync.local.images import plain_name
from tests import factories as make
from tests.platforms.scenarios.stage import Stage
from tests.platforms.table import scenario

SIZES = ("S", "M")


class Goods(Stage):
    @scenario("Stock")
    @pytest.mark.requirement("P4")
    def test_stock_goes_there_alone_and_comes_here_into_its_warehouse(self) -> None:
        bench, stock = self.bench, RuleValues("shop")
        if self.possible("stock", "shop"):
            for number in range(3):
                self.ours.make("article", f"A-{number}")
                self.add("article", f"A-{number}", stock=Decimal(1))
            self.rules(stock=stock)
            self.clean_sync()
            assert bench.all_of("article", "stock") == [5, 5, 5]
            StockLevel.objects.filter(article__sku="A-1").update(on_hand=Decimal("7.9"))
            bench.forgets()
            self.clean_sync("export_stock")
            assert [bench.find("article", sku=f"A-{n}")["stock"] for n in range(3)] == [5, 7, 5]
            bench.forgets()
            self.clean_sync("export_stock")
            assert bench.writes == 0
        if self.possible("stock", "here"):
            self._stock_comes_here()

    def _stock_comes_here(self) -> None:
        self.ours.make("article", "THEIRS")
        self.add("article", "THEIRS", stock=Decimal(8))
        self.shop.download_warehouse = make.make_warehouse("SHOP")
        self.shop.save()
        self.rules(stock=RuleValues("here"))
        self.bench.forgets()
        self.clean_sync()
        level = StockLevel.objects.get(article__sku="THEIRS", warehouse=self.shop.download_warehouse)
        assert level.on_hand == 8
        assert self.bench.writes == 0

    @scenario("Prices")
    @pytest.mark.requirement("P1", "P2", "P5")
    def test_prices_go_there_by_the_price_list_and_come_here_into_theirs(self) -> None:
        self.ours.make("article", "A-1")
        self.add("article", "A-1", price=Decimal("4.50"))
        if self.possible("price", "here"):
            self.shop.download_price_list = make.make_price_list(
                "From the shop", gross=self.bench.gross, currency=self.bench.currency
            )
            self.shop.save()
            self.rules(price=RuleValues("here"))
            self.clean_sync()
            assert Price.objects.get(price_list=self.shop.download_price_list).amount == Decimal("4.5")
        if self.possible("price", "shop"):
            self.rules(price=RuleValues("shop"))
            self.clean_sync()
            assert self.bench.find("article", sku="A-1")["price"] == 12
            Price.objects.filter(price_list=self.shop.price_list).update(amount=Decimal("13.25"))
            self.clean_sync()
            assert self.bench.find("article", sku="A-1")["price"] == Decimal("13.25")
            self.quiet_sync()

    @scenario("Sale prices")
    @pytest.mark.requirement("P1", "P2")
    def test_sale_prices_come_go_and_change(self) -> None:
        if not self.possible("price", "shop"):
            return
        article = self.ours.make("article", "A-1")
        self.add("article", "A-1")
        self.rules(price=RuleValues("shop"))
        sale = make.make_price(self.shop.sale_price_list, article, "9.00", valid_from=timezone.now())
        self.clean_sync()
        shown = self.bench.find("article", sku="A-1")
        assert (shown["price"], shown["sale"]) == (12, 9)
        self.quiet_sync()
        Price.objects.filter(pk=sale.pk).update(amount=Decimal("8.40"))
        self.clean_sync()
        shown = self.bench.find("article", sku="A-1")
        assert (shown["price"], shown["sale"]) == (12, Decimal("8.4"))
        Price.objects.filter(price_list=self.shop.price_list).update(amount=Decimal(20))
        self.clean_sync()
        shown = self.bench.find("article", sku="A-1")
        assert (shown["price"], shown["sale"]) == (20, Decimal("8.4"))
        Price.objects.filter(pk=sale.pk).delete()
        self.clean_sync()
        shown = self.bench.find("article", sku="A-1")
        assert (shown["price"], shown["sale"]) == (20, None)
        self.quiet_sync()

    # Variants

    @scenario("Variants there")
    @pytest.mark.requirement("M4", "P2")
    def test_variants_go_there_under_their_parent(self) -> None:
        if not self.possible("article", "export"):
            return
        self._our_shirt()
        self.everything_to_the_shop()
        self.clean_sync()
        if reason := str(self.platform.can("article").reason("variants")):
            self.note("article", reason)
            self._variants_stand_alone()
            return
        parent = self.bench.find("article", sku="SHIRT")
        children = [row for row in self.bench.shown("article") if row["parent"] == parent["id"]]
        assert [
            (row["sku"], row["variant"], row["stock"], row["price"])
            for row in sorted(children, key=lambda row: row["stock"])
        ] == [
            ("SHIRT-S", {"Size": "S"}, 1, Decimal("12.1")),
            ("SHIRT-M", {"Size": "M"}, 2, Decimal("12.2")),
        ]
        self.quiet_sync()
        StockLevel.objects.filter(article__sku="SHIRT-M").update(on_hand=9)
        Price.objects.filter(article__sku="SHIRT-S").update(amount=Decimal("11.00"))
        self.clean_sync()
        assert self.bench.find("article", sku="SHIRT-M")["stock"] == 9
        assert self.bench.find("article", sku="SHIRT-S")["price"] == 11
        assert self.bench.find("article", sku="SHIRT-S")["stock"] == 1
        self.quiet_sync()

    @scenario("Variants here")
    @pytest.mark.requirement("M4", "P5")
    def test_variants_come_here_under_their_parent(self) -> None:
        if not self.possible("article", "import"):
            return
        if reason := str(self.platform.can("article").reason("variants")):
            self.note("article", reason)
            return
        parent = self.add("article", "CAP", options={"Size": list(SIZES)})
        for number, size in enumerate(SIZES, start=1):
            self.add("article", f"CAP-{size}", parent=parent, variant={"Size": size}, stock=Decimal(number))
        self.shop.download_warehouse = make.make_warehouse("SHOP")
        self.shop.save()
        self.rules(article=RuleValues("here", import_here=True), stock=RuleValues("here"))
        self.clean_sync()
        cap = Article.objects.get(sku="CAP")
        assert (cap.has_variants, cap.option_names) == (True, ["Size"])
        variants = {row.sku: row for row in cap.variants.all()}
        assert {sku: row.option_values for sku, row in variants.items()} == {"CAP-S": ["S"], "CAP-M": ["M"]}
        levels = StockLevel.objects.filter(warehouse=self.shop.download_warehouse, article__parent=cap)
        assert dict(levels.values_list("article__sku", "on_hand")) == {"CAP-S": 1, "CAP-M": 2}
        assert str(variants["CAP-S"].vat_rate or cap.vat_rate) == str(self.ours.vat)
        self.quiet_sync()

    def _variants_stand_alone(self) -> None:
        """A shop without variants: each is an article of its own there, their parent stays here."""
        shown = sorted(self.bench.shown("article"), key=lambda row: row["stock"])
        assert [(row["sku"], row["stock"], row["price"], row["category"]) for row in shown] == [
            ("SHIRT-S", 1, Decimal("12.1"), self.kitchen),
            ("SHIRT-M", 2, Decimal("12.2"), self.kitchen),
        ]
        self.quiet_sync()

    def _our_shirt(self) -> Article:
        shirt = self.ours.make("article", "SHIRT", has_variants=True, option_names=["Size"])
        for number, size in enumerate(SIZES, start=1):
            variant = make.make_article(
                f"SHIRT-{size}", name=f"Shirt {size}", parent=shirt, option_values=[size]
            )
            make.make_stock(variant, self.shop.warehouses.get(), number)
            make.make_price(self.shop.price_list, variant, f"12.{number}")
        return shirt

    # Pictures

    @scenario("Images there")
    @pytest.mark.requirement("M4", "M10")
    def test_pictures_go_there_once_in_their_order(
        self, settings: Any, request: pytest.FixtureRequest
    ) -> None:
        if not self.possible("image", "export"):
            return
        settings.PUBLIC_URL = request.getfixturevalue("live_server").url
        article = self.ours.make("article", "A-1")
        self.add("article", "A-1")
        add_image(article, picture("red"), name="front.png", alt="Front", position=0)
        add_image(article, picture("blue"), name="back.png", alt="Back", position=1)
        self.rules(image=RuleValues("shop", export_there=True))
        self.clean_sync()
        assert self._words(self._pictures("A-1")) == ["Front", "Back"]
        assert self.linked("image") == 2
        self.quiet_sync()

    @scenario("Linked images")
    @pytest.mark.requirement("M7", "M10")
    def test_linked_pictures_take_on_our_text_and_order_and_stay_the_same_files(
        self, settings: Any, request: pytest.FixtureRequest
    ) -> None:
        if not self.possible("image", "shop"):
            return
        settings.PUBLIC_URL = request.getfixturevalue("live_server").url
        article = self.ours.make("article", "A-1")
        there = self.add("article", "A-1")
        for name, colour in (("front", "red"), ("back", "blue")):
            self.bench.add("image", article=there, name=f"{name}.png", alt=name, content=picture(colour))
            add_image(article, picture(colour), name=f"{name}.png", alt=name)
        self.rules(image=RuleValues("shop"))
        self.clean_sync()
        before = self._pictures("A-1")
        assert (self.linked("image"), [word.lower() for word in self._words(before)]) == (
            2,
            ["front", "back"],
        )
        ArticleImage.objects.filter(name="front.png").update(position=5, alt="The front")
        self.clean_sync()
        after = self._pictures("A-1")
        assert [word.lower() for word in self._words(after)] in (["back", "the front"], ["back", "front"])
        assert "alt" not in self.bench.changes or [row["alt"] for row in after] == ["back", "The front"]
        assert {row["id"] for row in after} == {row["id"] for row in before}
        assert self.linked("image") == 2
        self.quiet_sync()

    @scenario("Images here")
    @pytest.mark.requirement("M4", "M10")
    def test_pictures_come_here_with_text_and_order(self) -> None:
        if not self.possible("image", "import"):
            return
        self.ours.make("article", "A-1")
        there = self.add("article", "A-1")
        for name, colour in (("front", "red"), ("back", "blue")):
            self.bench.add("image", article=there, name=f"{name}.png", alt=name, content=picture(colour))
        self.rules(image=RuleValues("here", import_here=True))
        self.clean_sync()
        pictures = ArticleImage.objects.filter(article__sku="A-1").order_by("position")
        assert [row.file.size for row in pictures] == [len(picture("red")), len(picture("blue"))]
        assert "alt" not in self.bench.changes or [row.alt for row in pictures] == ["front", "back"]
        self.quiet_sync()

    @scenario("Delete images")
    @pytest.mark.requirement("M4")
    def test_pictures_that_only_the_shop_has_are_deleted_there(self) -> None:
        if not self.possible("image", "delete"):
            return
        self.ours.make("article", "A-1")
        there = self.add("article", "A-1")
        self.bench.add("image", article=there, name="odd.png", alt="", content=picture("red"))
        self.rules(image=RuleValues(delete_there=True))
        self.clean_sync()
        assert self._pictures("A-1") == []
        assert not RemoteElement.objects.of(self.shop, "image").present().exists()

    def _words(self, rows: list[dict[str, Any]]) -> list[str]:
        """What tells the pictures apart: their texts, or in a shop that has none the beginnings of their names."""
        if "alt" in self.bench.changes:
            return [row["alt"] for row in rows]
        return [plain_name(row["name"]).partition("-")[0].capitalize() for row in rows]

    def _pictures(self, sku: str) -> list[dict[str, Any]]:
        article = self.bench.find("article", sku=sku)["id"]
        rows = [row for row in self.bench.shown("image") if row["article"] == article]
        return sorted(rows, key=lambda row: row["position"])


def picture(colour: str) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (40, 40), colour).save(buffer, "PNG")
    return buffer.getvalue()
