"""Documents as files: the PDF as it was issued, kept with its checksum; previews of drafts; many as one to print."""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Iterable, Iterator

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils.translation import gettext as _

from orders.einvoice.ubl import ubl_invoice
from orders.errors import DocumentRefused, EInvoiceImpossible
from orders.models import Document, DocumentKind
from orders.pdf.render import merge_pdfs, render_pdf
from orders.services.document_view import view_of

MOST_MERGED = 500
_WITH_EINVOICE = frozenset({DocumentKind.INVOICE, DocumentKind.CREDIT_NOTE})

logger = logging.getLogger(__name__)


def pdf_of(document_id: int) -> tuple[str, bytes]:
    """(file name, content) of a closed document; made now where no worker has made it yet.

    Whoever asks, and however often, gets the same bytes: the first file counts. One that is lost is made anew if the
    same bytes come out again, else this raises DocumentRefused, as it does for a draft.
    """
    document = _document(document_id)
    if document.is_draft:
        raise DocumentRefused(
            _("A draft has no PDF of its own yet."), cure=_("Look at its preview, or issue it first.")
        )
    if not document.pdf:
        document = _make(document)
    return file_name(document, "pdf"), _read(document)


def preview_pdf(document_id: int) -> tuple[str, bytes]:
    """(file name, content) of a draft as it stands, marked as one; nothing is stored."""
    document = _document(document_id)
    if not document.is_draft:
        return pdf_of(document_id)
    return file_name(document, "pdf"), render_pdf(view_of(document))


def xml_of(document_id: int) -> tuple[str, bytes]:
    """(file name, content) of the e-invoice (UBL 2.1). Raises EInvoiceImpossible: drafts, delivery notes, no country."""
    document = _document(document_id)
    return file_name(document, "xml"), ubl_invoice(view_of(document))


def merged_pdf(document_ids: Iterable[int]) -> bytes:
    """The closed ones among them in one file, in the given order. Raises DocumentRefused where there is none."""
    ids = list(document_ids)
    closed = set(Document.objects.filter(pk__in=ids).closed().values_list("pk", flat=True))  # type: ignore[attr-defined]
    if not closed or len(closed) > MOST_MERGED:
        raise DocumentRefused(
            _("%(count)d documents cannot be printed as one file.") % {"count": len(closed)},
            cure=_("Choose at least one issued document, and at most %(most)d.") % {"most": MOST_MERGED},
        )

    def contents() -> Iterator[bytes]:
        for key in ids:
            if key in closed:
                yield pdf_of(key)[1]

    return merge_pdfs(contents())


def file_name(document: Document, ending: str) -> str:
    """ "invoice-2026-00012.pdf": for people and file systems alike."""
    number = re.sub(r"[^A-Za-z0-9]+", "-", document.number).strip("-") or f"draft-{document.pk}"
    return f"{document.kind.replace('_', '-')}-{number}.{ending}"


def _document(document_id: int) -> Document:
    return Document.objects.select_related("order", "corrects").get(pk=document_id)


def _make(document: Document) -> Document:
    content = _render(document)
    digest = hashlib.sha256(content).hexdigest()
    path = default_storage.save(_path(document, digest), ContentFile(content))
    kept = Document.objects.filter(pk=document.pk, pdf="").update(pdf=path, pdf_sha256=digest)
    if not kept:  # another worker was faster: his file counts
        default_storage.delete(path)
        return _document(document.pk)
    logger.info("document %s: PDF of %s bytes", document.number, len(content))
    document.pdf.name, document.pdf_sha256 = path, digest
    return document


def _render(document: Document) -> bytes:
    """With the e-invoice inside; where one cannot be written (a party without a country), the page goes without."""
    view = view_of(document)
    try:
        ubl = ubl_invoice(view) if document.kind in _WITH_EINVOICE else None
    except EInvoiceImpossible as error:
        logger.warning("document %s has no e-invoice in its PDF: %s", document.number, error)
        ubl = None
    return render_pdf(view, attach_ubl=ubl)


def _path(document: Document, digest: str) -> str:
    name = file_name(document, "pdf").removesuffix(".pdf")
    return f"documents/{document.issue_date:%Y/%m}/{name}-{digest[:8]}.pdf"


def _read(document: Document) -> bytes:
    try:
        with default_storage.open(document.pdf.name) as file:
            content = bytes(file.read())
    except FileNotFoundError:
        content = b""
    if hashlib.sha256(content).hexdigest() == document.pdf_sha256:
        return content
    logger.warning("document %s: its PDF %s is lost or changed", document.number, document.pdf.name)
    again = _render(document)
    if hashlib.sha256(again).hexdigest() != document.pdf_sha256:
        raise DocumentRefused(
            _("The stored PDF of %(document)s is lost or was changed, and cannot be made again as it was.")
            % {"document": document.label},
            cure=_("Restore the file %(name)s from the backup.") % {"name": document.pdf.name},
        )
    if default_storage.exists(document.pdf.name):
        default_storage.delete(document.pdf.name)
    default_storage.save(document.pdf.name, ContentFile(again))
    return again
