"""The tab What to sync: the matrix (M3-M6, M11, P3), one form for each row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from unfold.admin import ModelAdmin

from shops import elements
from shops.admin.pages import may_change, need, render, say, shop_page
from shops.displays import number
from shops.elements import GROUPS
from shops.models import Rule, Shop
from shops.platforms.registry import platform_for
from shops.services import rules
from shops.services.rules import PRESETS, Row, RuleValues
from shops.services.runs import confirm_overwriting
from shops.services.schedules import stop_unwanted
from shops.services.sentences import Sentence, ShopWords, sentences, state_of, summary
from shops.sync.step import in_words


class RuleForm(forms.Form):
    """One row's choices. A locked cell that is chosen all the same is refused with its reason, not ignored."""

    linked = forms.ChoiceField(choices=Rule.Linked.choices, required=False)
    import_here = forms.BooleanField(required=False)
    export_there = forms.BooleanField(required=False)
    delete_there = forms.BooleanField(required=False)
    fixed = forms.BooleanField(required=False)
    confirm_delete = forms.BooleanField(required=False)

    def __init__(self, row: Row, saved: RuleValues, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, prefix=row.kind, **kwargs)
        self.row = row
        self.saved = saved

    def values(self) -> RuleValues:
        """What was chosen, whether it may be saved or not."""
        data = getattr(self, "cleaned_data", {})
        if self.row.fixed:
            return rules.FIXED if data.get("fixed") else rules.NOTHING
        return RuleValues(
            linked=data.get("linked") or Rule.Linked.NOTHING,
            import_here=data.get("import_here", False),
            export_there=data.get("export_there", False),
            delete_there=data.get("delete_there", False),
        )

    def clean(self) -> dict[str, Any]:
        values = self.values()
        for cell, sentence in rules.problems_of(self.row, values):
            self.add_error(None, forms.ValidationError(sentence, code=cell))
        newly = values.delete_there and not self.saved.delete_there
        if newly and not self.errors and not self.cleaned_data.get("confirm_delete"):
            self.add_error(
                "confirm_delete", _("Confirm below that these elements may be deleted in the shop.")
            )
        return self.cleaned_data


