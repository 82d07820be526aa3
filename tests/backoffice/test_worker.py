"""`manage.py worker` as a real process: whichever of its processes is killed, the next task is done."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django_q.brokers import orm, redis_broker
from django_q.conf import Conf
from django_q.models import OrmQ, Task
from django_q.tasks import async_task

from backoffice.models import Heartbeat

pytestmark = pytest.mark.django_db(transaction=True)

# In the order in which a cluster starts them.
KINDS = ("cluster", "sentinel", "worker 1", "worker 2", "monitor", "pusher")


def processes():
    """{pid: (parent's pid, starting time)} of all processes but zombies."""
    found = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if fields[0] != "Z":
                found[int(folder.name)] = (int(fields[1]), int(fields[19]))
    return found


def children(pid):
    listed = [(start, child) for child, (parent, start) in processes().items() if parent == pid]
    return [child for _start, child in sorted(listed)]


def wait_for(what, seconds=15.0):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if result := what():
            return result
        time.sleep(0.05)
    raise AssertionError(f"not within {seconds} s")


class Worker:
    def __init__(self, tmp_path, redis_url=""):
        self.notes = tmp_path / "notes"
        self.notes.touch()
        self.log = (tmp_path / "log").open("a+")
        database = connection.settings_dict
        if connection.vendor == "sqlite":
            url = f"sqlite:///{database['NAME']}"
        else:
            url = "postgres://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format(**database)
        self.broker = redis_broker.Redis("kontor") if redis_url else orm.ORM("kontor")
        self.process = subprocess.Popen(
            [sys.executable, settings.BASE_DIR / "manage.py", "worker"],
            env={
                **os.environ,
                "DJANGO_SETTINGS_MODULE": "tests.backoffice.worker_settings",
                "DATABASE_URL": url,
                "BROKER_URL": redis_url,
            },
            stdout=self.log,
            stderr=self.log,
        )

    def pids(self):
        """{kind: pid} once the cluster is complete."""

        def complete():
            [cluster] = children(self.process.pid) or [None]
            [sentinel] = (children(cluster) if cluster else None) or [None]
            rest = children(sentinel) if sentinel else []
            return dict(zip(KINDS, [cluster, sentinel, *rest], strict=True)) if len(rest) == 4 else None

        return wait_for(complete)

    def enqueue(self, text, seconds=0.0, *, func="note", **options):
        # Not synchronously, as the settings of the test run say.
        async_task(
            f"tests.backoffice.worker_tasks.{func}",
            str(self.notes),
            text,
            seconds,
            q_options={"sync": False, "save": False, "broker": self.broker, **options},
        )

    def noted(self, line):
        return lambda: line in self.notes.read_text().splitlines()

    def does(self, text):
        self.enqueue(text)
        wait_for(self.noted(f"{text} done"))

    def stop(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        return self.process.wait(15)

    def logged(self):
        self.log.seek(0)
        return self.log.read()


@pytest.fixture
def start(tmp_path):
    started = []

    def start(**kwargs):
        started.append(Worker(tmp_path, **kwargs))
        return started[-1]

    yield start
    for worker in started:
        family = [worker.process.pid]
        for pid in family:
            family += children(pid)
        for pid in family:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        worker.process.wait(5)


def wait_for_the_end_of(family):
    wait_for(lambda: not set(family.values()) & set(processes()))


def kill_each(worker, kinds):
    worker.does("first")
    for kind in kinds:
        before = worker.pids()
        os.kill(before[kind], signal.SIGKILL)
        # A task pulled in these moments comes back after `retry`, or never (Redis): the sweeper's business.
        wait_for_the_end_of(before)
        worker.does(f"after {kind}")
        after = worker.pids()
        assert not set(before.values()) & set(after.values()), (
            f"something of the old cluster survived: {kind}"
        )
    assert worker.stop() == 0


@pytest.mark.requirement("D5")
def test_a_task_is_done_whichever_process_was_killed_before_it(start):
    kill_each(start(), KINDS)


@pytest.mark.service
def test_on_redis_too(start, monkeypatch, redis_url):
    monkeypatch.setattr(Conf, "REDIS", redis_url)
    worker = start(redis_url=redis_url)
    kill_each(worker, ("sentinel", "worker 1", "monitor"))


def test_a_hanging_monitor_is_noticed_and_busy_workers_are_no_false_alarm(start):
    worker = start()
    worker.does("first")
    before = worker.pids()
    for number in range(4):  # both workers at work for longer than time-out and slack together
        worker.enqueue(f"long {number}", 1.7)
    wait_for(worker.noted("long 3 done"))
    assert worker.pids() == before
    os.kill(before["monitor"], signal.SIGSTOP)
    wait_for(lambda: before["monitor"] not in processes())
    assert "nothing came through for" in worker.logged()
    worker.does("afterwards")


def test_long_tasks_that_give_signs_of_life_are_let_be(start):
    worker = start()
    worker.does("first")
    before = worker.pids()
    for number in range(2):  # every worker longer at work than time-out and slack together
        worker.enqueue(f"file {number}", 4.5, func="note_in_pieces", timeout=10)
    wait_for(lambda: worker.noted("file 0 done")() and worker.noted("file 1 done")())
    assert worker.pids() == before


def test_a_guard_that_hangs_is_noticed_too(start):
    worker = start()
    worker.does("first")
    sentinel = worker.pids()["sentinel"]
    os.kill(sentinel, signal.SIGSTOP)
    wait_for(lambda: sentinel not in processes())
    assert "its guard has not looked for" in worker.logged()
    worker.does("afterwards")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_asked_to_stop_it_finishes_what_runs_and_leaves_nothing_behind(start, number):
    worker = start()
    worker.enqueue("running", 1.0)
    wait_for(worker.noted("running begun"))
    family = [*worker.pids().values()]
    heartbeat = wait_for(Heartbeat.objects.first)
    assert (heartbeat.cluster, heartbeat.pid) == ("kontor", worker.process.pid)
    assert worker.stop(number) == 0
    assert worker.noted("running done")()
    assert not set(family) & set(processes())
    assert not Heartbeat.objects.exists()
    assert (OrmQ.objects.count(), Task.objects.count()) == (0, 0)
    assert "pulse" not in worker.logged()


def test_a_supervisor_that_is_killed_takes_its_cluster_with_it(start):
    worker = start()
    worker.does("first")
    family = worker.pids()
    worker.process.kill()
    wait_for_the_end_of(family)


def test_a_queue_that_nobody_knows_is_refused():
    from django.core.management import CommandError, call_command

    with pytest.raises(CommandError, match="no cluster 'quik'; there are kontor, quick"):
        call_command("worker", cluster="quik")
