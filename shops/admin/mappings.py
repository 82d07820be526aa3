"""The tab Mappings: what belongs together, here on the left, the shop on the right (O8)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render as render_plain
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from unfold.admin import ModelAdmin

from backoffice.lib.errors import KontorError
from shops.admin.mapping_many import (
    PER_PAGE,
    after_unlinking,
    ask_about_ticked,
    ignore_ticked,
    ticked,
    unlink_ticked,
)
from shops.admin.pages import Question, ask, may_change, need, render, say, say_error, shop_page
from shops.displays import kind_label, number
from shops.models import RemoteElement, Rule, Shop
from shops.platforms.registry import platform_for
from shops.services import links, partners
from shops.services.doubles import doubles, keys_twice
from shops.services.panels import panel_url
from shops.services.suggestions import suggestions, suggestions_there

SHOWN: Final = ("open", "here", "linked", "ignored", "twice")


@dataclass(frozen=True, slots=True)
class Pair:
    """One row of the screen. candidates: (id here, name). local: the name of the linked row."""

    element: RemoteElement
    candidates: tuple[tuple[int, str], ...] = ()
    sure: bool = False
    why: str = ""
    local: str = ""

    @property
    def key(self) -> str:
        """The key beside the name, when it says more than the name does."""
        key = self.element.natural_key
        return "" if key.casefold() == self.element.name.strip().casefold() else key


def mappings(admin: ModelAdmin, request: HttpRequest, shop: Shop, kind: str = "") -> HttpResponse:
    kinds = [key for key in partners.MAPPED if key in platform_for(shop).capabilities]
    kind = kind or (kinds[0] if kinds else "")
    if kind not in kinds:
        raise Http404
    if request.method == "POST":
        need(may_change(request))
        return _act(admin, request, shop, kind)
    show = request.GET.get("show", "open")
    show = show if show in SHOWN else "open"
    query = request.GET.get("q", "").strip()[:100]
    number_of_page = request.GET.get("page")
    pairs, page, twice, ours = [], None, [], []
    if show == "twice":
        twice, page = _doubles(shop, kind, query, number_of_page)
    elif show == "here":
        ours, page = _ours(shop, kind, query, number_of_page)
    else:
        pairs, page = _pairs(shop, kind, show, query, number_of_page)
    rule = Rule.objects.filter(shop=shop, kind=kind).first()
    return render(
        admin,
        request,
        "admin/shops/mappings.html",
        shop,
        _("Mappings"),
        pills=_pills(shop, kinds, kind),
        kind=kind,
        label=kind_label(kind),
        show=show,
        query=query,
        page=page,
        suggested=[pair for pair in pairs if pair.candidates],
        without=[pair for pair in pairs if not pair.candidates],
        pairs=pairs,
        ours=ours,
        twice=twice,
        has_doubles=show == "twice" or keys_twice(shop, kind).exists(),
        rule=rule,
        options=partners.find_here(shop, kind, "", limit=300) if kind in partners.LISTED else None,
        creatable=kind in partners.CREATABLE,
        sure=sum(pair.sure for pair in pairs),
        ignored=RemoteElement.objects.of(shop, kind).filter(state=RemoteElement.State.IGNORED).count(),
        base_url=reverse("admin:shops_shop_mappings_kind", args=[shop.pk, kind]),
        search_url=reverse("admin:shops_shop_mappings_search", args=[shop.pk, kind]),
    )


mappings_view = shop_page(methods=("GET", "POST"))(mappings)


def _pills(shop: Shop, kinds: list[str], current: str) -> list[dict[str, Any]]:
    counts = {
        row["kind"]: row
        for row in RemoteElement.objects.filter(shop=shop, kind__in=kinds, state=RemoteElement.State.PRESENT)
        .values("kind")
        .annotate(open=Count("id", filter=Q(local_id__isnull=True)), all=Count("id"))
        .order_by()
    }
    return [
        {
            "kind": kind,
            "label": kind_label(kind),
            "open": counts.get(kind, {}).get("open", 0),
            "all": counts.get(kind, {}).get("all", 0),
            "url": reverse("admin:shops_shop_mappings_kind", args=[shop.pk, kind]),
            "active": kind == current,
        }
        for kind in kinds
    ]


def _pairs(
    shop: Shop, kind: str, show: str, query: str, number_of_page: str | None
) -> tuple[list[Pair], Any]:
    rows = partners.of_kind(shop, kind)
    if show == "open":
        rows = partners.open_elements(shop, kind)
    elif show == "linked":
        rows = rows.linked().order_by("name", "id")
    else:
        rows = rows.filter(state=RemoteElement.State.IGNORED).order_by("name", "id")
    if query:
        rows = rows.filter(Q(name__icontains=query) | Q(natural_key__icontains=query) | Q(remote_id=query))
    page = Paginator(rows, PER_PAGE).get_page(number_of_page)
    shown = list(page.object_list)
    if show == "linked":
        names = partners.names_of(kind, [element.local_id for element in shown if element.local_id])
        return [Pair(element, local=names.get(element.local_id or 0, "?")) for element in shown], page
    if show == "ignored":
        return [Pair(element) for element in shown], page
    found = suggestions(shop, kind, shown)
    names = partners.names_of(kind, {pk for one in found.values() for pk in one.local_ids})
    pairs = [
        Pair(
            element,
            candidates=tuple((pk, names.get(pk, "?")) for pk in found[element.pk].local_ids),
            sure=found[element.pk].sure,
            why=found[element.pk].why,
        )
        if element.pk in found
        else Pair(element)
        for element in shown
    ]
    pairs.sort(key=lambda pair: (not pair.sure, not pair.candidates))
    return pairs, page


@dataclass(frozen=True, slots=True)
class Ours:
    """One row of ours without a partner. candidates: (element id, name)."""

    pk: int
    name: str
    candidates: tuple[tuple[int, str], ...] = ()
    sure: bool = False
    why: str = ""


def _ours(shop: Shop, kind: str, query: str, number_of_page: str | None) -> tuple[list[Ours], Any]:
    """What is only here, with what the shop has that may belong to it."""
    rows = partners.unlinked_here(shop, kind).order_by("pk")
    if query:
        rows = rows.filter(pk__in=[pk for pk, _name in partners.find_here(shop, kind, query, limit=500)])
    page = Paginator(rows, PER_PAGE).get_page(number_of_page)
    shown = list(page.object_list)
    found = suggestions_there(shop, kind, shown)
    ids = {pk for one in found.values() for pk in one.local_ids}
    names = {
        element.pk: f"{element} · {element.natural_key or element.remote_id}"
        for element in RemoteElement.objects.filter(pk__in=ids).defer("content")
    }
    return [
        Ours(
            row.pk,
            str(row),
            candidates=tuple((pk, names[pk]) for pk in found[row.pk].local_ids if pk in names),
            sure=found[row.pk].sure,
            why=found[row.pk].why,
        )
        if row.pk in found
        else Ours(row.pk, str(row))
        for row in shown
    ], page


def _doubles(
    shop: Shop, kind: str, query: str, number_of_page: str | None
) -> tuple[list[dict[str, Any]], Any]:
    """Keys that the shop has more than once, with both sides and the way to its panel."""
    rows = keys_twice(shop, kind)
    if query:
        rows = rows.filter(natural_key__icontains=query)
    page = Paginator(rows, PER_PAGE).get_page(number_of_page)
    found = doubles(shop, kind, [row["natural_key"] for row in page.object_list])
    return [
        {
            "double": double,
            "there": [
                (element, panel_url(shop, kind, element.remote_id, parent_id=element.parent_id))
                for element in double.elements
            ],
        }
        for double in found
    ], page


def _act(admin: ModelAdmin, request: HttpRequest, shop: Shop, kind: str) -> HttpResponse:
    """One button was pressed: link, create, ignore, take back, or all that is ticked or sure."""
    back = HttpResponseRedirect(f"{request.path}?{request.GET.urlencode()}" if request.GET else request.path)
    verb, _sep, element_id = request.POST.get("do", "").partition(":")
    if verb == "sure":
        done = links.link_all_sure(shop, kind)
        _say_linked(admin, request, shop, kind, done)
        return back
    if verb == "ticked":
        _say_linked(admin, request, shop, kind, _link_ticked(request, shop, kind))
        return back
    if verb in ("ignore-ticked", "unlink-ticked"):
        return ask_about_ticked(admin, request, shop, kind, verb.removesuffix("-ticked")) or back
    if verb == "ignore-asked":
        ignore_ticked(admin, request, shop, kind)
        return back
    if verb == "unlink-asked":
        unlink_ticked(admin, request, shop, kind)
        return back
    chosen: int | None = None
    if verb == "join":  # both ends stand on the button
        element_id, _sep, local_id = element_id.partition("-")
        verb, chosen = "link", int(local_id) if local_id.isascii() and local_id.isdigit() else None
    element = (
        RemoteElement.objects.of(shop, kind).filter(pk=int(element_id) if element_id.isdigit() else 0).first()
    )
    if element is None:
        say(
            request,
            messages.WARNING,
            _("This element is no longer in the list."),
            _("Look at the list again."),
        )
        return back
    try:
        text = _do(request, shop, kind, verb, element, chosen)
    except KontorError as error:
        say_error(request, error)
        return back
    if text:
        admin.log_change(request, shop, f"{kind_label(kind)}: {text}")
        say(request, messages.SUCCESS, text)
    return back


def _do(
    request: HttpRequest, shop: Shop, kind: str, verb: str, element: RemoteElement, chosen: int | None = None
) -> str:
    names = {"name": str(element)}
    if verb == "link":
        local_id = chosen if chosen is not None else _chosen(request, shop, kind, element)
        if local_id is None:
            say(
                request,
                messages.WARNING,
                _("“%(name)s” was not linked: nothing here fits what you entered.") % names,
                _("Choose one of the list, or enter the exact SKU, e-mail address or name."),
            )
            return ""
        links.link(element, local_id)
        return _("“%(name)s” is linked.") % names
    if verb == "create":
        links.create_and_link(element)
        return _("“%(name)s” was created here and linked.") % names
    if verb == "prefer":
        links.prefer(element)
        return _("“%(name)s” is what the shop is sent from now on.") % names
    if verb == "ignore":
        links.ignore(element)
        return _("“%(name)s” is ignored from now on.") % names
    if verb == "back":
        links.ignore(element, ignored=False)
        return _("“%(name)s” is back in the list.") % names
    return ""


def _chosen(request: HttpRequest, shop: Shop, kind: str, element: RemoteElement) -> int | None:
    chosen = request.POST.get(f"local-{element.pk}", "")
    if chosen.isdigit():
        return int(chosen)
    return partners.resolve(shop, kind, request.POST.get(f"text-{element.pk}", ""))


def _link_ticked(request: HttpRequest, shop: Shop, kind: str) -> int:
    done = 0
    for element in partners.open_elements(shop, kind).filter(pk__in=ticked(request)):
        local_id = _chosen(request, shop, kind, element)
        if local_id is None:
            continue
        try:
            links.link(element, local_id)
        except KontorError as error:
            say_error(request, error)
            continue
        done += 1
    return done


def _say_linked(admin: ModelAdmin, request: HttpRequest, shop: Shop, kind: str, done: int) -> None:
    if not done:
        say(
            request,
            messages.INFO,
            _("Nothing was linked."),
            _("No element of this list has one sure partner here."),
        )
        return
    text = ngettext("%(number)s element was linked.", "%(number)s elements were linked.", done) % {
        "number": number(done)
    }
    admin.log_change(request, shop, f"{kind_label(kind)}: {text}")
    say(request, messages.SUCCESS, text, _("Neither side was changed; the next sync follows “What to sync”."))


def search(admin: ModelAdmin, request: HttpRequest, shop: Shop, kind: str) -> HttpResponse:
    """The rows here that fit what is being typed, as options of a list."""
    if kind not in partners.LOCAL_MODELS:
        raise Http404
    text = next((value for key, value in request.GET.items() if key.startswith("text-")), "")
    found = partners.find_here(shop, kind, text) if len(text.strip()) >= 2 else []
    return render_plain(request, "admin/shops/options.html", {"found": found})


search_view = shop_page()(search)


def unlink(admin: ModelAdmin, request: HttpRequest, shop: Shop, kind: str, element_id: int) -> HttpResponse:
    """GET asks and says what the next sync would then do; POST parts the two."""
    need(may_change(request))
    element = RemoteElement.objects.of(shop, kind).linked().filter(pk=element_id).first()
    list_url = reverse("admin:shops_shop_mappings_kind", args=[shop.pk, kind]) + "?show=linked"
    if element is None or kind not in partners.LOCAL_MODELS:
        say(request, messages.WARNING, _("This element is not linked any more."))
        return HttpResponseRedirect(list_url)
    if request.method == "POST":
        try:
            links.unlink(element)
        except KontorError as error:
            say_error(request, error)
        else:
            text = _("“%(name)s” is no longer linked.") % {"name": element}
            admin.log_change(request, shop, f"{kind_label(kind)}: {text}")
            say(request, messages.SUCCESS, text)
        return HttpResponseRedirect(list_url)
    local = partners.names_of(kind, [element.local_id or 0]).get(element.local_id or 0, "?")
    question = Question(
        _("Unlink “%(name)s”?") % {"name": element},
        _("Here: %(here)s. Both stay as they are.") % {"here": local},
        _("Unlink"),
        after_unlinking(shop, kind),
    )
    return ask(admin, request, shop, question, back=list_url)


unlink_view = shop_page(methods=("GET", "POST"))(unlink)
