"""The matrix: which cells a platform leaves open, the presets, and saving it (M3-M6, M11).

A cell is one of CELLS. What a platform cannot do comes from its capabilities, each with its reason; nothing here
knows a platform's name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from shops import elements
from shops.elements import ELEMENT_TYPES, ElementType, Text
from shops.models import Problem, RemoteElement, Rule, Shop
from shops.platforms.base import Can, Platform
from shops.platforms.registry import platform_for

CELLS: Final = ("here", "shop", "import", "export", "delete")

_ORDERS_STAY: Final = _(
    "Kontor never creates, rewrites or deletes orders in a shop. Statuses have their own row."
)
_BY_HAND: Final = _("Linked by hand on the Mappings page.")
_FOLLOWS: Final = _("Follows the article.")

CONTRADICTION: Final = _(
    "Import and Delete contradict each other: the same elements would come here and vanish there. Untick one."
)


@dataclass(frozen=True, slots=True)
class RuleValues:
    """One row's choices: linked is one of Rule.Linked."""

    linked: str = Rule.Linked.NOTHING
    import_here: bool = False
    export_there: bool = False
    delete_there: bool = False

    @classmethod
    def of(cls, rule: Rule) -> RuleValues:
        return cls(rule.linked, rule.import_here, rule.export_there, rule.delete_there)

    @property
    def chosen_cells(self) -> tuple[str, ...]:
        """The cells that are switched on, in the order of CELLS."""
        on = {
            "here": self.linked == Rule.Linked.HERE,
            "shop": self.linked == Rule.Linked.SHOP,
            "import": self.import_here,
            "export": self.export_there,
            "delete": self.delete_there,
        }
        return tuple(cell for cell in CELLS if on[cell])

    @property
    def writes_here(self) -> bool:
        return self.linked == Rule.Linked.HERE or self.import_here


NOTHING: Final = RuleValues()
FIXED: Final = RuleValues(linked=Rule.Linked.HERE, import_here=True)


@dataclass(frozen=True, slots=True)
class Row:
    """What one row of the matrix offers on a platform. locked: {cell: reason}; a cell not in it is open.

    fixed: the name of the only choice there is (M5); then the row is FIXED or NOTHING.
    """

    spec: ElementType
    can: Can
    locked: Mapping[str, Text] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        return self.spec.key

    @property
    def fixed(self) -> Text:
        return self.can.fixed

    @property
    def has_linked(self) -> bool:
        """Whether the row shows the choice of three. Of what is mapped by hand only order statuses do."""
        return not self.fixed and (not self.spec.by_hand or self.kind == elements.ORDER_STATUS)

    @property
    def has_ticks(self) -> bool:
        return not (self.fixed or self.spec.by_hand or self.spec.follows)

    @property
    def reasons(self) -> tuple[str, ...]:
        """Each reason once, for the visible line under the row."""
        shown = CELLS if self.has_ticks else ("here", "shop") if self.has_linked else ()
        return tuple(dict.fromkeys(str(self.locked[cell]) for cell in shown if cell in self.locked))

    def allows(self, cell: str) -> bool:
        return cell not in self.locked


def cell_states(platform: type[Platform], kind: str) -> dict[str, Text]:
    """{cell: why it is locked} of one row; open cells are absent."""
    can = platform.can(kind)
    spec = ELEMENT_TYPES[kind]
    if can.fixed:
        return dict.fromkeys(("shop", "export", "delete"), can.why.get("update") or can.note)
    write_reason = can.reason("update")
    if kind == elements.ORDER:
        write_reason = _ORDERS_STAY
    elif kind == elements.ORDER_STATUS:  # a status goes back on its order (records.OrderStatusChange)
        orders = platform.capabilities.get(elements.ORDER)
        write_reason = orders.reason("update") if orders else _("This platform has no orders.")
    elif spec.by_hand:
        write_reason = _BY_HAND
    reasons: dict[str, Text] = {
        "here": _BY_HAND if spec.by_hand and kind != elements.ORDER_STATUS else can.reason("read"),
        "shop": can.reason("read") or write_reason,
    }
    if spec.follows or spec.by_hand:
        reasons |= dict.fromkeys(("import", "export", "delete"), _FOLLOWS if spec.follows else _BY_HAND)
    elif kind == elements.ORDER:
        reasons |= {
            "import": can.reason("read") or can.reason("import"),
            "export": _ORDERS_STAY,
            "delete": _ORDERS_STAY,
        }
    else:
        reasons |= {
            "import": can.reason("read") or can.reason("import"),
            "export": can.reason("create"),
            "delete": can.reason("read") or can.reason("delete"),
        }
    return {cell: reason for cell, reason in reasons.items() if reason}


def row_of(platform: type[Platform], kind: str) -> Row:
    return Row(ELEMENT_TYPES[kind], platform.can(kind), cell_states(platform, kind))


def rows_of(platform: type[Platform]) -> list[Row]:
    """The rows of this platform's matrix, in the order of a sync (M2)."""
    return [row_of(platform, kind) for kind in ELEMENT_TYPES if kind in platform.capabilities]


def problems_of(row: Row, values: RuleValues) -> list[tuple[str, Text]]:
    """(cell, sentence) for everything that must not be saved: locked cells, and Import with Delete (M4)."""
    found: list[tuple[str, Text]] = [
        (cell, row.locked[cell]) for cell in values.chosen_cells if not row.allows(cell)
    ]
    if values.import_here and values.delete_there:
        found.append(("import", CONTRADICTION))
    return found


