"""Changes: what a run planned and did, and the problems that stopped some of it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from shops.elements import ELEMENT_CHOICES
from shops.models.elements import RemoteElement
from shops.models.runs import Run
from shops.models.shops import Shop


class Problem(models.Model):
    """One cause why something was not done, once, however many elements it hits (DESIGN.md §3). Staff read "cause".

    key: error code + what the cure needs, e.g. "vat_unmapped:SI:9.5". count: elements it hits now.
    """

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        RETRYING = "retrying", _("Waits for another try")
        LEFT_OUT = "left_out", _("Left out until they change")
        CURED = "cured", _("Cured")

    shop = models.ForeignKey(Shop, models.CASCADE, related_name="problems", verbose_name=_("shop"))
    kind = models.CharField(_("element type"), max_length=20, choices=ELEMENT_CHOICES)
    key = models.CharField(max_length=200)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.OPEN)
    message = models.CharField(_("what happened"), max_length=500)
    cure = models.CharField(_("what to do"), max_length=500, blank=True)
    detail = models.TextField(_("for the technician"), blank=True)
    count = models.PositiveIntegerField(_("elements"), default=0)
    runs = models.PositiveIntegerField(_("runs"), default=0)
    first_seen = models.DateTimeField(_("since"), auto_now_add=True)
    last_seen = models.DateTimeField(_("last seen"))
    last_run = models.ForeignKey(Run, models.SET_NULL, null=True, blank=True, related_name="+")
    cured_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("cause")
        verbose_name_plural = _("causes")
        ordering = ["-last_seen"]
        constraints = [models.UniqueConstraint(fields=["shop", "kind", "key"], name="problem_once")]

    def __str__(self) -> str:
        return self.message


class Hold(models.Model):
    """The brake: so many risky changes of one kind that a person has to look before they are done (DESIGN.md §4).

    count risky changes of base elements. A later run that plans the same again supersedes it.
    """

    class Risk(models.TextChoices):
        DELETE = "delete", _("Deletions")
        HIDE = "hide", _("Articles hidden")
        ZERO = "zero", _("Stock set to zero")
        PRICE = "price", _("Large price changes")

    class State(models.TextChoices):
        OPEN = "open", _("Held")
        RELEASED = "released", _("Released")
        DISCARDED = "discarded", _("Discarded")
        SUPERSEDED = "superseded", _("Replaced by a newer run")

    run = models.ForeignKey(Run, models.CASCADE, related_name="holds", verbose_name=_("run"))
    kind = models.CharField(_("element type"), max_length=20, choices=ELEMENT_CHOICES)
    risk = models.CharField(_("risk"), max_length=10, choices=Risk.choices)
    count = models.PositiveIntegerField(_("changes"))
    base = models.PositiveIntegerField(_("of elements"))
    state = models.CharField(_("state"), max_length=12, choices=State.choices, default=State.OPEN)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("by"),
    )
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    created_at = models.DateTimeField(_("held since"), auto_now_add=True)

    class Meta:
        verbose_name = _("held changes")
        verbose_name_plural = _("held changes")
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["run", "kind", "risk"], name="hold_once_per_run")]
        permissions = [("decide_hold", _("Can release or discard held changes"))]

    def __str__(self) -> str:
        return f"{self.get_risk_display()}: {self.count}"


class Change(models.Model):
    """One planned or done act (DESIGN.md §3).

    fields: {field: [before, after]} as texts for people and for undo. here_print, shop_print: what both sides looked
    like when it was planned; a side that has moved since is not overwritten.
    drift: our side had not moved since it was last sent, and the shop showed something else all the same.
    literal: what is written are the values in `fields` (an undo), not what our side has now.
    """

    class Verb(models.TextChoices):
        LINK = "link", _("Link")
        CREATE_HERE = "create_here", _("Create here")
        UPDATE_HERE = "update_here", _("Update here")
        CREATE_SHOP = "create_shop", _("Create in shop")
        UPDATE_SHOP = "update_shop", _("Update in shop")
        DELETE_SHOP = "delete_shop", _("Delete in shop")
        SKIP = "skip", _("Leave alone")

    class State(models.TextChoices):
        PLANNED = "planned", _("Planned")
        SENDING = "sending", _("Being sent")
        DONE = "done", _("Done")
        REFUSED = "refused", _("Refused")
        NOT_POSSIBLE = "not_possible", _("Not possible")
        HELD = "held", _("Held or left out")

    run = models.ForeignKey(Run, models.CASCADE, related_name="changes", verbose_name=_("run"))
    kind = models.CharField(_("element type"), max_length=20, choices=ELEMENT_CHOICES)
    verb = models.CharField(_("what"), max_length=12, choices=Verb.choices)
    state = models.CharField(_("result"), max_length=12, choices=State.choices, default=State.PLANNED)
    element = models.ForeignKey(RemoteElement, models.SET_NULL, null=True, blank=True, related_name="changes")
    local_id = models.PositiveBigIntegerField(null=True, blank=True)
    remote_id = models.CharField(_("id in the shop"), max_length=150, blank=True)
    key = models.CharField(_("key"), max_length=300, blank=True)
    name = models.CharField(_("name"), max_length=300, blank=True)
    fields = models.JSONField(_("fields"), default=dict, blank=True)
    why = models.CharField(_("why"), max_length=300, blank=True)
    message = models.CharField(_("message"), max_length=500, blank=True)
    cure = models.CharField(max_length=500, blank=True)
    problem = models.ForeignKey(Problem, models.SET_NULL, null=True, blank=True, related_name="changes")
    here_print = models.CharField(max_length=32, blank=True)
    shop_print = models.CharField(max_length=32, blank=True)
    conflict = models.BooleanField(_("changed on both sides"), default=False)
    drift = models.BooleanField(_("drifted apart"), default=False)
    literal = models.BooleanField(default=False)
    hold = models.ForeignKey(Hold, models.SET_NULL, null=True, blank=True, related_name="changes")
    at = models.DateTimeField(_("when"), auto_now_add=True)

    class Meta:
        verbose_name = _("change")
        verbose_name_plural = _("changes")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["run", "kind", "state", "id"], name="change_work"),
            models.Index(fields=["kind", "local_id"], name="change_local"),
        ]

    def __str__(self) -> str:
        return f"{self.get_verb_display()} {self.key or self.name}"
