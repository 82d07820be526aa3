"""What happens to an order of a shop, told from its rules in whole sentences: nothing happens unseen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from inventory.models import Warehouse
from orders.models import SalesChannel
from shops.models import Shop


@dataclass(frozen=True, slots=True)
class Step:
    icon: str
    text: str


def intake_steps(shop: Shop, channel: SalesChannel, statuses: Mapping[str, str]) -> list[Step]:
    """In the order in which they happen. statuses: {the shop's id: name} of its order statuses. One query at most."""
    return [
        Step("arrow_back", _which(shop, statuses)),
        Step("inventory_2", _articles(shop)),
        Step("person", _customers(shop)),
        Step("link", _unmapped(shop, channel)),
        Step("functions", _totals(shop)),
        Step("lock_clock", _reserved(channel)),
        Step("check", _accepted(shop)),
        Step("description", _documents(channel)),
        Step("replay", _again(shop)),
    ]


def _which(shop: Shop, statuses: Mapping[str, str]) -> str:
    names = get_text_list([statuses.get(key, key) for key in shop.import_statuses], _("or"))
    day = date_format(timezone.localtime(shop.orders_from)) if shop.orders_from else ""
    words = {"shop": shop.name, "day": day, "statuses": names}
    if day and names:
        return _("An order of %(shop)s comes in if it was placed since %(day)s and is %(statuses)s.") % words
    if day:
        return _("An order of %(shop)s comes in if it was placed since %(day)s.") % words
    if names:
        return _("An order of %(shop)s comes in once it is %(statuses)s.") % words
    return _("Every order of %(shop)s comes in, whatever its status.") % words


def _articles(shop: Shop) -> str:
    texts = {
        Shop.UnknownArticles.CREATE: _("An article that is not known here is created, without a price."),
        Shop.UnknownArticles.PARK: _("With an article that is not known here it waits for a person."),
        Shop.UnknownArticles.PLAIN: _(
            "A line whose article is not known here is billed as it is and moves no stock."
        ),
    }
    return texts[Shop.UnknownArticles(shop.unknown_articles)]


def _customers(shop: Shop) -> str:
    texts = {
        Shop.UnknownCustomers.CREATE: _(
            "The customer is found by the shop's link, e-mail, VAT id, or name and address; an unknown one is created."
        ),
        Shop.UnknownCustomers.PARK: _(
            "The customer is found by the shop's link, e-mail, VAT id, or name and address; with an unknown one it"
            " waits for a person."
        ),
        Shop.UnknownCustomers.COLLECTIVE: _(
            "The customer is found by the shop's link, e-mail, VAT id, or name and address; else it goes to"
            " %(customer)s."
        ),
    }
    return texts[Shop.UnknownCustomers(shop.unknown_customers)] % {
        "customer": shop.collective_customer or "?"
    }


def _unmapped(shop: Shop, channel: SalesChannel) -> str:
    waits = shop.unmapped == Shop.Unmapped.PARK or (
        shop.unmapped == Shop.Unmapped.DOCUMENTS and channel.issues_by_itself
    )
    if waits:
        return _("Until its status, methods and VAT rates are mapped, it waits for a person.")
    return _("What is not mapped yet stands on it in the shop's own words.")


def _totals(shop: Shop) -> str:
    if not shop.rounding_tolerance:
        return _("Its lines must meet the shop's total to the cent; else it waits for a person.")
    amount = f"{number_format(shop.rounding_tolerance, 2)} {shop.currency}".strip()
    return _(
        "Up to %(amount)s between its lines and the shop's total become a rounding line; above, it waits."
    ) % {"amount": amount}


def _reserved(channel: SalesChannel) -> str:
    warehouse = channel.warehouse or Warehouse.objects.filter(active=True).first()
    if warehouse is None:
        return _("No stock is kept back for it: there is no warehouse.")
    return _("Its goods are kept back in %(warehouse)s.") % {"warehouse": warehouse.name}


def _accepted(shop: Shop) -> str:
    return _("It is accepted by itself.") if shop.accept_orders else _("A person looks at it and accepts it.")


def _documents(channel: SalesChannel) -> str:
    if channel.becomes == SalesChannel.Becomes.NOTHING:
        return _("No document is made by itself.")
    words = {
        "document": channel.get_becomes_display(),
        "moment": channel.get_moment_display(),
    }
    if channel.becomes == SalesChannel.Becomes.PROFORMA:
        return _proforma(channel)
    if channel.as_draft:
        return _("%(document)s: drawn up as a draft %(moment)s; a person closes it.") % words
    if channel.send_mail:
        return _("%(document)s: issued %(moment)s, and mailed to the customer.") % words
    return _("%(document)s: issued %(moment)s.") % words


def _proforma(channel: SalesChannel) -> str:
    """Two documents, the second when the money is there."""
    words = {"moment": channel.get_moment_display()}
    if channel.as_draft:
        return (
            _(
                "A draft of the pro forma invoice is drawn up %(moment)s, one of the invoice as soon as it is paid; a"
                " person closes them."
            )
            % words
        )
    if channel.send_mail:
        return (
            _(
                "The pro forma invoice is issued %(moment)s, the invoice as soon as it is paid; both are mailed to the"
                " customer."
            )
            % words
        )
    return _("The pro forma invoice is issued %(moment)s, the invoice as soon as it is paid.") % words


def _again(shop: Shop) -> str:
    if shop.update_known_status and shop.rewrite_known:
        return _(
            "When the shop changes it, status and content follow; once somebody worked on it, only the status."
        )
    if shop.rewrite_known:
        return _(
            "When the shop changes it, its content follows until somebody worked on it; its status does not."
        )
    if shop.update_known_status:
        return _("When the shop changes it, its status follows; any other difference is shown.")
    return _("When the shop changes it, the difference is shown; nothing is taken over by itself.")
