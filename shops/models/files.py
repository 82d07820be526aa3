"""What a shop exchanges as files: its feeds, and the manifest of what is mirrored to its server."""

from __future__ import annotations

import secrets

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from backoffice.lib.errors import KontorError
from backoffice.lib.transfer.paths import clean_name
from shops.models.shops import Shop

TOKEN_BYTES = 32


def file_name(value: str) -> None:
    """A name that every server can store."""
    try:
        clean_name(value)
    except KontorError as error:
        raise ValidationError(f"{error.message} {error.cure}") from error


class FeedQuerySet(models.QuerySet["Feed"]):
    def active(self) -> FeedQuerySet:
        return self.filter(active=True)

    def public(self) -> FeedQuerySet:
        return self.exclude(token="")


class Feed(models.Model):
    """One file of a shop: which format, under which name; and what was written and sent last.

    token: the secret part of the public address, "" = there is none. A new one makes the old address useless.
    file, packed: the content as last written, plain and as gzip, of which the public address serves.
    checksum: SHA-256 of the file; content: the same without the moment of writing in its head. written_at: since when it
        has this content; looked_at: when it was last built.
    left_out: {reason: [how many, [some SKUs]]}. message, cure: why it could not be written or sent, "" = it could.
    """

    shop = models.ForeignKey(Shop, models.CASCADE, related_name="feeds", verbose_name=_("shop"))
    format = models.CharField(_("format"), max_length=30)
    name = models.CharField(_("file name"), max_length=120, validators=[file_name])
    active = models.BooleanField(
        _("active"), default=True, help_text=_("Off = it is neither written nor sent.")
    )
    send = models.BooleanField(
        _("send to the server"), default=True, help_text=_("Off = only for its public address.")
    )
    token = models.CharField(max_length=64, blank=True, editable=False)
    file = models.FileField(max_length=300, blank=True, editable=False)
    packed = models.FileField(max_length=300, blank=True, editable=False)
    size = models.PositiveBigIntegerField(_("size"), default=0, editable=False)
    rows = models.PositiveIntegerField(_("rows"), default=0, editable=False)
    checksum = models.CharField(max_length=64, blank=True, editable=False)
    content = models.CharField(max_length=64, blank=True, editable=False)
    left_out = models.JSONField(default=dict, blank=True, editable=False)
    written_at = models.DateTimeField(_("written"), null=True, blank=True, editable=False)
    looked_at = models.DateTimeField(null=True, blank=True, editable=False)
    sent_checksum = models.CharField(max_length=64, blank=True, editable=False)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True, editable=False)
    message = models.CharField(max_length=500, blank=True, editable=False)
    cure = models.CharField(max_length=500, blank=True, editable=False)

    objects = FeedQuerySet.as_manager()

    class Meta:
        verbose_name = _("feed")
        verbose_name_plural = _("feeds")
        ordering = ["shop", "id"]
        constraints = [
            models.UniqueConstraint(
                "shop",
                Lower("name"),
                name="feed_name_once_per_shop",
                violation_error_message=_("Another file of this shop has this name. Choose another one."),
            )
        ]

    def __str__(self) -> str:
        return self.name

    def new_token(self) -> None:
        """Not saved. Whoever knows the old address is shut out."""
        self.token = secrets.token_urlsafe(TOKEN_BYTES)


class MirrorFileQuerySet(models.QuerySet["MirrorFile"]):
    def there(self) -> MirrorFileQuerySet:
        """What lies on the server, as far as we know."""
        return self.exclude(sent__in=["", MirrorFile.UNKNOWN])

    def to_send(self) -> MirrorFileQuerySet:
        return self.exclude(wanted="").exclude(wanted=models.F("sent")).filter(problem="")

    def to_delete(self) -> MirrorFileQuerySet:
        """What we have sent and nobody wants there any more; not what a person has decided to leave."""
        return self.filter(wanted="", problem="").exclude(sent="")


class MirrorFile(models.Model):
    """One file of the mirror on a shop's server: what shall lie at `path`, and what does.

    path: below the folder of the shop's server; folder: its part before the last "/". path_key: casefolded, since not
        every server tells A.jpg from a.jpg.
    kind, source_id: the ArticleImage ("image") or Attachment ("attachment") that belongs there.
    wanted, sent: fingerprints of content and conversion; wanted "" = it should go, sent "" = it is not there, sent
        UNKNOWN = we were about to send it, or the server shows another size.
    size: bytes that lie there. seen_run: the run that last wanted it. problem: why it is left alone.
    """

    UNKNOWN = "?"
    FOREIGN = "foreign"
    KEPT = "kept"

    shop = models.ForeignKey(Shop, models.CASCADE, related_name="mirror_files", verbose_name=_("shop"))
    path = models.CharField(_("path"), max_length=500)
    path_key = models.CharField(max_length=500)
    folder = models.CharField(max_length=400, blank=True)
    kind = models.CharField(max_length=20)
    source_id = models.PositiveBigIntegerField()
    sku = models.CharField(_("SKU"), max_length=100, blank=True)
    wanted = models.CharField(max_length=80, blank=True)
    sent = models.CharField(max_length=80, blank=True)
    size = models.PositiveBigIntegerField(_("size"), default=0)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    seen_run = models.PositiveBigIntegerField(null=True, blank=True)
    problem = models.CharField(max_length=200, blank=True)

    objects = MirrorFileQuerySet.as_manager()

    class Meta:
        verbose_name = _("mirrored file")
        verbose_name_plural = _("mirrored files")
        ordering = ["shop", "path_key"]
        constraints = [models.UniqueConstraint(fields=["shop", "path_key"], name="mirror_path_once")]
        indexes = [
            models.Index(fields=["shop", "kind", "source_id"], name="mirror_source"),
            models.Index(fields=["shop", "kind", "folder"], name="mirror_folder"),
        ]

    def __str__(self) -> str:
        return self.path
