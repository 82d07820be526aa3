"""What breaks is mailed to ADMINS: enough to find it, nothing that must stay secret."""

from __future__ import annotations

import logging

import pytest
from django.core import mail
from django.http import HttpResponse
from django.test import Client
from django.urls import path

from backoffice.lib.logs import AboutFilter, MailHandler

FORM = {
    "credential_consumer_secret": "hunter-two-hundred",
    "credential_password": "a pass word",
    "name": "Lípa",
}


def broken(request, token=""):
    local_copy = request.POST.get("credential_consumer_secret")
    raise RuntimeError(f"cannot save {local_copy} with s3ttings-key")


def fine(request):
    return HttpResponse("ok")


urlpatterns = [path("broken", broken), path("calls/<str:token>", broken), path("fine", fine)]


@pytest.fixture
def handler(settings):
    settings.ADMINS = [("", "it@example.com")]
    settings.ROOT_URLCONF = __name__
    handler = MailHandler(level="ERROR", secrets=["s3ttings-key"])
    handler.addFilter(AboutFilter())
    django = logging.getLogger("django")
    django.addHandler(handler)
    yield handler
    django.removeHandler(handler)


@pytest.fixture
def asker():
    return Client(raise_request_exception=False)


def text_of(message) -> str:
    return f"{message.subject}\n{message.body}\n{message.alternatives}"


@pytest.mark.django_db
def test_a_crash_while_saving_a_login_mails_none_of_it(handler, asker):
    asker.cookies["sessionid"] = "the-session-of-somebody"
    assert asker.post("/broken?next=/x", FORM).status_code == 500
    [message] = mail.outbox
    text = text_of(message)
    for secret in (*list(FORM.values())[:2], "s3ttings-key", "the-session-of-somebody", "Lípa"):
        assert secret not in text
    assert "cannot save ••• with •••" in text
    assert "POST /broken" in text
    assert "in broken" in text  # the traceback


@pytest.mark.django_db
def test_what_breaks_without_a_page_is_mailed_as_well(handler):
    logging.getLogger("django.worker").error("no login with %s", "s3ttings-key")
    [message] = mail.outbox
    assert message.subject.endswith("ERROR: no login with •••")
