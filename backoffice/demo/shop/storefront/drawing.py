"""Small drawings made by our own code: the shop's leaf, and a picture for products that have none."""

from html import escape, unescape

# A linden leaf: heart-shaped, on a bent stalk.
LEAF = (
    "M50 8 C58 20 84 26 84 52 C84 74 66 84 51 78 C50 84 53 90 58 95 L53 97 C47 91 46 84 47 78 "
    "C32 83 15 73 16 51 C17 27 43 21 50 8 Z"
)
VEINS = "M50 20 L49 76 M49 62 L70 48 M49 62 L30 47 M49.5 46 L65 34 M49.5 46 L35 33"
_GROUNDS = (
    ("#e6efe0", "#7fa06a"),
    ("#f3ead9", "#c29a55"),
    ("#e3edf0", "#6f99a6"),
    ("#f2e4e1", "#bd7f72"),
    ("#ebe6f1", "#8f7fae"),
)


def logo() -> str:
    return (
        '<svg class="leaf" viewBox="0 0 100 100" aria-hidden="true">'
        f'<path d="{LEAF}" fill="#4f7a3a"/><path d="{VEINS}" stroke="#e9f2e2" stroke-width="2.4" fill="none"/></svg>'
    )


def favicon() -> bytes:
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100"><path d="{LEAF}" fill="#4f7a3a"/></svg>'.encode()


def placeholder(name: str, number: int) -> bytes:
    """A square in one of five quiet grounds with a leaf and the first letters of the name."""
    ground, ink = _GROUNDS[number % len(_GROUNDS)]
    words = [word for word in unescape(name).split() if word[0].isalnum()] or ["?"]
    letters = escape("".join(word[0] for word in words[:2]).upper())
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 400">'
        f'<rect width="400" height="400" fill="{ground}"/>'
        f'<g transform="translate(80 62) scale(2.4)" fill="{ink}" opacity=".25"><path d="{LEAF}"/></g>'
        f'<text x="200" y="190" font-family="Georgia, serif" font-size="64" fill="{ink}" text-anchor="middle" '
        f'dominant-baseline="middle">{letters}</text></svg>'
    ).encode()
