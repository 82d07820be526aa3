"""Phase a: read a shop's elements into remote elements, page by page (M2a)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backoffice.lib.errors import UnexpectedAnswer
from backoffice.lib.points import passing
from shops.content import content_print, to_content
from shops.elements import ELEMENT_TYPES
from shops.models import Change, RemoteElement, Run, Step, Watermark
from shops.platforms.base import BadRecord, Page
from shops.records import OrderRecord, PriceRecord, Record, StockRecord
from shops.sync.book import ProblemBook, count, say
from shops.sync.incoming import park_payload, store_payloads
from shops.sync.local.base import LocalType, Side

OVERLAP = timedelta(minutes=5)
WHOLE = (Run.Job.SYNC, Run.Job.READ, Run.Job.RECONCILE)
FEW = 20  # an answer that lacks no more than this many elements is never suspicious
MOST_MISSING = Decimal("0.5")

PRESENT = RemoteElement.State.PRESENT
# Everything about an element that a read or a write may change; the natural identity never does.
_UPSERT = [
    "remote_id",
    "parent_id",
    "local_id",
    "natural_key",
    "second_key",
    "name",
    "state",
    "content",
    "content_print",
    "synced_here_print",
    "synced_shop_print",
    "sent_value",
    "sent_at",
    "seen_value",
    "seen_at",
    "seen_run",
    "problem",
    "problem_print",
]


def since_for(run: Run, kind: str, *, honours_since: bool) -> datetime | None:
    """From when on to read; None = everything. A sync reads all, so that it also sees what is gone; comparing
    everything anew also finds what the shop changed without saying so."""
    if not honours_since:
        return None
    if asked := run.options.get("since"):
        return datetime.fromisoformat(asked)
    # Orders are never read whole again: there are years of them, and none is ever treated as gone.
    if run.job in WHOLE and kind != "order":
        return None
    if run.job == Run.Job.APPLY and run.options.get("read_since"):
        return datetime.fromisoformat(run.options["read_since"]) - OVERLAP
    mark = Watermark.objects.filter(shop=run.shop, kind=kind).first()
    if mark is not None:
        return mark.at - OVERLAP
    return run.shop.orders_from if kind == "order" else None


class Reader:
    """Reads one element type for one step; `page()` until it says that the read is complete."""

    def __init__(
        self, side: Side, run: Run, step: Step, types: Mapping[str, LocalType], problems: ProblemBook
    ) -> None:
        self.side = side
        self.run = run
        self.step = step
        self.types = types
        self.problems = problems

    def page(self) -> bool:
        """Read one page and save it together with the cursor. True = that was the last."""
        if self.run.is_announced:
            return self._announced()
        cursor = self.step.cursor
        if "since" not in cursor:
            began = timezone.now()
            since = since_for(
                self.run, self.step.kind, honours_since=self.side.platform.can(self.step.kind).since
            )
            cursor.update(since=since.isoformat() if since else None, page=None, seen_tokens=0)
            Step.objects.filter(pk=self.step.pk).update(read_began_at=began)
            self.step.read_began_at = began
        since = datetime.fromisoformat(cursor["since"]) if cursor["since"] else None
        page = self.side.platform.read(self.step.kind, since=since, cursor=cursor["page"])
        if page.next_cursor is not None and page.next_cursor == cursor["page"]:
            raise UnexpectedAnswer(
                _("%(shop)s answers the same page again and again.") % {"shop": self.run.shop.name},
                cure=_("Try again later. If it stays so, ask the shop's host about its cache."),
                key="same_page",
            )
        with transaction.atomic():
            self._absorb_page(page)
            cursor["page"] = page.next_cursor
            if not page.complete:
                cursor["partial"] = True
            self.step.cursor = cursor
            if page.total is not None:
                self.step.total = page.total
            self.step.save(update_fields=["cursor", "total"])
            count(self.step, read=len(page.records) + len(page.bad), done=len(page.records) + len(page.bad))
            if page.next_cursor is None:
                self._complete(since, set(page.carried))
                self._say_left_out()
            passing("read.saving")
        passing("read.saved")
        return page.next_cursor is None

    def _announced(self) -> bool:
        """One page of what the shop called for (O9). Watermarks stay: a call is a hint, and some never come."""
        kind, cursor = self.step.kind, self.step.cursor
        cursor.setdefault(
            "since", timezone.now().isoformat()
        )  # not a whole read: nothing is gone by its absence
        ids = [(str(one), str(parent)) for one, parent in self.run.options["ids"].get(kind, [])]
        start = int(cursor.get("page") or 0)
        chunk = ids[start : start + self.side.platform.can(kind).page]
        page = self.side.platform.read_some(kind, chunk) if chunk else Page(records=())
        with transaction.atomic():
            self._absorb_page(page)
            self._left(kind, {one for one, _parent in chunk} - {record.remote_id for record in page.records})
            cursor["page"] = start + len(chunk)
            if cursor["page"] >= len(ids):
                self._say_left_out()
            self.step.cursor, self.step.total = cursor, len(ids)
            self.step.save(update_fields=["cursor", "total"])
            count(self.step, read=len(page.records) + len(page.bad), done=len(chunk))
            passing("read.saving")
        passing("read.saved")
        return int(cursor["page"]) >= len(ids)

    def _say_left_out(self) -> None:
        local = self.types[self.step.kind]
        for sentence in local.left_out_sentences(self.step.cursor.get("left_out", {})):
            say(self.run, sentence)

    def _left(self, kind: str, ids: set[str]) -> None:
        """Asked for by id and not there: gone. What came and could not be understood is there all the same."""
        bad = set(Change.objects.filter(run=self.run, kind=kind).values_list("remote_id", flat=True))
        self.types[kind].missing(ids - bad)

    def _absorb_page(self, page: Page) -> None:
        local = self.types[self.step.kind]
        absorb(self.run, local, page.records)
        for reason, number in local.left_out().items():
            left_out = self.step.cursor.setdefault("left_out", {})
            left_out[reason] = left_out.get(reason, 0) + number
        for kind, records in page.carried.items():
            if kind in self.types:
                absorb(self.run, self.types[kind], records)
        for bad in page.bad:
            self._report(bad)

    def _report(self, bad: BadRecord) -> None:
        problem = self.problems.of(bad.kind, bad.error)
        if bad.kind == "order" and bad.raw:
            park_payload(self.run.shop, bad, problem)
        Change.objects.create(
            run=self.run,
            kind=bad.kind,
            verb=Change.Verb.SKIP,
            state=Change.State.NOT_POSSIBLE,
            remote_id=bad.remote_id[:150],
            name=bad.name[:300],
            message=str(bad.error.message)[:500],
            cure=str(bad.error.cure)[:500],
            problem=problem,
        )
        count(self.step, failed=1)

    def _complete(self, since: datetime | None, carried: set[str]) -> None:
        kinds = {self.step.kind, *self.side.platform.can(self.step.kind).carries, *carried} & set(self.types)
        if since is None and self.step.kind != "order" and not self.step.cursor.get("partial"):
            for kind in kinds:
                self._vanished(kind)
        if self.step.read_began_at is not None:
            for kind in kinds:
                Watermark.objects.update_or_create(
                    shop=self.run.shop, kind=kind, defaults={"at": self.step.read_began_at}
                )

    def _vanished(self, kind: str) -> None:
        """What a complete read did not see is gone; unless so much is missing that the answer is to be doubted."""
        known = RemoteElement.objects.of(self.run.shop, kind).filter(state=PRESENT)
        if ELEMENT_TYPES[kind].by_hand:
            known = known.filter(seen_run__isnull=False)  # some are known from orders only
            if (
                kind != "order_status"
            ):  # a method that was switched off still stands on orders; its mapping stays
                known = known.filter(local_id__isnull=True)
        missing = known.exclude(seen_run=self.run.pk)
        gone, before = missing.count(), known.count()
        if gone > FEW and gone > before * MOST_MISSING and not self._seen_before(kind, before - gone):
            self.step.cursor = {**self.step.cursor, "page": None, "suspicious": before - gone}
            raise Suspicious(kind, before, before - gone, self.run)
        if gone:
            # The link goes too: for the matrix such an article is "only here" from now on.
            missing.update(
                state=RemoteElement.State.GONE,
                local_id=None,
                problem=None,
                problem_print="",
                seen_at=timezone.now(),
            )
            label = ELEMENT_TYPES[kind].label
            say(
                self.run,
                ngettext(
                    "%(kind)s: %(n)d element is no longer in the shop.",
                    "%(kind)s: %(n)d elements are no longer in the shop.",
                    gone,
                )
                % {"kind": label, "n": gone},
            )

    def _seen_before(self, kind: str, left: int) -> bool:
        """Whether the run before was stopped by just the same answer: a second time it is believed."""
        earlier = (
            Step.objects.filter(run__shop=self.run.shop, kind=self.step.kind, run__lt=self.run.pk)
            .exclude(state=Step.State.SKIPPED)
            .order_by("-run_id")
            .first()
        )
        return bool(earlier and earlier.cursor.get("suspicious") == left)


class Suspicious(UnexpectedAnswer):
    """The shop suddenly has far fewer elements than before; nothing was treated as gone."""

    code = "suspicious"

    def __init__(self, kind: str, before: int, left: int, run: Run) -> None:
        super().__init__(
            _("%(shop)s shows only %(left)d of %(before)d elements (%(kind)s). Nothing was treated as gone.")
            % {"shop": run.shop.name, "left": left, "before": before, "kind": ELEMENT_TYPES[kind].label},
            cure=_(
                "Look into the shop. If this is right, start the run once more: the same answer is then believed."
            ),
            key=f"suspicious:{kind}",
        )
        self.left = left


def seen_value(record: Record) -> Decimal | None:
    if isinstance(record, StockRecord):
        return record.quantity
    if isinstance(record, PriceRecord):
        return record.regular
    return None


def fill(element: RemoteElement, record: Record, local: LocalType, run: Run) -> None:
    """Write what the shop says of an element onto its row (not saved)."""
    content = to_content(record)
    if element.local_id is None:
        element.problem_print = ""  # it has changed: what a person decided about it no longer holds
    element.natural_key = local.natural_key(record)
    element.second_key = local.second_key(record)
    element.name = local.label(record)
    element.parent_id = str(getattr(record, "parent_id", "") or "")[:150]
    element.content = content
    element.content_print = content_print(content)
    element.state = PRESENT
    element.seen_run = run.pk
    element.seen_value = seen_value(record)
    element.seen_at = timezone.now()


def absorb(run: Run, local: LocalType, records: Iterable[Record]) -> None:
    """Upsert what the shop has. Rows whose content is the same only learn that they were seen."""
    by_id = {record.remote_id: record for record in local.wanted(list(records))}
    if not by_id:
        return
    if local.kind == "order":
        store_payloads(run.shop, [record for record in by_id.values() if isinstance(record, OrderRecord)])
    known = {
        element.remote_id: element
        for element in RemoteElement.objects.of(run.shop, local.kind)
        .filter(remote_id__in=by_id)
        .defer("content")
    }
    same: list[int] = []
    changed: list[RemoteElement] = []
    for remote_id, record in by_id.items():
        element = known.get(remote_id)
        if element is not None and _unchanged(element, record, local):
            same.append(element.pk)
            continue
        row = element or RemoteElement(shop=run.shop, kind=local.kind, remote_id=remote_id)
        ignored = row.state in (RemoteElement.State.IGNORED, RemoteElement.State.DELETED_HERE)
        state = row.state
        fill(row, record, local, run)
        if ignored:
            row.state = state
        changed.append(row)
    RemoteElement.objects.filter(pk__in=same).update(seen_run=run.pk, seen_at=timezone.now())
    upsert(changed)


def _unchanged(element: RemoteElement, record: Record, local: LocalType) -> bool:
    if element.state == RemoteElement.State.GONE:
        return False
    parent_id = str(getattr(record, "parent_id", "") or "")
    return (
        element.content_print == content_print(to_content(record))
        and element.parent_id == parent_id
        and element.natural_key == local.natural_key(record)
        and element.second_key == local.second_key(record)
    )


def upsert(elements: list[RemoteElement]) -> None:
    """Insert new rows and write changed ones, 500 in a statement (bulk_update is the slowest way in Django)."""
    new = [row for row in elements if row.pk is None]
    old = [row for row in elements if row.pk is not None]
    RemoteElement.objects.bulk_create(new, batch_size=500)
    RemoteElement.objects.bulk_create(
        old, batch_size=500, update_conflicts=True, unique_fields=["id"], update_fields=list(_UPSERT)
    )
