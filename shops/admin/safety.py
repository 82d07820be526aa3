"""The tab Safety: from where on the brake holds, and who decides over a group of fields (DESIGN.md §4)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.core.validators import MaxValueValidator, MinValueValidator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import ModelAdmin
from unfold.widgets import (
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
)

from shops.admin.holds import open_banners
from shops.admin.pages import may_change, need, render, say, shop_page
from shops.elements import Text
from shops.models import Hold, Shop
from shops.sync.brake import DEFAULTS, limit_of
from shops.sync.owners import GROUPS

_HELP: Final[dict[str, Text]] = {
    Hold.Risk.DELETE: gettext_lazy("Elements that would be deleted in the shop."),
    Hold.Risk.HIDE: gettext_lazy("Articles that would no longer be shown, in the shop or here."),
    Hold.Risk.ZERO: gettext_lazy("Articles whose stock would fall to zero."),
    Hold.Risk.PRICE: gettext_lazy("Articles whose price would jump."),
}
_MOST: Final = 1_000_000


class SafetyForm(forms.Form):
    """share_RISK: percent of the type's elements, count_RISK: changes, jump_price: percent; owner_GROUP: "", here, shop."""

    def __init__(self, *args: Any, shop: Shop, changeable: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for risk in Hold.Risk.values:
            limit = limit_of(shop, risk)
            # xgettext:no-python-format
            share = _("more than … % of the elements")
            self.fields[f"share_{risk}"] = _percent(share, limit.share, most=100)
            self.fields[f"count_{risk}"] = forms.IntegerField(
                label=_("and more than … changes"),
                initial=limit.count,
                validators=[MinValueValidator(0), MaxValueValidator(_MOST)],
                widget=UnfoldAdminIntegerFieldWidget,
                error_messages={
                    "required": _("Enter a whole number."),
                    "invalid": _("Enter a whole number."),
                },
            )
        self.fields["jump_price"] = _percent(
            _("a price jumps when it changes by more than … %"),
            limit_of(shop, Hold.Risk.PRICE).jump,
            most=1000,
        )
        for group, (label, _kind, _fields) in GROUPS.items():
            self.fields[f"owner_{group}"] = forms.ChoiceField(
                label=str(label),
                required=False,
                initial=shop.owners.get(group, ""),
                choices=[
                    ("", _("as the rule says")),
                    ("here", _("Kontor decides →")),
                    ("shop", _("← %(shop)s decides") % {"shop": shop.name}),
                ],
                widget=UnfoldAdminSelectWidget,
            )
        for field in self.fields.values():
            field.disabled = not changeable

    def limits(self) -> dict[str, dict[str, Any]]:
        """What differs from the defaults, as Shop.brake_limits keeps it."""
        found: dict[str, dict[str, Any]] = {}
        for risk in Hold.Risk.values:
            preset = DEFAULTS[risk]
            own: dict[str, Any] = {}
            if (share := self.cleaned_data[f"share_{risk}"]) != preset.share:
                own["share"] = format(share.normalize(), "f")
            if (count := self.cleaned_data[f"count_{risk}"]) != preset.count:
                own["count"] = count
            if risk == Hold.Risk.PRICE and (jump := self.cleaned_data["jump_price"]) != preset.jump:
                own["jump"] = format(jump.normalize(), "f")
            if own:
                found[risk] = own
        return found

    def owners(self) -> dict[str, str]:
        return {group: owner for group in GROUPS if (owner := self.cleaned_data[f"owner_{group}"])}

    @property
    def risks(self) -> list[dict[str, Any]]:
        """The rows of the page."""
        return [
            {
                "label": label,
                "help": _HELP[risk],
                "fields": [
                    *([self["jump_price"]] if risk == Hold.Risk.PRICE else []),
                    self[f"share_{risk}"],
                    self[f"count_{risk}"],
                ],
            }
            for risk, label in Hold.Risk.choices
        ]

    @property
    def owner_fields(self) -> list[forms.BoundField]:
        return [self[f"owner_{group}"] for group in GROUPS]


def _percent(label: str, value: Decimal, *, most: int) -> forms.DecimalField:
    return forms.DecimalField(
        label=label,
        initial=format(value.normalize(), "f"),
        max_digits=6,
        decimal_places=2,
        validators=[MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(most))],
        widget=UnfoldAdminDecimalFieldWidget,
        error_messages={"required": _("Enter a percentage."), "invalid": _("Enter a percentage.")},
    )


def safety(admin: ModelAdmin, request: HttpRequest, shop: Shop) -> HttpResponse:
    changeable = may_change(request)
    data = request.POST if request.method == "POST" else None
    form = SafetyForm(data, shop=shop, changeable=changeable)
    if request.method == "POST":
        need(changeable)
        if form.is_valid():
            _save(admin, request, shop, form)
            return HttpResponseRedirect(reverse("admin:shops_shop_safety", args=[shop.pk]))
    return render(
        admin,
        request,
        "admin/shops/safety.html",
        shop,
        _("Safety"),
        form=form,
        media=admin.media,
        banners=open_banners(request, shop),
    )


safety_view = shop_page(methods=("GET", "POST"))(safety)


def _save(admin: ModelAdmin, request: HttpRequest, shop: Shop, form: SafetyForm) -> None:
    limits, owners = form.limits(), form.owners()
    changed = []
    if limits != shop.brake_limits:
        changed.append(_("brake"))
    if owners != shop.owners:
        changed.append(_("who decides"))
    if not changed:
        say(request, messages.INFO, _("Nothing was changed."))
        return
    shop.brake_limits, shop.owners = limits, owners
    shop.save(update_fields=["brake_limits", "owners"])
    names = ", ".join(changed)
    admin.log_change(
        request, shop, _("%(page)s: %(fields)s changed") % {"page": _("Safety"), "fields": names}
    )
    say(
        request,
        messages.SUCCESS,
        _("Saved: %(fields)s.") % {"fields": names},
        _("The next run of %(shop)s follows it.") % {"shop": shop.name},
    )
