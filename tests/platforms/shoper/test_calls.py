"""A call of the shop is a hint: whatever it says, Kontor reads the element itself; five of the same are one."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from orders.models import Order
from shops.models import Run
from shops.services import calls, hearing
from shops.services.rules import RuleValues
from shops.services.runs import work_run
from tests.platforms.scenarios.stage import Stage
from tests.platforms.shoper.bench import ShoperBench
from tests.platforms.shoper.test_webhooks import call


@pytest.mark.requirement("S4", "O9")
class TestCalls(Stage):
    bench_class = ShoperBench

    @pytest.fixture(autouse=True)
    def _listening(self, _stage: None, monkeypatch: pytest.MonkeyPatch, client: Client) -> None:
        monkeypatch.setattr(hearing, "GAP_S", 0.0)
        self.http = client
        self.rules(order=RuleValues("here", import_here=True))
        self.ours.make("article", "A-1")
        self.add("article", "A-1")
        self.clean_sync()
        self.listener = calls.register_calls(self.shop)
        Run.objects.all().delete()  # of the read that registering starts

    def hear(self, topic: str, payload: dict[str, Any], *, secret: str = "", times: int = 1) -> set[int]:
        body, headers = call(topic, payload, secret or self.listener.secret["secret"])
        named = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()}
        path = reverse("shops:call", args=[self.listener.token])
        return {
            self.http.post(path, body, content_type="application/json", **named).status_code
            for _n in range(times)
        }

    def test_an_announced_order_is_read_once_however_often_it_is_announced_and_whatever_it_says(self) -> None:
        number = self.bench.add("order", sku="A-1", quantity=2, email="jan@example.test", shipping=Decimal("4.10"))  # fmt: skip
        assert self.hear("order.create", {"order_id": number, "sum": "1.00"}, times=5) == {200}
        runs = [work_run(run.pk) for run in hearing.start_hearing(self.shop.pk)]
        assert [run.state for run in runs] == ["done"]
        order = Order.objects.get()
        assert (order.source_id, order.total) == (number, self.bench.find("order", id=number)["total"])
        assert hearing.start_hearing(self.shop.pk) == []

    def test_a_call_that_is_not_the_shops_starts_nothing(self) -> None:
        number = self.bench.add("order", sku="A-1", quantity=1, email="jan@example.test", shipping=Decimal(0))
        assert 200 not in self.hear("order.create", {"order_id": number}, secret="guessed")
        assert hearing.start_hearing(self.shop.pk) == []
        assert not Order.objects.exists()
