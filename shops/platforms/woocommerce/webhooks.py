"""What the shop calls us for: verifying a call, and telling the shop where to call (woocommerce.md, 8).

A call is a hint: the element is read again. The shop never repeats a call that failed, and after seven failures in a
row it stops calling; polling stays the truth.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shops.platforms.base import Announcement, Event, Subscription
from shops.platforms.calls import header, not_registered, not_signed, unknown_subject
from shops.platforms.woocommerce.client import BATCH_MOST, Client
from shops.platforms.woocommerce.mapping import values
from shops.platforms.woocommerce.mapping.values import Malformed

ANNOUNCEMENTS: Final = (
    Announcement("order.created", "order", gettext_lazy("an order is placed")),
    Announcement("order.updated", "order", gettext_lazy("an order is changed"), updates=True),
    Announcement("order.deleted", "order", gettext_lazy("an order is moved to the trash")),
    Announcement("product.created", "article", gettext_lazy("an article is created")),
    Announcement("product.updated", "article", gettext_lazy("an article is changed"), updates=True),
    Announcement("product.deleted", "article", gettext_lazy("an article is moved to the trash")),
    Announcement("customer.created", "customer", gettext_lazy("a customer registers")),
    Announcement("customer.updated", "customer", gettext_lazy("a customer is changed"), updates=True),
)
_KINDS: Final = {"order": "order", "product": "article", "customer": "customer"}


def is_ping(body: bytes, headers: Mapping[str, str]) -> bool:
    """The unsigned form that the shop sends when a webhook is made: to be answered with 200 and forgotten."""
    return (
        header(headers, "X-WC-Webhook-Signature") == "" and body.startswith(b"webhook_id=") and len(body) < 40
    )


def verify(body: bytes, headers: Mapping[str, str], secret: str) -> Event:
    """The event of a call; body: the raw bytes. A deletion is a move to the trash; deleting for good makes no call.

    Raises BadCredentials when the signature does not fit them.

    Raises UnexpectedAnswer for a signed call of something we did not subscribe to.
    """
    given = header(headers, "X-WC-Webhook-Signature")
    digest = hmac.new(secret.encode(), body, hashlib.sha256).digest()
    fits = hmac.compare_digest(base64.b64encode(digest), given.encode("utf-8", "replace"))
    if not (secret and fits):
        raise not_signed()
    kind = _KINDS.get(header(headers, "X-WC-Webhook-Resource"), "")
    topic = header(headers, "X-WC-Webhook-Topic")
    try:
        payload = json.loads(body)
        remote_id = values.own_id(payload)
        parent_id = values.identity(payload, "parent_id") if kind == "article" else ""
    except (ValueError, RecursionError, Malformed, AttributeError):  # no JSON, no object, no id
        kind = ""
    if not kind:
        raise unknown_subject(topic)
    content = f"{header(headers, 'X-WC-Webhook-ID')}\n{topic}\n".encode() + body
    return Event(
        topic=topic,
        kind=kind,
        verb=header(headers, "X-WC-Webhook-Event"),
        remote_id=remote_id,
        parent_id=parent_id,
        # The shop's own delivery id is shared by all calls of one second.
        key=hashlib.sha256(content).hexdigest(),
    )


def subscriptions(client: Client, address: str) -> list[Subscription]:
    """Those of the shop's webhooks that call `address`."""
    found: list[Subscription] = []
    page, pages = 1, 1
    while page <= pages:
        reply = client.get_list("webhooks", per_page=BATCH_MOST, page=page, orderby="id", order="asc")
        found += [_subscription(row) for row in reply.rows if row.get("delivery_url") == address]
        page, pages = page + 1, reply.pages or 1
    return found


def register(client: Client, address: str, secret: str, topics: Sequence[str]) -> list[Subscription]:
    """Have the shop call `address` for each of `topics`: one request; what calls there already is replaced.

    The secret of an existing webhook cannot be read, and one that failed too often stays on the brink when it is
    revived: making them anew is the only way to a known state.
    """
    remove(client, address)
    items: list[dict[str, Any]] = [
        {"name": f"Kontor {topic}", "topic": topic, "delivery_url": address, "secret": secret}
        for topic in topics
    ]
    return [_subscription(row) for row in client.batch("webhooks", "create", items)]


def remove(client: Client, address: str) -> None:
    """Two requests; such as are gone meanwhile do not matter."""
    known = [int(one.remote_id) for one in subscriptions(client, address)]
    if known:
        client.batch("webhooks", "delete", known)


def _subscription(row: Mapping[str, Any]) -> Subscription:
    error = values.part(row, "error")
    if error:
        raise not_registered(
            cure=_("Check that Kontor's public address is set and reachable from the internet."),
            detail=f"{error.get('code')}: {error.get('message')}",
        )
    return Subscription(
        remote_id=values.own_id(row),
        topic=values.text(row, "topic"),
        active=row.get("status") == "active",
    )
