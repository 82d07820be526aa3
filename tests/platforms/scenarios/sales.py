"""Customers, orders and their statuses."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from orders.models import Customer, Order, Shipment
from shops.models import RemoteElement
from shops.services.rules import RuleValues
from tests import factories as make
from tests.platforms.scenarios.stage import Stage
from tests.platforms.table import scenario

TAKE = RuleValues("here", import_here=True)


class Sales(Stage):
    @scenario("Customers")
    @pytest.mark.requirement("P7")
    def test_customers_come_with_their_addresses(self) -> None:
        if not self.possible("customer", "import"):
            return
        self.bench.add(
            "customer", email="Ana@Example.test", first_name="Ana", last_name="Novak", city="Celje"
        )
        self.rules(customer=TAKE)
        self.clean_sync()
        ana = Customer.objects.get()
        assert (ana.email.lower(), ana.first_name, ana.last_name) == ("ana@example.test", "Ana", "Novak")
        assert (ana.billing.city, ana.billing.country) == ("Celje", self.bench.country)
        self.quiet_sync()

    @scenario("Methods and statuses")
    @pytest.mark.requirement("O8")
    def test_methods_and_statuses_can_be_mapped(self) -> None:
        kinds = [
            kind
            for kind in ("payment_method", "shipping_method", "order_status")
            if self._readable(kind)
        ]  # fmt: skip
        self.clean_sync("read")
        for kind in kinds:
            assert RemoteElement.objects.of(self.shop, kind).present().exclude(name="").exists(), kind
        if "order_status" not in kinds:
            return
        statuses = RemoteElement.objects.of(self.shop, "order_status").present()
        assert set(self.bench.statuses) <= set(statuses.values_list("remote_id", flat=True))

    def _readable(self, kind: str) -> bool:
        reason = self.platform.can(kind).reason("read")
        self.note(kind, str(reason))
        return not reason

    @scenario("Orders")
    @pytest.mark.requirement("O1", "O2", "O6")
    def test_orders_arrive_with_lines_shipping_and_the_exact_total(self) -> None:
        if not self.possible("order", "import"):
            return
        self.ours.make("article", "A-1")
        self.add("article", "A-1", price=Decimal("9.99"))
        self.rules(order=TAKE)
        self.clean_sync()
        number = self.buy("A-1", 3)
        self.clean_sync("import_orders")
        order = Order.objects.get()
        shown = self.bench.find("order", id=number)
        assert (order.source_id, order.total, order.currency) == (
            number,
            shown["total"],
            self.bench.currency,
        )
        lines = {line.kind: line for line in order.lines.all()}
        assert (lines["item"].sku, lines["item"].quantity, lines["item"].article.sku) == ("A-1", 3, "A-1")
        assert (lines["shipping"].net + lines["shipping"].vat).quantize(Decimal("0.01")) == Decimal("4.10")
        assert (order.email, order.billing.city) == ("jan@example.test", "Celje")
        assert Customer.objects.filter(email="jan@example.test").exists()
        assert order.placed_at is not None
        self.bench.forgets()
        assert self.clean_sync("import_orders").changes.count() == 0
        assert (Order.objects.count(), self.bench.writes) == (1, 0)

    @scenario("Order statuses")
    @pytest.mark.requirement("E3", "O8", "O11")
    def test_statuses_go_there_by_their_mapping_and_come_here_if_wished(self) -> None:
        if not self.possible("order_status", "shop"):
            return
        self.ours.make("article", "A-1")
        self.add("article", "A-1")
        self.rules(order=TAKE)
        self.clean_sync()
        ours = self._mapped_statuses()
        first, second = self.buy("A-1", 1), self.buy("A-1", 2)
        self.clean_sync("import_orders")
        new, done = self.bench.statuses
        assert {order.status for order in Order.objects.all()} == {ours[new]}
        Order.objects.filter(source_id=first).update(status=ours[done])
        self.bench.forgets()
        self.clean_sync("export_statuses")
        assert [self.bench.find("order", id=pk)["status"] for pk in (first, second)] == [done, new]
        self.bench.forgets()
        self.clean_sync("export_statuses")
        assert self.bench.writes == 0
        self.shop.update_known_status = True
        self.shop.save()
        self.bench.change("order", second, status=done)
        self.clean_sync("import_orders")
        assert Order.objects.get(source_id=second).status == ours[done]

    @scenario("Parcels")
    @pytest.mark.requirement("L2", "O8")
    def test_a_parcel_is_told_once_and_a_later_one_leaves_the_status_alone(self) -> None:
        if not self.possible("order_status", "shop"):
            return
        if reason := str(self.platform.can("order").reason("parcels")):
            self.note("order", reason)
            return
        self.ours.make("article", "A-1")
        self.add("article", "A-1")
        self.rules(order=TAKE)
        self.clean_sync()
        ours = self._mapped_statuses()
        number = self.buy("A-1", 2)
        self.clean_sync("import_orders")
        order = Order.objects.get()
        done = self.bench.statuses[1]
        Order.objects.update(status=ours[done])
        for tracking in ("GLS-0001", "GLS-0002"):
            self._ship(order, tracking)
            self.clean_sync("export_statuses")
            told = [row for row in self.bench.shown("parcel") if tracking in row["text"]]
            assert [row["order"] for row in told] == [number], tracking
            self.bench.forgets()
            self.clean_sync("export_statuses")
            assert self.bench.writes == 0
            if tracking == "GLS-0001":
                assert self.bench.find("order", id=number)["status"] == done
        assert not Shipment.objects.filter(told_at=None).exists()

    @staticmethod
    def _ship(order: Order, tracking: str) -> None:
        Shipment.objects.create(
            order=order, carrier="GLS", tracking_number=tracking, shipped_at=timezone.now()
        )

    def _mapped_statuses(self) -> dict[str, Any]:
        ours = {}
        for remote_id in self.bench.statuses:
            ours[remote_id] = make.make_order_status(f"Our {remote_id}")
            RemoteElement.objects.of(self.shop, "order_status").filter(remote_id=remote_id).update(
                local_id=ours[remote_id].pk
            )
        return ours

    def buy(self, sku: str, quantity: int) -> str:
        return self.bench.add(
            "order", sku=sku, quantity=quantity, email="jan@example.test", shipping=Decimal("4.10")
        )
