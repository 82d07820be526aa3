"""Drawings of what is eaten, drunk, read or given away."""

from __future__ import annotations

from backoffice.demo.pictures.canvas import Canvas, arc, curve, dark, light, mirrored

PAPER, INK, GOLD, WOOD = "#faf6ea", "#34383d", "#c9a14a", "#a9764a"


def jar(c: Canvas, colour: str) -> None:
    c.shadow((500, 860), (250, 38))
    c.box(270, 290, 730, 860, light(colour, 0.25), round=80)
    c.box(286, 350, 714, 846, colour, round=68)
    c.box(600, 350, 714, 846, dark(colour, 0.09), round=60)
    c.box(290, 190, 710, 310, GOLD, round=26)
    c.box(290, 262, 710, 310, dark(GOLD, 0.15), round=20)
    c.box(330, 480, 670, 740, PAPER, round=16)
    for x, y in ((500, 560), (456, 585), (544, 585), (456, 635), (544, 635), (500, 660), (500, 610)):
        c.shape(arc((x, y), (29, 29), 30, 390, steps=6), colour)
    c.line([(410, 706), (590, 706)], 10, dark(colour, 0.3))
    c.line([(318, 400), (318, 470)], 20, light(colour, 0.6))


def tea(c: Canvas, colour: str) -> None:
    c.shadow((500, 850), (250, 38))
    c.box(290, 290, 710, 850, colour, round=24)
    c.box(620, 290, 710, 850, dark(colour, 0.12), round=24)
    c.box(270, 200, 730, 310, dark(colour, 0.22), round=26)
    c.ellipse((500, 212), (226, 34), light(colour, 0.2))
    c.box(340, 430, 660, 740, PAPER, round=160)
    c.line(curve((500, 690), (496, 600), (520, 500)), 9, "#52794f")
    for x, y, turn in ((450, 560, 1), (556, 540, -1), (452, 632, 1), (548, 622, -1)):
        c.shape(
            [
                (500, y + 30),
                *curve((500, y + 30), (x, y + 30), (x - 20 * turn, y - 26)),
                *curve((x - 20 * turn, y - 26), (500, y - 20), (500, y + 30)),
            ],
            "#6f9a63",
        )


def coffee(c: Canvas, colour: str) -> None:
    c.shadow((500, 880), (250, 36))
    c.shape(mirrored([(300, 190), (280, 420), (280, 880)]), colour)
    c.shape([(620, 190), (700, 190), (720, 420), (720, 880), (640, 880)], dark(colour, 0.14))
    c.box(288, 130, 712, 214, dark(colour, 0.25), round=12)
    c.line([(300, 172), (700, 172)], 8, light(colour, 0.3))
    c.box(330, 400, 670, 760, PAPER, round=20)
    for x, y in ((455, 520), (545, 560), (470, 630)):
        c.ellipse((x, y), (52, 38), "#5b3a26")
        c.line(curve((x - 44, y), (x - 12, y - 18), (x + 12, y + 18), (x + 44, y)), 8, "#8a6242")
    c.line([(400, 716), (600, 716)], 11, INK)
    c.ellipse((500, 300), (20, 20), dark(colour, 0.35))


def bottle(c: Canvas, colour: str) -> None:
    c.shadow((500, 900), (160, 30))
    c.shape(
        mirrored(
            [
                (450, 110),
                (450, 300),
                *curve((450, 300), (448, 390), (360, 400), (360, 500)),
                (360, 870),
                *curve((360, 870), (362, 900), (400, 902)),
            ]
        ),
        colour,
    )
    c.shape(
        [
            (520, 110),
            (550, 110),
            (550, 300),
            *curve((550, 300), (552, 390), (640, 400), (640, 500)),
            (640, 870),
            *curve((640, 870), (638, 900), (600, 902)),
            (570, 902),
            (570, 430),
        ],
        dark(colour, 0.13),
    )
    c.box(440, 70, 560, 190, INK, round=12)
    c.box(360, 540, 640, 780, PAPER)
    c.ellipse((500, 630), (38, 48), "#7d8f3a")
    c.line(curve((500, 580), (530, 560), (570, 566)), 9, "#52794f")
    c.line([(430, 730), (570, 730)], 10, INK)
    c.line([(392, 480), (392, 530)], 16, light(colour, 0.5))


def soap(c: Canvas, colour: str) -> None:
    c.shadow((500, 730), (330, 46))
    c.box(200, 420, 800, 740, dark(colour, 0.16), round=90)
    c.box(200, 400, 800, 700, colour, round=90)
    c.box(250, 446, 750, 654, light(colour, 0.18), round=64)
    c.box(390, 396, 610, 742, PAPER)
    c.line([(430, 520), (570, 520)], 12, dark(colour, 0.35))
    c.line([(450, 570), (550, 570)], 8, dark(colour, 0.25))
    for x, y, r in ((270, 330, 44), (345, 280, 26), (720, 310, 34), (660, 262, 18)):
        c.ring((x, y), (r, r), 7, light(colour, 0.65))


def book(c: Canvas, colour: str) -> None:
    c.shadow((510, 880), (290, 36))
    c.box(250, 140, 770, 880, dark(colour, 0.3), round=16)
    c.box(262, 810, 766, 868, PAPER)
    c.box(240, 130, 752, 820, colour, round=14)
    c.box(240, 130, 300, 830, dark(colour, 0.14), round=12)
    c.box(350, 210, 700, 330, PAPER, round=8)
    c.line([(400, 250), (650, 250)], 14, INK)
    c.line([(440, 292), (610, 292)], 9, INK)
    c.ellipse((525, 560), (140, 140), light(colour, 0.35))
    c.shape([*arc((525, 560), (90, 80), 0, 180)], PAPER)
    c.box(426, 540, 624, 566, PAPER, round=10)
    for x in (480, 525, 570):
        c.line(curve((x, 520), (x - 14, 490), (x + 14, 470), (x, 440)), 9, PAPER)


def gift(c: Canvas, colour: str) -> None:
    c.shadow((500, 850), (290, 40))
    c.box(240, 450, 760, 850, colour, round=14)
    c.box(620, 450, 760, 850, dark(colour, 0.1), round=14)
    c.box(210, 360, 790, 480, light(colour, 0.14), round=14)
    c.box(460, 360, 540, 850, GOLD)
    c.shape(
        [
            (500, 360),
            *curve((500, 360), (300, 340), (280, 180), (420, 200)),
            *curve((420, 200), (500, 220), (500, 360)),
        ],
        GOLD,
    )
    c.shape(
        [
            (500, 360),
            *curve((500, 360), (700, 340), (720, 180), (580, 200)),
            *curve((580, 200), (500, 220), (500, 360)),
        ],
        dark(GOLD, 0.12),
    )
    c.ellipse((500, 350), (40, 34), dark(GOLD, 0.22))
