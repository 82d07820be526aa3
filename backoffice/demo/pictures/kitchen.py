"""Drawings of things for the kitchen and the table."""

from __future__ import annotations

from backoffice.demo.pictures.canvas import Canvas, arc, curve, dark, light, mirrored, shade

STEEL, STEEL_DARK, WOOD, INK = "#c3cad0", "#98a1a9", "#a9764a", "#34383d"


def mug(c: Canvas, colour: str) -> None:
    c.shadow((490, 800), (280, 40))
    c.line(curve((660, 420), (860, 400), (850, 660), (640, 660)), 52, dark(colour, 0.12))
    body = [(250, 330), *curve((250, 330), (255, 600), (270, 780), (330, 800))]
    c.shape(mirrored(body, 470), colour)
    c.shape(
        [(560, 330), (690, 330), *curve((690, 330), (685, 600), (670, 780), (610, 800)), (520, 800)],
        dark(colour, 0.1),
    )
    c.ellipse((470, 330), (220, 46), light(colour, 0.45))
    c.ellipse((470, 338), (196, 36), dark(colour, 0.42))
    c.line([(300, 430), (312, 640)], 20, light(colour, 0.5))


def plate(c: Canvas, colour: str) -> None:
    c.shadow((500, 560), (385, 350))
    c.ellipse((500, 500), (370, 370), dark(colour, 0.12))
    c.ellipse((500, 494), (364, 364), colour)
    c.ellipse((500, 500), (260, 260), dark(colour, 0.14))
    c.ellipse((500, 508), (252, 252), light(colour, 0.35))
    c.ring((500, 496), (332, 332), 9, light(colour, 0.6))


def bowl(c: Canvas, colour: str) -> None:
    c.shadow((500, 770), (270, 40))
    c.box(400, 730, 600, 780, dark(colour, 0.25), round=16)
    c.shape([*arc((500, 420), (340, 330), 0, 180)], colour)
    c.shape([*arc((500, 420), (340, 330), 0, 62), (560, 420)], dark(colour, 0.1))
    c.ellipse((500, 420), (340, 84), light(colour, 0.45))
    c.ellipse((500, 432), (308, 66), dark(colour, 0.3))
    c.line(arc((500, 470), (290, 220), 150, 178), 18, light(colour, 0.5))


def pan(c: Canvas, colour: str) -> None:
    c.shadow((420, 660), (330, 70))
    c.line([(640, 500), (940, 300)], 58, INK)
    c.line([(800, 392), (915, 316)], 20, "#5b6168")
    c.shape([(90, 540), *arc((400, 590), (300, 110), 180, 0)[::-1][::-1], (710, 540)], colour)
    c.shape([(100, 520), *curve((100, 520), (120, 700), (680, 700), (700, 520))], dark(colour, 0.2))
    c.ellipse((400, 520), (312, 112), light(colour, 0.25))
    c.ellipse((400, 526), (286, 96), dark(colour, 0.5))
    c.line(arc((400, 530), (220, 66), 195, 250), 14, shade(colour, 0.1))


def pot(c: Canvas, colour: str) -> None:
    c.shadow((500, 800), (330, 46))
    for x in (170, 830):
        c.ring((x, 500), (62, 44), 34, dark(colour, 0.3))
    c.shape(mirrored([(190, 400), (190, 720), *curve((190, 720), (195, 800), (270, 806))]), colour)
    c.shape(
        [(640, 400), (810, 400), (810, 720), *curve((810, 720), (805, 800), (730, 806)), (610, 806)],
        dark(colour, 0.1),
    )
    c.box(165, 372, 835, 420, dark(colour, 0.2), round=24)
    c.shape([*arc((500, 376), (320, 120), 180, 360)], light(colour, 0.12))
    c.box(455, 205, 545, 262, INK, round=28)
    c.line([(250, 470), (250, 680)], 22, light(colour, 0.4))


