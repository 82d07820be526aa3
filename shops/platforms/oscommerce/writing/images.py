"""Pictures into the shop: the first is the one of lists, all of them together are the gallery when there are several.

The gallery is shown instead of the first picture as soon as it has rows, so the first one is in both (oscommerce.md, 4).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _

from backoffice.lib.errors import KontorError, Refused
from shops.platforms.base import Result
from shops.platforms.oscommerce.finding import numbers
from shops.platforms.oscommerce.gateway import Call, Row
from shops.platforms.oscommerce.mapping import values
from shops.platforms.oscommerce.reading import Reader
from shops.platforms.oscommerce.setup import Setup
from shops.platforms.oscommerce.writing.articles import OWN_FOLDER, drop_unused
from shops.platforms.oscommerce.writing.fits import Fits
from shops.platforms.oscommerce.writing.prices import gone
from shops.records import ImageRecord, ImageSetRecord

_KINDS: Final = ("jpg", "jpeg", "png", "gif", "webp")
_LONGEST_NAME: Final = 50  # with the folder it fits into varchar(64), and into what the bridge file takes


@dataclass(frozen=True, slots=True)
class Gallery:
    """The rows that a product has now: {file: id}, in their order; main: the picture of lists."""

    main: str
    rows: dict[str, int]


class ImageWriter:
    def __init__(self, setup: Setup, reader: Reader) -> None:
        self.setup = setup
        self.reader = reader
        self.fits = Fits(setup)

    def write(self, sets: Sequence[ImageSetRecord]) -> list[Result]:
        ids = numbers(record.remote_id for record in sets)
        gateway = self.setup.gateway
        mains, rows = gateway.run([Call("images.of", {"ids": ids}), Call("gallery.rows", {"ids": ids})])
        before = self._galleries(mains.rows, rows.rows)
        results: dict[int, Result] = {}
        wanted: dict[int, list[str]] = {}
        for position, (pk, record) in enumerate(zip(ids, sets, strict=True)):
            try:
                if pk not in before:
                    raise gone()
                wanted[pk] = [self._file(image) for image in record.images]
            except KontorError as error:
                if not isinstance(error, Refused):
                    raise
                results[position] = Result(remote_id=record.remote_id, error=error)
        if wanted:
            gateway.run(self._calls(wanted, before))
            dropped = {
                name
                for pk, names in wanted.items()
                for name in (before[pk].main, *before[pk].rows)
                if name not in names
            }
            drop_unused(self.setup, sorted(dropped))
        return self._answers(sets, ids, results)

    @staticmethod
    def _galleries(mains: Sequence[Row], rows: Sequence[Row]) -> dict[int, Gallery]:
        found = {values.number(row, "id"): Gallery(values.text(row, "image"), {}) for row in mains}
        for row in rows:
            gallery = found.get(values.number(row, "id"))
            if gallery is not None:
                gallery.rows.setdefault(values.text(row, "image"), values.number(row, "entry"))
        return found

    def _file(self, image: ImageRecord) -> str:
        """The name of the file in the shop; a new one is put there first."""
        if image.remote_id:
            return image.remote_id.partition(":")[2]
        files = self.setup.plain.files
        if files is None:
            raise Refused(
                _("Picture files cannot be brought into the shop through its database."),
                cure=_("Put the bridge file into the shop and choose it on the Connection page."),
                key="no_files",
            )
        name = file_name(image)
        files.put(name, self.setup.connection.picture(image.url))
        return name

    def _calls(self, wanted: dict[int, list[str]], before: dict[int, Gallery]) -> list[Call]:
        """New rows first, then the old ones go."""
        add: list[tuple[int, str, str, int]] = []
        places: list[tuple[int, int]] = []
        remove: list[int] = []
        for pk, names in wanted.items():
            shown = names if len(names) > 1 else []
            known = before[pk].rows
            for place, name in enumerate(shown, start=1):
                if name in known:
                    places.append((known[name], place))
                else:
                    add.append((pk, "", name, place))
            remove += [entry for name, entry in known.items() if name not in shown]
        mains = [(pk, names[0] if names else "") for pk, names in wanted.items()]
        calls = [Call("products.picture", {"ids": list(wanted), "images": mains})]
        if add:
            calls.append(Call("gallery.add", {"rows": add}))
        if places:
            calls.append(
                Call("gallery.place", {"rows": [entry for entry, _place in places], "places": places})
            )
        if remove:
            calls.append(Call("gallery.remove", {"rows": remove}))
        return calls

    def _answers(
        self, sets: Sequence[ImageSetRecord], ids: list[int], results: dict[int, Result]
    ) -> list[Result]:
        open_ids = [pk for position, pk in enumerate(ids) if position not in results]
        page = self.reader.products("image", "of", ids=open_ids)
        shown: dict[str, list[ImageRecord]] = {}
        for image in page.records:
            assert isinstance(image, ImageRecord)
            shown.setdefault(image.article_id, []).append(image)
        for position, record in enumerate(sets):
            if position not in results:
                images = tuple(shown.get(record.remote_id, ()))
                seen = ImageSetRecord(remote_id=record.remote_id, images=images)
                results[position] = Result(record.remote_id, seen, carried=images)
        return [results[position] for position in range(len(sets))]


def file_name(image: ImageRecord) -> str:
    """A name of our own, in a folder of our own: the shop's panel overwrites files of other products (oscommerce.md, 9.10)."""
    source = image.name or image.url.partition("?")[0].rpartition("/")[2]
    stem, _dot, suffix = source.lower().rpartition(".")
    if suffix not in _KINDS:
        raise Refused(
            _("osCommerce shows no pictures of the kind “%(kind)s”.") % {"kind": suffix[:10]},
            cure=_("Save the picture as JPG, PNG or WebP and add it to the article again."),
            key="image_kind",
        )
    plain = re.sub(r"[^a-z0-9]+", "-", stem).strip("-") or "picture"
    # The end of the name holds what tells one file from another.
    return f"{OWN_FOLDER}{plain[-(_LONGEST_NAME - len(suffix) - 1) :].strip('-')}.{suffix}"
