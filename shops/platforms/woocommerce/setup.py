"""What an instance learns of its shop, once, when it first needs it: settings, tax rates, units."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from backoffice.lib.errors import RemoteError
from shops.platforms.base import ShopFacts
from shops.platforms.woocommerce import complaints
from shops.platforms.woocommerce.client import BATCH_MOST, Client
from shops.platforms.woocommerce.mapping import values
from shops.platforms.woocommerce.mapping.articles import Catalogue
from shops.platforms.woocommerce.mapping.customers import VAT_ID_KEYS
from shops.platforms.woocommerce.mapping.taxes import TaxRates
from shops.platforms.woocommerce.mapping.terms import NOT_ORDERS
from shops.platforms.woocommerce.mapping.units import Units


@dataclass
class Setup:
    """Lazy: nothing is asked that nobody needs. Three requests at most stand before a read of articles.

    featured: {product id: id of its first picture}, of the parents of variations seen so far.
    """

    client: Client
    featured: dict[str, str] = field(default_factory=dict)
    product_types: dict[str, str] = field(default_factory=dict)
    _groups: dict[str, dict[str, str]] = field(default_factory=dict)

    def settings(self, group: str) -> Mapping[str, str]:
        """{setting id: value} of "general", "products" or "tax"; one request each."""
        if group not in self._groups:
            reply = self.client.get_list(f"settings/{group}", _fields="id,value")
            self._groups[group] = {
                str(row["id"]): row["value"]
                for row in reply.rows
                if isinstance(row.get("value"), str) and "id" in row
            }
        return self._groups[group]

    @cached_property
    def country(self) -> str:
        """The firm's home country, by which a tax class stands for a rate; the shop's own when Kontor has none set."""
        return (self.client.connection.vat_country or self.shop_country).upper()

    @property
    def shop_country(self) -> str:
        # With a state behind it where the country has them: "US:CA".
        return self.settings("general").get("woocommerce_default_country", "").partition(":")[0]

    @cached_property
    def rates(self) -> TaxRates:
        rows = []
        page, pages = 1, 1
        while page <= pages:
            reply = self.client.get_list("taxes", per_page=BATCH_MOST, page=page, orderby="id", order="asc")
            rows += reply.rows
            page, pages = page + 1, reply.pages or 1
        return TaxRates.of(rows, self.country)

    @cached_property
    def units(self) -> Units:
        settings = self.settings("products")
        return Units(
            weight=settings.get("woocommerce_weight_unit", ""),
            length=settings.get("woocommerce_dimension_unit", ""),
        )

    def catalogue(self) -> Catalogue:
        """All that is needed to understand a product whole."""
        return Catalogue(units=self.units, rates=self.rates, featured=self.featured)

    def lean(self) -> Catalogue:
        """Enough for stock, prices and pictures, at no request."""
        return Catalogue(featured=self.featured)

    @property
    def decimals(self) -> int:
        """How many decimals to write prices with: the shop's where it is known already, else two.

        Only for the looks: the shop keeps "4.9" and "4.90" alike.
        """
        return self._facts.decimals if self._facts else 2

    _facts: ShopFacts | None = None

    @cached_property
    def environment(self) -> Mapping[str, Any]:
        """Version, language, limits of PHP."""
        status = self.client.find("system_status", _fields="environment,settings")
        environment = (status or {}).get("environment")
        return environment if isinstance(environment, Mapping) else {}

    def facts(self) -> ShopFacts:
        """Three requests, once."""
        if self._facts is None:
            general, tax = self.settings("general"), self.settings("tax")
            decimals = general.get("woocommerce_price_num_decimals", "")
            self._facts = ShopFacts(
                currency=general.get("woocommerce_currency", ""),
                prices_gross=tax.get("woocommerce_prices_include_tax") == "yes",
                decimals=int(decimals) if decimals.isdigit() else 2,
                country=self.shop_country,
                language=str(self.environment.get("language") or "").partition("_")[0],
                version=str(self.environment.get("version") or ""),
            )
        return self._facts

    @cached_property
    def order_statuses(self) -> frozenset[str]:
        """The slugs an order may be given. Batches set any other to "pending", and put the stock back."""
        return (
            frozenset(values.text(row, "slug").removeprefix("wc-") for row in status_rows(self.client))
            - NOT_ORDERS
        )

    @cached_property
    def vat_keys(self) -> tuple[str, ...]:
        """The meta keys under which this shop's plug-in keeps VAT ids, in order of preference."""
        chosen = self.client.connection.options.get("vat_id_keys", "")
        return tuple(key.strip() for key in chosen.split(",") if key.strip()) or VAT_ID_KEYS


def status_rows(client: Client) -> list[values.Payload]:
    """The order statuses; shops before 9.9 list them only in a report."""
    try:
        return client.get_list("orders/statuses").rows
    except RemoteError as error:
        if "gone" not in error.data and error.data.get("code") != complaints.NO_ROUTE:
            raise
        return client.get_list("reports/orders/totals").rows
