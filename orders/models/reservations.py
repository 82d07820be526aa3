"""What open orders keep back in the warehouses."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from inventory.models import Article, Warehouse
from orders.models.orders import Order, OrderLine


class Reservation(models.Model):
    """One article of one order line (a set has one for each component), not issued yet.

    The sum of an article's reservations in a warehouse is its level's `reserved`, kept in the same transaction.
    """

    order = models.ForeignKey(Order, models.CASCADE, related_name="reservations")
    line = models.ForeignKey(OrderLine, models.CASCADE, related_name="reservations")
    article = models.ForeignKey(Article, models.CASCADE, related_name="reservations")
    warehouse = models.ForeignKey(Warehouse, models.PROTECT, related_name="reservations")
    quantity = models.DecimalField(_("quantity"), max_digits=14, decimal_places=3)

    class Meta:
        verbose_name = _("reservation")
        verbose_name_plural = _("reservations")
        ordering = ["order", "line", "article"]
        constraints = [
            models.UniqueConstraint(fields=["line", "article"], name="reservation_once_per_line"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="reservation_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.order_id}: {self.quantity}"
