"""Price lists and the prices in them."""

from __future__ import annotations

from datetime import datetime

from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from inventory.models.articles import Article

currency_code = RegexValidator(
    r"^[A-Z]{3}$", _("Enter the three-letter currency code in capitals, for example EUR.")
)


class PriceList(models.Model):
    class Kind(models.TextChoices):
        NORMAL = "normal", _("Normal prices")
        SALE = "sale", _("Sale prices")

    name = models.CharField(_("name"), max_length=100, unique=True)
    currency = models.CharField(_("currency"), max_length=3, validators=[currency_code])
    gross = models.BooleanField(_("prices include VAT"), default=False)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices, default=Kind.NORMAL)

    class Meta:
        verbose_name = _("price list")
        verbose_name_plural = _("price lists")
        ordering = ["name"]

    def __str__(self) -> str:
        return f"{self.name} ({self.currency})"


class PriceQuerySet(models.QuerySet["Price"]):
    def valid_at(self, moment: datetime) -> PriceQuerySet:
        return self.filter(
            Q(valid_from=None) | Q(valid_from__lte=moment), Q(valid_to=None) | Q(valid_to__gt=moment)
        )

    def single_piece(self) -> PriceQuerySet:
        """The prices that hold from the first piece on; shops know no others."""
        return self.filter(min_quantity__lte=1)


class Price(models.Model):
    """amount: per stock unit, in the list's currency, net or gross as the list says, up to four decimals."""

    price_list = models.ForeignKey(
        PriceList, models.CASCADE, related_name="prices", verbose_name=_("price list")
    )
    article = models.ForeignKey(Article, models.CASCADE, related_name="prices", verbose_name=_("article"))
    amount = models.DecimalField(
        _("price"), max_digits=14, decimal_places=4, validators=[MinValueValidator(0)]
    )
    min_quantity = models.DecimalField(_("from quantity"), max_digits=12, decimal_places=3, default=1)
    valid_from = models.DateTimeField(_("valid from"), null=True, blank=True)
    valid_to = models.DateTimeField(_("valid to"), null=True, blank=True)
    changed_at = models.DateTimeField(_("changed"), auto_now=True)

    objects = PriceQuerySet.as_manager()

    class Meta:
        verbose_name = _("price")
        verbose_name_plural = _("prices")
        ordering = ["price_list", "article", "min_quantity"]
        constraints = [
            models.UniqueConstraint(
                fields=["price_list", "article", "min_quantity", "valid_from"],
                name="price_once_per_start",
                violation_error_message=_("This article already has a price with this start in this list."),
            ),
            models.UniqueConstraint(
                fields=["price_list", "article", "min_quantity"],
                condition=Q(valid_from__isnull=True),
                name="price_once_without_start",
                violation_error_message=_("This article already has a price without a start in this list."),
            ),
            models.CheckConstraint(
                condition=Q(valid_from__isnull=True)
                | Q(valid_to__isnull=True)
                | Q(valid_from__lt=F("valid_to")),
                name="price_ends_after_start",
                violation_error_message=_("The price ends before it starts. Correct one of the two dates."),
            ),
            models.CheckConstraint(
                condition=Q(amount__gte=0),
                name="price_not_negative",
                violation_error_message=_("A price cannot be negative."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount:f} {self.price_list.currency}"
