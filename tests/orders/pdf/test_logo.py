"""Logos: what is drawn, what is taken out, and documents that come out although the logo does not."""

from __future__ import annotations

import base64
import io
import re
from xml.etree import ElementTree

import pytest
from PIL import Image

from orders.pdf.logo import logo_svg
from tests.orders.documents import make_view
from tests.orders.pdf.reading import picture, text_of

ORANGE = (250, 170, 0)
SVG = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 30 10" {0}>{1}</svg>'
SQUARE = '<rect width="30" height="10" fill="#faaa00"/>'


def raster(kind: str, size: tuple[int, int] = (300, 100)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, ORANGE).save(out, kind)
    return out.getvalue()


def drawing(content: str = SQUARE, more: str = "") -> bytes:
    return SVG.format(more, content).encode()


def colour_at_the_logo(logo: bytes, media_type: str) -> tuple[int, ...]:
    """Of a point that lies in any logo with the proportions 3 : 1."""
    page = picture(make_view(logo=logo, logo_type=media_type))
    return page.getpixel((int(page.width * 40 / 210), int(page.height * 28 / 297)))


def near(colour: tuple[int, ...], wanted: tuple[int, ...] = ORANGE) -> bool:
    return all(abs(a - b) < 12 for a, b in zip(colour, wanted, strict=True))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
def test_a_picture_stands_at_the_head(kind):
    assert near(colour_at_the_logo(raster(kind), f"image/{kind.lower()}"))


@pytest.mark.parametrize(
    "logo",
    [
        drawing(),
        b'<?xml version="1.0"?><!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/x.dtd">'
        + drawing(),
        drawing('<style>.a{fill:#faaa00}</style><g class="a"><path d="M0 0h30v10H0z"/></g>'),
        drawing(
            '<defs><linearGradient id="a"><stop stop-color="#faaa00"/></linearGradient>'
            '<linearGradient id="b" xlink:href="#a"/></defs><rect width="30" height="10" fill="url(#b)"/>'
        ),
    ],
    ids=["plain", "doctype", "style", "gradient"],
)
def test_a_drawing_stands_at_the_head(logo):
    assert near(colour_at_the_logo(logo, "image/svg+xml"))


def test_a_drawing_loses_all_that_is_not_drawing():
    svg = logo_svg(
        drawing(
            '<script>alert(1)</script><use href="#a"/><image href="file:///etc/passwd"/>'
            '<foreignObject><b xmlns="http://www.w3.org/1999/xhtml">x</b></foreignObject><animate/>'
            '<rect width="1" height="1" onclick="x()" xlink:href="http://example.com/"/>' + SQUARE,
            'onload="alert(1)"',
        ),
        "image/svg+xml",
    )
    left = ElementTree.fromstring(svg)
    assert {element.tag.rpartition("}")[2] for element in left.iter()} == {"svg", "rect"}
    assert not re.search("on(load|click)|href|script|passwd|example", svg)


def test_a_large_picture_is_made_smaller():
    svg = logo_svg(raster("PNG", (4000, 1000)), "image/png")
    inside = base64.b64decode(re.search(r"base64,([^\"]+)", svg)[1])
    assert Image.open(io.BytesIO(inside)).size == (1200, 300)


@pytest.mark.parametrize(
    ("logo", "media_type"),
    [
        (b"", ""),
        (b"not a picture", "image/png"),
        (raster("PNG")[:200], "image/png"),
        (raster("BMP"), "image/bmp"),
        (b"<svg", "image/svg+xml"),
        (b"<html/>", "image/svg+xml"),
        (b'<!DOCTYPE svg [<!ENTITY a "aaaa">]>' + drawing("<desc>&a;</desc>"), "image/svg+xml"),
        (drawing("<desc>" + "x" * 600_000 + "</desc>"), "image/svg+xml"),
        (drawing().replace(b"30 10", b"0 0"), "image/svg+xml"),
        (drawing(more='width="nonsense"').replace(b"viewBox", b"viewbox"), "image/svg+xml"),
    ],
    ids=["none", "text", "cut", "bmp", "broken", "html", "entity", "large", "empty", "sizeless"],
)
def test_a_logo_that_cannot_be_read_stops_no_document(logo, media_type):
    text = text_of(make_view(logo=logo, logo_type=media_type))
    assert "Invoice 2026-00123" in text


def test_without_a_logo_the_firms_name_stands_there():
    name = "Čebelarstvo Žgajnar d.o.o."
    assert text_of(make_view(bank=None)).count(name) == 3
    assert text_of(make_view(bank=None, logo=raster("PNG"), logo_type="image/png")).count(name) == 2
