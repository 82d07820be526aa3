"""Bad days of a shop that one exchanges files with: those of its server, and of what lies on it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from xml.etree import ElementTree

import pytest
from django.utils import timezone

from inventory.models import Article, ArticleImage, StockLevel
from inventory.services.images import add_image
from orders.models import Order
from shops.models import MirrorFile, Problem, RemoteElement, Run
from shops.platforms.files.inbox import Inbox
from shops.services.rules import RuleValues
from tests.platforms.files.by_files import ByFiles
from tests.platforms.scenarios.goods import picture
from tests.platforms.table import scenario


class BadDays(ByFiles):
    @scenario("Poison row")
    @pytest.mark.requirement("M4")
    def test_one_refused_article_keeps_back_nobody_and_is_not_sent_again(self) -> None:
        """A format that cannot hold an article leaves it out, and names it; order files see “No data”."""
        for key in ("A-1", "POISON ß", "A-2"):
            self.ours.make("article", key)
        feed = self.feed("shoptet_products")
        run = self.sync("export_all")
        assert run.state == "done"
        assert self._codes() == ["A-1", "A-2"]
        feed.refresh_from_db()
        assert [skus for _count, skus in feed.left_out.values()] == [["POISON ß"]]
        assert "POISON ß" in " ".join(run.messages.values_list("text", flat=True))
        self.quiet("export_all")
        Article.objects.filter(sku="POISON ß").update(sku="CURED", changed_at=timezone.now())
        self.sync("export_all")
        assert self._codes() == ["A-1", "A-2", "CURED"]
        self.note("")

    def _codes(self) -> list[str]:
        root = ElementTree.parse(self.bench.sent("shoptet.xml")).getroot()
        return sorted(item.findtext("CODE") or "" for item in root)

    @scenario("Unanswered create")
    @pytest.mark.requirement("M4")
    def test_a_create_that_was_done_without_an_answer_is_done_once(self) -> None:
        self.ours.make("article", "A-1")
        self.feed("kontor_xml")
        self.breaks("unanswered")
        assert self.sync("export_all").state == "done"
        assert self.bench.ftp.faults.unanswered == set()
        assert self.lying("out") == ["catalogue.xml"]
        assert self.bench.ftp.commands["STOR"] == 1
        self.quiet("export_all")
        self._our_picture_is_sent_once()
        self.note("")

    def _our_picture_is_sent_once(self) -> None:
        add_image(Article.objects.get(sku="A-1"), picture("red"), name="front.png")
        self.bench.forgets()
        self.breaks("unanswered")
        assert self.sync("sync_attachments").state == "done"
        assert self.bench.ftp.faults.unanswered == set()
        assert self.lying("images") == ["A-1-1.png"]
        assert self.bench.ftp.commands["STOR"] == 1
        assert MirrorFile.objects.get().sent not in ("", MirrorFile.UNKNOWN)

    @scenario("Unanswered update")
    @pytest.mark.requirement("P4")
    def test_an_update_that_was_done_without_an_answer_ends_right(self) -> None:
        self.ours.make("article", "A-1")
        self.feed("kontor_xml_stock")
        self.sync("export_stock")
        StockLevel.objects.update(on_hand=Decimal(11))
        self.breaks("unanswered")
        assert self.sync("export_stock").state == "done"
        assert self.bench.ftp.faults.unanswered == set()
        assert self.rows("stock.xml", "level")["A-1"]["quantity"] == "11"
        assert self.lying("out") == ["stock.xml"]
        self.quiet("export_stock")
        self.note("")

    @pytest.mark.parametrize("job", ["export_stock", "import_orders", "sync_attachments"])
    @scenario("Server down")
    def test_a_server_that_fails_for_a_moment_is_waited_for(self, job: str) -> None:
        self._some_work()
        self.breaks("down")
        assert self.sync(job).state == "done"
        assert self.bench.ftp.faults.greetings == []
        self._is_done(job)
        self.note("")

    @pytest.mark.parametrize("job", ["export_stock", "import_orders", "sync_attachments"])
    @scenario("Rate limit")
    def test_a_rate_limit_is_waited_for_and_is_no_failure(self, job: str) -> None:
        self._some_work()
        self.breaks("limit")
        run = self.sync(job)
        assert (run.state, Problem.objects.count()) == ("done", 0)
        assert self.bench.ftp.faults.greetings == []
        self._is_done(job)
        self.note("")

    def _some_work(self) -> None:
        self.our_pictures()
        self.feed("kontor_xml_stock")
        self.buy("A-1", 1)

    def _is_done(self, job: str) -> None:
        done = {
            "export_stock": self.lying("out") == ["stock.xml"],
            "import_orders": Order.objects.count() == 1,
            "sync_attachments": len(self.lying("images")) == 2,
        }
        assert done == {name: name == job for name in done}

    @scenario("No data")
    @pytest.mark.requirement("M8")
    def test_an_answer_that_is_no_data_stops_its_type_and_what_follows(self) -> None:
        """An order file that is none: nothing of it is taken, and the others are."""
        self.buy("A-1", 1)
        self.breaks("nonsense")
        run = self.sync("import_orders")
        assert run.state == "partly"
        change = run.changes.get(state="not_possible")
        assert (change.remote_id, bool(change.message), bool(change.cure)) == ("nonsense.xml", True, True)
        assert Order.objects.count() == 1
        assert self.lying("orders") == []
        file, reason = self.lying("orders/failed")
        assert (file.endswith("nonsense.xml"), reason) == (True, f"{file}.txt")
        self.note("")

    @scenario("Empty answer")
    @pytest.mark.requirement("M8")
    def test_a_suddenly_empty_shop_is_doubted(self) -> None:
        """Order files were fetched once and are ours; what we keep there is sent anew; here nothing goes."""
        self._some_work()
        for job in ("export_stock", "import_orders", "sync_attachments"):
            self.sync(job)
        self.breaks("empty")
        assert self.lying("images") == []
        for job in ("export_stock", "import_orders", "sync_attachments"):
            assert self.sync(job).state == "done"
        assert (Order.objects.count(), ArticleImage.objects.count()) == (1, 2)
        assert RemoteElement.objects.of(self.shop, "order").present().count() == 1
        assert (self.lying("out"), len(self.lying("images"))) == (["stock.xml"], 2)
        self.note("")

    @scenario("Moving pages")
    @pytest.mark.requirement("M2")
    def test_a_list_that_changes_while_it_is_read_loses_nothing(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """One file is taken away and another comes between two pages: each order is taken once, at the latest next time."""
        monkeypatch.setattr("shops.platforms.files.inbox.FILES_A_PAGE", 2)
        numbers = [self.buy("A-1", 1) for _number in range(5)]
        self.rules(order=RuleValues("here", import_here=True))
        real, pages = Inbox._settle, []

        def settle(inbox: Inbox, before: Any) -> None:
            real(inbox, before)
            if before.files and not pages:
                (self.bench.home / "orders" / f"order-{numbers[-1]}.xml").unlink()
                pages.append(self.buy("A-1", 2))

        monkeypatch.setattr(Inbox, "_settle", settle)
        assert self.sync("import_orders").state == "done"
        assert self.sync("import_orders").state == "done"
        taken = sorted(Order.objects.values_list("source_number", flat=True))
        assert taken == sorted([*numbers[:-1], *pages])
        assert len(self.lying("orders/done")) == 5
        assert Run.objects.filter(state="failed").count() == 0
        self.note("")
