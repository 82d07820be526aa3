"""What shops lend for signing in."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from backoffice.lib.secrets import SecretsField
from shops.models.shops import Shop


class AccessToken(models.Model):
    """The token that a shop lent last, shared by all workers; only shops.sync.tokens touches it.

    token: {"value": ..., "made_for": a mark of the address and login it belongs to}, encrypted.
    renew_at: from then on a new one is asked for. The lease is held while one worker asks.
    """

    shop = models.OneToOneField(Shop, models.CASCADE, primary_key=True, related_name="access_token")
    token = SecretsField(default=dict)
    renew_at = models.DateTimeField(null=True)
    lease_holder = models.CharField(max_length=100, blank=True, default="")
    lease_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("access token")
        verbose_name_plural = _("access tokens")

    def __str__(self) -> str:
        return str(self.shop_id)
