"""The doors of the workers: thin functions, called with ids, that never raise."""

from __future__ import annotations

import logging

from orders.services import document_files, mails

logger = logging.getLogger(__name__)


def make_pdf(document_id: int) -> None:
    """Soon after closing. What fails here is made when somebody asks for the file."""
    try:
        document_files.pdf_of(document_id)
    except Exception:
        logger.exception(
            "the PDF of document %s could not be made; it will be when it is asked for", document_id
        )


def send_mail(mail_id: int) -> str:
    """One try. How it ended stands in the mail's row."""
    try:
        return mails.send(mail_id)
    except Exception:
        logger.exception("e-mail %s broke; the tick looks after it", mail_id)
        return ""


def wake_mails() -> None:
    """Every minute, called by shops.jobs.tick."""
    try:
        mails.wake()
    except Exception:
        logger.exception("the waiting e-mails could not be looked at")
