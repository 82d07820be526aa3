"""Which steps each job has, and what each step may do: the matrix, or what the button said (E1, E3)."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass, replace

from shops.elements import ELEMENT_TYPES
from shops.models import Rule, Run, Shop
from shops.platforms.base import Can, Platform

CATALOGUE = ("unit", "category", "producer", "vat_rate", "article", "image", "stock", "price")
# What orders refer to; read along so that the Mappings page knows the shop's methods and statuses.
ORDER_DICTIONARIES = ("payment_method", "shipping_method", "order_status")

# They come inside an article's announcement.
INSIDE = frozenset({"image", "stock", "price"})

# Element types that one side may own as a whole (sync.owners): {type: field group}.
OWNED = {"price": "prices", "image": "images"}

LANES = {
    Run.Job.SYNC: Run.Lane.CATALOGUE,
    Run.Job.SYNC_CHANGED: Run.Lane.CATALOGUE,
    Run.Job.READ: Run.Lane.CATALOGUE,
    Run.Job.EXPORT_ALL: Run.Lane.CATALOGUE,
    Run.Job.EXPORT_STOCK: Run.Lane.STOCK,
    Run.Job.EXPORT_STATUSES: Run.Lane.ORDERS,
    Run.Job.IMPORT_ORDERS: Run.Lane.ORDERS,
    Run.Job.HEAR_ORDERS: Run.Lane.ORDERS,
    Run.Job.HEAR_OTHERS: Run.Lane.CATALOGUE,
    Run.Job.RECONCILE: Run.Lane.CATALOGUE,
    Run.Job.SYNC_ATTACHMENTS: Run.Lane.CATALOGUE,
    Run.Job.APPLY: Run.Lane.CATALOGUE,
    Run.Job.UNDO: Run.Lane.CATALOGUE,
    Run.Job.FEEDS: Run.Lane.FILES,
}


@dataclass(frozen=True, slots=True)
class Choice:
    """What one step may do. linked: "nothing", "here" or "shop". read False = work with what was read before.

    statuses: where the statuses of orders go, by the row of order statuses ("nothing", "here" or "shop").
    """

    linked: str = "nothing"
    statuses: str = "nothing"
    import_here: bool = False
    export_there: bool = False
    delete_there: bool = False
    read: bool = True

    @property
    def does_something(self) -> bool:
        moves = self.linked != "nothing" or self.statuses != "nothing"
        return moves or self.import_here or self.export_there or self.delete_there

    @property
    def directions(self) -> list[Choice]:
        """The linked elements' directions one by one: orders come here, their statuses may go there."""
        first = replace(self, statuses="nothing")
        if self.statuses != "shop" or self.linked == "shop":
            return [first]
        return [first, replace(first, linked="shop")]


def _allowed(choice: Choice, can: Can, *, follows: bool) -> Choice:
    """The choice less what the platform cannot do (M11): the matrix refuses such choices, a stale row must not act."""
    linked = choice.linked
    if (linked == "shop" and not can.update) or (linked == "here" and not can.read):
        linked = "nothing"
    return Choice(
        linked=linked,
        statuses=choice.statuses if can.update or choice.statuses == "here" else "nothing",
        import_here=choice.import_here and can.read and can.import_ and not follows,
        export_there=choice.export_there and can.create and not follows,
        delete_there=choice.delete_there and can.delete and not follows,
        read=choice.read and can.read,
    )


def _from_matrix(shop: Shop, rules: dict[str, Rule], kind: str) -> Choice:
    rule = rules.get(kind)
    if rule is None:
        return Choice()
    owner = OWNED.get(kind) and shop.owners.get(OWNED[kind])
    if owner and rule.linked != "nothing":
        # Who decides over all prices or images of this shop, whatever the row says.
        return Choice(
            "shop" if owner == "here" else "here",
            "nothing",
            rule.import_here,
            rule.export_there,
            rule.delete_there,
        )
    statuses = rules["order_status"].linked if kind == "order" and "order_status" in rules else "nothing"
    # The rows of methods and statuses say what orders do with them; there is nothing to write in the rows themselves.
    linked = "nothing" if ELEMENT_TYPES[kind].by_hand else rule.linked
    return Choice(linked, statuses, rule.import_here, rule.export_there, rule.delete_there)


def _wanted(shop: Shop, job: str, rules: dict[str, Rule], kind: str, can: Can) -> Choice | None:
    """None = the job has no such step."""
    if job == Run.Job.FEEDS:  # shops.files.outgoing does it; the engine itself has nothing to do in it
        return None
    if job == Run.Job.SYNC:
        return _from_matrix(shop, rules, kind)
    if job == Run.Job.SYNC_CHANGED:
        return _changed(_from_matrix(shop, rules, kind), kind, can)
    if job == Run.Job.SYNC_ATTACHMENTS:
        return _from_matrix(shop, rules, kind) if kind == "attachment" else None
    if job == Run.Job.READ:
        return Choice()
    if job == Run.Job.RECONCILE:
        return _reconcile(_from_matrix(shop, rules, kind), kind)
    if job in (Run.Job.APPLY, Run.Job.UNDO):
        return Choice(read=job == Run.Job.APPLY)
    if job == Run.Job.EXPORT_STOCK:
        return Choice(linked="shop", read=False) if kind == "stock" else None
    if job == Run.Job.EXPORT_STATUSES:
        return Choice(linked="shop", read=False) if kind == "order" else None
    if job in (Run.Job.HEAR_ORDERS, Run.Job.HEAR_OTHERS):
        return _heard(_from_matrix(shop, rules, kind), job, kind)
    if job == Run.Job.IMPORT_ORDERS:
        if kind == "order":
            return Choice(linked="here", import_here=True)
        return Choice() if kind in ORDER_DICTIONARIES else None
    return _export_all(shop, rules, kind)


