"""Small bar charts for the dashboard, as plain numbers for an SVG: no script, and a sentence for who cannot see it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

HEIGHT = 56
STEP = 20
WIDTH = 14


@dataclass(frozen=True, slots=True)
class Bar:
    """x, y, height: in the units of the drawing. title: what a pointer over the bar reads. label: "" = none below it."""

    x: int
    y: float
    height: float
    title: str
    label: str
    now: bool

    @property
    def middle(self) -> float:
        return self.x + WIDTH / 2


@dataclass(frozen=True, slots=True)
class Chart:
    """sentence: the same in words."""

    bars: tuple[Bar, ...]
    sentence: str

    width = WIDTH
    height = HEIGHT

    @property
    def total_width(self) -> int:
        return max(len(self.bars) * STEP, STEP)


def bar_chart(values: Sequence[tuple[int, str, str]], sentence: str) -> Chart:
    """values: (number, title, label) from left to right; the last one is the present. Bars start at 0."""
    most = max((number for number, _title, _label in values), default=0) or 1
    bars = []
    for position, (number, title, label) in enumerate(values):
        height = round(max(number * HEIGHT / most, 1.5 if number else 0), 1)
        bars.append(
            Bar(position * STEP + 3, HEIGHT - height, height, title, label, now=position == len(values) - 1)
        )
    return Chart(tuple(bars), sentence)
