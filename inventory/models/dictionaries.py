"""Units, categories, producers and VAT rates: what articles refer to."""

from decimal import Decimal

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from tree_queries.models import OrderableTreeNode

country_code = RegexValidator(
    r"^[A-Z]{2}$", _("Enter the two-letter country code in capitals, for example SI.")
)


class Unit(models.Model):
    name = models.CharField(
        _("name"), max_length=60, unique=True, help_text=_("For example: piece, kilogram, pair.")
    )
    symbol = models.CharField(
        _("symbol"), max_length=12, blank=True, help_text=_("Printed on documents: pcs, kg.")
    )

    class Meta:
        verbose_name = _("unit")
        verbose_name_plural = _("units")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Category(OrderableTreeNode):
    """A node of the category tree. Names are unique under one parent (as in the shops)."""

    name = models.CharField(_("name"), max_length=200)
    description = models.TextField(_("description"), blank=True)
    changed_at = models.DateTimeField(_("changed"), auto_now=True)

    class Meta(OrderableTreeNode.Meta):
        verbose_name = _("category")
        verbose_name_plural = _("categories")
        constraints = [
            models.UniqueConstraint(
                fields=["parent", "name"],
                name="category_name_once_per_parent",
                violation_error_message=_(
                    "There is already a category with this name here. Choose another name."
                ),
            ),
            models.UniqueConstraint(
                fields=["name"],
                condition=Q(parent__isnull=True),
                name="category_root_name_once",
                violation_error_message=_(
                    "There is already a main category with this name. Choose another name."
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        if (  # before the library's own check, whose message names no field and no cure
            self.pk
            and self.parent_id
            and self.parent_id in self.descendants(include_self=True).values_list("pk", flat=True)
        ):
            raise ValidationError(
                {"parent": _("A category cannot lie inside itself. Choose a parent outside of this branch.")}
            )
        super().clean()


class Producer(models.Model):
    name = models.CharField(_("name"), max_length=200, unique=True)
    changed_at = models.DateTimeField(_("changed"), auto_now=True)

    class Meta:
        verbose_name = _("producer")
        verbose_name_plural = _("producers")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class VatRate(models.Model):
    """A VAT rate of one country. Natural key towards the shops: country and percentage (DESIGN.md §3)."""

    class Kind(models.TextChoices):
        STANDARD = "standard", _("Standard")
        REDUCED = "reduced", _("Reduced")
        SECOND_REDUCED = "second_reduced", _("Second reduced")
        ZERO = "zero", _("Zero")
        EXEMPT = "exempt", _("Exempt")

    name = models.CharField(_("name"), max_length=60, blank=True)
    country = models.CharField(_("country"), max_length=2, validators=[country_code])
    percent = models.DecimalField(
        _("percent"),
        max_digits=6,
        decimal_places=3,
        validators=[MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(100))],
    )
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices, default=Kind.STANDARD)

    class Meta:
        verbose_name = _("VAT rate")
        verbose_name_plural = _("VAT rates")
        ordering = ["country", "-percent"]
        constraints = [
            models.UniqueConstraint(
                fields=["country", "percent"],
                name="vat_rate_once_per_country",
                violation_error_message=_("This country already has a rate with this percentage."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.country} {Decimal(self.percent).normalize():f} %"
