"""What the shop calls us for: verifying a call, and telling the shop where to call (shoper.md, 8).

Whether it repeats a call that failed nobody knows; polling stays the truth.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.lib.errors import KontorError
from shops.platforms.base import Announcement, Event, Subscription
from shops.platforms.calls import header, not_registered, not_signed, unknown_subject
from shops.platforms.shoper.client import Call, Client, listing
from shops.platforms.shoper.mapping import values
from shops.platforms.shoper.mapping.values import Malformed, Payload
from shops.platforms.shoper.sending import new_id

ANNOUNCEMENTS: Final = (
    Announcement("order.create", "order", gettext_lazy("an order is placed")),
    Announcement("order.edit", "order", gettext_lazy("an order is changed")),
    Announcement("order.paid", "order", gettext_lazy("an order is paid")),
    Announcement("order.status", "order", gettext_lazy("an order gets another status")),
    Announcement("order.delete", "order", gettext_lazy("an order is deleted")),
    Announcement("product.create", "article", gettext_lazy("an article is created")),
    Announcement("product.edit", "article", gettext_lazy("an article is changed")),
    Announcement("product.delete", "article", gettext_lazy("an article is deleted")),
    Announcement("client.create", "customer", gettext_lazy("a customer registers")),
    Announcement("client.edit", "customer", gettext_lazy("a customer is changed")),
)
_KINDS: Final = {one.topic: one.kind for one in ANNOUNCEMENTS}
_IDS: Final = {"order": "order_id", "article": "product_id", "customer": "user_id"}
_VERBS: Final = {"create": "created", "delete": "deleted"}
_JSON: Final = 0


def verify(body: bytes, headers: Mapping[str, str], secret: str) -> Event:
    """The event of a call; body: the raw bytes.

    Raises BadCredentials when the signature does not fit them: it is the plain SHA-1 of id, secret and body.
    Raises UnexpectedAnswer for a signed call of something we did not subscribe to.
    """
    given = header(headers, "X-Webhook-SHA1").strip().lower()
    text = f"{header(headers, 'X-Webhook-Id')}:{secret}:".encode() + body
    digest = hashlib.sha1(text, usedforsecurity=False).hexdigest()  # the shop's own way
    if not (secret and hmac.compare_digest(digest.encode(), given.encode("utf-8", "replace"))):
        raise not_signed()
    topic = header(headers, "X-Webhook-Name").strip()
    kind = _KINDS.get(topic, "")
    remote_id = _subject(body, kind) if kind else ""
    if not remote_id:
        raise unknown_subject(topic)
    content = f"{topic}\n{remote_id}\n".encode() + body
    return Event(
        topic=topic,
        kind=kind,
        verb=_VERBS.get(topic.rpartition(".")[2], "updated"),
        remote_id=remote_id,
        parent_id="",
        key=hashlib.sha256(content).hexdigest(),
    )


def subscriptions(client: Client, address: str) -> list[Subscription]:
    """One definition of the shop names several events."""
    return [found for row in _definitions(client, address) for found in _subscriptions(row)]


def register(client: Client, address: str, secret: str, topics: Sequence[str]) -> list[Subscription]:
    """One definition for all of `topics`; what calls there already is replaced, since its secret cannot be read."""
    remove(client, address)
    body = {"url": address, "format": _JSON, "active": True, "secret": secret, "events": list(topics)}
    try:
        number = new_id(client.call(Call("POST", "webhooks", body)))
    except KontorError as error:
        raise not_registered(
            cure=_(
                "Check that Kontor's public address is set and reachable, and that the login may handle webhooks."
            ),
            detail=error.detail or str(error),
        ) from error
    return [Subscription(number, topic, active=True) for topic in topics]


def remove(client: Client, address: str) -> None:
    known = [values.own_id(row, "webhook_id") for row in _definitions(client, address)]
    client.bulks([Call("DELETE", f"webhooks/{number}") for number in known])


def _definitions(client: Client, address: str) -> list[Payload]:
    return [row for row in client.rows(listing("webhooks")) if row.get("url") == address]


def _subscriptions(row: Payload) -> list[Subscription]:
    number, active = values.own_id(row, "webhook_id"), values.flag(row, "active")
    return [Subscription(number, str(topic), active=active) for topic in values.items(row, "events")]


def _subject(body: bytes, kind: str) -> str:
    """The id of what a call is about; "" where it does not say."""
    try:
        payload = json.loads(body)
        return values.identity(payload, _IDS[kind])
    except (ValueError, RecursionError, Malformed, AttributeError):  # no JSON, no object, no id
        return ""
