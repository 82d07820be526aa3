"""What is entered for such a shop: the server (platforms.transfer), its folders, and how order files are meant."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.lib.errors import Conflict
from backoffice.lib.money import parse_decimal
from shops.platforms import transfer
from shops.platforms.base import Field

_FOLDERS: Final = gettext_lazy("Folders")
_ORDERS: Final = gettext_lazy("Order files")
_WITH_SERVER: Final = ("transfer", ("sftp", "ftps", "ftp", "folder"))

OPTIONS: Final[tuple[Field, ...]] = (
    Field(
        "prices",
        gettext_lazy("Prices in the files"),
        gettext_lazy("Heureka, Google and Shoptet get both where they want both."),
        required=False,
        choices=(("gross", gettext_lazy("with VAT")), ("net", gettext_lazy("without VAT"))),
        default="gross",
    ),
    *transfer.OPTIONS,
    Field(
        "folder_out",
        gettext_lazy("Folder for our files"),
        gettext_lazy("Below the folder above; empty = there itself."),
        required=False,
        group=_FOLDERS,
        when=_WITH_SERVER,
    ),
    Field(
        "folder_in",
        gettext_lazy("Folder for orders"),
        gettext_lazy("Where the shop puts its order files; empty = none are fetched."),
        required=False,
        group=_FOLDERS,
        when=_WITH_SERVER,
    ),
    Field(
        "order_mask",
        gettext_lazy("Names of order files"),
        gettext_lazy("With * for anything, separated by commas. Others in the folder are left alone."),
        required=False,
        default="*.xml, *.csv",
        group=_ORDERS,
        when=_WITH_SERVER,
    ),
    Field(
        "order_currency",
        gettext_lazy("Currency of orders that name none"),
        gettext_lazy("POHODA's files say only “home currency”. Three letters, for example CZK."),
        required=False,
        group=_ORDERS,
        when=_WITH_SERVER,
    ),
    Field(
        "pohoda_rates",
        gettext_lazy("VAT rates of POHODA"),
        gettext_lazy("What “high”, “low” and “third” mean in its files, in percent, for example: 21; 12; 10"),
        required=False,
        group=_ORDERS,
        when=_WITH_SERVER,
    ),
    Field(
        "statuses",
        gettext_lazy("Order statuses of the shop"),
        gettext_lazy(
            "One a line, as the shop calls them. They can then be linked with yours on the page Mappings, and are what "
            "“Export order statuses” writes. Those that come with orders are known by themselves."
        ),
        required=False,
        lines=True,
        group=_ORDERS,
    ),
)


def status_names(options: Mapping[str, str]) -> list[str]:
    names = (line.strip()[:150] for line in options.get("statuses", "").splitlines())
    return list(dict.fromkeys(name for name in names if name))


def order_masks(options: Mapping[str, str]) -> list[str]:
    text = options.get("order_mask", "").strip() or "*.xml, *.csv"
    return [mask.strip().casefold() for mask in text.split(",") if mask.strip()]


def pohoda_rates(options: Mapping[str, str]) -> dict[str, Decimal]:
    """{"high": 21, ...}; empty when nobody has entered them. Raises Conflict for what is no list of percents."""
    text = options.get("pohoda_rates", "").strip()
    if not text:
        return {}
    try:
        rates = [parse_decimal(part) for part in text.split(";")]
        if not 1 <= len(rates) <= 3 or not all(0 <= rate <= 100 for rate in rates):
            raise ValueError
    except ValueError:
        raise Conflict(
            _("“%(text)s” is no list of VAT rates.") % {"text": text[:60]},
            cure=_(
                "Write the percents of high, low and third on the Connection page, for example: 21; 12; 10"
            ),
            key="pohoda_rates",
        ) from None
    return dict(zip(("high", "low", "third"), rates, strict=False))
