"""Documents by e-mail, against a real mail server: once, never a draft, and what happens when it goes wrong."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import connection
from django.utils import timezone
from django_q.models import OrmQ

from orders import jobs
from orders.errors import DocumentRefused
from orders.models import Document, DocumentMail, MailTemplate
from orders.services import mail_texts, mails
from orders.services.document_files import pdf_of
from orders.services.documents import close_document, credit_note, draft_for_order
from orders.services.mails import PAUSES, mark_sent, queue_mail, send, stop, try_now, wake
from tests.orders.drafts import line
from tests.orders.test_document_races import killed_at
from tests.peers.mail_server import MailServer, mail_server

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("O5")]


@pytest.fixture
def server(settings, tmp_path) -> Iterator[MailServer]:
    with mail_server() as running:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", running.port, 1.0
        settings.DEFAULT_FROM_EMAIL = "Kontor <office@lipa.example>"
        settings.MEDIA_ROOT = tmp_path
        yield running


@pytest.fixture
def invoice(make_accepted, company, server, clerk) -> Document:
    company.email = "info@lipa.example"
    company.save()
    order = make_accepted(email="maja@example.org")
    return close_document(draft_for_order(order.pk, "invoice", by=clerk).pk, by=clerk)


def automatic(invoice_of, channel, clerk, **fields) -> Document:
    channel.send_mail = True
    channel.save()
    order = invoice_of(**({"email": "maja@example.org"} | fields))
    return close_document(draft_for_order(order.pk, "invoice", by=clerk).pk, by=clerk)


def test_a_restored_database_sends_nothing_until_a_person_says_so(invoice, server, clerk):
    mail = queue_mail(invoice.pk, by=clerk)
    assert mails.hold_waiting() == 1
    with time_machine.travel(timezone.now() + timedelta(days=2)):
        assert wake() == 0
        assert jobs.send_mail(mail.pk) == "failed"
    assert server.taken == []
    mail.refresh_from_db()
    assert "perhaps it has been sent since" in mail.error
    assert list(mails.needing_a_person()) == [mail]
    assert jobs.send_mail(queue_mail(invoice.pk, by=clerk).pk) == "sent"


def test_by_hand_it_arrives_with_its_pdf(invoice, server, clerk):
    mail = queue_mail(invoice.pk, by=clerk)
    assert (mail.state, mail.to, mail.automatic) == ("waiting", "maja@example.org", False)
    assert jobs.send_mail(mail.pk) == "sent"
    [message] = server.taken
    assert server.recipients == ["maja@example.org"]
    assert message["subject"] == f"Invoice {invoice.number}"
    assert message["from"] == '"Lipa d.o.o." <office@lipa.example>'
    assert message["reply-to"] == '"Lipa d.o.o." <info@lipa.example>'
    assert message["message-id"] == mail.message_id
    body = message.get_body().get_content()
    assert f"attached is invoice {invoice.number} for your order 1." in body
    assert "To pay: 17.20\N{NO-BREAK SPACE}EUR" in body
    assert f"Payment reference: {invoice.payment_reference}" in body
    [attachment] = message.iter_attachments()
    invoice.refresh_from_db()
    assert attachment.get_filename() == f"invoice-{invoice.number}.pdf"
    assert attachment.get_content() == invoice.pdf.read()
    mail.refresh_from_db()
    assert (mail.tries, mail.sent_at is not None, mail.error) == (1, True, "")
    event = invoice.order.events.first()
    assert (event.kind, event.by) == ("mailed", clerk)
    assert event.sentence == f"Sent by e-mail: Invoice {invoice.number}."


def test_automatically_once_a_document(make_accepted, channel, server, clerk):
    document = automatic(make_accepted, channel, clerk)
    mail = document.mails.get()
    assert (mail.automatic, mail.created_by) == (True, None)
    for _again in range(3):
        jobs.send_mail(mail.pk)
    assert len(server.taken) == 1


def test_a_draft_is_never_sent(make_accepted, channel, server, clerk):
    channel.send_mail = True
    channel.save()
    draft = draft_for_order(make_accepted(email="maja@example.org").pk, "invoice", by=clerk)
    assert draft.send_mail
    assert not DocumentMail.objects.exists()
    with pytest.raises(DocumentRefused, match="draft is not sent"):
        queue_mail(draft.pk, by=clerk)
    assert mails.queue_automatic(draft) is None


@pytest.mark.parametrize("address", ["", "no address"])
def test_without_an_address_the_document_is_issued_all_the_same(
    make_accepted, channel, server, clerk, address
):
    document = automatic(make_accepted, channel, clerk, email=address)
    assert document.number
    assert not document.mails.exists()
    assert document.order.events.first().sentence.endswith("The customer has no usable e-mail address.")
    with pytest.raises(DocumentRefused, match="no usable e-mail address"):
        queue_mail(document.pk, by=clerk)
    assert queue_mail(document.pk, by=clerk, to="other@example.org").to == "other@example.org"


# What a mail server can do


@pytest.mark.parametrize(
    ("answers", "state", "why"),
    [
        ({"RCPT": "550 5.1.1 No such user"}, "failed", "refused it: 550 5.1.1 No such user"),
        ({"MAIL": "553 5.7.1 Not yours"}, "failed", "refused it: 553 5.7.1 Not yours"),
        ({"DATA": "554 5.6.0 Looks like spam"}, "failed", "refused it: 554 5.6.0 Looks like spam"),
        ({"RCPT": "450 4.2.1 Greylisted"}, "waiting", "try again later: 450 4.2.1 Greylisted"),
        ({"DATA": "451 4.3.0 Disk full"}, "waiting", "try again later: 451 4.3.0 Disk full"),
        ({"MAIL": "hang up"}, "waiting", "hung up"),
        ({"RCPT": "stall"}, "waiting", "hung up"),
        ({"DATA": "hang up"}, "doubtful", "while the mail server was taking"),
        ({"DATA": "stall"}, "doubtful", "while the mail server was taking"),
        ({"DATA": "take, then hang up"}, "doubtful", "while the mail server was taking"),
    ],
)
def test_what_is_known_of_it_afterwards(invoice, server, clerk, answers, state, why):
    server.answers = answers
    mail = queue_mail(invoice.pk, by=clerk)
    assert send(mail.pk) == state
    mail.refresh_from_db()
    assert why in mail.error
    assert (mail.not_before is not None) is (state == "waiting")


def test_no_server_at_all(invoice, server, settings, clerk):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        settings.EMAIL_PORT = free.getsockname()[1]
    mail = queue_mail(invoice.pk, by=clerk)
    assert send(mail.pk) == "waiting"
    mail.refresh_from_db()
    assert mail.error.startswith("The mail server cannot be used: ")


def test_the_pauses_grow_and_end(invoice, server, clerk):
    server.answers = {"RCPT": "450 4.2.1 Greylisted"}
    mail = queue_mail(invoice.pk, by=clerk)
    now = timezone.now()
    for pause in PAUSES:
        with time_machine.travel(now, tick=False):
            assert send(mail.pk) == "waiting"
            assert send(mail.pk) == "waiting"  # before its time nothing is tried
            mail.refresh_from_db()
            assert mail.not_before - now == pause
        now += pause
    with time_machine.travel(now, tick=False):
        assert send(mail.pk) == "failed"
    mail.refresh_from_db()
    assert (mail.tries, server.taken) == (len(PAUSES) + 1, [])
    assert mails.needing_a_person().get() == mail


def test_one_that_waited_arrives_with_the_same_message_id(invoice, server, clerk):
    server.answers = {"DATA": "451 4.3.0 Disk full"}
    mail = queue_mail(invoice.pk, by=clerk)
    send(mail.pk)
    server.answers = {}
    try_now(mail.pk)
    assert send(mail.pk) == "sent"
    assert server.taken[0]["message-id"] == mail.message_id


# The tick, and what a dead worker leaves


def rung() -> list[int]:
    return sorted(one.task["args"][0] for one in OrmQ.objects.all() if "send_mail" in one.task["func"])


def test_the_tick_wakes_what_is_due(invoice, clerk, django_capture_on_commit_callbacks):
    mail = queue_mail(invoice.pk, by=clerk)
    with django_capture_on_commit_callbacks(execute=True):
        assert wake() == 0  # its own doorbell has just been rung
    with time_machine.travel(timezone.now() + timedelta(minutes=2)):
        with django_capture_on_commit_callbacks(execute=True):
            jobs.wake_mails()
        assert rung() == [mail.pk]
        DocumentMail.objects.update(not_before=timezone.now() + timedelta(minutes=5))
        assert wake() == 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("point", ["mail.claimed", "mail.delivered"])
def test_killed_while_sending_it_is_doubtful_and_not_sent_again_by_itself(make_accepted, server, point):
    order = make_accepted(email="maja@example.org")
    invoice = close_document(draft_for_order(order.pk, "invoice", by=None).pk, by=None)
    pdf_of(invoice.pk)  # a forked process cannot draw any more
    mail = queue_mail(invoice.pk, by=None)
    assert killed_at(point, lambda: send(mail.pk))
    arrived = len(server.taken)
    assert arrived == (1 if point == "mail.delivered" else 0)
    assert send(mail.pk) == "sending"
    assert wake() == 0
    with time_machine.travel(timezone.now() + timedelta(minutes=10)):
        wake()
        mail.refresh_from_db()
        assert mail.state == "doubtful"
        assert "interrupted while it was sending" in mail.error
        assert send(mail.pk) == "doubtful"
        wake()
    assert len(server.taken) == arrived
    assert list(mails.needing_a_person()) == [mail]


@pytest.mark.django_db(transaction=True)
def test_eight_workers_with_one_mail_send_it_once(make_accepted, server):
    order = make_accepted(email="maja@example.org")
    invoice = close_document(draft_for_order(order.pk, "invoice", by=None).pk, by=None)
    mail = queue_mail(invoice.pk, by=None)

    def work(_n: int) -> str:
        try:
            return send(mail.pk)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        states = list(pool.map(work, range(8)))
    assert len(server.taken) == 1
    assert set(states) <= {"sent", "sending"}


# What a person decides


def test_in_doubt_a_person_says_that_it_arrived(invoice, server, clerk):
    server.answers = {"DATA": "take, then hang up"}
    mail = queue_mail(invoice.pk, by=clerk)
    send(mail.pk)
    mark_sent(mail.pk, by=clerk)
    mail.refresh_from_db()
    assert (mail.state, mails.needing_a_person().exists()) == ("sent", False)
    with pytest.raises(DocumentRefused, match="another state"):
        mark_sent(mail.pk, by=clerk)


def test_in_doubt_a_person_sends_it_again(invoice, server, clerk):
    server.answers = {"DATA": "hang up"}
    send(queue_mail(invoice.pk, by=clerk).pk)
    server.answers = {}
    assert send(queue_mail(invoice.pk, by=clerk).pk) == "sent"
    assert not mails.needing_a_person().exists()


def test_a_waiting_one_can_be_stopped_and_is_not_doubled(invoice, server, clerk):
    mail = queue_mail(invoice.pk, by=clerk)
    with pytest.raises(DocumentRefused, match="is on its way to maja"):
        queue_mail(invoice.pk, by=clerk)
    stop(mail.pk, by=clerk)
    assert send(mail.pk) == "failed"
    assert server.taken == []


# Texts


@pytest.mark.parametrize("language", ["en", "cs", "pl", "hu", "sl", "fr"])
@pytest.mark.parametrize("kind", ["invoice", "proforma", "delivery_note", "credit_note"])
def test_every_kind_has_a_text_in_every_language(db, kind, language):
    text = mail_texts.text_for(kind, language)
    mail_texts.check_text(text.subject)
    mail_texts.check_text(text.body)
    told = mail_texts.written(text, mail_texts.example(kind, language))
    assert "00123" in told.subject
    assert "{" not in told.subject + told.body
    assert "Lipa d.o.o." in told.body


def write_template(**texts: str) -> None:
    """Staff's own texts of English invoices. (A test that commits leaves no template of the migration behind.)"""
    MailTemplate.objects.update_or_create(kind="invoice", language="en", defaults=texts)


