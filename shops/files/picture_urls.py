"""Where others can fetch the pictures of articles: from the shop's own server where they are mirrored, else from Kontor."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from inventory.models import ArticleImage
from shops import elements
from shops.models import MirrorFile, Shop
from shops.sync.local.images import public_url


def picture_urls(shop: Shop, base: str, images: Sequence[ArticleImage]) -> dict[int, str]:
    """{picture's id: address}, in one query at most. base: the web address of the mirror's folder, "" = there is none."""
    mirrored: dict[int, str] = {}
    if base:
        rows = MirrorFile.objects.there().filter(
            shop=shop, kind=elements.IMAGE, source_id__in=[image.pk for image in images]
        )
        mirrored = dict(rows.values_list("source_id", "path"))
    return {
        image.pk: f"{base}/{quote(mirrored[image.pk])}" if image.pk in mirrored else public_url(image)
        for image in images
        if image.pk in mirrored or image.checksum
    }
