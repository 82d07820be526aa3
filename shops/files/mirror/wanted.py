"""What shall lie on the server: read in chunks from our articles into the manifest (MirrorFile)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Final

from django.db.models import F, QuerySet, Window
from django.db.models.functions import RowNumber

from inventory.models import ArticleImage, Attachment
from shops import elements
from shops.files.article_rows import articles_for_shop
from shops.files.mirror.names import other_path, path_of
from shops.files.mirror.settings import MirrorSettings
from shops.models import MirrorFile, Run, Shop

CHUNK: Final = 1000
_SUFFIX: Final = ".bin"


@dataclass(frozen=True, slots=True)
class Wanted:
    """print: of the content and what is done to it on the way."""

    path: str
    source_id: int
    sku: str
    print: str

    @property
    def key(self) -> str:
        return self.path.casefold()


def sources(shop: Shop, kind: str) -> QuerySet[Any]:
    """The images or documents of the articles that the shop shows."""
    articles = articles_for_shop(shop).filter(active=True).order_by().values("pk")
    if kind == elements.ATTACHMENT:
        return Attachment.objects.filter(article__in=articles).exclude(file="")
    return ArticleImage.objects.filter(article__in=articles).exclude(file="")


def wanted_chunk(
    shop: Shop, kind: str, settings: MirrorSettings, after: int
) -> tuple[list[Wanted], int | None]:
    """(the files of the next CHUNK sources, the last source's id or None when there are no more)."""
    rows = sources(shop, kind).filter(pk__gt=after).order_by("pk")[:CHUNK]
    found = list(_documents(rows, settings) if kind == elements.ATTACHMENT else _images(rows, settings))
    return found, (found[-1].source_id if len(found) == CHUNK else None)


def _images(rows: QuerySet[ArticleImage], settings: MirrorSettings) -> Iterator[Wanted]:
    values = list(
        rows.values_list("pk", "article_id", "article__sku", "article__ean", "name", "file", "checksum")
    )
    places = _places({article for _pk, article, *_rest in values})
    for pk, _article, sku, ean, name, file, checksum in values:
        mark = checksum or f"file:{file}"[-60:]
        path = path_of(
            settings.image_folder,
            settings.image_name,
            {
                "sku": sku,
                "ean": ean,
                "id": str(_article),
                "position": str(places[pk]),
                "name": PurePosixPath(name or file).stem,
                "checksum": checksum[:12],
            },
            PurePosixPath(file).suffix.lower() or _SUFFIX,
        )
        yield Wanted(path, pk, sku, f"{mark}:{settings.pixels}" if settings.pixels else mark)


def _places(article_ids: set[int]) -> dict[int, int]:
    """{image's id: its place in the row of its article's images, from 1}, whatever numbers staff typed."""
    ranked = ArticleImage.objects.filter(article__in=article_ids).exclude(file="")
    place = Window(RowNumber(), partition_by=F("article_id"), order_by=[F("position").asc(), F("pk").asc()])
    return dict(ranked.annotate(place=place).values_list("pk", "place"))


def _documents(rows: QuerySet[Attachment], settings: MirrorSettings) -> Iterator[Wanted]:
    values = rows.values_list(
        "pk", "article_id", "article__sku", "article__ean", "name", "language", "file", "checksum"
    )
    for pk, article, sku, ean, name, language, file, checksum in values:
        suffix = PurePosixPath(file).suffix.lower() or _SUFFIX
        path = path_of(
            settings.document_folder,
            settings.document_name,
            {
                "sku": sku,
                "ean": ean,
                "id": str(article),
                "name": name[: -len(suffix)] if name.lower().endswith(suffix) else name,
                "language": language,
                "checksum": checksum[:12],
            },
            suffix,
        )
        yield Wanted(path, pk, sku, checksum or f"file:{file}"[-60:])


def note_wanted(run: Run, kind: str, chunk: Sequence[Wanted]) -> None:
    """Write the chunk into the manifest. Of two files with one name the second gets another, always the same one."""
    if not chunk:
        return
    known = _known(run, chunk)
    taken = {key for key, row in known.items() if row.seen_run == run.pk}
    same: list[int] = []
    changed: dict[str, MirrorFile] = {}
    for one in chunk:
        key, path = one.key, one.path
        holder = changed.get(key) or (known.get(key) if key in taken else None)
        if holder is not None and (holder.kind, holder.source_id) != (kind, one.source_id):
            path = other_path(one.path, kind, one.source_id)
            key = path.casefold()
            holder = None
        row = holder or (known.get(key) if path == one.path else _row(run, key))
        if row is not None and _is_as_it_was(row, path, kind, one):
            same.append(row.pk)
            taken.add(key)
            row.seen_run = run.pk
            continue
        row = row or MirrorFile(shop=run.shop, path_key=key)
        if row.wanted != one.print:
            row.problem = ""
        if row.path not in ("", path) and row.sent:
            row.sent = (
                MirrorFile.UNKNOWN
            )  # only the case of a letter changed: servers differ in what they make of it
        row.path, row.folder = path, path.rpartition("/")[0]
        row.kind, row.source_id, row.sku = kind, one.source_id, one.sku
        row.wanted, row.seen_run = one.print, run.pk
        changed[key] = row
    MirrorFile.objects.filter(pk__in=same).update(seen_run=run.pk)
    _upsert(list(changed.values()))


def _known(run: Run, chunk: Sequence[Wanted]) -> Mapping[str, MirrorFile]:
    keys = [one.key for one in chunk]
    return {row.path_key: row for row in MirrorFile.objects.filter(shop=run.shop, path_key__in=keys)}


def _row(run: Run, key: str) -> MirrorFile | None:
    return MirrorFile.objects.filter(shop=run.shop, path_key=key).first()


def _is_as_it_was(row: MirrorFile, path: str, kind: str, one: Wanted) -> bool:
    return (row.path, row.kind, row.source_id, row.wanted, row.sku) == (
        path,
        kind,
        one.source_id,
        one.print,
        one.sku,
    )


def _upsert(rows: list[MirrorFile]) -> None:
    MirrorFile.objects.bulk_create([row for row in rows if row.pk is None], batch_size=500)
    MirrorFile.objects.bulk_create(
        [row for row in rows if row.pk is not None],
        batch_size=500,
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=["path", "folder", "kind", "source_id", "sku", "wanted", "sent", "seen_run", "problem"],
    )


def forget_unwanted(run: Run, kind: str) -> None:
    """After the last chunk: what this run did not want shall not lie there; what never did is forgotten."""
    rest = MirrorFile.objects.filter(shop=run.shop, kind=kind).exclude(seen_run=run.pk)
    rest.filter(sent="").delete()
    rest.exclude(wanted="").update(wanted="")
    # What could not be sent last time is tried again.
    MirrorFile.objects.filter(shop=run.shop, kind=kind).exclude(wanted="").exclude(problem="").update(
        problem=""
    )
