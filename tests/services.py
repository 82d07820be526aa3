"""Which services this machine offers to the tests. `python -m tests.services postgres` prints the address, or fails."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from typing import Any

import psycopg2
import pymysql
import redis

_POSTGRES = (
    "postgres://postgres@127.0.0.1:5432/postgres",
    "postgres://postgres:postgres@127.0.0.1:5432/postgres",
)


@cache
def postgres_url() -> str:
    """DATABASE_URL if it is PostgreSQL's, else a local server that lets us in; "" when none answers."""
    given = os.environ.get("TEST_POSTGRES_URL") or os.environ.get("DATABASE_URL", "")
    candidates = [given] if given.startswith("postgres") else list(_POSTGRES)
    for url in candidates:
        try:
            with psycopg2.connect(url, connect_timeout=2) as connection, connection.cursor() as cursor:
                cursor.execute("SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user")
                if cursor.fetchone() == (True,):
                    return url
        except psycopg2.Error:
            continue
    return ""


@cache
def redis_url() -> str:
    """REDIS_URL, else database 9 of a local server; "" when none answers."""
    url = os.environ.get("REDIS_URL", "redis://127.0.0.1:6379/9")
    try:
        with redis.Redis.from_url(url, socket_connect_timeout=2) as client:
            client.ping()
    except redis.RedisError:
        return ""
    return url


@dataclass(frozen=True)
class MariaDb:
    host: str
    port: int
    user: str
    password: str

    @property
    def login(self) -> dict[str, Any]:
        return {"host": self.host, "port": self.port, "user": self.user, "password": self.password}


@cache
def mariadb() -> MariaDb | None:
    """A local server (MariaDB or MySQL) on which we may create databases; None when none answers."""
    given = os.environ
    server = MariaDb(
        given.get("TEST_MARIADB_HOST", "127.0.0.1"),
        int(given.get("TEST_MARIADB_PORT", "3306")),
        given.get("TEST_MARIADB_USER", "root"),
        given.get("TEST_MARIADB_PASSWORD", ""),
    )
    try:
        with pymysql.connect(**server.login, connect_timeout=2, read_timeout=5) as connection:
            connection.cursor().execute("SHOW DATABASES")
    except (pymysql.Error, OSError):
        return None
    return server


@cache
def php() -> str:
    """The path of a PHP on the command line that knows mysqli; "" when there is none."""
    path = os.environ.get("PHP", "") or shutil.which("php") or ""
    if not path:
        return ""
    known = subprocess.run([path, "-m"], capture_output=True, text=True).stdout.split()
    return path if "mysqli" in known else ""


@cache
def chromium() -> str:
    """The path of a Chromium for the browser's tests; "" when there is none."""
    given = os.environ.get("CHROMIUM", "")
    return (
        given
        or shutil.which("chromium")
        or shutil.which("chromium-browser")
        or shutil.which("google-chrome")
        or ""
    )


if __name__ == "__main__":
    asked = {
        "postgres": postgres_url,
        "redis": redis_url,
        "chromium": chromium,
        "mariadb": mariadb,
        "php": php,
    }
    found = asked[sys.argv[1]]() or ""
    print(found)
    sys.exit(0 if found else 1)
