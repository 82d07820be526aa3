"""The exports of a shop that one exchanges files with: write its feeds, and send them to its server (S11).

One feed after the other: it is written whole into the installation's storage, compared with what it was, and sent if
the server has another content. A slice may end anywhere: what is written is not written again, and an upload goes on
where it was. Under its real name there is never anything but a whole file.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backoffice.lib.errors import KontorError, Retriable, ShopStopped
from backoffice.lib.points import passing
from backoffice.lib.transfer import PART, Paused, Store
from backoffice.lib.transfer.paths import joined
from shops import elements
from shops.files.building import (
    PlannedFile,
    Stopped,
    built,
    file_steps,
    finish_steps,
    show_finished_files,
)
from shops.files.export import remark_left_out
from shops.files.feed_store import keep
from shops.files.formats import Format, format_of
from shops.files.rows import file_meta
from shops.models import Feed, Problem, Run, RunMessage, Step
from shops.sync.book import ProblemBook, say

# Which feeds a job writes. "Synchronise" writes all: it is the full update (E1).
JOBS_OF = {
    Run.Job.SYNC: (Run.Job.EXPORT_ALL, Run.Job.EXPORT_STOCK, Run.Job.EXPORT_STATUSES),
    Run.Job.FEEDS: (Run.Job.EXPORT_ALL, Run.Job.EXPORT_STOCK, Run.Job.EXPORT_STATUSES),
    Run.Job.EXPORT_ALL: (Run.Job.EXPORT_ALL,),
    Run.Job.EXPORT_STOCK: (Run.Job.EXPORT_STOCK,),
    Run.Job.EXPORT_STATUSES: (Run.Job.EXPORT_STATUSES,),
}
_ASK_EVERY_S = 1.0


@dataclass(frozen=True, slots=True)
class Item:
    feed: Feed
    format: Format
    planned: PlannedFile


def feeds_of(run: Run) -> list[Feed]:
    """The feeds that this run writes, in their order; of the job "feeds" those with a public address only."""
    feeds = Feed.objects.filter(shop=run.shop).active().order_by("pk")
    if run.job == Run.Job.FEEDS:
        feeds = feeds.public()
    jobs = JOBS_OF[Run.Job(run.job)]
    return [feed for feed in feeds if format_of(feed.format).job in jobs]


class Delivery:
    """One slice of it. `work` is True when every feed of the run is done, False to go on in the next slice.

    store: None = no server is entered, or the job does not send. stop_writing: asked between chunks of a file, yes only
    when a person wants the run to stop; stop_sending: also when the slice's time is over.
    """

    def __init__(
        self,
        run: Run,
        store: Store | None,
        *,
        stop_writing: Callable[[], bool],
        stop_sending: Callable[[], bool],
    ) -> None:
        self.run = run
        self.store = store
        self._stop_writing = stop_writing
        self._stop_sending = seldom(stop_sending)
        self._problems = ProblemBook(run)
        self._folder = str(run.shop.options.get("folder_out") or "").strip().strip("/")

    def work(self) -> bool:
        items = self._items()
        first = self.run.steps.order_by("position").first()
        if not items or (first is not None and first.cursor.get("delivery", {}).get("all")):
            return True
        steps = file_steps(self.run, [item.planned for item in items])
        first = self.run.steps.order_by("position").first()
        assert first is not None, "file_steps makes one for every section"
        self._first = steps[first.kind] if steps[first.kind].pk == first.pk else first
        while waiting := [item for item in items if not self._is_done(item, steps)]:
            show_finished_files(steps, [item.planned for item in items], [item.planned for item in waiting])
            if self._stop_sending():
                return False
            if not self._deliver(waiting[0], steps):
                return False
        kinds = self._kinds(items)
        self._cure(kinds)
        finish_steps(steps[kind] for kind in kinds)
        self._cursor["all"] = True
        self._first.save(update_fields=["cursor"])
        return True

    def _cure(self, kinds: set[str]) -> None:
        """What was wrong with the files of these types and was not met any more."""
        if self.run.job == Run.Job.FEEDS:  # it writes some of them only
            return
        if self.run.job == Run.Job.SYNC:
            kinds = kinds - {elements.ORDER}  # the engine has read those, and knows what is wrong with them
        met = Problem.objects.filter(last_run=self.run).values("pk")
        open_ones = Problem.objects.filter(shop=self.run.shop, kind__in=kinds).exclude(
            state=Problem.State.CURED
        )
        open_ones.exclude(pk__in=met).update(state=Problem.State.CURED, count=0)

    def _items(self) -> list[Item]:
        items = []
        for feed in feeds_of(self.run):
            spec = format_of(feed.format)
            planned = PlannedFile(feed.name, spec.writer, tuple(spec.sections(self.run.shop)))
            items.append(Item(feed, spec, planned))
        return items

    @staticmethod
    def _kinds(items: list[Item]) -> set[str]:
        return {section.sheet.kind for item in items for section in item.planned.sections}

    # What is done stands in the cursor of the run's first step: {"written": [ids], "done": [ids], "folder": made, "all": done}

    @property
    def _cursor(self) -> dict[str, Any]:
        found: dict[str, Any] = self._first.cursor.setdefault("delivery", {})
        return found

    def _is_done(self, item: Item, steps: dict[str, Step]) -> bool:
        # A step that was given up as a whole (the server stayed away) takes its feeds with it.
        given_up = any(steps[kind].state == Step.State.FAILED for kind in self._kinds([item]))
        return given_up or item.feed.pk in self._cursor.get("done", ())

    def _note(self, what: str, feed: Feed) -> None:
        self._cursor.setdefault(what, []).append(feed.pk)
        self._first.save(update_fields=["cursor"])

    # One feed

    def _deliver(self, item: Item, steps: dict[str, Step]) -> bool:
        """False = the slice ends here. What is wrong with one feed does not keep the others."""
        feed = item.feed
        try:
            if feed.pk not in self._cursor.get("written", ()):
                self._write(item, steps)
                self._note("written", feed)
            self._send(feed)
        except (Stopped, Paused):
            return False
        except (Retriable, ShopStopped):
            raise
        except KontorError as error:
            self._fail(item, steps, error)
        else:
            if feed.message:
                feed.message = feed.cure = ""
                feed.save(update_fields=["message", "cure"])
        self._note("done", feed)
        passing("feed.done")
        return True

    def _write(self, item: Item, steps: dict[str, Step]) -> None:
        # The head of the file as "Export all" has it, whatever job writes it: its prices need it.
        meta = replace(file_meta(self.run), job=item.format.job)
        with built(item.planned, self.run.shop, meta, steps, self._stop_writing) as file:
            changed = keep(item.feed, file)
            passing("feed.kept")
            remark_left_out(self.run, item.feed.name, file)
        text = ngettext(
            "%(file)s is written: %(rows)d element.",
            "%(file)s is written: %(rows)d elements.",
            item.feed.rows,
        )
        if not changed:
            text = ngettext(
                "%(file)s is as it was: %(rows)d element.",
                "%(file)s is as it was: %(rows)d elements.",
                item.feed.rows,
            )
        say(self.run, text % {"file": item.feed.name, "rows": item.feed.rows})

    def _send(self, feed: Feed) -> None:
        if self.store is None or not feed.send:
            return
        path = joined(self._folder, feed.name)
        if feed.sent_checksum == feed.checksum and not self._is_missing(path, feed):
            return
        if not self._cursor.get("folder"):
            self.store.mkdirs(self._folder)
            self._cursor["folder"] = True
        with feed.file.storage.open(str(feed.file.name), "rb") as content:
            self.store.write(
                path,
                content,  # type: ignore[arg-type]
                size=feed.size,
                mark=feed.checksum[:12],
                should_stop=self._stop_sending,
            )
        passing("feed.sent")
        feed.sent_checksum, feed.sent_at = feed.checksum, timezone.now()
        feed.save(update_fields=["sent_checksum", "sent_at"])
        with contextlib.suppress(KontorError):  # the file itself is there
            self._sweep(self.store, feed)
        say(
            self.run,
            _("%(file)s is on %(host)s.") % {"file": path, "host": self.store.target.name},
            RunMessage.Level.OK,
        )

    def _sweep(self, store: Store, feed: Feed) -> None:
        """Uploads of older content that were cut and never finished: nobody will go on with them."""
        for entry in store.entries(self._folder):
            if entry.name.startswith(f"{feed.name}.") and entry.name.endswith(PART) and not entry.is_folder:
                store.delete(joined(self._folder, entry.name))

    def _is_missing(self, path: str, feed: Feed) -> bool:
        """Background runs believe what they have sent; a person's click looks whether it is still there."""
        if self.store is None or self.run.trigger not in (Run.Trigger.PERSON, Run.Trigger.COMMAND):
            return False
        entry = self.store.stat(path)
        return entry is None or entry.size not in (None, feed.size)

    def _fail(self, item: Item, steps: dict[str, Step], error: KontorError) -> None:
        kind = item.planned.sections[0].sheet.kind
        step = steps[kind]
        step.failed += 1
        step.message, step.cure = str(error.message)[:500], str(error.cure)[:500]
        if step.pk is not None:
            step.save(update_fields=["failed", "message", "cure"])
        problem = self._problems.of(kind, error)
        problem.count = max(problem.count, 1)
        problem.save(update_fields=["count"])
        feed = item.feed
        feed.message, feed.cure = str(error.message)[:500], str(error.cure)[:500]
        feed.save(update_fields=["message", "cure"])
        say(self.run, f"{feed.name}: {error.message} {error.cure}".strip(), RunMessage.Level.ERROR)


def seldom(ask: Callable[[], bool]) -> Callable[[], bool]:
    """`ask`, at most once a second: it costs queries, and an upload asks after every block."""
    state: dict[str, Any] = {"at": -_ASK_EVERY_S, "answer": False}

    def asked() -> bool:
        now = time.monotonic()
        if now - state["at"] >= _ASK_EVERY_S:
            state["at"], state["answer"] = now, ask()
        return bool(state["answer"])

    return asked
