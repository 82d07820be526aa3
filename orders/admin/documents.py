"""The list of documents and the page of a document: a draft is a form, a closed one is to be read."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RangeDateFilter
from unfold.decorators import display

from backoffice.lib.dialogs import primary_key
from backoffice.lib.errors import KontorError
from backoffice.tables import LargePaginator
from orders.admin import credit_page, document_views
from orders.admin.displays import EMPTY, money, two_rows
from orders.admin.document_actions import DocumentActions
from orders.admin.document_displays import day, mail_tag, paid_tag, state_tag, title
from orders.admin.document_filters import MailFilter, PaidFilter, SourceFilter, overdue, unpaid
from orders.admin.document_forms import DocumentForm
from orders.admin.document_lines import CreditLineInline, DocumentLineInline
from orders.admin.document_page import document_page
from orders.admin.queues import Pill
from orders.models import Document, DocumentKind, DocumentMail
from orders.services.documents import lock_draft, recalculate
from orders.services.mails import needing_a_person

_ADDRESS = [("name", "person"), ("street", "street2"), ("postcode", "city", "country")]


@admin.register(Document)
class DocumentAdmin(DocumentActions, ModelAdmin):
    form = DocumentForm
    change_form_template = "orders/document_change_form.html"
    list_before_template = "orders/order_queues.html"
    list_display = [
        "document",
        "order_shown",
        "buyer_shown",
        "issued",
        "total_shown",
        "state_shown",
        "mail_shown",
    ]
    list_display_links = ["document"]
    list_filter = [
        ("kind", ChoicesDropdownFilter),
        ("state", ChoicesDropdownFilter),
        PaidFilter,
        MailFilter,
        SourceFilter,
        ("issue_date", RangeDateFilter),
    ]
    list_filter_submit = True
    list_fullwidth = True
    list_per_page = 50
    list_select_related = ["order", "corrects"]
    show_full_result_count = False
    paginator = LargePaginator
    search_fields = ["number"]  # get_search_results does the searching; this shows the field
    search_help_text = gettext_lazy("Number, order, buyer, e-mail")
    ordering = ["-id"]
    sortable_by = ["document", "issued", "total_shown"]
    warn_unsaved_form = True

    class Media:
        css = {"all": ["orders/orders.css", "orders/documents.css"]}

    # The list

    def get_queryset(self, request: HttpRequest) -> QuerySet[Document]:
        credited = (
            Document.objects.filter(corrects=OuterRef("pk"), state=Document.State.CLOSED)
            .order_by()
            .values("corrects")
            .annotate(sum=Sum("total"))
            .values("sum")
        )
        last_mail = DocumentMail.objects.filter(document=OuterRef("pk")).order_by("-pk").values("state")[:1]
        documents = (
            super()
            .get_queryset(request)
            .annotate(
                credited=Coalesce(
                    Subquery(credited), Value(0), output_field=Document._meta.get_field("total")
                )
            )
            .annotate(mail_state=Subquery(last_mail))
        )
        one = request.resolver_match is not None and "object_id" in request.resolver_match.kwargs
        return (
            documents.select_related("order", "corrects", "series", "warehouse", "created_by", "closed_by")
            if one
            else documents.defer("seller", "delivery", "bank", "vat_rows", "note", "legal_notes")
        )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Document], search_term: str
    ) -> tuple[QuerySet[Document], bool]:
        """Every word must be found: in the number, the order's number, or the buyer's name or address."""
        for word in search_term.split()[:6]:
            queryset = queryset.filter(
                Q(number__icontains=word)
                | Q(order__number__icontains=word)
                | Q(order__source_number__istartswith=word)
                | Q(buyer__name__icontains=word)
                | Q(buyer__person__icontains=word)
                | Q(buyer__email__icontains=word)
            )
        return queryset, False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        context = {"queues": self.queues(request), "title": _("Documents")}
        return super().changelist_view(request, context | (extra_context or {}))

    def queues(self, request: HttpRequest) -> list[Pill]:
        """The pills: what is to be done. Four queries."""
        base = reverse("admin:orders_document_changelist")
        documents = self.get_queryset(request)
        counts = Document.objects.aggregate(
            all=Count("pk"), drafts=Count("pk", filter=Q(state=Document.State.DRAFT))
        )
        pills = [
            ("drafts", _("Drafts"), counts["drafts"], "state__exact=draft", False),
            ("open", _("Not paid"), unpaid(documents).count(), "paid=open", False),
            ("overdue", _("Overdue"), overdue(documents).count(), "paid=overdue", True),
            ("mail", _("E-mails to look at"), needing_a_person().count(), "mail=person", True),
        ]
        given = request.GET.urlencode()
        queues = [
            Pill(key, label, count, f"{base}?{query}", current=given == query, alarm=alarm)
            for key, label, count, query, alarm in pills
        ]
        return [*queues, Pill("all", _("All"), counts["all"], base, current=not given)]

    @display(description=gettext_lazy("document"), ordering="number")
    def document(self, document: Document) -> SafeString:
        below = document.get_kind_display()
        if document.corrects:
            below = _("Credit note of %(number)s") % {"number": document.corrects.number}
        return two_rows(format_html("<strong>{}</strong>", document.number or _("no number yet")), below)

    @display(description=gettext_lazy("order"))
    def order_shown(self, document: Document) -> SafeString | str:
        if document.order is None:
            return EMPTY
        url = reverse("admin:orders_order_change", args=[document.order.pk])
        return format_html('<a class="k-link" href="{}">{}</a>', url, document.order.number)

    @display(description=gettext_lazy("buyer"))
    def buyer_shown(self, document: Document) -> SafeString:
        buyer = document.buyer
        place = ", ".join(part for part in (buyer.get("city"), buyer.get("country")) if part)
        return two_rows(buyer.get("name") or EMPTY, place)

    @display(description=gettext_lazy("issued"), ordering="issue_date")
    def issued(self, document: Document) -> str:
        return day(document.issue_date)

    @display(description=gettext_lazy("total, payment"), ordering="total")
    def total_shown(self, document: Any) -> SafeString:
        if document.kind == DocumentKind.DELIVERY_NOTE:
            return format_html("{}", EMPTY)
        amount = format_html("<strong>{}</strong>", money(document.total, document.currency))
        return two_rows(amount, paid_tag(document, document.credited))

    @display(description=gettext_lazy("state"))
    def state_shown(self, document: Document) -> SafeString:
        return state_tag(document)

    @display(description=gettext_lazy("e-mail"))
    def mail_shown(self, document: Any) -> SafeString:
        return mail_tag(document.mail_state or "")

    # The page

    def get_urls(self) -> list[URLPattern]:
        def view(route: str, function: Any, name: str) -> URLPattern:
            return path(
                route, self.admin_site.admin_view(function), {"admin": self}, name=f"orders_document_{name}"
            )

        return [
            view("<int:document_id>/pdf/", document_views.pdf, "pdf"),
            view("<int:document_id>/xml/", document_views.xml, "xml"),
            view("<int:document_id>/take-back/", credit_page.take_back, "take_back"),
            view("mail/<int:mail_id>/<slug:verb>/", document_views.mail, "mail"),
            *super().get_urls(),
        ]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # documents come from orders

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or obj.is_draft)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # drafts have a button for it

    def get_inlines(self, request: HttpRequest, obj: Any) -> list[Any]:
        if obj is None or not obj.is_draft:
            return []
        return [CreditLineInline] if obj.corrects_id else [DocumentLineInline]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return []
        main: list[Any] = [("issue_date", "supply_date"), ("series", "language")]
        if obj.kind in (DocumentKind.INVOICE, DocumentKind.PROFORMA):
            main += [("due_date", "payment_method"), ("payment_reference", "vat_exempt")]
        if obj.moves_stock:
            main.append("warehouse")
        if obj.corrects_id:
            main.append("reason")
        return [
            (None, {"fields": [*main, "note", "send_mail"]}),
            (
                _("Buyer"),
                {"fields": [*(_named("buyer", row) for row in _ADDRESS), ("buyer_vat_id", "buyer_email")]},
            ),
            (
                _("Deliver to, if it is another address"),
                {"fields": [_named("delivery", row) for row in _ADDRESS]},
            ),
        ]

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        if request.method == "POST" and super().has_change_permission(request):
            issued = Document.objects.filter(pk=primary_key(object_id or "")).closed()  # type: ignore[attr-defined]
            if issued.exists():
                messages.error(request, _("It was issued meanwhile, so what you entered was not saved."))
                return HttpResponseRedirect(request.path)
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except KontorError as error:  # what was saved is rolled back
            messages.error(request, str(error))
            return HttpResponseRedirect(request.path)

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        *args: Any,
        obj: Document | None = None,
        **kwargs: Any,
    ) -> HttpResponse:
        if obj is not None:
            buyer = obj.buyer.get("name", "")
            context |= {
                "page": document_page(obj),
                "subtitle": None,
                "title": f"{title(obj)} · {buyer}" if buyer else title(obj),
                "may_change": self.has_change_permission(request, obj),
                "may_send": self.has_send_permission(request),
            }
        return super().render_change_form(request, context, *args, obj=obj, **kwargs)

    def save_model(self, request: HttpRequest, obj: Document, form: Any, change: bool) -> None:
        lock_draft(obj.pk)  # raises where somebody has issued it meanwhile
        form.save_parties()
        if form.changed_data:
            obj.edited_at = timezone.now()
        super().save_model(request, obj, form, change)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        lines = formset.save(commit=False)
        for line in formset.deleted_objects:
            line.delete()
        last = form.instance.lines.order_by("-position").values_list("position", flat=True).first() or 0
        for number, line in enumerate((line for line in lines if line.position is None), start=1):
            line.position = last + number
        for line in lines:
            line.save()
        formset.save_m2m()

    def save_related(self, request: HttpRequest, form: Any, formsets: list[Any], change: bool) -> None:
        """The totals follow the lines in the same transaction (changeform_view has opened it)."""
        super().save_related(request, form, formsets, change)
        draft = lock_draft(form.instance.pk)
        if any(formset.has_changed() for formset in formsets):
            draft.edited_at = timezone.now()
        draft.moves_stock = _moves(draft)
        recalculate(draft)


def _moves(draft: Document) -> bool:
    """A credit note moves stock as soon as goods of one of its lines come back."""
    if draft.kind != DocumentKind.CREDIT_NOTE:
        return draft.moves_stock
    return draft.lines.filter(returns=True).exists()


def _named(part: str, names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"{part}_{name}" for name in names)
