"""Orders as they came in: the raw payload is stored before anything is made of it."""

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.translation import gettext_lazy as _

from shops.models.shops import Shop


class IncomingOrder(models.Model):
    """The shop's own payload of one order, and what became of it. One row for each order of a shop.

    payload_print: fingerprint of the payload; the same payload again changes nothing.
    order_id: our orders.Order, once there is one.
    """

    class State(models.TextChoices):
        RECEIVED = "received", _("Received")
        TAKEN = "taken", _("In the order list")
        PARKED = "parked", _("Parked")

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
    order_id = models.PositiveBigIntegerField(null=True, blank=True, db_index=True)
    received_at = models.DateTimeField(_("received"), auto_now_add=True)
    changed_at = models.DateTimeField(_("changed"), auto_now=True)

    class Meta:
        verbose_name = _("incoming order")
        verbose_name_plural = _("incoming orders")
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["shop", "remote_id"], name="incoming_order_once")]

    def __str__(self) -> str:
        return self.number or self.remote_id
