"""The doors of the workers: thin functions, called with ids, that never raise."""

from __future__ import annotations

import logging

from backoffice.lib.logs import about
from orders.services import document_files, mails

logger = logging.getLogger(__name__)


def make_pdf(document_id: int) -> None:
    """Soon after closing. What fails here is made when somebody asks for the file."""
    with about(document=document_id):
        try:
            document_files.pdf_of(document_id)
        except Exception:
            logger.exception("the PDF could not be made; it will be when it is asked for")


def send_mail(mail_id: int) -> str:
    """One try. How it ended stands in the mail's row."""
    with about(mail=mail_id):
        try:
            return mails.send(mail_id)
        except Exception:
            logger.exception("the e-mail broke; the tick looks after it")
            return ""


def wake_mails() -> None:
    """Every minute, called by shops.jobs.tick."""
    try:
        mails.wake()
    except Exception:
        logger.exception("the waiting e-mails could not be looked at")
