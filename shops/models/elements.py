"""Remote elements: what each shop has, and which of it is linked with what is here."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from shops.elements import ELEMENT_CHOICES
from shops.models.shops import Shop


class RemoteElementQuerySet(models.QuerySet["RemoteElement"]):
    def of(self, shop: Shop, kind: str) -> RemoteElementQuerySet:
        return self.filter(shop=shop, kind=kind)

    def present(self) -> RemoteElementQuerySet:
        return self.filter(state=RemoteElement.State.PRESENT)

    def linked(self) -> RemoteElementQuerySet:
        return self.filter(local_id__isnull=False)

    def unlinked(self) -> RemoteElementQuerySet:
        return self.filter(local_id__isnull=True)


class RemoteElement(models.Model):
    """One thing that the shop has (DESIGN.md §3). `local_id` set = linked with our row of that type.

    content:            the record as last read, as a dict of plain values (records.content_of).
    content_print:      fingerprint of `content`.
    synced_here_print:  fingerprint of our side when both sides were last made equal.
    synced_shop_print:  fingerprint of the shop's side at that moment. "" = never.
        So "changed here", "changed there" and "changed on both sides" can be told apart without a request.
    sent_value / seen_value: for stock the quantity, for prices the regular price, last sent and last seen.
    seen_run:           the run that saw it last; what a complete read did not see is gone.
    preferred: of several elements that mean one row of ours (payment and shipping methods, order statuses) the one that
        stands for it towards the shop; all other types have one element for each row.
    A row in state "creating" has no remote id yet (it holds a placeholder): it is the reservation that makes a
    create happen once (DESIGN.md §4). If the shop refuses it, the row stays as "failed": it is set aside.
    problem_print:      what both sides looked like when the shop refused; while that is so, it is not sent again.
    """

    class State(models.TextChoices):
        PRESENT = "present", _("In the shop")
        CREATING = "creating", _("Being created")
        FAILED = "failed", _("Refused by the shop")
        GONE = "gone", _("Gone from the shop")
        IGNORED = "ignored", _("Ignored")
        DELETED_HERE = "deleted_here", _("Deleted here")

    shop = models.ForeignKey(Shop, models.CASCADE, related_name="elements", verbose_name=_("shop"))
    kind = models.CharField(_("element type"), max_length=20, choices=ELEMENT_CHOICES)
    remote_id = models.CharField(_("id in the shop"), max_length=150)
    parent_id = models.CharField(max_length=150, blank=True)
    local_id = models.PositiveBigIntegerField(_("id here"), null=True, blank=True)
    natural_key = models.CharField(_("key"), max_length=300, blank=True)
    second_key = models.CharField(max_length=100, blank=True)
    name = models.CharField(_("name"), max_length=300, blank=True)
    preferred = models.BooleanField(default=True)
    state = models.CharField(_("state"), max_length=12, choices=State.choices, default=State.PRESENT)
    content = models.JSONField(default=dict, blank=True)
    content_print = models.CharField(max_length=32, blank=True)
    synced_here_print = models.CharField(max_length=32, blank=True)
    synced_shop_print = models.CharField(max_length=32, blank=True)
    sent_value = models.DecimalField(max_digits=18, decimal_places=4, null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    seen_value = models.DecimalField(max_digits=18, decimal_places=4, null=True, blank=True)
    seen_at = models.DateTimeField(null=True, blank=True)
    seen_run = models.PositiveBigIntegerField(null=True, blank=True)
    problem = models.ForeignKey(
        "shops.Problem", models.SET_NULL, null=True, blank=True, related_name="elements"
    )
    problem_print = models.CharField(max_length=32, blank=True)

    objects = RemoteElementQuerySet.as_manager()

    class Meta:
        verbose_name = _("element of a shop")
        verbose_name_plural = _("elements of shops")
        constraints = [
            models.UniqueConstraint(fields=["shop", "kind", "remote_id"], name="element_remote_once"),
            models.UniqueConstraint(
                fields=["shop", "kind", "local_id"],
                condition=Q(local_id__isnull=False, preferred=True),
                name="element_local_once",
                violation_error_message=_(
                    "This element is already linked in this shop. Unlink it there first."
                ),
            ),
        ]
        indexes = [
            models.Index(fields=["shop", "kind", "natural_key"], name="element_key"),
            models.Index(fields=["kind", "local_id"], name="element_local"),
        ]

    def __str__(self) -> str:
        return self.name or self.natural_key or self.remote_id
