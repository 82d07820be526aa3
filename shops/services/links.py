"""Links made by hand: what belongs together, who is suggested, and linking, unlinking, ignoring (O8).

A link changes neither side; what the next sync does with linked elements stands in the rules.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from difflib import SequenceMatcher
from typing import Any, Final

from django.db import IntegrityError, models, transaction
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _

from backoffice.lib.errors import Conflict, Unsupported
from inventory.models import Article, Category, Producer, Unit, VatRate
from orders.models import Customer, OrderStatus, PaymentMethod, ShippingMethod
from shops import elements
from shops.models import RemoteElement, Rule, Shop

CHUNK: Final = 500
PAGE: Final = 100
ALIKE: Final = 0.72  # of 1, by difflib: one word more or a slip of the pen is alike
MOST_ALIKE: Final = 3
DICTIONARY_LIMIT: Final = 5000  # a dictionary longer than this is searched, not listed

_LINKABLE: Final = (
    RemoteElement.State.PRESENT,
    RemoteElement.State.IGNORED,
    RemoteElement.State.DELETED_HERE,
)

LOCAL_MODELS: Final[dict[str, type[models.Model]]] = {
    elements.UNIT: Unit,
    elements.CATEGORY: Category,
    elements.PRODUCER: Producer,
    elements.VAT_RATE: VatRate,
    elements.ARTICLE: Article,
    elements.CUSTOMER: Customer,
    elements.PAYMENT_METHOD: PaymentMethod,
    elements.SHIPPING_METHOD: ShippingMethod,
    elements.ORDER_STATUS: OrderStatus,
}
MAPPED: Final = (
    elements.PAYMENT_METHOD,
    elements.SHIPPING_METHOD,
    elements.ORDER_STATUS,
    elements.VAT_RATE,
    elements.UNIT,
    elements.CATEGORY,
    elements.PRODUCER,
    elements.ARTICLE,
    elements.CUSTOMER,
)
_NAMED: Final = (
    elements.UNIT,
    elements.CATEGORY,
    elements.PRODUCER,
    elements.PAYMENT_METHOD,
    elements.SHIPPING_METHOD,
    elements.ORDER_STATUS,
)
CREATABLE: Final = (
    elements.UNIT,
    elements.PRODUCER,
    *(kind for kind in _NAMED if kind.endswith(("method", "status"))),
)
LISTED: Final = (
    elements.UNIT,
    elements.VAT_RATE,
    elements.PAYMENT_METHOD,
    elements.SHIPPING_METHOD,
    elements.ORDER_STATUS,
)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Ids here that may belong to an element. sure: exactly one, by a key that names one thing. why: in words."""

    local_ids: tuple[int, ...]
    sure: bool
    why: str


def of_kind(shop: Shop, kind: str) -> QuerySet[RemoteElement]:
    """The shop's elements that a person may link: present ones, or ignored ones."""
    return RemoteElement.objects.of(shop, kind).filter(state__in=_LINKABLE)


def open_elements(shop: Shop, kind: str) -> QuerySet[RemoteElement]:
    return RemoteElement.objects.of(shop, kind).present().unlinked().order_by("name", "id")


def unlinked_here(shop: Shop, kind: str) -> QuerySet[Any]:
    """Our rows of the type that have no partner in this shop."""
    taken = RemoteElement.objects.of(shop, kind).linked().values("local_id")
    found = LOCAL_MODELS[kind]._default_manager.exclude(pk__in=taken)
    if kind in (elements.PAYMENT_METHOD, elements.SHIPPING_METHOD):
        found = found.filter(active=True)
    return found


def suggestions(shop: Shop, kind: str, unlinked: Sequence[RemoteElement]) -> dict[int, Suggestion]:
    """{element id: who may belong to it}; elements without anything alike are absent. A fixed number of queries."""
    if kind == elements.ARTICLE:
        return _articles(shop, unlinked)
    if kind == elements.CUSTOMER:
        return _customers(shop, unlinked)
    if kind == elements.VAT_RATE:
        return _vat_rates(shop, unlinked)
    return _named(shop, kind, unlinked)


