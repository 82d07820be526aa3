"""The recorded exchanges of a running WooCommerce, where they lie beside the project; tests that need them skip else."""

from __future__ import annotations

import json
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).resolve().parents[4] / "shared" / "recordings" / "woocommerce"

needed = pytest.mark.skipif(
    not FOLDER.is_dir(), reason="the recorded exchanges (../shared/recordings) are not beside this checkout"
)


def exchange(number: int) -> dict[str, Any]:
    """Recording `number`; fractions as Decimal, as the client reads them."""
    return json.loads(_text(number), parse_float=Decimal)


def body(number: int) -> Any:
    return exchange(number)["response"]["body"]


def rows(number: int) -> dict[int, dict[str, Any]]:
    """The list of recording `number` by id."""
    return {row["id"]: row for row in body(number)}


@cache
def _text(number: int) -> str:
    (path,) = FOLDER.glob(f"{number:03d}-*.json")
    return path.read_text(encoding="utf-8")
