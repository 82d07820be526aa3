"""Heureka: the feed of products and the feed of availability (file-ftp.md, 5; lengths and patterns are Heureka's own)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

from django.utils import timezone
from django.utils.translation import gettext as _
from lxml import etree

from shops.files.cells import number_text
from shops.files.feeds.rows import variant_name
from shops.files.feeds.settings import FeedSettings
from shops.files.feeds.xml import (
    Element,
    XmlFeed,
    add,
    missing_setting,
    money,
    plain_text,
    short_id,
    valid_gtin,
)
from shops.files.writers import Row

ID_LENGTH = 36
MOST_ALTERNATIVES = 10
LONGEST_IMAGE = 255
LONGEST_PAGE = 300
LONGEST_CATEGORY = 255


class HeurekaProducts(XmlFeed):
    root = "SHOP"

    def require(self) -> None:
        if not self.settings.product_url:
            raise missing_setting(
                _("Heureka wants the address of each article's page, and nobody has entered how it looks."),
                _("Enter “Address of an article's page” on the page Files of the shop."),
                "product_url",
            )

    def element(self, row: Row) -> Element | str:
        if why := self._unfit(row):
            return why
        item = etree.Element("SHOPITEM")
        add(item, "ITEM_ID", short_id(row["sku"], ID_LENGTH))
        add(item, "PRODUCTNAME", variant_name(row), 200)
        add(item, "PRODUCT", variant_name(row), 200)
        add(item, "DESCRIPTION", plain_text(row["description"] or row["short_description"], 5000) or None)
        add(item, "URL", row["page"])
        add(item, "IMGURL", row["images"][0])
        more = [url for url in row["images"][1:] if len(url) <= LONGEST_IMAGE]
        for url in more[:MOST_ALTERNATIVES]:
            add(item, "IMGURL_ALTERNATIVE", url)
        add(item, "PRICE_VAT", money(row["sale_gross"] if row["on_sale"] else row["gross"]))
        if row["vat_percent"] is not None:
            add(item, "VAT", number_text(row["vat_percent"]))
        add(item, "MANUFACTURER", row["producer"])
        add(item, "CATEGORYTEXT", self._category(row))
        gtin = valid_gtin(row["ean"])
        add(item, "EAN", gtin if len(gtin) == 13 else None)
        if row["group"]:
            add(item, "ITEMGROUP_ID", short_id(row["group"], ID_LENGTH))
        for name, value in row["options"] or []:
            if name and value:
                param = etree.SubElement(item, "PARAM")
                add(param, "PARAM_NAME", name)
                add(param, "VAL", value)
        add(item, "DELIVERY_DATE", self._days(row))
        for delivery in self.settings.deliveries:
            way = etree.SubElement(item, "DELIVERY")
            add(way, "DELIVERY_ID", delivery.code)
            add(way, "DELIVERY_PRICE", money(delivery.price))
            add(way, "DELIVERY_PRICE_COD", None if delivery.price_cod is None else money(delivery.price_cod))
        return item

    def _unfit(self, row: Row) -> str:
        """Heureka refuses an article without these, so it is not sent at all."""
        if (row["sale_gross"] if row["on_sale"] else row["gross"]) is None:
            return _("no price with VAT")
        if not row["images"] or len(row["images"][0]) > LONGEST_IMAGE:
            return _("no picture")
        if not row["categories"]:
            return _("no category")
        if len(row["page"]) > LONGEST_PAGE:
            return _("the address of its page is too long")
        if self._days(row) is None:
            return _("sold out")
        return ""

    def _days(self, row: Row) -> int | None:
        in_stock = row["stock"] is not None and row["stock"] > 0
        return self.settings.days_in_stock if in_stock else self.settings.days_sold_out

    def _category(self, row: Row) -> str:
        """The first path that fits; a longer one loses its end, level by level."""
        levels = [self.settings.heureka_root, *row["categories"][0].split(" > ")]
        while len(text := " | ".join(levels)) > LONGEST_CATEGORY and len(levels) > 2:
            levels.pop()
        return text[:LONGEST_CATEGORY]


class HeurekaAvailability(XmlFeed):
    """Read by Heureka every few minutes: what is in stock, and when it arrives if it is ordered in time."""

    root = "item_list"

    def begin(self) -> None:
        deadline, arrival = delivery_times(self.settings, self.meta.generated_at)
        self._deadline, self._arrival = f"{deadline:%Y-%m-%d %H:%M}", f"{arrival:%Y-%m-%d %H:%M}"

    def element(self, row: Row) -> Element | str:
        quantity: Decimal | None = row["stock"]
        if quantity is None or quantity <= 0:
            return ""  # what is sold out is not listed: that is how the feed says it
        item = etree.Element("item", id=short_id(row["sku"], ID_LENGTH))
        add(item, "stock_quantity", number_text(quantity))
        arrival = add(item, "delivery_time", self._arrival)
        arrival.set("orderDeadline", self._deadline)
        return item


def delivery_times(settings: FeedSettings, now: datetime) -> tuple[datetime, datetime]:
    """(until when to order, when it arrives) in local time: the next deadline on a working day, and noon of the day
    so many working days later. Public holidays are not known here."""
    local = timezone.localtime(now)
    day = local.date()
    if local.time() >= settings.order_until:
        day += timedelta(days=1)
    day = _working_day(day)
    arrival = day
    for _day in range(settings.delivery_workdays):
        arrival = _working_day(arrival + timedelta(days=1))
    zone = local.tzinfo
    return (
        datetime.combine(day, settings.order_until, tzinfo=zone),
        datetime.combine(arrival, datetime.min.time().replace(hour=12), tzinfo=zone),
    )


def _working_day(day: date) -> date:
    while day.weekday() >= 5:
        day += timedelta(days=1)
    return day
