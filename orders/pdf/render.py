"""Documents as files: PDF to issue and send, PNG to look at, many PDFs as one to print.

Typst sets the page (template/document.typ). Everything that comes from people reaches it as one JSON string, and what
is read from JSON is text to it: no mark-up, no code. Rules that it keeps: the template reads nothing but its own folder,
and fonts are ours alone, so the same document gives the same bytes on every machine.
"""

from __future__ import annotations

import io
import json
import logging
import os
import threading
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any, Literal

import typst
from pypdf import PdfWriter

from orders.documents_view import DocumentView
from orders.paycodes import payment_code
from orders.pdf.letters import FONTS
from orders.pdf.logo import logo_svg
from orders.pdf.page import page as page_of

logger = logging.getLogger(__name__)

TEMPLATE = Path(__file__).resolve().parent / "template"
_PREVIEW_PPI = 144  # a phone can still read the payment code from the screen
# Tags let a screen reader follow the table; in a long document they are most of the file.
_MOST_TAGGED_LINES = 60

_lock = threading.Lock()
_compiler: typst.Compiler | None = None
_compiler_pid = 0


def render_pdf(view: DocumentView, *, attach_ubl: bytes | None = None) -> bytes:
    """The document as PDF/A-3b; with `attach_ubl` (orders.einvoice.ubl) the e-invoice rides inside it.

    The same view gives the same bytes: the file's date is the date of issue.
    """
    return _compile(
        view,
        attach_ubl,
        format="pdf",
        pdf_standards=["a-3b"],
        pdf_tags=len(view.lines) <= _MOST_TAGGED_LINES,
        timestamp=datetime.combine(view.issue_date, time(), UTC),
    )


def render_png(view: DocumentView, page: int = 0) -> bytes:
    """One page (from 0) as a picture for the screen. Raises IndexError when the document has no such page."""
    pages = _compile(view, None, format="png", ppi=_PREVIEW_PPI)
    return (pages if isinstance(pages, list) else [pages])[page]


def merge_pdfs(documents: Iterable[bytes]) -> bytes:
    """One PDF to print, in the given order. Raises ValueError when there is nothing to merge.

    Attached e-invoices stay behind: they belong to their own document.
    """
    merged = PdfWriter()
    for document in documents:
        merged.append(io.BytesIO(document), import_outline=False)
    if not merged.pages:
        raise ValueError("nothing to merge")
    # Each document brings the same fonts and logo: keep one of each.
    merged.compress_identical_objects(remove_duplicates=True, remove_unreferenced=True)
    out = io.BytesIO()
    merged.write(out)
    return out.getvalue()


def _compile(view: DocumentView, ubl: bytes | None, **options: Any) -> Any:
    code = payment_code(view)
    logo = logo_svg(view.logo, view.logo_type)
    inputs = {
        "data": json.dumps(page_of(view, code)),
        "code": code.svg.decode() if code else "",
        "logo": logo,
        "ubl": ubl.decode("utf-8") if ubl else "",
        "ubl_name": f"{_file_name(view.kind)}.xml",
    }
    try:
        return _run(inputs, options)
    except typst.TypstError as error:
        if not logo:
            raise
        # A drawing that passed the checks and yet cannot be set: the document matters more.
        logger.warning("document %s: the logo cannot be set and is left out: %s", view.number, error)
        return _compile(replace(view, logo=b""), ubl, **options)


def _file_name(kind: Literal["invoice", "proforma", "delivery_note", "credit_note"]) -> str:
    return kind.replace("_", "-")


def _run(inputs: dict[str, str], options: dict[str, Any]) -> Any:
    # One compiler for the process keeps fonts and template; it can do one document at a time.
    with _lock:
        return _compiler_here().compile(sys_inputs=inputs, **options)


def _compiler_here() -> typst.Compiler:
    global _compiler, _compiler_pid
    if _compiler is None:
        fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[FONTS])
        _compiler = typst.Compiler(
            TEMPLATE / "document.typ", root=TEMPLATE, font_paths=fonts, ignore_system_fonts=True
        )
        _compiler_pid = os.getpid()
    elif _compiler_pid != os.getpid():
        # Typst's threads do not live on in a forked child: it would wait for them for ever.
        raise RuntimeError("this process was forked from one that has rendered; start it anew instead")
    return _compiler
