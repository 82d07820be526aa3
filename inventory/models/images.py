"""Pictures and documents of articles."""

import hashlib

from django.db import models
from django.utils.translation import gettext_lazy as _

from backoffice.lib.uploads import check_size
from inventory.models.articles import Article

LARGEST_ATTACHMENT_MB = 50  # what is read from a shop in one answer, too: backoffice.lib.http


class ArticleImage(models.Model):
    """A picture. position counts from 0, the first is the main one. checksum: SHA-256 of the file, hexadecimal."""

    article = models.ForeignKey(Article, models.CASCADE, related_name="images", verbose_name=_("article"))
    file = models.ImageField(_("file"), upload_to="articles/%Y/%m", max_length=300)
    name = models.CharField(_("file name"), max_length=200, blank=True)
    alt = models.CharField(_("alternative text"), max_length=300, blank=True)
    position = models.PositiveIntegerField(_("position"), default=0)
    checksum = models.CharField(_("checksum"), max_length=64, blank=True, editable=False)
    changed_at = models.DateTimeField(_("changed"), auto_now=True)

    class Meta:
        verbose_name = _("image")
        verbose_name_plural = _("images")
        ordering = ["article", "position", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["article", "checksum"],
                condition=~models.Q(checksum=""),
                name="image_once_per_article",
                violation_error_message=_("This article already has this picture."),
            )
        ]

    def __str__(self) -> str:
        return self.name or self.file.name


class Attachment(models.Model):
    """A document of an article: a manual, a certificate, a data sheet."""

    article = models.ForeignKey(
        Article, models.CASCADE, related_name="attachments", verbose_name=_("article")
    )
    file = models.FileField(_("file"), upload_to="attachments/%Y/%m", max_length=300)
    name = models.CharField(_("name"), max_length=200)
    language = models.CharField(_("language"), max_length=5, blank=True)
    checksum = models.CharField(_("checksum"), max_length=64, blank=True, editable=False)
    changed_at = models.DateTimeField(_("changed"), auto_now=True)

    class Meta:
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
        ordering = ["article", "name"]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: object, **kwargs: object) -> None:
        """Note the checksum of a file that was just chosen, by which shops' copies are told apart."""
        if self.file and not self.file._committed:
            digest = hashlib.sha256()
            for chunk in self.file.chunks():
                digest.update(chunk)
            self.file.seek(0)
            self.checksum = digest.hexdigest()
        super().save(*args, **kwargs)  # type: ignore[arg-type]

    def clean(self) -> None:
        super().clean()
        check_size(self.file, LARGEST_ATTACHMENT_MB, field="file")
