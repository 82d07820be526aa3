"""What a set consists of."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from inventory.models.articles import Article


class SetComponent(models.Model):
    """So many pieces of `component` are in one `whole`. A set has no stock of its own: its components have.

    Components are goods; a set within a set is refused (inventory.services.sets).
    """

    whole = models.ForeignKey(Article, models.CASCADE, related_name="components", verbose_name=_("set"))
    component = models.ForeignKey(Article, models.PROTECT, related_name="part_of", verbose_name=_("article"))
    quantity = models.DecimalField(_("quantity"), max_digits=10, decimal_places=3, default=1)

    class Meta:
        verbose_name = _("part of the set")
        verbose_name_plural = _("parts of the set")
        ordering = ["whole", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["whole", "component"],
                name="set_component_once",
                violation_error_message=_("This article is already in the set. Change its quantity."),
            ),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="set_component_positive"),
            models.CheckConstraint(
                condition=~Q(whole=F("component")),
                name="set_not_in_itself",
                violation_error_message=_("A set cannot contain itself. Choose another article."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} x {self.component_id}"
