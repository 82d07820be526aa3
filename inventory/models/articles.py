"""Articles: goods and services, also as variants under a parent article."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from inventory.models.dictionaries import Category, Producer, Unit, VatRate


class ArticleQuerySet(models.QuerySet["Article"]):
    def active(self) -> ArticleQuerySet:
        return self.filter(active=True)

    def sellable(self) -> ArticleQuerySet:
        """What has a stock level and a price of its own: everything but parents of variants."""
        return self.filter(has_variants=False)

    def deliverable(self) -> ArticleQuerySet:
        """Of what a shop shows a number of pieces: goods, and sets by their parts."""
        return self.sellable().filter(kind__in=DELIVERABLE)

    def outside_of(self, categories: models.QuerySet[Category]) -> ArticleQuerySet:
        """Leave out the articles of these categories; a variant belongs where its parent does (P2)."""
        inside = Article.categories.through.objects.filter(category__in=categories)
        return self.exclude(Exists(inside.filter(article_id=OuterRef("pk")))).exclude(
            Exists(inside.filter(article_id=OuterRef("parent_id")))
        )


class Article(models.Model):
    """One article. A parent of variants has `option_names`; each variant has as many `option_values`.

    The SKU is how articles are found everywhere (P3): unique, never empty.
    """

    class Kind(models.TextChoices):
        GOODS = "goods", _("Goods")
        SERVICE = "service", _("Service")
        SET = "set", _("Set")

    sku = models.CharField(_("SKU"), max_length=100, unique=True)
    ean = models.CharField(
        _("EAN"), max_length=50, blank=True, db_index=True, help_text=_("EAN or GTIN on the package.")
    )
    name = models.CharField(_("name"), max_length=300)
    short_description = models.TextField(_("short description"), blank=True)
    description = models.TextField(_("description"), blank=True)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices, default=Kind.GOODS)
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, verbose_name=_("unit"))
    vat_rate = models.ForeignKey(VatRate, models.PROTECT, null=True, blank=True, verbose_name=_("VAT rate"))
    producer = models.ForeignKey(Producer, models.SET_NULL, null=True, blank=True, verbose_name=_("producer"))
    categories = models.ManyToManyField(
        Category, blank=True, related_name="articles", verbose_name=_("categories")
    )
    weight_g = models.DecimalField(
        _("weight in grams"),
        max_digits=12,
        decimal_places=3,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
    )
    length_mm = models.DecimalField(
        _("length in mm"),
        max_digits=10,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
    )
    width_mm = models.DecimalField(
        _("width in mm"),
        max_digits=10,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
    )
    height_mm = models.DecimalField(
        _("height in mm"),
        max_digits=10,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
    )
    active = models.BooleanField(_("active"), default=True, help_text=_("Shown in the shops."))
    parent = models.ForeignKey(
        "self",
        models.CASCADE,
        null=True,
        blank=True,
        related_name="variants",
        verbose_name=_("parent article"),
    )
    has_variants = models.BooleanField(_("has variants"), default=False)
    option_names = models.JSONField(
        _("options"),
        default=list,
        blank=True,
        help_text=_("By what the variants differ, for example Size, Colour."),
    )
    option_values = models.JSONField(_("option values"), default=list, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    changed_at = models.DateTimeField(_("changed"), auto_now=True, db_index=True)

    objects = ArticleQuerySet.as_manager()

    class Meta:
        verbose_name = _("article")
        verbose_name_plural = _("articles")
        ordering = ["sku"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(sku=""),
                name="article_has_sku",
                violation_error_message=_("Every article needs a SKU. Enter one."),
            ),
            models.CheckConstraint(
                condition=Q(parent__isnull=True) | Q(has_variants=False),
                name="article_variant_is_no_parent",
                violation_error_message=_("A variant cannot have variants of its own."),
            ),
            models.CheckConstraint(
                condition=Q(parent__isnull=True) | ~Q(parent=F("id")),
                name="article_not_its_own_parent",
                violation_error_message=_("An article cannot be its own parent. Choose another one."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sku} {self.name}"

    @property
    def counted(self) -> bool:
        """Whether it has a stock of its own: neither a parent of variants nor a service."""
        return not self.has_variants and self.kind == self.Kind.GOODS

    @property
    def deliverable(self) -> bool:
        """Whether a shop shows a number of pieces of it: goods, and sets by their parts."""
        return not self.has_variants and self.kind in DELIVERABLE

    def clean(self) -> None:
        """What makes a parent a parent and a variant a variant; the fields themselves are checked before."""
        super().clean()
        errors: dict[str, list[str]] = self._kind_mistakes() if self.pk else {}
        if message := _list_mistake(self.option_names):
            errors["option_names"] = [message]
        elif len({str(name).casefold() for name in self.option_names}) < len(self.option_names):
            errors["option_names"] = [_("Each option may be named once only.")]
        if message := _list_mistake(self.option_values):
            errors["option_values"] = [message]
        if not errors:
            errors = self._variant_mistakes() if self.parent_id else self._parent_mistakes()
        if errors:
            raise ValidationError(errors)

    def _kind_mistakes(self) -> dict[str, list[str]]:
        """Another kind would leave stock that nobody sees, or a set of what cannot be counted."""
        if self.kind == self.Kind.SET and self.has_variants:
            return {"kind": [_("A parent of variants cannot be a set. Make its variants sets.")]}
        if self.kind != self.Kind.SET and self.components.exists():
            return {"kind": [_("It is a set with parts. Take the parts out first.")]}
        if self.kind == self.Kind.GOODS:
            return {}
        if whole := self.part_of.select_related("whole").first():
            text = _("It is a part of the set %(sku)s, and only goods can be. Take it out there first.")
            return {"kind": [text % {"sku": whole.whole.sku}]}
        if self.stock_levels.filter(~Q(on_hand=0) | ~Q(reserved=0)).exists():
            return {
                "kind": [
                    _("It still has stock, or orders wait for it. Only goods have stock; set it to zero.")
                ]
            }
        return {}

    def _parent_mistakes(self) -> dict[str, list[str]]:
        if self.option_values:
            return {
                "option_values": [
                    _("Only a variant has option values. Choose its parent article, or clear them.")
                ]
            }
        if self.has_variants and not self.option_names:
            return {"option_names": [_("Name by what the variants differ, for example Size | Colour.")]}
        widths = self.variants.values_list("option_values", flat=True) if self.pk else []
        if any(len(values) != len(self.option_names) for values in widths):
            return {
                "option_names": [
                    _(
                        "The variants have another number of option values. Change the variants first, "
                        "or keep as many options as they have values."
                    )
                ]
            }
        return {}

    def _variant_mistakes(self) -> dict[str, list[str]]:
        parent = self.parent
        if parent is None or parent.pk == self.pk:
            return {"parent": [_("An article cannot be its own parent. Choose another one.")]}
        if parent.parent_id:
            return {"parent": [_("This article is a variant itself. Choose its parent article instead.")]}
        if not parent.option_names:
            return {
                "parent": [
                    _("This article has no options yet. Open it and name by what its variants differ.")
                ]
            }
        if self.option_names:
            return {"option_names": [_("A variant has no options of its own. Clear them.")]}
        if self.pk and self.variants.exists():
            return {"parent": [_("This article has variants itself, so it cannot become one.")]}
        if len(self.option_values) != len(parent.option_names):
            return {
                "option_values": [
                    _("Enter one value for each option of the parent article: %(names)s.")
                    % {"names": " | ".join(parent.option_names)}
                ]
            }
        siblings = parent.variants.exclude(pk=self.pk).values_list("sku", "option_values")
        twin = next((sku for sku, values in siblings if values == self.option_values), None)
        if twin:
            return {"option_values": [_("%(sku)s is the variant with these values already.") % {"sku": twin}]}
        return {}


def _list_mistake(values: object) -> str:
    """Why this is not a list of texts; "" when it is one."""
    if isinstance(values, list) and all(isinstance(value, str) and value.strip() for value in values):
        return ""
    return str(_("Enter one or more texts, parted by |; none of them may be empty."))


# Kinds of which a shop shows a number of pieces.
DELIVERABLE = frozenset({Article.Kind.GOODS, Article.Kind.SET})


class ArticleText(models.Model):
    """The texts of an article in a further language; the article itself holds the company's language."""

    article = models.ForeignKey(Article, models.CASCADE, related_name="texts", verbose_name=_("article"))
    language = models.CharField(
        _("language"), max_length=5, help_text=_("Two-letter language code: cs, pl, hu, sl, en.")
    )
    name = models.CharField(_("name"), max_length=300, blank=True)
    short_description = models.TextField(_("short description"), blank=True)
    description = models.TextField(_("description"), blank=True)

    class Meta:
        verbose_name = _("text in a further language")
        verbose_name_plural = _("texts in further languages")
        ordering = ["article", "language"]
        constraints = [
            models.UniqueConstraint(
                fields=["article", "language"],
                name="article_text_once_per_language",
                violation_error_message=_("This article already has texts in this language."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.language}: {self.name}"
