"""What happened to an order, by whom: the time line on its page."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from orders.models.field_labels import field_label
from orders.models.orders import Order
from orders.models.series import DocumentKind


class OrderEvent(models.Model):
    """One line of an order's time line. source names the shop when the shop did it.

    The sentence is made when it is read, in the reader's language, from `kind` and `data`; `text` is for what
    somebody wrote himself, or for kinds without a sentence of their own.
    """

    class Kind(models.TextChoices):
        NOTE = "note", _("Note")
        RECEIVED = "received", _("Received from the shop")
        REWRITTEN = "rewritten", _("Updated here from the shop")
        STATUS = "status", _("Status from the shop")
        DIFFERS = "differs", _("Changed in the shop")
        TAKEN = "taken", _("Shop's version taken over")
        KEPT = "kept", _("Our version kept")
        ARTICLE = "article", _("Article created")
        CUSTOMER = "customer", _("Customer created")
        ROUNDING = "rounding", _("Rounding line")
        EDITED = "edited", _("Edited by staff")
        ACCEPTED = "accepted", _("Accepted")
        PAYMENT = "payment", _("Payment")
        REFUND = "refund", _("Refund")
        PAID = "paid", _("Paid")
        SHIPPED = "shipped", _("Shipped")
        PARKED = "parked", _("Set aside")
        RELEASED = "released", _("Released")
        CANCELLED = "cancelled", _("Cancelled")
        DRAFTED = "drafted", _("Draft made")
        DISCARDED = "discarded", _("Draft deleted")
        ISSUED = "issued", _("Document issued")
        UNISSUED = "unissued", _("Document not issued")
        MAILED = "mailed", _("Document sent by e-mail")
        UNMAILED = "unmailed", _("Document not sent by e-mail")
        LEFT = "left", _("Goods left")
        SHORT = "short", _("More left than there was")
        STATUS_SET = "status_set", _("Status changed here")
        PARCEL = "parcel", _("Parcel")
        GONE = "gone", _("Deleted in the shop")

    order = models.ForeignKey(Order, models.CASCADE, related_name="events", verbose_name=_("order"))
    at = models.DateTimeField(_("when"), auto_now_add=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("by"),
    )
    source = models.CharField(_("shop"), max_length=100, blank=True)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices, default=Kind.NOTE)
    text = models.CharField(_("what"), max_length=500, blank=True)
    data = models.JSONField(default=dict, blank=True, editable=False)

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("history")
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.sentence

    @property
    def sentence(self) -> str:
        template = SENTENCES.get((self.kind, bool(self.text))) or SENTENCES.get((self.kind, False))
        if template is None:
            return self.text
        return str(template) % _Known(self.data, source=self.source, text=self.text)


class _Known(dict[str, Any]):
    """The values of a sentence; one that is missing (a line written by an older release) reads "?"."""

    def __init__(self, data: dict[str, Any], **more: str) -> None:
        super().__init__(data, **more)
        if fields := data.get("fields"):
            self["fields"] = ", ".join(field_label(key) for key in fields)
        if kind := data.get("document"):
            self["document"] = str(DocumentKind(kind).label) if kind in DocumentKind.values else kind

    def __missing__(self, key: str) -> str:
        return "?"


# (kind, has a text of its own): sentence
SENTENCES: dict[tuple[str, bool], Any] = {
    (OrderEvent.Kind.RECEIVED, False): _("Order read from %(source)s, number %(number)s."),
    (OrderEvent.Kind.REWRITTEN, False): _("%(source)s changed the order; it was updated here: %(fields)s."),
    (OrderEvent.Kind.STATUS, False): _("Status in %(source)s: %(before)s → %(after)s."),
    (OrderEvent.Kind.DIFFERS, False): _(
        "%(source)s announced a change: %(fields)s. It is shown above and was not taken over."
    ),
    (OrderEvent.Kind.TAKEN, False): _("The shop's version was taken over: %(fields)s."),
    (OrderEvent.Kind.KEPT, False): _("Our version was kept: %(fields)s."),
    (OrderEvent.Kind.ARTICLE, False): _("Article %(sku)s was created from this order."),
    (OrderEvent.Kind.ARTICLE, True): _(
        "Article %(sku)s was created from this order, without a VAT rate: there is none with %(text)s here."
    ),
    (OrderEvent.Kind.CUSTOMER, False): _("Customer %(name)s was created from this order."),
    (OrderEvent.Kind.ROUNDING, False): _(
        "The lines add up to %(lines)s %(currency)s, the shop's total is %(total)s %(currency)s:"
        " a rounding line of %(difference)s was added."
    ),
    (OrderEvent.Kind.EDITED, False): _("Edited: %(fields)s."),
    (OrderEvent.Kind.ACCEPTED, False): _("Accepted."),
    (OrderEvent.Kind.PAYMENT, False): _("Payment of %(amount)s %(currency)s booked."),
    (OrderEvent.Kind.PAYMENT, True): _("Payment of %(amount)s %(currency)s booked: %(text)s"),
    (OrderEvent.Kind.REFUND, False): _("Refund of %(amount)s %(currency)s booked."),
    (OrderEvent.Kind.REFUND, True): _("Refund of %(amount)s %(currency)s booked: %(text)s"),
    (OrderEvent.Kind.PAID, False): _("Paid in full."),
    (OrderEvent.Kind.SHIPPED, False): _("Shipped."),
    (OrderEvent.Kind.PARKED, False): _("Set aside."),
    (OrderEvent.Kind.PARKED, True): _("Set aside: %(text)s"),
    (OrderEvent.Kind.RELEASED, False): _("Released."),
    (OrderEvent.Kind.CANCELLED, False): _("Cancelled."),
    (OrderEvent.Kind.CANCELLED, True): _("Cancelled: %(text)s"),
    (OrderEvent.Kind.DRAFTED, False): _("Draft made: %(document)s, %(total)s."),
    (OrderEvent.Kind.DISCARDED, False): _("Draft deleted: %(document)s, %(total)s."),
    (OrderEvent.Kind.ISSUED, False): _("Document issued: %(document)s %(number)s, %(total)s."),
    (OrderEvent.Kind.ISSUED, True): _(
        "Document issued: %(document)s %(number)s, %(total)s. Reason: %(text)s"
    ),
    (OrderEvent.Kind.UNISSUED, True): _("No document could be issued: %(text)s"),
    (OrderEvent.Kind.MAILED, False): _("Sent by e-mail: %(document)s %(number)s."),
    (OrderEvent.Kind.UNMAILED, True): _("E-mail with %(document)s %(number)s: %(text)s"),
    (OrderEvent.Kind.LEFT, False): _("The goods left %(warehouse)s without a document of ours: %(goods)s."),
    (OrderEvent.Kind.STATUS_SET, False): _("Status: %(before)s → %(after)s."),
    (OrderEvent.Kind.PARCEL, False): _("Parcel: %(carrier)s %(number)s"),
    (OrderEvent.Kind.GONE, False): _("Deleted in %(source)s. It stays here."),
    (OrderEvent.Kind.SHORT, False): _("More left %(warehouse)s than was on hand: %(goods)s."),
}
