"""Causes ("Needs a person"): what is wrong, once each, with its cure."""

from __future__ import annotations

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display

from shops.admin.pages import may_run, need, say
from shops.displays import badge, moment, number
from shops.models import Problem

_KINDS = {
    Problem.State.OPEN: "bad",
    Problem.State.RETRYING: "info",
    Problem.State.LEFT_OUT: "muted",
    Problem.State.CURED: "ok",
}


@admin.register(Problem)
class ProblemAdmin(ModelAdmin):
    list_display = ["count_column", "what", "shop", "kind", "since", "state_column", "acts"]
    list_display_links = None
    list_filter = ["state", "shop", "kind"]
    search_fields = ["message", "cure", "key"]
    list_select_related = ["shop"]
    list_per_page = 50
    show_full_result_count = False
    actions = None
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
        return super().changelist_view(request, extra_context)  # type: ignore[arg-type]

    def get_urls(self) -> list[URLPattern]:
        own = [
            path(
                "<int:problem_id>/<slug:verb>/",
                self.admin_site.admin_view(self.act_view),
                name="shops_problem_act",
            )
        ]
        return own + super().get_urls()

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Problem | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Problem | None = None) -> bool:
        return False

    def act_view(self, request: HttpRequest, problem_id: int, verb: str) -> HttpResponse:
        """POST: try again with the next run, or leave out until the elements change."""
        need(may_run(request))
        if request.method != "POST":
            return HttpResponse(status=405, headers={"Allow": "POST"})
        states = {"retry": Problem.State.RETRYING, "leave-out": Problem.State.LEFT_OUT}
        problem = Problem.objects.filter(pk=problem_id).first()
        back = HttpResponseRedirect(reverse("admin:shops_problem_changelist"))
        if verb not in states or problem is None:
            say(request, messages.WARNING, _gettext("This cause is no longer in the list."))
            return back
        problem.state = states[verb]
        problem.save(update_fields=["state"])
        if verb == "retry":
            # The print is what kept the element out until it changed (RemoteElement.problem_print).
            problem.elements.update(problem_print="")
            say(
                request,
                messages.SUCCESS,
                _gettext("The next run tries these elements again."),
                problem.message,
            )
        else:
            say(
                request,
                messages.SUCCESS,
                _gettext("These elements are left out until they change."),
                problem.message,
            )
        return back

    @display(description=_("elements"), ordering="count")
    def count_column(self, problem: Problem) -> SafeString:
        return format_html('<strong class="sh-big">{}</strong>', number(problem.count))

    @display(description=_("cause"), ordering="message")
    def what(self, problem: Problem) -> SafeString:
        return format_html(
            '<div class="sh-wide"><strong>{}</strong><br><span class="sh-muted">{}</span></div>',
            problem.message,
            problem.cure,
        )

    @display(description=_("since"), ordering="first_seen")
    def since(self, problem: Problem) -> str:
        return moment(problem.first_seen)

    @display(description=_("state"), ordering="state")
    def state_column(self, problem: Problem) -> SafeString:
        return badge(_KINDS[Problem.State(problem.state)], problem.get_state_display())

    @display(description=_("what to do"))
    def acts(self, problem: Problem) -> SafeString | str:
        if problem.state in (Problem.State.CURED, Problem.State.RETRYING):
            return "–"
        retry = reverse("admin:shops_problem_act", args=[problem.pk, "retry"])
        leave = reverse("admin:shops_problem_act", args=[problem.pk, "leave-out"])
        buttons = format_html(
            '<button class="sh-btn sh-small" type="submit" formaction="{}">{}</button>', retry, _("Try again")
        )
        if problem.state == Problem.State.OPEN:
            buttons += format_html(
                ' <button class="sh-btn sh-small sh-ghost" type="submit" formaction="{}">{}</button>',
                leave,
                _("Leave out until they change"),
            )
        return buttons
