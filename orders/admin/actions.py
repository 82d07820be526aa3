"""The buttons of orders: each asks in a dialog, checks the right, calls one service, says what came of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.decorators import action
from unfold.enums import ActionVariant
from unfold.forms import BaseDialogForm

from backoffice.lib.errors import KontorError
from orders.admin.forms import ReasonForm
from orders.models import Order
from orders.services import decisions


class OrderActions:
    """Mixed into OrderAdmin. Which button fits which state says `buttons_for`."""

    actions = ["accept_selected"]
    actions_detail = [
        "accept",
        {"title": gettext_lazy("More"), "items": ["park", "release", "cancel"]},
        "take_theirs",
        "keep_ours",
    ]

    def has_accept_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return request.user.has_perm("orders.accept_order")

    def has_cancel_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return request.user.has_perm("orders.cancel_order")

    def buttons_for(self, order: Order) -> set[str]:
        match order.state:
            case Order.State.NEW:
                return {"accept", "park", "cancel"}
            case Order.State.PARKED:
                return {"accept", "release", "cancel"}
            case Order.State.ACCEPTED:
                return {"park", "cancel"}
        return set()

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """Only what fits the order; the two of the banner stand there and nowhere else."""
        order = self.get_object(request, str(object_id))  # type: ignore[attr-defined]
        fitting = self.buttons_for(order) if order else set()
        allowed = super().get_actions_detail(request, object_id)  # type: ignore[misc]
        prefix = "orders_order_"
        hidden = {"take_theirs", "keep_ours", "accept", "park", "release", "cancel"} - fitting
        return [one for one in allowed if one.action_name.removeprefix(prefix) not in hidden]

    @action(description=gettext_lazy("Accept orders"), permissions=["accept"], icon="check")
    def accept_selected(self, request: HttpRequest, queryset: QuerySet[Order]) -> None:
        decided = decisions.accept_orders(queryset.order_by().values_list("pk", flat=True), by=request.user)
        if decided.done:
            text = ngettext("%(n)d order accepted.", "%(n)d orders accepted.", len(decided.done))
            messages.success(request, text % {"n": len(decided.done)})
        if decided.refused:
            names = "; ".join(f"{order.number}: {reason}" for order, reason in decided.refused[:10])
            text = ngettext(
                "%(n)d order was left as it is. %(names)s.",
                "%(n)d orders were left as they are. %(names)s.",
                len(decided.refused),
            )
            messages.warning(request, text % {"n": len(decided.refused), "names": names})

    @action(
        description=gettext_lazy("Accept order"),
        permissions=["accept"],
        icon="check",
        variant=ActionVariant.PRIMARY,
        dialog={
            "title": gettext_lazy("Accept this order?"),
            "description": gettext_lazy(
                "It goes on to packing. From then on a change in the shop is shown here and not taken over by itself."
            ),
            "form_class": BaseDialogForm,
            "form_submit_text": gettext_lazy("Accept order"),
        },
    )
    def accept(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        decided = decisions.accept_orders([_pk(object_id)], by=request.user)
        if not (decided.done or decided.refused):
            return _gone(request)
        for order in decided.done:
            messages.success(request, _("Order %(number)s accepted.") % {"number": order.number})
        for order, reason in decided.refused:
            messages.warning(
                request,
                _("Order %(number)s was left as it is: %(reason)s.")
                % {"number": order.number, "reason": reason},
            )
        return _back(request, object_id)

    @action(
        description=gettext_lazy("Set aside …"),
        permissions=["accept"],
        icon="pause_circle",
        dialog={
            "title": gettext_lazy("Set this order aside?"),
            "description": gettext_lazy(
                "It waits among the parked orders until somebody releases or accepts it."
            ),
            "form_class": ReasonForm,
            "form_submit_text": gettext_lazy("Set order aside"),
        },
    )
    def park(self, request: HttpRequest, form: ReasonForm, object_id: str) -> HttpResponse:
        return self._decide(
            request,
            object_id,
            lambda pk: decisions.park_order(pk, reason=form.cleaned_data["reason"], by=request.user),
            _("Order %(number)s set aside."),
        )

    @action(
        description=gettext_lazy("Release order"),
        permissions=["accept"],
        icon="play_circle",
        dialog={
            "title": gettext_lazy("Release this order?"),
            "description": gettext_lazy("It goes back among the new orders."),
            "form_class": BaseDialogForm,
            "form_submit_text": gettext_lazy("Release order"),
        },
    )
    def release(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        return self._decide(
            request,
            object_id,
            lambda pk: decisions.release_order(pk, by=request.user),
            _("Order %(number)s released."),
        )

    @action(
        description=gettext_lazy("Cancel order …"),
        permissions=["cancel"],
        icon="cancel",
        variant=ActionVariant.DANGER,
        dialog={
            "title": gettext_lazy("Cancel this order?"),
            "description": gettext_lazy(
                "It is cancelled here, for good. The shop is not told: cancel it there as well, or by the order status."
            ),
            "form_class": ReasonForm,
            "form_submit_text": gettext_lazy("Cancel order"),
        },
    )
    def cancel(self, request: HttpRequest, form: ReasonForm, object_id: str) -> HttpResponse:
        return self._decide(
            request,
            object_id,
            lambda pk: decisions.cancel_order(pk, reason=form.cleaned_data["reason"], by=request.user),
            _("Order %(number)s cancelled."),
        )

    @action(
        description=gettext_lazy("Take the shop's version"),
        permissions=["change"],
        dialog={
            "title": gettext_lazy("Take the shop's version?"),
            "description": gettext_lazy("The values of the shop that are shown above replace ours."),
            "form_class": BaseDialogForm,
            "form_submit_text": gettext_lazy("Take the shop's version"),
        },
    )
    def take_theirs(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        return self._decide(
            request,
            object_id,
            lambda pk: decisions.take_theirs(pk, by=request.user),
            _("Order %(number)s: the shop's version was taken over."),
        )

    @action(
        description=gettext_lazy("Keep ours"),
        permissions=["change"],
        dialog={
            "title": gettext_lazy("Keep our version?"),
            "description": gettext_lazy(
                "The difference is shown no more, unless the shop changes the order again."
            ),
            "form_class": BaseDialogForm,
            "form_submit_text": gettext_lazy("Keep ours"),
        },
    )
    def keep_ours(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        return self._decide(
            request,
            object_id,
            lambda pk: decisions.keep_ours(pk, by=request.user),
            _("Order %(number)s: our version was kept."),
        )

    def _decide(
        self, request: HttpRequest, object_id: str, decide: Callable[[int], Order], done: str
    ) -> HttpResponse:
        try:
            order = decide(_pk(object_id))
        except Order.DoesNotExist:
            return _gone(request)
        except KontorError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, done % {"number": order.number})
        return _back(request, object_id)


def _gone(request: HttpRequest) -> HttpResponse:
    messages.error(request, _("This order was deleted meanwhile. Nothing was changed."))
    return HttpResponse(headers={"HX-Redirect": reverse("admin:orders_order_changelist")})


def _pk(object_id: str) -> int:
    return int(object_id) if object_id.isdecimal() else 0  # no row has 0: told as "deleted meanwhile"


def _back(request: HttpRequest, object_id: str) -> HttpResponse:
    """To the page on which the button was, list or order: the dialog tells htmx where to go."""
    here = request.headers.get("HX-Current-URL", "")
    if here and url_has_allowed_host_and_scheme(here, allowed_hosts={request.get_host()}):
        parts = urlsplit(here)
        target = parts.path + (f"?{parts.query}" if parts.query else "")
    else:
        target = reverse("admin:orders_order_change", args=[object_id])
    return HttpResponse(headers={"HX-Redirect": target})
