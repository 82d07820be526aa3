"""Number series and e-mail texts."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from orders.models import MailTemplate
from tests.orders.office import staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def accountant(db) -> Client:
    rights = [
        f"{verb}_{model}"
        for model in ("numberseries", "mailtemplate")
        for verb in ("view", "add", "change", "delete")
    ]
    return staff(*rights, username="accountant")


def test_a_series_shows_its_next_number_and_is_kept_once_used(accountant, invoice):
    page = accountant.get("/orders/numberseries/").content.decode()
    assert f"{timezone.localdate().year}-00002" in page
    assert accountant.get(f"/orders/numberseries/{invoice.series_id}/delete/").status_code == 403


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("FV-{N}", "Write the year as"),
        ("{YYYY}-{X}{N}", "Write the year as"),
        ("{YYYY}-{N}", "Choose another pattern"),
    ],
)
def test_a_pattern_that_would_double_numbers_is_refused(accountant, pattern, message):
    answer = accountant.post(
        "/orders/numberseries/add/",
        {"name": "Second", "kind": "invoice", "pattern": pattern, "digits": "5", "active": "on"},
    )
    assert message in answer.content.decode()


def test_a_text_is_checked_on_saving_and_previewed(accountant):
    text = MailTemplate.objects.get(kind="invoice", language="en")
    page = f"/orders/mailtemplate/{text.pk}/change/"
    assert (
        "Invoice 2026-00123".replace("2026", str(timezone.localdate().year))
        in accountant.get(page).content.decode()
    )
    data = {"kind": "invoice", "language": "en", "subject": "No. {number}", "body": "Dear {customer.pk}"}
    assert "There is no placeholder “{customer.pk}”" in accountant.post(page, data).content.decode()
    text.refresh_from_db()
    assert text.subject == "Invoice {number}"
    assert accountant.post(page, data | {"body": "Dear {customer}"}).status_code == 302
    assert "Dear Anna Nowak" in accountant.get(page).content.decode()
