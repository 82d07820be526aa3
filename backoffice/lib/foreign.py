"""Single values as other people's programs write them, taken only where they can be kept, compared and shown again.

What is refused is refused for one element, with its field named; what was let in would fail later, for a whole page of
them: in the database, in an exponent that fills the memory, on a day that no time zone reaches.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from decimal import Decimal, InvalidOperation
from typing import Any, Final

# Wider than any amount, stock or weight of a firm, narrower than our columns.
MOST_DIGITS: Final = 12
# Noise of PHP's floats goes to about 10**-30.
MOST_DECIMALS: Final = 100
LONGEST_ID: Final = 20
LONGEST_KEY: Final = 120
EARLIEST: Final = datetime(1900, 1, 1, tzinfo=UTC)
# The last day that is one in every time zone. Shops write "9999-12-31 23:59:59" for "never".
LATEST: Final = datetime(9999, 12, 30, tzinfo=UTC)
# PostgreSQL stores no NUL, nothing encodes half a pair of surrogates.
_UNSTORABLE: Final = re.compile("[\0\ud800-\udfff]")


def number(text: str) -> Decimal:
    """A number with a dot, also "1e3". Raises ValueError for none, and for one that no amount or quantity can be."""
    try:
        found = Decimal(text[:200])
    except InvalidOperation:
        raise ValueError("no number") from None
    exponent = found.as_tuple().exponent
    if not isinstance(exponent, int) or len(text) > 200:
        raise ValueError("no finite number")
    if exponent < -MOST_DECIMALS or (found and found.adjusted() >= MOST_DIGITS):
        raise ValueError("a number beyond all measure")
    return found if found else Decimal(0).scaleb(max(min(exponent, 0), -12))


def percent(text: str) -> Decimal:
    """A rate of VAT or of a discount, 22 = 22 %. Raises ValueError, also outside of 0 to 100."""
    found = number(text)
    if not 0 <= found <= 100:
        raise ValueError("no percentage")
    return found


def identity(text: str) -> str:
    """The digits of an id. Raises ValueError."""
    if not (text.isascii() and text.isdigit() and len(text) <= LONGEST_ID):
        raise ValueError("no id")
    return text


def moment(text: str, zone: tzinfo) -> datetime:
    """ISO 8601 as aware UTC; without an offset it is of `zone`, in October's hour twice the first. Raises ValueError."""
    parsed = datetime.fromisoformat(text)
    try:
        found = (parsed if parsed.tzinfo else parsed.replace(tzinfo=zone)).astimezone(UTC)
    except OverflowError:
        found = parsed.replace(tzinfo=UTC)
    if found < EARLIEST:
        raise ValueError("a time before all shops")
    return min(found, LATEST)


def plain_number(value: Decimal) -> float | str:
    """As json wrote it, for payloads that are stored as they came; what no float holds becomes text."""
    found = float(value)
    return found if found - found == 0 else str(value)


def storable(value: Any) -> Any:
    """Plain JSON with "\ufffd" in place of letters that no database holds."""
    if isinstance(value, str):
        return _UNSTORABLE.sub("\ufffd", value)
    if isinstance(value, Mapping):
        return {storable(key): storable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [storable(item) for item in value]
    return value


def storable_text(text: str) -> str:
    return _UNSTORABLE.sub("\ufffd", text)
