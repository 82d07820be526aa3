"""One firm that sells the same articles in four shops on three platforms, and what happens to all of them at random.

Every shop is driven through its bench (tests/platforms/bench.py), as its own people and customers would; Kontor through
its services. What Kontor leads is worked out here once more, plainly, and compared with what the shops show.
"""

from __future__ import annotations

import random
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Sum
from django.utils import timezone

from inventory.models import Article, Price, StockLevel, StockMovement
from inventory.services.stock import correct
from orders.models import Customer, Order, OrderStatus, Shipment
from orders.services.statuses import set_status
from shops.models import Change, RemoteElement, Run, Shop
from shops.services.rules import FIXED, RuleValues, ensure_rules, save_rules
from shops.services.runs import confirm_overwriting, start_run, work_run
from tests import factories as make
from tests.crash.conftest import die_at
from tests.peers.oscommerce.checkout import age
from tests.platforms.bench import Bench
from tests.platforms.oscommerce.benches import OldByBridge
from tests.platforms.shoper.bench import ShoperBench
from tests.platforms.woocommerce.bench import WooBench

VAT = Decimal("1.22")
JOBS = ("sync", "sync", "export_stock", "import_orders", "export_statuses", "export_all", "reconcile")
POINTS = (
    "read.saving", "read.saved", "link.saved", "plan.saved", "write.reserved", "write.answered", "write.settled",
    "take.saving", "take.saved", "phase.ending", "step.finished",
)  # fmt: skip
FAULTS = ("unanswered", "down", "limit")


class SlovenianShoper(ShoperBench):
    """Shoper as a shop in Slovenia has it: the firm's VAT and currency are the same everywhere."""

    country, percent, currency = "SI", "22", "EUR"

    def start(self) -> None:
        super().start()
        store = self.shop.store
        store.config |= {"shop_country": "SI", "default_currency_name": "EUR"}
        store.tables["taxes"][1].update({"value": 22, "name": "22%", "class": "22%"})
        store.tables["currencies"][1]["name"] = "EUR"
        store.tables["currencies"][2]["name"] = "PLN"


class OldShop(OldByBridge):
    def add(self, kind: str, **values: Any) -> str:
        number = super().add(kind, **values)
        if kind == "order":  # younger ones wait until their checkout is surely over
            age(self.store, int(number), 3)
        return number


BENCHES: dict[str, type[Bench]] = {
    "north": SlovenianShoper,
    "south": SlovenianShoper,
    "web": WooBench,
    "old": OldShop,
}
# New articles of this shop's own people come into Kontor, and from there into the others.
IMPORTS = "north"


