"""Sync attachments: names, settings, the story that changes tell."""

from __future__ import annotations

import pytest

from backoffice.lib.errors import Conflict
from shops.files.mirror.names import path_of
from shops.files.mirror.pictures import smaller
from shops.files.mirror.settings import parse
from shops.models import Change
from tests.shops.delivery.mirror.pictures import mirror, picture

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.requirement("S11", "E4")]


def test_names_that_are_safe_on_every_server():
    def name(pattern, **values):
        return path_of("images", pattern, values, ".jpg")

    assert name("{sku}-{position}", sku="MUG", position="1") == "images/MUG-1.jpg"
    assert name("{sku}-{position}", sku="../../etc/passwd", position="1") == "images/etc-passwd-1.jpg"
    assert name("{sku}", sku="Žluťoučký kůň") == "images/Zlutoucky-kun.jpg"
    assert name("{sku}", sku="CON") == "images/CON.jpg" or name("{sku}", sku="CON") == "images/x-CON.jpg"
    assert name("{sku}/{name}", sku="...", name="a\r\nDELE b") == "images/x/a-DELE-b.jpg"
    assert len(name("{sku}", sku="x" * 500)) < 120


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("image_name", "{sku}"),
        ("image_name", "{position}"),
        ("image_name", "{sku}-{position}-{nonsense}"),
        ("image_name", "../{sku}-{position}"),
        ("image_name", "/{sku}-{position}"),
        ("document_name", "{sku}-{position}"),
        ("image_folder", "../images"),
        ("image_folder", "CON"),
        ("image_pixels", "7"),
        ("image_pixels", "many"),
    ],
)
def test_settings_that_cannot_be_meant_are_named(field, value):
    with pytest.raises(Conflict) as caught:
        parse({field: value})
    assert caught.value.key == f"mirror_setting:{field}"


def test_what_cannot_be_made_smaller_comes_back_as_it_is():
    assert smaller(b"not a picture", 100) == b"not a picture"
    assert smaller(picture(1), 100) == picture(1)
    large = picture(1, size=(500, 400))
    assert smaller(large, 100) == smaller(large, 100) != large


def test_changes_tell_the_story(catalogue, shop, ftp, run_job):
    run = mirror(run_job)
    assert Change.objects.filter(run=run, state="done").count() == 4
    assert "3 files are on the server" in " ".join(run.messages.values_list("text", flat=True))
