"""Our side of prices: from the shop's price lists, or into the one that a download fills (P1, P2, P5)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import cast

from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.lib.errors import Conflict, KontorError, NotYet, Refused
from backoffice.lib.money import gross_from_net, net_from_gross
from inventory.models import Article, Price, PriceList
from shops.records import PriceRecord, Record
from shops.sync.jobs import Choice
from shops.sync.local.amounts import KEPT, list_prices, shop_prices, vat_percents
from shops.sync.local.base import Incoming
from shops.sync.local.of_articles import OfArticles


class Prices(OfArticles):
    kind = "price"
    direction: str = "shop"

    def guard(self, choice: Choice) -> None:
        """Raises when prices cannot be compared at all: no list chosen, or another currency in the shop."""
        self.direction = choice.linked
        if choice.linked == "nothing":
            return
        chosen = self._list()
        if chosen is None:
            raise NotYet(
                _("No price list is chosen for %(shop)s.") % {"shop": self.shop.name},
                cure=_("Choose it on the shop's page Stock and prices."),
                key="no_price_list",
            )
        currency = str(self.shop.facts.get("currency", ""))
        if currency and self.shop.currency and currency != self.shop.currency:
            raise Conflict(
                _("%(shop)s now sells in %(now)s instead of %(before)s. No price was touched.")
                % {"shop": self.shop.name, "now": currency, "before": self.shop.currency},
                cure=_("Check the shop. If this is right, enter the new currency on its Connection page."),
                key="currency_changed",
            )
        lists = [chosen]
        if choice.linked == "shop" and self.shop.sale_price_list is not None:
            lists.append(self.shop.sale_price_list)
        for price_list in lists:
            if currency and price_list.currency != currency:
                raise Conflict(
                    _(
                        "%(shop)s sells in %(theirs)s, the price list “%(list)s” is in %(ours)s. No price was touched."
                    )
                    % {
                        "shop": self.shop.name,
                        "theirs": currency,
                        "list": price_list.name,
                        "ours": price_list.currency,
                    },
                    cure=_("Choose a price list in the shop's currency on its page Stock and prices."),
                    key="currency",
                )

    def _list(self) -> PriceList | None:
        return self.shop.price_list if self.direction == "shop" else self.shop.download_price_list

    def records(self, ids: Collection[int], *, for_create: bool = False) -> dict[int, Record | KontorError]:
        sellable = Article.objects.filter(pk__in=ids).sellable()
        if self.direction == "here":
            return self._records_for_download(list(sellable.values_list("pk", flat=True)))
        excluded = self.shop.excluded_categories.all()
        if excluded.exists():
            sellable = sellable.outside_of(excluded)
        skus = dict(sellable.values_list("pk", "sku"))
        prices = shop_prices(self.shop, skus.keys(), coming=self.side.platform.can(self.kind).starts)
        return {
            pk: record if record.regular is not None else _needs_vat(skus[pk])
            for pk, record in prices.items()
        }

    def _records_for_download(self, ids: list[int]) -> dict[int, Record | KontorError]:
        """Articles without a price in the list are there with an empty record, so that the shop's price is taken."""
        chosen = self._list()
        if chosen is None:
            return {}
        prices = list_prices(self.shop, ids, chosen)
        return {pk: prices.get(pk, PriceRecord(regular=Decimal(-1))) for pk in ids}

    def apply(self, items: Sequence[Incoming]) -> list[int | KontorError]:
        """The regular price into the chosen list, converted between net and gross; sales are left to the shop."""
        chosen = self._list()
        if chosen is None:
            return [
                NotYet(_("No price list is chosen for prices from the shop."), key="no_price_list")
            ] * len(items)
        ids = [item.local_id for item in items if item.local_id is not None]
        vat = vat_percents(ids)
        known = {
            price.article_id: price
            for price in Price.objects.filter(
                price_list=chosen, article__in=ids, min_quantity=1, valid_from__isnull=True
            )
        }
        results: list[int | KontorError] = []
        changed: list[Price] = []
        for item in items:
            local_id = cast(int, item.local_id)
            amount = self._amount(cast(PriceRecord, item.record), chosen, vat.get(local_id))
            if isinstance(amount, KontorError):
                results.append(amount)
                continue
            price = known.get(local_id) or Price(price_list=chosen, article_id=local_id, min_quantity=1)
            price.amount, price.changed_at = amount, timezone.now()
            changed.append(price)
            results.append(local_id)
        Price.objects.bulk_create([price for price in changed if price.pk is None])
        Price.objects.bulk_create(
            [price for price in changed if price.pk is not None and price.article_id in known],
            update_conflicts=True,
            unique_fields=["id"],
            update_fields=["amount", "changed_at"],
        )
        return results

    def _amount(self, record: PriceRecord, chosen: PriceList, vat: Decimal | None) -> Decimal | KontorError:
        if record.regular is None:
            return Refused(
                _("The shop shows no price for it."), cure=_("Enter a price in the shop."), key="no_price"
            )
        shop_gross = bool(self.shop.facts.get("prices_gross", chosen.gross))
        if shop_gross == chosen.gross:
            return record.regular.quantize(KEPT)
        if vat is None:
            return _needs_vat("")
        convert = gross_from_net if chosen.gross else net_from_gross
        return convert(record.regular, vat).quantize(KEPT)


def _needs_vat(sku: str) -> KontorError:
    return Refused(
        _("The price of %(sku)s cannot be converted between net and gross: the article has no VAT rate.")
        % {"sku": sku},
        cure=_("Choose the VAT rate on the article."),
        key="article_without_vat",
    )