@dataclass
class Firm:
    """`with ExitStack() as stack: Firm(chance, stack)`. said: what happened, to be read when a run ends wrong."""

    chance: random.Random
    stack: ExitStack
    said: list[str] = field(default_factory=list)
    placed: Counter[str] = field(default_factory=Counter)
    parcels: list[tuple[str, str, str]] = field(default_factory=list)  # shop, order there, tracking number
    told: dict[int, OrderStatus] = field(default_factory=dict)  # order: the status that staff gave it last
    made: int = 0

    def __post_init__(self) -> None:
        make.make_company(country="SI", currency="EUR")
        self.staff = User.objects.create(username="petra")
        self.warehouse = make.make_warehouse("LJ")
        self.prices = make.make_price_list("Retail", gross=True)
        self.sales = make.make_price_list("Sale", gross=True, kind="sale")
        self.vat = make.make_vat_rate("22", "SI")
        self.kitchen = make.make_category("Kitchen")
        self.unit = make.make_unit("szt.")
        self.benches: dict[str, Bench] = {}
        self.shops: dict[str, Shop] = {}
        for code, cls in BENCHES.items():
            self.benches[code] = bench = cls()
            self.stack.callback(bench.stop)
            bench.start()
            self.shops[code] = self._connect(code, bench)
        self.statuses: dict[str, tuple[OrderStatus, OrderStatus]] = {}
        for _n in range(3):
            self.new_article()
        for code in self.shops:
            self.run(code, "sync")
            self._map_statuses(code)

    def _connect(self, code: str, bench: Bench) -> Shop:
        bench.add("category", name="Kitchen", parent="")
        shop = make.make_shop(
            code, platform=bench.platform, address=bench.address, credentials=dict(bench.credentials),
            options={"requests_per_second": "10000", **bench.options}, country="SI", price_list=self.prices,
            sale_price_list=self.sales,
        )  # fmt: skip
        shop.warehouses.add(self.warehouse)
        confirm_overwriting(shop, None)
        ensure_rules(shop)
        come = RuleValues("here", import_here=True)
        save_rules(
            shop,
            {
                "category": FIXED if bench.platform == "shoper" else RuleValues(),
                "article": RuleValues("shop", export_there=True, import_here=code == IMPORTS),
                "stock": RuleValues("shop"),
                "price": RuleValues("shop"),
                "customer": come,
                "order": come,
                "order_status": RuleValues("shop"),
            },
        )
        return shop

    def _map_statuses(self, code: str) -> None:
        names = ("New", "Shipped")
        found = []
        for name, kind, remote_id in zip(names, ("new", "shipped"), self.benches[code].statuses, strict=True):
            status = OrderStatus.objects.filter(name=name).first() or make.make_order_status(name, kind=kind)
            RemoteElement.objects.of(self.shops[code], "order_status").filter(remote_id=remote_id).update(
                local_id=status.pk
            )
            found.append(status)
        self.statuses[code] = (found[0], found[1])

    # What happens here

    def new_article(self) -> None:
        self.made += 1
        article = make.make_article(
            f"ART-{self.made:03}",
            name=f"Mug {self.made}",
            vat_rate=self.vat,
            unit=self.unit,
            categories=[self.kitchen],
        )
        self._stock_up(article)
        self.said.append(f"new {article.sku}")

    def _stock_up(self, article: Article) -> None:
        correct(article, self.warehouse, Decimal(self.chance.randint(40, 90)), cause="Counted", by=self.staff)
        make.make_price(self.prices, article, f"{self.chance.randint(10, 20)}.90")

    def rename(self) -> None:
        article = self.article()
        article.name = f"Mug {self.chance.randint(100, 999)}"
        article.save()
        self.said.append(f"{article.sku} is {article.name}")

    def hide_or_show(self) -> None:
        article = self.article()
        article.active = not article.active
        article.save()
        self.said.append(f"{article.sku} active {article.active}")

    def reprice(self) -> None:
        price = self.chance.choice(list(Price.objects.filter(price_list=self.prices).order_by("pk")))
        price.amount = Decimal(f"{self.chance.randint(10, 20)}.{self.chance.randint(10, 99)}")
        price.save()
        self.said.append(f"{price.article.sku} costs {price.amount}")

    def begin_or_end_a_sale(self) -> None:
        article = self.article()
        gone, _rows = Price.objects.filter(price_list=self.sales, article=article).delete()
        if not gone:
            make.make_price(self.sales, article, f"{self.chance.randint(5, 9)}.90")
        self.said.append(f"{article.sku} sale {not gone}")

    def count(self) -> None:
        article = self.article()
        correct(article, self.warehouse, Decimal(self.chance.randint(30, 99)), cause="Counted", by=self.staff)
        self.said.append(f"{article.sku} counted")

    def finish_an_order(self) -> None:
        order = self.chance.choice(
            [None, *Order.objects.filter(state__in=("new", "accepted")).order_by("pk")]
        )
        if order is None:
            return
        status = self.statuses[order.source][1]
        if not set_status([order.pk], status, by=self.staff).done:
            return
        self.told[order.pk] = status
        if self.chance.random() < 0.7:
            number = f"GLS-{order.pk:05}"
            Shipment.objects.create(
                order=order, carrier="GLS", tracking_number=number, shipped_at=timezone.now(), by=self.staff
            )
            self.parcels.append((order.source, order.source_id, number))
        self.said.append(f"order {order.source} {order.source_id} is shipped")

    def article(self) -> Article:
        return self.chance.choice(list(Article.objects.order_by("pk")))

    # What happens in the shops

    def buy(self) -> None:
        code, bench, row = self._somewhere()
        if row is None or (row["stock"] or 0) < 3 or not row["active"]:
            return
        email = f"buyer{self.chance.randint(1, 5)}@example.test"
        quantity = self.chance.randint(1, 2)
        bench.add("order", sku=row["sku"], quantity=quantity, email=email, shipping=Decimal("4.10"))
        self.placed[code] += 1
        self.said.append(f"{code}: {email} buys {quantity} {row['sku']}")

    def edit_in_shop(self) -> None:
        code, bench, row = self._somewhere()
        if row is not None:
            bench.change("article", row["id"], name=f"Their {self.chance.randint(1, 99)}")
            self.said.append(f"{code}: {row['sku']} renamed")

    def remove_in_shop(self) -> None:
        code, bench, row = self._somewhere()
        if row is not None:
            bench.remove("article", row["id"])
            self.said.append(f"{code}: {row['sku']} removed")

    def add_in_shop(self) -> None:
        code = self.chance.choice(list(self.shops))
        bench, number = self.benches[code], self.chance.randint(1, 9)
        kitchen = bench.find("category", name="Kitchen")["id"]
        sku = f"OWN-{code}-{number}"
        if not any(row["sku"] == sku for row in bench.shown("article")):
            bench.add(
                "article", sku=sku, name=f"Own {number}", price=Decimal(9), stock=Decimal(4), category=kitchen
            )
            self.said.append(f"{code}: {sku} added")

    def register(self) -> None:
        code = self.chance.choice(list(self.shops))
        email = f"{code}{self.chance.randint(1, 9)}@example.test"
        if not any(row["email"] == email for row in self.benches[code].shown("customer")):
            self.benches[code].add("customer", email=email, first_name="Ana", last_name="Novak", city="Celje")
            self.said.append(f"{code}: {email} registered")

    def _somewhere(self) -> tuple[str, Bench, dict[str, Any] | None]:
        """A shop and one of the articles there that Kontor sells."""
        code = self.chance.choice(list(self.shops))
        rows = [row for row in self.benches[code].shown("article") if row["sku"].startswith("ART-")]
        return code, self.benches[code], self.chance.choice(rows) if rows else None

    EVENTS = (
        new_article, rename, rename, hide_or_show, reprice, reprice, begin_or_end_a_sale, count, count, finish_an_order,
        finish_an_order, buy, buy, buy, edit_in_shop, remove_in_shop, add_in_shop, register,
    )  # fmt: skip

    def something_happens(self) -> None:
        self.chance.choice(self.EVENTS)(self)

    # What Kontor does

    def run(self, code: str, job: str) -> Run:
        self.shops[code].refresh_from_db()
        return work_run(start_run(self.shops[code], job).pk)

    def run_in_trouble(self) -> None:
        """A random job of a random shop, whose worker may die and whose shop may not answer."""
        code, job = self.chance.choice(list(self.shops)), self.chance.choice(JOBS)
        bench = self.benches[code]
        fault = self.chance.choice((*FAULTS, "", ""))
        if fault and fault not in bench.cannot_break:
            bench.breaks(
                fault, self.chance.choice(("article", "order") if fault == "unanswered" else ("article",))
            )
        self.shops[code].refresh_from_db()
        run = start_run(self.shops[code], job)
        point, nth = self.chance.choice((*POINTS, *POINTS, "")), self.chance.randint(1, 3)
        died = bool(point) and die_at(run, point, nth)
        self.said.append(f"{code}: {job} {fault} {f'killed at {point} {nth}' if died else ''}")
        run = work_run(run.pk)
        bench.heals()
        assert run.state in ("done", "partly"), (run.state, run.message, run.detail)

    def comes_to_rest(self) -> None:
        """Orders come in everywhere; then each shop twice, since what one brings goes to the others."""
        for code in self.shops:
            self.run(code, "import_orders")
        for _round in range(2):
            for code in self.shops:
                for article in Article.objects.filter(prices=None).order_by("pk"):
                    self._stock_up(article)  # staff see to what a shop has brought
                assert self.run(code, "sync").state == "done", self.not_done(code)
        for code in self.shops:
            self.run(code, "export_statuses")

    def not_done(self, code: str) -> list[Any]:
        run = Run.objects.filter(shop=self.shops[code]).latest("pk")
        left = run.changes.exclude(state="done").values_list("kind", "verb", "key", "state", "message")
        return [run.state, run.message, list(left), list(run.steps.exclude(state="done").values_list("kind", "message"))]  # fmt: skip

    # What must hold then

    def check(self) -> None:
        self._check_books()
        for code in self.shops:
            self._check_articles(code)
            self._check_orders(code)
        self._check_nothing_is_left()
        self._check_rest()

    def _check_books(self) -> None:
        moved = {
            (row["article"], row["warehouse"]): row["total"]
            for row in StockMovement.objects.values("article", "warehouse").annotate(total=Sum("quantity"))
        }
        for level in StockLevel.objects.all():
            assert level.on_hand == moved.get((level.article_id, level.warehouse_id), 0), level
        sources = Order.objects.values_list("source", "source_id")
        assert len(sources) == len(set(sources))
        assert Counter(source for source, _id in sources) == self.placed
        emails = [email.casefold() for email in Customer.objects.values_list("email", flat=True)]
        assert len(emails) == len(set(emails)), Counter(emails).most_common(3)

    def _check_articles(self, code: str) -> None:
        bench = self.benches[code]
        rows = Counter(row["sku"] for row in bench.shown("article"))
        assert max(rows.values()) == 1, rows
        shown = {row["sku"]: row for row in bench.shown("article")}
        # Articles that only this shop's people know stay where they are.
        ours = {
            sku: row for sku, row in shown.items() if not sku.startswith(f"OWN-{code}") or code == IMPORTS
        }
        # What is hidden stays where it is, but goes nowhere anew.
        sold = [article for article in Article.objects.all() if article.active or article.sku in ours]
        expected = {article.sku: self._expected(code, article) for article in sold}
        found = {sku: {name: row[name] for name in expected.get(sku, row)} for sku, row in ours.items()}
        wrong = {sku for sku in {*found, *expected} if found.get(sku) != expected.get(sku)}
        assert not wrong, {sku: {code: found.get(sku), "kontor": expected.get(sku)} for sku in wrong}

    def _expected(self, code: str, article: Article) -> dict[str, Any]:
        level = StockLevel.objects.filter(article=article).aggregate(a=Sum("on_hand"), r=Sum("reserved"))
        available = max((level["a"] or Decimal(0)) - (level["r"] or Decimal(0)), Decimal(0))
        return {
            "name": article.name,
            "active": article.active,
            "stock": available,
            "price": self._price(code, self.prices, article),
            "sale": self._price(code, self.sales, article),
        }

    def _price(self, code: str, price_list: Any, article: Article) -> Decimal | None:
        price = Price.objects.filter(price_list=price_list, article=article).first()
        if price is None or self.benches[code].gross:
            return price and price.amount
        step = Decimal(1).scaleb(-int(self.shops[code].facts["decimals"]))
        return (price.amount / VAT).quantize(step, ROUND_HALF_UP)

    def _check_orders(self, code: str) -> None:
        bench = self.benches[code]
        there = {row["id"]: row for row in bench.shown("order")}
        for order in Order.objects.filter(source=code):
            if (status := self.told.get(order.pk)) is not None:
                wanted = bench.statuses[self.statuses[code].index(status)]
                assert there[order.source_id]["status"] == wanted, (code, order.source_id)
        told = [(row["order"], row["text"]) for row in bench.shown("parcel")]
        for shop, order, number in self.parcels:
            if shop == code:
                texts = [text for of, text in told if of == order and number in text]
                assert [text.count(number) for text in texts] == [1], (code, order, number, told)

    def _check_nothing_is_left(self) -> None:
        assert not RemoteElement.objects.filter(state__in=("creating", "failed")).exists()
        assert not Change.objects.filter(state__in=("planned", "sending")).exists()
        assert not Run.objects.unfinished().exists()
        links = RemoteElement.objects.present().linked().values_list("shop", "kind", "local_id")
        several = ("order_status", "payment_method", "shipping_method")
        doubles = Counter(link for link in links if link[1] not in several)
        assert not doubles or max(doubles.values()) == 1, doubles.most_common(3)

    def _check_rest(self) -> None:
        """A further sync of every shop costs no writes."""
        for code, bench in self.benches.items():
            bench.forgets()
            run = self.run(code, "sync")
            assert (run.state, list(run.changes.values_list("kind", "verb", "key"))) == ("done", []), code
            assert bench.writes == 0, code
