"""Add a shop from the command line: `manage.py shop_add lipa --platform woocommerce --name ... --address ...`."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Any

from django.core.management.base import CommandParser
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from shops.management.commands._base import BAD_ARGUMENTS, OK, ShopCommand, pairs
from shops.models import Shop
from shops.platforms.base import Field, Platform
from shops.platforms.registry import platform_classes
from shops.services.rules import ensure_rules
from shops.services.schedules import ensure_schedules

# Not the platform's own: the engine slows down for a weak host, whatever the platform (sync.connect.pace_of).
_PACE = Field("requests_per_second", "Requests per second", required=False)


class Command(ShopCommand):
    help = (
        "Add a shop. Nothing is synchronised: test it with shop_check and choose what to sync with shop_rules.\n"
        "Secrets given with --credential can be seen in the list of processes; --credentials-stdin reads them as "
        "JSON."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "code", help="Short name of the shop: letters, digits, hyphens. Cannot be changed later."
        )
        parser.add_argument("--platform", required=True, help="For example woocommerce.")
        parser.add_argument("--name", help="How staff call the shop; the code if left out.")
        parser.add_argument("--address", required=True, help="The shop's address, as in the browser.")
        parser.add_argument(
            "--credential", action="append", metavar="NAME=VALUE", help="May be given several times."
        )
        parser.add_argument(
            "--credentials-stdin",
            action="store_true",
            help='Read the credentials from standard input: {"name": "value"}.',
        )
        parser.add_argument(
            "--option", action="append", metavar="NAME=VALUE", help="An option of the platform."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        platform = self._platform(options["platform"])
        credentials = pairs(options["credential"], "--credential", self)
        if options["credentials_stdin"]:
            credentials |= self._from_stdin()
        self._check_fields(platform, platform.credentials, credentials, "--credential")
        platform_options = self._with_defaults(platform.options, pairs(options["option"], "--option", self))
        self._check_fields(platform, (*platform.options, _PACE), platform_options, "--option")
        self._check_pace(platform_options)
        shop = Shop(
            code=options["code"],
            name=options["name"] or options["code"],
            platform=platform.key,
            address=options["address"].strip(),
            credentials=credentials,  # type: ignore[misc]  # a SecretsField takes a dict
            credentials_saved_at=timezone.now() if credentials else None,
            options=platform_options,
        )
        shop.full_clean()
        with transaction.atomic():
            shop.save(force_insert=True)
            ensure_rules(shop)
            ensure_schedules(shop)
        self.say(_("Added the shop %(name)s (%(code)s).") % {"name": shop.name, "code": shop.code})
        self.say(_("Next: manage.py shop_check %(code)s") % {"code": shop.code})
        self.end(OK, shop=shop.code, id=shop.pk, name=shop.name, platform=shop.platform, address=shop.address)

    def _platform(self, key: str) -> type[Platform]:
        found = platform_classes()
        if key not in found:
            self.fail(
                _("There is no platform “%(key)s”.") % {"key": key},
                BAD_ARGUMENTS,
                cure=_("Platforms here: %(keys)s.") % {"keys": ", ".join(found)},
            )
        return found[key]

    def _from_stdin(self) -> dict[str, str]:
        try:
            given = json.load(sys.stdin)
        except ValueError:
            given = None
        if not isinstance(given, dict) or not all(isinstance(value, str) for value in given.values()):
            # Without the text itself: it may be a secret.
            self.fail(
                _("Standard input is not a JSON object with text values."),
                BAD_ARGUMENTS,
                cure=_('Give it like {"name": "value"}.'),
            )
        return given

    def _check_pace(self, given: dict[str, str]) -> None:
        text = given.get(_PACE.name)
        try:
            good = text is None or 0 < float(text) <= 1000
        except ValueError:
            good = False
        if not good:
            self.fail(
                _("“%(value)s” is not possible for %(name)s.") % {"value": text, "name": _PACE.name},
                BAD_ARGUMENTS,
                cure=_("Give a number above 0, for example 0.5 or 10."),
            )

    def _with_defaults(self, fields: Sequence[Field], given: dict[str, str]) -> dict[str, str]:
        return {field.name: field.default for field in fields if field.default} | given

    def _check_fields(
        self, platform: type[Platform], fields: Sequence[Field], given: dict[str, str], option: str
    ) -> None:
        known = {field.name: field for field in fields}
        names = ", ".join(known) or _("none")
        for name in given:
            if name not in known:
                self.fail(
                    _("%(platform)s knows no %(option)s “%(name)s”.")
                    % {"platform": platform.label, "option": option, "name": name},
                    BAD_ARGUMENTS,
                    cure=_("It knows: %(names)s.") % {"names": names},
                )
        for field in fields:
            if field.required and not given.get(field.name, "").strip():
                self.fail(
                    _("“%(label)s” is missing.") % {"label": field.label},
                    BAD_ARGUMENTS,
                    cure=_("Give it with %(option)s %(name)s=…") % {"option": option, "name": field.name},
                )
            allowed = [value for value, _label in field.choices]
            if allowed and field.name in given and given[field.name] not in allowed:
                self.fail(
                    _("“%(value)s” is not possible for %(name)s.")
                    % {"value": given[field.name], "name": field.name},
                    BAD_ARGUMENTS,
                    cure=_("Possible are: %(values)s.") % {"values": ", ".join(allowed)},
                )
