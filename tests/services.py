"""Which services this machine offers to the tests. `python -m tests.services postgres` prints the address, or fails."""

from __future__ import annotations

import os
import shutil
import sys
from functools import cache

import psycopg2
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
    found = {"postgres": postgres_url, "redis": redis_url, "chromium": chromium}[sys.argv[1]]()
    print(found)
    sys.exit(0 if found else 1)
