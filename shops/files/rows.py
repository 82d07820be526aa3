"""What export files say: for a job, its sections, each counted and read in chunks.

The same data that the job would send to the web (E5), and beside it how each element is linked. Nothing is asked of
the shop. Each chunk costs a fixed number of queries and is forgotten before the next one: memory does not grow.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Model, QuerySet
from django.utils import timezone

from inventory.models import ArticleImage, Category, Company, PriceList, Producer, Unit, VatRate
from orders.models import Order
from shops import elements
from shops.files import schema
from shops.files.article_rows import articles_for_shop, describe_articles, describe_stock, stock_for_shop
from shops.files.category_paths import category_paths, parent_path, path_text
from shops.files.feeds.settings import FeedSettings
from shops.files.links import Link, links_of
from shops.files.schema import FileMeta, Sheet
from shops.models import RemoteElement, Run, Shop

Row = dict[str, Any]
CHUNK = 1000


@dataclass(frozen=True, slots=True)
class Section:
    """rows: what the section lists, in the order of the ids. describe: the rows of at most CHUNK ids, in any order.

    before: is called once at the beginning of a reading; its result goes to each `describe`.
    """

    sheet: Sheet
    rows: Callable[[Shop], QuerySet[Any]]
    describe: Callable[[Shop, Collection[int], Any], Mapping[int, Row]]
    before: Callable[[], Any] = lambda: None

    def count(self, shop: Shop) -> int:
        return self.rows(shop).count()

    def chunks(self, shop: Shop, size: int = CHUNK) -> Iterator[list[Row]]:
        """All rows, at most `size` at a time, each chunk read from the last id on: no row twice, whatever is added."""
        prepared = self.before()
        ids = self.rows(shop).order_by("pk").values_list("pk", flat=True)
        last = 0
        while chunk := list(ids.filter(pk__gt=last)[:size]):
            described = self.describe(shop, chunk, prepared)
            yield [
                described[pk] for pk in chunk if pk in described
            ]  # absent: deleted between the two queries
            last = chunk[-1]


def sections_of(job: str, shop: Shop) -> list[Section]:
    """The sections of an export job's file. Raises ValueError for a job that has no file."""
    if job == Run.Job.EXPORT_ALL:
        found = [_UNITS, _CATEGORIES, _PRODUCERS, _VAT_RATES, _ARTICLES]
        # As to the web: images go along where "transfer files by FTP" is ticked (E3).
        return [*found, _IMAGES] if shop.transfer_files else found
    if job == Run.Job.EXPORT_STOCK:
        return [_STOCK]
    if job == Run.Job.EXPORT_STATUSES:
        return [_ORDER_STATUSES]
    raise ValueError(f"{job} cannot be stored in a file")


def file_meta(run: Run) -> FileMeta:
    """The head of a file that is begun now. Currency and net or gross as the shop says, else as its price list is."""
    shop, company = run.shop, Company.load()
    price_list: PriceList | None = shop.price_list if run.job == Run.Job.EXPORT_ALL else None
    return FileMeta(
        shop=shop.code,
        job=run.job,
        generated_at=timezone.now(),
        language=shop.language or company.language,
        currency=price_list.currency if price_list else "",
        prices_include_vat=bool(shop.facts.get("prices_gross", price_list.gross)) if price_list else None,
        feed=FeedSettings.of(shop),
    )


def _describe_dictionary(model: type[Model], kind: str, *fields: str) -> Callable[..., dict[int, Row]]:
    def describe(shop: Shop, ids: Collection[int], _prepared: None) -> dict[int, Row]:
        links = links_of(shop, kind, ids)
        rows = model._default_manager.filter(pk__in=ids).values("pk", *fields)
        return {row["pk"]: {**row, **links.get(row["pk"], Link()).cells()} for row in rows}

    return describe


