"""Runs: one job for one shop, its steps and its messages."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from shops.elements import ELEMENT_CHOICES
from shops.models.shops import Shop


class RunQuerySet(models.QuerySet["Run"]):
    def unfinished(self) -> RunQuerySet:
        return self.filter(state__in=[Run.State.WAITING, Run.State.RUNNING])

    def but_quiet_pushes(self) -> RunQuerySet:
        """Without the pushes that went well: there are many, and nobody need look at them."""
        return self.exclude(trigger=Run.Trigger.CHANGE, state=Run.State.DONE)


class Run(models.Model):
    """One job for one shop. At most one run of a shop and lane is in state "running" (a constraint keeps it so).

    options: {"since": iso time, "formats": [...], "hold": id, "ids": {element type: [[id, parent id], ...]}, "changed_since":
    iso time} as the job needs; previews keep {"rules": print of the
    matrix}, so that a plan made under other rules is not carried out.
    plan: whose changes this run carries out ("apply") or takes back ("undo").
    slice_starts: how often the present slice was begun; the third death of the same slice stops the run.
    """

    class Job(models.TextChoices):
        SYNC = "sync", _("Synchronise")
        SYNC_CHANGED = "sync_changed", _("New and changed articles")
        READ = "read", _("Read the shop")
        EXPORT_ALL = "export_all", _("Export all")
        EXPORT_STOCK = "export_stock", _("Export stock")
        EXPORT_STATUSES = "export_statuses", _("Export order statuses")
        IMPORT_ORDERS = "import_orders", _("Import orders")
        HEAR_ORDERS = "hear_orders", _("Orders the shop announced")
        HEAR_OTHERS = "hear_others", _("Changes the shop announced")
        RECONCILE = "reconcile", _("Compare and repair")
        SYNC_ATTACHMENTS = "sync_attachments", _("Sync attachments")
        APPLY = "apply", _("Carry out a plan")
        UNDO = "undo", _("Plan to undo a run")
        FEEDS = "feeds", _("Write the public feeds")

    class Lane(models.TextChoices):
        CATALOGUE = "catalogue", _("Catalogue")
        STOCK = "stock", _("Stock")
        ORDERS = "orders", _("Orders")
        FILES = "files", _("Files")

    class Mode(models.TextChoices):
        WEB = "web", _("To the web")
        PREVIEW = "preview", _("Preview")
        FILE = "file", _("To a file")

    class Trigger(models.TextChoices):
        PERSON = "person", _("By hand")
        SCHEDULE = "schedule", _("By schedule")
        COMMAND = "command", _("Command line")
        SHOP = "shop", _("The shop called")
        CHANGE = "change", _("Something changed here")

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        PARTLY = "partly", _("Done, with exceptions")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Stopped")

    shop = models.ForeignKey(Shop, models.CASCADE, related_name="runs", verbose_name=_("shop"))
    job = models.CharField(_("job"), max_length=20, choices=Job.choices)
    lane = models.CharField(_("lane"), max_length=10, choices=Lane.choices)
    mode = models.CharField(_("mode"), max_length=10, choices=Mode.choices, default=Mode.WEB)
    trigger = models.CharField(
        _("started by"), max_length=10, choices=Trigger.choices, default=Trigger.PERSON
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("by"),
    )
    options = models.JSONField(default=dict, blank=True)
    plan = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="carried_out_by", verbose_name=_("plan")
    )
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.WAITING)
    cancel_asked_at = models.DateTimeField(null=True, blank=True)
    cancel_asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    message = models.CharField(_("result"), max_length=500, blank=True)
    cure = models.CharField(max_length=500, blank=True)
    detail = models.TextField(blank=True)
    lease_holder = models.CharField(max_length=100, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    not_before = models.DateTimeField(null=True, blank=True)
    slice_starts = models.PositiveSmallIntegerField(default=0)
    retries = models.PositiveSmallIntegerField(default=0)
    requests = models.PositiveIntegerField(_("requests"), default=0)
    created_at = models.DateTimeField(_("ordered"), auto_now_add=True)
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    objects = RunQuerySet.as_manager()

    class Meta:
        verbose_name = _("run")
        verbose_name_plural = _("runs")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["state", "lease_until"], name="run_sweep"),
            models.Index(fields=["shop", "job", "finished_at"], name="run_newest_of_job"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["shop", "lane"], condition=Q(state="running"), name="run_one_running_per_lane"
            )
        ]

    def __str__(self) -> str:
        return f"{self.pk} {self.get_job_display()}"

    @property
    def is_push(self) -> bool:
        """Whether it only carries what changed here into the shop, by the matrix."""
        return self.trigger == self.Trigger.CHANGE

    @property
    def changed_since(self) -> datetime | None:
        """Of a push: it looks at what changed here since then; None = at everything."""
        since = self.options.get("changed_since") if self.is_push else None
        return datetime.fromisoformat(since) if since else None

    @property
    def is_announced(self) -> bool:
        """Whether it looks only at what the shop called for."""
        return "ids" in self.options

    @property
    def is_finished(self) -> bool:
        return self.state not in (self.State.WAITING, self.State.RUNNING)


class Step(models.Model):
    """One element type of a run. phase: what is being done now; cursor: where to go on after an interruption.

    total is the number of acts the present phase has (None = unknown), done how many of them are done.
    here, shop: changes written into Kontor / into the shop. failed: refused or not possible. held: by brake or person.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        PARTLY = "partly", _("Done, with exceptions")
        FAILED = "failed", _("Failed")
        SKIPPED = "skipped", _("Skipped")

    class Phase(models.TextChoices):
        READ = "read", _("Read")
        LINK = "link", _("Link")
        LINKED = "linked", _("Linked")
        UNLINKED = "unlinked", _("Unlinked")
        FINISHED = "finished", _("Finished")

    run = models.ForeignKey(Run, models.CASCADE, related_name="steps", verbose_name=_("run"))
    kind = models.CharField(_("element type"), max_length=20, choices=ELEMENT_CHOICES)
    position = models.PositiveSmallIntegerField()
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.WAITING)
    phase = models.CharField(_("phase"), max_length=10, choices=Phase.choices, default=Phase.READ)
    cursor = models.JSONField(default=dict, blank=True)
    total = models.PositiveIntegerField(null=True, blank=True)
    done = models.PositiveIntegerField(default=0)
    read = models.PositiveIntegerField(_("read"), default=0)
    linked = models.PositiveIntegerField(_("linked"), default=0)
    here = models.PositiveIntegerField(_("here"), default=0)
    shop = models.PositiveIntegerField(_("shop"), default=0)
    failed = models.PositiveIntegerField(_("failed"), default=0)
    held = models.PositiveIntegerField(_("held"), default=0)
    equal = models.PositiveIntegerField(_("equal"), default=0)
    message = models.CharField(_("message"), max_length=500, blank=True)
    cure = models.CharField(max_length=500, blank=True)
    detail = models.TextField(blank=True)
    read_began_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("step")
        verbose_name_plural = _("steps")
        ordering = ["run", "position"]
        constraints = [models.UniqueConstraint(fields=["run", "kind"], name="step_once_per_type")]

    def __str__(self) -> str:
        return f"{self.run_id}/{self.kind}"

    @property
    def mirrors(self) -> bool:
        """Whether it brings a server for files in step, not the shop itself."""
        return bool(self.cursor.get("mirror"))

    @property
    def writes_files(self) -> bool:
        """Whether it counts what goes into files."""
        return bool(self.cursor.get("files")) and not self.mirrors


class RunMessage(models.Model):
    """One line of a run's story, in plain words. technical lines are shown on request."""

    class Level(models.TextChoices):
        INFO = "info", _("Information")
        OK = "ok", _("Done")
        WARNING = "warning", _("Remark")
        ERROR = "error", _("Problem")

    run = models.ForeignKey(Run, models.CASCADE, related_name="messages", verbose_name=_("run"))
    at = models.DateTimeField(auto_now_add=True)
    level = models.CharField(max_length=10, choices=Level.choices, default=Level.INFO)
    text = models.CharField(max_length=500)
    technical = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.text
