"""The checks about the shop itself, once Kontor is in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Final

from django.utils.translation import gettext as _

from shops.platforms.base import Finding
from shops.platforms.findings import ok, problem, remark
from shops.platforms.oscommerce.clock import named_zone, offset
from shops.platforms.oscommerce.mapping import values
from shops.platforms.oscommerce.setup import Setup

_APART: Final = timedelta(minutes=2)


def version(setup: Setup) -> Finding:
    found = setup.version
    if found.startswith("2.2") or ("products_images", "image") not in setup.columns:
        return remark(
            _("The shop seems to be osCommerce %(version)s.") % {"version": found},
            effect=_("It has no gallery: of several pictures only the first can be shown."),
            cure=_("Kontor was tried with 2.3.3 and 2.3.4.1; look closely at the first preview."),
        )
    return ok(_("osCommerce %(version)s") % {"version": found})


def letters(setup: Setup) -> Finding:
    """The trap of traps: shown as text, so that a person can judge."""
    names = list(dict.fromkeys(values.name(row) for row in setup.gateway.read("shop.samples_read")))
    shown = ", ".join(f"“{name}”" for name in names if name)
    detected, chosen = setup.detected, setup.texts
    if any("�" in name for name in names) or (detected is not None and detected.names != chosen.names):
        return problem(
            _("Names of the shop do not read right: %(names)s") % {"names": shown or "–"},
            effect=_("Names and texts would arrive garbled here, and in the shop."),
            why=_("The shop's letters are kept in another way than is set."),
            cure=_(
                "Choose “Find out” under “Letters of the shop”, or another entry, and test again until they read right."
            ),
            detail=f"set {chosen.key}, found {detected.key if detected else '?'}, columns {setup.names_charset}",
        )
    if not shown:
        return ok(
            _("No name has letters beyond English ones, so there is nothing to judge yet."), detail=chosen.key
        )
    return ok(
        _("For example: %(names)s") % {"names": shown}, detail=f"{chosen.key}, columns {setup.names_charset}"
    )


def clock(setup: Setup) -> Finding:
    ahead = setup.clock.ahead
    if abs(ahead) > _APART:
        return remark(
            _("The clocks of this server and of the shop's database differ by %(minutes)d minutes.")
            % {"minutes": round(abs(ahead).total_seconds() / 60)},
            effect=_("Kontor allows for it; times of orders are shown as the shop has them."),
            cure=_(
                "If this server's clock is wrong, have it set by the network (NTP); else tell the shop's host."
            ),
        )
    name = setup.option("time_zone")
    there = offset(setup.server)
    zone = named_zone(name)
    if name and zone is None:
        return problem(
            _("There is no time zone “%(name)s”.") % {"name": name},
            cure=_("Enter one as in Europe/Ljubljana under “Time zone of the database”."),
        )
    if zone is not None:
        if datetime.now(UTC).astimezone(zone).utcoffset() != there:
            return problem(
                _("The database's local time is not that of %(name)s.") % {"name": name},
                effect=_("Times of orders and ends of sales would be wrong."),
                cure=_("Correct “Time zone of the database”: it is %(hours)s hours from UTC at present.")
                % {"hours": f"{there.total_seconds() / 3600:+g}"},
            )
        return ok(_("The database shows the time of %(name)s.") % {"name": name})
    if there:
        return remark(
            _("The database's time is %(hours)s hours from UTC.")
            % {"hours": f"{there.total_seconds() / 3600:+g}"},
            effect=_(
                "Times on the other side of the change of the clocks are taken for an hour too early or late."
            ),
            cure=_("Enter the zone under “Time zone of the database”, e.g. Europe/Ljubljana."),
        )
    return ok(_("The database keeps the time in UTC."))


def language(setup: Setup) -> Finding:
    wanted = setup.connection.language.lower()[:2]
    known = ", ".join(sorted(setup.languages))
    if wanted and wanted not in setup.languages:
        return remark(
            _("The shop has no language “%(code)s”, only: %(known)s.") % {"code": wanted, "known": known},
            effect=_("Names and descriptions are read and written in the shop's main language."),
            cure=_(
                "Choose another “Language of the texts” on the Connection page, or add the language in the shop."
            ),
        )
    return ok(
        _("Texts are kept in %(code)s; the shop has: %(known)s.") % {"code": wanted or "–", "known": known}
    )


def currency(setup: Setup) -> Finding:
    found = setup.settings.get("DEFAULT_CURRENCY", "")
    ours = setup.connection.currency
    if not found:
        return problem(
            _("The shop has no default currency."),
            cure=_("Choose it in the shop's panel under Localization > Currencies."),
        )
    if ours and ours != found:
        return problem(
            _("The shop sells in %(theirs)s, the price list chosen for it is in %(ours)s.")
            % {"theirs": found, "ours": ours},
            effect=_("No price is sent."),
            cure=_("Choose a price list in %(theirs)s on the page Stock and prices.") % {"theirs": found},
        )
    return ok(_("%(code)s; prices are kept without VAT, with four decimals.") % {"code": found})


def vat(setup: Setup) -> Finding:
    taxes = setup.taxes
    without = [taxes.titles.get(pk, pk) for pk, percent in taxes.percents.items() if percent is None]
    known = sorted({percent for percent in taxes.percents.values() if percent is not None}, reverse=True)
    shown = ", ".join(f"{percent.normalize():f} %" for percent in known)
    if not known:
        return remark(
            _("No tax class of the shop has a rate in %(country)s.") % {"country": taxes.country or "–"},
            effect=_("Articles with VAT cannot be sent to the shop."),
            cure=_(
                "Enter the home country on the Connection page, or the rates in the shop under Locations / Taxes."
            ),
        )
    chosen = setup.option("shipping_vat").replace(",", ".").removesuffix("%").strip()
    if chosen and not _is_number(chosen):
        return problem(
            _("“%(text)s” is no percentage.") % {"text": chosen},
            cure=_("Enter a number such as 22 under “VAT of delivery, in percent”, or leave it empty."),
        )
    if without:
        return remark(
            _("In %(country)s: %(rates)s. Without a rate there: %(names)s.")
            % {"country": taxes.country, "rates": shown, "names": ", ".join(without)},
            effect=_("Such a class is linked by hand on the Mappings page, if at all."),
        )
    return ok(_("In %(country)s: %(rates)s") % {"country": taxes.country, "rates": shown})


def _is_number(text: str) -> bool:
    try:
        return Decimal(text).is_finite()
    except InvalidOperation:
        return False


def stock(setup: Setup) -> Finding:
    if setup.settings.get("STOCK_LIMITED") != "true":
        return remark(
            _("The shop does not lower its stock when it sells."),
            effect=_("Between two runs it may sell what is gone."),
            cure=_("Set “Subtract stock” to true in the shop's panel under Configuration > Stock."),
        )
    if setup.sells_out and not setup.restocks:
        return ok(
            _("It switches articles off with their last piece; Kontor leaves them switched off, as set.")
        )
    if setup.sells_out:
        return ok(
            _("It switches articles off with their last piece; Kontor switches them on again with new stock.")
        )
    return ok(_("It does, and goes on selling what is sold out."))


def weights(setup: Setup) -> Finding:
    if unit := setup.option("weight_unit"):
        return ok(_("Weights are in %(unit)s.") % {"unit": unit})
    return remark(
        _("It is not known in which unit the shop keeps weights."),
        effect=_("Weights are neither read nor written; new articles get a weight of 0."),
        cure=_("Choose it under “Unit of weights” on the Connection page."),
    )


def caches(setup: Setup) -> Finding:
    if setup.settings.get("USE_CACHE") != "true":
        return ok(_("The shop builds its menus anew for each page."))
    if setup.plain.files is not None:
        return ok(_("The bridge file has them built anew when categories or producers change."))
    return remark(
        _("The shop keeps its menus in files."),
        effect=_("Changed categories and producers are seen in the shop only when these files are deleted."),
        cure=_(
            "Set “Use Cache” to false in the shop's panel under Configuration > Cache, or use the bridge file, which deletes them."
        ),
    )


CHECKS: Final[Mapping[str, Callable[[Setup], Finding]]] = {
    "version": version,
    "letters": letters,
    "clock": clock,
    "language": language,
    "currency": currency,
    "vat": vat,
    "stock": stock,
    "weights": weights,
    "caches": caches,
}
