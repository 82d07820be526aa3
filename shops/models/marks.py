"""How far each shop has been told of what changed here."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from shops.models.shops import Shop


class ChangeMark(models.Model):
    """What changed here until `stock_to` (orders: `orders_to`) the shop knows, or need not know (shops.services.changes).

    stock_settings: a print of what its numbers of pieces depend on besides the stock: warehouses, buffer, categories.
    """

    shop = models.OneToOneField(Shop, models.CASCADE, related_name="mark", verbose_name=_("shop"))
    stock_to = models.DateTimeField()
    orders_to = models.DateTimeField()
    stock_settings = models.CharField(max_length=32, blank=True)

    class Meta:
        verbose_name = _("mark of changes")
        verbose_name_plural = _("marks of changes")

    def __str__(self) -> str:
        return f"{self.shop_id}: {self.stock_to:%H:%M:%S}"
