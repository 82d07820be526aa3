"""Parked orders: one page over all shops, one card for each cause, cured in the card (UI.md, screen 7).

Each view is called with the admin of causes, which names its address (shops.admin.causes).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render as render_plain
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from unfold.admin import ModelAdmin

from backoffice.lib.dialogs import primary_key
from backoffice.lib.enqueue import enqueue
from backoffice.lib.errors import KontorError
from orders.models import OrderStatus
from orders.services.unmapped import VAT_RATE
from shops import elements
from shops.admin.pages import Question, ask, may_change, may_run, need, only, say, say_error
from shops.admin.parked_cards import ROWS, fill_cards
from shops.displays import number
from shops.models import IncomingOrder, Run, Shop
from shops.services import cures
from shops.services.intake import AT_ONCE, parked, take_in
from shops.services.not_mapped import not_mapped_yet
from shops.services.order_suggestions import (
    article_meant,
    customer_meant,
    find_articles,
    find_customers,
)
from shops.services.parked import names_shown, parked_groups, parked_url
from shops.services.partners import MANY_TO_ONE
from shops.services.runs import start_run

View = Callable[..., HttpResponse]


def may_cure(request: HttpRequest) -> bool:
    return request.user.has_perm("shops.change_incomingorder")


def user_of(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # the admin lets nobody else in
    return request.user


def parked_page(admin: ModelAdmin, request: HttpRequest, pills: Any) -> HttpResponse:
    need(admin.has_view_permission(request))
    chosen = _shop_id(request)
    groups = parked_groups(chosen)
    cards = fill_cards(groups)
    for group in groups:
        group.card = cards.get(group.key)
    may = request.user.has_perm
    return TemplateResponse(
        request,
        "admin/shops/parked.html",
        {
            **admin.admin_site.each_context(request),
            "title": _("Parked orders"),
            "groups": groups,
            "pills": pills(None if chosen else sum(group.count for group in groups)),
            "shops": Shop.objects.order_by("name").only("pk", "name"),
            "chosen": chosen,
            "not_mapped": not_mapped_yet(chosen),
            "may_run": may_run(request),
            "may_cure": may_cure(request),
            "may_round": may("shops.take_difference"),
            "may_create": {
                "article_unknown": may("inventory.add_article"),
                "customer_unknown": may("orders.add_customer"),
                VAT_RATE: may("inventory.add_vatrate"),
            },
            "may_change": may_change(request),
        },
    )


def _shop_id(request: HttpRequest) -> int | None:
    return primary_key(request.GET.get("shop", "")) or None


# Curing


@only("POST")
def cure(admin: ModelAdmin, request: HttpRequest, shop_id: int, cause: str) -> HttpResponse:
    """POST: what a card's form says; afterwards all its orders are tried at once."""
    need(admin.has_view_permission(request) and may_cure(request))
    shop = Shop.objects.filter(pk=shop_id).first()
    cured = {
        "unmapped": _cure_unmapped,
        "article_unknown": _cure_articles,
        "customer_unknown": _cure_customers,
    }
    if shop is None or cause not in cured:
        raise Http404
    if request.POST.get("do") == "count":
        return _count(request, shop, cause)
    try:
        rows, told = cured[cause](request, shop)
    except KontorError as error:
        say_error(request, error)
        return _back(request)
    if told:
        admin.log_change(request, shop, told)
    release(request, rows, told)
    return _back(request)


def _cure_unmapped(request: HttpRequest, shop: Shop) -> tuple[list[IncomingOrder], str]:
    """Link the method or status, or choose the rate; or create ours."""
    kind, _sep, remote_id = request.POST.get("key", "").partition(":")
    name = request.POST.get("name", "")[:300] or remote_id
    chosen = request.POST.get("local", "")
    create = request.POST.get("do") == "create"
    if not create and not chosen.isdecimal():
        raise KontorError(_("Nothing was chosen, so nothing was changed."), cure=_("Choose one of the list."))
    local_id = None if create else int(chosen)
    if kind == VAT_RATE:
        need(not create or request.user.has_perm("inventory.add_vatrate"))
        rate = cures.choose_vat_rate(shop, remote_id, local_id, by=user_of(request))
        told = _("Remembered: VAT rate %(name)s of %(shop)s is %(rate)s here.")
        words: dict[str, Any] = {"name": name, "shop": shop, "rate": rate}
    elif kind in MANY_TO_ONE:
        meaning = request.POST.get("status_kind", "")
        meaning = meaning if meaning in OrderStatus.Kind.values else ""
        cures.map_element(shop, kind, remote_id, name, local_id, status_kind=meaning)
        told = _("Remembered: “%(name)s” of %(shop)s is linked, later orders with it do not wait.")
        words = {"name": name, "shop": shop}
    else:
        raise Http404
    return cures.waiting_for(shop, "unmapped", key=f"{kind}:{remote_id}"), told % words


