"""What feeds say beside the articles: addresses of pages, delivery times, names of the shop. One form, many formats."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from decimal import Decimal
from typing import Final
from urllib.parse import quote

from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.lib import foreign
from backoffice.lib.errors import Conflict
from shops.models import Shop
from shops.platforms.base import Field

PLACEHOLDERS: Final = ("sku", "ean", "id", "slug")
_BRACES = re.compile(r"{(\w*)}")

# Kept in Shop.options; edited on the page Files of the shop.
FIELDS: Final[tuple[Field, ...]] = (
    Field(
        "product_url",
        gettext_lazy("Address of an article's page"),
        gettext_lazy(
            "With {sku}, {ean}, {id} (Kontor's number) or {slug} (the name in plain letters) in it, for example "
            "https://shop.example/p/{sku}. Heureka and Google want it."
        ),
        required=False,
    ),
    Field(
        "image_base",
        gettext_lazy("Where the mirrored images can be fetched"),
        gettext_lazy(
            "The web address of the folder for images, for example https://shop.example/images. "
            "Empty = Kontor's own address serves them."
        ),
        required=False,
    ),
    Field(
        "days_in_stock",
        gettext_lazy("Days to deliver what is in stock"),
        gettext_lazy("0 = it is sent at once (Heureka)."),
        required=False,
        default="0",
    ),
    Field(
        "days_sold_out",
        gettext_lazy("Days to deliver what is sold out"),
        gettext_lazy("Empty = what is sold out is left out (Heureka)."),
        required=False,
        default="14",
    ),
    Field(
        "heureka_root",
        gettext_lazy("Heureka's name in categories"),
        gettext_lazy("Heureka.cz or Heureka.sk."),
        required=False,
        default="Heureka.cz",
    ),
    Field(
        "deliveries",
        gettext_lazy("Ways of delivery for Heureka"),
        gettext_lazy(
            "One a line: Heureka's code; price; price with cash on delivery. For example: PPL; 99; 139"
        ),
        required=False,
        lines=True,
    ),
    Field(
        "order_until",
        gettext_lazy("Orders until"),
        gettext_lazy("This time of a working day are sent the same day (Heureka availability)."),
        required=False,
        default="14:00",
    ),
    Field(
        "delivery_workdays",
        gettext_lazy("Working days until delivery"),
        gettext_lazy("From the day of sending (Heureka availability)."),
        required=False,
        default="1",
    ),
    Field(
        "in_stock_text",
        gettext_lazy("Words for “in stock”"),
        gettext_lazy("As the shop's own list of availabilities has it (Shoptet). Empty = not sent."),
        required=False,
    ),
    Field(
        "sold_out_text",
        gettext_lazy("Words for “sold out”"),
        gettext_lazy("As the shop's own list of availabilities has it (Shoptet). Empty = not sent."),
        required=False,
    ),
    Field(
        "pohoda_ico",
        gettext_lazy("Registration number for POHODA"),
        gettext_lazy("IČO of the accounting unit: POHODA refuses a file with another one."),
        required=False,
    ),
    Field(
        "pohoda_store",
        gettext_lazy("Store in POHODA"),
        gettext_lazy("The short name of the store whose cards are meant."),
        required=False,
    ),
)


@dataclass(frozen=True, slots=True)
class Delivery:
    code: str
    price: Decimal
    price_cod: Decimal | None = None


@dataclass(frozen=True, slots=True)
class FeedSettings:
    """days_sold_out None = what is sold out is left out. product_url "" = nobody has entered it."""

    title: str
    address: str
    product_url: str = ""
    image_base: str = ""
    days_in_stock: int = 0
    days_sold_out: int | None = 14
    heureka_root: str = "Heureka.cz"
    deliveries: tuple[Delivery, ...] = ()
    order_until: time = time(14, 0)
    delivery_workdays: int = 1
    in_stock_text: str = ""
    sold_out_text: str = ""
    pohoda_ico: str = ""
    pohoda_store: str = ""

    @classmethod
    def of(cls, shop: Shop) -> FeedSettings:
        """Raises Conflict for what cannot be read; the form does not let it in, other ways might."""
        return parse(shop.options, title=shop.name, address=shop.address)

    def page_url(self, *, sku: str, ean: str, pk: int, name: str) -> str:
        values = {
            "sku": quote(sku, safe=""),
            "ean": quote(ean, safe=""),
            "id": str(pk),
            "slug": slugify(name) or str(pk),
        }
        return _BRACES.sub(lambda match: values.get(match[1], match[0]), self.product_url)


def parse(options: Mapping[str, object], *, title: str = "", address: str = "") -> FeedSettings:
    """Raises Conflict with the field's name in `key` and a sentence for the person."""
    values = {spec.name: str(options.get(spec.name, spec.default) or "").strip() for spec in FIELDS}
    return FeedSettings(
        title=title,
        address=address.rstrip("/"),
        product_url=_checked_url(values["product_url"]),
        image_base=_checked_base(values["image_base"]),
        days_in_stock=_days(values["days_in_stock"] or "0", "days_in_stock"),
        days_sold_out=_days(values["days_sold_out"], "days_sold_out") if values["days_sold_out"] else None,
        heureka_root=values["heureka_root"] or "Heureka.cz",
        deliveries=tuple(_delivery(line) for line in values["deliveries"].splitlines() if line.strip()),
        order_until=_time(values["order_until"] or "14:00"),
        delivery_workdays=_days(values["delivery_workdays"] or "1", "delivery_workdays"),
        in_stock_text=values["in_stock_text"],
        sold_out_text=values["sold_out_text"],
        pohoda_ico=values["pohoda_ico"],
        pohoda_store=values["pohoda_store"],
    )


def _refuse(name: str, sentence: str) -> Conflict:
    return Conflict(sentence, cure=_("Correct it on the page Files of the shop."), key=f"feed_setting:{name}")


def _checked_url(text: str) -> str:
    if not text:
        return ""
    unknown = [name for name in _BRACES.findall(text) if name not in PLACEHOLDERS]
    if unknown or not text.startswith(("https://", "http://")) or not _BRACES.search(text):
        raise _refuse(
            "product_url",
            _(
                "The address of an article's page must begin with https:// and have {sku}, {ean}, {id} or {slug} in it."
            ),
        )
    return text


def _checked_base(text: str) -> str:
    if text and not text.startswith(("https://", "http://")):
        raise _refuse("image_base", _("The address of the mirrored images must begin with https://."))
    return text.rstrip("/")


def _days(text: str, name: str) -> int:
    if not re.fullmatch(r"[0-9]{1,3}", text):
        raise _refuse(name, _("“%(text)s” is no number of days from 0 to 999.") % {"text": text[:40]})
    return int(text)


def _time(text: str) -> time:
    try:
        return time.fromisoformat(text if len(text) == 5 else f"0{text}")
    except ValueError:
        raise _refuse(
            "order_until", _("“%(text)s” is no time of day. Write it like 14:00.") % {"text": text[:40]}
        ) from None


def _delivery(line: str) -> Delivery:
    code, *prices = (part.strip() for part in line.split(";"))
    try:
        amounts = [foreign.number(price.replace(",", ".")) for price in prices if price]
        if not re.fullmatch(r"[A-Z0-9_]+", code) or not 1 <= len(amounts) <= 2 or min(amounts) < 0:
            raise ValueError
    except ValueError:
        raise _refuse(
            "deliveries",
            _("“%(line)s” is no way of delivery. Write it like: PPL; 99; 139") % {"line": line.strip()[:80]},
        ) from None
    return Delivery(code, amounts[0], amounts[1] if len(amounts) > 1 else None)
