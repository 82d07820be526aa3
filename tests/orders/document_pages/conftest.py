"""Who looks at documents, and the documents looked at."""

from __future__ import annotations

import pytest
from django.test import Client

from orders.models import Document
from orders.services.documents import close_document, draft_for_order
from tests.orders.document_pages.pages import ALL
from tests.orders.office import staff


@pytest.fixture(autouse=True)
def _files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def petra(db) -> Client:
    return staff(*ALL)


@pytest.fixture
def reader(db) -> Client:
    return staff("view_document", "view_order", username="reader")


@pytest.fixture
def draft(make_accepted, clerk) -> Document:
    return draft_for_order(make_accepted(email="maja@example.org").pk, "invoice", by=clerk)


@pytest.fixture
def invoice(draft, clerk) -> Document:
    return close_document(draft.pk, by=clerk)
