"""Acting on many rows of the mappings at once: unlink or ignore what is ticked, after a question."""

from __future__ import annotations

from typing import Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from unfold.admin import ModelAdmin

from backoffice.lib.dialogs import primary_key
from backoffice.lib.errors import KontorError
from shops.admin.pages import Question, ask, say, say_error
from shops.displays import kind_label, number
from shops.models import RemoteElement, Rule, Shop
from shops.platforms.registry import platform_for
from shops.services import links, partners
from shops.services.rules import row_of

PER_PAGE: Final = 50
NAMED: Final = 10


def ticked(request: HttpRequest) -> list[int]:
    found = (primary_key(text) for text in request.POST.getlist("ticked")[:PER_PAGE])
    return [pk for pk in found if pk]


def ignore_ticked(admin: ModelAdmin, request: HttpRequest, shop: Shop, kind: str) -> None:
    chosen = list(partners.open_elements(shop, kind).filter(pk__in=ticked(request)))
    for element in chosen:
        links.ignore(element)
    if not chosen:
        say(request, messages.INFO, _("Nothing is ticked, so nothing was changed."))
        return
    text = ngettext(
        "%(number)s element is ignored from now on.",
        "%(number)s elements are ignored from now on.",
        len(chosen),
    ) % {"number": number(len(chosen))}
    admin.log_change(request, shop, f"{kind_label(kind)}: {text}")
    say(
        request,
        messages.SUCCESS,
        text,
        _("They are neither imported nor deleted. Take them back under Ignored."),
    )


def ask_about_ticked(
    admin: ModelAdmin, request: HttpRequest, shop: Shop, kind: str, act: str
) -> HttpResponse | None:
    """The question before many are unlinked or ignored; None when nothing is ticked. Sure ones are ticked beforehand,
    so the names are said once more."""
    rows = RemoteElement.objects.of(shop, kind).filter(pk__in=ticked(request)).defer("content")
    chosen = list(rows.linked() if act == "unlink" else rows.present().unlinked())
    if not chosen:
        say(request, messages.INFO, _("Nothing is ticked, so nothing was changed."))
        return None
    n = len(chosen)
    if act == "unlink":
        title = ngettext("Unlink %(number)s element?", "Unlink %(number)s elements?", n)
        button = ngettext("Unlink %(number)s element", "Unlink %(number)s elements", n)
        notes = [_("Both sides stay as they are."), *after_unlinking(shop, kind)]
    else:
        title = ngettext("Ignore %(number)s element?", "Ignore %(number)s elements?", n)
        button = ngettext("Ignore %(number)s element", "Ignore %(number)s elements", n)
        notes = [_("They are neither imported nor deleted. Take them back under Ignored.")]
    words = {"number": number(n)}
    names = ", ".join(str(element) for element in chosen[:NAMED]) + (" …" if n > NAMED else "")
    show = "linked" if act == "unlink" else "open"
    return ask(
        admin,
        request,
        shop,
        Question(title % words, names, button % words, notes),
        hidden=[("do", f"{act}-asked"), *(("ticked", element.pk) for element in chosen)],
        back=f"{reverse('admin:shops_shop_mappings_kind', args=[shop.pk, kind])}?show={show}",
    )


def unlink_ticked(admin: ModelAdmin, request: HttpRequest, shop: Shop, kind: str) -> None:
    done = 0
    for element in RemoteElement.objects.of(shop, kind).linked().filter(pk__in=ticked(request)):
        try:
            links.unlink(element)
        except KontorError as error:
            say_error(request, error)
            continue
        done += 1
    text = ngettext(
        "%(number)s element is no longer linked.", "%(number)s elements are no longer linked.", done
    ) % {"number": number(done)}
    if done:
        admin.log_change(request, shop, f"{kind_label(kind)}: {text}")
    say(request, messages.SUCCESS if done else messages.INFO, text)


def after_unlinking(shop: Shop, kind: str) -> list[str]:
    """What the next sync would do with the two once they are no longer linked."""
    rule = Rule.objects.filter(shop=shop, kind=kind).first()
    row = row_of(platform_for(shop), kind)
    if rule is None or not row.has_ticks:
        return (
            [_("Orders with it come in with the method left open, until it is linked again.")]
            if row.spec.by_hand
            else []
        )
    notes = []
    if rule.delete_there:
        notes.append(_("The next sync would delete it in the shop, because “Delete in shop” is ticked."))
    if rule.import_here:
        notes.append(_("The next sync would link it again or create it here, because “Import” is ticked."))
    if rule.export_there:
        notes.append(_("The next sync would create ours in the shop, because “Export” is ticked."))
    return notes or [
        _("The next sync leaves both alone, unless their keys are equal: then it links them again.")
    ]