def _describe_categories(
    shop: Shop, ids: Collection[int], paths: Mapping[int, tuple[str, ...]]
) -> dict[int, Row]:
    links = links_of(shop, elements.CATEGORY, ids)
    rows = Category.objects.without_tree_fields().filter(pk__in=ids).values_list("pk", "name", "description")
    return {
        pk: {
            "path": path_text(paths.get(pk, (name,))),
            "name": name,
            "parent_path": parent_path(paths.get(pk, (name,))),
            "description": description,
            **links.get(pk, Link()).cells(),
        }
        for pk, name, description in rows
    }


def _describe_images(shop: Shop, ids: Collection[int], _prepared: None) -> dict[int, Row]:
    links = links_of(shop, elements.IMAGE, ids)
    rows = ArticleImage.objects.filter(pk__in=ids).values_list(
        "pk", "article__sku", "position", "name", "file", "alt", "checksum"
    )
    return {
        pk: {
            "sku": sku,
            "position": position,
            "name": name or file.rpartition("/")[2],
            "alt": alt,
            "sha256": checksum or None,
            **links.get(pk, Link()).cells(),
        }
        for pk, sku, position, name, file, alt, checksum in rows
    }


def _status_links(shop: Shop) -> tuple[dict[int, str], dict[str, str]]:
    """({our status id: the shop's name of it}, {the shop's status id: its name}): a few dozen at most."""
    found = list(
        RemoteElement.objects.of(shop, elements.ORDER_STATUS).values_list("local_id", "remote_id", "name")
    )
    ours = {local: name or remote for local, remote, name in found if local is not None}
    return ours, {remote: name or remote for _local, remote, name in found}


def _describe_order_statuses(shop: Shop, ids: Collection[int], _prepared: None) -> dict[int, Row]:
    for_shop, in_shop = _status_links(shop)
    links = {
        local: (remote, content.get("status_id"), sent_at)
        for local, remote, content, sent_at in RemoteElement.objects.of(shop, elements.ORDER)
        .filter(local_id__in=ids)
        .values_list("local_id", "remote_id", "content", "sent_at")
    }
    rows = Order.objects.filter(pk__in=ids).values_list(
        "pk", "number", "source_number", "source_id", "placed_at", "status_id", "status__name"
    )
    described = {}
    for pk, number, shop_number, source_id, placed_at, status_id, status in rows:
        remote_id, shop_status, sent_at = links.get(pk, (source_id, None, None))
        described[pk] = {
            "number": number,
            "shop_number": shop_number,
            "placed_at": placed_at,
            "status": status,
            "status_for_shop": for_shop.get(status_id),
            "status_in_shop": in_shop.get(shop_status, shop_status),
            "last_sent_at": sent_at,
            "remote_id": remote_id or None,
        }
    return described


def _images_for_shop(shop: Shop) -> QuerySet[ArticleImage]:
    return ArticleImage.objects.filter(article__in=articles_for_shop(shop).order_by().values("pk"))


_UNITS = Section(
    schema.UNITS,
    lambda shop: Unit.objects.all(),
    _describe_dictionary(Unit, elements.UNIT, "name", "symbol"),
)
_CATEGORIES = Section(
    schema.CATEGORIES,
    lambda shop: Category.objects.without_tree_fields(),
    _describe_categories,
    before=category_paths,
)
_PRODUCERS = Section(
    schema.PRODUCERS,
    lambda shop: Producer.objects.all(),
    _describe_dictionary(Producer, elements.PRODUCER, "name"),
)
_VAT_RATES = Section(
    schema.VAT_RATES,
    lambda shop: VatRate.objects.all(),
    _describe_dictionary(VatRate, elements.VAT_RATE, "country", "percent", "name", "kind"),
)
_ARTICLES = Section(schema.ARTICLES, articles_for_shop, describe_articles, before=category_paths)
_IMAGES = Section(schema.IMAGES, _images_for_shop, _describe_images)
_STOCK = Section(schema.STOCK, stock_for_shop, describe_stock)
_ORDER_STATUSES = Section(
    schema.ORDER_STATUSES,
    lambda shop: Order.objects.filter(source=shop.code),
    _describe_order_statuses,
)