def _articles(shop: Shop, unlinked: Sequence[RemoteElement]) -> dict[int, Suggestion]:
    skus = {element.natural_key for element in unlinked if element.natural_key}
    eans = {element.second_key for element in unlinked if element.second_key}
    names = {element.name for element in unlinked if element.name}
    rows = unlinked_here(shop, elements.ARTICLE).filter(Q(sku__in=skus) | Q(ean__in=eans) | Q(name__in=names))
    by: dict[str, dict[str, list[int]]] = {
        "sku": defaultdict(list),
        "ean": defaultdict(list),
        "name": defaultdict(list),
    }
    for pk, sku, ean, name in rows.values_list("pk", "sku", "ean", "name")[: CHUNK * 4]:
        by["sku"][sku].append(pk)
        if ean:
            by["ean"][ean].append(pk)
        by["name"][name].append(pk)
    twice = _keys_twice(shop, elements.ARTICLE, skus)
    found: dict[int, Suggestion] = {}
    for element in unlinked:
        if ids := by["sku"].get(element.natural_key) if element.natural_key else None:
            double = element.natural_key in twice
            why = _("the shop has this SKU twice") if double else _("same SKU")
            found[element.pk] = Suggestion(tuple(ids), len(ids) == 1 and not double, why)
        elif ids := by["ean"].get(element.second_key) if element.second_key else None:
            found[element.pk] = Suggestion(tuple(ids), len(ids) == 1, _("same EAN"))
        elif ids := by["name"].get(element.name) if element.name else None:
            found[element.pk] = Suggestion(tuple(ids), False, _("same name"))
    left = [element for element in unlinked if element.pk not in found]
    return {**found, **_similar(shop, left)}


def _similar(shop: Shop, unlinked: Sequence[RemoteElement]) -> dict[int, Suggestion]:
    """Articles with a name much alike. Only for as many elements as a page shows: it reads every candidate's name."""
    words = {element.pk: _longest_word(element.name) for element in unlinked}
    wanted = {word for word in words.values() if word}
    if not wanted or len(unlinked) > PAGE:
        return {}
    alike = Q()
    for word in wanted:
        alike |= Q(name__icontains=word)
    rows = unlinked_here(shop, elements.ARTICLE).filter(alike).values_list("pk", "name")[: CHUNK * 4]
    names = [(pk, name.casefold()) for pk, name in rows]
    found: dict[int, Suggestion] = {}
    for element in unlinked:
        if not words[element.pk]:
            continue
        name = element.name.casefold()
        scored = [
            (ratio, pk)
            for pk, ours in names
            if words[element.pk] in ours and (ratio := SequenceMatcher(None, name, ours).ratio()) >= ALIKE
        ]
        if scored:
            best = tuple(pk for _ratio, pk in sorted(scored, reverse=True)[:MOST_ALIKE])
            found[element.pk] = Suggestion(best, False, _("similar name"))
    return found


def _longest_word(name: str) -> str:
    """The word that tells most; "" when there is none worth searching for."""
    words = [word for word in name.casefold().split() if len(word) >= 4]
    return max(words, key=len, default="")


@dataclass(frozen=True, slots=True)
class Double:
    """One SKU that the shop has more than once. here: our article with it, if there is one."""

    key: str
    elements: tuple[RemoteElement, ...]
    here: tuple[int, str] | None

    @property
    def linked(self) -> bool:
        return any(element.local_id for element in self.elements)


def keys_twice(shop: Shop, kind: str) -> Any:
    """The keys that more than one present element of the shop has: a queryset of {natural_key, n}, by key."""
    return (
        RemoteElement.objects.of(shop, kind)
        .present()
        .exclude(natural_key="")
        .values("natural_key")
        .annotate(n=models.Count("id"))
        .filter(n__gt=1)
        .order_by("natural_key")
    )


def doubles(shop: Shop, kind: str, keys: Sequence[str]) -> list[Double]:
    """Both sides of these keys. Two queries."""
    by_key: dict[str, list[RemoteElement]] = defaultdict(list)
    rows = RemoteElement.objects.of(shop, kind).present().filter(natural_key__in=keys).defer("content")
    for element in rows.order_by("id"):
        by_key[element.natural_key].append(element)
    ours: dict[str, tuple[int, str]] = {}
    if kind == elements.ARTICLE:
        articles = Article.objects.filter(sku__in=keys)
        ours = {article.sku: (article.pk, str(article)) for article in articles}
    return [Double(key, tuple(by_key[key]), ours.get(key)) for key in keys if key in by_key]


