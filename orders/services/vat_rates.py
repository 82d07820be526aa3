"""Which of our VAT rates the lines of a draft carry: by country and percentage, never another one by guess."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from django.db.models import Q

from inventory.models import Company, VatRate
from orders.drafts import LineDraft, OrderDraft

UNSAID = "?"


def destination(draft: OrderDraft) -> str:
    """The country that the goods go to: its rates count for sales to consumers abroad (OSS)."""
    return (draft.delivery.country if draft.delivery else "") or draft.billing.country


class VatRates:
    """Our rates for one draft, in one query: those of the country of delivery, else of the firm's own (sold at home
    rates), else the one that a person named for this percentage (LineDraft.vat_rate_id)."""

    def __init__(self, draft: OrderDraft) -> None:
        self.country = destination(draft)
        self.lines = draft.lines
        percents = {line.vat_percent for line in draft.lines if line.vat_percent is not None}
        named = {line.vat_rate_id for line in draft.lines if line.vat_rate_id}
        home = Company.load().country if percents else ""
        self.countries = [country for country in dict.fromkeys((self.country, home)) if country]
        wanted = Q(country__in=self.countries, percent__in=percents) | Q(pk__in=named)
        rows = list(VatRate.objects.filter(wanted)) if percents or named else []
        self._by_percent = {(rate.country, rate.percent): rate for rate in rows}
        self._by_id = {rate.pk: rate for rate in rows}

    def of(self, line: LineDraft) -> VatRate | None:
        """None where the source gave no percentage, or we have no such rate."""
        if line.vat_percent is not None:
            for country in self.countries:
                if rate := self._by_percent.get((country, line.vat_percent)):
                    return rate
        return self._by_id.get(line.vat_rate_id or 0)

    def missing(self) -> Iterator[tuple[str, LineDraft]]:
        """(COUNTRY:PERCENT, line) of lines with VAT that none of our rates stands for; PERCENT "?" = it was not said."""
        for line in self.lines:
            if line.vat and self.of(line) is None:
                yield vat_key(self.country, line.vat_percent), line


def vat_key(country: str, percent: Decimal | None) -> str:
    """ "PL:9.5", "PL:?" """
    return f"{country}:{UNSAID if percent is None else f'{percent.normalize():f}'}"
