"""The firm that works with this installation."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from backoffice.lib.uploads import check_size
from inventory.models.dictionaries import country_code
from inventory.models.prices import currency_code

LARGEST_LOGO_MB = 5


class Company(models.Model):
    """There is one row (a constraint keeps it so); `Company.load()` gives it."""

    name = models.CharField(_("name"), max_length=200)
    street = models.CharField(_("street"), max_length=200, blank=True)
    postcode = models.CharField(_("postcode"), max_length=20, blank=True)
    city = models.CharField(_("city"), max_length=100, blank=True)
    country = models.CharField(_("country"), max_length=2, default="SI", validators=[country_code])
    vat_id = models.CharField(_("VAT id"), max_length=20, blank=True)
    registration_number = models.CharField(_("registration number"), max_length=30, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    bank_account = models.CharField(_("bank account (IBAN)"), max_length=40, blank=True)
    bank_bic = models.CharField(_("BIC"), max_length=11, blank=True)
    logo = models.ImageField(_("logo"), upload_to="company", blank=True)
    currency = models.CharField(_("currency"), max_length=3, default="EUR", validators=[currency_code])
    language = models.CharField(_("language"), max_length=5, default="en")

    class Meta:
        verbose_name = _("company")
        verbose_name_plural = _("company")
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="company_only_one")]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: object, **kwargs: object) -> None:
        self.pk = 1
        super().save(*args, **kwargs)  # type: ignore[arg-type]

    def clean(self) -> None:
        super().clean()
        check_size(self.logo, LARGEST_LOGO_MB, field="logo")

    @classmethod
    def load(cls) -> Company:
        """The company, or an unsaved one with the presets where nobody has entered it yet."""
        return cls.objects.filter(pk=1).first() or cls(pk=1, name="")