def _cure_articles(request: HttpRequest, shop: Shop) -> tuple[list[IncomingOrder], str]:
    verb, _sep, sku = request.POST.get("do", "").partition(":")
    everywhere: Shop | None = shop
    if verb in ("create", "create-all"):
        need(request.user.has_perm("inventory.add_article"))
        skus = [sku] if verb == "create" else [key for _n, key, _text in _fields(request)]
        made = cures.create_from_orders(shop, skus)
        told = ngettext(
            "%(n)s article was created: %(names)s.", "%(n)s articles were created: %(names)s.", len(made)
        ) % {"n": number(len(made)), "names": names_shown([article.sku for article in made])}
        everywhere = None  # other shops' orders may have waited for the same SKU
    else:
        chosen: dict[str, int | None] = {sku: None} if verb == "plain" else {**_meant(request, article_meant)}
        if not chosen:
            raise KontorError(
                _("No article was chosen, so nothing was changed."),
                cure=_("Search by name, SKU or EAN and choose one of the list."),
            )
        cures.choose_articles(shop, chosen, by=user_of(request))
        skus = list(chosen)
        told = ngettext(
            "Remembered for later orders of %(shop)s: %(names)s.",
            "Remembered for later orders of %(shop)s: %(names)s.",
            len(chosen),
        ) % {"shop": shop, "names": names_shown(skus)}
    return cures.waiting_for(everywhere, "article_unknown", skus=skus), told


def _cure_customers(request: HttpRequest, shop: Shop) -> tuple[list[IncomingOrder], str]:
    verb, _sep, key = request.POST.get("do", "").partition(":")
    everywhere: Shop | None = shop
    if verb in ("create", "create-all"):
        need(request.user.has_perm("orders.add_customer"))
        buyers = [key] if verb == "create" else [key for _n, key, _text in _fields(request)]
        made = cures.create_buyers(shop, buyers, by=user_of(request))
        told = ngettext(
            "%(n)s customer was created: %(names)s.", "%(n)s customers were created: %(names)s.", len(made)
        ) % {"n": number(len(made)), "names": names_shown(made)}
        everywhere = None
    else:
        chosen = _meant(request, customer_meant)
        if not chosen:
            raise KontorError(
                _("No customer was chosen, so nothing was changed."),
                cure=_("Search by name or e-mail address and choose one of the list."),
            )
        cures.choose_customers(shop, chosen, by=user_of(request))
        buyers = list(chosen)
        told = _("Remembered for later orders of %(shop)s: %(names)s.") % {
            "shop": shop,
            "names": names_shown(buyers),
        }
    return cures.waiting_for(everywhere, "customer_unknown", buyers=buyers), told


def _fields(request: HttpRequest) -> list[tuple[int, str, str]]:
    """(number, key, what was entered) of the card's rows."""
    return [
        (n, key, request.POST.get(f"text-{n}", ""))
        for n in range(1, ROWS + 1)
        if (key := request.POST.get(f"key-{n}", ""))
    ]


def _meant(request: HttpRequest, resolve: Callable[[str], int | None]) -> dict[str, int]:
    return {
        key: local_id
        for _n, key, text in _fields(request)
        if text.strip() and (local_id := resolve(text)) is not None
    }


def _count(request: HttpRequest, shop: Shop, cause: str) -> HttpResponse:
    """The button of a card, as it is with what stands in its fields now: how many orders it would release."""
    resolve = article_meant if cause == "article_unknown" else customer_meant
    chosen = set(_meant(request, resolve))
    waiting = cures.waiting_for(shop, cause)
    freed = sum(_needs(row, cause) <= chosen for row in waiting)
    return render_plain(
        request, "admin/shops/parked_release.html", {"freed": freed, "left": len(waiting) - freed}
    )


def _needs(row: IncomingOrder, cause: str) -> set[str]:
    if cause == "article_unknown":
        return {one["sku"] for one in row.data.get("skus", ())} or {""}
    return {row.data.get("key", "")}


def search(admin: ModelAdmin, request: HttpRequest, kind: str) -> HttpResponse:
    """What fits the text being typed, as options of a list."""
    need(admin.has_view_permission(request) and may_cure(request))
    finders = {elements.ARTICLE: find_articles, elements.CUSTOMER: find_customers}
    if kind not in finders:
        raise Http404
    text = next((value for key, value in request.GET.items() if key.startswith("text-")), "")
    found = finders[kind](text) if len(text.strip()) >= 2 else []
    return render_plain(request, "admin/shops/options.html", {"found": found})


# Trying again


