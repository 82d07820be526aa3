"""What Lipa Dom sells: data only. Everything is invented; EANs carry valid check digits."""

from __future__ import annotations

from dataclasses import dataclass

from stdnum import ean

LANGUAGES = ("cs", "pl", "hu", "sl")

# The tree of categories; parents before children.
CATEGORIES: tuple[tuple[str, ...], ...] = (
    ("Kitchen",),
    ("Kitchen", "Cookware"),
    ("Kitchen", "Cookware", "Pots and pans"),
    ("Kitchen", "Cookware", "Knives and boards"),
    ("Kitchen", "Tableware"),
    ("Kitchen", "Tableware", "Mugs and teapots"),
    ("Kitchen", "Tableware", "Plates and bowls"),
    ("Kitchen", "Tableware", "Glasses and carafes"),
    ("Textiles",),
    ("Textiles", "Bedroom"),
    ("Textiles", "Bedroom", "Bed linen"),
    ("Textiles", "Bedroom", "Cushions and blankets"),
    ("Textiles", "Bathroom"),
    ("Textiles", "Bathroom", "Towels"),
    ("Textiles", "Bathroom", "Bathrobes and slippers"),
    ("Textiles", "Kitchen linen"),
    ("Living",),
    ("Living", "Decoration"),
    ("Living", "Decoration", "Vases and planters"),
    ("Living", "Decoration", "Clocks and frames"),
    ("Living", "Light"),
    ("Living", "Light", "Lamps"),
    ("Living", "Light", "Candles"),
    ("Living", "Storage"),
    ("Pantry",),
    ("Pantry", "Honey and oil"),
    ("Pantry", "Tea and coffee"),
    ("Gifts",),
    ("Gifts", "Books"),
    ("Gifts", "Wrapping"),
)

PRODUCERS = (
    "Lipa Dom",
    "Lončarija Sava",
    "Kovnica Bled",
    "Steklarna Jelka",
    "Tkalnica Drava",
    "Lesarna Pohorje",
    "Čebelarstvo Hočevar",
    "Založba Lipov list",
)

UNITS = (
    ("piece", "pcs"),
    ("set", "set"),
    ("pair", "pair"),
    ("jar", "jar"),
    ("bottle", "btl"),
    ("bag", "bag"),
)

# country, percent, kind, name: the rates of the four countries in which the firm sells.
VAT_RATES = (
    ("SI", "22", "standard", "DDV 22 %"),
    ("SI", "9.5", "reduced", "DDV 9,5 %"),
    ("SI", "5", "second_reduced", "DDV 5 %"),
    ("SI", "0", "zero", "DDV 0 %"),
    ("CZ", "21", "standard", "DPH 21 %"),
    ("CZ", "12", "reduced", "DPH 12 %"),
    ("PL", "23", "standard", "VAT 23 %"),
    ("PL", "8", "reduced", "VAT 8 %"),
    ("PL", "5", "second_reduced", "VAT 5 %"),
    ("HU", "27", "standard", "ÁFA 27 %"),
    ("HU", "18", "reduced", "ÁFA 18 %"),
    ("HU", "5", "second_reduced", "ÁFA 5 %"),
)


@dataclass(frozen=True, slots=True)
class Variant:
    """values: one for each of the product's options. price: gross euro. colour: of its picture, None = no own one."""

    suffix: str
    values: tuple[str, ...]
    price: str
    stock: tuple[int, int]
    colour: str | None = None


@dataclass(frozen=True, slots=True)
class Product:
    """price: gross euro; "" when it has variants. stock: in Ljubljana and in Maribor. sale: gross euro, "" = none.

    size: length, width, height in millimetres. names: in the order of LANGUAGES, () = no further texts.
    """

    sku: str
    name: str
    category: tuple[str, ...]
    producer: str
    drawing: str
    colour: str
    text: str
    price: str = ""
    stock: tuple[int, int] = (0, 0)
    unit: str = "piece"
    vat: str = "22"
    weight_g: int = 0
    size: tuple[int, int, int] | None = None
    sale: str = ""
    also: tuple[str, ...] = ()  # a second category
    options: tuple[str, ...] = ()
    variants: tuple[Variant, ...] = ()
    names: tuple[str, ...] = ()
    more: tuple[str, ...] = ()  # colours of further pictures
    service: bool = False


@dataclass(frozen=True, slots=True)
class Bundle:
    """A set. parts: (SKU, pieces). price: gross euro. drawing, colour: of its picture."""

    sku: str
    name: str
    text: str
    price: str
    parts: tuple[tuple[str, int], ...]
    drawing: str
    colour: str
    ean: str


