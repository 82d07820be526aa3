"""The vendors' schemas, which are not ours to ship: where they lie on this machine, or why a test is skipped."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from lxml import etree

_FOLDER = Path(
    os.environ.get("KONTOR_SPECS") or Path(__file__).resolve().parents[2] / "shared/platforms/specs"
)


def folder(name: str) -> Path:
    found = _FOLDER / name
    if not found.is_dir():
        pytest.skip(f"needs the schemas in {name}: set KONTOR_SPECS to the folder that has them")
    return found


class _Neighbours(etree.Resolver):
    """Takes a schemaLocation for the file of that name beside the schema; nothing is fetched from anywhere."""

    def __init__(self, place: Path) -> None:
        self.place = place

    def resolve(self, url: str, _public_id: str, context: object) -> object:
        found = self.place / url.rsplit("/", 1)[-1]
        return self.resolve_filename(str(found), context) if found.exists() else None


def schema(name: str, file: str) -> etree.XMLSchema:
    place = folder(name)
    parser = etree.XMLParser()
    parser.resolvers.add(_Neighbours(place))
    return etree.XMLSchema(etree.parse(str(place / file), parser))
