"""From a shop's row to a platform that can talk: session, rate limit, log of calls."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import fields
from typing import Any

from django.db.models import F
from django.utils.translation import gettext as _

from backoffice.lib.errors import BadCredentials
from backoffice.lib.http import CallInfo, Pacer, Session
from backoffice.lib.logs import about
from backoffice.lib.pace import Pace
from backoffice.lib.secrets import Unreadable
from inventory.models import Company
from shops.models import CallLog, Run, Shop, Traffic
from shops.platforms.base import Connection, Line, Platform
from shops.platforms.registry import platform_for
from shops.sync.local.images import picture_file
from shops.sync.tokens import SharedToken

FLUSH_AT = 10
KEPT_CALLS = 2000  # per shop; older ones go, so that the log never grows without bound


class CallBook:
    """Counts a slice's requests and writes them to the log in one go: a line of log must not cost a query each."""

    def __init__(self, shop: Shop, run: Run | None) -> None:
        self.shop = shop
        self.run = run
        self.requests = 0
        self._lines: list[CallLog] = []
        self._failed = 0  # of these lines

    def note(self, call: CallInfo) -> None:
        self.requests += 1
        failed = bool(call.error) or (call.status or 0) >= 400
        self._failed += failed
        self._lines.append(
            CallLog(
                shop=self.shop,
                run_id=self.run.pk if self.run else None,
                method=call.method,
                url=call.url[:500],
                status=call.status,
                seconds=call.seconds,
                size=call.bytes,
                error=call.error[:300],
                sent=call.request if failed else call.request[:500],
                answer=call.response if failed else call.response[:500],
            )
        )
        if len(self._lines) >= FLUSH_AT:
            self.flush()

    def flush(self) -> None:
        """Write the lines, and count them: on the run, so that its page shows them while it is at work; for the shop."""
        lines, self._lines = self._lines, []
        failed, self._failed = self._failed, 0
        if lines:
            CallLog.objects.bulk_create(lines)
            self._count(len(lines), failed)
            if self.run is not None:
                Run.objects.filter(pk=self.run.pk).update(requests=F("requests") + len(lines))

    def _count(self, requests: int, failed: int) -> None:
        """One statement, but for the very first requests of a shop."""
        mine = Traffic.objects.filter(shop=self.shop)
        more = {"requests": F("requests") + requests, "failed": F("failed") + failed}
        if not mine.update(**more):
            Traffic.objects.bulk_create([Traffic(shop=self.shop)], ignore_conflicts=True)
            mine.update(**more)

    def trim(self) -> None:
        """Drop all but the newest KEPT_CALLS lines of the shop."""
        oldest = (
            CallLog.objects.filter(shop=self.shop)
            .order_by("-id")
            .values_list("id", flat=True)[KEPT_CALLS : KEPT_CALLS + 1]
            .first()
        )
        if oldest is not None:
            CallLog.objects.filter(shop=self.shop, id__lte=oldest).delete()


def pace_of(shop: Shop, platform: type[Platform]) -> Pace:
    """The rate limit that all workers share for this shop."""
    per_second = float(shop.options.get("requests_per_second") or platform.requests_per_second)
    return Pace(f"shop:{shop.pk}", per_second, platform.burst)


class Polite:
    """The shop's pace for background work: while a person's run is at work in another lane, it takes every third turn."""

    LOOK_EVERY_S = 1.0

    def __init__(self, shop: Shop, platform: type[Platform], run: Run) -> None:
        self._pace = pace_of(shop, platform)
        self._rivals = Run.objects.filter(
            shop=shop, state=Run.State.RUNNING, trigger=Run.Trigger.PERSON
        ).exclude(pk=run.pk)
        self._looked_at = 0.0
        self._behind = False

    def wait(self, cost: float = 1, max_s: float | None = None) -> float:
        now = time.monotonic()
        if now - self._looked_at > self.LOOK_EVERY_S:
            self._behind, self._looked_at = self._rivals.exists(), now
        if self._behind:
            time.sleep(2 * self._pace.gap_s)  # not reserved: these turns are the person's
        return self._pace.wait(cost, max_s)

    def penalise(self, after_s: float) -> None:
        self._pace.penalise(after_s)


@contextmanager
def open_platform(
    shop: Shop, run: Run | None = None, **session_options: Any
) -> Iterator[tuple[Platform, CallBook]]:
    """The shop's platform, ready to talk, and the book of its calls (written when the block ends).

    Raises BadCredentials when the saved credentials cannot be decrypted.
    """
    credentials = _credentials(shop)
    cls = platform_for(shop)
    book = CallBook(shop, run)
    closing = ExitStack()
    tokens = SharedToken(shop, credentials)
    secret_names = {field.name for field in cls.credentials if field.secret}

    def manners(options: dict[str, Any]) -> dict[str, Any]:
        return {
            "pace": _pace(shop, cls, run),
            "log": book.note,
            "secrets": [value for name, value in credentials.items() if name in secret_names],
            **session_options,
            **options,
        }

    def open_session(base_url: str, **options: Any) -> Session:
        return closing.enter_context(Session(base_url, **manners(options)))

    company = Company.load()
    connection = Connection(
        address=shop.address,
        credentials=credentials,
        open_session=open_session,
        options={name: str(value) for name, value in shop.options.items()},
        vat_country=shop.country,
        language=shop.language or company.language,
        currency=shop.price_list.currency if shop.price_list is not None else shop.currency,
        tokens=tokens,
        line=_line(manners({}), closing),
        picture=picture_file,
        looking=run is None or run.mode == Run.Mode.PREVIEW or run.job == Run.Job.READ,
    )
    try:
        with about(shop=shop.code), closing:
            yield cls(connection), book
    finally:
        book.flush()


def _credentials(shop: Shop) -> dict[str, str]:
    if isinstance(shop.credentials, Unreadable):
        raise BadCredentials(
            _("The login saved for %(shop)s cannot be read with this installation's keys.")
            % {"shop": shop.name},
            cure=_("Enter the login again on the shop's Connection page and save."),
            key="credentials_unreadable",
        )
    return {name: str(value) for name, value in shop.credentials.items()}


def _pace(shop: Shop, cls: type[Platform], run: Run | None) -> Pacer:
    if run is None or run.trigger == Run.Trigger.PERSON:
        return pace_of(shop, cls)
    return Polite(shop, cls, run)


def _line(manners: dict[str, Any], closing: ExitStack) -> Line:
    known = {f.name for f in fields(Line)}
    given = {name: value for name, value in manners.items() if name in known}
    return Line(**{**given, "secrets": tuple(given["secrets"]), "on_close": closing.callback})