def _heard(ruled: Choice, job: str, kind: str) -> Choice | None:
    """What comes here by the matrix, of the elements that the shop announced (O9, O14). Nothing goes to the shop."""
    kinds = ("order",) if job == Run.Job.HEAR_ORDERS else ("article", "image", "stock", "price", "customer")
    if kind not in kinds:
        return None
    linked = "here" if ruled.linked == "here" else "nothing"
    statuses = "here" if ruled.statuses == "here" else "nothing"
    return Choice(linked=linked, statuses=statuses, import_here=ruled.import_here)


def _changed(ruled: Choice, kind: str, can: Can) -> Choice | None:
    """P2: what is new or was changed here, and in the shop where it can say so; nothing is deleted, nothing read whole."""
    if kind not in (*CATALOGUE, "attachment"):
        return None
    # Without being told what changed there, the shop's side is left to the full update.
    comes = can.since and (ruled.linked == "here" or ruled.import_here)
    choice = replace(
        ruled,
        linked=ruled.linked if ruled.linked == "shop" or comes else "nothing",
        import_here=ruled.import_here and comes,
        delete_there=False,
        # Articles are read before new ones are created: somebody may have entered them in the shop since.
        read=comes or (can.since and kind == "article"),
    )
    return choice if choice.does_something else None


def _reconcile(ruled: Choice, kind: str) -> Choice | None:
    """Read everything again and repair what is linked; nothing is created or deleted on either side."""
    if kind in ("article", "stock", "price"):
        return Choice(linked=ruled.linked)
    return Choice() if kind in ("category", "producer", "vat_rate", "unit") else None


def _export_all(shop: Shop, rules: dict[str, Rule], kind: str) -> Choice | None:
    """Everything of ours into the shop. A type in which the matrix lets the shop lead is left out (E3)."""
    if kind not in CATALOGUE or (kind == "image" and not shop.transfer_files):
        return None
    if _from_matrix(shop, rules, kind).linked == "here":
        return Choice()
    return Choice(linked="shop", export_there=True)


def choices(shop: Shop, platform: type[Platform], job: str) -> dict[str, Choice]:
    """{element type: what its step may do}, in the order of the sync (M2).

    A sync by the matrix also reads and links types that are to be left alone, when articles or orders refer to them:
    without the link of its VAT rate no article could be sent.
    """
    rules = {rule.kind: rule for rule in shop.rules.all()}
    found: dict[str, Choice] = {}
    for kind, spec in ELEMENT_TYPES.items():
        can = platform.capabilities.get(kind)
        if can is None or not (can.read or can.create or can.update):
            continue
        wanted = _wanted(shop, job, rules, kind, can)
        if wanted is None:
            continue
        found[kind] = _allowed(wanted, can, follows=bool(spec.follows))
    if job == Run.Job.SYNC:
        found = _without_idle(found)
    if job == Run.Job.UNDO:
        return found
    return {kind: choice for kind, choice in found.items() if choice.read or choice.does_something}


def pushed_kinds(shop: Shop, platform: type[Platform]) -> set[str]:
    """Of stock and order statuses those that the matrix sends into the shop: their changes here go there at once."""
    found = choices(shop, platform, Run.Job.SYNC)
    kinds = set()
    if "stock" in found and found["stock"].linked == "shop":
        kinds.add("stock")
    if "order" in found and found["order"].statuses == "shop":
        kinds.add("order")
    return kinds


def heard_kinds(shop: Shop, platform: type[Platform]) -> set[str]:
    """The element types whose changes in the shop mean something here; only for those it is asked to call."""
    wanted = choices(shop, platform, Run.Job.HEAR_ORDERS) | choices(shop, platform, Run.Job.HEAR_OTHERS)
    kinds = {kind for kind, choice in wanted.items() if choice.does_something}
    return kinds - INSIDE | ({"article"} if kinds & INSIDE else set())


def referred_to(kinds: Set[str]) -> set[str]:
    """The types whose links these types need."""
    needed: set[str] = set()
    if kinds & {"article", "image", "stock", "price"}:
        # Stock and prices hang on the articles' links, articles on the links of what they refer to.
        needed |= {"unit", "category", "producer", "vat_rate", "article"}
    if "order" in kinds:
        needed |= set(ORDER_DICTIONARIES)
    return needed


def _without_idle(found: dict[str, Choice]) -> dict[str, Choice]:
    busy = {kind for kind, choice in found.items() if choice.does_something}
    needed = busy | referred_to(busy)
    return {kind: choice for kind, choice in found.items() if kind in needed}
