"""VAT: an article of the shop names a tax class; a class has one rate per country. Kontor's articles name a rate.

So an article's rate is the rate of its class in the firm's home country (woocommerce.md, 4 and 5).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from backoffice.lib.errors import Refused
from shops.platforms.woocommerce.mapping import values
from shops.platforms.woocommerce.mapping.values import Payload
from shops.records import VatRateRecord

STANDARD = "standard"


@dataclass(frozen=True, slots=True)
class Rate:
    """local: holds only in some states, towns or postcodes of its country."""

    remote_id: str
    country: str
    percent: Decimal
    tax_class: str
    name: str
    local: bool
    priority: int


def rate(payload: Payload) -> Rate:
    return Rate(
        remote_id=values.own_id(payload),
        country=values.text(payload, "country").upper(),
        percent=Decimal(values.number_text(_percent(payload))),
        tax_class=values.text(payload, "class") or STANDARD,
        name=values.name(payload),
        local=any(payload.get(field) for field in ("state", "postcode", "city", "postcodes", "cities")),
        priority=int(values.decimal(payload, "priority") or 1),
    )


def _percent(payload: Payload) -> Decimal:
    found = values.percent(payload, "rate")
    if found is None:
        raise values.Malformed("rate", payload.get("rate"))
    return found


def vat_rate(payload: Payload) -> VatRateRecord:
    row = rate(payload)
    return VatRateRecord(
        remote_id=row.remote_id,
        name=row.name,
        country=row.country,
        percent=row.percent,
        tax_class=row.tax_class,
    )


@dataclass(frozen=True, slots=True)
class TaxRates:
    """All rates of the shop, seen from one home country (ISO 3166 alpha-2; "" = not known)."""

    rates: tuple[Rate, ...]
    country: str

    @classmethod
    def of(cls, payloads: Iterable[Payload], country: str) -> TaxRates:
        rates: list[Rate] = []
        for payload in payloads:
            try:
                rates.append(rate(payload))
            except values.Malformed:
                continue  # reading the VAT rates reports it
        return cls(tuple(rates), country)

    def rate_of(self, tax_class: str) -> str | None:
        """The rate id of a class at home; None where the class has no rate there."""
        wanted = tax_class or STANDARD
        here = [row for row in self.rates if row.tax_class == wanted and row.country in (self.country, "")]
        # A rate of the country before one of the whole world, of all the country before one of a town.
        here.sort(key=lambda row: (not row.country, row.local, row.priority, int(row.remote_id)))
        return here[0].remote_id if here else None

    def class_of(self, rate_id: str) -> str:
        """The slug to send for an article with this rate, "" for the standard class.

        Raises Refused where the shop would charge another rate at home than this one.
        """
        row = next((row for row in self.rates if row.remote_id == rate_id), None)
        if row is None:
            raise Refused(
                _("The article's VAT rate is no longer in the shop."),
                cure=_("Read the VAT rates of the shop again, then link the rate on the Mappings screen."),
                detail=f"tax rate {rate_id}",
                key=f"vat_gone:{rate_id}",
            )
        at_home = self.rate_of(row.tax_class)
        if at_home is None or self._percent(at_home) != row.percent:
            raise Refused(
                _(
                    "No tax class of the shop stands for VAT of %(percent)s %% in %(country)s: "
                    "“%(name)s” is another country's rate."
                )
                % {
                    "percent": values.number_text(row.percent),
                    "country": self.country or "?",
                    "name": row.name,
                },
                cure=_(
                    "Add the rate in the shop under WooCommerce > Settings > Tax, read the VAT rates again "
                    "and link it on the Mappings screen."
                ),
                detail=f"tax rate {rate_id}: {row.country} {row.percent} class {row.tax_class}",
                key=f"vat_unmapped:{self.country}:{values.number_text(row.percent)}",
            )
        return "" if row.tax_class == STANDARD else row.tax_class

    def _percent(self, rate_id: str) -> Decimal | None:
        return next((row.percent for row in self.rates if row.remote_id == rate_id), None)
