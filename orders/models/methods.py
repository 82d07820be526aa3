"""Payment methods, shipping methods and order statuses, as this firm names them. Shops' own are linked to them (O8)."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class PaymentMethod(models.Model):
    """kind says what a document asks for: only where a transfer may come, it shows the account and a payment code."""

    class Kind(models.TextChoices):
        TRANSFER = "transfer", _("Bank transfer")
        CARD = "card", _("Card or another payment online")
        DELIVERY = "delivery", _("Cash on delivery")
        CASH = "cash", _("Cash")
        OTHER = "other", _("Something else")

    name = models.CharField(_("name"), max_length=100, unique=True)
    kind = models.CharField(
        _("how it is paid"),
        max_length=10,
        choices=Kind.choices,
        default=Kind.OTHER,
        help_text=_(
            "Cards, cash and cash on delivery: unpaid documents show no bank account and no payment code."
        ),
    )
    prepaid = models.BooleanField(_("paid before dispatch"), default=False)
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("payment method")
        verbose_name_plural = _("payment methods")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class ShippingMethod(models.Model):
    name = models.CharField(_("name"), max_length=100, unique=True)
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("shipping method")
        verbose_name_plural = _("shipping methods")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class OrderStatus(models.Model):
    """kind tells what a status means, whatever it is called; position orders the list."""

    class Kind(models.TextChoices):
        NEW = "new", _("New")
        PROCESSING = "processing", _("Being worked on")
        WAITING = "waiting", _("Waiting")
        SHIPPED = "shipped", _("Shipped")
        DONE = "done", _("Done")
        CANCELLED = "cancelled", _("Cancelled")
        RETURNED = "returned", _("Returned")

    name = models.CharField(_("name"), max_length=100, unique=True)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices, default=Kind.NEW)
    position = models.PositiveIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("order status")
        verbose_name_plural = _("order statuses")
        ordering = ["position", "name"]

    def __str__(self) -> str:
        return self.name
