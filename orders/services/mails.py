"""Documents by e-mail: recorded first, then sent; tried again with growing pauses, never twice by itself.

waiting   recorded, in the transaction in which the document was closed or the button was pressed
sending   one worker has it (a lease)
sent      the mail server has taken it
doubtful  the worker died, or the connection broke, when the server may have had it: a person decides
failed    refused for good, or tried long enough
"""

from __future__ import annotations

import logging
import secrets
from datetime import datetime, timedelta
from email.utils import formataddr, parseaddr

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.lib.claims import new_holder
from backoffice.lib.enqueue import enqueue
from backoffice.lib.errors import KontorError
from backoffice.lib.points import passing
from orders.errors import DocumentRefused
from orders.models import Document, DocumentMail, OrderEvent
from orders.services.document_events import record
from orders.services.document_files import pdf_of
from orders.services.document_view import view_of
from orders.services.mail_texts import text_for, written
from orders.services.smtp import Delivery, Outcome, deliver

# After each failed try; then it is given up.
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 180, 720))
_LEASE = timedelta(minutes=5)  # several steps of EMAIL_TIMEOUT, and the PDF
_WOKEN = 200
_State = DocumentMail.State

logger = logging.getLogger(__name__)


@transaction.atomic
def queue_mail(document_id: int, *, by: AbstractBaseUser | None, to: str = "") -> DocumentMail:
    """Record a sending by hand and have a worker do it. to: another address than the buyer's own.

    Raises DocumentRefused: a draft, no usable address, one that is on its way already; Document.DoesNotExist.
    """
    document = Document.objects.select_for_update(of=("self",)).select_related("order").get(pk=document_id)
    if document.is_draft:
        raise DocumentRefused(
            _("A draft is not sent to anybody."), cure=_("Issue the document first."), key="mail_of_draft"
        )
    address = usable_address(to or document.buyer.get("email", ""))
    if not address:
        raise DocumentRefused(
            _("There is no usable e-mail address for %(document)s.") % {"document": document.label},
            cure=_("Enter one and try again."),
            key=f"mail_no_address:{document.pk}",
        )
    on_its_way = document.mails.filter(state__in=[_State.WAITING, _State.SENDING]).first()
    if on_its_way is not None:
        raise DocumentRefused(
            _("%(document)s is on its way to %(to)s already.")
            % {"document": document.label, "to": on_its_way.to},
            cure=_("Wait until it is sent, or stop that e-mail first."),
        )
    return _queued(document, address, by=by)


def queue_automatic(document: Document) -> DocumentMail | None:
    """By the document's own tick, in the transaction that closed it; once a document (a constraint keeps it so)."""
    if not document.send_mail or document.is_draft:
        return None
    address = usable_address(document.buyer.get("email", ""))
    if not address:
        record(document, OrderEvent.Kind.UNMAILED, None, text=_("The customer has no usable e-mail address."))
        return None
    return _queued(document, address, by=None, automatic=True)


def usable_address(text: str) -> str:
    """ "" where no mail server would take it."""
    address = text.strip()
    try:
        validate_email(address)
    except ValidationError:
        return ""
    return address


def _queued(
    document: Document, to: str, *, by: AbstractBaseUser | None, automatic: bool = False
) -> DocumentMail:
    text = written(text_for(document.kind, document.language), view_of(document))
    mail = DocumentMail.objects.create(
        document=document,
        to=to,
        subject=text.subject,
        body=text.body,
        automatic=automatic,
        # Short, so that the header stays on one line: some servers read a folded one as another id.
        message_id=f"<{document.pk}.{secrets.token_hex(8)}@{_domain()}>",
        created_by=by,
    )
    enqueue("orders.jobs.send_mail", mail.pk, cluster="quick")
    return mail


def send(mail_id: int) -> str:
    """Send one that is waiting and due; another worker's, or one that is done, is left alone. Its state afterwards."""
    holder, now = new_holder(), timezone.now()
    due = Q(not_before__isnull=True) | Q(not_before__lte=now)
    taken = DocumentMail.objects.filter(due, pk=mail_id, state=_State.WAITING).update(
        state=_State.SENDING, lease_holder=holder, lease_until=now + _LEASE, tries=F("tries") + 1, error=""
    )
    mail = DocumentMail.objects.select_related("document__order").get(pk=mail_id)
    if not taken:
        return mail.state
    passing("mail.claimed")
    try:
        message = _message(mail)
    except Exception as error:  # whatever it is, nothing has gone out yet
        logger.exception("the e-mail %s with document %s cannot be written", mail.pk, mail.document.number)
        why = (
            error.message
            if isinstance(error, KontorError)
            else _("The PDF could not be made; the log says why.")
        )
        delivery = Delivery(Outcome.LATER, why)
    else:
        delivery = deliver(message)
    passing("mail.delivered")
    return _settle(mail, holder, delivery)


def wake() -> int:
    """Every minute: ring for what waits and is due; what a dead worker left behind is doubtful from now on."""
    now = timezone.now()
    lost = DocumentMail.objects.filter(state=_State.SENDING, lease_until__lt=now)
    for mail in lost.select_related("document__order")[:_WOKEN]:
        _doubt(mail, now)
    due = Q(not_before__isnull=True) | Q(not_before__lte=now)
    # The newest have been rung for a moment ago.
    waiting = DocumentMail.objects.filter(
        due, state=_State.WAITING, created_at__lt=now - timedelta(seconds=50)
    ).order_by("pk")
    ids = list(waiting.values_list("pk", flat=True)[:_WOKEN])
    for pk in ids:
        enqueue("orders.jobs.send_mail", pk, cluster="quick")
    return len(ids)


