"""The tab Files: what goes out as files, under which addresses, and the mirror of images and documents (E3, E4, S11)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Count, Max, Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import ModelAdmin
from unfold.forms import AdminForm
from unfold.widgets import UnfoldAdminTextInputWidget, UnfoldBooleanSwitchWidget

from backoffice.lib.errors import KontorError
from backoffice.lib.secrets import Unreadable
from shops import elements
from shops.admin.connection_form import CREDENTIAL, OPTION, form_field, open_options
from shops.admin.pages import (
    Question,
    ask_then_do,
    may_change,
    may_enter_credentials,
    need,
    render,
    say,
    say_error,
    shop_page,
)
from shops.elements import Text
from shops.files.feeds import settings as feed_settings
from shops.files.formats import FORMATS, Format, format_of
from shops.files.mirror import settings as mirror_settings
from shops.models import Feed, MirrorFile, Run, Shop
from shops.platforms import transfer
from shops.platforms.base import Field
from shops.platforms.registry import platform_class
from shops.services.feeds import add_feed, public_address, publish, remove_feed, withdraw
from shops.services.runs import has_server

_MIRROR: Final = gettext_lazy("Images and documents")
_FEEDS: Final = gettext_lazy("What the files say")
_TRANSFER: Final = gettext_lazy("Transfer of files")


class FilesForm(forms.Form):
    """The shop's options that have to do with files. specs: {name of the form field: Field}."""

    def __init__(self, data: Any, *, shop: Shop, specs: Mapping[str, Field], changeable: bool) -> None:
        super().__init__(data)
        self.shop = shop
        self.specs = specs
        saved = {} if isinstance(shop.credentials, Unreadable) else shop.credentials
        for name, spec in specs.items():
            field = form_field(spec, _("saved") if spec.secret and saved.get(spec.name) else "")
            if not spec.secret:
                kept = saved if name.startswith(CREDENTIAL) else shop.options
                field.initial = kept.get(spec.name, spec.default)
            field.disabled = not changeable
            self.fields[name] = field

    def clean(self) -> dict[str, Any]:
        """Each group is read as a run would read it; what cannot be meant is said at its field."""
        cleaned = super().clean() or self.cleaned_data
        options = {**self.shop.options, **self._entered(OPTION)}
        for parse in (feed_settings.parse, mirror_settings.parse, self._server):
            try:
                parse(options)
            except KontorError as error:
                name = f"{OPTION}{error.key.rpartition(':')[2]}"
                self.add_error(name if name in self.fields else None, str(error.message))
        return cleaned

    @staticmethod
    def _server(options: Mapping[str, Any]) -> None:
        transfer.target_of({name: str(value) for name, value in options.items()}, {})

    def _entered(self, prefix: str) -> dict[str, str]:
        return {
            spec.name: self.cleaned_data[name].replace("\r\n", "\n").strip()
            for name, spec in self.specs.items()
            if name.startswith(prefix) and name in self.cleaned_data
        }

    def save(self, request: HttpRequest) -> None:
        shop = self.shop
        shop.options = {**shop.options, **self._entered(OPTION)}
        changed = ["options"]
        entered = {
            name: value
            for name, value in self._entered(CREDENTIAL).items()
            if value or not self.specs[f"{CREDENTIAL}{name}"].secret
        }
        saved = {} if isinstance(shop.credentials, Unreadable) else dict(shop.credentials)
        if entered and {**saved, **entered} != saved and not isinstance(shop.credentials, Unreadable):
            shop.credentials = {**saved, **entered}
            shop.credentials_saved_at, shop.credentials_saved_by = timezone.now(), request.user
            changed += ["credentials", "credentials_saved_at", "credentials_saved_by"]
        shop.save(update_fields=changed)


def _groups(request: HttpRequest, shop: Shop) -> list[tuple[Text, list[tuple[str, Field]]]]:
    """(title, [(name of the form field, what it is)]). A shop that exchanges files enters its server on Connection."""
    groups: list[tuple[Text, list[tuple[str, Field]]]] = []
    if not platform_class(shop.platform).exchanges_files and may_enter_credentials(request):
        groups.append(
            (
                _TRANSFER,
                [
                    *((f"{OPTION}{spec.name}", spec) for spec in open_options(request, transfer.OPTIONS)),
                    *((f"{CREDENTIAL}{spec.name}", spec) for spec in transfer.CREDENTIALS),
                ],
            )
        )
    groups.append((_MIRROR, [(f"{OPTION}{spec.name}", spec) for spec in mirror_settings.FIELDS]))
    groups.append((_FEEDS, [(f"{OPTION}{spec.name}", spec) for spec in feed_settings.FIELDS]))
    return groups


