"""On the tab Health: what the shop announces, and what was done with its calls (O9)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from unfold.admin import ModelAdmin

from backoffice.lib.errors import KontorError
from shops.admin.pages import may_change, need, say, say_error, shop_page
from shops.elements import Text
from shops.models import Change, Listener, Shop, ShopCall
from shops.services import calls
from shops.services.journal import note_decision

SHOWN = 30


@dataclass(frozen=True, slots=True)
class TopicRow:
    """One thing the shop can announce. state: on, off (registered, but the shop has stopped) or absent."""

    label: Text
    topic: str
    state: str
    heard_at: datetime | None
    today: int


@dataclass(frozen=True, slots=True)
class CallRow:
    call: ShopCall
    what: str


def calls_context(request: HttpRequest, shop: Shop) -> dict[str, Any]:
    """{} for a platform that never calls. Five queries at most."""
    if not calls.can_call(shop):
        return {}
    listener = Listener.objects.filter(shop=shop).defer("secret").first()
    return {
        "announces": {
            "listener": listener,
            "on": bool(listener and listener.address),
            "topics": _topics(shop, listener),
            "calls": _calls(shop),
            "warnings": _warnings(listener),
            "wanted": bool(calls.wanted_announcements(shop)),
            "may_change": may_change(request),
            "url": reverse("admin:shops_shop_calls", args=[shop.pk]),
        }
    }


def _topics(shop: Shop, listener: Listener | None) -> list[TopicRow]:
    if listener is None or not listener.address:
        return []
    known = {row.topic: row for row in listener.topics.all()}
    today = dict(
        ShopCall.objects.filter(shop=shop)
        .since_hours(24)
        .order_by()
        .values_list("topic")
        .annotate(n=Count("id"))
    )
    rows = []
    for one in calls.wanted_announcements(shop):
        row = known.get(one.topic)
        state = "absent" if row is None or not row.remote_id else "on" if row.active else "off"
        rows.append(
            TopicRow(one.label, one.topic, state, row.heard_at if row else None, today.get(one.topic, 0))
        )
    return rows


def _calls(shop: Shop) -> list[CallRow]:
    received = list(ShopCall.objects.filter(shop=shop).select_related("run").defer("run__detail")[:SHOWN])
    runs = {call.run_id for call in received if call.run_id}
    done = {
        (change.run_id, change.kind, change.remote_id): change.get_verb_display()
        for change in Change.objects.filter(
            run__in=runs, remote_id__in=[call.remote_id for call in received]
        ).only("run", "kind", "remote_id", "verb")
    }
    return [CallRow(call, _what(call, done)) for call in received]


def _what(call: ShopCall, done: dict[tuple[int, str, str], str]) -> str:
    if call.state == ShopCall.State.WAITING:
        return _("waits")
    if call.state == ShopCall.State.RESTING:
        return call.get_state_display()
    if call.state == ShopCall.State.IDLE or call.run is None:
        return _("nothing to do")
    if not call.run.is_finished:
        return _("is being read")
    verb = done.get((call.run.pk, call.kind, call.remote_id))
    return _("read again: %(act)s") % {"act": verb} if verb else _("read again, nothing to change")


def _warnings(listener: Listener | None) -> list[dict[str, str]]:
    """What is wrong with the calls, as (what happened, what to do)."""
    if listener is None:
        return []
    found = []
    if listener.trouble:
        found.append({"title": listener.trouble, "text": listener.trouble_cure})
    if silent := calls.silence_text(listener):
        found.append(
            {
                "title": silent,
                "text": _(
                    "The shop may have given up calling, or something between it and Kontor keeps its calls away. "
                    "Nothing is lost: Kontor asks regularly. Register the calls anew."
                ),
            }
        )
    if listener.refused:
        found.append(
            {
                "title": calls.refused_text(listener),
                "text": _(
                    "Either somebody else tried this address, or the shop signs with an old secret. "
                    "Registering anew gives it a new one."
                ),
            }
        )
    return found


def calls_action(admin: ModelAdmin, request: HttpRequest, shop: Shop) -> HttpResponse:
    """POST action=register | check | remove."""
    need(may_change(request))
    action = request.POST.get("action", "")
    try:
        _act(admin, request, shop, action)
    except KontorError as error:
        say_error(request, error)
    return HttpResponseRedirect(reverse("admin:shops_shop_health", args=[shop.pk]) + "#announces")


def _act(admin: ModelAdmin, request: HttpRequest, shop: Shop, action: str) -> None:
    if action == "remove":
        calls.remove_calls(shop)
        admin.log_change(request, shop, _("The shop's calls were removed."))
        note_decision(shop, {"registered calls": ("on", "off")}, by=request.user)
        say(
            request,
            messages.SUCCESS,
            _("%(shop)s does not call any more.") % {"shop": shop.name},
            _("Kontor asks it regularly instead."),
        )
        return
    if action not in ("register", "check") or not calls.can_call(shop):
        return
    if action == "check" and Listener.objects.filter(shop=shop).exists():
        listener, done = calls.check_calls(shop), "checked"
    else:
        listener, done = calls.register_calls(shop), "on"
    note_decision(shop, {"registered calls": ("", done)}, by=request.user)
    admin.log_change(request, shop, _("The shop's calls were registered."))
    number = listener.topics.filter(active=True).count()
    say(
        request,
        messages.SUCCESS,
        ngettext(
            "%(shop)s calls for %(n)d kind of change.", "%(shop)s calls for %(n)d kinds of changes.", number
        )
        % {"shop": shop.name, "n": number},
        _("The address it calls is %(address)s; it must be reachable from the internet.")
        % {"address": settings.PUBLIC_URL},
    )


calls_view = shop_page(methods=("POST",))(calls_action)
