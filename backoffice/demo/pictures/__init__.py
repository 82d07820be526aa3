"""Product pictures, drawn by our own code: flat illustrations, one drawing for each kind of article, in its colour."""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import cache

from backoffice.demo.pictures import home, kitchen, pantry
from backoffice.demo.pictures.canvas import Canvas, shade

DRAWINGS: dict[str, Callable[[Canvas, str], None]] = {
    "apron": home.apron,
    "basket": home.basket,
    "bathrobe": home.bathrobe,
    "bed": home.bed,
    "blanket": home.blanket,
    "board": kitchen.board,
    "book": pantry.book,
    "bottle": pantry.bottle,
    "bowl": kitchen.bowl,
    "candle": home.candle,
    "carafe": kitchen.carafe,
    "clock": home.clock,
    "coffee": pantry.coffee,
    "cushion": home.cushion,
    "frame": home.frame,
    "gift": pantry.gift,
    "glass": kitchen.glass,
    "jar": pantry.jar,
    "knife": kitchen.knife,
    "lamp": home.lamp,
    "mug": kitchen.mug,
    "pan": kitchen.pan,
    "planter": home.planter,
    "plate": kitchen.plate,
    "pot": kitchen.pot,
    "slippers": home.slippers,
    "soap": pantry.soap,
    "tea": pantry.tea,
    "teapot": kitchen.teapot,
    "towel": home.towel,
    "vase": home.vase,
}
COLOURS = {
    "white": "#f4f1ea",
    "cream": "#e9d9b8",
    "sand": "#d3b98c",
    "honey": "#d9982b",
    "terracotta": "#c4633f",
    "red": "#b8352f",
    "rose": "#d89a98",
    "plum": "#7b4262",
    "navy": "#2f4468",
    "blue": "#4f7fae",
    "mint": "#9cc5b0",
    "green": "#52794f",
    "grey": "#8d9196",
    "graphite": "#45494f",
    "oak": "#b98d5b",
    "walnut": "#7b5236",
    "steel": "#aab2ba",
    "glass": "#bcd7dd",
}


@cache
def draw(drawing: str, colour: str) -> bytes:
    """A PNG of 800 by 800 pixels; the same call gives the same bytes. Raises KeyError for an unknown drawing."""
    base = COLOURS[colour]
    canvas = Canvas(background=shade(base, 0.86, towards="#fbfaf7"))
    DRAWINGS[drawing](canvas, base)
    out = io.BytesIO()
    canvas.finished().quantize(128).save(out, "PNG", optimize=True)
    return out.getvalue()
