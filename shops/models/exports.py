"""Files that a run wrote for staff to download and look into (E5)."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from shops.models.runs import Run


class ExportFile(models.Model):
    """size in bytes; rows: elements in it. The file goes when `expires_at` has passed, the row stays."""

    class Format(models.TextChoices):
        XML = "xml", "XML"
        CSV = "csv", "CSV"
        XLSX = "xlsx", "XLSX"

    run = models.ForeignKey(Run, models.CASCADE, related_name="files", verbose_name=_("run"))
    name = models.CharField(_("file name"), max_length=200)
    format = models.CharField(_("format"), max_length=5, choices=Format.choices)
    file = models.FileField(_("file"), upload_to="exports/%Y/%m", max_length=300, blank=True)
    size = models.PositiveBigIntegerField(_("size"), default=0)
    rows = models.PositiveIntegerField(_("rows"), default=0)
    checksum = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    expires_at = models.DateTimeField(_("kept until"))

    class Meta:
        verbose_name = _("export file")
        verbose_name_plural = _("export files")
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["run", "name"], name="export_file_once")]

    def __str__(self) -> str:
        return self.name
