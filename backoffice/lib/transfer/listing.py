"""The answers of LIST, for servers that have no MLSD: written for people, so only what is certain is taken."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime

from backoffice.lib.transfer.store import Entry

# -rw-r--r--   1 lipa  www   1234 Nov 21 18:00 stock.xml     (some servers leave out the group)
_UNIX = re.compile(
    r"(?P<type>[-dlbcps])[rwxsStTL-]{9}[.+@]?\s+\d+\s+.*?(?P<size>\d+)\s+"
    r"(?P<stamp>[^\W\d]{3,9}\.?\s+\d{1,2}\s+(?:\d{1,2}:\d{2}|\d{4})|\d{4}-\d{2}-\d{2}\s+\d{1,2}:\d{2})\s(?P<name>.+)"
)
# 11-21-26  06:00PM       <DIR>          images
_DOS = re.compile(
    r"(?P<stamp>\d{2}-\d{2}-\d{2,4}\s+\d{1,2}:\d{2}\s*(?:[AP]M)?)\s+(?P<size><DIR>|\d+)\s+(?P<name>.+)"
)


def parse_list(lines: Sequence[str]) -> list[Entry] | None:
    """The entries; None when the lines are of a kind that is not known (then names and sizes are asked one by one).

    Links, pipes and devices are left out. Times have no zone here: they stand in `stamp`, to compare with later.
    """
    found: list[Entry] = []
    for line in lines:
        if not line.strip() or re.match(r"(?i)total\s+\d+\s*$", line):
            continue
        if unix := _UNIX.fullmatch(line):
            if unix["type"] in "-d" and unix["name"] not in (".", ".."):
                folder = unix["type"] == "d"
                size = None if folder else _size(unix["size"])
                found.append(Entry(unix["name"], folder, size, None, unix["stamp"]))
        elif dos := _DOS.fullmatch(line):
            folder = dos["size"] == "<DIR>"
            found.append(
                Entry(dos["name"], folder, None if folder else _size(dos["size"]), None, dos["stamp"])
            )
        else:
            return None
    return found


def mlsx_entry(name: str, facts: dict[str, str]) -> Entry | None:
    """Of one line of MLSD or MLST; None for what is neither file nor folder. Facts' names are lower case (ftplib)."""
    kind = facts.get("type", "file").lower()
    if kind not in ("file", "dir") or name in (".", ".."):
        return None
    size = facts.get("size", "")
    return Entry(
        name,
        kind == "dir",
        _size(size) if kind == "file" else None,
        ftp_time(facts.get("modify", "")),
        facts.get("modify", ""),
    )


def _size(digits: str) -> int | None:
    """None for what no file is as large as."""
    return int(digits) if digits.isdecimal() and len(digits) < 19 else None


def ftp_time(text: str) -> datetime | None:
    """ "20261121180000" or with fractions, always UTC (RFC 3659, 2.3)."""
    try:
        return datetime.strptime(text[:14], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None