@dataclass
class MatrixRow:
    """One row as the template shows it. shown: the choices to show, saved: those in the database."""

    position: int
    row: Row
    rule: Rule
    saved: RuleValues
    shown: RuleValues
    sentences: list[Sentence]
    errors: list[str] = field(default_factory=list)
    ask_delete: bool = False
    note: str = ""

    @property
    def kind(self) -> str:
        return self.row.kind

    @property
    def label(self) -> str:
        return str(self.row.spec.label)

    @property
    def changed(self) -> bool:
        return self.saved != self.shown

    @property
    def contradicts(self) -> bool:
        return self.shown.import_here and self.shown.delete_there

    @property
    def state(self) -> dict[str, str]:
        return state_of(self.shown)

    @property
    def effects(self) -> list[tuple[Sentence, bool]]:
        """Every sentence with whether it holds now; the script shows and hides them as choices change."""
        return [(one, one.holds(self.shown)) for one in self.sentences]

    @property
    def quiet(self) -> bool:
        return not any(shown for _sentence, shown in self.effects)

    @property
    def counts(self) -> dict[str, str]:
        rule = self.rule
        if not self.row.can.read:
            return dict.fromkeys(("linked", "only_here", "only_shop"), "–")
        only_here = "–" if self.kind == elements.ORDER else number(rule.only_here_count)
        return {
            "linked": number(rule.linked_count),
            "only_here": only_here,
            "only_shop": number(rule.only_shop_count),
        }

    @property
    def last_words(self) -> str:
        """What the last run did with this type, in the reader's language."""
        return in_words(self.rule.last_counts) if self.rule.last_counts else self.rule.last_text

    @property
    def in_shop(self) -> int | None:
        """Elements the shop has; None before the first read."""
        if self.rule.linked_count is None or self.rule.only_shop_count is None:
            return None
        return self.rule.linked_count + self.rule.only_shop_count

    @property
    def reasons(self) -> list[tuple[str, str]]:
        """The visible lines under the row, (icon, text): why cells are locked, and what else to know (M7, M11)."""
        locked = [str(self.row.locked.get("shop", ""))] if self.row.fixed else list(self.row.reasons)
        lines = [("lock", text) for text in dict.fromkeys(locked) if text]
        if self.note and self.note not in locked:
            lines.append(("info", self.note))
        return lines

    @property
    def has_reasons(self) -> bool:
        return bool(self.reasons)

    @property
    def linked_options(self) -> list[dict[str, Any]]:
        words = {"here": _("Update here"), "nothing": _("Leave alone"), "shop": _("Update in shop")}
        if self.kind == elements.ORDER_STATUS:
            words = {"here": _("Take from shop"), "nothing": _("Leave alone"), "shop": _("Send to shop")}
        fields = self.row.can.fields
        if fields is not None and "name" in fields and fields <= {"name", "alt", "position"}:
            words["shop"] = _("Name and order")
        elif fields == frozenset({"alt", "position"}):
            words["shop"] = _("Text and order")
        return [
            {
                "value": value,
                "words": words[value],
                "checked": self.shown.linked == value,
                "locked": value != "nothing" and not self.row.allows(value),
            }
            for value in ("here", "nothing", "shop")
        ]

    @property
    def all_locked(self) -> bool:
        return all(option["locked"] for option in self.linked_options if option["value"] != "nothing")

    @property
    def tick_names(self) -> dict[str, str]:
        """The complete name of each tick, for screen readers."""
        words = {"type": self.label, "number": self.counts["only_here"], "shop": self.rule.shop.name}
        there = {**words, "number": self.counts["only_shop"]}
        return {
            "export": _("%(type)s: export %(number)s to %(shop)s") % words,
            "import": _("%(type)s: import %(number)s from %(shop)s") % there,
            "delete": _("%(type)s: delete %(number)s in %(shop)s") % there,
        }

    @property
    def delete_question(self) -> str:
        count = self.rule.only_shop_count
        names = {"type": self.label, "shop": self.rule.shop.name, "number": number(count)}
        if count is None:
            return (
                _("%(type)s: all that exist only in %(shop)s are deleted there with the next sync.") % names
            )
        return (
            ngettext(
                "%(type)s: %(number)s that exists only in %(shop)s is deleted there with the next sync.",
                "%(type)s: %(number)s that exist only in %(shop)s are deleted there with the next sync.",
                count,
            )
            % names
        )


def matrix(admin: ModelAdmin, request: HttpRequest, shop: Shop) -> HttpResponse:
    """GET shows the table, filled by ?preset= if asked; POST saves it whole or not at all."""
    platform = platform_for(shop)
    saved = rules.ensure_rules(shop)
    for rule in saved.values():
        rule.shop = shop
    forms_by_kind: dict[str, RuleForm] = {}
    if request.method == "POST":
        need(may_change(request))
        forms_by_kind = {
            row.kind: RuleForm(row, RuleValues.of(saved[row.kind]), request.POST)
            for row in rules.rows_of(platform)
        }
        valid = [form.is_valid() for form in forms_by_kind.values()]
        if all(valid):
            return _save(admin, request, shop, {kind: form.values() for kind, form in forms_by_kind.items()})
    preset = request.GET.get("preset", "")
    wished = rules.preset_values(platform, preset) if preset in PRESETS and not forms_by_kind else {}
    table = _table(shop, platform, saved, forms_by_kind, wished)
    choices = {row.kind: row.shown for row in table}
    return render(
        admin,
        request,
        "admin/shops/matrix.html",
        shop,
        _("What to sync"),
        groups=_groups(table),
        contradictions=[row for row in table if row.errors],
        changed=sum(row.changed for row in table),
        summary=summary(choices),
        presets=[
            (key, label, key == rules.matching_preset(platform, choices)) for key, label in PRESETS.items()
        ],
        own_settings=not rules.matching_preset(platform, choices),
        unread=all(row.rule.counted_at is None for row in table),
        read_at=max((row.rule.counted_at for row in table if row.rule.counted_at), default=None),
        unconfirmed=shop.overwrite_confirmed_at is None,
        overwrites=any(values != rules.NOTHING for values in choices.values()),
    )


