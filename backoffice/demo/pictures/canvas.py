"""A square to draw on, in units of one thousandth of its side; edges are smoothed by drawing twice as large."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageFilter

SIDE = 800
_SCALE = 2  # drawn so many times larger
_UNITS = 1000

Point = tuple[float, float]


def shade(colour: str, amount: float, towards: str = "#000000") -> str:
    """`colour` moved by `amount` (0 to 1) towards another one."""
    mixed = (round(a + (b - a) * amount) for a, b in zip(_rgb(colour), _rgb(towards), strict=True))
    return "#" + "".join(f"{value:02x}" for value in mixed)


def dark(colour: str, amount: float = 0.22) -> str:
    return shade(colour, amount)


def light(colour: str, amount: float = 0.3) -> str:
    return shade(colour, amount, towards="#ffffff")


def arc(centre: Point, radii: Point, start: float, end: float, steps: int = 60) -> list[Point]:
    """Points on an ellipse, angles in degrees, clockwise from three o'clock (the y axis points down)."""
    (x, y), (rx, ry) = centre, radii
    angles = (math.radians(start + (end - start) * n / steps) for n in range(steps + 1))
    return [(x + rx * math.cos(a), y + ry * math.sin(a)) for a in angles]


def curve(*points: Point, steps: int = 40) -> list[Point]:
    """A Bézier curve through the first and the last point, pulled by the ones between (two or three of them)."""
    found = []
    for n in range(steps + 1):
        t, level = n / steps, list(points)
        while len(level) > 1:
            level = [
                (a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t) for a, b in itertools.pairwise(level)
            ]
        found.append(level[0])
    return found


def mirrored(left: Sequence[Point], axis: float = 500) -> list[Point]:
    """A closed outline from its left half, given from top to bottom."""
    return [*left, *((2 * axis - x, y) for x, y in reversed(left))]


class Canvas:
    def __init__(self, background: str) -> None:
        size = SIDE * _SCALE
        self._image = Image.new("RGB", (size, size), background)
        self._background = background
        self._pen = ImageDraw.Draw(self._image)

    def finished(self) -> Image.Image:
        return self._image.resize((SIDE, SIDE), Image.Resampling.LANCZOS)

    def shadow(self, centre: Point, radii: Point) -> None:
        """The soft shadow on which things stand."""
        mask = Image.new("L", (SIDE // 2, SIDE // 2), 0)
        factor = SIDE / 2 / _UNITS
        (x, y), (rx, ry) = centre, radii
        box = [(x - rx) * factor, (y - ry) * factor, (x + rx) * factor, (y + ry) * factor]
        ImageDraw.Draw(mask).ellipse(box, fill=150)
        mask = mask.filter(ImageFilter.GaussianBlur(7)).resize(self._image.size, Image.Resampling.BICUBIC)
        self._image.paste(Image.new("RGB", self._image.size, dark(self._background, 0.3)), mask=mask)

    def shape(self, points: Sequence[Point], colour: str) -> None:
        self._pen.polygon([self._at(point) for point in points], fill=colour)

    def ellipse(self, centre: Point, radii: Point, colour: str) -> None:
        self.shape(arc(centre, radii, 0, 360, steps=120), colour)

    def ring(self, centre: Point, radii: Point, width: float, colour: str) -> None:
        (rx, ry), half = radii, width / 2
        outer = arc(centre, (rx + half, ry + half), 0, 360, steps=120)
        inner = arc(centre, (rx - half, ry - half), 0, 360, steps=120)
        for n in range(120):  # in narrow pieces: a polygon with a hole is more than Pillow draws
            self.shape([outer[n], outer[n + 1], inner[n + 1], inner[n]], colour)

    def box(
        self, left: float, top: float, right: float, bottom: float, colour: str, *, round: float = 0
    ) -> None:
        corners = [self._at((left, top)), self._at((right, bottom))]
        self._pen.rounded_rectangle(corners, radius=round * self._factor, fill=colour)

    def line(self, points: Sequence[Point], width: float, colour: str) -> None:
        """With round ends."""
        placed = [self._at(point) for point in points]
        wide = max(1, int(width * self._factor))
        self._pen.line(placed, fill=colour, width=wide, joint="curve")
        for x, y in (placed[0], placed[-1]):
            r = wide / 2 - 0.5
            self._pen.ellipse([x - r, y - r, x + r, y + r], fill=colour)

    @property
    def _factor(self) -> float:
        return SIDE * _SCALE / _UNITS

    def _at(self, point: Point) -> Point:
        return point[0] * self._factor, point[1] * self._factor


def _rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
