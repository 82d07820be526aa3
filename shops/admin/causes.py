"""Causes ("Needs a person"): what is wrong, once each, with its cure."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, Final

from django.contrib import admin, messages
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _gettext
from unfold.admin import ModelAdmin

from backoffice.lib.errors import KontorError
from orders.models import Order
from orders.services.mails import needing_a_person
from shops import elements
from shops.admin import parked
from shops.admin.holds import open_banners
from shops.admin.pages import may_run, need, only, say, say_error
from shops.models import Change, IncomingOrder, Problem, Run, Shop
from shops.services.parked import ways_of
from shops.services.plans import leave_out_until_changed, try_again
from shops.services.runs import start_run

EXAMPLES: Final = 3


@admin.register(Problem)
class ProblemAdmin(ModelAdmin):
    list_display = ["message"]  # drawn as cards by the template
    list_display_links = None
    list_filter = ["state", "shop", "kind"]
    search_fields = ["message", "cure", "key"]
    list_select_related = ["shop"]
    show_full_result_count = False
    actions = None
    list_per_page = 20
    change_list_template = "admin/shops/cause_list.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Problem]:
        return super().get_queryset(request).defer("detail").order_by("-count", "-last_seen")

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, object] | None = None
    ) -> HttpResponse:
        if not request.GET and self.has_view_permission(
            request
        ):  # what is open needs a person; the rest is one click away
            return HttpResponseRedirect(f"{request.path}?state__exact={Problem.State.OPEN}")
        response = super().changelist_view(request, extra_context)  # type: ignore[arg-type]
        if isinstance(response, TemplateResponse) and "cl" in (response.context_data or {}):
            changes: Any = response.context_data["cl"]  # type: ignore[index]
            changes.result_list = list(changes.result_list)
            _add_examples(changes.result_list)
            response.context_data |= {  # type: ignore[operator]
                "pills": _pills(request, request.GET.get("state__exact", "")),
                "may_run": may_run(request),
                "banners": open_banners(request),
            }
        return response

    def get_urls(self) -> list[URLPattern]:
        own = [
            path(
                "<int:problem_id>/<slug:verb>/",
                self.admin_site.admin_view(self.act_view),
                name="shops_problem_act",
            ),
            *(
                path(address, self.admin_site.admin_view(view), name=f"shops_problem_{name}")
                for address, view, name in (
                    ("parked/", self.parked_view, "parked"),
                    ("parked/again/", partial(parked.try_all, self), "try_all"),
                    ("parked/search/<slug:kind>/", partial(parked.search, self), "parked_search"),
                    ("parked/<int:shop_id>/read/", self.take_in_view, "take_in"),
                    ("parked/<int:shop_id>/<slug:cause>/", partial(parked.cure, self), "cure"),
                    ("parked/order/<int:order_id>/<slug:verb>/", partial(parked.one_order, self), "order"),
                )
            ),
        ]
        return own + super().get_urls()

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Problem | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Problem | None = None) -> bool:
        return False

    @only("POST")
    def act_view(self, request: HttpRequest, problem_id: int, verb: str) -> HttpResponse:
        """POST: try again with the next run, try again now, or leave out until the elements change."""
        need(may_run(request))
        problem = Problem.objects.select_related("shop").filter(pk=problem_id).first()
        back = HttpResponseRedirect(reverse("admin:shops_problem_changelist"))
        if verb not in ("retry", "retry-now", "leave-out") or problem is None:
            say(request, messages.WARNING, _gettext("This cause is no longer in the list."))
            return back
        if verb == "leave-out":
            leave_out_until_changed(problem, by=request.user)
            text = _gettext("These elements are left out until they change.")
            say(request, messages.SUCCESS, text, problem.message)
            return back
        try_again(problem, by=request.user)
        if verb == "retry":
            say(
                request,
                messages.SUCCESS,
                _gettext("The next run tries these elements again."),
                problem.message,
            )
            return back
        return _start(request, problem.shop, _job_for(problem.kind)) or back

    def parked_view(self, request: HttpRequest) -> HttpResponse:
        """Orders that wait outside the order list, by cause."""
        return parked.parked_page(self, request, partial(_pills, request, "parked"))

    @only("POST")
    def take_in_view(self, request: HttpRequest, shop_id: int) -> HttpResponse:
        """POST: read the shop's orders and try those that wait once more."""
        need(self.has_view_permission(request) and may_run(request))
        shop = Shop.objects.filter(pk=shop_id).first()
        if shop is None:
            raise Http404
        back = HttpResponseRedirect(reverse("admin:shops_problem_parked"))
        return _start(request, shop, Run.Job.IMPORT_ORDERS) or back


