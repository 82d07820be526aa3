"""Buttons that ask in a window before they do something: the question, the deed, what is said of it, where to go then."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from django.contrib import messages
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.http import url_has_allowed_host_and_scheme
from unfold.decorators import action
from unfold.enums import ActionVariant
from unfold.forms import BaseDialogForm

from backoffice.lib.errors import KontorError

Text = str | Promise


def asks(
    label: Text,
    *,
    title: Text,
    text: Text,
    button: Text,
    permission: str,
    form: type[BaseDialogForm] = BaseDialogForm,
    icon: str | None = None,
    variant: ActionVariant = ActionVariant.DEFAULT,
    url_path: str | None = None,
) -> Callable[[Callable[..., HttpResponse]], Any]:
    """Make f(admin, request, form, object_id) an action of unfold that is called with the valid form of its window.

    text: what will happen. button: the word that confirms it.
    """
    made: Callable[[Callable[..., HttpResponse]], Any] = action(  # type: ignore[assignment]
        description=label,
        permissions=[permission],
        icon=icon,
        variant=variant,
        url_path=url_path,
        dialog={"title": title, "description": text, "form_class": form, "form_submit_text": button},
    )
    return made


def carry_out(
    request: HttpRequest,
    model: type[Model],
    object_id: str,
    deed: Callable[[int], str | None],
    *,
    gone: str,
) -> HttpResponse:
    """Do what was confirmed. A refusal (KontorError) is told; so is, by the sentence gone, that the row is deleted.

    deed: called with the primary key, says what came of it; an address that it returns is gone to, else back to the page
    on which the button was.
    """
    page = f"admin:{model._meta.app_label}_{model._meta.model_name}"
    there = None
    try:
        there = deed(primary_key(object_id))
    except model.DoesNotExist:  # type: ignore[attr-defined]
        messages.error(request, gone)
        return go(reverse(f"{page}_changelist"))
    except KontorError as error:
        messages.error(request, str(error))
    return go(there) if there else back(request, reverse(f"{page}_change", args=[object_id]))


def primary_key(object_id: str) -> int:
    """As it stands in an address or a form; 0, which no row has, for what is none."""
    known = object_id.isascii() and object_id.isdigit() and len(object_id) < 19
    return int(object_id) if known else 0


def back(request: HttpRequest, otherwise: str) -> HttpResponse:
    """To the page on which the button was: the dialog tells htmx where to go. otherwise: where nobody knows."""
    here = request.headers.get("HX-Current-URL", "")
    if here and url_has_allowed_host_and_scheme(here, allowed_hosts={request.get_host()}):
        parts = urlsplit(here)
        return go(parts.path + (f"?{parts.query}" if parts.query else ""))
    return go(otherwise)


def go(url: str) -> HttpResponse:
    return HttpResponse(headers={"HX-Redirect": url})
