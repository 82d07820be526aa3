"""Sync attachments: mass deletion waits for a person."""

from __future__ import annotations

import pytest

from shops.models import Hold
from shops.services.plans import discard_hold, release_hold
from shops.services.runs import work_run
from tests.shops.delivery.mirror.pictures import hide, lying, mirror

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.requirement("S11", "E4")]


def test_mass_deletion_is_held_until_a_person_releases_it(catalogue, shop, ftp, run_job, many, admin_user):
    mirror(run_job)
    hide(many)
    ftp.commands.clear()
    run = mirror(run_job)
    assert run.state == "partly"
    assert ftp.commands["DELE"] == 0
    hold = Hold.objects.get(state="open")
    assert (hold.kind, hold.risk, hold.count, hold.base) == ("image", "delete", 30, 33)
    assert run.changes.filter(state="held", verb="delete_shop").count() == 30

    assert mirror(run_job).state == "partly"
    assert Hold.objects.filter(state="open").count() == 1
    hold = Hold.objects.get(state="open")
    many[0].active = True
    many[0].save()
    released = work_run(release_hold(hold, by=admin_user, reason="they are gone").pk)
    assert released.state == "done"
    assert (released.job, released.plan_id) == ("sync_attachments", hold.run_id)
    assert ftp.commands["DELE"] == 29
    assert "P00-1.jpg" in lying(ftp, "images")
    assert len(lying(ftp, "images")) == 4


def test_a_discarded_deletion_leaves_the_files_there(catalogue, shop, ftp, run_job, many, admin_user):
    mirror(run_job)
    hide(many)
    mirror(run_job)
    assert discard_hold(Hold.objects.get(state="open"), by=admin_user, reason="a mistake") == 30
    assert mirror(run_job).state == "done"
    assert ftp.commands["DELE"] == 0
    assert not Hold.objects.filter(state="open").exists()
    assert len(lying(ftp, "images")) == 33


def test_few_deletions_pass(catalogue, shop, ftp, run_job, many):
    mirror(run_job)
    hide(many[:3])
    assert mirror(run_job).state == "done"
    assert ftp.commands["DELE"] == 3