def test_staffs_own_text_is_taken(invoice, clerk):
    write_template(subject="For {customer}", body="{number}\n")
    mail = queue_mail(invoice.pk, by=clerk)
    assert (mail.subject, mail.body) == ("For Maja Zupan", f"{invoice.number}\n")


def test_lines_without_a_value_are_left_out(make_accepted, clerk, server):
    order = make_accepted(line("MUG", source_id="1"), email="maja@example.org", paid_at=timezone.now())
    paid = close_document(draft_for_order(order.pk, "invoice", by=clerk).pk, by=clerk)
    body = queue_mail(paid.pk, by=clerk).body
    assert "Total: 12.20\N{NO-BREAK SPACE}EUR" in body
    for word in ("To pay", "Due date", "Account", "Payment reference"):
        assert word not in body


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("{nummer}", "no placeholder “{nummer}”"),
        ("{number.__class__}", "no placeholder"),
        ("{0}", "no placeholder"),
        ("{}", "no placeholder"),
        ("{number!r}", "no placeholder"),
        ("{ number }", "no placeholder"),
        ("50 % } off", "lone “}”"),
        ("{number", "lone “{”"),
    ],
)
def test_a_wrong_placeholder_is_named(text, complaint):
    with pytest.raises(ValidationError, match=complaint):
        mail_texts.check_text(text)


def test_values_are_text_and_a_subject_is_one_line(make_accepted, clerk, server):
    name = "Eve\r\nBcc: all@example.org {company} %(x)s"
    order = make_accepted(email="maja@example.org")
    order.billing.last_name = name
    order.billing.save()
    write_template(subject="{customer}", body="Dear {customer}")
    invoice = close_document(draft_for_order(order.pk, "invoice", by=clerk).pk, by=clerk)
    mail = queue_mail(invoice.pk, by=clerk)
    assert mail.subject == "Maja Eve Bcc: all@example.org {company} %(x)s"
    assert send(mail.pk) == "sent"
    assert server.taken[0]["bcc"] is None
    assert server.recipients == ["maja@example.org"]


def test_a_credit_note_tells_what_comes_back(invoice, clerk):
    note = close_document(credit_note(invoice.pk, None, with_return=False, reason="", by=clerk).pk, by=clerk)
    assert "for 17.20\N{NO-BREAK SPACE}EUR" in queue_mail(note.pk, by=clerk).body
