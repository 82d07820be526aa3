"""The checks behind the sign-in: what the shop is like, and whether that suits Kontor."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backoffice.lib.errors import RemoteError
from shops.platforms.base import Finding
from shops.platforms.findings import ok, problem, remark
from shops.platforms.woocommerce import complaints
from shops.platforms.woocommerce.mapping import values
from shops.platforms.woocommerce.setup import Setup

_OLDEST = (3, 5)  # the first with wc/v3
_SEEN_FROM = (9, 9)  # the oldest that was tried
_SHORT_S = 60
_SMALL_BYTES = 8 * 2**20


def version(setup: Setup) -> Finding:
    text = values.text(setup.environment, "version")
    number = _number(text)
    if not number:
        return remark(
            _("The shop does not tell its version."), effect=_("Newer features are found out by trying.")
        )
    if number < _OLDEST:
        return problem(
            _("WooCommerce %(version)s is too old.") % {"version": text},
            cure=_("Update WooCommerce to 9.9 or newer in the shop's panel."),
        )
    if number < _SEEN_FROM:
        return remark(
            _("WooCommerce %(version)s is older than the versions Kontor was tried with.")
            % {"version": text},
            effect=_(
                "EANs need 9.1, brands 9.6; each variable product costs a request when reading before 10.3."
            ),
            cure=_("Update WooCommerce when you can."),
        )
    return ok(_("WooCommerce %(version)s.") % {"version": text})


def currency(setup: Setup) -> Finding:
    there, ours = setup.facts().currency, setup.client.connection.currency
    if not there:
        return problem(
            _("The shop does not tell its currency."),
            effect=_("Prices cannot be sent or read."),
            cure=_("Choose it in the shop under WooCommerce > Settings > General, then save there."),
        )
    if ours and there != ours:
        return problem(
            _("The shop sells in %(there)s, but the price list chosen for it is in %(ours)s.")
            % {"there": there, "ours": ours},
            effect=_("Prices are not sent."),
            cure=_("Choose a price list in %(there)s on the page “Stock and prices”.") % {"there": there},
        )
    return ok(_("The shop sells in %(currency)s.") % {"currency": there})


def prices(setup: Setup) -> Finding:
    if setup.facts().prices_gross:
        return ok(_("Prices of the shop include VAT: Kontor sends and reads them gross."))
    return ok(_("Prices of the shop are without VAT: Kontor sends and reads them net."))


def vat(setup: Setup) -> Finding:
    where = _("WooCommerce > Settings > Tax")
    if setup.settings("general").get("woocommerce_calc_taxes") != "yes":
        return remark(
            _("The shop charges no VAT."),
            effect=_("Orders arrive without VAT."),
            cure=_(
                "If it should, tick “Enable tax rates and calculations” under WooCommerce > Settings > General."
            ),
        )
    home = [rate for rate in setup.rates.rates if rate.country in (setup.country, "")]
    if not home:
        return problem(
            _("The shop has no VAT rates for %(country)s.") % {"country": setup.country or "?"},
            effect=_("Articles with a VAT rate cannot be exported, and those read from the shop have none."),
            cure=_("Add them in the shop under %(where)s.") % {"where": where},
        )
    known = sorted({rate.percent for rate in home}, reverse=True)
    return ok(
        _("VAT rates for %(country)s: %(rates)s.")
        % {"country": setup.country, "rates": ", ".join(f"{values.number_text(one)} %" for one in known)}
    )


def stock(setup: Setup) -> Finding:
    if setup.settings("products").get("woocommerce_manage_stock") == "no":
        return problem(
            _("The shop does not count its stock."),
            effect=_("The shop takes stock levels and ignores them."),
            cure=_("Tick “Enable stock management” under WooCommerce > Settings > Products > Inventory."),
        )
    return ok(_("The shop counts its stock."))


def brands(setup: Setup) -> Finding:
    try:
        setup.client.get("products/brands", per_page=1, _fields="id")
    except RemoteError as error:
        if error.data.get("code") != complaints.NO_ROUTE:
            raise
        return remark(
            _("The shop has no brands."),
            effect=_("Producers cannot be read or sent."),
            why=_("Brands came with WooCommerce 9.6, or they are switched off."),
            cure=_("Update WooCommerce, or choose “Leave alone” for producers on the page “What to sync”."),
        )
    return ok(_("Producers go into the brands of the shop."))


def limits(setup: Setup) -> Finding:
    environment = setup.environment
    seconds = int(values.decimal(environment, "php_max_execution_time") or 0)
    most = int(values.decimal(environment, "php_post_max_size") or 0)
    if 0 < seconds < _SHORT_S:
        return remark(
            ngettext(
                "The shop's host stops every request after %(seconds)d second.",
                "The shop's host stops every request after %(seconds)d seconds.",
                seconds,
            )
            % {"seconds": seconds},
            effect=_("Sending a hundred articles at once may be cut off; Kontor then looks and goes on."),
            cure=_(
                "If it happens, lower “Elements per request”, or ask the provider for a higher max_execution_time."
            ),
        )
    if 0 < most < _SMALL_BYTES:
        return remark(
            _("The shop's host takes at most %(size)d MB at once.") % {"size": most // 2**20},
            effect=_("Articles with long descriptions may not go through in groups of a hundred."),
            cure=_("Lower “Elements per request”, or ask the provider for a higher post_max_size."),
        )
    return ok(_("The shop's host sets no limits that would hinder."))


def cron(setup: Setup) -> Finding:
    if setup.environment.get("wp_cron") is False:
        return remark(
            _("WordPress does not start its background work by itself (WP-Cron is off)."),
            effect=_("Without a replacement, the shop's calls to Kontor and its e-mails come late or never."),
            cure=_(
                "Ask the provider whether the server calls wp-cron.php every few minutes; then all is well."
            ),
        )
    return ok(_("WordPress does its background work by itself."))


CHECKS: Final[Mapping[str, Callable[[Setup], Finding]]] = {
    "version": version,
    "currency": currency,
    "prices": prices,
    "vat": vat,
    "stock": stock,
    "brands": brands,
    "limits": limits,
    "cron": cron,
}


def _number(text: str) -> tuple[int, ...]:
    parts = text.split("-")[0].split(".")[:2]
    return tuple(int(part) for part in parts) if all(part.isdigit() for part in parts) else ()
