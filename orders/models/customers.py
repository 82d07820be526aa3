"""Customers and addresses."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from inventory.models.dictionaries import country_code


class Address(models.Model):
    """A postal address. Orders keep rows of their own, so that an old order never changes with its customer."""

    first_name = models.CharField(_("first name"), max_length=100, blank=True)
    last_name = models.CharField(_("last name"), max_length=100, blank=True)
    company = models.CharField(_("company"), max_length=200, blank=True)
    street = models.CharField(_("street"), max_length=200, blank=True)
    street2 = models.CharField(_("street, second line"), max_length=200, blank=True)
    postcode = models.CharField(_("postcode"), max_length=20, blank=True)
    city = models.CharField(_("city"), max_length=100, blank=True)
    state = models.CharField(_("region"), max_length=100, blank=True)
    country = models.CharField(_("country"), max_length=2, blank=True, validators=[country_code])
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    email = models.EmailField(_("e-mail"), max_length=254, blank=True)

    class Meta:
        verbose_name = _("address")
        verbose_name_plural = _("addresses")
        # Customers without an e-mail address are found by their address (orders.services.buyers).
        indexes = [models.Index(fields=["postcode"], name="address_postcode")]

    def __str__(self) -> str:
        name = self.company or f"{self.first_name} {self.last_name}".strip()
        place = f"{self.postcode} {self.city}".strip()
        return ", ".join(part for part in (name, self.street, place, self.country) if part)

    @property
    def person(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def place(self) -> str:
        return ", ".join(part for part in (self.city, self.country) if part)

    @property
    def rows(self) -> list[str]:
        """As on an envelope, without empty rows."""
        town = f"{self.postcode} {self.city}".strip()
        candidates = (
            self.company,
            self.person,
            self.street,
            self.street2,
            town,
            self.state,
            self.country,
        )
        return [row for row in candidates if row]


class Customer(models.Model):
    """A person or a company. Natural key towards the shops: the e-mail address, in lower case (DESIGN.md §3)."""

    class Kind(models.TextChoices):
        PERSON = "person", _("Person")
        COMPANY = "company", _("Company")

    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices, default=Kind.PERSON)
    first_name = models.CharField(_("first name"), max_length=100, blank=True)
    last_name = models.CharField(_("last name"), max_length=100, blank=True)
    company = models.CharField(_("company"), max_length=200, blank=True)
    vat_id = models.CharField(_("VAT id"), max_length=30, blank=True)
    vat_id_checked = models.BooleanField(_("VAT id is well formed"), default=False, editable=False)
    email = models.EmailField(_("e-mail"), max_length=254, blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    language = models.CharField(_("language"), max_length=5, blank=True)
    billing = models.OneToOneField(
        Address, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("billing address")
    )
    delivery = models.OneToOneField(
        Address, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("delivery address")
    )
    note = models.TextField(_("note"), blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    changed_at = models.DateTimeField(_("changed"), auto_now=True)

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        ordering = ["last_name", "first_name", "company"]
        indexes = [models.Index(fields=["vat_id"], name="customer_vat_id")]
        constraints = [
            models.UniqueConstraint(
                fields=["email"],
                condition=~Q(email=""),
                name="customer_email_once",
                violation_error_message=_(
                    "There is already a customer with this e-mail address. Open that one instead."
                ),
            ),
            models.CheckConstraint(
                condition=Q(email=Lower("email")),
                name="customer_email_lower_case",
                violation_error_message=_("Write the e-mail address in small letters."),
            ),
        ]

    def __str__(self) -> str:
        person = f"{self.first_name} {self.last_name}".strip()
        return self.company or person or self.email or f"#{self.pk}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.email = self.email.lower()
        super().save(*args, **kwargs)