def needing_a_person() -> QuerySet[DocumentMail]:
    """Not sent, or perhaps sent, and no later mail of the same document has made up for it."""
    later = DocumentMail.objects.filter(document=OuterRef("document"), pk__gt=OuterRef("pk"))
    return DocumentMail.objects.filter(~Exists(later), state__in=[_State.DOUBTFUL, _State.FAILED])


def hold_waiting() -> int:
    """After a restore nothing goes out by itself: what waited in the backup has perhaps been sent since. How many."""
    why = _(
        "It was waiting when the backup was made; perhaps it has been sent since. Send it again if it has not."
    )
    return DocumentMail.objects.filter(state=_State.WAITING).update(
        state=_State.FAILED, error=why, not_before=None
    )


# What a person decides


def mark_sent(mail_id: int, *, by: AbstractBaseUser) -> None:
    """Somebody asked: it has arrived. Raises DocumentRefused where it is not in doubt."""
    _decide(mail_id, [_State.DOUBTFUL], by, state=_State.SENT, sent_at=timezone.now())


def stop(mail_id: int, *, by: AbstractBaseUser) -> None:
    """It is not to be sent any more. Raises DocumentRefused where it is not waiting."""
    reason = _("Stopped by %(name)s.") % {"name": by.get_username()}
    _decide(mail_id, [_State.WAITING], by, state=_State.FAILED, error=reason)


def try_now(mail_id: int) -> None:
    """Without waiting for the end of the pause."""
    DocumentMail.objects.filter(pk=mail_id, state=_State.WAITING).update(not_before=None)
    enqueue("orders.jobs.send_mail", mail_id, cluster="quick")


@transaction.atomic
def _decide(mail_id: int, states: list[str], by: AbstractBaseUser, **values: object) -> None:
    changed = DocumentMail.objects.filter(pk=mail_id, state__in=states).update(**values)
    if not changed:
        raise DocumentRefused(
            _("This e-mail is in another state by now."), cure=_("Reload the page and look at it again.")
        )
    mail = DocumentMail.objects.select_related("document__order").get(pk=mail_id)
    _tell(mail, by)


# The message


def _message(mail: DocumentMail) -> EmailMessage:
    name, content = pdf_of(mail.document_id)
    seller = mail.document.seller
    _name, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    company = " ".join(str(seller.get("name", "")).split())
    answers_to = usable_address(seller.get("email", ""))
    message = EmailMessage(
        subject=" ".join(mail.subject.split()),
        body=mail.body,
        from_email=formataddr((company, address)) if company else address,
        to=[mail.to],
        reply_to=[formataddr((company, answers_to))] if answers_to else None,
        headers={"Message-ID": mail.message_id, "Auto-Submitted": "auto-generated"},
    )
    message.attach(name, content, "application/pdf")
    return message


def _domain() -> str:
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"


# What came of it


@transaction.atomic
def _settle(mail: DocumentMail, holder: str, delivery: Delivery) -> str:
    now = timezone.now()
    values: dict[str, object] = {"lease_until": None, "error": delivery.why[:500]}
    if delivery.outcome is Outcome.SENT:
        values |= {"state": _State.SENT, "sent_at": now, "not_before": None}
    elif delivery.outcome is Outcome.DOUBTFUL:
        values["state"] = _State.DOUBTFUL
    elif delivery.outcome is Outcome.LATER and mail.tries <= len(PAUSES):
        values |= {"state": _State.WAITING, "not_before": now + PAUSES[mail.tries - 1]}
    else:
        values["state"] = _State.FAILED
    # A worker that was slow, and was thought dead, may still say how it ended.
    ours = DocumentMail.objects.filter(
        pk=mail.pk, lease_holder=holder, state__in=[_State.SENDING, _State.DOUBTFUL]
    )
    ours.update(**values)
    mail.refresh_from_db()
    logger.info(
        "document %s by e-mail, try %s: %s %s", mail.document.number, mail.tries, mail.state, delivery.why
    )
    if mail.state != _State.WAITING:
        _tell(mail, mail.created_by)
    return mail.state


@transaction.atomic
def _doubt(mail: DocumentMail, now: datetime) -> None:
    why = _("The worker was interrupted while it was sending; perhaps the e-mail has gone out.")
    lost = DocumentMail.objects.filter(pk=mail.pk, state=_State.SENDING, lease_until__lt=now)
    if lost.update(state=_State.DOUBTFUL, error=why):
        mail.refresh_from_db()
        _tell(mail, mail.created_by)


def _tell(mail: DocumentMail, by: AbstractBaseUser | None) -> None:
    """In the order's time line; the address stays with the mail, where forgetting a customer finds it."""
    if mail.state == _State.SENT:
        record(mail.document, OrderEvent.Kind.MAILED, by)
    else:
        record(mail.document, OrderEvent.Kind.UNMAILED, by, text=mail.error)
