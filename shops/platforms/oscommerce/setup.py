"""What an instance learns of its shop, once, when it first needs it: clock, letters, settings, languages, taxes, places."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import Final

from django.utils.translation import gettext as _

from backoffice.lib.errors import UnexpectedAnswer
from shops.platforms.base import Connection, ShopFacts
from shops.platforms.oscommerce.clock import Clock
from shops.platforms.oscommerce.gateway import Call, Gateway, Row
from shops.platforms.oscommerce.mapping import terms, values
from shops.platforms.oscommerce.mapping.articles import Catalogue
from shops.platforms.oscommerce.mapping.customers import Places
from shops.platforms.oscommerce.mapping.orders import Sales
from shops.platforms.oscommerce.mapping.taxes import Taxes
from shops.platforms.oscommerce.mapping.totals import LOW_ORDER_FEE, SHIPPING, Rates
from shops.platforms.oscommerce.texts import MODES, UTF8, UTF8_OVER_LATIN1, TextMode, detect

TABLES: Final = (
    "address_book", "categories", "categories_description", "configuration", "customers", "customers_info", "manufacturers",
    "orders", "orders_products", "orders_status_history", "orders_total", "products", "products_description",
    "products_images", "products_to_categories", "specials", "tax_class", "tax_rates",
)  # fmt: skip
_OF_SHIPPING: Final = "MODULE_SHIPPING_"


@dataclass(frozen=True, slots=True)
class Column:
    """length: in the letters or bytes of its character set; None for numbers."""

    kind: str
    length: int | None
    charset: str


@dataclass(frozen=True, slots=True)
class Probe:
    """The first answer of a shop. euro: the sign of the euro as hexadecimal digits, "" = it has none."""

    server: Row
    asked_at: datetime
    euro: str
    columns: Mapping[tuple[str, str], Column]


class Setup:
    """Lazy: nothing is asked that nobody needs; a change of stock needs nothing of the shop's texts."""

    def __init__(self, gateway: Gateway, connection: Connection, prefix: str) -> None:
        self.plain = gateway
        self.connection = connection
        self.prefix = prefix

    def option(self, name: str) -> str:
        return self.connection.options.get(name, "").strip()

    # How to talk

    @cached_property
    def gateway(self) -> Gateway:
        """For everything that may hold letters: the connection speaks as the shop's own does."""
        self.plain.use(self.texts)
        return self.plain

    @cached_property
    def _probe(self) -> Probe:
        tables = [f"{self.prefix}{name}" for name in TABLES]
        server, euro, columns = self.plain.run(
            [Call("shop.server"), Call("shop.euro"), Call("shop.columns", {"tables": tables})]
        )
        return Probe(
            server=server.rows[0],
            asked_at=datetime.now(UTC),
            euro=values.text(euro.rows[0], "symbol") if euro.rows else "",
            columns={self._place(row): _column(row) for row in columns.rows},
        )

    def _place(self, row: Row) -> tuple[str, str]:
        return values.text(row, "in_table").removeprefix(self.prefix).lower(), values.text(
            row, "name"
        ).lower()

    @property
    def server(self) -> Row:
        return self._probe.server

    @property
    def columns(self) -> Mapping[tuple[str, str], Column]:
        """{(table without prefix, column): what it holds}."""
        return self._probe.columns

    @property
    def names_charset(self) -> str:
        found = self.columns.get(("products_description", "products_name"))
        return found.charset if found else ""

    @cached_property
    def detected(self) -> TextMode | None:
        """What the bytes in the tables tell; None = there is nothing beyond ASCII to tell by."""
        found = detect(self.names_charset, self._probe.euro, [])
        if found is None:
            samples = [values.text(row, "name") for row in self.plain.read("shop.sample")]
            found = detect(self.names_charset, "", samples)
        return found

    @cached_property
    def texts(self) -> TextMode:
        chosen = MODES.get(self.option("charset"))
        if chosen is not None:
            return chosen
        return self.detected or (UTF8 if self.names_charset.startswith("utf8") else UTF8_OVER_LATIN1)

    # Its clock

    @cached_property
    def clock(self) -> Clock:
        return Clock.of(self.server, self.option("time_zone"), self._probe.asked_at)

    # Its settings

    @cached_property
    def settings(self) -> Mapping[str, str]:
        """Those that operations/shop.py names."""
        return _settings(self.plain)

    @cached_property
    def languages(self) -> dict[str, str]:
        """{code in small letters: id}, in the shop's order."""
        rows = self.plain.read("shop.languages")
        return {values.text(row, "code").lower(): values.identity(row) for row in rows}

    @property
    def fallback(self) -> int:
        """The language that the shop shows who has chosen none."""
        known = self.languages
        code = self.settings.get("DEFAULT_LANGUAGE", "").lower()
        return int(known.get(code) or next(iter(known.values()), "1"))

    @property
    def language(self) -> int:
        """The language of the texts that Kontor reads and writes."""
        return int(self.languages.get(self.connection.language.lower()[:2]) or self.fallback)

    @property
    def sells_out(self) -> bool:
        """Whether the sale of the last piece switches an article off."""
        settings = self.settings
        return settings.get("STOCK_ALLOW_CHECKOUT") == "false" and settings.get("STOCK_LIMITED") == "true"

    @property
    def restocks(self) -> bool:
        """Whether stock switches on again what a sale has switched off."""
        return self.sells_out and self.option("sold_out") != "leave"

    @cached_property
    def currency_decimals(self) -> dict[str, int]:
        rows = self.plain.read("shop.currencies")
        return {values.text(row, "code"): values.number(row, "decimal_places") for row in rows}

    # Where it is

    @cached_property
    def places(self) -> Places:
        countries, zones = self.gateway.run([Call("shop.countries"), Call("shop.zones")])
        codes = {values.identity(row): values.text(row, "code").upper() for row in countries.rows}
        return Places(
            countries=codes,
            by_name={values.name(row).casefold(): codes[values.identity(row)] for row in countries.rows},
            zones={
                values.identity(row): (
                    values.identity(row, "country"),
                    values.name(row),
                    values.text(row, "code"),
                )
                for row in zones.rows
            },
            vat_in_suburb=self.option("vat_id_field") == "suburb",
        )

    @property
    def shop_country(self) -> str:
        return self.places.countries.get(self.settings.get("STORE_COUNTRY", ""), "")

    @cached_property
    def taxes(self) -> Taxes:
        """As the shop charges at home: in the country set in Kontor, else in its own."""
        country = (self.connection.vat_country or self.shop_country).upper()
        home = self.places.country_id(country)
        at_home = home == self.settings.get("STORE_COUNTRY", "")
        zone = self.settings.get("STORE_ZONE", "") if at_home else ""
        classes, rates = self.gateway.run([Call("taxes.classes"), Call("taxes.rates")])
        return Taxes.of(
            classes.rows,
            rates.rows,
            country=country,
            country_id=int(home or 0) or -1,
            zone_id=int(zone) if zone.isdigit() else 0,
        )

    # What readers and writers ask for

    def catalogue(self) -> Catalogue:
        return Catalogue(
            clock=self.clock,
            weight_unit=self.option("weight_unit"),
            sells_out=self.sells_out,
            images=f"{self.connection.address.rstrip('/')}/images",
        )

    @cached_property
    def sales(self) -> Sales:
        rows = self.gateway.read("orders.statuses", language=self.language, fallback=self.fallback)
        return Sales(
            clock=self.clock,
            places=self.places,
            rates=Rates(home=self._home_rates(), usual=self._usual_rates()),
            decimals=self.currency_decimals,
            statuses={status.remote_id: status.name or "" for status in map(terms.order_status, rows)},
            gross=self.settings.get("DISPLAY_PRICE_WITH_TAX") == "true",
        )

    def _home_rates(self) -> tuple[Decimal, ...]:
        found = {percent for percent in self.taxes.percents.values() if percent}
        return tuple(sorted(found, reverse=True))

    def _usual_rates(self) -> dict[str, Decimal]:
        """The VAT of delivery and of the fee for small orders, as far as the settings say it without doubt."""
        usual: dict[str, Decimal] = {}
        chosen = self.option("shipping_vat").replace(",", ".").removesuffix("%").strip()
        if chosen:
            with contextlib.suppress(InvalidOperation):  # "Test settings" says so
                usual[SHIPPING] = Decimal(chosen)
        else:
            modules = {value for name, value in self.settings.items() if name.startswith(_OF_SHIPPING)}
            percents = {self._percent_of(tax_class) for tax_class in modules}
            if len(percents) == 1 and (percent := percents.pop()) is not None:
                usual[SHIPPING] = percent
        fee = self._percent_of(self.settings.get("MODULE_ORDER_TOTAL_LOWORDERFEE_TAX_CLASS", ""))
        return usual | ({} if fee is None else {LOW_ORDER_FEE: fee})

    def _percent_of(self, tax_class: str) -> Decimal | None:
        return Decimal(0) if tax_class == "0" else self.taxes.percents.get(tax_class)

    @property
    def prepared(self) -> list[int]:
        """Statuses of orders that are not paid yet and may never be."""
        ids = [
            int(value)
            for name, value in self.settings.items()
            if name.startswith("MODULE_PAYMENT_") and value.isdigit() and int(value) > 0
        ]
        return ids or [-1]

    def facts(self) -> ShopFacts:
        """Prices are net in every osCommerce shop, whatever it shows; with four decimals, so that they show right."""
        settings = _settings(self.gateway)  # with the shop's name in its own letters
        currency = settings.get("DEFAULT_CURRENCY", "")
        if not currency:
            raise UnexpectedAnswer(
                _("The shop's settings name no currency."),
                cure=_("Choose the default currency in the shop's panel under Localization > Currencies."),
                detail="configuration has no DEFAULT_CURRENCY",
                key="no_currency",
            )
        codes = {pk: code for code, pk in self.languages.items()}
        return ShopFacts(
            currency=currency,
            prices_gross=False,
            decimals=4,
            country=self.shop_country,
            language=codes.get(str(self.fallback), ""),
            time_zone=self.option("time_zone"),
            version=self.version,
            name=values.name(settings, "STORE_NAME"),
        )

    @cached_property
    def version(self) -> str:
        """Of the shop's program, where the bridge can look into its files; else what the tables tell."""
        if self.plain.files is not None and (found := self.plain.files.host().version):
            return found
        if ("products", "products_gtin") in self.columns:
            return "2.3.4.1 CE"
        if ("products_images", "image") not in self.columns:
            return "2.2"
        return "2.3"


def _settings(gateway: Gateway) -> dict[str, str]:
    return {values.text(row, "name"): values.text(row, "value") for row in gateway.read("shop.settings")}


def _column(row: Row) -> Column:
    length = row.get("length")
    return Column(
        kind=values.text(row, "kind").lower(),
        length=int(length) if length else None,
        charset=values.text(row, "charset").lower(),
    )