def suggestions_there(shop: Shop, kind: str, ours: Sequence[Any]) -> dict[int, Suggestion]:
    """{our id: elements of the shop (their ids, in local_ids) that may belong to it}. By SKU, EAN, mail or name."""
    rows = open_elements(shop, kind)
    keys, second, names = set(), set(), set()
    for row in ours:
        keys |= {getattr(row, "sku", ""), getattr(row, "email", "")} - {"", None}
        second |= {getattr(row, "ean", "")} - {"", None}
        names |= {getattr(row, "name", "")} - {"", None}
    rows = rows.filter(Q(natural_key__in=keys) | Q(second_key__in=second) | Q(name__in=names))
    index: dict[tuple[str, str], list[int]] = defaultdict(list)
    for pk, key, ean, name in rows.values_list("pk", "natural_key", "second_key", "name")[: CHUNK * 4]:
        index["key", key].append(pk)
        index["ean", ean].append(pk)
        index["name", name].append(pk)
    reasons = (
        ("key", "sku", _("same SKU")),
        ("key", "email", _("same e-mail address")),
        ("ean", "ean", _("same EAN")),
        ("name", "name", _("same name")),
    )
    found: dict[int, Suggestion] = {}
    for row in ours:
        for part, name, why in reasons:
            value = getattr(row, name, "") or ""
            if value and (ids := index.get((part, value))):
                found[row.pk] = Suggestion(tuple(ids), part != "name" and len(ids) == 1, why)
                break
    return found


def _keys_twice(shop: Shop, kind: str, keys: Iterable[str]) -> set[str]:
    rows = (
        RemoteElement.objects.of(shop, kind)
        .present()
        .filter(natural_key__in=list(keys))
        .values("natural_key")
        .annotate(n=models.Count("id"))
        .filter(n__gt=1)
        .order_by()
    )
    return {row["natural_key"] for row in rows}


def _customers(shop: Shop, unlinked: Sequence[RemoteElement]) -> dict[int, Suggestion]:
    mails = {element.natural_key for element in unlinked if element.natural_key}
    rows = dict(
        unlinked_here(shop, elements.CUSTOMER)
        .filter(email__in=mails)
        .exclude(email="")
        .values_list("email", "pk")
    )
    return {
        element.pk: Suggestion((rows[element.natural_key],), True, _("same e-mail address"))
        for element in unlinked
        if element.natural_key in rows
    }


def _vat_rates(shop: Shop, unlinked: Sequence[RemoteElement]) -> dict[int, Suggestion]:
    rates = list(unlinked_here(shop, elements.VAT_RATE).values_list("pk", "country", "percent"))
    found: dict[int, Suggestion] = {}
    for element in unlinked:
        try:
            percent = Decimal(str(element.content.get("percent")))
        except InvalidOperation:
            continue
        country = element.content.get("country") or ""
        same = [pk for pk, code, rate in rates if rate == percent and code == country]
        if same:
            found[element.pk] = Suggestion(tuple(same), len(same) == 1, _("same country and percentage"))
            continue
        if alike := [pk for pk, _code, rate in rates if rate == percent]:
            found[element.pk] = Suggestion(tuple(alike), False, _("same percentage"))
    return found


def _named(shop: Shop, kind: str, unlinked: Sequence[RemoteElement]) -> dict[int, Suggestion]:
    ours: dict[str, list[int]] = defaultdict(list)
    for pk, name in unlinked_here(shop, kind).values_list("pk", "name")[:DICTIONARY_LIMIT]:
        ours[name.strip().casefold()].append(pk)
    theirs: dict[str, int] = defaultdict(int)
    for element in unlinked:
        theirs[element.name.strip().casefold()] += 1
    found: dict[int, Suggestion] = {}
    for element in unlinked:
        name = element.name.strip().casefold()
        if name and (ids := ours.get(name)):
            one = len(ids) == 1 and theirs[name] == 1
            found[element.pk] = Suggestion(tuple(ids), one, _("same name"))
    return found


def link(element: RemoteElement, local_id: int) -> None:
    """Join the element with our row. Raises Conflict when either side has a partner already."""
    model = LOCAL_MODELS[element.kind]
    if not model._default_manager.filter(pk=local_id).exists():
        raise Conflict(_("This one no longer exists here."), cure=_("Choose another one."))
    try:
        with transaction.atomic():
            linked = RemoteElement.objects.filter(
                pk=element.pk, local_id__isnull=True, state__in=_LINKABLE
            ).update(
                local_id=local_id,
                state=RemoteElement.State.PRESENT,
                synced_here_print="",
                synced_shop_print="",
                problem=None,
                problem_print="",
            )
            if linked:
                _count(element, linked=1, was_ignored=element.state == RemoteElement.State.IGNORED)
    except IntegrityError as error:
        raise Conflict(
            _("What you chose is already linked with another element of this shop."),
            cure=_("Unlink it there first, or choose another one."),
        ) from error
    if not linked:
        raise Conflict(
            _("“%(name)s” has been linked or removed meanwhile.") % {"name": element},
            cure=_("Look at the list again."),
        )


def unlink(element: RemoteElement) -> None:
    """Part the two; both stay as they are. Raises Conflict when somebody was faster."""
    with transaction.atomic():
        changed = RemoteElement.objects.filter(pk=element.pk, local_id__isnull=False).update(
            local_id=None, synced_here_print="", synced_shop_print=""
        )
        if changed:
            _count(element, linked=-1)
    if not changed:
        raise Conflict(
            _("“%(name)s” is not linked any more.") % {"name": element}, cure=_("Look at the list again.")
        )


