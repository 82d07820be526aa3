"""Findings of "Test settings", before they are given their key and label."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace

from django.utils.translation import gettext as _

from backoffice.lib.errors import KontorError, RemoteError
from shops.elements import Text
from shops.platforms.base import Finding


def ok(text: str, *, detail: str = "") -> Finding:
    return Finding("", "", "ok", text=text, detail=detail)


def remark(text: str, *, effect: str = "", why: str = "", cure: str = "", detail: str = "") -> Finding:
    return Finding("", "", "remark", text=text, effect=effect, why=why, cure=cure, detail=detail)


def problem(text: str, effect: str = "", why: str = "", cure: str = "", *, detail: str = "") -> Finding:
    return Finding("", "", "problem", text=text, effect=effect, why=why, cure=cure, detail=detail)


def failed(error: KontorError) -> Finding:
    """What a check says that an error ended."""
    finding = problem(error.message or str(error), cure=error.cure, detail=error.detail)
    address = error.data.get("address", "") if isinstance(error, RemoteError) else ""
    return replace(finding, new_address=address)


def in_turn(
    steps: Sequence[tuple[str, Text]], step: Callable[[str], Finding], stopping: Collection[str]
) -> Iterator[Finding]:
    """A Finding for each of `steps` (key, label), as it ends. After a problem of a stopping one the others are skipped."""
    stopped = False
    for key, label in steps:
        if stopped:
            yield Finding(key, label, "skipped", text=_("Not tried, because an earlier check failed."))
            continue
        try:
            finding = step(key)
        except KontorError as error:
            finding = failed(error)
        yield replace(finding, key=key, label=label)
        stopped = finding.state == "problem" and key in stopping
