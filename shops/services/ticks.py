"""The ticks of a shop's page Schedule: whether a person has taken one out (O14)."""

from __future__ import annotations

from typing import Final

from shops.models import Run, Shop, ShopSchedule

# Jobs that have no tick of their own, and whose holds for them.
_TICKS: Final = {Run.Job.HEAR_ORDERS.value: Run.Job.IMPORT_ORDERS.value}


def is_switched_off(shop: Shop, job: str) -> bool:
    """Whether a person has taken out the tick: then nothing of this job goes by itself, whatever would start it (O14)."""
    return ShopSchedule.objects.filter(shop=shop, job=_TICKS.get(job, job), active=False).exists()
