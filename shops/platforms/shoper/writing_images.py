"""Makes products show their pictures: what is missing is created, what is too much deleted, text and order follow (M7)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from django.utils.translation import gettext as _

from backoffice.lib.errors import KontorError, Refused
from shops.platforms.base import Result
from shops.platforms.shoper.client import Call, Client
from shops.platforms.shoper.finding import Finder
from shops.platforms.shoper.mapping import values
from shops.platforms.shoper.mapping.values import Payload
from shops.platforms.shoper.reading import Reader
from shops.platforms.shoper.sending import failed, new_id
from shops.platforms.shoper.setup import Setup
from shops.records import ImageRecord, ImageSetRecord


@dataclass(slots=True)
class _Job:
    """One product's set on its way. ids: of the wanted pictures in their order, "" = still to be created."""

    record: ImageSetRecord
    ids: list[str]
    surplus: list[str]
    error: KontorError | None = None
    made: set[str] = field(default_factory=set)


class ImageWriter:
    """Four requests for a group: what is there, create and delete, text and order, what is there now."""

    def __init__(self, client: Client, setup: Setup, reader: Reader, finder: Finder) -> None:
        self.client = client
        self.setup = setup
        self.reader = reader
        self.finder = finder

    def write(self, records: Sequence[ImageSetRecord]) -> list[Result]:
        products = [record.remote_id for record in records if not record.parent_id]
        there = self.finder.picture_rows(products)
        jobs = [self._job(record, there.get(record.remote_id, [])) for record in records]
        self._create_and_delete(jobs)
        if any(job.made or job.surplus for job in jobs):
            there = self.finder.picture_rows(products)
        if self._arrange(jobs, there):
            there = self.finder.picture_rows(products)
        return [self._result(job, there.get(job.record.remote_id, [])) for job in jobs]

    @staticmethod
    def _job(record: ImageSetRecord, rows: Sequence[Payload]) -> _Job:
        present = [values.own_id(row, "gfx_id") for row in rows]
        wanted = [image.remote_id for image in record.images]
        job = _Job(record, wanted, [one for one in present if one not in wanted])
        if record.parent_id:
            job.surplus = []
            job.error = Refused(
                _("In Shoper the pictures belong to the product; its variants show them too."),
                cure=_("Give the picture to the parent article."),
                key="variant_picture",
            )
        elif lost := [one for one in wanted if one and one not in present]:
            job.surplus = []
            job.error = Refused(
                _("A picture of this article is no longer in the shop."),
                cure=_("Read the images of the shop again."),
                detail=f"gfx {lost}",
                key="picture_gone",
            )
        return job

    def _create_and_delete(self, jobs: Sequence[_Job]) -> None:
        """What shall go goes last: an article is never without a picture meanwhile."""
        todo: list[tuple[_Job, int | str, Call]] = []
        for job in jobs:
            if job.error is None:
                todo += [
                    (job, place, self._creation(job.record, image))
                    for place, image in enumerate(job.record.images)
                    if not image.remote_id
                ]
        for job in jobs:
            todo += [(job, number, Call("DELETE", f"product-images/{number}")) for number in job.surplus]
        bodies = self.client.bulks([call for _job, _what, call in todo])
        for (job, what, _call), body in zip(todo, bodies, strict=True):
            if isinstance(body, KontorError):
                gone = isinstance(what, str) and isinstance(body, Refused) and "gone" in body.data
                job.error = job.error or (None if gone else body)
            elif isinstance(what, int):
                job.ids[what] = new_id(body)
                job.made.add(job.ids[what])

    def _creation(self, record: ImageSetRecord, image: ImageRecord) -> Call:
        """Named by its file, by which it is known again should the answer never come; its text follows."""
        body = {
            "product_id": int(record.remote_id),
            "url": image.url,
            "hidden": False,
            "translations": {self.setup.locale: {"name": image.name or ""}},
        }
        return Call("POST", "product-images", body)

    def _arrange(self, jobs: Sequence[_Job], there: Mapping[str, Sequence[Payload]]) -> bool:
        """Text and order of what differs; whether anything was sent."""
        sent: list[tuple[_Job, Call]] = []
        for job in jobs:
            rows = {values.own_id(row, "gfx_id"): row for row in there.get(job.record.remote_id, ())}
            for place, (number, image) in enumerate(zip(job.ids, job.record.images, strict=True)):
                if (
                    job.error is None
                    and number in rows
                    and (body := self._changes(rows[number], image, place))
                ):
                    sent.append((job, Call("PUT", f"product-images/{int(number)}", body)))
        bodies = self.client.bulks([call for _job, call in sent])
        for (job, _call), body in zip(sent, bodies, strict=True):
            if isinstance(body, KontorError):
                job.error = job.error or body
        return bool(sent)

    def _changes(self, row: Payload, image: ImageRecord, place: int) -> dict[str, Any]:
        shown = cast(ImageRecord, self.reader.image(row))
        body: dict[str, Any] = {}
        if image.alt is not None and image.alt != shown.alt:
            # Without a text the shop shows the file's name, as it does for pictures of its own.
            body["translations"] = {self.setup.locale: {"name": image.alt or shown.name}}
        if shown.position != place:
            body["order"] = place + 1
        return body

    def _result(self, job: _Job, rows: Sequence[Payload]) -> Result:
        shown = [cast(ImageRecord, self.reader.image(row)) for row in rows]
        carried = tuple(shown)
        if job.error is not None:
            result = failed(job.record, job.error)
            return Result(remote_id=result.remote_id, error=result.error, carried=carried)
        if [image.remote_id for image in shown] != job.ids:
            error = Refused(
                _("The shop keeps its own order of the pictures."),
                cure=_("Put them in order on the product in Shoper's panel."),
                key="image_order",
            )
            return Result(remote_id=job.record.remote_id, error=error, carried=carried)
        return Result(remote_id=job.record.remote_id, carried=carried)
