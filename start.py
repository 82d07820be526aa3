#!/usr/bin/env python3
"""Kontor with one command: `python3 start.py` (or `make run`), on a machine with nothing but Python 3.11.

Makes the virtual environment, the settings (.env), the database and the first administrator on the first start, then
runs the web server, the workers and the demo shop together until Ctrl-C. Needs only Python's standard library.
"""

from __future__ import annotations

import sys

if sys.version_info < (3, 11):
    sys.exit(
        "Kontor needs Python 3.11 or newer; this is Python %d.%d.\n"
        "Install a newer one (on Debian 12 or newer: apt install python3 python3-venv) and start again with it, for "
        "example: python3.11 start.py" % sys.version_info[:2]
    )

import argparse
import base64
import contextlib
import hashlib
import importlib.util
import json
import os
import re
import secrets
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

try:
    import fcntl
except ImportError:
    sys.exit("Kontor runs on Linux and macOS. On Windows, start it inside WSL (wsl --install) or in Docker.")

from backoffice.processes import Family, Stop, free_port, tail, wait_for_page

HOME = Path(__file__).resolve().parent
VENV = HOME / ".venv"
PYTHON = VENV / "bin" / "python"
ENV_FILE = HOME / ".env"
VAR = HOME / "var"
LOCKS = {"run": ["requirements.txt"], "dev": ["requirements.txt", "requirements-dev.txt"]}
WORKER_GRACE_S = 160  # a bit more than the workers' own


def main() -> int:
    options = arguments()
    os.chdir(HOME)
    try:
        if options.install:
            install(options.install)
            return 0
        with only_one():
            return start(options)
    except Stop as stop:
        print(f"\n{stop}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped.")
        return 130


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Starts Kontor on this machine; Ctrl-C stops all of it.")
    parser.add_argument(
        "--port", type=int, default=8000, help="of the web server (default 8000; demo shop: one more)"
    )
    parser.add_argument(
        "--host", default="127.0.0.1", help="address to listen on; 0.0.0.0 lets the network in"
    )
    parser.add_argument(
        "--no-demo", action="store_true", help="no demo shop; on the first start no demo data either"
    )
    parser.add_argument(
        "--fresh", action="store_true", help="delete database, files and demo shop, and begin anew"
    )
    parser.add_argument(
        "--install", choices=LOCKS, help="only install the packages to run, or to develop and test"
    )
    return parser.parse_args()


def start(options: argparse.Namespace) -> int:
    began = time.monotonic()
    if options.fresh:
        begin_anew()
    install("run")
    settings = environment(options)
    demo = demo_shop(settings) if not options.no_demo else None
    free_port(options.host, options.port, "--port 8010")
    if demo:
        free_port("127.0.0.1", int(demo[demo.index("--port") + 1]), "--no-demo")

    say("Database")
    ready = prepare(settings)
    family = Family(settings, VAR / "log")
    try:
        if demo:
            family.add("demo-shop", demo)
            wait_for_page(family, "demo-shop", settings["DEMO_SHOP_URL"] + "/wp-json/")
            if ready["demo"] and not (VAR / "demo-loaded").exists():
                say("Demo data")
                load_demo(settings)
        family.add("web", gunicorn(options), grace_s=15)
        say("Web server")
        url = f"http://{'127.0.0.1' if options.host == '0.0.0.0' else options.host}:{options.port}"
        wait_for_page(family, "web", f"{url}/healthz")
        for name, more in (("worker", []), ("worker-quick", ["--cluster", "quick"])):
            family.add(name, [str(PYTHON), "manage.py", "worker", *more], grace_s=WORKER_GRACE_S)
        welcome(url, settings["DEMO_SHOP_URL"] if demo else "", ready, time.monotonic() - began)
        return family.watch()
    finally:
        family.stop()


# Packages