@dataclass(frozen=True, slots=True)
class Row:
    """One feed for the table. left_out: [(how many, why, some SKUs)]. on_server: "" when it is not sent anywhere."""

    feed: Feed
    format: Format | None
    address: str
    left_out: list[tuple[int, str, str]]
    stale: bool
    urls: dict[str, str]


def files_page(admin: ModelAdmin, request: HttpRequest, shop: Shop) -> HttpResponse:
    groups = _groups(request, shop)
    form = FilesForm(
        request.POST if request.method == "POST" else None,
        shop=shop,
        specs={name: spec for _title, fields in groups for name, spec in fields},
        changeable=may_change(request),
    )
    if request.method == "POST":
        need(may_change(request))
        if form.is_valid():
            form.save(request)
            names = ", ".join(str(form.fields[name].label) for name in form.changed_data)
            if names:
                admin.log_change(request, shop, _("Files: %(fields)s changed") % {"fields": names})
                say(request, messages.SUCCESS, _("Saved: %(fields)s.") % {"fields": names})
            else:
                say(request, messages.INFO, _("Nothing was changed."))
            return _back(shop)
    platform = platform_class(shop.platform)
    fieldsets: Sequence[Any] = [
        (title, {"fields": [name for name, _spec in fields]}) for title, fields in groups
    ]
    return render(
        admin,
        request,
        "admin/shops/files_tab.html",
        shop,
        _("Files"),
        form=form,
        adminform=AdminForm(form, list(fieldsets), {}, (), model_admin=admin),
        media=admin.media + form.media,
        rows=list(_rows(request, shop)),
        formats=_choices(),
        sends=platform.exchanges_files,
        server=_server_name(shop),
        add_url=reverse("admin:shops_shop_files_add", args=[shop.pk]),
        mirror=_mirror(shop),
        connection_url=reverse("admin:shops_shop_change", args=[shop.pk]),
    )


files_view = shop_page(methods=("GET", "POST"))(files_page)


def _rows(request: HttpRequest, shop: Shop) -> Iterator[Row]:
    for feed in Feed.objects.filter(shop=shop).order_by("pk"):
        urls = {
            verb: reverse("admin:shops_shop_files_feed", args=[shop.pk, feed.pk, verb])
            for verb in ("edit", "publish", "withdraw", "remove")
        }
        # Who knows the address can fetch the file: it is shown to those who may give it away.
        address = public_address(feed) if may_change(request) else ""
        left_out = [(count, why, ", ".join(skus)) for why, (count, skus) in sorted(feed.left_out.items())]
        stale = bool(feed.file) and feed.send and feed.sent_checksum != feed.checksum
        yield Row(feed, FORMATS.get(feed.format), address, left_out, stale, urls)


def _choices() -> list[tuple[Text, list[Format]]]:
    """The formats by the export that writes them."""
    jobs = (Run.Job.EXPORT_ALL, Run.Job.EXPORT_STOCK, Run.Job.EXPORT_STATUSES)
    return [(job.label, [spec for spec in FORMATS.values() if spec.job == job]) for job in jobs]


def _server_name(shop: Shop) -> str:
    """What staff know the server by; "" = none is entered."""
    options = {name: str(value) for name, value in shop.options.items()}
    try:
        target = transfer.target_of(options, {})
    except KontorError:
        return options.get("transfer_host", "")
    return target.name if target is not None else ""


def _mirror(shop: Shop) -> dict[str, Any]:
    found = MirrorFile.objects.filter(shop=shop).aggregate(
        images=Count("pk", filter=Q(kind=elements.IMAGE) & ~Q(sent="")),
        documents=Count("pk", filter=Q(kind=elements.ATTACHMENT) & ~Q(sent="")),
        last=Max("sent_at"),
    )
    return {
        **found,
        "server": has_server(shop),
        "run": Run.objects.filter(shop=shop, job=Run.Job.SYNC_ATTACHMENTS).defer("detail").first(),
        "url": reverse("admin:shops_shop_start", args=[shop.pk, Run.Job.SYNC_ATTACHMENTS, Run.Mode.WEB]),
    }


def _back(shop: Shop) -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("admin:shops_shop_files", args=[shop.pk]))


# One file


