"""How mirrored files are called: patterns of placeholders, made safe for every server. Pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Final

from anyascii import anyascii

from backoffice.lib.transfer.paths import is_plain

IMAGE_PLACEHOLDERS: Final = frozenset({"sku", "ean", "id", "position", "name", "checksum"})
DOCUMENT_PLACEHOLDERS: Final = frozenset({"sku", "ean", "id", "name", "language", "checksum"})
_BRACES: Final = re.compile(r"{(\w*)}")
_LONGEST_PART: Final = 80


def placeholders(pattern: str) -> set[str]:
    return set(_BRACES.findall(pattern))


def path_of(folder: str, pattern: str, values: Mapping[str, str], suffix: str) -> str:
    """ "images", "{sku}-{position}", {"sku": "MUG", "position": "1"}, ".jpg" -> "images/MUG-1.jpg".

    Each value becomes plain ASCII without separators, so that it neither leads elsewhere nor breaks on an old server.
    """
    filled = _BRACES.sub(lambda match: plain(values.get(match[1], "")), pattern)
    parts = [_part(part) for part in filled.split("/")]
    parts[-1] += suffix
    return "/".join([folder, *parts] if folder else parts)


def plain(text: str) -> str:
    """Letters, digits, ".", "_" and "-" that say the same: "Žluť 1/2" -> "Zlut-1-2"."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", anyascii(text)).strip("-.")[:_LONGEST_PART]


def _part(text: str) -> str:
    part = text.strip(". ") or "x"
    return part if is_plain(part) else f"x-{part}"[:_LONGEST_PART]


def other_path(path: str, kind: str, source_id: int) -> str:
    """Another name for a file whose name is taken by another file: the same for the same source, always."""
    mark = hashlib.sha256(f"{kind}:{source_id}".encode()).hexdigest()[:6]
    stem, dot, suffix = path.rpartition(".")
    return f"{stem}-{mark}.{suffix}" if dot else f"{path}-{mark}"
