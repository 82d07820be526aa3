"""Keeps the shop's state in one SQLite file: read once at the start, written now and then, all or nothing."""

import dataclasses
import json
import logging
import sqlite3
import threading
from pathlib import Path
from typing import Any

from backoffice.demo.shop.state import ShopState
from backoffice.demo.shop.tables import Key, Product, Table

logger = logging.getLogger(__name__)
INTERVAL_S = 1.0


class Storage:
    """Writes what changed, in one transaction, every second and at the end."""

    def __init__(self, state: ShopState, path: Path):
        self.state, self.path = state, path
        self._stop = threading.Event()
        self._saving = threading.Lock()
        self._thread: threading.Thread | None = None
        self._kept: list[tuple[str, str]] = []  # settings and counters as last written

    def exists(self) -> bool:
        return self.path.exists()

    def _connect(self) -> sqlite3.Connection:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(self.path)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute(
            "CREATE TABLE IF NOT EXISTS row (kind TEXT, id INTEGER, data BLOB, PRIMARY KEY (kind, id))"
        )
        connection.execute("CREATE TABLE IF NOT EXISTS value (name TEXT PRIMARY KEY, data TEXT)")
        return connection

    def load(self) -> bool:
        """Fill the state from the file; False when there is nothing yet."""
        if not self.exists():
            return False
        connection = self._connect()
        try:
            values = {
                name: json.loads(data) for name, data in connection.execute("SELECT name, data FROM value")
            }
            if not values:
                return False
            state = self.state
            state.name, state.tagline = values["name"], values["tagline"]
            state.numbers, state.settings = values["numbers"], values["settings"]
            state.order_statuses = values["order_statuses"]
            state.keys = {row["key"]: Key(**row) for row in values["keys"]}
            tables = {table.name: table for table in state.tables()}
            for table in tables.values():
                table.clear()
            for kind, number, data in connection.execute("SELECT kind, id, data FROM row ORDER BY kind, id"):
                if kind == "products":
                    state.add(Product(**json.loads(data)))
                else:
                    tables[kind][number] = data if kind == "files" else json.loads(data)
            for table in tables.values():
                table.changed.clear()
            return True
        finally:
            connection.close()

    def save(self) -> int:
        """Write what changed since the last time and return how many rows and settings that were."""
        with self._saving:
            with self.state.lock:
                rows, gone, values = self._changes()
            values = [value for value in values if value not in self._kept]
            if not rows and not gone and not values:
                return 0
            try:
                self._write(rows, gone, values)
            except sqlite3.Error:
                self._remember([(kind, number) for kind, number, _ in rows] + gone)
                raise
            names = {name for name, _ in values}
            self._kept = [kept for kept in self._kept if kept[0] not in names] + values
            return len(rows) + len(gone) + len(values)

    def _write(
        self, rows: list[tuple[str, int, Any]], gone: list[tuple[str, int]], values: list[tuple[str, str]]
    ) -> None:
        connection = self._connect()
        try:
            with connection:
                connection.executemany("INSERT OR REPLACE INTO row (kind, id, data) VALUES (?, ?, ?)", rows)
                connection.executemany("DELETE FROM row WHERE kind = ? AND id = ?", gone)
                connection.executemany("INSERT OR REPLACE INTO value (name, data) VALUES (?, ?)", values)
        finally:
            connection.close()

    def _remember(self, changed: list[tuple[str, int]]) -> None:
        """What could not be written (a full disk) is tried again the next time."""
        with self.state.lock:
            tables = {table.name: table for table in self.state.tables()}
            for kind, number in changed:
                tables[kind].changed.add(number)

    def _changes(self) -> tuple[list[tuple[str, int, Any]], list[tuple[str, int]], list[tuple[str, str]]]:
        state = self.state
        rows: list[tuple[str, int, Any]] = []
        gone: list[tuple[str, int]] = []
        for table in state.tables():
            for number in table.changed:
                if number in table:
                    rows.append((table.name, number, _encoded(table, number)))
                else:
                    gone.append((table.name, number))
            table.changed.clear()
        values = {
            "name": state.name, "tagline": state.tagline, "numbers": state.numbers, "settings": state.settings,
            "order_statuses": state.order_statuses, "keys": [dataclasses.asdict(key) for key in state.keys.values()],
        }  # fmt: skip
        return rows, gone, [(name, json.dumps(value)) for name, value in values.items()]

    def start(self) -> None:
        self._stop.clear()
        self._thread = threading.Thread(target=self._run, name="shop-storage", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while not self._stop.wait(INTERVAL_S):
            try:
                self.save()
            except sqlite3.Error:
                logger.exception("the demo shop could not save its state to %s", self.path)

    def stop(self) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=10)
            self._thread = None
        self.save()


def _encoded(table: Table[Any], number: int) -> Any:
    row = table[number]
    if isinstance(row, bytes):
        return row
    return json.dumps(dataclasses.asdict(row) if isinstance(row, Product) else row)
