"""The tab Orders: how this shop's orders come in and what becomes of them (O2, O3, O8, O11, O12, O13)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminRadioSelectWidget

from backoffice.lib.enqueue import enqueue
from inventory.models import Warehouse
from orders.models import DocumentKind, NumberSeries, SalesChannel
from shops import elements
from shops.admin.pages import may_change, need, render, say, shop_page
from shops.admin.settings_page import SettingsForm, save_settings, settings_form
from shops.models import IncomingOrder, Meaning, RemoteElement, Run, Shop, Watermark
from shops.services.intake_words import intake_steps
from shops.services.remembered import remembered_choices

SHOWN = 50
INTAKE: Any = [
    (gettext_lazy("Which orders come in"), {"fields": ["import_statuses", "orders_from"]}),
    (
        gettext_lazy("What is not known here yet"),
        {"fields": ["unknown_articles", "unknown_customers", "collective_customer", "unmapped"]},
    ),
    (gettext_lazy("How they go on"), {"fields": ["accept_orders", "rounding_tolerance"]}),
    (
        gettext_lazy("When the shop sends an order again"),
        {"fields": ["update_known_status", "rewrite_known"]},
    ),
]
CHANNEL: Any = [
    (
        gettext_lazy("What an order becomes"),
        {"fields": ["becomes", "moment", "as_draft", "send_mail", "warehouse", "shipped_status"]},
    ),
    (
        gettext_lazy("Numbers, due days and text of the documents"),
        {
            "classes": ["collapse"],
            "fields": [
                "due_days",
                "document_note",
                "invoice_moves_stock",
                "invoice_series",
                "proforma_series",
                "delivery_series",
                "credit_series",
            ],
        },
    ),
]
_SERIES = {
    "invoice_series": DocumentKind.INVOICE,
    "proforma_series": DocumentKind.PROFORMA,
    "delivery_series": DocumentKind.DELIVERY_NOTE,
    "credit_series": DocumentKind.CREDIT_NOTE,
}


class IntakeForm(SettingsForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = status_names(self.instance)
        # A status that the shop has no more stays ticked until somebody unticks it.
        names |= {key: key for key in self.instance.import_statuses if key not in names}
        self.fields["import_statuses"] = forms.MultipleChoiceField(
            label=_("Their status"),
            choices=list(names.items()),
            required=False,
            widget=UnfoldAdminCheckboxSelectMultipleWidget(),
            help_text=_(
                "Nothing ticked = all. What has come in once is followed whatever its status becomes."
            )
            if names
            else _("Not read yet: “Read the shop” asks for its statuses. Until then all come in."),
        )
        for name in ("unknown_articles", "unknown_customers", "unmapped"):
            choices = self.fields[name].widget.choices
            self.fields[name].widget = UnfoldAdminRadioSelectWidget(choices=choices)
        self.fields["unmapped"].help_text = _(
            "A document that was issued cannot be changed any more, so it should not be made of guesses. Where a"
            " person looks at every order first, the shop's words are enough for the beginning."
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        collective = cleaned.get("unknown_customers") == Shop.UnknownCustomers.COLLECTIVE
        if collective and not cleaned.get("collective_customer"):
            self.add_error("collective_customer", _("Choose the customer who gets these orders."))
        return cleaned


class ChannelForm(SettingsForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["warehouse"].queryset = Warehouse.objects.filter(active=True)
        for name, kind in _SERIES.items():
            field = self.fields[name]
            field.queryset = NumberSeries.objects.filter(kind=kind, active=True)
            field.empty_label = _("the preset one")
        self.fields["shipped_status"].empty_label = _("the first one that means “Shipped”")
        self.fields["document_note"].widget.attrs["rows"] = 3


def status_names(shop: Shop) -> dict[str, str]:
    """{the shop's id: its name} of the shop's order statuses, as last read."""
    rows = RemoteElement.objects.of(shop, elements.ORDER_STATUS).exclude(state=RemoteElement.State.GONE)
    return {key: name or key for key, name in rows.order_by("pk").values_list("remote_id", "name")}


def orders(admin: ModelAdmin, request: HttpRequest, shop: Shop) -> HttpResponse:
    channel = SalesChannel.of(shop.code)
    form, intake = settings_form(admin, request, shop, INTAKE, IntakeForm)
    channel_form, becomes = settings_form(admin, request, channel, CHANNEL, ChannelForm, prefix="channel")
    if request.method == "POST":
        need(may_change(request))
        if all([form.is_valid(), channel_form.is_valid()]):
            save_settings(admin, request, shop, _("Orders"), form, channel_form)
            enqueue("shops.jobs.release_parked", shop.pk, 0)  # the rules may let some of them in now
            return HttpResponseRedirect(reverse("admin:shops_shop_orders", args=[shop.pk]))
    counts = dict(
        IncomingOrder.objects.filter(shop=shop)
        .order_by()
        .values_list("state")
        .annotate(n=Count("id"))
        .values_list("state", "n")
    )
    saved = Shop.objects.select_related("collective_customer").get(pk=shop.pk)
    left_out = IncomingOrder.objects.filter(shop=shop, state=IncomingOrder.State.LEFT_OUT)
    return render(
        admin,
        request,
        "admin/shops/orders.html",
        shop,
        _("Orders"),
        forms=[form, channel_form],
        fieldsets=[*intake, *becomes],
        media=admin.media + form.media + channel_form.media,
        steps=intake_steps(saved, SalesChannel.of(shop.code), status_names(shop)),
        taken=counts.get(IncomingOrder.State.TAKEN, 0),
        parked=counts.get(IncomingOrder.State.PARKED, 0),
        left_out=list(left_out.select_related("decided_by").defer("payload", "data")[:SHOWN]),
        remembered=remembered_choices(shop, limit=SHOWN),
        watermark=Watermark.objects.filter(shop=shop, kind=elements.ORDER).first(),
        last_run=Run.objects.filter(shop=shop, job=Run.Job.IMPORT_ORDERS).first(),
        start_url=reverse("admin:shops_shop_start", args=[shop.pk, Run.Job.IMPORT_ORDERS, Run.Mode.WEB]),
    )


orders_view = shop_page(methods=("GET", "POST"))(orders)


def forget(admin: ModelAdmin, request: HttpRequest, shop: Shop, meaning_id: int) -> HttpResponse:
    """POST: later orders do not follow this remembered choice any more; those that came in stay as they are."""
    need(may_change(request))
    meaning = Meaning.objects.filter(shop=shop, pk=meaning_id).first()
    if meaning is not None:
        meaning.delete()
        text = _("“%(key)s” is no longer remembered.") % {"key": meaning.key}
        admin.log_change(request, shop, text)
        say(request, messages.SUCCESS, text, _("Orders that are in the list stay as they are."))
    return HttpResponseRedirect(reverse("admin:shops_shop_orders", args=[shop.pk]) + "#remembered")


forget_view = shop_page(methods=("POST",))(forget)