def ensure_rules(shop: Shop) -> dict[str, Rule]:
    """All rules of the shop by element type, in sync order; missing ones are created, doing nothing."""
    kinds = [row.kind for row in rows_of(platform_for(shop))]
    present = {rule.kind: rule for rule in Rule.objects.filter(shop=shop)}
    missing = [Rule(shop=shop, kind=kind) for kind in kinds if kind not in present]
    if missing:
        Rule.objects.bulk_create(missing, ignore_conflicts=True)  # somebody else may be opening the page too
        present = {rule.kind: rule for rule in Rule.objects.filter(shop=shop)}
    return {kind: present[kind] for kind in kinds}


def save_rules(shop: Shop, choices: Mapping[str, RuleValues]) -> list[str]:
    """Save the given rows; the types that changed. Raises ValidationError when a row may not be saved so."""
    platform = platform_for(shop)
    rules = ensure_rules(shop)
    errors = [
        f"{ELEMENT_TYPES[kind].label}: {sentence}"
        for kind, values in choices.items()
        for _cell, sentence in problems_of(row_of(platform, kind), values)
    ]
    if errors:
        raise ValidationError(errors)
    changed = [kind for kind, values in choices.items() if RuleValues.of(rules[kind]) != values]
    with transaction.atomic():
        for kind in changed:  # at most one row for each element type
            rule, values = rules[kind], choices[kind]
            rule.linked, rule.import_here = values.linked, values.import_here
            rule.export_there, rule.delete_there = values.export_there, values.delete_there
            # By save(), so that it stands in the journal; the counters beside them belong to the workers.
            rule.save(update_fields=["linked", "import_here", "export_there", "delete_there"])
            if not values.delete_there:
                _forget_deletions(shop, kind)
    return changed


def _forget_deletions(shop: Shop, kind: str) -> None:
    """What the shop would not delete is no cause any more once nobody wants it deleted."""
    kept = RemoteElement.objects.of(shop, kind).present().unlinked().filter(problem__isnull=False)
    causes = set(kept.values_list("problem", flat=True))
    kept.update(problem=None, problem_print="")
    Problem.objects.filter(pk__in=causes, elements=None, orders=None).update(
        count=0, state=Problem.State.CURED
    )


# Presets fill the table; saving is another step.

KONTOR_LEADS: Final = "kontor_leads"
SHOP_LEADS: Final = "shop_leads"
STOCK_PRICES: Final = "stock_prices"
ORDERS_ONLY: Final = "orders_only"

PRESETS: Final[dict[str, Text]] = {
    KONTOR_LEADS: _("Kontor leads"),
    SHOP_LEADS: _("Shop leads"),
    STOCK_PRICES: _("Stock and prices only"),
    ORDERS_ONLY: _("Only orders and stock"),
}

_TO_SHOP: Final = RuleValues(linked=Rule.Linked.SHOP)
_TO_SHOP_ALL: Final = RuleValues(linked=Rule.Linked.SHOP, export_there=True)
_FROM_SHOP: Final = RuleValues(linked=Rule.Linked.HERE)
_FROM_SHOP_ALL: Final = RuleValues(linked=Rule.Linked.HERE, import_here=True)
_SALES: Final = {
    elements.CUSTOMER: _FROM_SHOP_ALL,
    elements.ORDER: _FROM_SHOP_ALL,
    elements.ORDER_STATUS: _TO_SHOP,
}
_DICTIONARIES: Final = (elements.UNIT, elements.CATEGORY, elements.PRODUCER, elements.VAT_RATE)
_GOODS: Final = (elements.ARTICLE, elements.IMAGE, elements.ATTACHMENT)

_WISHES: Final[dict[str, dict[str, RuleValues]]] = {
    KONTOR_LEADS: {
        **dict.fromkeys((*_DICTIONARIES, *_GOODS), _TO_SHOP_ALL),
        elements.STOCK: _TO_SHOP,
        elements.PRICE: _TO_SHOP,
        **_SALES,
    },
    SHOP_LEADS: {
        **dict.fromkeys((*_DICTIONARIES, *_GOODS), _FROM_SHOP_ALL),
        elements.STOCK: _FROM_SHOP,
        elements.PRICE: _FROM_SHOP,
        **_SALES,
        elements.ORDER_STATUS: _FROM_SHOP,
    },
    STOCK_PRICES: {elements.STOCK: _TO_SHOP, elements.PRICE: _TO_SHOP},
    ORDERS_ONLY: {elements.STOCK: _TO_SHOP, **_SALES},
}


def preset_values(platform: type[Platform], preset: str) -> dict[str, RuleValues]:
    """What the preset would choose on this platform, for every row of its matrix. Locked cells stay off.

    Raises KeyError for an unknown preset.
    """
    wishes = _WISHES[preset]
    return {row.kind: _as_far_as_open(row, wishes.get(row.kind, NOTHING)) for row in rows_of(platform)}


def apply_preset(shop: Shop, preset: str) -> list[str]:
    """Save the preset's choices; the types that changed. Raises KeyError for an unknown preset."""
    return save_rules(shop, preset_values(platform_for(shop), preset))


def matching_preset(platform: type[Platform], choices: Mapping[str, RuleValues]) -> str:
    """The preset that the table equals now, "" for own settings."""
    return next((key for key in PRESETS if preset_values(platform, key) == dict(choices)), "")


def _as_far_as_open(row: Row, wish: RuleValues) -> RuleValues:
    if row.fixed:  # the only choice there is serves whoever leads: the tree must be known here
        return NOTHING if wish == NOTHING else FIXED
    linked_cell = "here" if wish.linked == Rule.Linked.HERE else "shop"
    return RuleValues(
        linked=wish.linked if row.allows(linked_cell) else Rule.Linked.NOTHING,
        import_here=wish.import_here and row.allows("import"),
        export_there=wish.export_there and row.allows("export"),
        delete_there=wish.delete_there and row.allows("delete"),
    )
