"""What the XML feeds share: a streamed root, one element at a time, and the account of what had to be left out."""

from __future__ import annotations

import hashlib
import re
from abc import abstractmethod
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, BinaryIO, ClassVar

from lxml import etree

from backoffice.lib.errors import Conflict
from backoffice.lib.text import extract, strip_tags
from shops.files.cells import printable
from shops.files.feeds.settings import FeedSettings
from shops.files.schema import FileMeta, Sheet
from shops.files.writers import Row, Writer

Element = Any  # lxml's stubs know no public name for it


class XmlFeed(Writer):
    """A feed of one list of elements. A subclass gives the root and makes each element.

    `element` returns the element, or a sentence why this article cannot stand in the feed; those are counted
    in `left_out`, so that nothing is missing unseen.
    """

    extension: ClassVar[str] = "xml"
    content_type: ClassVar[str] = "application/xml"
    encoding: ClassVar[str] = "utf-8"
    root: ClassVar[str]
    namespaces: ClassVar[Mapping[str | None, str]] = {}
    named: ClassVar[int] = 5

    def __init__(self, target: BinaryIO, meta: FileMeta) -> None:
        super().__init__(target, meta)
        if meta.feed is None:
            raise ValueError("a feed needs its settings")
        self.settings: FeedSettings = meta.feed
        self.require()
        self._file = etree.xmlfile(target, encoding=self.encoding)
        self._xml = self._file.__enter__()
        self._xml.write_declaration()
        self._root = self._xml.element(self.root, self.attributes(), nsmap=dict(self.namespaces) or None)
        self._root.__enter__()
        self._xml.write("\n")
        self.begin()

    def require(self) -> None:
        """Before anything is written: raise Conflict when a setting is missing without which the feed is of no use."""

    def attributes(self) -> dict[str, str]:
        return {}

    def begin(self) -> None:
        """What stands before the first element."""

    def end(self) -> None:
        """What stands after the last element."""

    @abstractmethod
    def element(self, row: Row) -> Element | str: ...

    def section(self, sheet: Sheet) -> None:
        pass

    def write(self, row: Row) -> None:
        element = self.element(row)
        if isinstance(element, str):
            if element:
                self.leave_out(element, str(row["sku"]))
            return
        self._xml.write(element, "\n")

    def leave_out(self, why: str, sku: str) -> None:
        count, skus = self.left_out.get(why, (0, []))
        self.left_out[why] = (count + 1, skus if len(skus) >= self.named else [*skus, sku])

    def close(self) -> None:
        self.end()
        self._root.__exit__(None, None, None)
        self._file.__exit__(None, None, None)

    def abort(self) -> None:
        stopped = RuntimeError("stopped")  # tells lxml not to complain of open elements
        self._file.__exit__(type(stopped), stopped, None)


def add(parent: Element, name: str, text: object, limit: int = 0) -> Element:
    """A child with this text, without what XML cannot hold, shortened to `limit` characters. None = no child."""
    if text is None:
        return None
    child = etree.SubElement(parent, name)
    shown = printable(str(text))
    child.text = (shown[: limit - 1].rstrip() + "…" if limit and len(shown) > limit else shown) or None
    return child


def add_html(parent: Element, name: str, text: str | None) -> None:
    """A child with markup in CDATA; "]]>" inside of it is split."""
    if not text:
        return
    child = etree.SubElement(parent, name)
    shown = printable(text)
    # lxml refuses a CDATA section that would end early.
    child.text = shown if "]]>" in shown else etree.CDATA(shown)


def plain_text(html: str, limit: int) -> str:
    """What a person would read of a description, on one line."""
    return extract(strip_tags(printable(html)), limit)


def money(amount: Decimal) -> str:
    return f"{amount:.2f}"


def short_id(sku: str, longest: int) -> str:
    """A SKU as an id of letters, digits, "_" and "-", at most `longest`; another one than itself ends in its mark.

    The same SKU has the same id for ever, two SKUs never share one: the mark is a hash of the whole SKU.
    """
    if re.fullmatch(rf"[A-Za-z0-9_-]{{1,{longest}}}", sku):
        return sku
    mark = hashlib.sha256(sku.encode()).hexdigest()[:10]
    stem = re.sub(r"[^A-Za-z0-9_-]+", "-", sku)[: longest - 11].strip("-")
    return f"{stem}-{mark}" if stem else mark


def valid_gtin(ean: str) -> str:
    """The GTIN with a right check digit, "" for anything else: receivers refuse the whole article for a wrong one."""
    if not re.fullmatch(r"\d{8}|\d{12,14}", ean, re.ASCII):
        return ""
    digits = [int(digit) for digit in reversed(ean)]
    total = sum(digit * (3 if place % 2 else 1) for place, digit in enumerate(digits))
    return ean if total % 10 == 0 else ""


def missing_setting(sentence: str, cure: str, name: str) -> Conflict:
    return Conflict(sentence, cure=cure, key=f"feed_setting:{name}")
