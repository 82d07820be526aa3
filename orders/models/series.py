"""Number series of documents: one row a series, one row a series and year, locked while a number is taken."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class DocumentKind(models.TextChoices):
    INVOICE = "invoice", _("Invoice")
    PROFORMA = "proforma", _("Pro forma invoice")
    DELIVERY_NOTE = "delivery_note", _("Delivery note")
    CREDIT_NOTE = "credit_note", _("Credit note")


class NumberSeries(models.Model):
    """pattern: {YYYY} or {YY} is the year of the day of issue, {N} the running number with `digits` digits.

    Numbers of a series run without gaps and begin anew each year. preset: taken where a sales channel names none.
    """

    kind = models.CharField(_("kind of document"), max_length=15, choices=DocumentKind.choices)
    name = models.CharField(_("name"), max_length=100, unique=True)
    pattern = models.CharField(
        _("pattern"),
        max_length=30,
        default="{YYYY}-{N}",
        validators=[
            RegexValidator(
                r"^(?=.*\{YY(?:YY)?\})(?=.*\{N\})[^{}]*(?:\{(?:YYYY|YY|N)\}[^{}]*)+$",
                _("Write the year as {YYYY} or {YY} and the running number as {N}, for example FV{YY}-{N}."),
            )
        ],
        help_text=_("{YYYY} or {YY} = year, {N} = running number."),
    )
    digits = models.PositiveSmallIntegerField(
        _("digits of the running number"),
        default=5,
        validators=[MinValueValidator(1), MaxValueValidator(10)],
    )
    preset = models.BooleanField(_("preset"), default=False)
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("number series")
        verbose_name_plural = _("number series")
        ordering = ["kind", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind"],
                condition=Q(preset=True),
                name="series_one_preset_per_kind",
                violation_error_message=_(
                    "Another series is the preset for this kind. Untick it there first."
                ),
            ),
            models.UniqueConstraint(
                fields=["kind", "pattern"],
                name="series_pattern_once_per_kind",
                violation_error_message=_(
                    "Another series of this kind makes the same numbers. Choose another pattern."
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def format(self, year: int, number: int) -> str:
        return (
            self.pattern.replace("{YYYY}", f"{year:04d}")
            .replace("{YY}", f"{year % 100:02d}")
            .replace("{N}", f"{number:0{self.digits}d}")
        )


class SeriesCounter(models.Model):
    """The last number given in one year. Its row is locked from taking a number until the document is committed."""

    series = models.ForeignKey(NumberSeries, models.PROTECT, related_name="counters")
    year = models.PositiveSmallIntegerField(_("year"))
    last_number = models.PositiveIntegerField(_("last number"), default=0)

    class Meta:
        verbose_name = _("counter")
        verbose_name_plural = _("counters")
        ordering = ["series", "year"]
        constraints = [models.UniqueConstraint(fields=["series", "year"], name="counter_once_per_year")]

    def __str__(self) -> str:
        return f"{self.series_id}/{self.year}: {self.last_number}"
