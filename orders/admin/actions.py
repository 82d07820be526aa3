"""The buttons of orders: each asks in a dialog, checks the right, calls one service, says what came of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.models import AbstractBaseUser
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.enums import ActionVariant
from unfold.forms import BaseDialogForm

from backoffice.lib.dialogs import asks, carry_out
from orders.admin.bulk import say
from orders.admin.forms import ParcelForm, PaymentForm, ReasonForm
from orders.admin.issuing_rights import kinds_to_issue
from orders.models import Order
from orders.services import decisions
from orders.services.payments import book_payment
from orders.services.ship import ship_order
from orders.services.work import finish_documents


class OrderActions:
    """Mixed into OrderAdmin. Which button fits which state says `buttons_for`."""

    actions_detail = [
        "accept",
        "issue",
        {"title": gettext_lazy("More"), "items": ["ship", "parcel", "payment", "park", "release", "cancel"]},
        "take_theirs",
        "keep_ours",
    ]

    def has_accept_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return request.user.has_perm("orders.accept_order")

    def has_cancel_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return request.user.has_perm("orders.cancel_order")

    def has_book_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return request.user.has_perm("orders.book_payment")

    # For higher apps, which know the shops

    def take_version(self, pk: int, *, by: AbstractBaseUser) -> Order:
        return decisions.take_theirs(pk, by=by)

    def keep_version(self, pk: int, *, by: AbstractBaseUser) -> Order:
        return decisions.keep_ours(pk, by=by)

    def buttons_for(self, order: Order) -> set[str]:
        match order.state:
            case Order.State.NEW:
                return {"accept", "park", "cancel", "payment"}
            case Order.State.PARKED:
                return {"accept", "release", "cancel", "payment"}
            case Order.State.ACCEPTED:
                return {"ship", "park", "cancel", "payment"}
            case Order.State.DONE:
                return {"parcel", "payment"}
        return {"payment"}

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """Only what fits the order; the two of the banner stand there and nowhere else."""
        order = self.get_object(request, str(object_id))  # type: ignore[attr-defined]
        fitting = self.buttons_for(order) if order else set()
        allowed = super().get_actions_detail(request, object_id)  # type: ignore[misc]
        prefix = "orders_order_"
        hidden = {
            "take_theirs",
            "keep_ours",
            "accept",
            "issue",
            "ship",
            "parcel",
            "payment",
            "park",
            "release",
            "cancel",
        } - fitting
        return [one for one in allowed if one.action_name.removeprefix(prefix) not in hidden]

    @asks(
        gettext_lazy("Accept order"),
        title=gettext_lazy("Accept this order?"),
        text=gettext_lazy(
            "It goes on to packing. From then on a change in the shop is shown here and not taken over by itself."
        ),
        button=gettext_lazy("Accept order"),
        permission="accept",
        icon="check",
        variant=ActionVariant.PRIMARY,
    )
    def accept(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        def deed(pk: int) -> None:
            decided = decisions.accept_orders([pk], by=request.user)
            if not (decided.done or decided.refused):
                raise Order.DoesNotExist
            for order in decided.done:
                messages.success(request, _("Order %(number)s accepted.") % {"number": order.number})
            for order, reason in decided.refused:
                text = _("Order %(number)s was left as it is: %(reason)s.")
                messages.warning(request, text % {"number": order.number, "reason": reason})

        return on_order(request, object_id, deed)

    @asks(
        gettext_lazy("Issue documents"),
        title=gettext_lazy("Issue the documents of this order?"),
        text=gettext_lazy(
            "Drafts are issued, and what is lacking by the rule of the shop is made. Issued documents have their"
            " number for good, and their goods leave the warehouse."
        ),
        button=gettext_lazy("Issue documents"),
        permission="issue",
        icon="description",
    )
    def issue(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        """Not among the buttons of the page's head: it stands where the documents are, and in the list."""

        def deed(pk: int) -> None:
            results = finish_documents([pk], by=request.user, kinds=kinds_to_issue(request.user))
            if not results:
                raise Order.DoesNotExist
            for result in results:
                if result.problem:
                    say(request, "", [(result.order, result.problem)])
                for document in result.documents:
                    messages.success(request, _("%(document)s was issued.") % {"document": document.label})

        return on_order(request, object_id, deed)

    @asks(
        gettext_lazy("Mark as shipped …"),
        title=gettext_lazy("Mark this order as shipped?"),
        text=gettext_lazy(
            "The goods have left, and the order is done. The shop gets its new status and the parcel, if its order"
            " statuses are updated from here."
        ),
        button=gettext_lazy("Mark as shipped"),
        form=ParcelForm,
        permission="ship",
        icon="local_shipping",
    )
    def ship(self, request: HttpRequest, form: ParcelForm, object_id: str) -> HttpResponse:
        return self._ship(request, form, object_id, _("Order %(number)s marked as shipped."))

    @asks(
        gettext_lazy("Add a parcel …"),
        title=gettext_lazy("Add a parcel"),
        text=gettext_lazy("The shop is told of it, if its order statuses are updated from here."),
        button=gettext_lazy("Add parcel"),
        form=ParcelForm,
        permission="accept",
        icon="package_2",
    )
    def parcel(self, request: HttpRequest, form: ParcelForm, object_id: str) -> HttpResponse:
        return self._ship(request, form, object_id, _("The parcel was added to order %(number)s."))

    def _ship(self, request: HttpRequest, form: ParcelForm, object_id: str, done: str) -> HttpResponse:
        parcel = {name: form.cleaned_data[name] for name in ("carrier", "tracking_number", "tracking_url")}
        return self._decide(request, object_id, lambda pk: ship_order(pk, by=request.user, **parcel), done)

    @asks(
        gettext_lazy("Book a payment …"),
        title=gettext_lazy("Book a payment or a refund"),
        text=gettext_lazy("It is booked here only. No money moves, and the shop is not told."),
        button=gettext_lazy("Book payment"),
        form=PaymentForm,
        permission="book",
        icon="payments",
    )
    def payment(self, request: HttpRequest, form: PaymentForm, object_id: str) -> HttpResponse:
        def book(pk: int) -> Order:
            order = Order.objects.get(pk=pk)
            book_payment(
                order, form.payment(), at=form.moment(), note=form.cleaned_data["note"], by=request.user
            )
            return order

        return self._decide(request, object_id, book, _("Order %(number)s: payment booked."))

    @asks(
        gettext_lazy("Set aside …"),
        title=gettext_lazy("Set this order aside?"),
        text=gettext_lazy("It waits among the parked orders until somebody releases or accepts it."),
        button=gettext_lazy("Set order aside"),
        form=ReasonForm,
        permission="accept",
        icon="pause_circle",
    )
    def park(self, request: HttpRequest, form: ReasonForm, object_id: str) -> HttpResponse:
        return self._decide(
            request,
            object_id,
            lambda pk: decisions.park_order(pk, reason=form.cleaned_data["reason"], by=request.user),
            _("Order %(number)s set aside."),
        )

    @asks(
        gettext_lazy("Release order"),
        title=gettext_lazy("Release this order?"),
        text=gettext_lazy("It goes back among the new orders."),
        button=gettext_lazy("Release order"),
        permission="accept",
        icon="play_circle",
    )
    def release(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        return self._decide(
            request,
            object_id,
            lambda pk: decisions.release_order(pk, by=request.user),
            _("Order %(number)s released."),
        )

    @asks(
        gettext_lazy("Cancel order …"),
        title=gettext_lazy("Cancel this order?"),
        text=gettext_lazy(
            "It is cancelled here, for good. The shop is not told: cancel it there as well, or by the order status."
        ),
        button=gettext_lazy("Cancel order"),
        form=ReasonForm,
        permission="cancel",
        icon="cancel",
        variant=ActionVariant.DANGER,
    )
    def cancel(self, request: HttpRequest, form: ReasonForm, object_id: str) -> HttpResponse:
        return self._decide(
            request,
            object_id,
            lambda pk: decisions.cancel_order(pk, reason=form.cleaned_data["reason"], by=request.user),
            _("Order %(number)s cancelled."),
        )

    @asks(
        gettext_lazy("Take the shop's version"),
        title=gettext_lazy("Take the shop's version?"),
        text=gettext_lazy(
            "The values of the shop that are shown above replace ours. Where lines or the sum are among them, the"
            " whole order becomes as it is in the shop: what was corrected here by hand is lost."
        ),
        button=gettext_lazy("Take the shop's version"),
        permission="change",
    )
    def take_theirs(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        return self._decide(
            request,
            object_id,
            lambda pk: self.take_version(pk, by=request.user),
            _("Order %(number)s: the shop's version was taken over."),
        )

    @asks(
        gettext_lazy("Keep ours"),
        title=gettext_lazy("Keep our version?"),
        text=gettext_lazy("The difference is shown no more, unless the shop changes the order again."),
        button=gettext_lazy("Keep ours"),
        permission="change",
    )
    def keep_ours(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        return self._decide(
            request,
            object_id,
            lambda pk: self.keep_version(pk, by=request.user),
            _("Order %(number)s: our version was kept."),
        )

    def _decide(
        self, request: HttpRequest, object_id: str, decide: Callable[[int], Order], done: str
    ) -> HttpResponse:
        def deed(pk: int) -> None:
            messages.success(request, done % {"number": decide(pk).number})

        return on_order(request, object_id, deed)


def on_order(request: HttpRequest, object_id: str, deed: Callable[[int], str | None]) -> HttpResponse:
    gone = _("This order was deleted meanwhile. Nothing was changed.")
    return carry_out(request, Order, object_id, deed, gone=gone)
