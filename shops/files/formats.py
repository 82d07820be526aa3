"""All formats of files by name: what each holds, for which export, and who writes it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.lib.errors import Unsupported
from shops.elements import Text
from shops.files import schema
from shops.files.feeds import rows as feed_rows
from shops.files.feeds.google import GoogleProducts
from shops.files.feeds.heureka import HeurekaAvailability, HeurekaProducts
from shops.files.feeds.pohoda import PohodaStock
from shops.files.feeds.shoptet import ShoptetProducts, ShoptetStock
from shops.files.rows import Section, sections_of
from shops.files.writers import CsvWriter, Writer, XlsxWriter, XmlWriter
from shops.models import Run, Shop

_JOB = Run.Job


@dataclass(frozen=True, slots=True)
class Format:
    """One kind of file. job: the export that writes it. name: how a new feed of it is called."""

    key: str
    label: Text
    job: str
    name: str
    writer: type[Writer]
    sections: Callable[[Shop], list[Section]]

    @property
    def extension(self) -> str:
        return self.writer.extension


def _whole(job: str) -> Callable[[Shop], list[Section]]:
    return lambda shop: sections_of(job, shop)


def _articles_alone(shop: Shop) -> list[Section]:
    """A CSV file holds one section, and a feed is one file."""
    return [section for section in sections_of(_JOB.EXPORT_ALL, shop) if section.sheet is schema.ARTICLES]


def _only(section: Section) -> Callable[[Shop], list[Section]]:
    return lambda _shop: [section]


FORMATS: Final[dict[str, Format]] = {
    spec.key: spec
    for spec in (
        Format("kontor_xml", gettext_lazy("Kontor XML: everything"), _JOB.EXPORT_ALL, "catalogue.xml", XmlWriter, _whole(_JOB.EXPORT_ALL)),
        Format("kontor_csv", gettext_lazy("Kontor CSV: articles"), _JOB.EXPORT_ALL, "articles.csv", CsvWriter, _articles_alone),
        Format("kontor_xlsx", gettext_lazy("Excel: everything"), _JOB.EXPORT_ALL, "catalogue.xlsx", XlsxWriter, _whole(_JOB.EXPORT_ALL)),
        Format("heureka_products", gettext_lazy("Heureka: products"), _JOB.EXPORT_ALL, "heureka.xml", HeurekaProducts, _only(feed_rows.ITEMS)),
        Format("google_products", gettext_lazy("Google Merchant: products"), _JOB.EXPORT_ALL, "google.xml", GoogleProducts, _only(feed_rows.ITEMS)),
        Format("shoptet_products", gettext_lazy("Shoptet: products"), _JOB.EXPORT_ALL, "shoptet.xml", ShoptetProducts, _only(feed_rows.PRODUCTS)),
        Format("kontor_xml_stock", gettext_lazy("Kontor XML: stock"), _JOB.EXPORT_STOCK, "stock.xml", XmlWriter, _whole(_JOB.EXPORT_STOCK)),
        Format("kontor_csv_stock", gettext_lazy("Kontor CSV: stock"), _JOB.EXPORT_STOCK, "stock.csv", CsvWriter, _whole(_JOB.EXPORT_STOCK)),
        Format("heureka_availability", gettext_lazy("Heureka: availability"), _JOB.EXPORT_STOCK, "heureka-availability.xml", HeurekaAvailability, _only(feed_rows.STOCK_ITEMS)),
        Format("shoptet_stock", gettext_lazy("Shoptet: stock"), _JOB.EXPORT_STOCK, "shoptet-stock.xml", ShoptetStock, _only(feed_rows.STOCK_PRODUCTS)),
        Format("pohoda_stock", gettext_lazy("POHODA: stock cards"), _JOB.EXPORT_STOCK, "pohoda-stock.xml", PohodaStock, _only(feed_rows.STOCK_ITEMS)),
        Format("kontor_xml_statuses", gettext_lazy("Kontor XML: order statuses"), _JOB.EXPORT_STATUSES, "order-statuses.xml", XmlWriter, _whole(_JOB.EXPORT_STATUSES)),
        Format("kontor_csv_statuses", gettext_lazy("Kontor CSV: order statuses"), _JOB.EXPORT_STATUSES, "order-statuses.csv", CsvWriter, _whole(_JOB.EXPORT_STATUSES)),
    )
}  # fmt: skip


def format_of(key: str) -> Format:
    """Raises Unsupported when there is no such format (any more)."""
    try:
        return FORMATS[key]
    except KeyError:
        raise Unsupported(
            _("There is no file format “%(key)s”.") % {"key": key},
            cure=_("Choose another format on the page Files of the shop."),
            key=f"format:{key}",
        ) from None


def formats_of(job: str) -> list[Format]:
    return [spec for spec in FORMATS.values() if spec.job == job]
