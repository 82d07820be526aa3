"""What becomes of the orders of one source: which documents, from which warehouse, when (O3-O7)."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from inventory.models import Warehouse
from orders.models.methods import OrderStatus
from orders.models.series import NumberSeries


class SalesChannel(models.Model):
    """The rules for the orders of one shop (`code` = the shop's code), or of those entered by hand (code "").

    `SalesChannel.of(source)` gives the row, or an unsaved one with the presets where nobody has set anything.
    warehouse None = the first active one. shipped_status None = see orders.services.milestones. *_series None = the preset series of that kind.
    """

    class Becomes(models.TextChoices):
        NOTHING = "nothing", _("No document")
        INVOICE = "invoice", _("Invoice")
        PROFORMA = "proforma", _("Pro forma invoice")
        DELIVERY_NOTE = "delivery_note", _("Delivery note")
        BOTH = "both", _("Invoice and delivery note")

    class Moment(models.TextChoices):
        ACCEPTED = "accepted", _("when the order is accepted")
        PAID = "paid", _("when it is paid")
        SHIPPED = "shipped", _("when it is shipped")

    code = models.CharField(_("code"), max_length=50, unique=True, blank=True)
    warehouse = models.ForeignKey(
        Warehouse,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("warehouse of the orders"),
        help_text=_(
            "Orders reserve here, and what is issued leaves from here. Empty = the first active one."
        ),
    )
    becomes = models.CharField(
        _("an order becomes"),
        max_length=15,
        choices=Becomes.choices,
        default=Becomes.NOTHING,
        help_text=_("After a pro forma invoice the invoice follows as soon as the order is paid."),
    )
    moment = models.CharField(_("when"), max_length=10, choices=Moment.choices, default=Moment.ACCEPTED)
    as_draft = models.BooleanField(
        _("as a draft"), default=False, help_text=_("Staff edit and close it; only then it counts.")
    )
    send_mail = models.BooleanField(
        _("send by e-mail"), default=False, help_text=_("To the customer, as soon as it is closed.")
    )
    invoice_moves_stock = models.BooleanField(
        _("an invoice without a delivery note moves stock"), default=True
    )
    shipped_status = models.ForeignKey(
        OrderStatus,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("status of shipped orders"),
        help_text=_(
            "An order that is shipped here gets it, and its shop is told by the mapping of statuses."
            " Empty = the first one that means “Shipped”."
        ),
    )
    due_days = models.PositiveSmallIntegerField(_("days until payment is due"), default=14)
    document_note = models.TextField(_("text on every document"), blank=True)
    invoice_series = models.ForeignKey(
        NumberSeries,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("number series of invoices"),
    )
    proforma_series = models.ForeignKey(
        NumberSeries,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("number series of pro forma invoices"),
    )
    delivery_series = models.ForeignKey(
        NumberSeries,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("number series of delivery notes"),
    )
    credit_series = models.ForeignKey(
        NumberSeries,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("number series of credit notes"),
    )

    class Meta:
        verbose_name = _("sales channel")
        verbose_name_plural = _("sales channels")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.code or str(_("Own orders"))

    @classmethod
    def of(cls, source: str) -> SalesChannel:
        """source: Order.source."""
        return cls.objects.select_related("warehouse").filter(code=source).first() or cls(code=source)

    @property
    def issues_by_itself(self) -> bool:
        """Documents are closed without a person having looked at the order or at them."""
        return self.becomes != self.Becomes.NOTHING and not self.as_draft
