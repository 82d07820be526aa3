"""Pictures and documents in the article's form."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline
from unfold.decorators import display

from inventory.admin.displays import thumbnail
from inventory.admin.forms import ArticleImageForm
from inventory.models import ArticleImage, Attachment


class ImageInline(TabularInline):
    model = ArticleImage
    form = ArticleImageForm
    fields = ["preview", "file", "alt", "position"]
    readonly_fields = ["preview"]
    extra = 0
    tab = True
    ordering_field = "position"
    hide_ordering_field = True

    @display(description=_("picture"))
    def preview(self, image: ArticleImage) -> str:
        return thumbnail(image.checksum, 80)


class AttachmentInline(TabularInline):
    model = Attachment
    fields = ["file", "name", "language"]
    extra = 0
    tab = True
