"""What the brake holds: the banners, and the questions of "Release …" and "Discard …"."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth import get_user_model
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminTextInputWidget

from shops.admin.pages import Question, ask_then_do, need, only, say
from shops.displays import kind_label, moment, number
from shops.models import Hold, Run, Shop
from shops.services.plans import discard_hold, release_hold
from shops.sync.brake import Limit, limit_of

NAMED = 5


@dataclass(frozen=True, slots=True)
class Banner:
    """One hold as the pages show it. deciders: who may decide, for whom may not."""

    hold: Hold
    title: str
    text: str
    show_url: str
    release_url: str = ""
    discard_url: str = ""
    deciders: str = ""

    @property
    def is_open(self) -> bool:
        return bool(self.hold.state == Hold.State.OPEN)


def may_decide(request: HttpRequest) -> bool:
    return request.user.has_perm("shops.decide_hold")


def banners_of_run(request: HttpRequest, run: Run) -> list[Banner]:
    """All holds of a run, the decided ones too: they say who decided and why. Two queries at most."""
    holds = list(run.holds.select_related("decided_by").order_by("id"))
    for hold in holds:
        hold.run = run
    return _banners(request, holds)


def open_banners(request: HttpRequest, shop: Shop | None = None, limit: int = 20) -> list[Banner]:
    """What waits for a decision, in one shop or in all."""
    holds = Hold.objects.filter(state=Hold.State.OPEN).select_related("run__shop", "decided_by")
    if shop is not None:
        holds = holds.filter(run__shop=shop)
    holds = holds.defer("run__shop__credentials", "run__shop__facts", "run__detail")
    return _banners(request, list(holds.order_by("-id")[:limit]))


def _banners(request: HttpRequest, holds: list[Hold]) -> list[Banner]:
    may = may_decide(request)
    waiting = any(hold.state == Hold.State.OPEN for hold in holds)
    deciders = "" if may or not waiting else _deciders()
    return [_banner(hold, may=may, deciders=deciders) for hold in holds]


def _banner(hold: Hold, *, may: bool, deciders: str) -> Banner:
    run_url = reverse("admin:shops_run_change", args=[hold.run_id])
    preview = hold.run.mode == Run.Mode.PREVIEW
    show = f"{run_url}?show=held&kind={hold.kind}" if preview else f"{run_url}?state=held&kind={hold.kind}"
    words = what_is_held(hold)
    if hold.state != Hold.State.OPEN:
        return Banner(hold, words, _decision(hold), f"{show}#changes")
    acts = {
        f"{verb}_url": reverse("admin:shops_run_hold", args=[hold.run_id, hold.pk, verb]) if may else ""
        for verb in ("release", "discard")
    }
    return Banner(hold, words, _limit_words(hold), f"{show}#changes", **acts, deciders=deciders)


def what_is_held(hold: Hold) -> str:
    """The brake holds 214 changes in Prices of Lipa PL (large price changes): 18 % of 1 204."""
    share = round(hold.count * 100 / hold.base) if hold.base else 100
    text = ngettext(
        "The brake holds %(count)s change of %(shop)s: %(type)s, %(risk)s. That is %(share)s %% of %(base)s.",
        "The brake holds %(count)s changes of %(shop)s: %(type)s, %(risk)s. That is %(share)s %% of %(base)s.",
        hold.count,
    )
    return text % {
        "count": number(hold.count),
        "shop": hold.run.shop,
        "type": kind_label(hold.kind),
        "risk": hold.get_risk_display().lower(),
        "share": number(share),
        "base": number(hold.base),
    }


def _limit_words(hold: Hold) -> str:
    limit: Limit = limit_of(hold.run.shop, hold.risk)
    return _(
        "Your limit is %(share)s %% and %(count)s changes. Nothing of it is written, everything else goes on. "
        "Held: %(since)s."
    ) % {"since": moment(hold.created_at), "share": number(limit.share), "count": number(limit.count)}


def _decision(hold: Hold) -> str:
    words = {"who": str(hold.decided_by or "–"), "when": moment(hold.decided_at), "reason": hold.reason}
    if hold.state == Hold.State.RELEASED:
        return _("Released by %(who)s, %(when)s: %(reason)s") % words
    if hold.state == Hold.State.DISCARDED:
        return _("Discarded by %(who)s, %(when)s: %(reason)s") % words
    return _("A newer run has planned this anew: decide there.")


def _deciders() -> str:
    """Who may decide, by name."""
    users = get_user_model().objects.with_perm(
        "shops.decide_hold", backend="django.contrib.auth.backends.ModelBackend"
    )
    names = [str(user.get_full_name() or user.username) for user in users.order_by("pk")[:NAMED]]
    return ", ".join(names)


# The questions


class DiscardForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Reason, kept in the history"),
        max_length=300,
        widget=UnfoldAdminTextInputWidget,
        error_messages={"required": gettext_lazy("Write in a few words why.")},
    )


class ReleaseForm(DiscardForm):
    """Typing the number is what keeps a quick click from releasing what nobody has looked at."""

    number = forms.IntegerField(
        label=gettext_lazy("Type the number of changes"),
        widget=UnfoldAdminIntegerFieldWidget,
        error_messages=dict.fromkeys(("required", "invalid"), gettext_lazy("Type the number of changes.")),
    )

    def __init__(self, *args: Any, count: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.count = count

    def clean_number(self) -> int:
        typed: int = self.cleaned_data["number"]
        if typed != self.count:
            raise forms.ValidationError(
                _("%(typed)s were typed, but %(count)s changes are held. Look at them again.")
                % {"typed": number(typed), "count": number(self.count)}
            )
        return typed


@only("GET", "POST")
def decide(admin: ModelAdmin, request: HttpRequest, run_id: int, hold_id: int, verb: str) -> HttpResponse:
    """GET asks for the reason, POST releases or discards."""
    need(admin.has_view_permission(request) and may_decide(request))
    hold = Hold.objects.select_related("run__shop").filter(pk=hold_id, run=run_id).first()
    if hold is None or verb not in ("release", "discard"):
        raise Http404
    data = request.POST if request.method == "POST" else None
    form = ReleaseForm(data, count=hold.count) if verb == "release" else DiscardForm(data)
    return ask_then_do(
        admin,
        request,
        hold.run.shop,
        _question(hold, verb),
        lambda: _decide(request, hold, verb, form.cleaned_data["reason"]),
        form=form,
        back=reverse("admin:shops_run_change", args=[hold.run_id]),
    )


def _question(hold: Hold, verb: str) -> Question:
    words = {"count": number(hold.count)}
    if verb == "release":
        title = ngettext("Release %(count)s change?", "Release %(count)s changes?", hold.count) % words
        button = ngettext("Release %(count)s change", "Release %(count)s changes", hold.count) % words
        note = _(
            "It is written at once. Each value is checked once more; what has moved since is left. Updates can be undone for 30 days."
        )
    else:
        title = ngettext("Discard %(count)s change?", "Discard %(count)s changes?", hold.count) % words
        button = ngettext("Discard %(count)s change", "Discard %(count)s changes", hold.count) % words
        note = _("Nothing is written. These elements are set aside until one of the two sides changes.")
    return Question(title, what_is_held(hold), button, [note])


def _decide(request: HttpRequest, hold: Hold, verb: str, reason: str) -> HttpResponse:
    shop, words = hold.run.shop, what_is_held(hold)
    if verb == "discard":
        discarded = discard_hold(hold, by=request.user, reason=reason)
        text = ngettext(
            "%(count)s change was discarded.", "%(count)s changes were discarded.", hold.count
        ) % {"count": number(hold.count)}
        say(
            request,
            messages.SUCCESS,
            text,
            ngettext(
                "%(count)s element is set aside until it changes.",
                "%(count)s elements are set aside until they change.",
                discarded,
            )
            % {"count": number(discarded)},
        )
        return HttpResponseRedirect(reverse("admin:shops_run_change", args=[hold.run_id]))
    run = release_hold(hold, by=request.user, reason=reason)
    say(
        request,
        messages.INFO,
        _("The held changes of %(shop)s are being carried out.") % {"shop": shop},
        words,
    )
    return HttpResponseRedirect(reverse("admin:shops_run_change", args=[run.pk]))