POTS, KNIVES = ("Kitchen", "Cookware", "Pots and pans"), ("Kitchen", "Cookware", "Knives and boards")
MUGS, PLATES = ("Kitchen", "Tableware", "Mugs and teapots"), ("Kitchen", "Tableware", "Plates and bowls")
GLASSES = ("Kitchen", "Tableware", "Glasses and carafes")
BEDS, CUSHIONS = ("Textiles", "Bedroom", "Bed linen"), ("Textiles", "Bedroom", "Cushions and blankets")
TOWELS, ROBES = ("Textiles", "Bathroom", "Towels"), ("Textiles", "Bathroom", "Bathrobes and slippers")
LINEN, STORAGE = ("Textiles", "Kitchen linen"), ("Living", "Storage")
VASES, CLOCKS = ("Living", "Decoration", "Vases and planters"), ("Living", "Decoration", "Clocks and frames")
LAMPS, CANDLES = ("Living", "Light", "Lamps"), ("Living", "Light", "Candles")
HONEY, TEA = ("Pantry", "Honey and oil"), ("Pantry", "Tea and coffee")
BOOKS, WRAPPING = ("Gifts", "Books"), ("Gifts", "Wrapping")

PRODUCTS: tuple[Product, ...] = (
    Product(
        "LD-MUG", "Stoneware mug Sava 350 ml", MUGS, "Lončarija Sava", "mug", "terracotta",
        "Hand-glazed stoneware mug for coffee and tea. Safe in dishwasher and microwave.",
        weight_g=380, size=(120, 90, 98), options=("Colour",),
        variants=(
            Variant("TER", ("Terracotta",), "12.90", (64, 30), "terracotta"),
            Variant("BLU", ("Blue",), "12.90", (48, 22), "blue"),
            Variant("GRN", ("Green",), "12.90", (35, 12), "green"),
            Variant("WHT", ("White",), "11.90", (80, 41), "white"),
        ),
        names=("Kameninový hrnek Sava 350 ml", "Kubek kamionkowy Sava 350 ml", "Sava kőagyag bögre 350 ml",
               "Keramična skodelica Sava 350 ml"),
    ),
    Product(
        "LD-TEAPOT-12", "Teapot Sava 1.2 l", MUGS, "Lončarija Sava", "teapot", "blue",
        "Stoneware teapot with a steel strainer. Pours without dripping.",
        "39.90", (14, 6), weight_g=980, size=(235, 150, 165), sale="33.90",
        names=("Čajová konvice Sava 1,2 l", "Czajnik do herbaty Sava 1,2 l", "Sava teáskanna 1,2 l", "Čajnik Sava 1,2 l"),
    ),
    Product(
        "LD-PLATE-27", "Dinner plate Sava 27 cm", PLATES, "Lončarija Sava", "plate", "cream",
        "Flat stoneware plate with a raised rim. Stacks well.",
        "14.50", (120, 60), weight_g=720, size=(270, 270, 28),
        names=("Mělký talíř Sava 27 cm", "Talerz obiadowy Sava 27 cm", "Sava lapostányér 27 cm", "Plitvi krožnik Sava 27 cm"),
    ),
    Product(
        "LD-PLATE-20", "Dessert plate Sava 20 cm", PLATES, "Lončarija Sava", "plate", "mint",
        "Small stoneware plate for cake, bread and snacks.", "9.90", (96, 44), weight_g=410, size=(200, 200, 22),
    ),
    Product(
        "LD-BOWL-16", "Cereal bowl Sava 16 cm", PLATES, "Lončarija Sava", "bowl", "rose",
        "Deep bowl for soup, muesli and salad.", "10.90", (74, 38), weight_g=460, size=(160, 160, 75),
    ),
    Product(
        "LD-BOWL-26", "Salad bowl Sava 26 cm", PLATES, "Lončarija Sava", "bowl", "green",
        "Large serving bowl, glazed inside and out.", "32.00", (18, 9), weight_g=1450, size=(260, 260, 105), sale="26.90",
    ),
    Product(
        "LD-GLASS-4", "Water glasses Jelka, set of 4", GLASSES, "Steklarna Jelka", "glass", "glass",
        "Four tall glasses of recycled glass, 400 ml each.", "24.90", (40, 16), unit="set", weight_g=1280,
        size=(180, 180, 145),
        names=("Sklenice Jelka, sada 4 ks", "Szklanki Jelka, zestaw 4 szt.", "Jelka vizespoharak, 4 db",
               "Kozarci za vodo Jelka, komplet 4"),
    ),
    Product(
        "LD-CARAFE-1", "Carafe Jelka 1 l with cork", GLASSES, "Steklarna Jelka", "carafe", "glass",
        "Mouth-blown carafe with a stopper of cork oak.", "27.50", (22, 10), weight_g=690, size=(130, 130, 270),
    ),
    Product(
        "LD-PAN", "Forged steel frying pan Bled", POTS, "Kovnica Bled", "pan", "graphite",
        "Frying pan of forged carbon steel for every hob, induction too. Gets better with use.",
        options=("Diameter",), weight_g=1500, size=(430, 240, 60),
        variants=(
            Variant("20", ("20 cm",), "44.90", (16, 8)),
            Variant("24", ("24 cm",), "54.90", (21, 11)),
            Variant("28", ("28 cm",), "64.90", (12, 0)),
        ),
        names=("Kovaná pánev Bled", "Patelnia kuta Bled", "Bled kovácsolt serpenyő", "Kovana ponev Bled"),
    ),
    Product(
        "LD-POT-3", "Enamel pot Bled 3 l with lid", POTS, "Kovnica Bled", "pot", "red",
        "Enamelled steel pot that keeps no smell. For all hobs and the oven.", "49.00", (17, 7), weight_g=1900,
        size=(300, 220, 170), sale="39.00",
        names=("Smaltovaný hrnec Bled 3 l s poklicí", "Garnek emaliowany Bled 3 l z pokrywką", "Bled zománcos lábas 3 l fedővel",
               "Emajlirana posoda Bled 3 l s pokrovom"),
    ),
    Product(
        "LD-POT-5", "Enamel pot Bled 5 l with lid", POTS, "Kovnica Bled", "pot", "navy",
        "The large one for soup and preserves. For all hobs and the oven.", "62.00", (9, 4), weight_g=2600,
        size=(350, 260, 200),
    ),
    Product(
        "LD-KNIFE-20", "Chef's knife Bled 20 cm", KNIVES, "Kovnica Bled", "knife", "walnut",
        "Blade of forged stainless steel, handle of walnut.", "79.00", (11, 5), weight_g=220, size=(335, 48, 24),
        names=("Kuchařský nůž Bled 20 cm", "Nóż szefa kuchni Bled 20 cm", "Bled szakácskés 20 cm", "Kuharski nož Bled 20 cm"),
    ),
    Product(
        "LD-KNIFE-9", "Paring knife Bled 9 cm", KNIVES, "Kovnica Bled", "knife", "oak",
        "For peeling and small work. Blade of forged stainless steel.", "29.00", (26, 14), weight_g=80, size=(200, 26, 18),
    ),
    Product(
        "LD-BOARD", "Chopping board Pohorje", KNIVES, "Lesarna Pohorje", "board", "oak",
        "Solid board from one piece of wood, oiled with linseed oil.", options=("Wood",), weight_g=1350,
        size=(400, 250, 22),
        variants=(
            Variant("OAK", ("Oak",), "34.90", (28, 13), "oak"),
            Variant("WAL", ("Walnut",), "44.90", (10, 6), "walnut"),
        ),
    ),
    Product(
        "LD-APRON", "Linen apron Drava", LINEN, "Tkalnica Drava", "apron", "sand",
        "Washed linen apron with a large pocket. One size, long ties.", options=("Colour",), weight_g=290,
        size=(300, 220, 30),
        variants=(
            Variant("SND", ("Sand",), "36.00", (19, 9), "sand"),
            Variant("GRN", ("Green",), "36.00", (14, 3), "green"),
            Variant("GRA", ("Graphite",), "36.00", (0, 7), "graphite"),
        ),
        names=("Lněná zástěra Drava", "Fartuch lniany Drava", "Drava lenkötény", "Lanen predpasnik Drava"),
    ),
    Product(
        "LD-TOWEL", "Terry towel Drava", TOWELS, "Tkalnica Drava", "towel", "blue",
        "Thick terry of combed cotton, 550 g/m².", options=("Size", "Colour"), weight_g=480, size=(300, 200, 60),
        variants=(
            Variant("50-BLU", ("50 × 100 cm", "Blue"), "12.50", (60, 28), "blue"),
            Variant("50-HON", ("50 × 100 cm", "Honey"), "12.50", (44, 20), "honey"),
            Variant("70-BLU", ("70 × 140 cm", "Blue"), "24.50", (38, 15), "blue"),
            Variant("70-HON", ("70 × 140 cm", "Honey"), "24.50", (31, 0), "honey"),
        ),
        names=("Froté ručník Drava", "Ręcznik frotte Drava", "Drava frottír törölköző", "Frotirna brisača Drava"),
    ),
    Product(
        "LD-ROBE", "Waffle bathrobe Drava", ROBES, "Tkalnica Drava", "bathrobe", "grey",
        "Light bathrobe of waffle cotton with two pockets.", options=("Size",), weight_g=760, size=(350, 280, 70),
        variants=(
            Variant("S", ("S",), "69.00", (8, 3)),
            Variant("M", ("M",), "69.00", (15, 6)),
            Variant("L", ("L",), "69.00", (13, 5)),
            Variant("XL", ("XL",), "74.00", (6, 2)),
        ),
        names=("Vaflový župan Drava", "Szlafrok waflowy Drava", "Drava gofri köntös", "Vafljast kopalni plašč Drava"),
    ),
    Product(
        "LD-SLIP", "Felt slippers Lipa", ROBES, "Lipa Dom", "slippers", "plum",
        "House slippers of wool felt with a sole that does not slip.", options=("Size",), unit="pair", weight_g=340,
        size=(290, 200, 90),
        variants=(
            Variant("37", ("37–38",), "29.90", (14, 7)),
            Variant("39", ("39–40",), "29.90", (18, 8)),
            Variant("41", ("41–42",), "29.90", (16, 4)),
        ),
        names=("Plstěné pantofle Lipa", "Kapcie filcowe Lipa", "Lipa filcpapucs", "Copati iz filca Lipa"),
    ),
    Product(
        "LD-BED-140", "Bed linen Drava 140 × 200 cm", BEDS, "Tkalnica Drava", "bed", "mint",
        "Duvet cover and pillowcase of percale cotton, with buttons.", "59.00", (20, 9), unit="set", weight_g=1100,
        size=(380, 300, 50), sale="47.00", more=("rose",),
        names=("Povlečení Drava 140 × 200 cm", "Pościel Drava 140 × 200 cm", "Drava ágynemű 140 × 200 cm",
               "Posteljnina Drava 140 × 200 cm"),
    ),
    Product(
        "LD-BED-200", "Bed linen Drava 200 × 200 cm", BEDS, "Tkalnica Drava", "bed", "navy",
        "Large duvet cover and two pillowcases of percale cotton.", "84.00", (11, 5), unit="set", weight_g=1750,
        size=(400, 320, 70),
    ),
    Product(
        "LD-CUSH-45", "Cushion Drava 45 × 45 cm", CUSHIONS, "Tkalnica Drava", "cushion", "honey",
        "Woven cotton cover with a removable filling.", "26.90", (33, 18), weight_g=650, size=(450, 450, 130),
        also=("Living", "Decoration"),
    ),
    Product(
        "LD-BLANKET", "Wool blanket Pohorje 130 × 180 cm", CUSHIONS, "Tkalnica Drava", "blanket", "red",
        "Soft blanket of new wool, woven in Maribor.", "89.00", (12, 6), weight_g=1300, size=(400, 300, 90), sale="74.00",
        names=("Vlněná deka Pohorje 130 × 180 cm", "Koc wełniany Pohorje 130 × 180 cm", "Pohorje gyapjútakaró 130 × 180 cm",
               "Volnena odeja Pohorje 130 × 180 cm"),
    ),
    Product(
        "LD-LAMP-1", "Table lamp Lipa", LAMPS, "Lipa Dom", "lamp", "cream",
        "Table lamp with a linen shade and a brass foot. E27, up to 40 W, bulb not included.", "94.00", (8, 4),
        weight_g=1800, size=(300, 300, 480),
        names=("Stolní lampa Lipa", "Lampa stołowa Lipa", "Lipa asztali lámpa", "Namizna svetilka Lipa"),
    ),
    Product(
        "LD-CANDLE", "Scented candle Lipa 220 g", CANDLES, "Lipa Dom", "candle", "green",
        "Soy wax in a glass, burns for about 40 hours.", options=("Scent",), weight_g=420, size=(85, 85, 100),
        variants=(
            Variant("PIN", ("Pine",), "18.90", (45, 20), "green"),
            Variant("LIN", ("Linden blossom",), "18.90", (52, 25), "honey"),
            Variant("PLU", ("Plum",), "18.90", (27, 2), "plum"),
        ),
    ),
    Product(
        "LD-VASE-25", "Vase Sava 25 cm", VASES, "Lončarija Sava", "vase", "navy",
        "Thrown by hand; no two are quite alike.", "42.00", (13, 7), weight_g=1150, size=(160, 160, 250), sale="34.00",
    ),
    Product(
        "LD-PLANTER-18", "Planter Sava 18 cm", VASES, "Lončarija Sava", "planter", "terracotta",
        "Terracotta planter with a saucer. The plant is not included.", "19.90", (40, 24), weight_g=1350, size=(180, 180, 170),
    ),
    Product(
        "LD-CLOCK-30", "Wall clock Pohorje 30 cm", CLOCKS, "Lesarna Pohorje", "clock", "oak",
        "Silent movement in a ring of oak. One AA battery, not included.", "54.00", (9, 5), weight_g=900, size=(300, 300, 45),
    ),
    Product(
        "LD-FRAME-A4", "Picture frame Pohorje A4", CLOCKS, "Lesarna Pohorje", "frame", "walnut",
        "Solid wood with real glass, to hang or to stand.", "22.90", (36, 16), weight_g=640, size=(340, 250, 20),
    ),
    Product(
        "LD-BASKET", "Willow basket Pohorje", STORAGE, "Lesarna Pohorje", "basket", "oak",
        "Woven of peeled willow, with a firm handle.", "38.00", (15, 9), weight_g=850, size=(400, 300, 350),
    ),
    Product(
        "LD-SOAP", "Olive oil soap 100 g", ("Textiles", "Bathroom"), "Lipa Dom", "soap", "mint",
        "Cold-stirred soap with olive oil and lavender.", "5.90", (140, 75), weight_g=105, size=(85, 55, 30),
    ),
    Product(
        "LD-HONEY-LIN", "Linden honey 450 g", HONEY, "Čebelarstvo Hočevar", "jar", "honey",
        "Clear, fresh linden honey from Lower Carniola. Origin: Slovenia.", "9.80", (85, 40), unit="jar", vat="9.5",
        weight_g=720, size=(85, 85, 110),
        names=("Lipový med 450 g", "Miód lipowy 450 g", "Hársméz 450 g", "Lipov med 450 g"),
    ),
    Product(
        "LD-HONEY-CHE", "Chestnut honey 450 g", HONEY, "Čebelarstvo Hočevar", "jar", "walnut",
        "Dark and slightly bitter, from chestnut woods. Origin: Slovenia.", "10.40", (62, 31), unit="jar", vat="9.5",
        weight_g=720, size=(85, 85, 110),
    ),
    Product(
        "LD-OIL-500", "Olive oil Istra 500 ml", HONEY, "Lipa Dom", "bottle", "green",
        "Extra virgin olive oil from Slovenian Istria.", "16.90", (48, 20), unit="bottle", vat="9.5", weight_g=950,
        size=(65, 65, 270),
    ),
    Product(
        "LD-TEA-ALP", "Alpine herbal tea 80 g", TEA, "Lipa Dom", "tea", "green",
        "Mint, linden blossom, elder and thyme in a tin.", "8.90", (70, 36), vat="9.5", weight_g=180, size=(80, 80, 120),
    ),
    Product(
        "LD-COFFEE-250", "Coffee Lipa, whole beans 250 g", TEA, "Lipa Dom", "coffee", "navy",
        "Arabica from Ethiopia and Peru, roasted in Ljubljana each week.", "9.40", (90, 55), unit="bag", vat="9.5",
        weight_g=270, size=(90, 60, 190), sale="7.90",
    ),
    Product(
        "LD-BOOK-KITCHEN", "Book: The Kitchen under the Linden", BOOKS, "Založba Lipov list", "book", "terracotta",
        "Ninety recipes from Slovenian homes. Hardcover, 224 pages, in English.", "28.00", (34, 12), vat="5", weight_g=890,
        size=(240, 180, 24), also=("Kitchen",),
    ),
    Product(
        "LD-WRAP", "Gift wrapping", WRAPPING, "Lipa Dom", "gift", "red",
        "We wrap the article in paper with a ribbon and add your card.", "3.50", service=True,
    ),
)  # fmt: skip


def ean_of(number: int) -> str:
    """The firm's own EAN-13 with this running number."""
    body = f"383009912{number:03d}"
    return body + ean.calc_check_digit(body)


SETS: tuple[Bundle, ...] = (
    Bundle(
        "LD-SET-TEA", "Gift set: tea for two", "Teapot Sava, two blue mugs and a tin of Alpine herbal tea, in a box.",
        "69.00", (("LD-TEAPOT-12", 1), ("LD-MUG-BLU", 2), ("LD-TEA-ALP", 1)), "teapot", "blue", ean_of(901),
    ),
    Bundle(
        "LD-SET-HONEY", "Gift set: two honeys", "Linden honey and chestnut honey, side by side.",
        "18.90", (("LD-HONEY-LIN", 1), ("LD-HONEY-CHE", 1)), "jar", "honey", ean_of(902),
    ),
)  # fmt: skip
