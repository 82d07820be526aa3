"""Taking bytes of an unknown hand for a text or a document, without being led by them: sizes, packing, encodings, XML."""

from __future__ import annotations

import io
import zipfile
import zlib
from typing import Final
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring
from django.utils.translation import gettext as _

from backoffice.lib.errors import Refused

LARGEST: Final = 20 * 2**20
MOST_RATIO: Final = 100
DEEPEST: Final = 60
# Expat's numbers for a document that ends too early (XML_ERROR_NO_ELEMENTS, _UNCLOSED_TOKEN, _PARTIAL_CHAR, ...).
_CUT: Final = frozenset({3, 5, 6, 20})


class CutShort(Refused):
    """The file ends before its content does: it may still be growing."""


def unpacked(content: bytes) -> bytes:
    """The content of a .gz or .zip with one file in it; anything else comes back as it is. Raises Refused."""
    if content[:2] == b"\x1f\x8b":
        return _gunzipped(content)
    if content[:4] == b"PK\x03\x04":
        return _unzipped(content)
    return content


def _gunzipped(content: bytes) -> bytes:
    unpacker = zlib.decompressobj(wbits=31)
    try:
        found = unpacker.decompress(content, LARGEST + 1)
    except zlib.error as error:
        raise refuse("gzip", _("The packed file is damaged."), str(error)) from error
    if len(found) > LARGEST:
        raise too_large()
    if not unpacker.eof:
        raise CutShort(_("The packed file ends too early."), cure=again(), key="cut")
    return found


def _unzipped(content: bytes) -> bytes:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = [member for member in archive.infolist() if not member.is_dir()]
            if len(members) != 1:
                raise refuse("zip", _("A packed order file must hold exactly one file."))
            member = members[0]
            if member.file_size > LARGEST or member.file_size > MOST_RATIO * max(member.compress_size, 1024):
                raise too_large()
            # The sizes in the archive may be lies: no more than allowed is unpacked, whatever they say.
            with archive.open(member) as file:
                found = file.read(LARGEST + 1)
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError, zlib.error, OSError) as error:
        raise refuse("zip", _("The packed file is damaged or locked with a password."), str(error)) from error
    if len(found) > LARGEST:
        raise too_large()
    return found


def document(content: bytes) -> Element:
    """The root of an XML document. Raises Refused; CutShort when it ends too early.

    No document type is accepted, so no entities: neither bombs nor files of this host can be read by it.
    """
    if len(content) > LARGEST:
        raise too_large()
    try:
        root: Element = fromstring(content, forbid_dtd=True)
    except DefusedXmlException as error:
        raise refuse(
            "dtd",
            _(
                "The file declares a document type or entities. Such files are refused, since they can be used for attacks."
            ),
            type(error).__name__,
        ) from error
    except ParseError as error:
        where = _("line %(line)d") % {"line": error.position[0]}
        if error.code in _CUT:
            raise CutShort(
                _("The XML ends too early (%(where)s).") % {"where": where},
                cure=again(),
                detail=str(error),
                key="cut",
            ) from error
        raise refuse("xml", _("This is no valid XML (%(where)s).") % {"where": where}, str(error)) from error
    except (ValueError, LookupError) as error:
        raise refuse(
            "encoding", _("The XML names an encoding that does not fit its content."), str(error)
        ) from error
    _check_depth(root)
    return root


def _check_depth(root: Element) -> None:
    level, depth = [root], 0
    while level:
        depth += 1
        if depth > DEEPEST:
            raise refuse("depth", _("The XML is nested deeper than any order is."))
        level = [child for element in level for child in element]


def text(content: bytes) -> str:
    """A CSV file as text: UTF-8, UTF-16 with its mark, else Windows-1250. Raises Refused for anything else."""
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        codecs: tuple[str, ...] = ("utf-16",)
    else:
        codecs = ("utf-8-sig", "cp1250")
    for codec in codecs:
        try:
            found = content.decode(codec)
        except UnicodeDecodeError:
            continue
        if "\0" in found:
            break
        return found
    raise refuse("encoding", _("The file is written neither in UTF-8 nor in Windows-1250."))


def refuse(key: str, sentence: str, detail: str = "") -> Refused:
    return Refused(sentence, cure=again(), detail=detail[:500], key=f"order_file:{key}")


def too_large() -> Refused:
    return Refused(
        _("The file is larger than %(size)d MB, packed or unpacked.") % {"size": LARGEST // 2**20},
        cure=_("Have the sender split it into several files."),
        key="order_file:too_large",
    )


def again() -> str:
    return _("Have the sender write the file anew, and put it into the folder for orders again.")
