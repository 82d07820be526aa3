"""Files that staff put into the shop: made for it when they are fetched, with the secret that they share with Kontor."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from unfold.admin import ModelAdmin

from backoffice.lib.errors import KontorError
from backoffice.lib.secrets import Unreadable
from shops.admin.pages import may_enter_credentials, need, say, say_error, shop_page
from shops.models import Shop
from shops.platforms.base import Download
from shops.platforms.registry import platform_for


@dataclass(frozen=True, slots=True)
class Offer:
    """One file on the Connection page. when: as the page's script wants it; shown: whether it is of use as things are."""

    download: Download
    url: str
    when: str
    shown: bool


def offers(request: HttpRequest, shop: Shop) -> list[Offer]:
    if not may_enter_credentials(request):
        return []
    return [
        Offer(
            download,
            reverse("admin:shops_shop_download", args=[shop.pk, download.name]),
            f"option_{download.when[0]}={download.when[1]}" if download.when else "",
            download.when is None or shop.options.get(download.when[0]) == download.when[1],
        )
        for download in platform_for(shop).downloads
    ]


def download_now(admin: ModelAdmin, request: HttpRequest, shop: Shop, name: str) -> HttpResponse:
    """POST, since a secret may be made by it."""
    need(may_enter_credentials(request) and admin.has_change_permission(request, shop))
    platform = platform_for(shop)
    download = next((one for one in platform.downloads if one.name == name), None)
    if download is None:
        raise Http404
    back = HttpResponseRedirect(reverse("admin:shops_shop_change", args=[shop.pk]))
    if isinstance(shop.credentials, Unreadable):
        say(
            request,
            messages.ERROR,
            _("The saved login cannot be read with this installation's keys."),
            _("Enter the login again and save, then fetch the file."),
        )
        return back
    saved = {key: str(value) for key, value in shop.credentials.items()}
    options = {key: str(value) for key, value in shop.options.items()}
    try:
        file_name, content, made = platform.download(name, saved, options)
    except KontorError as error:
        say_error(request, error)
        return back
    if {**saved, **made} != saved:
        shop.credentials = {**saved, **made}
        shop.credentials_saved_at, shop.credentials_saved_by = timezone.now(), request.user
        shop.save(update_fields=["credentials", "credentials_saved_at", "credentials_saved_by"])
    admin.log_change(request, shop, _("%(file)s downloaded") % {"file": download.label})
    return HttpResponse(
        content,
        content_type="application/octet-stream",
        headers={
            "Content-Disposition": f'attachment; filename="{file_name}"',
            "Cache-Control": "no-store",
        },
    )


download_view = shop_page(methods=("POST",))(download_now)
