"""backoffice.processes: what start.py promises about starting and stopping."""

import os
import signal
import socket
import sys
import threading
import time

import pytest

from backoffice.processes import Family, Stop, free_port, wait_for_page

SLEEPER = [sys.executable, "-c", "import time; print('here', flush=True); time.sleep(60)"]
STUBBORN = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('here', flush=True); time.sleep(60)",
]


@pytest.fixture
def family(tmp_path):
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    family = Family(dict(os.environ), tmp_path / "log")
    yield family
    family.asked = 2
    family.stop()
    for number, handler in before.items():
        signal.signal(number, handler)


def wait_for(what, seconds=10.0):
    until = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < until, "not in time"
        time.sleep(0.02)


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_signal_stops_all_in_good_order_and_nothing_is_left(family, capsys):
    for name in ("one", "two"):
        family.add(name, SLEEPER)
    pids = [member.process.pid for member in family._members.values()]
    threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
    assert family.watch() == 0
    family.stop()
    assert [alive(pid) for pid in pids] == [False, False]
    assert "Stopped." in capsys.readouterr().out


def test_what_does_not_listen_is_killed_after_its_grace(family):
    family.add("stubborn", STUBBORN, grace_s=0.3)
    wait_for(lambda: "here" in family.log("stubborn").read_text())
    began = time.monotonic()
    family.stop()
    assert 0.3 <= time.monotonic() - began < 3


def test_a_second_ctrl_c_shortens_the_wait(family):
    family.add("stubborn", STUBBORN, grace_s=600)
    wait_for(lambda: "here" in family.log("stubborn").read_text())
    family.asked = 1
    threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
    began = time.monotonic()
    family.stop()
    assert time.monotonic() - began < 6


def test_what_ends_later_is_started_again(family, capsys):
    family.add("web", SLEEPER)
    member = family._members["web"]
    member.started -= 10
    member.process.kill()
    member.process.wait()
    family.check()
    assert family._members["web"].process.pid != member.process.pid
    assert "web ended unexpectedly and is started again" in capsys.readouterr().out


def test_what_ends_at_once_shows_the_end_of_its_log(family):
    family.add("web", [sys.executable, "-c", "print('SECRET_KEY is missing'); raise SystemExit(1)"])
    wait_for(lambda: family._members["web"].process.poll() is not None)
    with pytest.raises(Stop, match=r"(?s)web ended at once\..*SECRET_KEY is missing"):
        family.check()


def test_children_end_with_their_parent(family, tmp_path):
    code = (
        "import os, signal, sys, time; from pathlib import Path; from backoffice.processes import Family\n"
        f"family = Family(dict(os.environ), Path({str(tmp_path)!r}))\n"
        f"family.add('child', {SLEEPER!r}); print(family._members['child'].process.pid, flush=True)\n"
        "time.sleep(60)"
    )
    import subprocess

    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as parent:
        child = int(parent.stdout.readline())
        assert alive(child)
        parent.kill()
    wait_for(lambda: not alive(child))


def test_a_taken_port_says_what_to_type_instead():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(
            Stop, match=rf"Port {port} on 127\.0\.0\.1 is taken .*\n.*python3 start\.py --port 8010"
        ):
            free_port("127.0.0.1", port, "--port 8010")
    free_port("127.0.0.1", port, "--port 8010")


def test_a_page_that_never_comes_ends_with_the_log(family):
    family.add("web", SLEEPER)
    wait_for(lambda: "here" in family.log("web").read_text())
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{nobody.getsockname()[1]}/"
        with pytest.raises(Stop, match=r"(?s)web does not answer at .*here"):
            wait_for_page(family, "web", url, seconds=0.3)
