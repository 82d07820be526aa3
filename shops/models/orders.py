"""Orders as they came in: the raw payload is stored before anything is made of it; and what people said about them."""

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from shops.elements import ELEMENT_CHOICES
from shops.models.shops import Shop


class IncomingOrder(models.Model):
    """The shop's own payload of one order, and what became of it. One row for each order of a shop.

    payload_print: fingerprint of the payload; the same payload again changes nothing.
    order_id: our orders.Order, once there is one.
    cause: the code of the error that keeps a parked one waiting (orders.errors). data: what a screen needs to cure it.
    allowed_difference: the difference between its lines and its total that a person has agreed to, while the payload
        is still `allowed_print`.
    take_whole: a person (decided_by) wants the shop's version of a known order in full; set until it was taken over.
    """

    class State(models.TextChoices):
        RECEIVED = "received", _("Received")
        TAKEN = "taken", _("In the order list")
        PARKED = "parked", _("Parked")
        LEFT_OUT = "left_out", _("Left out")

    shop = models.ForeignKey(Shop, models.CASCADE, related_name="incoming_orders", verbose_name=_("shop"))
    remote_id = models.CharField(_("id in the shop"), max_length=150)
    number = models.CharField(_("number"), max_length=60, blank=True)
    payload = models.JSONField(_("payload"), encoder=DjangoJSONEncoder)
    payload_print = models.CharField(max_length=32)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.RECEIVED)
    problem = models.ForeignKey(
        "shops.Problem", models.SET_NULL, null=True, blank=True, related_name="orders"
    )
    message = models.CharField(_("reason"), max_length=500, blank=True)
    cure = models.CharField(max_length=500, blank=True)
    cause = models.CharField(max_length=40, blank=True)
    data = models.JSONField(default=dict, blank=True)
    allowed_difference = models.DecimalField(max_digits=16, decimal_places=4, null=True, blank=True)
    allowed_print = models.CharField(max_length=32, blank=True)
    take_whole = models.BooleanField(default=False)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    order_id = models.PositiveBigIntegerField(null=True, blank=True, db_index=True)
    received_at = models.DateTimeField(_("received"), auto_now_add=True)
    changed_at = models.DateTimeField(_("changed"), auto_now=True)

    class Meta:
        verbose_name = _("incoming order")
        verbose_name_plural = _("incoming orders")
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["shop", "remote_id"], name="incoming_order_once")]
        permissions = [("take_difference", _("Can take in orders whose lines do not meet the total"))]
        indexes = [models.Index(fields=["problem"], condition=Q(state="parked"), name="incoming_parked")]

    def __str__(self) -> str:
        return self.number or self.remote_id


class Meaning(models.Model):
    """A person's word on what the orders of a shop say: "their SKU X is our article Y". Later orders follow it.

    key: of articles the SKU, of customers the e-mail address or name (orders.services.buyers.buyer_key), of VAT rates
    COUNTRY:PERCENT (orders.services.vat_rates.vat_key). local_id None = nothing here: an article's line is billed as it
    is and moves no stock. Methods and statuses need none of these: the shop's elements themselves are linked.
    """

    shop = models.ForeignKey(Shop, models.CASCADE, related_name="meanings", verbose_name=_("shop"))
    kind = models.CharField(_("element type"), max_length=20, choices=ELEMENT_CHOICES)
    key = models.CharField(_("in the shop's orders"), max_length=300)
    local_id = models.PositiveBigIntegerField(_("id here"), null=True, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("by"),
    )
    at = models.DateTimeField(_("when"), auto_now=True)

    class Meta:
        verbose_name = _("remembered choice")
        verbose_name_plural = _("remembered choices")
        ordering = ["kind", "key"]
        constraints = [models.UniqueConstraint(fields=["shop", "kind", "key"], name="meaning_once")]

    def __str__(self) -> str:
        return f"{self.shop_id}/{self.kind}: {self.key}"
