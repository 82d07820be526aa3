"""What is on the pages, read back from the files."""

from __future__ import annotations

import io
import re

from PIL import Image, ImageChops
from pypdf import PdfReader

from orders.documents_view import DocumentView
from orders.pdf.render import render_pdf, render_png

MARGIN = 16 / 210  # of the page's width, that nothing may be set in


def reader(pdf: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(pdf))


def plain(text: str) -> str:
    """Without the places to break at, and with one space where the page has any."""
    return re.sub(r"\s+", " ", text.replace("\u200b", ""))


def pages_of(view: DocumentView) -> list[str]:
    return [plain(page.extract_text()) for page in reader(render_pdf(view)).pages]


def text_of(view: DocumentView) -> str:
    return " ".join(pages_of(view))


def picture(view: DocumentView, page: int = 0) -> Image.Image:
    return Image.open(io.BytesIO(render_png(view, page))).convert("RGB")


def margins_are_empty(view: DocumentView, page: int) -> bool:
    """Whether no letter sticks out of the set area on the left or on the right."""
    image = picture(view, page)
    edge = int(image.width * MARGIN)
    strips = ((0, 0, edge, image.height), (image.width - edge, 0, image.width, image.height))
    white = Image.new("RGB", (edge, image.height), "white")
    return all(ImageChops.difference(image.crop(strip), white).getbbox() is None for strip in strips)
