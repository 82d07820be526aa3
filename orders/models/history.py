"""What happened to an order, by whom: the time line on its page."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from orders.models.orders import Order


class OrderEvent(models.Model):
    """One line of an order's time line. source names the shop when the shop did it."""

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
    text = models.CharField(_("what"), max_length=500)

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("history")
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.text
