"""Money that came for an order or went back, and the parcels it left in."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from inventory.models.prices import currency_code
from orders.models.orders import Order


class Payment(models.Model):
    """amount: positive came in, negative went back. source_id: the shop's own id, so that it is booked once."""

    order = models.ForeignKey(Order, models.CASCADE, related_name="payments", verbose_name=_("order"))
    amount = models.DecimalField(_("amount"), max_digits=16, decimal_places=4)
    currency = models.CharField(_("currency"), max_length=3, validators=[currency_code])
    at = models.DateTimeField(_("when"))
    method = models.CharField(_("payment method"), max_length=200, blank=True)
    reference = models.CharField(_("payment reference"), max_length=200, blank=True)
    source_id = models.CharField(_("id in the shop"), max_length=100, blank=True, editable=False)
    note = models.CharField(_("note"), max_length=300, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("by"),
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        ordering = ["-at", "-id"]
        permissions = [("book_payment", _("Can book payments and refunds"))]
        constraints = [
            models.CheckConstraint(
                condition=~Q(amount=0),
                name="payment_not_zero",
                violation_error_message=_("A payment of zero is none. Enter the amount."),
            ),
            models.UniqueConstraint(
                fields=["order", "source_id"], condition=~Q(source_id=""), name="payment_once_per_source"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"


class Shipment(models.Model):
    """A parcel that left for an order. told_at: when the shop was told of it, None = not yet.

    telling_at: when it was begun to be told; with told_at None nobody knows whether it arrived.
    """

    order = models.ForeignKey(Order, models.CASCADE, related_name="shipments", verbose_name=_("order"))
    carrier = models.CharField(_("carrier"), max_length=60, blank=True)
    tracking_number = models.CharField(_("tracking number"), max_length=80, blank=True)
    tracking_url = models.URLField(_("tracking address"), max_length=400, blank=True)
    shipped_at = models.DateTimeField(_("shipped"))
    telling_at = models.DateTimeField(null=True, blank=True, editable=False)
    told_at = models.DateTimeField(_("told the shop"), null=True, blank=True, editable=False)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("by"),
    )

    class Meta:
        verbose_name = _("parcel")
        verbose_name_plural = _("parcels")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["order"], condition=Q(told_at__isnull=True), name="shipment_not_told")
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["order", "carrier", "tracking_number"],
                condition=~Q(tracking_number=""),
                name="shipment_tracking_once",
                violation_error_message=_("This tracking number is already entered for the order."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.carrier} {self.tracking_number}".strip() or str(self.pk)
