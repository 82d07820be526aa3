"""What the shops' commands have in common: exit codes, --json, finding the shop (docs/command-line.md)."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from functools import partial
from typing import Any, NoReturn

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from backoffice.lib.errors import KontorError
from shops.models import Shop

OK = 0
PARTLY = 1  # done, with exceptions
FAILED = 2  # failed or refused
BAD_ARGUMENTS = 3


class ShopCommand(BaseCommand):
    """`handle` gives an exit code by `self.end(code, **result)`; a KontorError ends with FAILED and its cure.

    With --json the only thing on standard output is one JSON object, for errors too.
    """

    json: bool = False

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        # argparse ends with 2 on bad arguments, which is "failed" here.
        parser.error = partial(_bad_arguments, parser)  # type: ignore[method-assign]
        return parser

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="Print one JSON object instead of lines.")

    def execute(self, *args: Any, **options: Any) -> str | None:
        self.json = bool(options.get("json"))
        try:
            return super().execute(*args, **options)
        except KontorError as error:
            self.fail(error.message, FAILED, cure=error.cure, error_code=error.code)
        except ValidationError as error:
            self.fail(" ".join(error.messages), FAILED)

    def shop(self, code: str) -> Shop:
        """The shop with this code, else the end with BAD_ARGUMENTS and the codes there are."""
        found = Shop.objects.filter(code=code).first()
        if found is None:
            codes = ", ".join(Shop.objects.values_list("code", flat=True)) or _("none yet")
            self.fail(
                _("There is no shop with the code “%(code)s”.") % {"code": code},
                BAD_ARGUMENTS,
                cure=_("Shops here: %(codes)s.") % {"codes": codes},
            )
        return found

    def say(self, text: str) -> None:
        """A line for people; nothing with --json."""
        if not self.json:
            self.stdout.write(text)

    def fail(self, message: str, code: int, *, cure: str = "", **result: Any) -> NoReturn:
        """End with an error: on standard error for people, or as JSON on standard output."""
        message, cure = str(message), str(cure)
        if self.json:
            self.end(code, error=message, cure=cure, **result)
        raise CommandError(f"{message} {cure}".strip(), returncode=code)

    def end(self, code: int, **result: Any) -> NoReturn:
        """End with this exit code; with --json print {"ok", "exit", ...result}."""
        if self.json:
            answer = {"ok": code in (OK, PARTLY), "exit": code, **result}
            self.stdout.write(json.dumps(answer, ensure_ascii=False, default=str))
        raise SystemExit(code)


def _bad_arguments(parser: CommandParser, message: str) -> NoReturn:
    if parser.called_from_command_line:
        parser.print_usage(sys.stderr)
        parser.exit(BAD_ARGUMENTS, f"{parser.prog}: {message}\n")
    raise CommandError(message, returncode=BAD_ARGUMENTS)


def pairs(values: Sequence[str] | None, option: str, command: ShopCommand) -> dict[str, str]:
    """["key=value", ...] as a dict; a value may hold further equal signs. Ends with BAD_ARGUMENTS otherwise."""
    found: dict[str, str] = {}
    for text in values or ():
        name, sign, value = text.partition("=")
        if not sign or not name.strip():
            command.fail(
                _("%(option)s %(text)s is not of the form name=value.") % {"option": option, "text": name},
                BAD_ARGUMENTS,
            )
        found[name.strip()] = value
    return found
