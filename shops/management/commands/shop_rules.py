"""Show and set a shop's matrix from the command line: `manage.py shop_rules lipa --preset kontor_leads`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _

from shops.management.commands._base import BAD_ARGUMENTS, OK, ShopCommand
from shops.models import Rule, Run, Shop
from shops.platforms.registry import platform_for
from shops.services.rules import (
    PRESETS,
    Row,
    RuleValues,
    ensure_rules,
    preset_values,
    rows_of,
    save_rules,
)
from shops.services.runs import confirm_overwriting, overwrites

_TICKS = {"import": "import_here", "export": "export_there", "delete": "delete_there"}
_ON_OFF = {"on": True, "off": False}


class Command(ShopCommand):
    help = (
        "Show what a shop synchronises, and change it. --set TYPE.linked=nothing|here|shop, "
        "TYPE.import=on|off, TYPE.export=on|off, TYPE.delete=on|off; may be given several times.\n"
        "What the platform cannot do is refused with its reason, and nothing is changed then."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("code", help="The shop's code.")
        parser.add_argument("--preset", help=f"Start from a preset: {', '.join(PRESETS)}.")
        parser.add_argument(
            "--set", action="append", metavar="TYPE.CELL=VALUE", dest="cells", help="See above."
        )
        parser.add_argument(
            "--list", action="store_true", help="Show the matrix (also without any other option)."
        )
        parser.add_argument(
            "--confirm-overwrite",
            action="store_true",
            help="I have read: articles are matched by SKU, and an update overwrites the other side.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        shop = self.shop(options["code"])
        rows = {row.kind: row for row in rows_of(platform_for(shop))}
        before = {kind: RuleValues.of(rule) for kind, rule in ensure_rules(shop).items()}
        choices = dict(before)
        if preset := options["preset"]:
            if preset not in PRESETS:
                self.fail(
                    _("There is no preset “%(name)s”.") % {"name": preset},
                    BAD_ARGUMENTS,
                    cure=_("Presets: %(names)s.") % {"names": ", ".join(PRESETS)},
                )
            choices |= preset_values(platform_for(shop), preset)
        for text in options["cells"] or ():
            kind, values = self._changed(text, rows, choices)
            choices[kind] = values
        # A ValidationError names the locked cells and their reasons. A row that is not touched is not judged.
        changed = save_rules(shop, {kind: row for kind, row in choices.items() if row != before[kind]})
        if options["confirm_overwrite"]:
            confirm_overwriting(shop, by=None)
        self._report(shop, rows, choices, changed, show=options["list"] or not (preset or options["cells"]))

    def _changed(
        self, text: str, rows: dict[str, Row], choices: dict[str, RuleValues]
    ) -> tuple[str, RuleValues]:
        place, _sign, value = text.partition("=")
        kind, _dot, cell = place.strip().partition(".")
        value = value.strip()
        if kind not in rows:
            self.fail(
                _("There is no element type “%(kind)s” in this shop.") % {"kind": kind},
                BAD_ARGUMENTS,
                cure=_("Types: %(kinds)s.") % {"kinds": ", ".join(rows)},
            )
        if cell == "linked" and value in Rule.Linked.values:
            return kind, replace(choices[kind], linked=value)
        if cell in _TICKS and value in _ON_OFF:
            ticked: dict[str, Any] = {_TICKS[cell]: _ON_OFF[value]}
            return kind, replace(choices[kind], **ticked)
        self.fail(
            _("“%(text)s” cannot be understood.") % {"text": text},
            BAD_ARGUMENTS,
            cure=_(
                "Write %(kind)s.linked=nothing, here or shop; or %(kind)s.import, .export or .delete=on or off."
            )
            % {"kind": kind},
        )

    def _report(
        self,
        shop: Shop,
        rows: dict[str, Row],
        choices: dict[str, RuleValues],
        changed: list[str],
        *,
        show: bool,
    ) -> None:
        if show:
            self.say(f"{'':<17}{'linked':<10}{'import':<8}{'export':<8}{'delete':<8}")
            for kind, row in rows.items():
                self.say(_line(row, choices[kind]))
                for reason in row.reasons:
                    self.say(f"                 {reason}")
        elif changed:
            self.say(_("Saved: %(kinds)s.") % {"kinds": ", ".join(changed)})
        else:
            self.say(_("Nothing had to be changed."))
        waits = shop.overwrite_confirmed_at is None and overwrites(shop, Run.Job.SYNC)
        if waits:
            self.say(
                _(
                    "Before the first run: articles are matched by SKU, and an update overwrites the other side. "
                    "Confirm with --confirm-overwrite."
                )
            )
        self.end(
            OK,
            shop=shop.code,
            changed=changed,
            needs_confirmation=waits,
            rules={
                kind: {
                    "linked": values.linked,
                    "import": values.import_here,
                    "export": values.export_there,
                    "delete": values.delete_there,
                    "locked": {cell: str(reason) for cell, reason in rows[kind].locked.items()},
                }
                for kind, values in choices.items()
            },
        )


def _line(row: Row, values: RuleValues) -> str:
    """One row of the matrix; what is locked shows a hyphen."""
    linked = values.linked if row.has_linked or row.fixed else "-"
    cells = [
        ("on" if getattr(values, _TICKS[cell]) else "off") if row.allows(cell) else "-" for cell in _TICKS
    ]
    return f"{row.kind:<17}{linked:<10}" + "".join(f"{cell:<8}" for cell in cells)
