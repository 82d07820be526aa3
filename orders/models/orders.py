"""Orders and their lines."""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from inventory.models import Article, VatRate
from inventory.models.prices import currency_code
from orders.models.channels import SalesChannel
from orders.models.customers import Address, Customer
from orders.models.methods import OrderStatus, PaymentMethod, ShippingMethod


class OrderQuerySet(models.QuerySet["Order"]):
    def waiting(self) -> OrderQuerySet:
        """What nobody has decided about yet."""
        return self.filter(state__in=[Order.State.NEW, Order.State.PARKED])

    def changed_in_shop(self) -> OrderQuerySet:
        """Orders of which the shop has another version, not taken over (O12)."""
        return self.exclude(differences=[])

    def not_issued(self) -> OrderQuerySet:
        """Orders whose documents should have been issued by the rule, and were not."""
        return self.exclude(issue_problem="").exclude(state=Order.State.CANCELLED)


class Order(models.Model):
    """One order. `source` is the code of the shop it came from ("" = entered here), `source_id` the shop's own id.

    total: what the customer pays, with VAT, in `currency`: the sum of the lines. source_total: what the shop says; both
        are equal to the cent until staff changes a line.
    source_content: what of the shop's order was last taken over (orders.services.content), to tell later whether the
        shop changed it. differences: what changed there since and was not taken over (O12):
        [{"field": ..., "here": ..., "shop": ...}].
    issue_problem: why its documents could not be issued by the sales channel's rule; "" = nothing is in the way.
    accepted_by None with accepted_at set = accepted by the shop's rules.
    received, refunded, paid_state, paid_at: sums and state of its payments (orders.services.paid_state keeps them);
        paid_at: when all of it had come in.
    """

    class State(models.TextChoices):
        NEW = "new", _("New")
        PARKED = "parked", _("Parked")
        ACCEPTED = "accepted", _("Accepted")
        DONE = "done", _("Done")
        CANCELLED = "cancelled", _("Cancelled")

    class PaidState(models.TextChoices):
        UNPAID = "unpaid", _("Not paid")
        PARTLY = "partly", _("Partly paid")
        PAID = "paid", _("Paid")
        OVERPAID = "overpaid", _("Overpaid")
        REFUNDED = "refunded", _("Refunded")

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
    source_total = models.DecimalField(
        _("total in the shop"), max_digits=16, decimal_places=4, null=True, blank=True, editable=False
    )
    received = models.DecimalField(
        _("received"), max_digits=16, decimal_places=4, default=Decimal(0), editable=False
    )
    refunded = models.DecimalField(
        _("refunded"), max_digits=16, decimal_places=4, default=Decimal(0), editable=False
    )
    paid_state = models.CharField(
        _("payment"),
        max_length=10,
        choices=PaidState.choices,
        default=PaidState.UNPAID,
        db_index=True,
        editable=False,
    )
    customer_note = models.TextField(_("note of the customer"), blank=True)
    note = models.TextField(_("our note"), blank=True)
    placed_at = models.DateTimeField(_("placed"), db_index=True)
    paid_at = models.DateTimeField(_("paid"), null=True, blank=True, editable=False)
    coupons = models.CharField(_("coupons"), max_length=300, blank=True)
    accepted_at = models.DateTimeField(_("accepted"), null=True, blank=True, editable=False)
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        editable=False,
        verbose_name=_("accepted by"),
    )
    issue_problem = models.CharField(_("why no document"), max_length=500, blank=True, editable=False)
    edited_at = models.DateTimeField(_("edited by staff"), null=True, blank=True, editable=False)
    source_content = models.JSONField(default=dict, blank=True, editable=False)
    differences = models.JSONField(_("changed in the shop"), default=list, blank=True, editable=False)
    created_at = models.DateTimeField(_("created here"), auto_now_add=True)
    changed_at = models.DateTimeField(_("changed"), auto_now=True)

    objects = OrderQuerySet.as_manager()

    class Meta:
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        ordering = ["-placed_at", "-id"]
        indexes = [
            models.Index(fields=["state", "-placed_at"], name="order_queue"),
            models.Index(fields=["changed_at"], name="order_changed"),
        ]
        permissions = [
            ("accept_order", _("Can accept orders and set them aside")),
            ("cancel_order", _("Can cancel orders")),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(currency=""),
                name="order_has_currency",
                violation_error_message=_("Every order needs a currency. Enter its three-letter code."),
            ),
            models.CheckConstraint(
                condition=Q(refunded__gte=0),
                name="order_refunded_not_negative",
                violation_error_message=_("What was refunded cannot be below zero. Enter 0 or more."),
            ),
            models.UniqueConstraint(
                fields=["source", "source_id"],
                condition=~Q(source_id=""),
                name="order_once_per_shop",
                violation_error_message=_("This order of the shop is already in the list."),
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @cached_property
    def channel(self) -> SalesChannel:
        """The rules for orders of its source, as they stood when they were first asked for."""
        return SalesChannel.of(self.source)

    @property
    def equals_shop(self) -> bool | None:
        """None = there is no shop to compare with."""
        return None if self.source_total is None else self.source_total == self.total

    @property
    def is_paid(self) -> bool:
        """All of it has come in at some time, whatever went back since."""
        return self.paid_state not in (self.PaidState.UNPAID, self.PaidState.PARTLY)

    @property
    def open_amount(self) -> Decimal:
        """What is still to come in."""
        return max(self.total - self.received, Decimal(0))

    @property
    def refunded_too_much(self) -> bool:
        """More went back than the order cost and than had come in."""
        return self.refunded > max(self.total, self.received)


class OrderLine(models.Model):
    """net and vat are for the whole line after discount. A line without an article moves no stock (O6).

    issued: how much of it has left the warehouse, by a document or without one (orders.services.reservations).
    """

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
    issued = models.DecimalField(
        _("issued"), max_digits=14, decimal_places=3, default=Decimal(0), editable=False
    )

    class Meta:
        verbose_name = _("order line")
        verbose_name_plural = _("order lines")
        ordering = ["order", "position"]
        indexes = [models.Index(fields=["sku"], name="order_line_sku")]
        constraints = [models.UniqueConstraint(fields=["order", "position"], name="order_line_position_once")]

    def __str__(self) -> str:
        return f"{self.quantity.normalize():f} x {self.name}"

    @property
    def gross(self) -> Decimal:
        return self.net + self.vat

    @property
    def moves_stock(self) -> bool:
        return self.kind == self.Kind.ITEM and self.article_id is not None
