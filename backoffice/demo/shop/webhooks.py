"""Webhook deliveries: signed, in a thread of their own, never repeated, given up after seven failures.

Source: woocommerce.md, section 8. Unlike the real shop, addresses of this machine may be called: the demo runs there.
"""

import base64
import hashlib
import hmac
import html
import http.client
import queue
import threading
import urllib.parse
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from backoffice.demo.shop.state import ShopState
from backoffice.demo.shop.wire import php_json

FAILURE_LIMIT = 7
TIMEOUT_S = 60
_RESOURCES = ("order", "product", "customer", "coupon")
_EVENTS = ("created", "updated", "deleted", "restored")
HOOKS = {
    "order.created": ["woocommerce_new_order"],
    "order.updated": ["woocommerce_update_order", "woocommerce_order_refunded"],
    "order.deleted": ["wp_trash_post", "woocommerce_trash_order"],
    "order.restored": ["untrashed_post", "woocommerce_untrash_order"],
    "product.created": ["woocommerce_process_product_meta", "woocommerce_new_product", "woocommerce_new_product_variation"],
    "product.updated": [
        "woocommerce_process_product_meta", "woocommerce_update_product", "woocommerce_update_product_variation"
    ],
    "product.deleted": ["wp_trash_post"],
    "product.restored": ["untrashed_post"],
    "customer.created": ["user_register", "woocommerce_created_customer", "woocommerce_new_customer"],
    "customer.updated": ["profile_update", "woocommerce_update_customer"],
    "customer.deleted": ["delete_user"],
    "coupon.created": ["woocommerce_process_shop_coupon_meta", "woocommerce_new_coupon"],
    "coupon.updated": ["woocommerce_process_shop_coupon_meta", "woocommerce_update_coupon"],
    "coupon.deleted": ["wp_trash_post"],
    "coupon.restored": ["untrashed_post"],
}  # fmt: skip


def topic_is_valid(topic: str) -> bool:
    resource, _, event = topic.partition(".")
    if resource == "action":
        return event.startswith("woocommerce_")
    return resource in _RESOURCES and event in _EVENTS


def signature(body: bytes, secret: str) -> str:
    """X-WC-Webhook-Signature: base64 of HMAC-SHA256 over the raw body. The stored secret is HTML-decoded first."""
    key = html.unescape(secret).encode()
    return base64.b64encode(hmac.new(key, body, hashlib.sha256).digest()).decode()


def delivery_id(webhook_id: int, moment: int) -> str:
    """A hash of the webhook and the second: several deliveries within one second share it."""
    return hashlib.md5(f"{webhook_id}-{moment}".encode(), usedforsecurity=False).hexdigest()


@dataclass(slots=True)
class Delivery:
    """One delivery as it was made; `status` is 0 when nobody answered."""

    webhook_id: int
    topic: str
    url: str
    headers: dict[str, str]
    body: bytes
    status: int = 0
    error: str = ""


@dataclass
class Deliverer:
    """Takes events from the shop and posts them. `payload(topic, id)` builds the body when it is sent,
    so a later change shows already (an order.created may arrive completed)."""

    state: ShopState
    home: Callable[[], str]
    payload: Callable[[str, int], Any]
    version: str = "10.5.2"
    wp_version: str = "6.9.1"
    delivered: list[Delivery] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._queue: queue.Queue[tuple[int, str, int] | None] = queue.Queue()
        self._waiting: set[tuple[int, str, int]] = set()
        self._waiting_lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="shop-webhooks", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        if self._thread is not None:
            self._queue.put(None)
            self._thread.join(timeout=5)
            self._thread = None

    def tell(self, events: list[tuple[str, int]]) -> None:
        """Queue what the active webhooks want to hear of. Several events of one thing collapse into one."""
        for topic, number in events:
            if topic == "ping":
                self._put((number, "ping", number))
                continue
            for webhook in list(self.state.webhooks.values()):
                if webhook["topic"] == topic and webhook["status"] == "active":
                    self._put((webhook["id"], topic, number))

    def _put(self, job: tuple[int, str, int]) -> None:
        with self._waiting_lock:
            if job in self._waiting:
                return
            self._waiting.add(job)
        self._queue.put(job)

    def wait(self) -> None:
        """Until all that was queued is delivered (for tests)."""
        self._queue.join()

    def _run(self) -> None:
        while True:
            job = self._queue.get()
            try:
                if job is None:
                    return
                with self._waiting_lock:
                    self._waiting.discard(job)
                self._deliver(*job)
            finally:
                self._queue.task_done()

    def _deliver(self, webhook_id: int, topic: str, number: int) -> None:
        with self.state.lock:
            webhook = self.state.webhooks.get(webhook_id)
            if webhook is None or webhook["status"] != "active":
                return
            webhook = dict(webhook)
            delivery = self._ping(webhook) if topic == "ping" else self._signed(webhook, topic, number)
        if delivery is None:
            return
        self._post(delivery)
        self.delivered.append(delivery)
        del self.delivered[:-500]
        if topic != "ping":
            self._count(webhook_id, delivery)

    def _agent(self) -> dict[str, str]:
        agent = f"WooCommerce/{self.version} Hookshot (WordPress/{self.wp_version})"
        return {"User-Agent": agent, "Accept": "*/*"}

    def _ping(self, webhook: dict[str, Any]) -> Delivery:
        headers = {**self._agent(), "Content-Type": "application/x-www-form-urlencoded"}
        return Delivery(
            webhook["id"], "ping", webhook["delivery_url"], headers, f"webhook_id={webhook['id']}".encode()
        )

    def _signed(self, webhook: dict[str, Any], topic: str, number: int) -> Delivery | None:
        payload = {"id": number} if topic.endswith(".deleted") else self.payload(topic, number)
        if payload is None:
            return None
        body = php_json(payload)
        resource, _, event = topic.partition(".")
        headers = {
            **self._agent(),
            "Content-Type": "application/json",
            "X-WC-Webhook-Source": f"{self.home()}/",
            "X-WC-Webhook-Topic": topic,
            "X-WC-Webhook-Resource": resource,
            "X-WC-Webhook-Event": event,
            "X-WC-Webhook-Signature": signature(body, webhook["secret"]),
            "X-WC-Webhook-ID": str(webhook["id"]),
            "X-WC-Webhook-Delivery-ID": delivery_id(webhook["id"], self.state.now()),
        }
        return Delivery(webhook["id"], topic, webhook["delivery_url"], headers, body)

    def _post(self, delivery: Delivery) -> None:
        parts = urllib.parse.urlsplit(delivery.url)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection = None
        try:
            connection = kind(parts.hostname or "", parts.port, timeout=TIMEOUT_S)
            connection.request("POST", path, delivery.body, delivery.headers)
            delivery.status = connection.getresponse().status
        except (OSError, http.client.HTTPException, ValueError) as error:
            delivery.error = str(error)
        finally:
            if connection is not None:
                connection.close()

    def _count(self, webhook_id: int, delivery: Delivery) -> None:
        """200 to 302 is success (redirects aren't followed). The seventh failure in a row disables."""
        with self.state.lock:
            webhook = self.state.webhooks.get(webhook_id)
            if webhook is None:
                return
            if 200 <= delivery.status <= 302:
                if webhook["failures"]:
                    self.state.webhooks.put(webhook_id, webhook | {"failures": 0})
                return
            changed = webhook | {"failures": webhook["failures"] + 1}
            if changed["failures"] >= FAILURE_LIMIT:
                changed |= {"status": "disabled", "modified": self.state.now()}
            self.state.webhooks.put(webhook_id, changed)
