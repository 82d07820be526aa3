"""Watches a run from a thread of its own: shows its progress and passes a Ctrl-C on to it."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from types import FrameType
from typing import Any, Self

from django.db import connections
from django.utils.translation import gettext as _

from shops.elements import ELEMENT_TYPES
from shops.models import Run, RunMessage, Step
from shops.services.runs import cancel_run

_SHOWN_EVERY_S = 2.0
_LOOK_EVERY_S = 0.2


class RunWatcher:
    """While the block lasts: `say` gets lines of progress, and the first Ctrl-C asks the run to stop.

    The work goes on in the main thread, so it is never interrupted in the middle of a line; a second Ctrl-C ends the
    process at once with KeyboardInterrupt (the run then goes on where a worker finds it).
    """

    def __init__(self, run: Run, say: Callable[[str], None]) -> None:
        self.run = run
        self.say = say
        self.asked = False  # whether Ctrl-C came
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name=f"watch-run-{run.pk}", daemon=True)
        self._before: Any = None
        self._last_message = 0
        self._waits_for = 0
        self._last_lines: dict[str, str] = {}

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            self._before = signal.signal(signal.SIGINT, self._interrupted)
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._stop.set()
        self._thread.join()
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)

    def _interrupted(self, _signal: int, _frame: FrameType | None) -> None:
        # Nothing but a mark: the main thread may be in the middle of a query.
        self.asked = True
        signal.signal(signal.SIGINT, signal.default_int_handler)

    def _watch(self) -> None:
        passed_on = False
        shown_at = 0.0
        try:
            while not self._stop.wait(_LOOK_EVERY_S):
                if self.asked and not passed_on:
                    passed_on = True
                    self.say(_("Stopping after the present batch. Press Ctrl-C again to leave at once."))
                    cancel_run(self.run)
                if time.monotonic() - shown_at >= _SHOWN_EVERY_S:
                    self._show()
                    shown_at = time.monotonic()
            self._show()
        finally:
            connections.close_all()  # this thread's own

    def _show(self) -> None:
        self._show_queue()
        for message in RunMessage.objects.filter(
            run=self.run, technical=False, pk__gt=self._last_message
        ).order_by("pk"):
            self._last_message = message.pk
            self.say(message.text)
        for step in Step.objects.filter(run=self.run).exclude(state=Step.State.WAITING).order_by("position"):
            line = progress_line(step)
            if self._last_lines.get(step.kind) != line:
                self._last_lines[step.kind] = line
                self.say(line)

    def _show_queue(self) -> None:
        """Say once for each run that is before this one in its lane."""
        if not Run.objects.filter(pk=self.run.pk, state=Run.State.WAITING).exists():
            return
        before = Run.objects.filter(
            shop=self.run.shop_id, lane=self.run.lane, state=Run.State.RUNNING
        ).first()
        if before is not None and before.pk != self._waits_for:
            self._waits_for = before.pk
            self.say(
                _("Waits until run %(id)d (%(job)s) of this shop has ended.")
                % {"id": before.pk, "job": before.get_job_display()}
            )


def progress_line(step: Step) -> str:
    """ "Articles: Running, Linked, 1200 of 20000"."""
    parts = [str(step.get_state_display())]
    if step.state == Step.State.RUNNING:
        parts.append(str(step.get_phase_display()))
    if step.total:
        parts.append(_("%(done)d of %(total)d") % {"done": step.done, "total": step.total})
    elif step.done:
        parts.append(str(step.done))
    if step.message and step.state != Step.State.RUNNING:
        parts.append(step.message)
    return f"{ELEMENT_TYPES[step.kind].label}: {', '.join(parts)}"
