"""The contract suite at a shop that one only exchanges files with.

Its matrix is locked but for orders: every scenario of the matrix checks here that this is refused with its reason, and
then, where files can do the same, that they do. What goes out lies in a file that is read back, and bad days are those of
a server for files.
"""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from xml.etree import ElementTree

import pytest
from django.utils import timezone

from inventory.models import Article, ArticleImage, Price, StockLevel
from orders.models import Order
from shops.models import RemoteElement
from shops.sync.connect import open_platform
from tests import factories as make
from tests.platforms.files.bad_days import BadDays
from tests.platforms.ours import KINDS
from tests.platforms.scenarios.goods import picture
from tests.platforms.scenarios.sales import TAKE
from tests.platforms.table import FILES, scenario


@pytest.mark.requirement("S11", "E3", "M5", "M7")
class TestContract(BadDays):
    # The matrix

    @scenario("Wrong credentials")
    @pytest.mark.requirement("M1")
    def test_wrong_credentials_stop_the_run_with_a_cure(self) -> None:
        self.shop.credentials = dict(self.bench.wrong_credentials)
        self.shop.save()
        with open_platform(self.shop) as (platform, _book):
            problems = [finding for finding in platform.check() if finding.state == "problem"]
        assert [(finding.key, bool(finding.cure)) for finding in problems] == [("login", True)]
        self.buy("A-1", 1)
        self.feed("kontor_xml")
        for job in ("import_orders", "export_all"):
            run = self.sync(job)
            assert (run.state, bool(run.message), bool(run.cure)) == ("failed", True, True)
        assert not RemoteElement.objects.of(self.shop, "order").exists()
        assert self.lying("out") == []

    @scenario("Link")
    @pytest.mark.requirement("M2", "P3")
    def test_what_both_sides_have_is_linked_by_its_key(self) -> None:
        self.refused("import", *KINDS)
        self.ours.make("article", "SAME")
        self.clean_sync("read")
        assert not RemoteElement.objects.filter(shop=self.shop, kind__in=KINDS).exists()

    @scenario("Import")
    @pytest.mark.requirement("M4", "P5", "P7")
    def test_what_only_the_shop_has_comes_here(self) -> None:
        self.refused("import", *KINDS)
        before = Article.objects.count()
        self.clean_sync()
        assert Article.objects.count() == before

    @scenario("Export")
    @pytest.mark.requirement("M4", "P2")
    def test_what_only_we_have_goes_there(self) -> None:
        self.refused("export", *KINDS)
        self.ours.make("article", "MINE")
        self.feed("kontor_xml")
        assert self.sync("export_all").state == "done"
        mine = self.articles()["MINE"]
        assert (mine["name"], mine["active"]) == ("Name MINE", "true")
        self.quiet("export_all")
        self.note(FILES)

    @scenario("Update here")
    @pytest.mark.requirement("M3")
    def test_linked_elements_follow_the_shop(self) -> None:
        self.refused("here", *KINDS)

    @scenario("Update in shop")
    @pytest.mark.requirement("M3")
    def test_linked_elements_of_the_shop_follow_us(self) -> None:
        self.refused("shop", *KINDS)
        self.ours.make("article", "BOTH")
        self.feed("kontor_xml")
        self.sync("export_all")
        self.ours.rename("article", "BOTH", "Renamed")
        assert self.sync("export_all").state == "done"
        assert self.articles()["BOTH"]["name"] == "Renamed"
        self.note(FILES)

    @scenario("Delete in shop")
    @pytest.mark.requirement("M4")
    def test_what_only_the_shop_has_is_deleted_there(self) -> None:
        self.refused("delete", *KINDS)
        theirs = self.bench.sent("theirs.xml")
        theirs.write_text("not ours")
        self.feed("kontor_xml")
        self.sync("export_all")
        assert theirs.read_text() == "not ours"

    # What hangs on articles

    @scenario("Stock")
    @pytest.mark.requirement("P4", "E1")
    def test_stock_goes_there_alone_and_comes_here_into_its_warehouse(self) -> None:
        self.refused("shop", "stock")
        self.refused("here", "stock")
        for number in range(3):
            self.ours.make("article", f"A-{number}")
        self.feed("kontor_xml")
        self.feed("kontor_xml_stock")
        assert self.sync("export_stock").state == "done"
        assert self.lying("out") == ["stock.xml"]
        StockLevel.objects.filter(article__sku="A-1").update(on_hand=Decimal("7.9"))
        assert self.sync("export_stock").state == "done"
        stock = self.rows("stock.xml", "level")
        assert {sku: row["quantity"] for sku, row in stock.items()} == {"A-0": "5", "A-1": "7", "A-2": "5"}
        self.quiet("export_stock")
        self.note(FILES)

    @scenario("Prices")
    @pytest.mark.requirement("P1", "P2", "P5")
    def test_prices_go_there_by_the_price_list_and_come_here_into_theirs(self) -> None:
        self.refused("shop", "price")
        self.refused("here", "price")
        self.ours.make("article", "A-1")
        self.feed("kontor_xml")
        self.sync("export_all")
        row = self.articles()["A-1"]
        assert (Decimal(row["price"]), row["currency"], row["prices_include_vat"]) == (12, "CZK", "true")
        Price.objects.filter(price_list=self.shop.price_list).update(amount=Decimal("13.25"))
        self.sync("export_all")
        assert self.articles()["A-1"]["price"] == "13.25"
        self.note(FILES)

    @scenario("Sale prices")
    @pytest.mark.requirement("P1", "P2")
    def test_sale_prices_come_go_and_change(self) -> None:
        self.refused("shop", "price")
        article = self.ours.make("article", "A-1")
        sale = make.make_price(self.shop.sale_price_list, article, "9.00", valid_from=timezone.now())
        self.feed("kontor_xml")
        self.sync("export_all")
        row = self.articles()["A-1"]
        assert (Decimal(row["price"]), Decimal(row["sale_price"]), bool(row["sale_from"])) == (12, 9, True)
        Price.objects.filter(pk=sale.pk).delete()
        self.sync("export_all")
        assert "sale_price" not in self.articles()["A-1"]
        self.note(FILES)

    @scenario("Variants there")
    @pytest.mark.requirement("M4", "P2")
    def test_variants_go_there_under_their_parent(self) -> None:
        self.refused("export", "article")
        self._our_shirt()
        self.feed("kontor_xml")
        self.feed("shoptet_products")
        assert self.sync("export_all").state == "done"
        rows = self.articles()
        assert {sku: row.get("parent_sku") for sku, row in rows.items()} == {
            "SHIRT": None,
            "SHIRT-S": "SHIRT",
            "SHIRT-M": "SHIRT",
        }
        assert (rows["SHIRT-M"]["stock"], Decimal(rows["SHIRT-M"]["price"])) == ("2", Decimal("12.2"))
        (shirt,) = ElementTree.parse(self.bench.sent("shoptet.xml")).getroot()
        assert [
            (one.findtext("CODE"), one.findtext("PARAMETERS/PARAMETER/VALUE"), one.findtext("STOCK/AMOUNT"))
            for one in shirt.findall("VARIANTS/VARIANT")
        ] == [("SHIRT-S", "S", "1"), ("SHIRT-M", "M", "2")]
        self.note(FILES)

    @scenario("Images there")
    @pytest.mark.requirement("M4", "M10", "E4")
    def test_pictures_go_there_once_in_their_order(self) -> None:
        self.refused("export", "image")
        self.our_pictures()
        assert self.sync("sync_attachments").state == "done"
        assert self.lying("images") == ["A-1-1.png", "A-1-2.png"]
        assert (self.bench.home / "images" / "A-1-2.png").read_bytes() == picture("blue")
        self.quiet("sync_attachments")
        self.note(FILES)

    @scenario("Linked images")
    @pytest.mark.requirement("M7", "M10", "E4")
    def test_linked_pictures_take_on_our_text_and_order_and_stay_the_same_files(self) -> None:
        self.refused("shop", "image")
        self.our_pictures()
        self.sync("sync_attachments")
        ArticleImage.objects.filter(name="front.png").update(position=5)
        assert self.sync("sync_attachments").state == "done"
        assert (self.bench.home / "images" / "A-1-1.png").read_bytes() == picture("blue")
        assert self.lying("images") == ["A-1-1.png", "A-1-2.png"]
        self.note(FILES)

    @scenario("Delete images")
    @pytest.mark.requirement("M4", "E4")
    def test_pictures_that_only_the_shop_has_are_deleted_there(self) -> None:
        self.refused("delete", "image")
        self.our_pictures()
        self.sync("sync_attachments")
        (self.bench.home / "images" / "theirs.png").write_bytes(picture("green"))
        ArticleImage.objects.filter(name="back.png").delete()
        assert self.sync("sync_attachments").state == "done"
        assert self.lying("images") == ["A-1-1.png", "theirs.png"]
        self.note(FILES)

    # Sales

    @scenario("Methods and statuses")
    @pytest.mark.requirement("O8")
    def test_methods_and_statuses_can_be_mapped(self) -> None:
        """Here they come with the orders that name them."""
        self.rules(order=TAKE)
        self.buy("A-1", 1)
        self.clean_sync("import_orders")
        found = {
            kind: set(RemoteElement.objects.of(self.shop, kind).present().values_list("remote_id", "name"))
            for kind in ("payment_method", "shipping_method", "order_status")
        }
        assert found == {
            "payment_method": {("card", "Card")},
            "shipping_method": {("courier", "Courier")},
            "order_status": {("new", "new"), ("done", "done")},
        }

    @scenario("Order statuses")
    @pytest.mark.requirement("E3", "O8", "O11")
    def test_statuses_go_there_by_their_mapping_and_come_here_if_wished(self) -> None:
        self.refused("shop", "order_status")
        self.rules(order=TAKE)
        self.clean_sync()
        ours = self._mapped_statuses()
        number = self.buy("A-1", 1)
        self.clean_sync("import_orders")
        new, done = self.bench.statuses
        assert Order.objects.get().status == ours[new]
        Order.objects.update(status=ours[done])
        self.feed("kontor_csv_statuses")
        assert self.sync("export_statuses").state == "done"
        text = self.bench.sent("order-statuses.csv").read_text(encoding="utf-8-sig")
        (row,) = csv.DictReader(io.StringIO(text), delimiter=";")
        assert (row["shop_number"], row["status_for_shop"]) == (number, done)
        self.quiet("export_statuses")
        self.note(FILES)
