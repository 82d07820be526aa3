"""What an instance learns of its shop, once, when it first needs it: settings, languages, dictionaries, options."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from shops.platforms.base import ShopFacts
from shops.platforms.shoper.client import Client, listing, other_shape
from shops.platforms.shoper.mapping import values
from shops.platforms.shoper.mapping.articles import Axes, Axis, Catalogue
from shops.platforms.shoper.mapping.values import Payload

_GRAMS = {"KILOGRAM": Decimal(1000), "GRAM": Decimal(1)}


@dataclass
class Setup:
    """Lazy: nothing is asked that nobody needs. Each property costs one request, the axes of variants two or three."""

    client: Client

    @cached_property
    def config(self) -> Payload:
        data = self.client.get("application-config")
        if not isinstance(data, Mapping):
            raise other_shape("GET application-config", data)
        return data

    @cached_property
    def locale(self) -> str:
        """The language of the shop whose texts are Kontor's for this shop, e.g. "pl_PL"; the shop's own if there is none."""
        own = values.text(self.config, "default_language_name") or "pl_PL"
        wanted = self.client.connection.language.lower()
        if not wanted or own.lower().startswith(wanted):
            return own
        rows = self.client.rows(listing("languages"))
        found = (values.text(row, "locale") for row in rows if values.flag(row, "active"))
        return next((locale for locale in found if locale.lower().startswith(wanted)), own)

    @cached_property
    def zone(self) -> ZoneInfo:
        try:
            return ZoneInfo(values.text(self.config, "locale_timezone") or "Europe/Warsaw")
        except (ZoneInfoNotFoundError, ValueError):
            return ZoneInfo("Europe/Warsaw")

    @property
    def country(self) -> str:
        return values.text(self.config, "shop_country").upper()[:2]

    @property
    def home_country(self) -> str:
        return (self.client.connection.vat_country or self.country).upper()

    @property
    def many_warehouses(self) -> bool:
        """Premium shops keep a stock for each warehouse; the sum that we see cannot be written then."""
        return values.flag(self.config, "warehouses_enabled")

    @property
    def grams(self) -> Decimal | None:
        """Grams of one unit of weight; None when the shop weighs in a unit that is not known here."""
        return _GRAMS.get(values.text(self.config, "locale_default_weight") or "KILOGRAM")

    @property
    def currency_id(self) -> str:
        return values.identity(self.config, "default_currency_id")

    def facts(self) -> ShopFacts:
        version = self.client.get("application-version")
        return ShopFacts(
            currency=values.text(self.config, "default_currency_name"),
            prices_gross=True,
            country=self.country,
            language=values.text(self.config, "default_language_name").partition("_")[0],
            time_zone=str(self.zone),
            version=values.text(version, "version") if isinstance(version, Mapping) else "",
            name=values.text(self.config, "shop_name"),
        )

    def catalogue(self) -> Catalogue:
        """What one must know of the shop to understand its products; the axes only once a variant was met."""
        return Catalogue(
            locale=self.locale,
            zone=self.zone,
            counts=not self.many_warehouses,
            grams=self.grams,
            currency_id=self.currency_id,
            axes=lambda: self.axes,
        )

    @cached_property
    def axes(self) -> Axes:
        """The options by which variants differ, with their values."""
        rows, value_rows = self.client.whole(listing("options"), listing("option-values"))
        names: dict[str, dict[str, str]] = {}
        for row in value_rows:
            words = values.words(row, self.locale)
            names.setdefault(values.identity(row, "option_id"), {})[values.own_id(row, "ovalue_id")] = (
                values.name(words, "value")
            )
        return Axes(
            {
                values.own_id(row, "option_id"): Axis(
                    option_id=values.own_id(row, "option_id"),
                    group_id=values.identity(row, "group_id"),
                    name=values.name(values.words(row, self.locale)),
                    stock=values.flag(row, "stock"),
                    order=int(values.decimal(row, "order") or 0),
                    values=names.get(values.own_id(row, "option_id"), {}),
                )
                for row in rows
            }
        )

    @cached_property
    def currencies(self) -> Mapping[str, str]:
        """{id: ISO code}."""
        return {
            values.own_id(row, "currency_id"): values.text(row, "name").upper()
            for row in self.client.rows(listing("currencies"))
        }

    @cached_property
    def payments(self) -> list[Payload]:
        return self.client.rows(listing("payments"))

    @cached_property
    def shippings(self) -> list[Payload]:
        return self.client.rows(listing("shippings"))

    @cached_property
    def statuses(self) -> list[Payload]:
        return self.client.rows(listing("statuses"))
