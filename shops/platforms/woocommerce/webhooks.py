"""What the shop calls us for: verifying a call, and telling the shop where to call (woocommerce.md, 8).

A call is a hint: the element is read again. The shop never repeats a call that failed, and after seven failures in a
row it stops calling; polling stays the truth.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext as _

from backoffice.lib.errors import BadCredentials, UnexpectedAnswer
from shops.platforms.woocommerce.client import BATCH_MOST, Client
from shops.platforms.woocommerce.mapping import values
from shops.platforms.woocommerce.mapping.values import Malformed

TOPICS: Final = (
    "order.created",
    "order.updated",
    "order.deleted",
    "product.created",
    "product.updated",
    "product.deleted",
    "customer.updated",
)
_KINDS: Final = {"order": "order", "product": "article", "customer": "customer"}


@dataclass(frozen=True, slots=True)
class Event:
    """One call of the shop. kind: our element type. verb: created, updated, deleted or restored.

    A deletion is a move to the trash; deleting for good makes no call. key: the same for the same content, so that
    a call that comes twice can be recognised (the shop's own delivery id is shared by all calls of one second).
    """

    kind: str
    verb: str
    remote_id: str
    parent_id: str
    webhook_id: str
    key: str


@dataclass(frozen=True, slots=True)
class Subscription:
    """active False: the shop has given up calling, or somebody paused it."""

    remote_id: str
    topic: str
    address: str
    active: bool


def new_secret() -> str:
    """Letters and digits only: the shop decodes HTML in its stored secret before it signs."""
    return secrets.token_hex(32)


def is_ping(body: bytes, headers: Mapping[str, str]) -> bool:
    """The unsigned form that the shop sends when a webhook is made: to be answered with 200 and forgotten."""
    return (
        _header(headers, "X-WC-Webhook-Signature") == ""
        and body.startswith(b"webhook_id=")
        and len(body) < 40
    )


def verify(body: bytes, headers: Mapping[str, str], secret: str) -> Event:
    """The event of a call; body: the raw bytes. Raises BadCredentials when the signature does not fit them.

    Raises UnexpectedAnswer for a signed call of something we did not subscribe to.
    """
    given = _header(headers, "X-WC-Webhook-Signature")
    digest = hmac.new(secret.encode(), body, hashlib.sha256).digest()
    fits = hmac.compare_digest(base64.b64encode(digest), given.encode("utf-8", "replace"))
    if not (secret and fits):
        raise BadCredentials(
            _("A call that pretends to come from the shop is not signed with its secret."),
            cure=_("Register the calls anew on the shop's Health page."),
            key="webhook_signature",
        )
    kind = _KINDS.get(_header(headers, "X-WC-Webhook-Resource"), "")
    topic = _header(headers, "X-WC-Webhook-Topic")
    try:
        payload = json.loads(body)
        remote_id = values.own_id(payload)
        parent_id = values.identity(payload, "parent_id") if kind == "article" else ""
    except (ValueError, Malformed, AttributeError):  # no JSON, no object, no id
        kind = ""
    if not kind:
        raise UnexpectedAnswer(
            _("The shop called about something that Kontor does not know."),
            cure=_("Nothing needs to be done."),
            detail=topic[:100],
            key="webhook_unknown",
        )
    webhook_id = _header(headers, "X-WC-Webhook-ID")
    content = f"{webhook_id}\n{topic}\n".encode() + body
    return Event(
        kind=kind,
        verb=_header(headers, "X-WC-Webhook-Event"),
        remote_id=remote_id,
        parent_id=parent_id,
        webhook_id=webhook_id,
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


def register(
    client: Client, address: str, secret: str, topics: tuple[str, ...] = TOPICS
) -> list[Subscription]:
    """Have the shop call `address` for each of `topics`: one request; what calls there already is replaced.

    The secret of an existing webhook cannot be read, and one that failed too often stays on the brink when it is
    revived: making them anew is the only way to a known state.
    """
    remove(client, subscriptions(client, address))
    items: list[dict[str, Any]] = [
        {"name": f"Kontor {topic}", "topic": topic, "delivery_url": address, "secret": secret}
        for topic in topics
    ]
    return [_subscription(row) for row in client.batch("webhooks", "create", items)]


def remove(client: Client, known: list[Subscription]) -> None:
    """One request; such as are gone already do not matter."""
    client.batch("webhooks", "delete", [int(one.remote_id) for one in known])


def _subscription(row: Mapping[str, Any]) -> Subscription:
    error = values.part(row, "error")
    if error:
        raise UnexpectedAnswer(
            _("The shop does not register the calls."),
            cure=_("Check that Kontor's public address is set and reachable from the internet."),
            detail=f"{error.get('code')}: {error.get('message')}",
            key="webhook_register",
        )
    return Subscription(
        remote_id=values.own_id(row),
        topic=values.text(row, "topic"),
        address=values.text(row, "delivery_url"),
        active=row.get("status") == "active",
    )


def _header(headers: Mapping[str, str], name: str) -> str:
    return next((value for key, value in headers.items() if key.lower() == name.lower()), "")
