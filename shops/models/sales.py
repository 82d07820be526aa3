"""What the shops have taken off their own stock for orders that are here."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from shops.models.shops import Shop


class TakenStock(models.Model):
    """One order of a shop, by its id there. pieces: {the shop's article id: pieces as text} that the shop has taken off
    its number, as far as the numbers last seen there account for it (shops.sync.sold)."""

    shop = models.ForeignKey(Shop, models.CASCADE, related_name="taken_stock", verbose_name=_("shop"))
    order_id = models.CharField(max_length=150)
    pieces = models.JSONField(default=dict)
    noted_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("stock taken for an order")
        verbose_name_plural = _("stock taken for orders")
        constraints = [models.UniqueConstraint(fields=["shop", "order_id"], name="taken_stock_once")]

    def __str__(self) -> str:
        return self.order_id
