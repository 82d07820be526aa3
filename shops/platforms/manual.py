"""The part of a platform's manual page that its capabilities write: what the matrix allows, and why not the rest."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from shops.elements import ELEMENT_TYPES, Text
from shops.platforms.base import Can, Platform

BEGIN = "<!-- capabilities: written by shops/platforms/manual.py -->"
END = "<!-- end of capabilities -->"

# The cells of the matrix, in its order (UI.md, 3), and what each needs.
_CELLS: tuple[tuple[Text, str], ...] = (
    (_("Export"), "create"),
    (_("Update here"), "read"),
    (_("Update in shop"), "update"),
    (_("Import"), "import"),
    (_("Delete in shop"), "delete"),
)


def capability_table(platform: type[Platform], language: str = "en") -> str:
    """Markdown: one row per element type, then the reason of every locked cell, then the notes."""
    with override(language):
        titles = [str(title) for title, _verb in _CELLS]
        head = ["", *titles, str(_("Reads changes only")), str(_("Elements per request"))]
        lines = [_row(head), _row(["---"] * len(head))]
        reasons: list[str] = []
        notes: list[str] = []
        for kind, spec in ELEMENT_TYPES.items():
            can = platform.can(kind)
            lines.append(_row([str(spec.label), *_cells(can, bool(spec.follows)), *_speed(can)]))
            reasons += [f"- **{spec.label}** – {cells}: {why}" for why, cells in _locked(can).items()]
            notes += [f"- **{spec.label}**: {text}" for text in _notes(can)]
        return "\n".join(
            [
                *lines,
                "",
                str(_("Locked, and why:")),
                "",
                *reasons,
                "",
                str(_("To be known:")),
                "",
                *notes,
            ]
        )


def page_with(page: str, table: str) -> str:
    """The manual page with `table` between its two marks. Raises ValueError when a mark is missing."""
    before, _begin, rest = page.partition(BEGIN)
    _old, end, after = rest.partition(END)
    if not end:
        raise ValueError("the page has no place for the capabilities")
    return f"{before}{BEGIN}\n\n{table}\n\n{END}{after}"


def _cells(can: Can, follows: bool) -> list[str]:
    def cell(verb: str) -> str:
        if not can.reason(verb):
            return str(_("yes"))
        return "–" if follows else str(_("locked"))

    return [cell(verb) for _title, verb in _CELLS]


def _speed(can: Can) -> list[str]:
    if can.reason("read"):
        return ["–", "–"]
    writes = not all(can.reason(verb) for verb in ("create", "update", "delete"))
    return [str(_("yes") if can.since else _("no")), str(can.batch) if writes else "–"]


def _locked(can: Can) -> dict[str, str]:
    """{reason: the cells it locks}."""
    found: dict[str, list[str]] = {}
    for title, verb in _CELLS:
        if reason := can.reason(verb):
            found.setdefault(str(reason), []).append(str(title))
    return {reason: ", ".join(cells) for reason, cells in found.items()}


def _notes(can: Can) -> list[str]:
    only = [str(_("The only choice is “%(choice)s”.") % {"choice": can.fixed})] if can.fixed else []
    return [*only, *([str(can.note)] if can.note else [])]


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"
