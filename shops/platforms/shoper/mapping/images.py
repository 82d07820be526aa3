"""Pictures of products. The shop's name of a picture is its caption; the file's name is kept beside it (shoper.md, 5)."""

from __future__ import annotations

from shops.platforms.shoper.mapping import values
from shops.platforms.shoper.mapping.values import Payload
from shops.records import ImageRecord


def image(payload: Payload, locale: str, address: str) -> ImageRecord:
    """alt is "" where the caption is only the file's name, which the shop fills in by itself."""
    file_name = values.text(payload, "name")
    caption = values.name(values.words(payload, locale))
    number = values.own_id(payload, "gfx_id")
    return ImageRecord(
        remote_id=number,
        article_id=values.own_id(payload, "product_id"),
        url=f"{address}/userdata/public/gfx/{number}/{file_name}",
        name=file_name,
        alt="" if caption == file_name.strip() else caption,
        position=max(int(values.decimal(payload, "order") or 1) - 1, 0),
    )
