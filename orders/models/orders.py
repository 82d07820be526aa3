"""Orders and their lines."""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from inventory.models import Article, VatRate
from inventory.models.prices import currency_code
from orders.models.customers import Address, Customer
from orders.models.methods import OrderStatus, PaymentMethod, ShippingMethod


class Order(models.Model):
    """One order. `source` is the code of the shop it came from ("" = entered here), `source_id` the shop's own id.

    total is what the customer pays, with VAT, in `currency`; it equals the shop's total to the cent.
    """

    class State(models.TextChoices):
        NEW = "new", _("New")
        PARKED = "parked", _("Parked")
        ACCEPTED = "accepted", _("Accepted")
        DONE = "done", _("Done")
        CANCELLED = "cancelled", _("Cancelled")

    number = models.CharField(_("number"), max_length=40, unique=True)
    source = models.CharField(_("shop"), max_length=50, blank=True, db_index=True)
    source_number = models.CharField(_("number in the shop"), max_length=60, blank=True)
    source_id = models.CharField(_("id in the shop"), max_length=100, blank=True, editable=False)
    state = models.CharField(
        _("state"), max_length=10, choices=State.choices, default=State.NEW, db_index=True
    )
    state_reason = models.CharField(_("reason"), max_length=500, blank=True)
    status = models.ForeignKey(OrderStatus, models.PROTECT, null=True, blank=True, verbose_name=_("status"))
    customer = models.ForeignKey(
        Customer, models.PROTECT, null=True, blank=True, related_name="orders", verbose_name=_("customer")
    )
    email = models.EmailField(_("e-mail"), max_length=254, blank=True)
    vat_id = models.CharField(_("VAT id"), max_length=30, blank=True)
    billing = models.OneToOneField(
        Address, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("billing address")
    )
    delivery = models.OneToOneField(
        Address, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("delivery address")
    )
    currency = models.CharField(_("currency"), max_length=3, validators=[currency_code])
    prices_gross = models.BooleanField(_("prices include VAT"), default=False)
    vat_exempt = models.BooleanField(_("without VAT (reverse charge)"), default=False)
    payment_method = models.ForeignKey(
        PaymentMethod, models.PROTECT, null=True, blank=True, verbose_name=_("payment method")
    )
    payment_name = models.CharField(_("payment method in the shop"), max_length=200, blank=True)
    transaction_id = models.CharField(_("payment reference"), max_length=200, blank=True)
    shipping_method = models.ForeignKey(
        ShippingMethod, models.PROTECT, null=True, blank=True, verbose_name=_("shipping method")
    )
    shipping_name = models.CharField(_("shipping method in the shop"), max_length=200, blank=True)
    total = models.DecimalField(_("total"), max_digits=16, decimal_places=4, default=Decimal(0))
    total_vat = models.DecimalField(_("VAT"), max_digits=16, decimal_places=4, default=Decimal(0))
    refunded = models.DecimalField(_("refunded"), max_digits=16, decimal_places=4, default=Decimal(0))
    customer_note = models.TextField(_("note of the customer"), blank=True)
    note = models.TextField(_("our note"), blank=True)
    placed_at = models.DateTimeField(_("placed"), db_index=True)
    paid_at = models.DateTimeField(_("paid"), null=True, blank=True)
    edited_at = models.DateTimeField(_("edited by staff"), null=True, blank=True, editable=False)
    created_at = models.DateTimeField(_("created here"), auto_now_add=True)
    changed_at = models.DateTimeField(_("changed"), auto_now=True)

    class Meta:
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        ordering = ["-placed_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["source", "source_id"],
                condition=~Q(source_id=""),
                name="order_once_per_shop",
                violation_error_message=_("This order of the shop is already in the list."),
            )
        ]

    def __str__(self) -> str:
        return self.number


class OrderLine(models.Model):
    """net and vat are for the whole line after discount. A line without an article moves no stock (O6)."""

    class Kind(models.TextChoices):
        ITEM = "item", _("Article")
        SHIPPING = "shipping", _("Shipping")
        PAYMENT = "payment", _("Payment")
        FEE = "fee", _("Fee")
        DISCOUNT = "discount", _("Discount")
        ROUNDING = "rounding", _("Rounding")

    order = models.ForeignKey(Order, models.CASCADE, related_name="lines", verbose_name=_("order"))
    position = models.PositiveIntegerField(_("position"))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices, default=Kind.ITEM)
    article = models.ForeignKey(
        Article, models.SET_NULL, null=True, blank=True, related_name="order_lines", verbose_name=_("article")
    )
    sku = models.CharField(_("SKU"), max_length=100, blank=True)
    name = models.CharField(_("name"), max_length=500)
    quantity = models.DecimalField(_("quantity"), max_digits=14, decimal_places=3, default=Decimal(1))
    net = models.DecimalField(_("net"), max_digits=18, decimal_places=6, default=Decimal(0))
    vat = models.DecimalField(_("VAT"), max_digits=18, decimal_places=6, default=Decimal(0))
    discount = models.DecimalField(_("discount, net"), max_digits=18, decimal_places=6, default=Decimal(0))
    vat_percent = models.DecimalField(_("VAT %"), max_digits=6, decimal_places=3, null=True, blank=True)
    vat_rate = models.ForeignKey(VatRate, models.PROTECT, null=True, blank=True, verbose_name=_("VAT rate"))
    source_id = models.CharField(_("id in the shop"), max_length=100, blank=True, editable=False)
    note = models.CharField(_("note"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("order line")
        verbose_name_plural = _("order lines")
        ordering = ["order", "position"]
        constraints = [models.UniqueConstraint(fields=["order", "position"], name="order_line_position_once")]

    def __str__(self) -> str:
        return f"{self.quantity.normalize():f} x {self.name}"

    @property
    def gross(self) -> Decimal:
        return self.net + self.vat
