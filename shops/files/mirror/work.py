"""One slice of the mirror (E4). The manifest says what shall be where; a slice that is cut goes on from it.

For each kind: write down what shall lie on the server (ours, in chunks), list its folders (one listing each), rename
what only changed its name, send what differs, delete what nobody wants any more. Ten thousand unchanged images cost
one listing for each folder and no transfer.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any, Final

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.lib.errors import Conflict, KontorError, RemoteDown, Retriable, ShopStopped
from backoffice.lib.http import CallInfo
from backoffice.lib.points import passing
from backoffice.lib.transfer import Missing, Store
from shops.files.mirror.holding import hold_deletions
from shops.files.mirror.look import look_into, next_folder
from shops.files.mirror.send import Senders, Upload, uploads_for
from shops.files.mirror.settings import MirrorSettings
from shops.files.mirror.story import finish, refuse_rows, remember
from shops.files.mirror.wanted import forget_unwanted, note_wanted, wanted_chunk
from shops.models import Change, MirrorFile, Run, Step
from shops.sync.book import ProblemBook, count

SENDING_S: Final = 60.0  # an upload is paused after so long; the slice's own time-out is twice that
BATCH: Final = 20  # files that are under way together with one connection
DELETIONS: Final = 50
Phase = Step.Phase


class Mirror:
    """open_store: a new login on the shop's server. should_stop: asked between any two pieces of work. log: as a Store's."""

    def __init__(
        self,
        run: Run,
        open_store: Callable[[], Store],
        should_stop: Callable[[], bool],
        log: Callable[[CallInfo], None],
    ) -> None:
        self.run = run
        self.settings = MirrorSettings.of(run.shop)
        self._log = log
        self._open_store = open_store
        self._should_stop = should_stop
        self._own: Store | None = None
        self._problems = ProblemBook(run)
        self._deadline = time.monotonic() + SENDING_S

    def work(self) -> bool:
        """True when all is done. Raises what the server raises when nothing more can be done now."""
        try:
            return all(self._kind(step) for step in self._steps())
        finally:
            if self._own is not None:
                self._own.close()

    @property
    def _store(self) -> Store:
        if self._own is None:
            self._own = self._open_store()
        return self._own

    def _steps(self) -> list[Step]:
        """One for each kind, after those of the run's other work."""
        first = self.run.steps.count() + 1
        Step.objects.bulk_create(
            [
                Step(run=self.run, kind=kind, position=position)
                for position, kind in enumerate(self.settings.kinds, start=first)
            ],
            ignore_conflicts=True,
        )
        steps = list(self.run.steps.filter(kind__in=self.settings.kinds).order_by("position"))
        for step in steps:
            if not step.cursor.get("mirror"):  # the list of images in a file of the same run had it before
                step.cursor["mirror"] = True
                step.state, step.phase, step.finished_at = Step.State.WAITING, Phase.READ, None
                step.read = step.done = 0
                step.total = None
                step.save()
        return [step for step in steps if step.finished_at is None]

    def _kind(self, step: Step) -> bool:
        if step.state == Step.State.WAITING:
            step.state, step.started_at = Step.State.RUNNING, timezone.now()
            step.save(update_fields=["state", "started_at"])
        phases = {
            Phase.READ: self._look,
            Phase.LINK: self._rename,
            Phase.LINKED: self._send,
            Phase.UNLINKED: self._delete,
        }
        while step.phase != Phase.FINISHED:
            if not phases[Phase(step.phase)](step):
                return False
        finish(self.run, step)
        return True

    def _enter(self, step: Step, phase: str, total: int | None = None) -> bool:
        step.phase, step.total, step.done = phase, total, 0
        step.save(update_fields=["phase", "total", "done", "cursor"])
        passing("mirror.phase")
        return True

    def _rows(self, step: Step) -> Any:
        return MirrorFile.objects.filter(shop=self.run.shop, kind=step.kind)

    # What shall lie there, and what does

    def _look(self, step: Step) -> bool:
        cursor = step.cursor
        while not cursor.get("wanted"):
            chunk, last = wanted_chunk(self.run.shop, step.kind, self.settings, cursor.get("after", 0))
            with transaction.atomic():
                note_wanted(self.run, step.kind, chunk)
                if last is None:
                    forget_unwanted(self.run, step.kind)
                cursor.update(after=last, wanted=last is None)
                step.save(update_fields=["cursor"])
                count(step, read=len(chunk))
            passing("mirror.wanted")
            if self._should_stop():
                return False
        while (folder := next_folder(self.run.shop, step.kind, cursor.get("folder"))) is not None:
            look_into(self._store, self.run.shop, step.kind, folder, self.settings)
            cursor["folder"] = folder
            step.save(update_fields=["cursor"])
            passing("mirror.looked")
            if self._should_stop():
                return False
        refuse_rows(
            self.run, step, self._problems, self._rows(step).filter(problem=MirrorFile.FOREIGN), _foreign()
        )
        return self._enter(step, Phase.LINK)

    # Renames

    def _rename(self, step: Step) -> bool:
        """What nobody wants under its old name, and is wanted under a new one at which nothing lies."""
        while self.settings.rename and (pair := self._next_pair(step)) is not None:
            old, new = pair
            MirrorFile.objects.filter(pk=new.pk).update(sent=MirrorFile.UNKNOWN)
            passing("mirror.reserved")
            self._store.mkdirs(new.folder)
            try:
                self._store.rename(old.path, new.path)
            except Missing:
                MirrorFile.objects.filter(pk=old.pk).delete()
                continue
            passing("mirror.answered")
            with transaction.atomic():
                MirrorFile.objects.filter(pk=new.pk).update(
                    sent=new.wanted, size=old.size, sent_at=timezone.now()
                )
                MirrorFile.objects.filter(pk=old.pk).delete()
                remember(self.run, step, Change.Verb.UPDATE_SHOP, [(new, {"path": [old.path, new.path]})])
            if self._should_stop():
                return False
        return self._enter(step, Phase.LINKED, self._rows(step).to_send().count())

    def _next_pair(self, step: Step) -> tuple[MirrorFile, MirrorFile] | None:
        """The next of them; the cursor remembers those that have no counterpart."""
        while True:
            after = step.cursor.get("renamed", 0)
            olds = list(self._rows(step).filter(wanted="").there().filter(pk__gt=after).order_by("pk")[:500])
            if not olds:
                return None
            prints = [old.sent for old in olds]
            waiting = self._rows(step).filter(wanted__in=prints, sent="", problem="").order_by("-pk")
            news = {new.wanted: new for new in waiting}
            for old in olds:
                step.cursor["renamed"] = old.pk
                if old.sent in news:
                    return old, news[old.sent]

    # Sending

    def _send(self, step: Step) -> bool:
        connections = step.cursor.get("connections") or self.settings.connections
        senders: Senders | None = None
        try:
            while rows := list(self._rows(step).to_send().order_by("pk")[: BATCH * connections]):
                senders = senders or Senders(self._open_store, connections, self._deadline)
                uploads, gone = uploads_for(rows, self.settings.pixels)
                MirrorFile.objects.filter(pk__in=[row.pk for row in gone]).update(wanted="")
                # Whatever dies from here on: these are ours, and will be sent again.
                MirrorFile.objects.filter(pk__in=[one.row.pk for one in uploads]).update(
                    sent=MirrorFile.UNKNOWN
                )
                passing("mirror.reserved")
                senders.send(uploads)
                passing("mirror.answered")
                failure = self._settle(step, uploads)
                if failure is not None and connections > 1 and isinstance(failure, RemoteDown):
                    # It bears fewer logins than were chosen: go on with one.
                    senders.close()
                    senders, connections = None, 1
                    step.cursor["connections"] = 1
                    step.save(update_fields=["cursor"])
                elif failure is not None:
                    raise failure
                if self._should_stop() or any(one.paused for one in uploads):
                    return False
        finally:
            if senders is not None:
                senders.close()
        return self._enter(step, Phase.UNLINKED)

    def _settle(self, step: Step, uploads: Sequence[Upload]) -> KontorError | None:
        """Write down what became of each; the error that concerns not one file but the server, if there was one."""
        done = [one for one in uploads if one.done]
        failure: KontorError | None = None
        refused: list[tuple[MirrorFile, KontorError]] = []
        for one in uploads:
            for call in one.calls:
                self._log(call)
            if isinstance(one.error, (Retriable, ShopStopped)):
                failure = failure or one.error
            elif one.error is not None:
                refused.append((one.row, one.error))
        with transaction.atomic():
            changes = []
            for one in done:
                row = one.row
                before = row.sent if row.sent not in ("", MirrorFile.UNKNOWN) else ""
                changes.append((row, {"size": [row.size or None, one.size]} if before else {}))
                MirrorFile.objects.filter(pk=row.pk).update(
                    sent=row.wanted, size=one.size, sent_at=timezone.now()
                )
            new = [change for change in changes if not change[1]]
            remember(self.run, step, Change.Verb.CREATE_SHOP, new)
            remember(self.run, step, Change.Verb.UPDATE_SHOP, [change for change in changes if change[1]])
            for row, error in refused:
                refuse_rows(self.run, step, self._problems, [row], error)
                MirrorFile.objects.filter(pk=row.pk).update(problem=error.code)
        passing("mirror.settled")
        return failure

    # Deleting

    def _delete(self, step: Step) -> bool:
        if not self.settings.delete_gone:
            return self._enter(step, Phase.FINISHED)
        if not step.cursor.get("held"):
            with transaction.atomic():
                hold_deletions(self.run, step)
                step.cursor["held"] = True
                step.save(update_fields=["cursor"])
        held = set(
            self.run.changes.filter(kind=step.kind, state=Change.State.HELD).values_list("key", flat=True)
        )
        rows = self._rows(step).to_delete()
        after = 0
        while batch := list(rows.filter(pk__gt=after).order_by("pk")[:DELETIONS]):
            after = batch[-1].pk
            gone = [row for row in batch if row.path not in held]
            for row in gone:
                self._store.delete(row.path)
            passing("mirror.answered")
            with transaction.atomic():
                MirrorFile.objects.filter(pk__in=[row.pk for row in gone]).delete()
                remember(self.run, step, Change.Verb.DELETE_SHOP, [(row, {}) for row in gone])
            if self._should_stop():
                return False
        return self._enter(step, Phase.FINISHED)


def _foreign() -> KontorError:
    return Conflict(
        _("A file of this name lies on the server already, and Kontor has not sent it."),
        cure=_("Look at it. On the page Files of the shop you can say that such files are replaced."),
        key="mirror_foreign",
    )
