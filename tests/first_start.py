"""The first start as a newcomer has it: a clean clone, one command, everything there; then Ctrl-C, and nothing left.

`python3 tests/first_start.py [PORT]` prints what took how long; Python's standard library only. CI runs it.
"""

from __future__ import annotations

import http.cookiejar
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from pathlib import Path

HOME = Path(__file__).resolve().parent.parent
# A newcomer has none of these.
OURS = {
    "DATABASE_URL",
    "BROKER_URL",
    "SECRET_KEY",
    "CREDENTIAL_KEYS",
    "ENV_FILE",
    "DEBUG",
    "DJANGO_SETTINGS_MODULE",
}
BROWSER = urllib.request.build_opener(
    urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
)


def main() -> int:
    port = int(sys.argv[1]) if len(sys.argv) > 1 else free_port()
    with tempfile.TemporaryDirectory() as folder:
        clone = Path(folder) / "kontor"
        subprocess.run(["git", "clone", "--quiet", str(HOME), str(clone)], check=True)
        first, said = started(clone, port)
        user, password = re.search(r"Login +(\S+) +password +(\S+)", said).groups()
        check(log_in(port, user, password), "the printed login works")
        check(wait_for_ready(port), "everything is ready, workers too")
        check(oct((clone / ".env").stat().st_mode)[-3:] == "600", "only the owner reads .env")
        check(not git_status(clone), "git sees nothing of what was made")
        stop(first, clone)
        second, said = started(clone, port)
        check("shown only now" not in said, "a second start prints no password")
        check(log_in(port, user, password), "and keeps the data")
        os.kill(second.pid, signal.SIGKILL)
        nothing_left(clone, "after start.py itself was killed")
    return 0


def free_port() -> int:
    """A port that is free, and the next one too (the demo shop's)."""
    for port in range(18_000, 19_000, 2):
        try:
            for number in (port, port + 1):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", number))
            return port
        except OSError:
            continue
    sys.exit("no free port between 18000 and 19000")


def started(clone: Path, port: int) -> tuple[subprocess.Popen[str], str]:
    """Start it and read what it prints until it says how to stop it."""
    began = time.monotonic()
    environment = {name: value for name, value in os.environ.items() if name not in OURS}
    process = subprocess.Popen(
        [sys.executable, "start.py", "--port", str(port)],
        cwd=clone,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    said = ""
    assert process.stdout is not None
    for line in process.stdout:
        said += line
        if "Ctrl-C stops all of it" in line:
            print(f"started in {time.monotonic() - began:.1f} s", flush=True)
            return process, said
    sys.exit(f"It did not start:\n{said}")


def stop(process: subprocess.Popen[str], clone: Path) -> None:
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    code = process.wait(60)
    check(code == 0, f"Ctrl-C ends it in {time.monotonic() - began:.1f} s")
    nothing_left(clone, "after Ctrl-C")


def nothing_left(clone: Path, when: str) -> None:
    until = time.monotonic() + 20
    while (left := processes_of(clone)) and time.monotonic() < until:
        time.sleep(0.2)
    check(not left, f"no process is left {when}{left or ''}")


def processes_of(clone: Path) -> list[str]:
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = path.read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        if str(clone) in command:
            found.append(command)
    return found


def log_in(port: int, user: str, password: str) -> bool:
    url = f"http://127.0.0.1:{port}/login/?next=/"
    page = BROWSER.open(url).read().decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page).group(1)
    form = {"username": user, "password": password, "csrfmiddlewaretoken": token}
    with BROWSER.open(url, urllib.parse.urlencode(form).encode()) as answer:
        return answer.status == 200 and "/login/" not in answer.url


def wait_for_ready(port: int) -> bool:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            with BROWSER.open(f"http://127.0.0.1:{port}/readyz") as answer:
                return bool(json.load(answer)["ok"])
        except OSError:
            time.sleep(0.5)
    return False


def git_status(clone: Path) -> str:
    return subprocess.run(["git", "status", "--porcelain"], cwd=clone, capture_output=True, text=True).stdout


def check(holds: object, what: str) -> None:
    print(f"{'yes' if holds else 'NO '}  {what}", flush=True)
    if not holds:
        sys.exit(1)


if __name__ == "__main__":
    sys.exit(main())
