"""Numbers of documents: without gaps, without doubles, whatever happens at the same time."""

from __future__ import annotations

from typing import NamedTuple

from django.utils.translation import gettext as _

from orders.errors import DocumentRefused
from orders.models import Document, DocumentKind, NumberSeries, SalesChannel, SeriesCounter
from orders.presets import SERIES

_OF_CHANNEL = {
    DocumentKind.INVOICE: "invoice_series",
    DocumentKind.PROFORMA: "proforma_series",
    DocumentKind.DELIVERY_NOTE: "delivery_series",
    DocumentKind.CREDIT_NOTE: "credit_series",
}


class Number(NamedTuple):
    year: int
    running: int
    text: str


def series_for(kind: str, channel: SalesChannel) -> NumberSeries:
    """The channel's own series of this kind, else the preset one. Raises DocumentRefused."""
    own: NumberSeries | None = getattr(channel, _OF_CHANNEL[DocumentKind(kind)])
    if own is not None and own.active and own.kind == kind:
        return own
    of_kind = NumberSeries.objects.filter(kind=kind)
    preset = of_kind.filter(preset=True, active=True)
    series = preset.first()
    if series is None and not of_kind.exists():
        by_default = SERIES[kind]
        series, _made = NumberSeries.objects.get_or_create(
            kind=kind, preset=True, defaults={"name": by_default.name, "pattern": by_default.pattern}
        )
    # Another issuer may have made it between the two questions.
    series = series or preset.first()
    if series is None:
        raise DocumentRefused(
            _("There is no number series for this kind of document: %(kind)s.")
            % {"kind": DocumentKind(kind).label},
            cure=_("Under Set-up > Number series tick “preset” and “active” at one of this kind."),
            key=f"series_missing:{kind}",
        )
    return series


def take_number(document: Document) -> Number:
    """The next number of the document's series in the year of its date of issue.

    Inside transaction.atomic only: the counter's row stays locked until the document is committed or rolled back, so a
    number that was taken for nothing goes to the next one. Raises DocumentRefused where another series has made it.
    """
    year = document.issue_date.year
    counter = _locked(document.series, year)
    counter.last_number += 1
    counter.save(update_fields=["last_number"])
    number = Number(year, counter.last_number, document.series.format(year, counter.last_number))
    if Document.objects.filter(kind=document.kind, number=number.text).exists():
        raise DocumentRefused(
            _("The number %(number)s of the series %(series)s is already that of another document.")
            % {"number": number.text, "series": document.series.name},
            cure=_("Under Set-up > Number series give this series a pattern that no other one uses."),
            key=f"number_taken:{document.series_id}",
        )
    return number


def _locked(series: NumberSeries, year: int) -> SeriesCounter:
    counters = SeriesCounter.objects.select_for_update().filter(series=series, year=year)
    counter = counters.first()
    if counter is None:
        # The first number of the year, perhaps for two issuers at once: one of them makes the row, both then lock it.
        SeriesCounter.objects.bulk_create([SeriesCounter(series=series, year=year)], ignore_conflicts=True)
        counter = counters.get()
    return counter
