"""Links made by hand: linking, unlinking, ignoring (O8).

A link changes neither side; what the next sync does with linked elements stands in the rules.
"""

from __future__ import annotations

from typing import Final

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from backoffice.lib.errors import Conflict, Unsupported
from orders.models import OrderStatus
from shops.elements import ORDER_STATUS
from shops.models import RemoteElement, Rule, Shop
from shops.services.partners import CREATABLE, LINKABLE, LOCAL_MODELS, MANY_TO_ONE
from shops.services.suggestions import status_meaning, suggestions

CHUNK: Final = 500


def link(element: RemoteElement, local_id: int) -> None:
    """Join the element with our row. Raises Conflict when either side has a partner already.

    Of methods and statuses several may mean one of ours; then the first stays the preferred one (see `prefer`).
    """
    model = LOCAL_MODELS[element.kind]
    if not model._default_manager.filter(pk=local_id).exists():
        raise Conflict(_("This one no longer exists here."), cure=_("Choose another one."))
    try:
        with transaction.atomic():
            others = RemoteElement.objects.filter(shop=element.shop_id, kind=element.kind, local_id=local_id)
            linked = RemoteElement.objects.filter(
                pk=element.pk, local_id__isnull=True, state__in=LINKABLE
            ).update(
                local_id=local_id,
                preferred=element.kind not in MANY_TO_ONE or not others.exists(),
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
            local_id=None, preferred=True, synced_here_print="", synced_shop_print=""
        )
        if changed:
            _count(element, linked=-1)
    if not changed:
        raise Conflict(
            _("“%(name)s” is not linked any more.") % {"name": element}, cure=_("Look at the list again.")
        )


def prefer(element: RemoteElement) -> None:
    """Of all elements that mean the same of ours, this one stands for it towards the shop. Raises Conflict."""
    with transaction.atomic():
        same = RemoteElement.objects.of(element.shop, element.kind).filter(local_id=element.local_id)
        same.update(preferred=False)
        preferred = same.filter(pk=element.pk, local_id__isnull=False).update(preferred=True)
        if not preferred:
            raise Conflict(
                _("“%(name)s” is not linked any more.") % {"name": element},
                cure=_("Look at the list again."),
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


def create_and_link(element: RemoteElement, *, status_kind: str = "") -> None:
    """Create our own row with the element's name and link it. Only for types that are no more than a name.

    status_kind: of an order status what it means (OrderStatus.Kind), "" = what its name says.
    Raises Unsupported for other types, Conflict when the name is taken by a row linked elsewhere.
    """
    if element.kind not in CREATABLE:
        raise Unsupported(_("Elements of this type are created here by the sync, with all their fields."))
    model = LOCAL_MODELS[element.kind]
    longest = getattr(model._meta.get_field("name"), "max_length", None) or 100
    defaults = {}
    if element.kind == ORDER_STATUS:
        defaults["kind"] = status_kind or status_meaning(element) or OrderStatus.Kind.NEW
    row, _created = model._default_manager.get_or_create(
        name=element.name.strip()[:longest], defaults=defaults
    )
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
