"""How the shop changes text on its way in and out: tags, entities, paragraphs, slugs, decimals.

Observed on a running WooCommerce 10.5.2 (woocommerce.md, traps 2 and 9).
"""

import re
import unicodedata
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from html.entities import name2codepoint
from typing import Any

# Tags that a shop keeps in descriptions; all others are dropped and their content stays.
_ALLOWED_TAGS = frozenset(
    "a abbr acronym address article aside audio b bdo big blockquote br button caption cite code col "
    "colgroup dd del details dfn div dl dt em fieldset figcaption figure footer font h1 h2 h3 h4 h5 h6 "
    "header hgroup hr i img ins kbd label legend li main map mark menu nav ol p pre q s samp section small "
    "span strike strong sub summary sup table tbody td tfoot th thead title tr track tt u ul var video".split()
)
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)((?:\s[^<>]*)?/?)>")
_HANDLER = re.compile(r"""\s+on\w+\s*=\s*("[^"]*"|'[^']*'|[^\s>]+)""", re.IGNORECASE)
_SCRIPT_ADDRESS = re.compile(r"""\s+(?:href|src)\s*=\s*["']?\s*javascript:[^"'>\s]*["']?""", re.IGNORECASE)
_ENTITY = re.compile(r"&(?!(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|([A-Za-z][A-Za-z0-9]{1,19}));)")
_BLOCKS = (
    "address|article|aside|blockquote|details|div|dl|fieldset|figure|footer|form|h[1-6]|header|hr|main|menu|"
    "nav|ol|p|pre|section|summary|table|tbody|td|tfoot|th|thead|tr|ul|li|dd|dt"
)
_BLOCK_START = re.compile(rf"^\s*</?(?:{_BLOCKS})\b", re.IGNORECASE)
_BLOCK_EDGE = re.compile(rf"(</?(?:{_BLOCKS})\b[^>]*>)", re.IGNORECASE)


def _escape_entities(text: str) -> str:
    text = _ENTITY.sub("&amp;", text)
    return re.sub(
        r"&([A-Za-z][A-Za-z0-9]{1,19});",
        lambda m: m.group(0) if m.group(1) in name2codepoint else f"&amp;{m.group(1)};",
        text,
    )


def kses(value: Any) -> str:
    """Clean a name or description: backslashes are lost, unknown tags go, loose & < > are escaped."""
    text = re.sub(r"\\(.?)", r"\1", str(value or ""), flags=re.DOTALL)
    out, last = [], 0
    for match in _TAG.finditer(text):
        out.append(_escape_loose(text[last : match.start()]))
        if match.group(2).lower() in _ALLOWED_TAGS:
            rest = _SCRIPT_ADDRESS.sub("", _HANDLER.sub("", match.group(3)))
            out.append(f"<{match.group(1)}{match.group(2)}{rest}>")
        last = match.end()
    out.append(_escape_loose(text[last:]))
    return "".join(out)


def _escape_loose(text: str) -> str:
    return _escape_entities(text).replace("<", "&lt;").replace(">", "&gt;")


def paragraphs(text: str) -> str:
    """Turn blank lines into paragraphs and line ends into breaks, as the default context does."""
    if not text.strip():
        return ""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    # As wpautop does: air before every opening and after every closing block tag, then wrap what is loose.
    text = _BLOCK_EDGE.sub(
        lambda m: f"{m.group(1)}\n\n" if m.group(1)[1] == "/" else f"\n\n{m.group(1)}", text
    )
    chunks = (chunk.strip() for chunk in re.split(r"\n\s*\n", text) if chunk.strip())
    lines = [
        chunk if _BLOCK_START.match(chunk) else "<p>" + chunk.replace("\n", "<br />\n") + "</p>"
        for chunk in chunks
    ]
    return "\n".join(lines) + "\n"


_SPECIAL = str.maketrans(
    {
        "€": "e",
        "ß": "ss",
        "đ": "d",
        "Đ": "d",
        "ł": "l",
        "Ł": "l",
        "ø": "o",
        "Ø": "o",
        "æ": "ae",
        "Æ": "ae",
        "œ": "oe",
    }
)


def slug(value: str) -> str:
    """The address part of a name: accents removed, lower case, dashes for blanks."""
    text = re.sub(r"<[^>]*>", "", value)
    text = re.sub(r"&[a-zA-Z0-9#]+;", "", text).translate(_SPECIAL)
    text = unicodedata.normalize("NFKD", text)
    text = "".join(c for c in text if not unicodedata.combining(c)).lower()
    text = re.sub(r"[./–—]", "-", text)
    text = re.sub(r"[^a-z0-9 _-]", "", text)
    return re.sub(r"-+", "-", re.sub(r"\s+", "-", text.strip())).strip("-")


def format_decimal(value: Any, decimal_separator: str = ".") -> str:
    """Read a price as the shop does: everything but digits, sign and the last dot goes.

    With a dot as decimal separator "12,50" therefore becomes "1250" (trap 2).
    """
    if value is None or value == "" or isinstance(value, bool):
        return ""
    if isinstance(value, int | float):
        return f"{value:.10f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
    text = str(value).replace(decimal_separator, ".")
    text = re.sub(r"\.(?![^.]+$)|[^0-9.-]", "", text)
    return text


def decimal(value: Any) -> Decimal:
    """A Decimal of stored text; nothing stored counts as 0."""
    try:
        return Decimal(str(value)) if value not in (None, "") else Decimal(0)
    except InvalidOperation:
        return Decimal(0)


def money(value: Any, places: int = 2) -> str:
    """Amount with a fixed number of decimals, half away from zero as PHP rounds."""
    return str(decimal(value).quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP))


def rounded(value: Decimal, places: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


def integer(value: Any) -> int:
    """intval() of PHP: leading digits count, anything else is 0."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, int | float):
        return int(value)
    match = re.match(r"\s*([+-]?\d+)", str(value or ""))
    return int(match.group(1)) if match else 0


def truth(value: Any) -> bool:
    """wc_string_to_bool of PHP."""
    return (
        value is True
        or value == 1
        or (isinstance(value, str) and value.lower() in ("yes", "true", "1", "on"))
    )
