"""The matrix in plain words: what the next sync will do with each row, one sentence for each effect."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from shops import elements
from shops.models import Rule, Shop
from shops.services.rules import CONTRADICTION, Row, RuleValues

HERE, SHOP, DELETE, STILL, BAD = "here", "shop", "delete", "", "bad"


@dataclass(frozen=True, slots=True)
class Sentence:
    """One effect of one cell. It holds while `cell` has the value `when`.

    cell: "linked" (when: a Rule.Linked), "export" (on, off), "only_shop" (import, delete, both, none) or "row" (always).
    arrow: "here", "shop", "delete", "bad" or "" (nothing moves).
    """

    cell: str
    when: str
    arrow: str
    text: str

    def holds(self, values: RuleValues) -> bool:
        return self.cell == "row" or state_of(values)[self.cell] == self.when


@dataclass(frozen=True, slots=True)
class ShopWords:
    """What the sentences name: the warehouses and price lists chosen for a shop."""

    warehouses: tuple[str, ...] = ()
    buffer: Decimal = Decimal(0)
    download_warehouse: str = ""
    price_lists: tuple[str, ...] = ()
    download_price_list: str = ""

    @classmethod
    def of(cls, shop: Shop) -> ShopWords:
        return cls(
            warehouses=tuple(shop.warehouses.values_list("name", flat=True)),
            buffer=shop.safety_buffer,
            download_warehouse=str(shop.download_warehouse or ""),
            price_lists=tuple(pl.name for pl in (shop.price_list, shop.sale_price_list) if pl),
            download_price_list=shop.download_price_list.name if shop.download_price_list else "",
        )


def state_of(values: RuleValues) -> dict[str, str]:
    """A row's choices as the cells of the sentences."""
    only_shop = {
        (True, True): "both",
        (True, False): "import",
        (False, True): "delete",
        (False, False): "none",
    }[values.import_here, values.delete_there]
    return {
        "linked": str(values.linked),
        "export": "on" if values.export_there else "off",
        "only_shop": only_shop,
    }


def sentences(row: Row, rule: Rule, words: ShopWords) -> list[Sentence]:
    """All sentences that the row can show, whatever is chosen; `holds` says which are true now."""
    if row.fixed:
        return _fixed(row, rule)
    if not (row.can.read or row.can.create):
        return [Sentence("row", "", STILL, _("Nothing changes"))]
    if row.kind in _SPECIAL:
        return _SPECIAL[row.kind](rule, words)
    if row.spec.by_hand:
        return [_by_hand(rule)]
    return _general(rule)


def effects(row: Row, rule: Rule, values: RuleValues, words: ShopWords) -> list[Sentence]:
    """What the next sync will do with this row; "Nothing changes" when it does nothing."""
    true_now = [one for one in sentences(row, rule, words) if one.holds(values)]
    return true_now or [Sentence("row", "", STILL, _("Nothing changes"))]


def _number(count: int) -> str:
    return number_format(count, force_grouping=True)


def _general(rule: Rule) -> list[Sentence]:
    return [*_linked(rule.linked_count), *_only_here(rule.only_here_count), *_only_shop(rule.only_shop_count)]


def _linked(count: int | None) -> list[Sentence]:
    if not count:
        found = [
            Sentence("linked", "shop", SHOP, _("Linked ones get our version where they differ")),
            Sentence("linked", "here", HERE, _("Linked ones take over the shop’s version")),
        ]
        return (
            found
            if count == 0
            else [*found, Sentence("linked", "nothing", STILL, _("Linked ones stay as they are"))]
        )
    gets = ngettext(
        "%(number)s gets our version if it differs", "%(number)s get our version if they differ", count
    )
    follows = ngettext("%(number)s follows the shop", "%(number)s follow the shop", count)
    stays = ngettext("%(number)s linked: no change", "%(number)s linked: no change", count)
    return _counted(
        count,
        Sentence("linked", "shop", SHOP, gets),
        Sentence("linked", "here", HERE, follows),
        Sentence("linked", "nothing", STILL, stays),
    )


def _only_here(count: int | None) -> list[Sentence]:
    if count is None:
        return [Sentence("export", "on", SHOP, _("Those that exist only here will be created in the shop"))]
    if count == 0:
        return [Sentence("export", "on", SHOP, _("New ones here will be created in the shop"))]
    created = ngettext("%(number)s is created in the shop", "%(number)s are created in the shop", count)
    stays = ngettext("%(number)s only here: no change", "%(number)s only here: no change", count)
    return _counted(count, Sentence("export", "on", SHOP, created), Sentence("export", "off", STILL, stays))


def _only_shop(count: int | None) -> list[Sentence]:
    if not count:
        if count == 0:
            created = _("New ones in the shop will be created here")
            deleted = _("New ones that appear only in the shop will be deleted there")
        else:
            created = _("Those that exist only in the shop will be created here")
            deleted = _("Those that exist only in the shop will be deleted there")
        return [
            Sentence("only_shop", "import", HERE, created),
            Sentence("only_shop", "delete", DELETE, deleted),
            Sentence("only_shop", "both", BAD, str(CONTRADICTION)),
        ]
    created = ngettext("%(number)s is created here", "%(number)s are created here", count)
    deleted = ngettext(
        "%(number)s that exists only in the shop will be deleted there",
        "%(number)s that exist only in the shop will be deleted there",
        count,
    )
    both = ngettext(
        "Import and Delete contradict each other. The same %(number)s would come here and vanish there. "
        "Untick one.",
        "Import and Delete contradict each other. The same %(number)s would come here and vanish there. "
        "Untick one.",
        count,
    )
    stays = ngettext(
        "%(number)s only in the shop: no change", "%(number)s only in the shop: no change", count
    )
    return _counted(
        count,
        Sentence("only_shop", "import", HERE, created),
        Sentence("only_shop", "delete", DELETE, deleted),
        Sentence("only_shop", "both", BAD, both),
        Sentence("only_shop", "none", STILL, stays),
    )


