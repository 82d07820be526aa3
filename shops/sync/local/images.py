"""Our side of pictures. They are linked one by one and written article by article."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import Any, cast
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import Max, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from backoffice.lib.errors import KontorError, NotYet, Refused, RemoteError
from inventory.models import Article, ArticleImage
from inventory.services.images import add_image
from shops.models import RemoteElement
from shops.records import ImageRecord, ImageSetRecord, Record
from shops.sync.local.base import Incoming, LocalType

LARGEST_BYTES = 20 * 1024 * 1024


def plain_name(name: str) -> str:
    """A file name as both sides know it: shops add "-1", "-scaled" and the like when a name is taken."""
    stem, _dot, suffix = name.strip().casefold().rpartition(".")
    stem = re.sub(r"(-\d{1,2}|-scaled|-rotated)+$", "", stem or suffix)
    return re.sub(r"[^a-z0-9]+", "-", stem).strip("-")


def public_name(image: ArticleImage) -> str:
    """The file's name as shops get to see it: readable, and unique among the article's pictures by its content."""
    path = image.file.name or ""
    name = image.name or path.rpartition("/")[2]
    suffix = path.rpartition(".")[2].lower()
    return f"{plain_name(name) or 'picture'}-{image.checksum[:6]}.{suffix}"


def public_url(image: ArticleImage) -> str:
    """Where a shop can fetch the file: PUBLIC_URL must be reachable for it."""
    path = reverse("picture", kwargs={"checksum": image.checksum, "name": public_name(image)})
    return f"{settings.PUBLIC_URL.rstrip('/')}{path}"


def picture_file(url: str) -> bytes:
    """The file behind a `public_url`, for shops that are sent the file itself. Raises Refused when it is gone."""
    checksum = urlsplit(url).path.split("/")[-2]
    image = ArticleImage.objects.filter(checksum=checksum).exclude(file="").first()
    if image is None or not image.file.storage.exists(image.file.name or ""):
        raise Refused(
            _("The file of this picture is missing here."),
            cure=_("Add the picture to the article once more."),
            detail=url,
            key="picture_gone",
        )
    with image.file.open("rb") as file:
        return bytes(file.read())


class Images(LocalType):
    """Natural key: the article's id in the shop and the file's name."""

    kind = "image"
    model = ArticleImage

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._files: dict[str, bytes | KontorError] = {}  # by the picture's id in the shop

    def natural_key(self, record: Record) -> str:
        image = cast(ImageRecord, record)
        return f"{image.article_id}/{plain_name(image.name or '')}"[:300]

    def find(self, keys: Collection[str]) -> dict[str, list[int]]:
        remote_ids = {key.partition("/")[0] for key in keys}
        article_of = self.side.article_ids(remote_ids)
        remote_of = {local: remote for remote, local in article_of.items()}
        found: dict[str, list[int]] = {}
        rows = ArticleImage.objects.filter(article__in=remote_of).values_list(
            "pk", "article_id", "name", "file"
        )
        for pk, article, name, file in rows:
            key = f"{remote_of[article]}/{plain_name(name or file.rpartition('/')[2])}"[:300]
            if key in keys:
                found.setdefault(key, []).append(pk)
        return found

    def only_here(self) -> QuerySet[Any]:
        """Pictures of articles that are in the shop."""
        articles = RemoteElement.objects.filter(
            shop=self.shop, kind="article", state=RemoteElement.State.PRESENT, local_id__isnull=False
        )
        return super().only_here().filter(article__in=articles.values("local_id")).exclude(file="")

    def describe(self, ids: Collection[int]) -> dict[int, tuple[str, str]]:
        rows = ArticleImage.objects.filter(pk__in=ids).values_list("pk", "article__sku", "name", "file")
        return {pk: (sku, name or file.rpartition("/")[2]) for pk, sku, name, file in rows}

    def records(self, ids: Collection[int], *, for_create: bool = False) -> dict[int, Record | KontorError]:
        rows = list(ArticleImage.objects.filter(pk__in=ids).exclude(file=""))
        articles = self.side.article_remote_ids({row.article_id for row in rows})
        # Positions are places in the article's own row of pictures, 0 1 2, whatever numbers staff typed.
        places = self._places({row.article_id for row in rows})
        return {
            row.pk: ImageRecord(
                article_id=articles[row.article_id],
                url=public_url(row),
                name=public_name(row) if for_create else None,
                alt=row.alt,
                position=places[row.pk],
            )
            if row.article_id in articles
            else NotYet(
                _("Its article is not in %(shop)s.") % {"shop": self.shop.name}, key="image_without_article"
            )
            for row in rows
        }

    def _places(self, article_ids: Collection[int]) -> dict[int, int]:
        places: dict[int, int] = {}
        last, place = None, 0
        rows = ArticleImage.objects.filter(article__in=article_ids).exclude(file="")
        for pk, article in rows.order_by("article", "position", "pk").values_list("pk", "article_id"):
            place = place + 1 if article == last else 0
            places[pk], last = place, article
        return places

    def prepare(self, items: Sequence[Incoming]) -> None:
        """Fetch the files of new pictures, before any transaction.

        Where they lie is asked now, article by article: what was read earlier does not keep it, and shops move files.
        """
        self._files.clear()  # those of the pieces before are stored by now
        new = [cast(ImageRecord, item.record) for item in items if item.local_id is None]
        if not new:
            return
        articles = {(image.article_id, image.parent_id) for image in new}
        sets = [ImageSetRecord(remote_id=article, parent_id=parent) for article, parent in sorted(articles)]
        shown = {
            image.remote_id: cast(ImageRecord, image).url
            for there in self.side.platform.lookup("image", sets)
            for image in there
        }
        for image in new:
            if url := shown.get(image.remote_id):
                self._files[image.remote_id] = self._fetched(url)

    def _fetched(self, url: str) -> bytes | KontorError:
        try:
            return self.side.platform.fetch(url, max_bytes=LARGEST_BYTES)
        except RemoteError as error:
            return error

    def apply(self, items: Sequence[Incoming]) -> list[int | KontorError]:
        remote_ids = {cast(ImageRecord, item.record).article_id for item in items}
        local_of = self.side.article_ids(remote_ids)
        articles = Article.objects.in_bulk(set(local_of.values()))
        return [
            self._apply_one(item, articles.get(local_of.get(cast(ImageRecord, item.record).article_id, 0)))
            for item in items
        ]

    def _apply_one(self, item: Incoming, article: Article | None) -> int | KontorError:
        record = cast(ImageRecord, item.record)
        if item.local_id is not None:
            values = {
                name: value for name in ("alt", "position") if (value := getattr(record, name)) is not None
            }
            if item.fields is not None:
                values = {name: value for name, value in values.items() if name in item.fields}
            ArticleImage.objects.filter(pk=item.local_id).update(**values)
            return item.local_id
        if article is None:
            return NotYet(
                _("Its article is not linked yet."),
                cure=_("Import or link the article first."),
                key="image_without_article",
            )
        content = self._files.get(record.remote_id)
        if not isinstance(content, bytes):
            return content or NotYet(
                _("The picture has no address in the shop."), key="image_without_address"
            )
        last = ArticleImage.objects.filter(article=article).aggregate(last=Max("position"))["last"]
        try:
            image, created = add_image(
                article,
                content,
                name=(record.name or "")[:200],
                alt=(record.alt or "")[:300],
                position=record.position if record.position is not None else (last or 0) + 1,
            )
        except KontorError as error:
            return error
        if not created and self._is_linked(image.pk):
            return NotYet(
                _("The same picture is here already and linked."),
                cure=_("Delete the double in the shop, or ignore it on the Mappings page."),
                key="image_twice",
            )
        return image.pk

    def _is_linked(self, pk: int) -> bool:
        return RemoteElement.objects.of(self.shop, self.kind).filter(local_id=pk).exists()
