"""E-mails with documents: the texts staff may change, and every sending."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from orders.models.documents import Document
from orders.models.series import DocumentKind


class MailTemplate(models.Model):
    """subject and body with placeholders like {number}; no code (orders.services.mail_texts names them all)."""

    kind = models.CharField(_("kind of document"), max_length=15, choices=DocumentKind.choices)
    language = models.CharField(_("language"), max_length=5)
    subject = models.CharField(_("subject"), max_length=200)
    body = models.TextField(_("text"))

    class Meta:
        verbose_name = _("e-mail text")
        verbose_name_plural = _("e-mail texts")
        ordering = ["kind", "language"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "language"],
                name="mail_template_once",
                violation_error_message=_(
                    "There is already a text for this kind in this language. Change that one."
                ),
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.language}"


class DocumentMail(models.Model):
    """One sending of one document to one address. message_id is made before the first try and never changes.

    automatic: by the channel's rule; there is at most one of those a document (constraint), so a task that comes
    twice sends once. A sending found in state "sending" after its worker died is doubtful: it is not sent again by
    itself, a person decides.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        SENDING = "sending", _("Being sent")
        SENT = "sent", _("Sent")
        DOUBTFUL = "doubtful", _("Perhaps sent")
        FAILED = "failed", _("Not sent")

    document = models.ForeignKey(Document, models.CASCADE, related_name="mails", verbose_name=_("document"))
    to = models.EmailField(_("to"), max_length=254)
    subject = models.CharField(_("subject"), max_length=200)
    body = models.TextField(_("text"))
    automatic = models.BooleanField(_("automatic"), default=False)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.WAITING)
    message_id = models.CharField(max_length=200, unique=True, editable=False)
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    not_before = models.DateTimeField(null=True, blank=True, editable=False)
    lease_until = models.DateTimeField(null=True, blank=True, editable=False)
    lease_holder = models.CharField(max_length=100, blank=True, editable=False)
    error = models.CharField(_("why not"), max_length=500, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        editable=False,
        verbose_name=_("by"),
    )
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)

    class Meta:
        verbose_name = _("e-mail")
        verbose_name_plural = _("e-mails")
        ordering = ["-id"]
        indexes = [  # few mails are not sent yet: those the tick of every minute looks for
            models.Index(
                fields=["state"], condition=Q(state__in=["waiting", "sending"]), name="mail_on_its_way"
            )
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["document"], condition=Q(automatic=True), name="mail_automatic_once_per_document"
            )
        ]

    def __str__(self) -> str:
        return f"{self.to}: {self.subject}"
