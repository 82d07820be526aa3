"""What all pages under a shop share: finding the shop, the rights, the buttons on top, messages with a way on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from backoffice.lib.dialogs import primary_key
from backoffice.lib.errors import KontorError
from shops.models import Run, Shop
from shops.platforms.registry import platform_classes
from shops.services.schedules import is_offered

if TYPE_CHECKING:
    from unfold.admin import ModelAdmin

View = Callable[..., HttpResponse]


@dataclass(frozen=True, slots=True)
class Button:
    """One button in a page's head. reason: why it is switched off, "" = it works.

    dialog: asks a question first (in a window with scripts, as a page without). post: acts at once.
    """

    label: str
    icon: str = ""
    url: str = ""
    dialog: bool = False
    post: bool = False
    primary: bool = False
    reason: str = ""
    items: tuple[Button, ...] = ()


def may_run(request: HttpRequest) -> bool:
    return request.user.has_perm("shops.run_shop")


def may_change(request: HttpRequest) -> bool:
    return request.user.has_perm("shops.change_shop")


def may_enter_credentials(request: HttpRequest) -> bool:
    return request.user.has_perm("shops.see_credentials")


def need(allowed: bool) -> None:
    if not allowed:
        raise PermissionDenied


def shop_page(
    *, methods: tuple[str, ...] = ("GET",), related: tuple[str, ...] = ()
) -> Callable[[View], View]:
    """Turn f(admin, request, shop, ...) into a view by id: who may see shops may see it; other methods answer 405."""

    def decorate(view: View) -> View:
        @wraps(view)
        def by_id(admin: ModelAdmin, request: HttpRequest, object_id: str, **kwargs: Any) -> HttpResponse:
            need(admin.has_view_permission(request))
            shop = Shop.objects.select_related(*related).filter(pk=primary_key(object_id)).first()
            if shop is None:
                raise Http404(_("There is no such shop any more."))
            return view(admin, request, shop, **kwargs)

        return only(*methods)(by_id)

    return decorate


def only(*methods: str) -> Callable[[View], View]:
    """Turn f(admin, request, ...) into a view that answers other methods by 405 (HEAD is allowed where GET is)."""
    allowed = {*methods, "HEAD"} if "GET" in methods else {*methods}

    def decorate(view: View) -> View:
        @wraps(view)
        def checked(admin: ModelAdmin, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.method not in allowed:
                return HttpResponseNotAllowed(methods)
            return view(admin, request, *args, **kwargs)

        return checked

    return decorate


def page_number(request: HttpRequest) -> int:
    """Of the list that the address asks for; 1 for none and for what is no number."""
    text = request.GET.get("page", "1")
    return max(1, int(text)) if text.isascii() and text.isdigit() and len(text) < 8 else 1


def render(
    admin: ModelAdmin, request: HttpRequest, template: str, shop: Shop, title: str, **context: Any
) -> TemplateResponse:
    request.current_app = admin.admin_site.name  # type: ignore[attr-defined]
    return TemplateResponse(
        request,
        template,
        {
            **admin.admin_site.each_context(request),
            "opts": Shop._meta,
            "original": shop,
            "shop": shop,
            "title": f"{title} – {shop.name}",
            "header_buttons": shop_buttons(request, shop),
            "may_change": may_change(request),
            "may_run": may_run(request),
            **context,
        },
    )


@dataclass(frozen=True, slots=True)
class Question:
    """What a dialog says before something is done. text: what it is about; notes: what will happen; button: yes."""

    title: str
    text: str
    button: str
    notes: Sequence[str] = ()


def ask(
    admin: ModelAdmin,
    request: HttpRequest,
    shop: Shop,
    question: Question,
    *,
    back: str,
    form: forms.BaseForm | None = None,
    error: KontorError | None = None,
    **context: Any,
) -> TemplateResponse:
    """The question: with scripts in a window, else a page of its own. back: where "Cancel" leads."""
    return render(
        admin,
        request,
        "admin/shops/dialog.html",
        shop,
        question.title,
        question=question,
        form=form or (),
        error=error,
        back=back,
        **context,
    )


def ask_then_do(
    admin: ModelAdmin,
    request: HttpRequest,
    shop: Shop,
    question: Question,
    deed: Callable[[], HttpResponse],
    *,
    back: str,
    form: forms.BaseForm | None = None,
) -> HttpResponse:
    """GET asks; POST, with a valid form, does it. What cannot be done says why and how to cure it, in the dialog.

    deed: does it, says what came of it, and answers where to go; may raise KontorError.
    """
    error: KontorError | None = None
    if request.method == "POST" and (form is None or form.is_valid()):
        try:
            return deed()
        except KontorError as refused:
            error = refused
    return ask(admin, request, shop, question, back=back, form=form, error=error)


def shop_buttons(request: HttpRequest, shop: Shop) -> list[Button]:
    """Test settings · Preview · Synchronise ▾ · Files ▾ (UI.md §2)."""
    off = ""
    if not may_run(request):
        off = _("Your role may not start runs. Ask an administrator.")
    elif not shop.active:
        off = _("%(shop)s is switched off. Switch it on under Connection.") % {"shop": shop.name}

    def job(
        label: str, job: str, mode: str = Run.Mode.WEB, *, icon: str = "", primary: bool = False
    ) -> Button:
        url = reverse("admin:shops_shop_start", args=[shop.pk, job, mode])
        return Button(label, icon, url, dialog=True, primary=primary, reason=off)

    jobs, file = Run.Job, Run.Mode.FILE
    attachments = (job(_("Sync attachments"), jobs.SYNC_ATTACHMENTS, icon="attach_file"),)
    of_interfaces = (
        job(_("Read the shop"), jobs.READ, icon="visibility"),
        job(_("New and changed articles"), jobs.SYNC_CHANGED, icon="update"),
        job(_("Compare and repair"), jobs.RECONCILE, icon="balance"),
    )
    more = (
        *(() if exchanges_files(shop) else of_interfaces),
        job(_("Export all"), jobs.EXPORT_ALL, icon="arrow_forward"),
        job(_("Export stock"), jobs.EXPORT_STOCK, icon="arrow_forward"),
        job(_("Export order statuses"), jobs.EXPORT_STATUSES, icon="arrow_forward"),
        job(_("Import orders …"), jobs.IMPORT_ORDERS, icon="arrow_back"),
        *(attachments if is_offered(shop, jobs.SYNC_ATTACHMENTS) else ()),
    )
    files = (
        job(_("Export all to a file …"), jobs.EXPORT_ALL, file, icon="download"),
        job(_("Export stock to a file …"), jobs.EXPORT_STOCK, file, icon="download"),
        job(_("Export order statuses to a file …"), jobs.EXPORT_STATUSES, file, icon="download"),
    )
    test_off = "" if may_run(request) else off
    return [
        Button(
            _("Test settings"),
            "network_check",
            reverse("admin:shops_shop_test", args=[shop.pk]),
            post=True,
            reason=test_off,
        ),
        job(_("Preview"), jobs.SYNC, Run.Mode.PREVIEW, icon="visibility"),
        job(_("Synchronise"), jobs.SYNC, icon="sync", primary=True),
        Button(_("More runs"), "expand_more", items=more, primary=True, reason=off),
        Button(_("Files"), "download", items=files, reason=off),
    ]


def exchanges_files(shop: Shop) -> bool:
    """Whether there is no interface that could be read or compared with, only files."""
    platform = platform_classes().get(shop.platform)  # it may have been taken out of the settings
    return platform is not None and platform.exchanges_files


def say(
    request: HttpRequest, level: int, title: str, text: str = "", *, url: str = "", button: str = ""
) -> None:
    """A message after a click: what happened, what it means, and the way on as a button (UI.md §3)."""
    html = render_to_string(
        "admin/shops/message.html", {"title": title, "text": text, "url": url, "button": button}
    )
    messages.add_message(request, level, html)


def say_error(request: HttpRequest, error: KontorError) -> None:
    say(request, messages.ERROR, str(error.message), str(error.cure))
