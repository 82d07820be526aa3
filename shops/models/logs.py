"""The log of calls to the shops, and the rate limit's rows."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from shops.models.shops import Shop


class CallLog(models.Model):
    """One request to a shop, secrets already removed. Kept for some days and up to a number per shop, for support."""

    shop = models.ForeignKey(Shop, models.CASCADE, related_name="calls", verbose_name=_("shop"))
    run_id = models.PositiveBigIntegerField(null=True, blank=True)
    at = models.DateTimeField(_("when"), auto_now_add=True)
    method = models.CharField(_("method"), max_length=8)
    url = models.CharField(_("address"), max_length=500)
    status = models.PositiveSmallIntegerField(_("status"), null=True)
    seconds = models.FloatField(_("seconds"), default=0)
    size = models.PositiveIntegerField(_("bytes"), default=0)
    error = models.CharField(_("error"), max_length=300, blank=True)
    sent = models.TextField(_("sent"), blank=True)
    answer = models.TextField(_("answer"), blank=True)

    class Meta:
        verbose_name = _("call")
        verbose_name_plural = _("calls")
        ordering = ["-id"]
        indexes = [models.Index(fields=["shop", "-id"], name="call_of_shop")]

    def __str__(self) -> str:
        return f"{self.method} {self.url}"


class Traffic(models.Model):
    """How many requests a shop was ever sent: counted apart, since its log of calls is trimmed all the time.

    failed: those of them that the shop answered with an error (400 and above), or not at all.
    """

    shop = models.OneToOneField(Shop, models.CASCADE, primary_key=True, related_name="traffic")
    requests = models.PositiveBigIntegerField(default=0)
    failed = models.PositiveBigIntegerField(default=0)

    class Meta:
        verbose_name = _("requests to a shop")
        verbose_name_plural = _("requests to the shops")

    def __str__(self) -> str:
        return f"{self.shop_id}: {self.requests}"


class Pace(models.Model):
    """One row for each shop's rate limit, shared by all processes; only backoffice.lib.pace touches it."""

    key = models.CharField(max_length=100, unique=True)
    free_at = models.FloatField(default=0)

    class Meta:
        verbose_name = _("pace")
        verbose_name_plural = _("paces")

    def __str__(self) -> str:
        return self.key
