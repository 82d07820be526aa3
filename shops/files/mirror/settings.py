"""What staff choose for the mirror of a shop: what goes there, under which names, and what becomes of the rest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.lib.errors import Conflict, KontorError
from backoffice.lib.transfer.paths import clean_path
from shops import elements
from shops.files.mirror.names import DOCUMENT_PLACEHOLDERS, IMAGE_PLACEHOLDERS, placeholders
from shops.models import Shop
from shops.platforms.base import Field
from shops.platforms.transfer import connections_of

DELETE, KEEP = "delete", "keep"
RENAME, ANEW = "rename", "anew"
LEAVE, REPLACE = "leave", "replace"
_YES_NO: Final = (("yes", gettext_lazy("Yes")), ("no", gettext_lazy("No")))
_LARGEST_PIXELS: Final = 10_000

# Kept in Shop.options; edited on the page Files of the shop.
FIELDS: Final[tuple[Field, ...]] = (
    Field("mirror_images", gettext_lazy("Send images"), required=False, choices=_YES_NO, default="yes"),
    Field(
        "image_folder",
        gettext_lazy("Folder for images"),
        gettext_lazy("Below the folder of the server."),
        required=False,
        default="images",
    ),
    Field(
        "image_name",
        gettext_lazy("Names of images"),
        gettext_lazy(
            "From {sku}, {ean}, {id}, {position}, {name} and {checksum}; with “/” for folders. {sku}-{position} gives "
            "MUG-1.jpg for the first image of the article MUG."
        ),
        required=False,
        default="{sku}-{position}",
    ),
    Field(
        "image_pixels",
        gettext_lazy("Longer side in pixels, at most"),
        gettext_lazy("Larger images are sent smaller. Empty = as they are."),
        required=False,
    ),
    Field("mirror_documents", gettext_lazy("Send documents"), required=False, choices=_YES_NO, default="yes"),
    Field(
        "document_folder",
        gettext_lazy("Folder for documents"),
        gettext_lazy("Below the folder of the server."),
        required=False,
        default="documents",
    ),
    Field(
        "document_name",
        gettext_lazy("Names of documents"),
        gettext_lazy("From {sku}, {ean}, {id}, {name}, {language} and {checksum}."),
        required=False,
        default="{sku}-{name}",
    ),
    Field(
        "mirror_gone",
        gettext_lazy("What is no longer wanted there"),
        gettext_lazy(
            "Only files that Kontor has sent are ever deleted. Many at once are held until somebody releases them."
        ),
        required=False,
        choices=((DELETE, gettext_lazy("Delete it on the server")), (KEEP, gettext_lazy("Leave it there"))),
        default=DELETE,
    ),
    Field(
        "mirror_renamed",
        gettext_lazy("What only changes its name"),
        required=False,
        choices=(
            (RENAME, gettext_lazy("Rename it on the server")),
            (ANEW, gettext_lazy("Send it anew, then treat the old one as no longer wanted")),
        ),
        default=RENAME,
    ),
    Field(
        "mirror_foreign",
        gettext_lazy("A file of another hand that has the same name"),
        required=False,
        choices=(
            (LEAVE, gettext_lazy("Leave it and say so")),
            (REPLACE, gettext_lazy("Replace it")),
        ),
        default=LEAVE,
    ),
)


@dataclass(frozen=True, slots=True)
class MirrorSettings:
    """pixels 0 = images as they are. kinds: the element types that are mirrored."""

    kinds: tuple[str, ...] = (elements.IMAGE, elements.ATTACHMENT)
    image_folder: str = "images"
    image_name: str = "{sku}-{position}"
    document_folder: str = "documents"
    document_name: str = "{sku}-{name}"
    pixels: int = 0
    delete_gone: bool = True
    rename: bool = True
    replace_foreign: bool = False
    connections: int = 2

    @classmethod
    def of(cls, shop: Shop) -> MirrorSettings:
        return parse(shop.options)


def parse(options: Mapping[str, object]) -> MirrorSettings:
    """Raises Conflict with the field's name in `key` for what cannot be meant."""
    values = {spec.name: str(options.get(spec.name) or spec.default or "").strip() for spec in FIELDS}
    kinds = [
        kind
        for name, kind in (("mirror_images", elements.IMAGE), ("mirror_documents", elements.ATTACHMENT))
        if values[name] != "no"
    ]
    return MirrorSettings(
        kinds=tuple(kinds),
        image_folder=_folder(values["image_folder"], "image_folder"),
        image_name=_pattern(values["image_name"], "image_name", IMAGE_PLACEHOLDERS),
        document_folder=_folder(values["document_folder"], "document_folder"),
        document_name=_pattern(values["document_name"], "document_name", DOCUMENT_PLACEHOLDERS),
        pixels=_pixels(values["image_pixels"]),
        delete_gone=values["mirror_gone"] != KEEP,
        rename=values["mirror_renamed"] != ANEW,
        replace_foreign=values["mirror_foreign"] == REPLACE,
        connections=connections_of(options),
    )


def _refuse(name: str, sentence: str) -> Conflict:
    return Conflict(
        sentence, cure=_("Correct it on the page Files of the shop."), key=f"mirror_setting:{name}"
    )


def _folder(text: str, name: str) -> str:
    folder = text.strip("/")
    try:
        return clean_path(folder) if folder else ""
    except KontorError as error:
        raise _refuse(name, str(error.message)) from error


def _pattern(text: str, name: str, known: frozenset[str]) -> str:
    used = placeholders(text)
    if unknown := used - known:
        raise _refuse(
            name, _("“%(name)s” is nothing that a name can be made of.") % {"name": "{" + min(unknown) + "}"}
        )
    if not used & {"sku", "ean", "id", "checksum"} or not used & {"position", "name", "checksum"}:
        raise _refuse(
            name,
            _(
                "The name “%(pattern)s” would be the same for several files. It needs the article and what tells its files "
                "apart, for example {sku}-{position} or {sku}-{name}."
            )
            % {"pattern": text[:100]},
        )
    try:
        clean_path(text.replace("{", "x").replace("}", "x"))
    except KontorError as error:
        raise _refuse(name, str(error.message)) from error
    return text


def _pixels(text: str) -> int:
    if not text or text == "0":
        return 0
    if not (text.isascii() and text.isdecimal() and 50 <= int(text) <= _LARGEST_PIXELS):
        raise _refuse(
            "image_pixels", _("“%(text)s” is no number of pixels from 50 to 10000.") % {"text": text[:20]}
        )
    return int(text)