def install(kind: str) -> None:
    """Make .venv and install the locked packages, unless exactly these are there already."""
    locks = [HOME / name for name in LOCKS[kind]]
    digest = hashlib.sha256(sys.version.encode() + b"".join(path.read_bytes() for path in locks)).hexdigest()
    stamp = VENV / f".installed-{kind}"
    if stamp.exists() and stamp.read_text() == digest and works(PYTHON, "django"):
        return
    total = sum(len(re.findall(r"^[\w.-]+(?:\[.*\])?==", path.read_text(), re.MULTILINE)) for path in locks)
    files = [part for path in locks for part in ("-r", path.name)]
    uv = shutil.which("uv")
    try:
        if not uv or not works(uv, ""):
            raise Stop("no uv")
        if not works(PYTHON, ""):
            make_venv([uv, "venv", "--quiet", "--python", sys.executable, str(VENV)])
        say(f"Packages: {total}, by uv, the first time only")
        run_counting([uv, "pip", "install", "--python", str(PYTHON), "--require-hashes", *files], total)
    except Stop:  # no uv, or one that is not allowed to reach the packages: pip may be
        if not works(PYTHON, "pip"):
            make_venv([sys.executable, "-m", "venv", str(VENV)])
        say(f"Packages: {total}, about 20 seconds, the first time only")
        pip = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check", "--require-hashes"]
        run_counting([*pip, *files], total)
    stamp.write_text(digest)


def works(program: Path | str, module: str) -> bool:
    """Whether a Python can import the module, or (without one) whether the program runs at all.

    A .venv that was copied or moved, or whose Python was removed, does not.
    """
    command = [str(program), "-c", f"import {module}"] if module else [str(program), "--version"]
    try:
        return subprocess.run(command, capture_output=True).returncode == 0
    except OSError:
        return False


def make_venv(command: list[str]) -> None:
    if command[0] == sys.executable and importlib.util.find_spec("ensurepip") is None:
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        raise Stop(
            "Python's venv is not complete on this machine: Debian keeps it in a package of its own.\n"
            f"Install it and start again:  apt install python{version}-venv"
        )
    say("Virtual environment")
    if VENV.exists() and not VENV.is_symlink():
        shutil.rmtree(VENV)
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise Stop(f"The virtual environment could not be made in {VENV}:\n{tail(done.stdout + done.stderr)}")


def run_counting(command: list[str], total: int) -> None:
    """Run pip or uv and show how far it is; its own words only when it fails."""
    lines: list[str] = []
    seen = 0
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            lines.append(line)
            if line.lstrip().startswith(("Collecting ", "Requirement already", " + ")):
                seen += 1
                progress(f"{seen} of {total}")
            elif line.startswith("Installing collected"):
                progress("unpacking")
    progress("")
    if process.returncode:
        raise Stop(
            f"The packages could not be installed:\n{tail(''.join(lines))}\n"
            "Check the connection to the internet (or the proxy in HTTPS_PROXY) and start again; it goes on from there."
        )


# Settings and database


def environment(options: argparse.Namespace) -> dict[str, str]:
    """The environment of all processes: ours, then .env, which is written on the first start."""
    if not ENV_FILE.exists():
        write_env_file(options.port)
        say(f"Settings written to {ENV_FILE.name}")
    saved = dict(
        line.strip().split("=", 1)
        for line in ENV_FILE.read_text().splitlines()
        if "=" in line and not line.lstrip().startswith("#")
    )
    settings = {**saved, **os.environ}
    settings.setdefault("PUBLIC_URL", f"http://127.0.0.1:{options.port}")
    settings.setdefault("HTTPS", "false")
    if options.host not in ("127.0.0.1", "localhost"):
        settings.setdefault("ALLOWED_HOSTS", "*")
    settings["PYTHONUNBUFFERED"] = "1"
    settings.pop("DJANGO_SETTINGS_MODULE", None)
    return settings