def knife(c: Canvas, colour: str) -> None:
    c.shadow((510, 600), (400, 46))
    c.shape([(90, 470), *curve((90, 470), (200, 590), (420, 610), (600, 605)), (600, 462)], STEEL)
    c.shape(
        [
            (90, 470),
            *curve((90, 470), (200, 590), (420, 610), (600, 605)),
            (600, 560),
            *curve((600, 560), (400, 560), (220, 540), (90, 470)),
        ],
        "#e2e6e9",
    )
    c.box(590, 455, 622, 612, STEEL_DARK, round=8)
    c.box(615, 462, 925, 552, colour, round=38)
    c.box(615, 516, 925, 552, dark(colour, 0.2), round=18)
    for x in (680, 770, 860):
        c.ellipse((x, 505), (13, 13), STEEL)


def board(c: Canvas, colour: str) -> None:
    c.shadow((500, 850), (300, 40))
    c.box(235, 230, 765, 860, dark(colour, 0.2), round=60)
    c.box(225, 220, 755, 846, colour, round=60)
    c.box(420, 110, 560, 300, colour, round=50)
    c.ellipse((490, 172), (28, 28), dark(colour, 0.5))
    for n, x in enumerate((300, 380, 470, 560, 650)):
        c.line(
            curve((x, 330 + n % 2 * 40), (x + 22, 500), (x - 18, 620), (x + 8, 770 - n % 3 * 30)),
            7,
            dark(colour, 0.1),
        )


def glass(c: Canvas, colour: str) -> None:
    c.shadow((500, 860), (180, 32))
    c.shape(
        mirrored([(340, 190), (372, 820), *curve((372, 820), (376, 860), (430, 862))]), light(colour, 0.35)
    )
    c.shape(mirrored([(353, 440), (372, 810), *curve((372, 810), (378, 842), (430, 846))]), colour)
    c.ellipse((500, 440), (147, 26), light(colour, 0.2))
    c.ring((500, 192), (158, 28), 9, dark(colour, 0.16))
    c.line([(392, 260), (412, 760)], 18, "#ffffff")


def carafe(c: Canvas, colour: str) -> None:
    c.shadow((500, 870), (230, 36))
    outline = [
        (420, 150),
        (432, 380),
        *curve((432, 380), (430, 480), (270, 520), (270, 700)),
        *curve((270, 700), (270, 860), (330, 868), (400, 870)),
    ]
    c.shape(mirrored(outline), light(colour, 0.35))
    filled = [
        (352, 560),
        *curve((352, 560), (286, 610), (284, 700)),
        *curve((284, 700), (286, 840), (340, 852), (400, 854)),
    ]
    c.shape(mirrored(filled), colour)
    c.ellipse((500, 562), (148, 24), light(colour, 0.2))
    c.ring((500, 152), (80, 16), 9, dark(colour, 0.16))
    c.box(440, 92, 560, 160, WOOD, round=18)
    c.line(curve((322, 650), (312, 720), (330, 800)), 18, "#ffffff")


def teapot(c: Canvas, colour: str) -> None:
    c.shadow((490, 800), (300, 42))
    c.line(curve((690, 430), (900, 420), (880, 700), (680, 690)), 44, dark(colour, 0.15))
    c.shape(
        [
            (290, 560),
            *curve((290, 560), (160, 520), (180, 420), (90, 380)),
            *curve((130, 350), (260, 380), (250, 440), (330, 470)),
            (330, 640),
        ],
        dark(colour, 0.08),
    )
    c.ellipse((490, 580), (250, 224), colour)
    c.shape([*arc((490, 580), (250, 224), -62, 90), (560, 640)], dark(colour, 0.1))
    c.shape([*arc((490, 400), (150, 66), 180, 360)], light(colour, 0.15))
    c.box(335, 392, 645, 416, dark(colour, 0.25), round=12)
    c.ellipse((490, 320), (34, 34), dark(colour, 0.3))
    c.line(arc((490, 580), (198, 170), 165, 220), 22, light(colour, 0.5))
