"""Drawings of things for bedroom, bathroom and living room."""

from __future__ import annotations

from backoffice.demo.pictures.canvas import Canvas, arc, curve, dark, light, mirrored, shade

BRASS, INK, LEAF = "#b98a3e", "#34383d", "#5d8a58"


def towel(c: Canvas, colour: str) -> None:
    c.shadow((500, 800), (340, 44))
    for n, top in enumerate((620, 490, 360)):
        tone = shade(colour, 0.07 * n, towards="#ffffff")
        c.box(180, top, 820, top + 168, dark(tone, 0.16), round=70)
        c.box(180, top, 820, top + 150, tone, round=66)
        for x in (690, 722):
            c.box(x, top, x + 14, top + 150, light(tone, 0.55))
        c.line([(240, top + 42), (420, top + 42)], 12, light(tone, 0.4))


def bed(c: Canvas, colour: str) -> None:
    c.shadow((500, 850), (420, 40))
    c.box(90, 250, 910, 640, "#a9764a", round=40)
    c.box(120, 520, 880, 820, "#efe9dd", round=30)
    for x in (150, 520):
        c.box(x, 400, x + 330, 570, dark(colour, 0.08), round=60)
        c.box(x, 394, x + 330, 556, light(colour, 0.5), round=60)
    c.box(100, 560, 900, 840, colour, round=46)
    c.box(100, 560, 900, 640, light(colour, 0.35), round=40)
    for n in range(5):
        for m in range(2):
            c.ellipse((200 + n * 150, 700 + m * 80), (15, 15), light(colour, 0.35))


def cushion(c: Canvas, colour: str) -> None:
    c.shadow((500, 810), (310, 44))
    side = curve((190, 190), (240, 500), (190, 810))
    outline = [
        *curve((190, 190), (500, 245), (810, 190)),
        *curve((810, 190), (760, 500), (810, 810)),
        *curve((810, 810), (500, 755), (190, 810)),
        *side[::-1],
    ]
    c.shape(outline, colour)
    c.shape(
        [
            *curve((810, 190), (760, 500), (810, 810)),
            *curve((810, 810), (500, 755), (190, 810)),
            *curve((190, 810), (640, 690), (810, 190)),
        ],
        dark(colour, 0.09),
    )
    for offset in (-150, 0, 150):
        c.line([(500 + offset - 90, 330), (500 + offset + 90, 670)], 14, light(colour, 0.4))
        c.line([(500 + offset + 90, 330), (500 + offset - 90, 670)], 14, light(colour, 0.4))


def blanket(c: Canvas, colour: str) -> None:
    c.shadow((500, 800), (350, 44))
    c.box(170, 330, 830, 800, dark(colour, 0.18), round=60)
    c.box(170, 330, 830, 690, colour, round=60)
    c.box(170, 330, 830, 520, light(colour, 0.14), round=60)
    for x in (290, 500, 710):
        c.box(x - 22, 330, x + 22, 800, light(colour, 0.45))
    c.box(170, 415, 830, 445, light(colour, 0.5))
    for x in range(200, 820, 36):
        c.line([(x, 800), (x, 842)], 12, light(colour, 0.3))


def apron(c: Canvas, colour: str) -> None:
    c.shadow((500, 890), (260, 26))
    c.line(arc((500, 230), (120, 130), 180, 360), 26, dark(colour, 0.25))
    c.line(curve((250, 470), (150, 500), (140, 600)), 22, dark(colour, 0.25))
    c.line(curve((750, 470), (850, 500), (860, 600)), 22, dark(colour, 0.25))
    c.shape(mirrored([(370, 220), *curve((370, 220), (380, 380), (240, 450)), (230, 870)]), colour)
    c.shape(mirrored([(370, 220), (372, 262), (372, 262)]), light(colour, 0.3))
    c.box(330, 560, 670, 760, dark(colour, 0.13), round=22)
    c.line([(500, 560), (500, 760)], 8, dark(colour, 0.26))
    c.box(330, 560, 670, 592, light(colour, 0.3), round=12)


