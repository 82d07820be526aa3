"""What tests of documents begin with: a firm, its VAT rates, goods in a warehouse, an accepted order."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from django.contrib.auth.models import User

from inventory.models import Company
from inventory.services import stock
from orders.models import Order, SalesChannel
from orders.services.accept import AddressDraft, IntakeRules, LineDraft, accept_order
from tests.factories import make_article, make_company, make_vat_rate, make_warehouse
from tests.orders.drafts import draft, line

MAJA = AddressDraft(
    first_name="Maja", last_name="Zupan", street="Trg 1", postcode="1000", city="Ljubljana", country="SI"
)


@pytest.fixture
def company(db) -> Company:
    make_vat_rate("22")
    make_vat_rate("9.5")
    return make_company(
        street="Lipova 1",
        postcode="1000",
        city="Ljubljana",
        vat_id="SI15012557",
        bank_account="SI56 1910 0000 0123 438",
        bank_bic="LJBASI2X",
    )


@pytest.fixture
def clerk(db) -> User:
    return User.objects.create_superuser("clerk", password="x")


@pytest.fixture
def goods(db) -> None:
    """100 mugs and 100 cups in the one warehouse."""
    main = make_warehouse()
    for sku in ("MUG", "CUP"):
        stock.move([(make_article(sku).pk, main.pk, Decimal(100))], kind="receipt", cause="")


@pytest.fixture
def make_accepted(company, goods) -> Callable[..., Order]:
    """make_accepted(line("MUG"), number="7"): an order that the shop's rule accepted."""

    def made(*lines: LineDraft, number: str = "1", **fields: object) -> Order:
        lines = lines or (line("MUG", source_id="1"), line("CUP", "4.10", "0.902", source_id="2"))
        defaults = {"source_id": number, "number": number, "billing": MAJA}
        taken = accept_order(draft(*lines, **(defaults | fields)), rules=IntakeRules(accept=True))
        return taken.order

    return made


@pytest.fixture
def channel(db) -> SalesChannel:
    """Of the shop whose orders tests.orders.drafts makes."""
    return SalesChannel.objects.create(code="lipa")
