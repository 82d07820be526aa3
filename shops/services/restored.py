"""A database that was restored, perhaps only to try the backup: it must neither touch the shops nor what they call."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from shops.models import Listener, ListenerTopic, Run, Shop


@transaction.atomic
def switch_off_shops() -> int:
    """Switch all shops off and stop their runs, without a request to any shop. How many shops were on.

    Their calls are forgotten here only: the ones in the shop belong to the Kontor that works, and removing them, as
    for a shop that a person switches off, would cut that one off. The token stays, so that the same Kontor, restored
    under the same address, takes its calls over again by registering them.
    """
    now = timezone.now()
    Listener.objects.update(
        address="",
        wanted=False,
        registered_at=None,
        trouble="",
        trouble_cure="",
        missed={},
        missed_since=None,
    )
    ListenerTopic.objects.all().delete()
    Run.objects.unfinished().update(
        state=Run.State.CANCELLED,
        message=_("Stopped: the database was restored from a backup."),
        finished_at=now,
        cancel_asked_at=now,
        lease_holder="",
        lease_until=None,
    )
    return Shop.objects.filter(active=True).update(active=False)