def bathrobe(c: Canvas, colour: str) -> None:
    c.shadow((500, 900), (300, 26))
    for side in (1, -1):
        sleeve = [
            (500 - side * 190, 210),
            (500 - side * 400, 560),
            (500 - side * 300, 620),
            (500 - side * 170, 430),
        ]
        c.shape(sleeve, dark(colour, 0.1))
        cuff = [
            (500 - side * 372, 513),
            (500 - side * 400, 560),
            (500 - side * 300, 620),
            (500 - side * 274, 574),
        ]
        c.shape(cuff, light(colour, 0.4))
    c.shape(mirrored([(400, 150), (310, 190), (300, 500), (240, 880)]), colour)
    c.shape([(500, 420), (690, 500), (760, 880), (500, 880)], dark(colour, 0.07))
    c.shape([(400, 150), (440, 130), (520, 470), (520, 880), (460, 880), (460, 480)], light(colour, 0.4))
    c.shape([(600, 150), (560, 130), (480, 470), (480, 520), (540, 480)], light(colour, 0.4))
    c.box(292, 500, 708, 556, dark(colour, 0.25), round=14)
    c.line([(520, 545), (600, 720)], 30, dark(colour, 0.25))
    c.line([(510, 545), (470, 700)], 30, dark(colour, 0.32))


def slippers(c: Canvas, colour: str) -> None:
    c.shadow((500, 820), (350, 40))
    for x, tone in ((330, colour), (670, dark(colour, 0.06))):
        sole = [
            *arc((x, 300), (118, 150), 180, 360),
            *curve((x + 118, 300), (x + 90, 520), (x + 150, 640), (x + 110, 760)),
            *arc((x, 760), (110, 70), 0, 180),
            *curve((x - 110, 760), (x - 150, 640), (x - 90, 520), (x - 118, 300)),
        ]
        c.shape(sole, light(tone, 0.55))
        c.ellipse((x, 720), (70, 74), light(tone, 0.35))
        c.shape(
            [
                *arc((x, 320), (134, 180), 180, 360),
                *curve((x + 134, 320), (x + 110, 470), (x + 130, 540)),
                *curve((x + 130, 540), (x, 470), (x - 130, 540)),
                *curve((x - 130, 540), (x - 110, 470), (x - 134, 320)),
            ],
            tone,
        )
        c.line(curve((x - 128, 536), (x, 466), (x + 128, 536)), 24, dark(tone, 0.22))
        c.line(arc((x, 320), (92, 130), 195, 250), 16, light(tone, 0.4))


def lamp(c: Canvas, colour: str) -> None:
    c.shadow((500, 870), (210, 34))
    c.box(485, 480, 515, 850, BRASS)
    c.box(340, 830, 660, 878, dark(BRASS, 0.15), round=24)
    c.shape(mirrored([(370, 160), (250, 520)]), colour)
    c.shape([(560, 160), (630, 160), (750, 520), (600, 520)], dark(colour, 0.1))
    c.ellipse((500, 520), (250, 36), dark(colour, 0.3))
    c.ellipse((500, 524), (226, 26), "#fbe9b4")
    c.ellipse((500, 160), (130, 18), light(colour, 0.35))
    c.line([(640, 540), (640, 650)], 7, BRASS)
    c.ellipse((640, 662), (14, 14), BRASS)


def candle(c: Canvas, colour: str) -> None:
    c.shadow((500, 830), (230, 38))
    c.box(300, 380, 700, 830, light(colour, 0.25), round=44)
    c.box(300, 480, 700, 830, colour, round=44)
    c.box(590, 480, 700, 830, dark(colour, 0.1), round=40)
    c.box(360, 580, 640, 730, "#faf6ea", round=12)
    c.line([(420, 630), (580, 630)], 14, dark(colour, 0.3))
    c.line([(450, 680), (550, 680)], 9, dark(colour, 0.2))
    c.ellipse((500, 392), (186, 30), light(colour, 0.6))
    c.line([(500, 390), (500, 330)], 12, INK)
    c.shape(
        [
            *curve((500, 180), (410, 280), (430, 340), (500, 346)),
            *curve((500, 346), (570, 340), (590, 280), (500, 180)),
        ],
        "#f2b134",
    )
    c.shape(
        [
            *curve((500, 250), (460, 300), (470, 334), (500, 338)),
            *curve((500, 338), (530, 334), (540, 300), (500, 250)),
        ],
        "#fbe9b4",
    )


