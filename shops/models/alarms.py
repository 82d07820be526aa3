"""What the administrator was told of: once when it begins, once a day while it lasts, once when it is over."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Alarm(models.Model):
    """key: what is wrong with what, e.g. "run:3:sync". over_at None = it lasts.

    mailed_at, posted_at: when each receiver was last told that it lasts; None = it was not, or knows that it is over.
    """

    key = models.CharField(max_length=100, unique=True)
    title = models.CharField(_("what happened"), max_length=300)
    text = models.CharField(_("what to do"), max_length=1000, blank=True)
    path = models.CharField(max_length=200, blank=True)
    since = models.DateTimeField(_("since"))
    mailed_at = models.DateTimeField(null=True, blank=True)
    posted_at = models.DateTimeField(null=True, blank=True)
    over_at = models.DateTimeField(_("over"), null=True, blank=True)

    class Meta:
        verbose_name = _("alarm")
        verbose_name_plural = _("alarms")
        ordering = ["-since"]

    def __str__(self) -> str:
        return self.title
