"""What the demo shop sold in the last two weeks, and how far each order has come: data only."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Fate(StrEnum):
    """How far an order has come. ON_ACCOUNT: sent, and the money has not come. WAITING: accepted, to be paid first."""

    NEW = "new"
    PARKED = "parked"
    CANCELLED = "cancelled"
    WAITING = "waiting"
    TO_PACK = "to_pack"
    TO_SHIP = "to_ship"
    DONE = "done"
    ON_ACCOUNT = "on_account"
    RETURNED = "returned"


@dataclass(frozen=True, slots=True)
class Sale:
    """ago: days; clock: hour and minute. buyer: place in people.CUSTOMERS. goods: (SKU, pieces). says: the customer's
    note, or why the order was set aside or cancelled."""

    ago: int
    clock: tuple[int, int]
    buyer: int
    goods: tuple[tuple[str, int], ...]
    payment: str
    shipping: str
    fate: Fate = Fate.DONE
    says: str = ""


CARD, BANK, COD = "Card", "Bank transfer", "Cash on delivery"
GLS, LOCKER, PICK_UP = "GLS home delivery", "Parcel locker", "Personal pick-up"

SALES: tuple[Sale, ...] = (
    Sale(13, (9, 12), 3, (("LD-PLATE-27", 24), ("LD-GLASS-4", 6)), BANK, GLS, Fate.ON_ACCOUNT),
    Sale(13, (17, 40), 0, (("LD-MUG-BLU", 4),), CARD, LOCKER),
    Sale(12, (8, 5), 5, (("LD-TEAPOT-12", 1), ("LD-TEA-ALP", 2)), CARD, GLS),
    Sale(12, (20, 31), 2, (("LD-KNIFE-20", 2), ("LD-BOARD-OAK", 1)), CARD, GLS),
    Sale(11, (12, 2), 6, (("LD-COFFEE-250", 12), ("LD-MUG-WHT", 6)), BANK, GLS),
    Sale(11, (21, 15), 11, (("LD-BLANKET", 1),), CARD, GLS, Fate.RETURNED),
    Sale(10, (7, 48), 1, (("LD-POT-5", 3), ("LD-OIL-500", 2)), CARD, GLS),
    Sale(10, (18, 22), 7, (("LD-BED-140", 2),), CARD, GLS),
    Sale(9, (10, 37), 4, (("LD-LAMP-1", 2), ("LD-CLOCK-30", 2)), BANK, GLS),
    Sale(9, (19, 3), 9, (("LD-HONEY-LIN", 2), ("LD-HONEY-CHE", 2)), CARD, LOCKER),
    Sale(8, (9, 55), 0, (("LD-CUSH-45", 2),), COD, GLS),
    Sale(8, (22, 10), 2, (("LD-SET-TEA", 1), ("LD-WRAP", 1)), CARD, GLS, says="It is a present, please no bill inside."),
    Sale(7, (11, 29), 10, (("LD-PLATE-20", 12), ("LD-BOWL-16", 12)), BANK, GLS),
    Sale(7, (15, 44), 5, (("LD-VASE-25", 1),), CARD, GLS),
    Sale(6, (8, 18), 11, (("LD-KNIFE-20", 3), ("LD-KNIFE-9", 2)), CARD, LOCKER),
    Sale(6, (13, 51), 8, (("LD-LAMP-1", 2),), BANK, GLS),
    Sale(5, (10, 6), 1, (("LD-COFFEE-250", 2), ("LD-BOOK-KITCHEN", 1)), CARD, LOCKER),
    Sale(5, (20, 47), 7, (("LD-PLANTER-18", 3),), CARD, GLS),
    Sale(4, (9, 33), 3, (("LD-SOAP", 60), ("LD-CANDLE-LIN", 6)), BANK, GLS, Fate.ON_ACCOUNT),
    Sale(4, (16, 12), 0, (("LD-BASKET", 1),), CARD, PICK_UP),
    Sale(4, (21, 5), 9, (("LD-FRAME-A4", 2),), CARD, LOCKER, Fate.CANCELLED, "The customer ordered twice by mistake."),
    Sale(3, (7, 59), 2, (("LD-CLOCK-30", 3),), CARD, GLS),
    Sale(3, (14, 20), 4, (("LD-BOWL-26", 2), ("LD-GLASS-4", 4)), BANK, GLS, Fate.WAITING),
    Sale(2, (11, 8), 5, (("LD-POT-3", 1),), CARD, GLS, Fate.TO_SHIP),
    Sale(2, (19, 36), 11, (("LD-SET-HONEY", 3), ("LD-WRAP", 3)), CARD, LOCKER, Fate.TO_SHIP),
    Sale(1, (8, 41), 1, (("LD-POT-5", 2),), CARD, GLS, Fate.TO_SHIP, "Please ring at the neighbour's."),
    Sale(1, (12, 27), 7, (("LD-MUG-GRN", 6),), CARD, GLS, Fate.TO_PACK),
    Sale(1, (16, 53), 6, (("LD-PAN-28", 2), ("LD-KNIFE-20", 2)), BANK, GLS, Fate.WAITING),
    Sale(1, (20, 14), 0, (("LD-BED-200", 1), ("LD-CUSH-45", 2)), CARD, GLS, Fate.TO_PACK),
    Sale(1, (22, 2), 9, (("LD-BLANKET", 1),), CARD, GLS, Fate.PARKED, "The customer asked us to wait until Friday."),
    Sale(0, (7, 21), 2, (("LD-TEA-ALP", 3), ("LD-HONEY-LIN", 1)), CARD, LOCKER, Fate.TO_PACK),
    Sale(0, (8, 2), 10, (("LD-GLASS-4", 10),), BANK, GLS, Fate.NEW),
    Sale(0, (8, 34), 11, (("LD-LAMP-1", 1),), CARD, GLS, Fate.NEW),
)  # fmt: skip
