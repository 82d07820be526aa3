"""Files that are too large are refused before they are read, with what to do."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile

from backoffice.tables.admin import TableForm
from backoffice.tables.formats import CsvTable
from backoffice.tables.resources import TableResource
from inventory.errors import BadImage
from inventory.models import Attachment, Company
from inventory.services import images
from tests.factories import make_article

MB = 2**20


class Unread(SimpleUploadedFile):
    """An upload that says how large it is and must not be read."""

    def __init__(self, name: str, size: int) -> None:
        super().__init__(name, b"x")
        self.size = size

    def read(self, *args: Any) -> bytes:
        raise AssertionError("it was read")

    chunks = read


@pytest.mark.django_db
def test_a_document_has_a_limit() -> None:
    article = make_article("MUG")
    document = Attachment(article=article, name="Manual", file=Unread("manual.pdf", 60 * MB))
    with pytest.raises(ValidationError) as caught:
        document.full_clean()
    [sentence] = caught.value.message_dict["file"]
    assert "larger than 50 MB" in sentence
    assert "choose it again" in sentence
    Attachment(article=article, name="Manual", file=Unread("manual.pdf", 50 * MB)).full_clean()


def test_the_logo_has_a_limit() -> None:
    with pytest.raises(ValidationError) as caught:
        Company(name="Kontor", logo=Unread("logo.png", 6 * MB)).clean()
    assert "larger than 5 MB" in caught.value.message_dict["logo"][0]
    Company(name="Kontor", logo=Unread("logo.png", 4 * MB)).clean()


def test_a_stored_file_is_not_looked_at_again() -> None:
    Company(name="Kontor", logo="company/long-ago.png").clean()


def test_a_table_is_refused_before_it_is_read() -> None:
    form = TableForm(
        [CsvTable], [TableResource], data={}, files={"import_file": Unread("table.csv", 51 * MB)}
    )
    assert "larger than 50 MB" in form.errors["import_file"][0]


def test_a_picture_is_measured_before_it_is_read() -> None:
    with pytest.raises(BadImage) as caught:
        images.check_bytes(21 * MB)
    assert "larger than 20 MB" in str(caught.value)
    images.check_bytes(20 * MB)
