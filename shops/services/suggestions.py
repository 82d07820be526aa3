"""Who may belong together: by SKU, EAN, e-mail, percentage, name, meaning, or as another shop is linked (O8).

Nothing is linked by a suggestion; a sure one is linked by a click on "Link all sure ones".
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from difflib import SequenceMatcher
from typing import Any, Final

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext as _

from inventory.models import VatRate
from shops import elements
from shops.models import RemoteElement, Shop
from shops.services.partners import MANY_TO_ONE, choosable_here, open_elements, unlinked_here, usable
from shops.services.synonyms import carriers_in, meaning_of

CHUNK: Final = 500
PAGE: Final = 100
ALIKE: Final = 0.72  # of 1, by difflib: one word more or a slip of the pen is alike
MOST_ALIKE: Final = 3
DICTIONARY_LIMIT: Final = 5000  # a dictionary longer than this is searched, not listed


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Ids here that may belong to an element. sure: exactly one, by a key that names one thing. why: in words."""

    local_ids: tuple[int, ...]
    sure: bool
    why: str


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
    """Exempt or not subject ("zw.", "np.") is no percentage: with plain 0 % it is never sure, in neither direction."""
    rates = list(unlinked_here(shop, elements.VAT_RATE).values_list("pk", "country", "percent", "kind"))
    exempt = {pk: code for pk, code, _percent, kind in rates if kind == VatRate.Kind.EXEMPT}
    found: dict[int, Suggestion] = {}
    for element in unlinked:
        country = element.content.get("country") or ""
        try:
            percent = Decimal(str(element.content.get("percent")))
        except InvalidOperation:
            if same := [pk for pk, code in exempt.items() if code == country]:
                found[element.pk] = Suggestion(
                    tuple(same), False, _("no percentage there, exempt from VAT here")
                )
            continue
        same = [pk for pk, code, rate, _kind in rates if rate == percent and code == country]
        if sure := [pk for pk in same if pk not in exempt]:
            found[element.pk] = Suggestion(tuple(sure), len(sure) == 1, _("same country and percentage"))
        elif alike := same or [pk for pk, _code, rate, _kind in rates if rate == percent]:
            found[element.pk] = Suggestion(tuple(alike), False, _("same percentage"))
    return found


def _named(shop: Shop, kind: str, unlinked: Sequence[RemoteElement]) -> dict[int, Suggestion]:
    if kind in MANY_TO_ONE:
        return suggest_methods(kind, unlinked)
    ours = _by_name(choosable_here(shop, kind).values_list("pk", "name")[:DICTIONARY_LIMIT])
    theirs = Counter(element.name.strip().casefold() for element in unlinked)
    found: dict[int, Suggestion] = {}
    for element in unlinked:
        name = element.name.strip().casefold()
        if name and (ids := ours.get(name)):
            one = len(ids) == 1 and theirs[name] == 1
            found[element.pk] = Suggestion(tuple(ids), one, _("same name"))
    return found


def suggest_methods(kind: str, unlinked: Sequence[RemoteElement]) -> dict[int, Suggestion]:
    """Of payment methods, shipping methods and statuses, of any shops: by name, as an element of this name is linked
    already, then by what the names mean. {element id: suggestion}; two queries."""
    rows = list(usable(kind)[:DICTIONARY_LIMIT])
    ours = _by_name((row.pk, row.name) for row in rows)
    elsewhere = _linked_elsewhere(kind, unlinked)
    found: dict[int, Suggestion] = {}
    for element in unlinked:
        name = element.name.strip().casefold()
        if name and (ids := ours.get(name)):
            found[element.pk] = Suggestion(tuple(ids), len(ids) == 1, _("same name"))
        elif said := elsewhere.get(name):
            found[element.pk] = said
        elif same := _same_meaning(kind, element, rows):
            found[element.pk] = Suggestion(same, False, _("means the same"))
    return found


def _by_name(rows: Iterable[tuple[int, str]]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = defaultdict(list)
    for pk, name in rows:
        found[name.strip().casefold()].append(pk)
    return found


def _linked_elsewhere(kind: str, unlinked: Sequence[RemoteElement]) -> dict[str, Suggestion]:
    """{name: what an element of this name is in another shop, or in the same under another id}."""
    names = {element.name for element in unlinked if element.name}
    rows = RemoteElement.objects.filter(kind=kind, name__in=names).linked().order_by("pk")
    return {
        name.strip().casefold(): Suggestion((local_id,), False, _("linked so in %(shop)s") % {"shop": shop})
        for name, local_id, shop in rows.values_list("name", "local_id", "shop__name")
        if local_id is not None
    }


def _same_meaning(kind: str, element: RemoteElement, ours: Sequence[Any]) -> tuple[int, ...]:
    meaning = meaning_of(kind, element.name, element.remote_id)
    carriers = carriers_in(element.name) if kind == elements.SHIPPING_METHOD else frozenset()
    scored: list[tuple[int, int]] = []
    for row in ours:
        score = int(bool(meaning) and _means(kind, row) == meaning)
        if kind == elements.SHIPPING_METHOD:
            theirs = carriers_in(row.name)
            if carriers and theirs and carriers != theirs:
                continue  # "GLS home" and "DPD home" are no more than both at home
            score += 2 * bool(carriers & theirs)
        if score:
            scored.append((score, row.pk))
    best = max((score for score, _pk in scored), default=0)
    return tuple(pk for score, pk in scored if score == best)[:MOST_ALIKE]


def _means(kind: str, row: Any) -> str:
    return str(row.kind) if kind == elements.ORDER_STATUS else meaning_of(kind, row.name)


def status_meaning(element: RemoteElement) -> str:
    """What a shop's order status means (a value of OrderStatus.Kind), by its name or id; "" = nobody can tell."""
    return meaning_of(elements.ORDER_STATUS, element.name, element.remote_id)
