"""The page on which a document is taken back: how many pieces of each line, and do the goods come back."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from backoffice.lib.errors import KontorError
from backoffice.lib.money import parse_decimal
from orders.admin.displays import money, quantity
from orders.admin.document_displays import document_url, title
from orders.admin.document_forms import CreditForm
from orders.admin.issuing_rights import may_issue
from orders.models import Document, DocumentKind, OrderLine
from orders.services.credit_amounts import Left, left_to_credit
from orders.services.documents import close_document, credit_note


@require_http_methods(["GET", "POST"])
def take_back(request: HttpRequest, admin: Any, document_id: int) -> HttpResponse:
    """GET asks, POST makes the credit note: issued at once, or kept as a draft."""
    if not (admin.has_correct_permission(request) and admin.has_view_permission(request)):
        raise PermissionDenied
    document = Document.objects.select_related("order").filter(pk=document_id).first()
    if document is None:
        raise Http404
    left = left_to_credit(document)
    form = CreditForm(request.POST or None)
    errors: dict[int, str] = {}
    if request.method == "POST":
        if "as_draft" not in request.POST and not may_issue(request.user, DocumentKind.CREDIT_NOTE):
            raise PermissionDenied
        wanted, errors = _wanted(request.POST, left)
        if form.is_valid() and not errors:
            made = _make(request, document, wanted, form.cleaned_data["reason"])
            if made is not None:
                return HttpResponseRedirect(document_url(made))
    return TemplateResponse(
        request,
        "orders/take_back.html",
        {
            **admin.admin_site.each_context(request),
            "opts": admin.opts,
            "title": _("Correct %(document)s") % {"document": title(document)},
            "document": document,
            "back_url": document_url(document),
            "form": form,
            "rows": [_row(rest, document, request.POST, errors) for rest in left.values() if rest.quantity],
            "with_amounts": document.kind != DocumentKind.DELIVERY_NOTE,
            "may_close": may_issue(request.user, DocumentKind.CREDIT_NOTE),
            "errors": bool(errors or form.errors),
        },
    )


def _wanted(data: Mapping[str, str], left: Mapping[int, Left]) -> tuple[dict[int, Decimal], dict[int, str]]:
    """({line: pieces}, {line: what is wrong with what was typed})."""
    wanted, errors = {}, {}
    for key, rest in left.items():
        text = data.get(f"line_{key}", "").strip()
        if not text:
            continue
        try:
            pieces = parse_decimal(text)
        except ValueError as error:
            errors[key] = str(error)
            continue
        if pieces < 0 or pieces > rest.quantity:
            errors[key] = _("Enter at most %(left)s.") % {"left": quantity(rest.quantity)}
        wanted[key] = pieces
    return wanted, errors


def _make(
    request: HttpRequest, document: Document, wanted: dict[int, Decimal], reason: str
) -> Document | None:
    """None where it was refused: then the page is shown again with the reason, and nothing was written."""
    returns = {key: f"back_{key}" in request.POST for key in wanted}
    at_once = "as_draft" not in request.POST
    try:
        with transaction.atomic():
            note = credit_note(
                document.pk, wanted, with_return=returns, reason=reason, by=request.user, told=not at_once
            )
            if at_once:
                note = close_document(note.pk, by=request.user)
    except KontorError as error:
        messages.error(request, str(error))
        return None
    if note.is_draft:
        messages.success(request, _("A draft of the credit note was made."))
    else:
        messages.success(request, _("%(document)s was issued.") % {"document": note.label})
    return note


def _row(
    rest: Left, document: Document, data: Mapping[str, str], errors: Mapping[int, str]
) -> dict[str, Any]:
    line = rest.line
    goods = line.kind == OrderLine.Kind.ITEM and line.article_id is not None
    left = quantity(rest.quantity)
    return {
        "pk": line.pk,
        "sku": line.sku,
        "name": line.name,
        "left": left,
        "amount": money(rest.net + rest.vat, document.currency),
        "value": data.get(f"line_{line.pk}", left) if data else left,
        "goods": goods,
        "back": f"back_{line.pk}" in data if data else goods,
        "error": errors.get(line.pk, ""),
    }
