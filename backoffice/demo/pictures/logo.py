"""The demo firm's sign: a linden leaf, as a small PNG."""

from __future__ import annotations

import io

from backoffice.demo.pictures.canvas import Canvas, curve, light, mirrored

_GREEN = "#2f6b3a"
_SIDE = 320  # pixels; it stands in the corner of a document


def logo() -> bytes:
    canvas = Canvas(background="#ffffff")
    left = [
        *curve((500, 190), (430, 60), (180, 60), (130, 300)),
        *curve((130, 300), (100, 520), (330, 680), (500, 850)),
    ]
    canvas.shape(mirrored(left), _GREEN)
    canvas.line([(500, 240), (500, 960)], 26, light(_GREEN, 0.75))
    for y, length in ((400, 210), (520, 190), (640, 120)):
        for side in (-1, 1):
            vein = curve(
                (500, y), (500 + side * length / 2, y - 70), (500 + side * length, y - 130), steps=20
            )
            canvas.line(vein, 14, light(_GREEN, 0.6))
    out = io.BytesIO()
    picture = canvas.finished().resize((_SIDE, _SIDE))
    picture.quantize(32).save(out, "PNG", optimize=True)
    return out.getvalue()
