"""A shop whose images and documents are mirrored on a server."""

from __future__ import annotations

import pytest
from django.core.files.base import ContentFile

from inventory.models import ArticleImage, Attachment
from inventory.services.images import add_image
from tests import factories as make
from tests.shops.delivery.mirror.pictures import picture


@pytest.fixture
def shop(catalogue):
    """The catalogue without its pictures; MUG-1 has two, SHIRT one, and MUG-1 has a manual."""
    ArticleImage.objects.all().delete()
    add_image(catalogue.mug, picture(1), name="front.jpg")
    add_image(catalogue.mug, picture(2), name="back.jpg")
    add_image(catalogue.shirt, picture(3, kind="PNG"), name="shirt.png")
    manual = Attachment(article=catalogue.mug, name="Návod k použití.pdf", language="cs")
    manual.file.save("manual.pdf", ContentFile(b"%PDF-1.4 manual"))
    catalogue.shop.folder = ""
    return catalogue.shop


# The brake


@pytest.fixture
def many(catalogue, shop):
    """Thirty more articles with a picture each."""
    articles = []
    for number in range(30):
        article = make.make_article(f"P{number:02}")
        add_image(article, picture(1000 + number), name="p.jpg")
        articles.append(article)
    return articles
