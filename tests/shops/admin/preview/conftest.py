"""A finished preview, with what it plans."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from shops.models import Run, Step
from shops.services.plans import rules_print
from tests.factories import make_run
from tests.shops.admin.preview.plans import add


@pytest.fixture
def plan(shop) -> Run:
    """Ten planned changes: 4 creates and 2 updates into the shop, 3 deletions there, 1 create here; 2 not possible."""
    run = make_run(
        shop,
        mode="preview",
        state="partly",
        finished_at=timezone.now() - timedelta(minutes=5),
        options={"rules": rules_print(shop)},
    )
    for position, (kind, equal) in enumerate((("article", 1143), ("image", 3903)), start=1):
        Step.objects.create(
            run=run, kind=kind, position=position, state="done", phase="finished", equal=equal
        )
    for number in range(4):
        add(run, verb="create_shop", key=f"NEW-{number}", name=f"Vase {number}")
    add(run, key="MUG-1", fields={"name": ["Old mug", "=cmd|' /C calc'!A0"]}, why="changed here")
    add(run, key="MUG-2", fields={"name": ["a", "b"], "ean": ["", "1"]}, conflict=True)
    for number in range(3):
        add(run, kind="image", verb="delete_shop", name=f"old-{number}.jpg", remote_id=str(number))
    add(run, verb="create_here", key="HERE-1")
    for number in range(2):
        add(
            run, verb="create_shop", key=f"BOOK-{number}", state="not_possible", message="No VAT rate of 5 %."
        )
    return run
