"""The child of `manage.py worker`: django-q2's cluster, whose guard kills it as soon as it can't be trusted any more.

What goes wrong without it, on every broker (ECOSYSTEM §2.2): a worker that is killed while it holds the read lock of
the shared queue stops all workers for ever; a killed monitor loses results; a killed sentinel or parent leaves
orphans that go on working. All are cured in one way: SIGKILL to our whole process group, and the supervisor starts
a new cluster. Runs whose slice was cut are woken by the sweeper, by their rows.
"""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import socket
import time
from multiprocessing import Process, Value
from queue import Full
from typing import Any, NoReturn

from django.conf import settings
from django.db import DatabaseError, connections
from django.utils import timezone
from django_q import cluster as django_q_cluster
from django_q.conf import Conf
from django_q.signals import post_execute

from backoffice.lib.alive import watch
from backoffice.models import Heartbeat

logger = logging.getLogger(__name__)

PROBE = "backoffice.worker.pulse.beat"
LOOK = "shops.jobs.look_for_changes"


def run_cluster() -> int:
    """Run one cluster until it is told to stop (SIGTERM or SIGINT: 0) or breaks (1)."""
    supervisor = os.getppid()
    django_q_cluster.Sentinel = PulsingSentinel
    LAST_LOOK.value = time.monotonic()
    cluster = django_q_cluster.Cluster()
    cluster.start()
    while cluster.sentinel.is_alive():
        cluster.sentinel.join(1.0)
        if os.getppid() != supervisor:
            logger.critical("the supervisor is gone: finishing what runs, then stopping")
            cluster.stop()
        elif (silence_s := time.monotonic() - LAST_LOOK.value) > settings.WORKER_SLACK_S:
            _end_group(f"its guard has not looked for {silence_s:.0f} s")
    return 0 if cluster.has_stopped else 1


class PulsingSentinel(django_q_cluster.Sentinel):
    """Sends a probe through its own queue at every pulse, and ends the cluster when nothing comes through any more."""

    stop_event: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._started = time.monotonic()  # one clock for all processes of a machine
        self._last_through = Value("d", self._started)
        self._next_probe = self._next_beat = self._next_look = 0.0
        # It will run in the monitor, a fork of this process. A task that came through proves as much as a probe.
        post_execute.connect(self._came_through, weak=False)
        # So does a long task that gets on, in a worker, another fork: all workers may be busy with such.
        watch(self._came_through)
        super().__init__(*args, **kwargs)

    def _came_through(self, **_kwargs: Any) -> None:
        self._last_through.value = time.monotonic()

    def guard(self) -> None:
        # The guard's loop waits on this event once a round: there we look after it.
        self.stop_event = _WatchedEvent(self.stop_event, self._look)
        super().guard()

    def reincarnate(self, process: Process) -> None:
        # It ended by a signal that nobody sent on purpose: what it held in that moment stays locked for ever.
        # (A worker over its time-out has not ended yet when it comes here.)
        if (code := process.exitcode) is not None and code < 0:
            _end_group(f"process {process.pid} was killed by signal {-code}")
        super().reincarnate(process)

    def _look(self) -> None:
        now = LAST_LOOK.value = time.monotonic()
        if os.getppid() != self.parent_pid:
            _end_group("the cluster's first process is gone")
        last = self._last_through.value
        if now - last > Conf.TIMEOUT + settings.WORKER_SLACK_S:
            _end_group(f"nothing came through for {now - last:.0f} s")
        if now >= self._next_probe:
            self._next_probe = now + settings.WORKER_PULSE_S
            self._send("pulse", PROBE)
        if now >= self._next_look and looks_for_changes(Conf.CLUSTER_NAME):
            self._next_look = now + settings.WORKER_LOOK_S
            self._send("look", LOOK)
        if last > self._started and now >= self._next_beat:
            self._next_beat = now + settings.WORKER_PULSE_S
            beat(SUPERVISOR_PID)

    def _send(self, name: str, function: str) -> None:
        """Straight into the own queue: nothing of it is stored."""
        task = {
            "id": name,
            "name": name,
            "func": function,
            "args": (),
            "kwargs": {},
            "started": timezone.now(),
            "save": False,
        }
        with contextlib.suppress(Full):  # then a real task waits there and will do the same service
            self.task_queue.put(task, block=False)


class _WatchedEvent:
    """The stop event, with something to do at every round of waiting."""

    def __init__(self, event: Any, look: Any) -> None:
        self._event = event
        self._look = look

    def wait(self, timeout: float | None = None) -> bool:
        self._look()
        return bool(self._event.wait(timeout))

    def is_set(self) -> bool:
        return bool(self._event.is_set())


# Shared with the forks of the process that run_cluster() was called in. Who guards the guard: that process does.
LAST_LOOK = Value("d", 0.0)
SUPERVISOR_PID = os.getppid()


def looks_for_changes(cluster: str) -> bool:
    """One of the clusters does: the one with the short runs, where there is one."""
    return cluster == ("quick" if "quick" in settings.WORKER_CLUSTERS else Conf.PREFIX)


def heartbeat_name(cluster: str, pid: int) -> str:
    return f"{cluster}@{socket.gethostname()}:{pid}"


def beat(supervisor_pid: int) -> None:
    """Write the heartbeat row. A database that is away is not the worker's fault: logged, tried again."""
    cluster, host = Conf.CLUSTER_NAME, socket.gethostname()
    try:
        Heartbeat.objects.update_or_create(
            name=heartbeat_name(cluster, supervisor_pid),
            defaults={"cluster": cluster, "host": host, "pid": supervisor_pid, "at": timezone.now()},
        )
    except DatabaseError as error:
        logger.warning("the heartbeat could not be written: %s", error)
        connections.close_all()


def _end_group(why: str) -> NoReturn:
    logger.critical(
        "this cluster cannot be trusted any more (%s): ending it, the supervisor starts another", why
    )
    os.killpg(os.getpgrp(), signal.SIGKILL)
    raise SystemExit(1)  # not reached
