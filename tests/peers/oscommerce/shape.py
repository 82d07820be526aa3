"""The shapes in which osCommerce shops stand in the world: engine, character set, and how the shop itself connects."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

SCHEMA = Path(__file__).with_name("schema.sql")


@dataclass(frozen=True)
class Shape:
    """names: what the shop's own connection says (SET NAMES); its texts are UTF-8 on it in any case."""

    version: str
    engine: str
    charset: str
    collation: str
    names: str

    def statements(self) -> list[str]:
        """CREATE TABLE of every table, as this version has it."""
        found = [
            part.strip() for part in SCHEMA.read_text().partition("\n\n")[2].split(";\n") if part.strip()
        ]
        if self.version == "2.3.4.1":
            found.append("ALTER TABLE sessions MODIFY sesskey varchar(128) NOT NULL")
            found.append("ALTER TABLE whos_online ADD KEY idx_whos_online_session_id (session_id)")
        return found


# MyISAM knows no transactions; the columns are Latin-1 and hold the bytes of UTF-8.
OLD = Shape("2.3.3", "MyISAM", "latin1", "latin1_swedish_ci", "latin1")
NEW = Shape("2.3.4.1", "InnoDB", "utf8", "utf8_unicode_ci", "utf8")
# An old shop on a host whose databases are UTF-8 from the start: its texts are encoded twice.
TWICE = Shape("2.3.3", "InnoDB", "utf8", "utf8_unicode_ci", "latin1")