def release(request: HttpRequest, rows: Sequence[IncomingOrder], told: str = "") -> None:
    """Take these orders in and say what came of it; what is more than a person waits for, a worker does."""
    done = take_in(rows[:AT_ONCE], by=user_of(request))
    later = len(rows) - AT_ONCE
    if later > 0:
        for shop_id in {row.shop_id for row in rows[AT_ONCE:]}:
            enqueue("shops.jobs.release_parked", shop_id, 0)
    if done.orders:
        n = len(done.orders)
        text = ngettext(
            "%(n)s order was released: %(names)s.", "%(n)s orders were released: %(names)s.", n
        ) % {"n": number(n), "names": names_shown(done.orders)}
        orders = reverse("admin:orders_order_changelist")
        if n == 1:
            orders = reverse("admin:orders_order_change", args=[done.orders[0].pk])
        say(request, messages.SUCCESS, text, told, url=orders, button=_("Open"))
    elif told:
        say(request, messages.SUCCESS, told)
    if later > 0:
        text = ngettext(
            "%(n)s more order follows by itself.", "%(n)s more orders follow by themselves.", later
        )
        say(request, messages.INFO, text % {"n": number(later)})
    if done.still:
        n = len(done.still)
        text = ngettext("%(n)s order waits on.", "%(n)s orders wait on.", n) % {"n": number(n)}
        say(request, messages.WARNING, text, str(done.still[0].message))
    if not rows:
        say(request, messages.INFO, _("No order waits for this any more."))


@only("POST")
def try_all(admin: ModelAdmin, request: HttpRequest) -> HttpResponse:
    """POST: try everything that waits once more, without asking the shops."""
    need(admin.has_view_permission(request) and may_cure(request))
    rows = parked()
    if chosen := _shop_id(request):
        rows = rows.filter(shop=chosen)
    release(request, list(rows[: cures.MOST]))
    return _back(request)


def one_order(admin: ModelAdmin, request: HttpRequest, order_id: int, verb: str) -> HttpResponse:
    """One parked order: again (read it from the shop), round, leave-out (asks first), back (of a left-out one)."""
    need(admin.has_view_permission(request))
    row = IncomingOrder.objects.select_related("shop").defer("payload").filter(pk=order_id).first()
    wanted = IncomingOrder.State.LEFT_OUT if verb == "back" else IncomingOrder.State.PARKED
    if row is None or row.state != wanted:
        say(request, messages.INFO, _("This order does not wait any more."))
        return _back(request)
    if verb == "leave-out" and request.method == "GET":
        need(may_cure(request))
        return _ask_to_leave_out(admin, request, row)
    if request.method != "POST":
        return HttpResponse(status=405, headers={"Allow": "POST"})
    if verb == "again":
        return _read_again(request, row)
    if verb == "round":
        need(may_cure(request) and request.user.has_perm("shops.take_difference"))
        cures.allow_difference(row, by=user_of(request))
        admin.log_change(request, row.shop, _("Order %(order)s: difference allowed.") % {"order": row})
        release(request, list(parked().filter(pk=row.pk)))
    elif verb == "leave-out":
        need(may_cure(request))
        cures.leave_out(row, by=user_of(request))
        text = _("Order %(order)s of %(shop)s is left out.") % {"order": row, "shop": row.shop}
        admin.log_change(request, row.shop, text)
        orders = reverse("admin:shops_shop_orders", args=[row.shop_id])
        take_back = _("It stays stored; take it in after all on the page Orders of the shop.")
        say(request, messages.SUCCESS, text, take_back, url=orders, button=_("Open"))
    elif verb == "back":
        need(may_cure(request))
        cures.take_back(row)
        release(request, list(parked().filter(pk=row.pk)))
        return HttpResponseRedirect(reverse("admin:shops_shop_orders", args=[row.shop_id]))
    else:
        raise Http404
    return _back(request)


def _ask_to_leave_out(admin: ModelAdmin, request: HttpRequest, row: IncomingOrder) -> HttpResponse:
    question = Question(
        _("Leave order %(order)s out?") % {"order": row},
        _("It is not imported from %(shop)s, now and later. The shop is not told.") % {"shop": row.shop},
        _("Leave the order out"),
        [_("It stays stored in full, and can be taken in after all.")],
    )
    return ask(admin, request, row.shop, question, back=parked_url())


def _read_again(request: HttpRequest, row: IncomingOrder) -> HttpResponse:
    """Ask the shop for just this order; its run takes it in."""
    need(may_run(request))
    try:
        run = start_run(
            row.shop,
            Run.Job.HEAR_ORDERS,
            by=user_of(request),
            options={"ids": {elements.ORDER: [[row.remote_id, ""]]}},
        )
    except KontorError as error:
        say_error(request, error)
        return _back(request)
    say(request, messages.INFO, _("The order is being read again from %(shop)s.") % {"shop": row.shop})
    return HttpResponseRedirect(reverse("admin:shops_run_change", args=[run.pk]))


def _back(request: HttpRequest) -> HttpResponseRedirect:
    """To the page as it was filtered: the forms carry its shop along."""
    return HttpResponseRedirect(parked_url(_shop_id(request)))
