"""The brake: risky changes beyond a limit are held before anything is written; the rest of the run goes on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from shops.elements import ELEMENT_TYPES
from shops.models import Change, Hold, RemoteElement, Run, RunMessage, Shop, Step
from shops.sync.book import count, say

Risk = Hold.Risk
CHUNK = 1000


@dataclass(frozen=True, slots=True)
class Limit:
    """Held when more than `count` changes AND more than `share` percent of the type's elements.

    jump: from how many percent on one price change is risky.
    """

    share: Decimal = Decimal(10)
    count: int = 20
    jump: Decimal = Decimal(50)

    def exceeded(self, risky: int, base: int) -> bool:
        return risky > self.count and risky * 100 > self.share * base


DEFAULTS: Mapping[str, Limit] = {risk: Limit() for risk in Risk.values}


def limit_of(shop: Shop, risk: str) -> Limit:
    own: dict[str, Any] = shop.brake_limits.get(risk, {})
    preset = DEFAULTS[risk]
    return Limit(
        share=Decimal(str(own.get("share", preset.share))),
        count=int(own.get("count", preset.count)),
        jump=Decimal(str(own.get("jump", preset.jump))),
    )


def risk_of(kind: str, verb: str, fields: Mapping[str, Any], jump: Decimal) -> str | None:
    """What is dangerous about one planned change; None = nothing. Pure."""
    if verb == Change.Verb.DELETE_SHOP:
        return Risk.DELETE
    if verb not in (Change.Verb.UPDATE_SHOP, Change.Verb.UPDATE_HERE):
        return None
    if kind == "article" and _after(fields, "active") is False:
        return Risk.HIDE
    if kind == "stock" and "quantity" in fields:
        before, after = (_number(value) for value in fields["quantity"])
        return Risk.ZERO if after is not None and after <= 0 and (before is None or before > 0) else None
    if kind == "price" and "regular" in fields:
        before, after = (_number(value) for value in fields["regular"])
        if before and after is not None and abs(after - before) * 100 > jump * before:
            return Risk.PRICE
    return None


def _after(fields: Mapping[str, Any], name: str) -> Any:
    return fields[name][1] if name in fields else None


def _number(value: Any) -> Decimal | None:
    return None if value is None else Decimal(str(value))


def hold_risky(run: Run, step: Step) -> int:
    """Hold the step's planned changes of every risk whose limit is exceeded; how many are held now.

    Called between planning and doing, again after an interruption: what is held already stays held.
    """
    found: dict[str, list[int]] = {}
    jump = limit_of(run.shop, Risk.PRICE).jump
    planned = Change.objects.filter(run=run, kind=step.kind, state=Change.State.PLANNED, literal=False)
    for pk, verb, fields in planned.order_by("pk").values_list("pk", "verb", "fields").iterator(CHUNK):
        if (risk := risk_of(step.kind, verb, fields, jump)) is not None:
            found.setdefault(risk, []).append(pk)
    held = 0
    if found:
        base = RemoteElement.objects.of(run.shop, step.kind).present().count()
        for risk, changes in found.items():
            if limit_of(run.shop, risk).exceeded(len(changes), base):
                hold_changes(run, step, risk, changes, base)
                held += len(changes)
    return held


def hold_changes(run: Run, step: Step, risk: str, changes: list[int], base: int) -> None:
    """Hold these changes (ids) of `base` elements; a hold of the same kind that waited is replaced by this one."""
    label = Risk(risk).label
    with transaction.atomic():
        Hold.objects.filter(run__shop=run.shop, kind=step.kind, risk=risk, state=Hold.State.OPEN).exclude(
            run=run
        ).update(state=Hold.State.SUPERSEDED)
        hold, _created = Hold.objects.get_or_create(
            run=run, kind=step.kind, risk=risk, defaults={"count": len(changes), "base": base}
        )
        message = _("Held by the brake: %(risk)s, %(n)d of %(base)d.") % {
            "risk": label,
            "n": len(changes),
            "base": base,
        }
        cure = _("Look at the held changes of this run, then release or discard them.")
        for start in range(0, len(changes), CHUNK):
            Change.objects.filter(pk__in=changes[start : start + CHUNK]).update(
                state=Change.State.HELD, hold=hold, message=message, cure=cure
            )
        count(step, held=len(changes))
    text = ngettext(
        "%(kind)s: %(n)d change is held (%(risk)s). Nothing of it is written until a person releases it.",
        "%(kind)s: %(n)d changes are held (%(risk)s). Nothing of it is written until a person releases it.",
        len(changes),
    )
    say(
        run,
        text % {"kind": ELEMENT_TYPES[step.kind].label, "n": len(changes), "risk": label},
        RunMessage.Level.WARNING,
    )
