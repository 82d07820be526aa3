"""The shop calls us: where it calls, what for, and each call as it came (O9)."""

from __future__ import annotations

import secrets
from datetime import timedelta

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backoffice.lib.secrets import SecretsField
from shops.elements import ELEMENT_CHOICES
from shops.models.runs import Run
from shops.models.shops import Shop


def new_token() -> str:
    return secrets.token_urlsafe(32)


class Listener(models.Model):
    """Where one shop calls. token: the unguessable part of the address. secret: {"secret": what it signs with}.

    wanted: a person asked for calls; what is missing is registered by itself. address: under which the calls are
    registered, "" = they are not. refused: calls whose signature was wrong, since
    refused_since. missed: {element type: how many changes a read found that nobody had announced}, since missed_since.
    trouble: why registering or looking after them failed, as a sentence.
    """

    shop = models.OneToOneField(Shop, models.CASCADE, related_name="listener", verbose_name=_("shop"))
    token = models.CharField(max_length=64, unique=True, default=new_token, editable=False)
    secret = SecretsField(_("secret"))
    wanted = models.BooleanField(default=False)
    address = models.CharField(_("address"), max_length=300, blank=True)
    registered_at = models.DateTimeField(_("registered"), null=True, blank=True)
    checked_at = models.DateTimeField(_("looked after"), null=True, blank=True)
    trouble = models.CharField(max_length=500, blank=True)
    trouble_cure = models.CharField(max_length=500, blank=True)
    refused = models.PositiveIntegerField(_("refused"), default=0)
    refused_since = models.DateTimeField(null=True, blank=True)
    missed = models.JSONField(default=dict, blank=True)
    missed_since = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("calls of a shop")
        verbose_name_plural = _("calls of the shops")

    def __str__(self) -> str:
        return str(self.shop)


class ListenerTopic(models.Model):
    """One thing that the shop was asked to call for. active False = it has stopped, or was never registered."""

    listener = models.ForeignKey(Listener, models.CASCADE, related_name="topics")
    topic = models.CharField(max_length=60)
    remote_id = models.CharField(max_length=100, blank=True)
    active = models.BooleanField(default=False)
    heard_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("announcement")
        verbose_name_plural = _("announcements")
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["listener", "topic"], name="listener_topic_once")]

    def __str__(self) -> str:
        return self.topic


class ShopCallQuerySet(models.QuerySet["ShopCall"]):
    def waiting(self) -> ShopCallQuerySet:
        return self.filter(state=ShopCall.State.WAITING)

    def since_hours(self, hours: float) -> ShopCallQuerySet:
        return self.filter(received_at__gte=timezone.now() - timedelta(hours=hours))


class ShopCall(models.Model):
    """One call with a right signature. Only a hint is kept: what it is about, never what it said.

    key: of the content (base.Event.key); the same again only raises `times`. run: that read the element again.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        RESTING = "resting", _("Called often, read within a minute")
        TAKEN = "taken", _("Read again")
        IDLE = "idle", _("Nothing to do")

    shop = models.ForeignKey(Shop, models.CASCADE, related_name="shop_calls", verbose_name=_("shop"))
    topic = models.CharField(_("topic"), max_length=60)
    kind = models.CharField(_("element type"), max_length=20, choices=ELEMENT_CHOICES)
    verb = models.CharField(max_length=20)
    remote_id = models.CharField(_("id in the shop"), max_length=150)
    parent_id = models.CharField(max_length=150, blank=True)
    key = models.CharField(max_length=64)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.WAITING)
    times = models.PositiveIntegerField(_("times"), default=1)
    run = models.ForeignKey(
        Run, models.SET_NULL, null=True, blank=True, related_name="shop_calls", verbose_name=_("run")
    )
    received_at = models.DateTimeField(_("received"), auto_now_add=True)

    objects = ShopCallQuerySet.as_manager()

    class Meta:
        verbose_name = _("call of a shop")
        verbose_name_plural = _("calls of a shop")
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["shop", "key"], name="shop_call_once")]
        indexes = [
            models.Index(fields=["shop", "-id"], name="shop_call_of_shop"),
            models.Index(fields=["shop", "kind", "remote_id", "received_at"], name="shop_call_of_element"),
            models.Index(
                fields=["shop", "kind"], condition=models.Q(state="waiting"), name="shop_call_waiting"
            ),
            models.Index(fields=["shop"], condition=models.Q(state="resting"), name="shop_call_resting"),
        ]

    def __str__(self) -> str:
        return f"{self.topic} {self.remote_id}"
