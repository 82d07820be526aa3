"""When the jobs of a shop run by themselves (E1, E2)."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from shops.models.runs import Run
from shops.models.shops import Shop

LONGEST_MIN = 24 * 60


class ShopSchedule(models.Model):
    """When one job of a shop runs by itself: every so many minutes, or once a day at a time of the office's clock.

    armed_at: moments before it do not count: a time that is set at noon does not make up for last night.
    last_at: when it was last this schedule's turn, whatever came of it; outcome says what. run: the last one started.
    seen: how our side looked at that moment (services.schedules.our_side), so that nothing is started for nothing.
    Orders have both times: every so many minutes, and once a day where the shop calls by itself (O10).
    """

    class Outcome(models.TextChoices):
        STARTED = "started", _("Started")
        NOTHING = "nothing", _("Nothing to send")
        BUSY = "busy", _("Still at work")
        NOT_POSSIBLE = "not_possible", _("Not possible")

    shop = models.ForeignKey(Shop, models.CASCADE, related_name="schedules", verbose_name=_("shop"))
    job = models.CharField(_("job"), max_length=20, choices=Run.Job.choices)
    active = models.BooleanField(_("switched on"), default=True)
    every_min = models.PositiveSmallIntegerField(
        _("every … minutes"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(LONGEST_MIN)],
    )
    at = models.TimeField(_("time of day"), null=True, blank=True)
    armed_at = models.DateTimeField(default=timezone.now, editable=False)
    last_at = models.DateTimeField(null=True, blank=True, editable=False)
    outcome = models.CharField(max_length=12, choices=Outcome.choices, blank=True, editable=False)
    run = models.ForeignKey(
        Run, models.SET_NULL, null=True, blank=True, related_name="+", editable=False, verbose_name=_("run")
    )
    seen = models.CharField(max_length=32, blank=True, editable=False)

    class Meta:
        verbose_name = _("schedule")
        verbose_name_plural = _("schedules")
        ordering = ["shop", "id"]
        constraints = [
            models.UniqueConstraint(fields=["shop", "job"], name="schedule_once_per_job"),
            models.CheckConstraint(
                condition=Q(every_min__isnull=False) | Q(at__isnull=False),
                name="schedule_has_a_time",
                violation_error_message=_("Enter every how many minutes, or a time of day."),
            ),
            models.CheckConstraint(
                condition=Q(every_min__isnull=True) | Q(every_min__gte=1),
                name="schedule_every_minute_at_most",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.shop_id}/{self.job}"
