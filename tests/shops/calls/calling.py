"""The shop's side of calls, and ours."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.test import Client
from django.urls import reverse

from backoffice.demo.shop.webhooks import Delivery
from shops.models import Listener, Run, Shop
from shops.services import hearing
from shops.services.runs import work_run
from tests.peers.woocommerce import Client as ApiClient
from tests.peers.woocommerce import DemoShop

ORDERS = {"order.created", "order.updated", "order.deleted"}


class Caller:
    """The shop's side: what it wants to say is kept, and posted when the test says so."""

    def __init__(self, woo: DemoShop, client: Client) -> None:
        self.woo, self.http, self.api = woo, client, ApiClient(woo)
        self.said: list[Delivery] = []
        woo.webhooks._post = self._keep  # type: ignore[method-assign]

    def _keep(self, delivery: Delivery) -> None:
        delivery.status = 200
        self.said.append(delivery)

    def take(self) -> list[Delivery]:
        self.woo.webhooks.wait()
        said, self.said = self.said, []
        return said

    def deliver(self, times: int = 1, said: list[Delivery] | None = None) -> list[int]:
        """Post what was said since, each so often; the statuses answered."""
        return [
            self.post(delivery) for delivery in (self.take() if said is None else said) for _n in range(times)
        ]

    def post(self, delivery: Delivery) -> int:
        headers = {
            f"HTTP_{name.upper().replace('-', '_')}": value for name, value in delivery.headers.items()
        }
        kind = headers.pop("HTTP_CONTENT_TYPE")
        path = urlsplit(delivery.url).path
        return self.http.post(path, delivery.body, content_type=kind, **headers).status_code

    def place_order(self) -> int:
        made = self.api.call(
            "POST", "/orders", {"line_items": [{"sku": "SHIRT-S", "quantity": 1}], "status": "processing"}
        )
        assert made.status == 201, made.body
        return int(made.json["id"])

    def change(self, path: str, **fields: Any) -> None:
        assert self.api.call("PUT", path, fields).status == 200


def path_of(listener: Listener) -> str:
    return reverse("shops:call", args=[listener.token])


def hear(shop: Shop) -> list[Run]:
    return [work_run(run.pk) for run in hearing.start_hearing(shop.pk)]