def vase(c: Canvas, colour: str) -> None:
    c.shadow((500, 880), (210, 34))
    for bend, top in ((-150, 120), (20, 70), (170, 150)):
        c.line(curve((500, 460), (500 + bend * 0.3, 300), (500 + bend, top)), 10, LEAF)
        for n in range(5):
            t = 0.35 + n * 0.15
            x, y = 500 + bend * t * t, 460 + (top - 460) * t
            c.ellipse((x - 24, y), (26, 13), LEAF)
            c.ellipse((x + 24, y - 12), (26, 13), shade(LEAF, 0.15, towards="#ffffff"))
    c.shape(
        mirrored(
            [
                (430, 400),
                *curve((430, 400), (440, 470), (290, 540), (290, 690)),
                *curve((290, 690), (292, 840), (380, 876), (420, 880)),
            ]
        ),
        colour,
    )
    c.shape(
        [
            (560, 410),
            (570, 400),
            *curve((570, 400), (560, 470), (710, 540), (710, 690)),
            *curve((710, 690), (708, 840), (620, 876), (580, 880)),
            *curve((520, 880), (640, 800), (640, 560), (530, 470)),
        ],
        dark(colour, 0.1),
    )
    c.ellipse((500, 400), (72, 16), dark(colour, 0.35))
    c.line(curve((340, 620), (322, 690), (345, 780)), 18, light(colour, 0.5))


def planter(c: Canvas, colour: str) -> None:
    c.shadow((500, 880), (240, 36))
    for bend, height in ((-230, 250), (-120, 130), (0, 70), (120, 140), (230, 260)):
        tip = (500 + bend, height)
        c.shape(
            [
                (500, 560),
                *curve((500, 560), (500 + bend * 0.9 - 60, 420), tip),
                *curve(tip, (500 + bend * 0.5 + 70, 430), (500, 560)),
            ],
            LEAF if bend % 40 else shade(LEAF, 0.16, towards="#ffffff"),
        )
    c.shape(mirrored([(300, 540), (350, 860), *curve((350, 860), (356, 884), (400, 886))]), colour)
    c.shape(
        [(600, 540), (700, 540), (650, 860), *curve((650, 860), (644, 884), (600, 886)), (570, 886)],
        dark(colour, 0.1),
    )
    c.box(275, 510, 725, 590, light(colour, 0.14), round=20)
    c.box(290, 576, 710, 592, dark(colour, 0.2))


def basket(c: Canvas, colour: str) -> None:
    c.shadow((500, 830), (330, 44))
    c.line(arc((500, 430), (230, 270), 180, 360), 34, dark(colour, 0.25))
    c.shape(
        mirrored([(190, 420), (250, 790), *curve((250, 790), (258, 826), (310, 830))]), dark(colour, 0.12)
    )
    for row in range(6):
        for n in range(11):
            x = 214 + n * 54 + (row % 2) * 26 + row * 5
            if x < 752 - row * 10:
                c.box(x, 450 + row * 62, x + 44, 496 + row * 62, light(colour, 0.18), round=18)
    c.box(175, 398, 825, 448, colour, round=24)


def clock(c: Canvas, colour: str) -> None:
    c.shadow((510, 540), (370, 360))
    c.ellipse((500, 500), (350, 350), colour)
    c.ellipse((500, 500), (306, 306), "#fbf9f4")
    for hour in range(12):
        inner, outer = (
            arc((500, 500), (250, 250), 30 * hour, 30 * hour, 1)[0],
            arc((500, 500), (280, 280), 30 * hour, 30 * hour, 1)[0],
        )
        c.line([inner, outer], 18 if hour % 3 == 0 else 9, INK)
    c.line([(500, 500), arc((500, 500), (150, 150), 215, 215, 1)[0]], 24, INK)
    c.line([(500, 500), arc((500, 500), (220, 220), 325, 325, 1)[0]], 15, INK)
    c.ellipse((500, 500), (24, 24), colour)


def frame(c: Canvas, colour: str) -> None:
    c.shadow((500, 866), (300, 26))
    c.box(210, 130, 790, 870, dark(colour, 0.1), round=12)
    c.box(210, 130, 780, 860, colour, round=12)
    c.box(262, 182, 728, 808, "#fbf9f4")
    c.box(330, 260, 660, 730, "#cfe3ea")
    c.ellipse((570, 350), (44, 44), "#f2c14e")
    c.shape([(330, 730), (330, 560), (430, 450), (520, 590), (580, 520), (660, 640), (660, 730)], "#7d9c8c")
    c.shape([(330, 730), (330, 660), (480, 600), (660, 700), (660, 730)], "#52794f")
