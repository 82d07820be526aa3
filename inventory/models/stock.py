"""Warehouses, stock levels, and the ledger of movements that is their truth (DESIGN.md §3)."""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from inventory.models.articles import Article


class Warehouse(models.Model):
    """below_zero: what happens when more is issued than is on hand (refused, noted on the document, or simply done)."""

    class BelowZero(models.TextChoices):
        ALLOW = "allow", _("allow")
        WARN = "warn", _("allow, with a warning")
        REFUSE = "refuse", _("refuse")

    code = models.CharField(_("code"), max_length=20, unique=True)
    name = models.CharField(_("name"), max_length=100)
    active = models.BooleanField(_("active"), default=True)
    below_zero = models.CharField(
        _("issuing more than there is"), max_length=6, choices=BelowZero.choices, default=BelowZero.WARN
    )

    class Meta:
        verbose_name = _("warehouse")
        verbose_name_plural = _("warehouses")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


# What is sold, and has less free than its minimum: the lists and the dashboard count alike.
LOW = Q(article__active=True, minimum__gt=F("on_hand") - F("reserved"))


class StockLevelQuerySet(models.QuerySet["StockLevel"]):
    def low(self) -> StockLevelQuerySet:
        return self.filter(LOW)


class StockLevel(models.Model):
    """The sum of an article's movements in one warehouse, kept in the same transaction as each movement.

    Never write `on_hand` or `reserved` by hand: inventory.services.stock does it, with the line of the ledger.
    """

    article = models.ForeignKey(
        Article, models.CASCADE, related_name="stock_levels", verbose_name=_("article")
    )
    warehouse = models.ForeignKey(
        Warehouse, models.PROTECT, related_name="stock_levels", verbose_name=_("warehouse")
    )
    on_hand = models.DecimalField(_("on hand"), max_digits=14, decimal_places=3, default=Decimal(0))
    reserved = models.DecimalField(_("reserved"), max_digits=14, decimal_places=3, default=Decimal(0))
    minimum = models.DecimalField(
        _("minimum"),
        max_digits=14,
        decimal_places=3,
        null=True,
        blank=True,
        help_text=_("Below it the dashboard warns."),
    )
    changed_at = models.DateTimeField(_("changed"), auto_now=True)

    objects = StockLevelQuerySet.as_manager()

    class Meta:
        verbose_name = _("stock level")
        verbose_name_plural = _("stock levels")
        ordering = ["article", "warehouse"]
        constraints = [
            models.UniqueConstraint(
                fields=["article", "warehouse"],
                name="stock_level_once_per_warehouse",
                violation_error_message=_(
                    "This article already has a level in this warehouse. Change that one in the stock list."
                ),
            ),
            models.CheckConstraint(
                condition=Q(reserved__gte=0),
                name="stock_reserved_not_negative",
                violation_error_message=_("A reservation cannot be negative."),
            ),
        ]
        indexes = [  # few levels have a minimum; the lists of what is below it look at these only
            models.Index(fields=["article"], condition=Q(minimum__isnull=False), name="stock_with_minimum"),
            models.Index(fields=["changed_at"], name="stock_changed"),
        ]

    def __str__(self) -> str:
        return f"{self.article.sku}, {self.warehouse.name}"


class StockMovement(models.Model):
    """One line of the stock ledger. Lines are added, never changed or removed."""

    class Kind(models.TextChoices):
        OPENING = "opening", _("Opening stock")
        RECEIPT = "receipt", _("Receipt")
        ISSUE = "issue", _("Issue")
        CORRECTION = "correction", _("Correction")
        TRANSFER = "transfer", _("Transfer")
        RETURN = "return", _("Return")
        SHOP = "shop", _("Taken over from a shop")

    article = models.ForeignKey(Article, models.CASCADE, related_name="movements", verbose_name=_("article"))
    warehouse = models.ForeignKey(
        Warehouse, models.PROTECT, related_name="movements", verbose_name=_("warehouse")
    )
    quantity = models.DecimalField(_("quantity"), max_digits=14, decimal_places=3)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    cause = models.CharField(_("cause"), max_length=200, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("by"),
    )
    at = models.DateTimeField(_("when"), auto_now_add=True)

    class Meta:
        verbose_name = _("stock movement")
        verbose_name_plural = _("stock movements")
        ordering = ["-id"]
        indexes = [models.Index(fields=["article", "warehouse"])]
        constraints = [models.CheckConstraint(condition=~Q(quantity=0), name="movement_moves_something")]

    def __str__(self) -> str:
        return f"{self.quantity:+f} {self.get_kind_display()}"
