"""Files of documents for staff, and what a person decides about an e-mail."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from csp.decorators import csp_exempt
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from backoffice.lib.errors import KontorError
from orders.admin.document_displays import document_url
from orders.models import Document, DocumentMail
from orders.services import mails
from orders.services.document_files import preview_pdf, xml_of


@require_safe
@csp_exempt()  # the browser's own reader is an object of the page; there is nothing in our PDF that could run
def pdf(request: HttpRequest, admin: Any, document_id: int) -> HttpResponse:
    """The PDF as it was issued; of a draft its preview."""
    return _file(request, admin, document_id, preview_pdf, "application/pdf", "inline")


@require_safe
def xml(request: HttpRequest, admin: Any, document_id: int) -> HttpResponse:
    return _file(request, admin, document_id, xml_of, "application/xml", "attachment")


@require_POST
def mail(request: HttpRequest, admin: Any, mail_id: int, verb: str) -> HttpResponse:
    """arrived: a doubtful one has; stop: do not try again; now: do not wait for the end of the pause."""
    if not admin.has_send_permission(request):
        raise PermissionDenied
    document_id = DocumentMail.objects.filter(pk=mail_id).values_list("document", flat=True).first()
    if document_id is None or verb not in ("arrived", "stop", "now"):
        raise Http404
    try:
        if verb == "arrived":
            mails.mark_sent(mail_id, by=request.user)
            messages.success(request, _("Noted: the e-mail has arrived."))
        elif verb == "stop":
            mails.stop(mail_id, by=request.user)
            messages.success(request, _("This e-mail is not sent any more."))
        else:
            mails.try_now(mail_id)
            messages.success(request, _("It is being tried now."))
    except KontorError as error:
        messages.error(request, str(error))
    return HttpResponseRedirect(document_url(document_id))


def _file(
    request: HttpRequest,
    admin: Any,
    document_id: int,
    make: Callable[[int], tuple[str, bytes]],
    content_type: str,
    disposition: str,
) -> HttpResponse:
    if not admin.has_view_permission(request):
        raise PermissionDenied
    try:
        name, content = make(document_id)
    except Document.DoesNotExist as error:
        raise Http404 from error
    except KontorError as error:
        messages.error(request, str(error))
        return HttpResponseRedirect(document_url(document_id))
    return HttpResponse(
        content,
        content_type=content_type,
        headers={
            "Content-Disposition": f'{disposition}; filename="{name}"',
            "Cache-Control": "private, no-store",
            "X-Content-Type-Options": "nosniff",
        },
    )
