"""What the steps of a run are doing, in words: the engine's phases, files that are written, the mirror."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from shops.displays import kind_label, number
from shops.elements import Text
from shops.files.mirror.story import sentence
from shops.models import MirrorFile, Run, Step
from shops.sync.step import summary

Phase = Step.Phase

PHASES: Final = (Phase.READ, Phase.LINK, Phase.LINKED, Phase.UNLINKED)
_OF_THE_MIRROR: Final[dict[str, Text]] = {
    Phase.READ: gettext_lazy("look"),
    Phase.LINK: gettext_lazy("rename"),
    Phase.LINKED: gettext_lazy("send"),
    Phase.UNLINKED: gettext_lazy("delete"),
}
_DOING: Final[dict[str, Text]] = {
    Phase.READ: gettext_lazy("%(type)s: reading the shop"),
    Phase.LINK: gettext_lazy("%(type)s: linking"),
    Phase.LINKED: gettext_lazy("%(type)s: comparing what is linked"),
    Phase.UNLINKED: gettext_lazy("%(type)s: what is on one side only"),
    Phase.FINISHED: gettext_lazy("%(type)s: finished"),
}
_MIRRORING: Final[dict[str, Text]] = {
    Phase.READ: gettext_lazy("%(type)s: looking what is on the server"),
    Phase.LINK: gettext_lazy("%(type)s: renaming on the server"),
    Phase.LINKED: gettext_lazy("%(type)s: sending to the server"),
    Phase.UNLINKED: gettext_lazy("%(type)s: deleting on the server"),
    Phase.FINISHED: gettext_lazy("%(type)s: finished"),
}


def phases_of(step: Step) -> list[tuple[str, str]]:
    """(name, state) with state done, now, bad or wait."""
    if step.writes_files:
        return [(_("write"), _state(step, Phase.READ))]
    names = _OF_THE_MIRROR if step.mirrors else {phase.value: phase.label for phase in PHASES}
    return [(str(names[phase]), _state(step, phase)) for phase in PHASES]


def _state(step: Step, phase: Step.Phase) -> str:
    if step.state in (Step.State.WAITING, Step.State.SKIPPED):
        return "wait"
    if step.phase == Phase.FINISHED:
        return "done"
    at, this = PHASES.index(Phase(step.phase)), PHASES.index(phase)
    if this < at:
        return "done"
    if this > at:
        return "done" if step.state in (Step.State.DONE, Step.State.PARTLY) else "wait"
    if step.state == Step.State.RUNNING:
        return "now"
    return "bad" if step.state == Step.State.FAILED else "done"


def doing(step: Step) -> str:
    """What is being done now, in one line."""
    if step.writes_files:
        text: Text = gettext_lazy("%(type)s: writing the files")
    else:
        text = (_MIRRORING if step.mirrors else _DOING)[step.phase]
    return str(text) % {"type": kind_label(step.kind)}


def done(run: Run, step: Step) -> str:
    """What a finished step has done: from its numbers, in the reader's language."""
    if step.mirrors:
        return sentence(step, MirrorFile.objects.filter(shop=run.shop_id, kind=step.kind).there().count())
    if not step.writes_files:
        return summary(run, step)
    parts = [
        ngettext("%(number)s element written", "%(number)s elements written", step.read)
        % {"number": number(step.read)}
    ]
    if step.failed:
        parts.append(
            ngettext("%(number)s file not written", "%(number)s files not written", step.failed)
            % {"number": number(step.failed)}
        )
    return f"{', '.join(parts)}. {step.message}" if step.failed and step.message else ", ".join(parts)
