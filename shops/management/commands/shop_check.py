"""Test a shop's settings from the command line (M1): `manage.py shop_check lipa`."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _

from shops.management.commands._base import FAILED, OK, PARTLY, ShopCommand
from shops.platforms.base import Finding
from shops.services.checks import check_shop

_MARKS = {"ok": "✓", "remark": "!", "problem": "✗", "skipped": "–"}
_FIELDS = ("key", "label", "state", "text", "effect", "why", "cure", "detail", "new_address")


class Command(ShopCommand):
    help = (
        "Test a shop's settings one by one, as the button “Test settings” does. Nothing in the shop is changed.\n"
        "Ends with 0 when all is well, 1 with remarks, 2 with a problem."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("code", help="The shop's code.")

    def handle(self, *args: Any, **options: Any) -> None:
        shop = self.shop(options["code"])
        findings: list[Finding] = []
        for finding in check_shop(shop):
            findings.append(finding)
            self._show(finding)
        states = {finding.state for finding in findings}
        code = FAILED if "problem" in states else PARTLY if "remark" in states else OK
        self.end(
            code,
            shop=shop.code,
            findings=[{name: str(getattr(finding, name)) for name in _FIELDS} for finding in findings],
        )

    def _show(self, finding: Finding) -> None:
        self.say(f"{_MARKS[finding.state]} {finding.label}: {finding.text}".rstrip(": "))
        for text in (finding.effect, finding.why):
            if text:
                self.say(f"    {text}")
        if finding.cure:
            self.say("    " + _("What to do: %(cure)s") % {"cure": finding.cure})
        if finding.new_address:
            self.say("    " + _("New address: %(address)s") % {"address": finding.new_address})