def add_now(admin: ModelAdmin, request: HttpRequest, shop: Shop) -> HttpResponse:
    """POST: one more file, under the usual name of its format."""
    need(may_change(request))
    try:
        feed = add_feed(shop, request.POST.get("format", ""))
    except KontorError as error:
        say_error(request, error)
        return _back(shop)
    admin.log_change(request, shop, _("File %(name)s added") % {"name": feed.name})
    say(
        request,
        messages.SUCCESS,
        _("“%(name)s” is added.") % {"name": feed.name},
        _("It is written with the next “%(job)s”.") % {"job": Run.Job(format_of(feed.format).job).label},
    )
    return _back(shop)


add_view = shop_page(methods=("POST",))(add_now)


class FeedForm(forms.ModelForm):
    class Meta:
        model = Feed
        fields = ["name", "active", "send"]
        widgets = {
            "name": UnfoldAdminTextInputWidget,
            "active": UnfoldBooleanSwitchWidget,
            "send": UnfoldBooleanSwitchWidget,
        }

    def clean_name(self) -> str:
        """The extension says to receivers what it is, so it stays that of the format."""
        name = str(self.cleaned_data["name"]).strip()
        extension = format_of(self.instance.format).extension
        if not name.casefold().endswith(f".{extension}"):
            name = f"{name}.{extension}"
        others = Feed.objects.filter(shop=self.instance.shop_id).exclude(pk=self.instance.pk)
        if others.filter(name__iexact=name).exists():
            raise ValidationError(_("Another file of this shop has this name. Choose another one."))
        return name


def feed_now(admin: ModelAdmin, request: HttpRequest, shop: Shop, feed_id: int, verb: str) -> HttpResponse:
    """GET asks, POST does it: edit, publish, withdraw, remove."""
    need(may_change(request))
    feed = Feed.objects.filter(shop=shop, pk=feed_id).first()
    act = _ACTS.get(verb)
    if feed is None or act is None:
        raise Http404
    form = None
    if verb == "edit":
        form = FeedForm(request.POST if request.method == "POST" else None, instance=feed)
        if not platform_class(shop.platform).exchanges_files:
            del form.fields["send"]

    def deed() -> HttpResponse:
        said = _do(verb, feed, form)
        admin.log_change(request, shop, said)
        say(request, messages.SUCCESS, said)
        return _back(shop)

    words = {"name": feed.name}
    question = Question(str(act.title) % words, str(act.text) % words, str(act.button))
    back = reverse("admin:shops_shop_files", args=[shop.pk])
    return ask_then_do(admin, request, shop, question, deed, form=form, back=back)


feed_view = shop_page(methods=("GET", "POST"))(feed_now)


@dataclass(frozen=True, slots=True)
class Act:
    title: Text
    text: Text
    button: Text


_ACTS: Final[dict[str, Act]] = {
    "edit": Act(
        gettext_lazy("Change “%(name)s”"),
        gettext_lazy(
            "Under a new name it is sent anew; what lies on the server under the old one stays there."
        ),
        gettext_lazy("Save"),
    ),
    "publish": Act(
        gettext_lazy("Give “%(name)s” a public address?"),
        gettext_lazy(
            "Whoever knows the address can fetch the file without a login, with all prices and stock in it. An address "
            "that it has now leads nowhere from then on. The file is written at once, and anew within minutes when "
            "something has changed."
        ),
        gettext_lazy("Make a new address"),
    ),
    "withdraw": Act(
        gettext_lazy("Withdraw the public address of “%(name)s”?"),
        gettext_lazy("Whoever fetches the file there finds nothing from then on. It cannot be brought back."),
        gettext_lazy("Withdraw the address"),
    ),
    "remove": Act(
        gettext_lazy("Remove “%(name)s”?"),
        gettext_lazy(
            "It is no longer written, and its public address leads nowhere. What lies on the server stays there."
        ),
        gettext_lazy("Remove the file"),
    ),
}


def _do(verb: str, feed: Feed, form: FeedForm | None) -> str:
    """What was done, as a sentence. Raises KontorError with the reason when it cannot be done."""
    words = {"name": feed.name}
    if verb == "edit" and form is not None:
        feed = form.save()
        if "name" in form.changed_data:
            Feed.objects.filter(pk=feed.pk).update(sent_checksum="")
        return _("“%(name)s” is saved.") % {"name": feed.name}
    if verb == "publish":
        publish(feed)
        return _("“%(name)s” has a new public address. The file is being written.") % words
    if verb == "withdraw":
        withdraw(feed)
        return _("“%(name)s” has no public address any more.") % words
    remove_feed(feed)
    return _("“%(name)s” is removed.") % words