def _start(request: HttpRequest, shop: Shop, job: str) -> HttpResponse | None:
    """Start a run and go to its page; None when it cannot start: then the reason is on the next page."""
    try:
        run = start_run(shop, job, by=request.user)
    except KontorError as error:
        say_error(request, error)
        return None
    say(request, messages.INFO, _gettext("They are being tried again."))
    return HttpResponseRedirect(reverse("admin:shops_run_change", args=[run.pk]))


def _job_for(kind: str) -> str:
    """The shortest run that tries elements of this type again."""
    if kind in (elements.ORDER, elements.PAYMENT_METHOD, elements.SHIPPING_METHOD, elements.ORDER_STATUS):
        return Run.Job.IMPORT_ORDERS
    return Run.Job.EXPORT_STOCK if kind == elements.STOCK else Run.Job.SYNC


def _pills(request: HttpRequest, current: str, parked: int | None = None) -> list[dict[str, Any]]:
    """The pages of "Needs a person", each with its number."""
    if parked is None:
        parked = IncomingOrder.objects.filter(state=IncomingOrder.State.PARKED).count()
    counts = dict(Problem.objects.order_by().values_list("state").annotate(n=Count("id")))
    causes = reverse("admin:shops_problem_changelist")
    pills = [
        {
            "key": "parked",
            "label": _gettext("Parked orders"),
            "count": parked,
            "url": reverse("admin:shops_problem_parked"),
        }
    ]
    for state, label in Problem.State.choices:
        pills.append(
            {
                "key": state,
                "label": label,
                "count": counts.get(state, 0),
                "url": f"{causes}?state__exact={state}",
            }
        )
    open_first = [pills[1], pills[0], *_document_pills(request), *pills[2:]]
    return [{**pill, "active": pill["key"] == current} for pill in open_first]


def _document_pills(request: HttpRequest) -> list[dict[str, Any]]:
    """What stands in the lists of sales and waits for a person: shown only where there is some of it."""
    lists = [
        (
            "unissued",
            _gettext("Documents not issued"),
            "orders.view_order",
            Order.objects.not_issued(),
            f"{reverse('admin:orders_order_changelist')}?look=unissued",
        ),
        (
            "mails",
            _gettext("E-mails not sent"),
            "orders.view_document",
            needing_a_person(),
            f"{reverse('admin:orders_document_changelist')}?mail=person",
        ),
    ]
    return [
        {"key": key, "label": label, "count": count, "url": url}
        for key, label, right, rows, url in lists
        if request.user.has_perm(right) and (count := rows.count())
    ]


def _add_examples(problems: Sequence[Problem]) -> None:
    """Lay up to EXAMPLES changes and the way to the cure beside each: two queries for the whole page."""
    newest = Change.objects.filter(problem=OuterRef("pk")).order_by("-id").values("id")
    rows = Problem.objects.filter(pk__in=[problem.pk for problem in problems]).annotate(
        **{f"example_{n}": Subquery(newest[n : n + 1]) for n in range(EXAMPLES)}
    )
    ids = {row.pk: [getattr(row, f"example_{n}") for n in range(EXAMPLES)] for row in rows}
    changes = Change.objects.in_bulk([pk for some in ids.values() for pk in some if pk])
    for problem in problems:
        found = [changes[pk] for pk in ids.get(problem.pk, []) if pk in changes]
        seen: dict[str, Change] = {}
        for change in found:  # the same element of several runs is one example
            seen.setdefault(change.key or change.name or change.remote_id, change)
        problem.examples = list(seen.values())  # type: ignore[attr-defined]
        problem.more = max(problem.count - len(seen), 0)  # type: ignore[attr-defined]
        problem.ways = ways_of(problem.shop_id, problem.kind, problem.key)  # type: ignore[attr-defined]
