"""When both sides of an element count as equal: the pair of fingerprints, and what may change it.

The pair says how both sides looked when they were last made equal; while neither has moved since, nothing is compared.
So it is set only when nothing is left to go either way. Until then the old pair stands, and the next run compares.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from shops.content import Content, content_print, from_content, to_content
from shops.models import Change, RemoteElement, Run
from shops.records import Record
from shops.sync.owners import GROUPS

_OTHER_WAY = {
    Change.Verb.UPDATE_SHOP: Change.Verb.UPDATE_HERE,
    Change.Verb.UPDATE_HERE: Change.Verb.UPDATE_SHOP,
}
# Only these have field groups that go the other way than the rest of the element.
_SPLIT = {kind for _label, kind, fields in GROUPS.values() if fields}


def completed(record: Record, content: Content) -> Record:
    """What a shop said, or was sent, of an element, completed by what it showed of it before."""
    known = from_content(record.kind, {**content, **to_content(record)})
    return replace(known, **{name: getattr(record, name) for name in record.not_content})


def half_done(run: Run, kind: str, verb: str, elements: Collection[int]) -> set[int]:
    """The elements whose change in the other direction has not been done, in this run or in the plan it carries out."""
    other = _OTHER_WAY.get(Change.Verb(verb))
    if other is None or kind not in _SPLIT:
        return set()
    done: dict[int, bool] = {}
    # By element alone: without statistics a database would rather walk through all changes of the run, for each batch.
    rows = Change.objects.filter(element__in=elements, verb=other).values_list("element", "run", "state")
    for element, of_run, state in rows:
        if element is not None and of_run in (run.pk, run.plan_id):
            done[element] = done.get(element, False) or state == Change.State.DONE
    return {element for element, was_done in done.items() if not was_done}


def sent(
    element: RemoteElement,
    ours: Record,
    before: Content,
    fields: Collection[str],
    *,
    two_streams: bool,
    whole: bool,
) -> None:
    """Our version of `fields` has arrived in the shop, which showed `before` until then (not saved).

    two_streams: what comes here and what goes there are different fields, each side's fingerprint is its own.
    whole: nothing is left to be taken from the shop.
    """
    # What we did not send and what has changed all the same the shop changed itself, after it was read.
    untouched = all(
        value == before.get(name) for name, value in element.content.items() if name not in fields
    )
    here = content_print(to_content(ours))
    if two_streams:
        was_taken = element.synced_shop_print == content_print(before)
        element.synced_here_print = here
        if was_taken and untouched:
            element.synced_shop_print = element.content_print
    elif whole and untouched:
        element.synced_here_print, element.synced_shop_print = here, element.content_print


def taken(element: RemoteElement, ours: object, *, created: bool, two_streams: bool, whole: bool) -> None:
    """The shop's version is here now (not saved). ours: our side of it, None or an error where there is none to send."""
    content = to_content(ours) if isinstance(ours, Record) else None
    here = content_print(content) if content is not None else ""
    if not two_streams:
        if whole:
            element.synced_here_print, element.synced_shop_print = here, element.content_print
        return
    element.synced_shop_print = element.content_print
    # A status that was set here meanwhile still has to go there.
    same = content is not None and all(element.content.get(name) == value for name, value in content.items())
    if created or same:
        element.synced_here_print = here