def ignore(element: RemoteElement, *, ignored: bool = True) -> None:
    """Set an unlinked element aside, or take it back: an ignored one is neither imported nor deleted."""
    before, after = RemoteElement.State.PRESENT, RemoteElement.State.IGNORED
    if not ignored:
        before, after = after, before
    with transaction.atomic():
        changed = RemoteElement.objects.filter(pk=element.pk, local_id__isnull=True, state=before).update(
            state=after
        )
        if changed:
            step = -1 if ignored else 1
            Rule.objects.filter(
                shop_id=element.shop_id, kind=element.kind, only_shop_count__gte=max(-step, 0)
            ).update(only_shop_count=F("only_shop_count") + step)


def create_and_link(element: RemoteElement) -> None:
    """Create our own row with the element's name and link it. Only for types that are no more than a name.

    Raises Unsupported for other types, Conflict when the name is taken by a row linked elsewhere.
    """
    if element.kind not in CREATABLE:
        raise Unsupported(_("Elements of this type are created here by the sync, with all their fields."))
    model = LOCAL_MODELS[element.kind]
    longest = getattr(model._meta.get_field("name"), "max_length", None) or 100
    row, _created = model._default_manager.get_or_create(name=element.name.strip()[:longest])
    link(element, row.pk)


def link_all_sure(shop: Shop, kind: str) -> int:
    """Link every open element whose suggestion is sure; how many were linked."""
    done, after = 0, 0
    while True:
        chunk = list(
            RemoteElement.objects.of(shop, kind)
            .present()
            .unlinked()
            .filter(pk__gt=after)
            .order_by("pk")[:CHUNK]
        )
        if not chunk:
            return done
        after = chunk[-1].pk
        found = suggestions(shop, kind, chunk)
        for element in chunk:
            suggestion = found.get(element.pk)
            if suggestion is None or not suggestion.sure:
                continue
            try:
                link(element, suggestion.local_ids[0])
            except (
                Conflict
            ):  # two elements wanted the same row, or a colleague was faster: it stays in the list
                continue
            done += 1


def _count(element: RemoteElement, *, linked: int, was_ignored: bool = False) -> None:
    """Keep the matrix's numbers in step; the next read counts anew."""
    rules = Rule.objects.filter(shop_id=element.shop_id, kind=element.kind)
    rules.filter(linked_count__gte=max(-linked, 0)).update(linked_count=F("linked_count") + linked)
    if not was_ignored:
        rules.filter(only_shop_count__gte=max(linked, 0)).update(
            only_shop_count=F("only_shop_count") - linked
        )
    rules.filter(only_here_count__gte=max(linked, 0)).update(only_here_count=F("only_here_count") - linked)


def names_of(kind: str, ids: Iterable[int]) -> dict[int, str]:
    """{id: how staff call our row}."""
    rows = LOCAL_MODELS[kind]._default_manager.filter(pk__in=list(ids))
    return {row.pk: str(row) for row in rows}


def find_here(shop: Shop, kind: str, text: str, limit: int = 20) -> list[tuple[int, str]]:
    """Our rows without a partner in this shop that fit the text: (id, name)."""
    text = text.strip()
    rows = unlinked_here(shop, kind)
    if kind == elements.ARTICLE:
        rows = rows.filter(Q(sku__icontains=text) | Q(name__icontains=text) | Q(ean=text))
    elif kind == elements.CUSTOMER:
        rows = rows.filter(
            Q(email__icontains=text) | Q(last_name__icontains=text) | Q(company__icontains=text)
        )
    elif kind == elements.VAT_RATE:
        rows = rows.filter(country__icontains=text[:2]) if text else rows
    else:
        rows = rows.filter(name__icontains=text)
    return [(row.pk, str(row)) for row in rows[:limit]]


def resolve(shop: Shop, kind: str, text: str) -> int | None:
    """The one row here that a typed SKU, EAN, e-mail or name means; None when it means none or several."""
    text = text.strip()
    if not text:
        return None
    if kind == elements.ARTICLE:
        exact = Q(sku=text.split(" ", 1)[0]) | Q(sku=text) | Q(ean=text)
    elif kind == elements.CUSTOMER:
        exact = Q(email__iexact=text)
    elif kind == elements.VAT_RATE:
        return None
    else:
        exact = Q(name=text)
    ids = list(unlinked_here(shop, kind).filter(exact).values_list("pk", flat=True)[:2])
    return ids[0] if len(ids) == 1 else None