def _counted(count: int, *found: Sentence) -> list[Sentence]:
    return [replace(one, text=one.text % {"number": _number(count)}) for one in found]


def _fixed(row: Row, rule: Rule) -> list[Sentence]:
    if rule.linked_count is None or rule.only_shop_count is None:
        text = _("All of the shop are fetched here anew")
    else:
        count = rule.linked_count + rule.only_shop_count
        text = ngettext(
            "All %(number)s is fetched here anew", "All %(number)s are fetched here anew", count
        ) % {"number": _number(count)}
    return [
        Sentence("linked", "here", HERE, text),
        Sentence("linked", "nothing", STILL, _("Nothing is fetched")),
    ]


def _stock(rule: Rule, words: ShopWords) -> list[Sentence]:
    count = rule.linked_count
    sent = (
        ngettext("%(number)s level is sent if it differs", "%(number)s levels are sent if they differ", count)
        % {"number": _number(count)}
        if count
        else _("Levels of linked articles are sent where they differ")
    )
    found = [Sentence("linked", "shop", SHOP, sent)]
    if words.warehouses:
        names = " + ".join(words.warehouses)
        found.append(
            Sentence(
                "linked",
                "shop",
                STILL,
                _("%(warehouses)s, less %(buffer)s")
                % {"warehouses": names, "buffer": number_format(words.buffer.normalize())}
                if words.buffer
                else names,
            )
        )
    else:
        found.append(
            Sentence("linked", "shop", BAD, _("No warehouse is chosen yet. Choose one in Stock and prices."))
        )
    if words.download_warehouse:
        taken = _("Levels of the shop are taken over into %(warehouse)s") % {
            "warehouse": words.download_warehouse
        }
        found.append(Sentence("linked", "here", HERE, taken))
    else:
        found.append(
            Sentence(
                "linked",
                "here",
                BAD,
                _("No warehouse for stock from the shop is chosen yet. Choose it in Stock and prices."),
            )
        )
    found.append(Sentence("linked", "nothing", STILL, _("Levels stay as they are on both sides")))
    return found


def _price(rule: Rule, words: ShopWords) -> list[Sentence]:
    count = len(words.price_lists)
    found = []
    if count:
        found.append(
            Sentence(
                "linked",
                "shop",
                SHOP,
                ngettext(
                    "%(number)s price list is sent where it differs",
                    "%(number)s price lists are sent where they differ",
                    count,
                )
                % {"number": _number(count)},
            )
        )
        found.append(Sentence("linked", "shop", STILL, ", ".join(f"“{name}”" for name in words.price_lists)))
    else:
        found.append(
            Sentence("linked", "shop", BAD, _("No price list is chosen yet. Choose one in Stock and prices."))
        )
    if words.download_price_list:
        taken = _("Prices of the shop are taken over into “%(list)s”") % {"list": words.download_price_list}
        found.append(Sentence("linked", "here", HERE, taken))
    else:
        found.append(
            Sentence(
                "linked",
                "here",
                BAD,
                _("No price list for prices from the shop is chosen yet. Choose it in Stock and prices."),
            )
        )
    found.append(Sentence("linked", "nothing", STILL, _("Prices stay as they are on both sides")))
    return found


def _by_hand(rule: Rule) -> Sentence:
    missing = rule.only_shop_count
    if missing is None:
        return Sentence("row", "", STILL, _("Orders come in; a method that is not linked stays open in them"))
    if missing:
        text = ngettext(
            "%(number)s is not linked: orders with it come in, with the method left open",
            "%(number)s are not linked: orders with them come in, with the method left open",
            missing,
        ) % {"number": _number(missing)}
        return Sentence("row", "", STILL, text)
    return Sentence("row", "", STILL, _("Every order finds its method"))


def _order_status(rule: Rule, words: ShopWords) -> list[Sentence]:
    return [
        Sentence("linked", "shop", SHOP, _("Statuses set here are sent")),
        Sentence("linked", "shop", STILL, _("Those set there: shown, not taken over")),
        Sentence("linked", "here", HERE, _("Statuses set there are taken over")),
        Sentence("linked", "nothing", STILL, _("Statuses stay as they are on both sides")),
    ]


def _order(rule: Rule, words: ShopWords) -> list[Sentence]:
    return [
        *(one for one in _only_shop(rule.only_shop_count) if one.when in ("import", "none")),
        Sentence(
            "linked", "here", HERE, _("Known ones follow the shop until someone here has worked on them")
        ),
        Sentence("linked", "nothing", STILL, _("Known ones stay as they are")),
    ]


_SPECIAL: dict[str, Callable[[Rule, ShopWords], list[Sentence]]] = {
    elements.STOCK: _stock,
    elements.PRICE: _price,
    elements.ORDER_STATUS: _order_status,
    elements.ORDER: _order,
}


def summary(choices: dict[str, RuleValues]) -> dict[str, Any]:
    """How many types write there, write here and delete there: the strip above the table."""
    return {
        "there": sum(values.linked == Rule.Linked.SHOP or values.export_there for values in choices.values()),
        "here": sum(values.writes_here for values in choices.values()),
        "delete": sum(values.delete_there for values in choices.values()),
    }