def write_env_file(port: int) -> None:
    text = "\n".join(
        [
            "# Written by start.py on the first start; .env.example explains what else can stand here.",
            "# Keep CREDENTIAL_KEYS: without it the saved logins of the shops cannot be read any more.",
            f"SECRET_KEY={secrets.token_urlsafe(50)}",
            f"CREDENTIAL_KEYS={base64.urlsafe_b64encode(os.urandom(32)).decode()}",
            "QUICK_WORKERS=1",
            f"DEMO_SHOP_URL=http://127.0.0.1:{port + 1}",
            f"DEMO_SHOP_KEY=ck_{secrets.token_hex(20)}",
            f"DEMO_SHOP_SECRET=cs_{secrets.token_hex(20)}",
            "",
        ]
    )
    # Nobody else may read it, not even for the moment between creating and chmod.
    with os.fdopen(os.open(ENV_FILE, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)


def prepare(settings: dict[str, str]) -> dict[str, str]:
    """Migrate, collect static files, make the first administrator: one process, so that a second start is quick."""
    done = subprocess.run(
        [str(PYTHON), "manage.py", "prepare"],
        env=settings,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise Stop(f"Kontor could not be made ready:\n{tail(done.stderr)}")
    return json.loads(done.stdout.splitlines()[-1])


def demo_shop(settings: dict[str, str]) -> list[str] | None:
    """The command that runs the demo shop, or None where there is none."""
    if not {"DEMO_SHOP_URL", "DEMO_SHOP_KEY", "DEMO_SHOP_SECRET"} <= set(settings):
        return None
    port = settings["DEMO_SHOP_URL"].rpartition(":")[2].strip("/")
    data = VAR / "demo-shop.sqlite3"
    return [
        *(str(PYTHON), "-m", "backoffice.demo.shop", "--port", port, "--data", str(data), "--customers"),
        *(["--seed"] if not data.exists() else []),
        *("--key", settings["DEMO_SHOP_KEY"], "--secret", settings["DEMO_SHOP_SECRET"]),
    ]


def load_demo(settings: dict[str, str]) -> None:
    shop = [f"--shop-{name}={settings[f'DEMO_SHOP_{name.upper()}']}" for name in ("url", "key", "secret")]
    done = subprocess.run(
        [str(PYTHON), "manage.py", "demo", *shop], env=settings, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise Stop(f"The demo data could not be loaded:\n{tail(done.stdout + done.stderr)}")
    (VAR / "demo-loaded").touch()


def gunicorn(options: argparse.Namespace) -> list[str]:
    # Threads: a slow upload or export must not block a whole process. Loaded once, before the processes part.
    arguments = (
        f"--bind {options.host}:{options.port} --worker-class gthread --workers 2 --threads 4 --preload --timeout 120 "
        "--graceful-timeout 10 --max-requests 5000 --max-requests-jitter 500 --no-control-socket"
    )
    memory = (
        "/dev/shm" if Path("/dev/shm").is_dir() else "/tmp"
    )  # a sign of life on a slow disk would come late
    return [str(PYTHON), "-m", "gunicorn", "backoffice.wsgi", *arguments.split(), "--worker-tmp-dir", memory]


def begin_anew() -> None:
    gone = [path for path in (VAR, HOME / "media") if path.exists()]
    if gone and sys.stdin.isatty():
        names = " and ".join(f"{path.name}/" for path in gone)
        if input(f"Delete {names} with all articles, orders and files? [y/N] ").strip().lower() not in (
            "y",
            "yes",
        ):
            raise Stop("Nothing was deleted.")
    for path in gone:
        for part in path.iterdir() if path == VAR else [path]:
            if part.name == "start.lock":
                continue
            shutil.rmtree(part) if part.is_dir() else part.unlink()


# Words and files


@contextlib.contextmanager
def only_one() -> Iterator[None]:
    VAR.mkdir(exist_ok=True)
    with (VAR / "start.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            lock.seek(0)
            raise Stop(
                f"Kontor runs here already (process {lock.read().strip() or 'unknown'}). Stop it there with Ctrl-C."
            ) from error
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def say(text: str) -> None:
    print(f"  {text} ...", flush=True)


def progress(text: str) -> None:
    if sys.stdout.isatty():
        print(f"\r\033[K    {text}" if text else "\r\033[K", end="", flush=True)
    elif text.split(" ")[0].isdigit() and int(text.split(" ")[0]) % 10 == 0:
        print(f"    {text}", flush=True)


def welcome(url: str, demo_url: str, ready: dict[str, str], seconds: float) -> None:
    if ready["password"]:
        login = f"{ready['administrator']}   password  {ready['password']}   (shown only now)"
    else:
        login = "as before; a new password:  .venv/bin/python manage.py changepassword admin"
    print(f"\nKontor runs ({seconds:.0f} s).\n\n  Kontor     {url}\n  Login      {login}")
    if demo_url:
        print(f"  Demo shop  {demo_url}")
    print("\n  Logs in var/log/. Ctrl-C stops all of it.\n", flush=True)


if __name__ == "__main__":
    sys.exit(main())