matrix_view = shop_page(
    methods=("GET", "POST"),
    related=("price_list", "sale_price_list", "download_price_list", "download_warehouse"),
)(matrix)


def _table(
    shop: Shop,
    platform: Any,
    saved: Mapping[str, Rule],
    forms_by_kind: Mapping[str, RuleForm],
    wished: Mapping[str, RuleValues],
) -> list[MatrixRow]:
    words = ShopWords.of(shop)
    table = []
    for position, row in enumerate(rules.rows_of(platform), start=1):
        rule = saved[row.kind]
        before = RuleValues.of(rule)
        form = forms_by_kind.get(row.kind)
        shown = form.values() if form else wished.get(row.kind, before)
        errors = [str(error) for error in form.non_field_errors()] if form else []
        ask = bool(form and form.errors.get("confirm_delete"))
        if ask:
            errors = [_("Deleting in the shop must be confirmed here first.")]
        table.append(
            MatrixRow(
                position,
                row,
                rule,
                before,
                shown,
                sentences(row, rule, words),
                errors,
                ask,
                _note(platform, row),
            )
        )
    return table


def _note(platform: Any, row: Row) -> str:
    """What else to know about the row. What is known of sending statuses stands where they are sent, not at orders."""
    if row.kind == elements.ORDER:
        return ""
    if row.kind == elements.ORDER_STATUS and elements.ORDER in platform.capabilities:
        return str(platform.can(elements.ORDER).note)
    return str(row.can.note)


def _groups(table: list[MatrixRow]) -> list[dict[str, Any]]:
    return [
        {"title": title, "text": text, "rows": rows}
        for key, (title, text) in GROUPS.items()
        if (rows := [row for row in table if row.row.spec.group == key])
    ]


def _save(
    admin: ModelAdmin, request: HttpRequest, shop: Shop, choices: dict[str, RuleValues]
) -> HttpResponse:
    changed = rules.save_rules(shop, choices)
    names = ", ".join(str(elements.ELEMENT_TYPES[kind].label) for kind in changed)
    if changed:
        stop_unwanted([shop])
        admin.log_change(request, shop, _("What to sync: %(types)s changed") % {"types": names})
        title = ngettext(
            "Saved. %(number)s row changed: %(types)s",
            "Saved. %(number)s rows changed: %(types)s",
            len(changed),
        ) % {"number": len(changed), "types": names}
        preview = reverse("admin:shops_shop_start", args=[shop.pk, "sync", "preview"])
        say(
            request,
            messages.SUCCESS,
            title,
            _("The next sync follows the new rules."),
            url=preview,
            button=_("Preview now"),
        )
    else:
        say(request, messages.INFO, _("Nothing was changed."))
    if "_preview" in request.POST:
        return HttpResponseRedirect(reverse("admin:shops_shop_start", args=[shop.pk, "sync", "preview"]))
    return HttpResponseRedirect(reverse("admin:shops_shop_matrix", args=[shop.pk]))


def confirm(admin: ModelAdmin, request: HttpRequest, shop: Shop) -> HttpResponse:
    """POST: the warning of P3 has been read."""
    need(may_change(request))
    confirm_overwriting(shop, request.user)
    admin.log_change(request, shop, _("Confirmed that linking by SKU overwrites the other side"))
    return HttpResponseRedirect(reverse("admin:shops_shop_matrix", args=[shop.pk]))


confirm_view = shop_page(methods=("POST",))(confirm)
