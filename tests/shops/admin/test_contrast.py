"""Text of our own words has a contrast of at least 4.5:1 on what it stands on, in the light and in the dark (UI.md §1)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings

CSS = Path(settings.BASE_DIR) / "backoffice" / "static" / "kontor" / "shops.css"
# unfold's greys that ours stand on or are drawn with, as sRGB (oklch in its settings)
LIGHT = {
    "base-50": "#f9fafb",
    "base-100": "#f3f4f6",
    "base-600": "#4a5565",
    "base-700": "#364153",
    "base-900": "#101828",
}
DARK = {
    "base-900": "#101828",
    "base-800": "#1e2939",
    "base-400": "#99a1af",
    "base-300": "#d1d5dc",
    "base-100": "#f3f4f6",
}
FACES = {"light": "#ffffff", "dark": "#101828"}


def palette(theme: str) -> dict[str, str]:
    """{name: #rrggbb} of the --sh- variables of a theme; greys are looked up above."""
    text = CSS.read_text()
    block = re.search(r"(?:^|\n)%s \{(.*?)\n\}" % (":root" if theme == "light" else r"\.dark"), text, re.S)[1]
    greys = LIGHT if theme == "light" else DARK
    found = {}
    for name, value in re.findall(r"--sh-([a-z-]+):\s*([^;]+);", block):
        if grey := re.fullmatch(r"var\(--color-(base-\d+)\)", value):
            value = greys.get(grey[1], "")
        if re.fullmatch(r"#[0-9a-f]{6}", value):
            found[name] = value
    return found


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_the_measure_is_right():
    assert contrast("#ffffff", "#000000") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", ["ok", "warn", "bad", "info", "here", "shop"])
def test_coloured_words_can_be_read(theme, name):
    colours = palette(theme)
    assert contrast(colours[name], colours[f"{name}-soft"]) >= 4.5
    assert contrast(colours[name], FACES[theme]) >= 4.5


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_grey_words_can_be_read_on_every_soft_colour(theme):
    colours = palette(theme)
    for name in ("muted", "text", "strong"):
        for ground in ("muted-soft", "warn-soft", "bad-soft", "info-soft"):
            assert contrast(colours[name], colours[ground]) >= 4.5, (name, ground)
        assert contrast(colours[name], FACES[theme]) >= 4.5


@pytest.mark.parametrize("colour", ["#a80f14", "#8a4600", "#1a56a8"])
def test_white_words_on_full_colours_can_be_read(colour):
    assert colour in CSS.read_text()
    assert contrast("#ffffff", colour) >= 4.5
