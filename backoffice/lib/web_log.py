"""gunicorn's own lines, the access log too: masked, and in the form of LOG_FORMAT, as Kontor's own."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import Any

import environ
from gunicorn.glogging import Logger

from backoffice.lib.logs import JsonFormatter, TextFormatter

PROJECT = Path(__file__).resolve().parents[2]


class MaskingLogger(Logger):  # type: ignore[misc]
    """For gunicorn's setting logger_class.

    Tokens in the paths of calls and feeds, and what stands under a telling name, are masked. Django's settings are not
    read: gunicorn's first process would pass them on, and a reload (HUP) would no longer notice a change in .env.
    """

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        as_json = log_format() == "json"
        for log, fmt in ((self.error_log, self.error_fmt), (self.access_log, self.access_fmt)):
            for handler in log.handlers:
                handler.setFormatter(_formatter(as_json, fmt, self.datefmt))


def log_format() -> str:
    """LOG_FORMAT of the environment or of .env, as in the settings."""

    class Copy(environ.Env):  # type: ignore[misc]
        ENVIRON = dict(os.environ)

    Copy.read_env(os.environ.get("ENV_FILE", PROJECT / ".env"))
    return str(Copy().str("LOG_FORMAT", default="text"))


def _formatter(as_json: bool, fmt: str, datefmt: str) -> logging.Formatter:
    if as_json:
        return JsonFormatter("%(asctime)s %(levelname)s %(name)s %(process)d %(message)s")
    return TextFormatter(fmt, datefmt)
