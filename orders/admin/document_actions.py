"""The buttons of documents: each asks in a dialog, checks the right, calls one service, says what came of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.decorators import action
from unfold.enums import ActionVariant
from unfold.forms import BaseDialogForm

from backoffice.lib.dialogs import asks, carry_out, primary_key
from backoffice.lib.errors import KontorError
from backoffice.tables import chosen_rows
from orders.admin.document_displays import document_url
from orders.admin.document_forms import CloseForm, SendForm
from orders.admin.issuing_rights import kinds_to_issue
from orders.models import Document, DocumentKind
from orders.services import documents, mails
from orders.services.document_files import merged_pdf

_NAMED = 10
MOST_AT_ONCE = 500
_CORRECTED = (DocumentKind.INVOICE, DocumentKind.DELIVERY_NOTE)


class DocumentActions:
    """Mixed into DocumentAdmin. Which button fits which document says `buttons_for`."""

    actions = ["close_selected", "print_selected", "send_selected"]
    actions_detail = [
        "close",
        "preview",
        "open_pdf",
        "send",
        "credit",
        "invoice",
        {"title": gettext_lazy("More"), "items": ["open_xml", "discard"]},
    ]

    def has_close_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Of this document; without one, whether of any kind. Asks the database only for who may not issue every kind."""
        kinds = kinds_to_issue(request.user)
        if object_id is None or not kinds or kinds.issuperset(DocumentKind.values):
            return bool(kinds)
        return Document.objects.filter(pk=primary_key(str(object_id)), kind__in=kinds).exists()

    def has_correct_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return request.user.has_perm("orders.correct_document")

    def has_discard_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return request.user.has_perm("orders.delete_document")

    def has_send_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return request.user.has_perm("orders.add_documentmail")

    def has_make_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return request.user.has_perm("orders.add_document")

    def buttons_for(self, document: Document) -> set[str]:
        if document.is_draft:
            return {"close", "preview", "discard"}
        fitting = {"open_pdf", "send"}
        if document.kind in _CORRECTED:
            fitting.add("credit")
        if document.kind == DocumentKind.PROFORMA and document.order_id:
            fitting.add("invoice")
        if document.kind != DocumentKind.DELIVERY_NOTE:
            fitting.add("open_xml")
        return fitting

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        document = self.get_object(request, str(object_id))  # type: ignore[attr-defined]
        fitting = self.buttons_for(document) if document else set()
        allowed = super().get_actions_detail(request, object_id)  # type: ignore[misc]
        return [one for one in allowed if one.action_name.removeprefix("orders_document_") in fitting]

    # One document

    @asks(
        gettext_lazy("Issue document …"),
        title=gettext_lazy("Issue this document?"),
        text=gettext_lazy(
            "It gets its number and moves its stock. Afterwards it never changes; only a credit note corrects it."
        ),
        button=gettext_lazy("Issue document"),
        form=CloseForm,
        permission="close",
        icon="check",
        variant=ActionVariant.PRIMARY,
    )
    def close(self, request: HttpRequest, form: CloseForm, object_id: str) -> HttpResponse:
        day = timezone.localdate() if form.cleaned_data.get("today") else None
        return self._do(
            request,
            object_id,
            lambda pk: documents.close_document(pk, by=request.user, issue_date=day),
            _("%(document)s was issued."),
        )

    @action(
        description=gettext_lazy("Preview"),
        permissions=["view"],
        icon="visibility",
        attrs={"target": "_blank"},
    )
    def preview(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self.open_pdf(request, object_id=object_id)

    @action(
        description=gettext_lazy("Open PDF"),
        permissions=["view"],
        icon="picture_as_pdf",
        attrs={"target": "_blank"},
    )
    def open_pdf(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:orders_document_pdf", args=[object_id]))

    @action(description=gettext_lazy("Download e-invoice (XML)"), permissions=["view"], icon="code")
    def open_xml(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:orders_document_xml", args=[object_id]))

    @asks(
        gettext_lazy("Send by e-mail …"),
        title=gettext_lazy("Send this document by e-mail?"),
        text=gettext_lazy("With its PDF, and the text under Set-up > E-mail texts."),
        button=gettext_lazy("Send e-mail"),
        form=SendForm,
        permission="send",
        icon="mail",
    )
    def send(self, request: HttpRequest, form: SendForm, object_id: str) -> HttpResponse:
        def queue(pk: int) -> Document:
            return mails.queue_mail(pk, by=request.user, to=form.cleaned_data["to"]).document

        return self._do(request, object_id, queue, _("%(document)s is on its way."))

    @action(description=gettext_lazy("Correct with a credit note"), permissions=["correct"], icon="undo")
    def credit(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:orders_document_take_back", args=[object_id]))

    @asks(
        gettext_lazy("Make the invoice …"),
        title=gettext_lazy("Make the invoice of this pro forma?"),
        text=gettext_lazy("A draft with the same lines; you can still edit it before it is issued."),
        button=gettext_lazy("Make a draft"),
        permission="make",
        icon="receipt_long",
        variant=ActionVariant.PRIMARY,
    )
    def invoice(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        def deed(pk: int) -> str:
            draft = documents.invoice_from_proforma(pk, by=request.user)
            messages.success(request, _("A draft of the invoice was made."))
            return document_url(draft)

        return _on_document(request, object_id, deed)

    @asks(
        gettext_lazy("Delete draft …"),
        title=gettext_lazy("Delete this draft?"),
        text=gettext_lazy("It has no number yet, so no gap comes of it. The order stays as it is."),
        button=gettext_lazy("Delete draft"),
        permission="discard",
        icon="delete",
        variant=ActionVariant.DANGER,
    )
    def discard(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        def deed(pk: int) -> str:
            documents.delete_draft(pk, by=request.user)
            messages.success(request, _("The draft was deleted."))
            return reverse("admin:orders_document_changelist")

        return _on_document(request, object_id, deed)

    def _do(
        self, request: HttpRequest, object_id: str, do: Callable[[int], Document], done: str
    ) -> HttpResponse:
        def deed(pk: int) -> None:
            document = do(pk)
            messages.success(request, done % {"document": document.label})
            if document.stock_note:
                messages.warning(request, document.stock_note)

        return _on_document(request, object_id, deed)

    # Many at once

    @action(description=gettext_lazy("Issue drafts"), permissions=["close"], icon="check")
    def close_selected(self, request: HttpRequest, queryset: QuerySet[Document]) -> HttpResponse | None:
        """Asks once; what cannot be issued is named and stops nobody."""
        every = queryset.drafts()  # type: ignore[attr-defined]
        found = every.filter(kind__in=kinds_to_issue(request.user)).order_by("issue_date", "pk")
        if (drafts := chosen_rows(request, found, MOST_AT_ONCE)) is None:
            return None
        count = every.count()
        if left := count - len(drafts):
            text = ngettext(
                "%(n)d draft is of a kind that you may not issue. It stays as it is.",
                "%(n)d drafts are of kinds that you may not issue. They stay as they are.",
                left,
            )
            messages.warning(request, text % {"n": left})
        if not count:
            messages.warning(request, _("None of them is a draft."))
        if not drafts:
            return None
        if "confirmed" not in request.POST:
            return TemplateResponse(
                request,
                "orders/close_many.html",
                {
                    **self.admin_site.each_context(request),  # type: ignore[attr-defined]
                    "opts": self.opts,  # type: ignore[attr-defined]
                    "title": ngettext("Issue %(n)d document?", "Issue %(n)d documents?", len(drafts))
                    % {"n": len(drafts)},
                    "documents": drafts,
                    "others": queryset.count() - count,
                    "today": timezone.localdate(),
                },
            )
        day = timezone.localdate() if request.POST.get("today") else None
        _each(
            request,
            drafts,
            lambda pk: documents.close_document(pk, by=request.user, issue_date=day),
            lambda n: ngettext("%(n)d document was issued.", "%(n)d documents were issued.", n),
        )
        return None

    @action(description=gettext_lazy("Print as one PDF"), permissions=["view"], icon="print")
    def print_selected(self, request: HttpRequest, queryset: QuerySet[Document]) -> HttpResponse | None:
        chosen = chosen_rows(request, queryset.order_by("pk").values_list("pk", flat=True), MOST_AT_ONCE)
        if chosen is None:
            return None
        try:
            content = merged_pdf(chosen)
        except KontorError as error:
            messages.error(request, str(error))
            return None
        name = f"documents-{timezone.localtime():%Y-%m-%d-%H%M}.pdf"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return HttpResponse(content, content_type="application/pdf", headers=headers)

    @action(description=gettext_lazy("Send by e-mail"), permissions=["send"], icon="mail")
    def send_selected(self, request: HttpRequest, queryset: QuerySet[Document]) -> None:
        if (chosen := chosen_rows(request, queryset.order_by("pk"), MOST_AT_ONCE)) is None:
            return
        _each(
            request,
            chosen,
            lambda pk: mails.queue_mail(pk, by=request.user),
            lambda n: ngettext("%(n)d document is on its way.", "%(n)d documents are on their way.", n),
        )


def _each(
    request: HttpRequest,
    chosen: list[Document],
    deed: Callable[[int], object],
    done: Callable[[int], str],
) -> None:
    refused: list[str] = []
    for document in chosen:
        try:
            deed(document.pk)
        except Document.DoesNotExist:
            refused.append(_("%(document)s was deleted meanwhile.") % {"document": document})
        except KontorError as error:
            refused.append(error.message)
    count = len(chosen) - len(refused)
    if count:
        messages.success(request, done(count) % {"n": count})
    if refused:
        text = ngettext(
            "%(n)d document was left as it is. %(reasons)s",
            "%(n)d documents were left as they are. %(reasons)s",
            len(refused),
        )
        reasons = " ".join(dict.fromkeys(refused[:_NAMED]))
        messages.warning(request, text % {"n": len(refused), "reasons": reasons})


def _on_document(request: HttpRequest, object_id: str, deed: Callable[[int], str | None]) -> HttpResponse:
    gone = _("This document was deleted meanwhile. Nothing was changed.")
    return carry_out(request, Document, object_id, deed, gone=gone)
