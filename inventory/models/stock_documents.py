"""Inventory counts and transfers between warehouses, as documents that staff fill and then close."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from inventory.models.articles import Article
from inventory.models.stock import Warehouse


class StockDocument(models.Model):
    """What both kinds share. Closing one moves the stock in the same transaction; a closed one never changes."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        CLOSED = "closed", _("Closed")

    number = models.CharField(_("number"), max_length=30, unique=True, null=True, blank=True, editable=False)
    state = models.CharField(
        _("state"), max_length=10, choices=State.choices, default=State.DRAFT, editable=False
    )
    date = models.DateField(_("date"))
    note = models.CharField(_("note"), max_length=300, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True, editable=False)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )

    class Meta:
        abstract = True
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.number or f"#{self.pk}"

    @property
    def is_draft(self) -> bool:
        return self.state == self.State.DRAFT


class StockCount(StockDocument):
    """An inventory count of one warehouse."""

    warehouse = models.ForeignKey(
        Warehouse, models.PROTECT, related_name="counts", verbose_name=_("warehouse")
    )

    class Meta(StockDocument.Meta):
        verbose_name = _("inventory count")
        verbose_name_plural = _("inventory counts")
        permissions = [("close_stockcount", _("Can close inventory counts"))]


class StockCountLine(models.Model):
    """counted None = not counted yet. expected: what the books said when the document was closed."""

    document = models.ForeignKey(StockCount, models.CASCADE, related_name="lines")
    article = models.ForeignKey(Article, models.PROTECT, related_name="+", verbose_name=_("article"))
    counted = models.DecimalField(_("counted"), max_digits=14, decimal_places=3, null=True, blank=True)
    expected = models.DecimalField(
        _("in the books"), max_digits=14, decimal_places=3, null=True, blank=True, editable=False
    )

    class Meta:
        verbose_name = _("line")
        verbose_name_plural = _("lines")
        ordering = ["document", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["document", "article"],
                name="stock_count_article_once",
                violation_error_message=_("This article is already in the list. Add the pieces there."),
            ),
            models.CheckConstraint(
                condition=Q(counted__isnull=True) | Q(counted__gte=0), name="stock_count_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.article_id}: {self.counted}"


class StockTransfer(StockDocument):
    """Goods carried from one warehouse to another."""

    source = models.ForeignKey(Warehouse, models.PROTECT, related_name="+", verbose_name=_("from warehouse"))
    target = models.ForeignKey(Warehouse, models.PROTECT, related_name="+", verbose_name=_("to warehouse"))

    class Meta(StockDocument.Meta):
        verbose_name = _("transfer between warehouses")
        verbose_name_plural = _("transfers between warehouses")
        permissions = [("close_stocktransfer", _("Can close transfers between warehouses"))]
        constraints = [
            models.CheckConstraint(
                condition=~Q(source=F("target")),
                name="transfer_two_warehouses",
                violation_error_message=_("Choose two different warehouses."),
            )
        ]


class StockTransferLine(models.Model):
    document = models.ForeignKey(StockTransfer, models.CASCADE, related_name="lines")
    article = models.ForeignKey(Article, models.PROTECT, related_name="+", verbose_name=_("article"))
    quantity = models.DecimalField(_("quantity"), max_digits=14, decimal_places=3)

    class Meta:
        verbose_name = _("line")
        verbose_name_plural = _("lines")
        ordering = ["document", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["document", "article"],
                name="stock_transfer_article_once",
                violation_error_message=_("This article is already in the list. Change its quantity."),
            ),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="stock_transfer_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.article_id}: {self.quantity}"


class StockDocumentCounter(models.Model):
    """The last number given in one year. Its row is locked from taking a number until the document is committed."""

    prefix = models.CharField(_("prefix"), max_length=10)
    year = models.PositiveSmallIntegerField(_("year"))
    last_number = models.PositiveIntegerField(_("last number"), default=0)

    class Meta:
        verbose_name = _("counter")
        verbose_name_plural = _("counters")
        ordering = ["prefix", "year"]
        constraints = [
            models.UniqueConstraint(fields=["prefix", "year"], name="stock_document_counter_once_per_year")
        ]

    def __str__(self) -> str:
        return f"{self.prefix}-{self.year}: {self.last_number}"
