"""Feeds written, and read back by another parser than wrote them."""

from __future__ import annotations

import io
from xml.etree import ElementTree

from shops.files.formats import format_of
from shops.files.rows import file_meta
from tests import factories as make

G = "{http://base.google.com/ns/1.0}"
POHODA = "http://www.stormware.cz/schema/version_2/"


def write(shop, key):
    """(content, writer) of one format."""
    spec = format_of(key)
    target = io.BytesIO()
    run = make.make_run(shop, spec.job, mode="file", lane="files")
    with spec.writer(target, file_meta(run)) as writer:
        for section in spec.sections(shop):
            writer.section(section.sheet)
            for chunk in section.chunks(shop):
                for row in chunk:
                    writer.write(row)
    return target.getvalue(), writer


def read(content):
    """By expat, which is not what wrote it."""
    return ElementTree.fromstring(content)


def texts(element):
    return {child.tag: child.text for child in element}
