"""One order file: unpack, recognise the format by the content, and read every order that can be read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from django.utils.translation import gettext as _

from backoffice.lib.errors import Refused
from shops.platforms.files.orders import kontor, pohoda, trust, ubl
from shops.platforms.files.orders.building import Meaning, incomplete
from shops.records import OrderRecord

__all__ = ["Meaning", "OrderFile", "read_orders"]


@dataclass(slots=True)
class OrderFile:
    """orders: what could be read. bad: (number, why) of the orders of the file that could not."""

    orders: list[OrderRecord] = field(default_factory=list)
    bad: list[tuple[str, Refused]] = field(default_factory=list)


def read_orders(name: str, content: bytes, meaning: Meaning) -> OrderFile:
    """name: for its extension, where the content alone does not tell. Raises Refused for a file of no use at all,
    CutShort when it ends too early."""
    content = trust.unpacked(content)
    if not content.strip():
        raise trust.CutShort(_("The file is empty."), cure=trust.again(), key="empty")
    found = OrderFile()
    numbers: set[str] = set()
    for number, order in _orders(name, content, meaning):
        if isinstance(order, Refused):
            found.bad.append((number, order))
        elif order.remote_id in numbers:
            twice = _("The order %(number)s stands in the file twice.") % {"number": order.number}
            found.bad.append((number, incomplete(twice, "twice")))
        else:
            numbers.add(order.remote_id)
            found.orders.append(order)
    if not found.orders and not found.bad:
        raise incomplete(_("There is no order in the file."), "no_order")
    return found


def _orders(name: str, content: bytes, meaning: Meaning) -> Iterator[tuple[str, OrderRecord | Refused]]:
    if _looks_like_xml(content):
        return _of_document(trust.document(content), meaning)
    if name.casefold().removesuffix(".gz").removesuffix(".zip").endswith((".xml", ".isdoc")):
        trust.document(content)  # says what is wrong with it
    return kontor.csv_orders(trust.text(content), meaning)


def _of_document(root: Element, meaning: Meaning) -> Iterator[tuple[str, OrderRecord | Refused]]:
    if root.tag == ubl.ROOT:
        return ubl.orders(root, meaning)
    if root.tag == f"{{{kontor.NAMESPACE}}}kontor-orders":
        return kontor.xml_orders(root, meaning)
    if pohoda.is_pohoda(root):
        return pohoda.orders(root, meaning)
    raise incomplete(
        _("The file begins with <%(name)s>, which is no order file that Kontor knows.")
        % {"name": root.tag.rpartition("}")[2][:60]},
        "unknown_format",
        cure=_("Kontor reads its own XML and CSV, UBL 2.1 orders, and orders of POHODA."),
    )


def _looks_like_xml(content: bytes) -> bool:
    start = content[:200].lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n\0")
    return start[:1] == b"<"
