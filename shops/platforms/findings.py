"""Findings of "Test settings", before they are given their key and label."""

from __future__ import annotations

from dataclasses import replace

from backoffice.lib.errors import KontorError, RemoteError
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
