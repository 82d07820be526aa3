"""The token that a shop lends: kept in one row for all workers, renewed by one of them while the others wait."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Mapping

from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.lib.claims import claim, new_holder, release
from backoffice.lib.errors import TimedOut
from backoffice.lib.secrets import Secrets
from shops.models import AccessToken, Shop
from shops.platforms.base import Token

LEASE_S = 60.0  # longer than one sign-in with its retries
PATIENCE_S = 30.0
LOOK_EVERY_S = 0.2
SHARE_OF_LIFE = 0.8


class SharedToken:
    """A TokenStore (platforms.base) in the database. Call it outside of transactions."""

    def __init__(self, shop: Shop, credentials: Mapping[str, str]) -> None:
        self._shop = shop
        # Another login or address: what was lent before is not meant for it.
        known = json.dumps([shop.address, sorted(credentials.items())])
        self._made_for = hashlib.blake2b(known.encode(), digest_size=16).hexdigest()
        self._rows = AccessToken.objects.filter(shop=shop)

    def current(self) -> str:
        return self._usable(self._rows.first())

    def renew(self, refused: str, ask: Callable[[], Token]) -> str:
        until = time.monotonic() + PATIENCE_S
        while True:
            row, _created = AccessToken.objects.get_or_create(shop=self._shop)
            if (value := self._usable(row)) and value != refused:
                return value
            holder = new_holder()
            if claim(self._rows, holder=holder, seconds=LEASE_S):
                try:
                    return self._ask(refused, ask)
                finally:
                    release(self._rows, holder=holder)
            if time.monotonic() > until:
                raise TimedOut(
                    _("Another worker is signing in to %(shop)s and does not come to an end.")
                    % {"shop": self._shop.name},
                    cure=_("Nothing needs to be done, it is tried again."),
                    key="signing_in",
                )
            time.sleep(LOOK_EVERY_S)

    def _ask(self, refused: str, ask: Callable[[], Token]) -> str:
        if (value := self.current()) and value != refused:
            return value  # somebody was faster between our look and our claim
        token = ask()
        now = timezone.now()
        AccessToken.objects.filter(shop=self._shop).update(
            token={"value": token.value, "made_for": self._made_for},
            renew_at=now + (token.expires_at - now) * SHARE_OF_LIFE,
        )
        return token.value

    def _usable(self, row: AccessToken | None) -> str:
        if row is None or row.renew_at is None or row.renew_at <= timezone.now():
            return ""
        if not isinstance(row.token, Secrets) or row.token.get("made_for") != self._made_for:
            return ""
        return str(row.token["value"])
