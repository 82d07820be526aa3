"""Sync attachments: servers that break, workers that die."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.utils import timezone

from backoffice.lib.points import listen
from inventory.services.images import add_image
from shops.models import MirrorFile, Problem, Run
from shops.services.runs import start_run, work_run
from shops.sync.slices import work_slice
from tests.shops.delivery.killing import Killed
from tests.shops.delivery.mirror.pictures import lying, mirror, picture, work_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.requirement("S11", "E4")]


def test_several_connections_and_a_server_that_bears_only_one(catalogue, shop, ftp, run_job, many):
    shop.options["transfer_connections"] = "4"
    shop.save()
    ftp._server.max_cons = 3  # its own and two logins
    run = mirror(run_job)
    assert run.state == "done"
    assert len(lying(ftp, "images")) == 33


def test_a_cut_in_the_middle_goes_on(catalogue, shop, ftp, run_job, many):
    ftp.faults.cut_after, ftp.faults.cuts = 1, 3
    run = mirror(run_job)
    assert run.state == "done"
    assert len(lying(ftp, "images")) == 33
    assert all(content.startswith((b"\xff\xd8", b"\x89PNG")) for content in lying(ftp, "images").values())


def test_a_server_without_space_says_so_and_the_next_run_goes_on(catalogue, shop, ftp, run_job):
    ftp.faults.refuse = {"STOR": "452 Insufficient storage space in system."}
    run = run_job("sync_attachments")
    assert run.state == "failed"
    assert "no space left" in run.steps.get(kind="image").message
    ftp.faults.refuse = {}
    assert mirror(run_job).state == "done"
    assert len(lying(ftp, "images")) == 3


def test_a_picture_that_is_missing_here_is_one_cause_and_keeps_no_other(catalogue, shop, ftp, run_job):
    image = catalogue.mug.images.first()
    image.file.storage.delete(image.file.name)
    run = mirror(run_job)
    assert run.state == "partly"
    assert set(lying(ftp, "images")) == {"MUG-1-2.jpg", "SHIRT-1.png"}
    assert "missing in Kontor's own storage" in Problem.objects.get(kind="image").message
    image.file.storage.save(image.file.name, ContentFile(picture(1)))
    assert mirror(run_job).state == "done"
    assert Problem.objects.get(kind="image").state == "cured"


POINTS = (
    "mirror.wanted",
    "mirror.looked",
    "mirror.phase",
    "mirror.reserved",
    "mirror.answered",
    "mirror.settled",
)


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("moment", [1, 2])
def test_a_worker_that_dies_anywhere_ends_in_the_same_place(catalogue, shop, ftp, run_job, point, moment):
    add_image(catalogue.gone, picture(4), name="gone.jpg")
    mirror(run_job)
    # One is renamed, one replaced, one new, one deleted.
    catalogue.gone.sku = "RENAMED"
    catalogue.gone.save()
    catalogue.shirt.images.all().delete()
    catalogue.mug.images.get(name="back.jpg").delete()
    add_image(catalogue.mug, picture(8), name="new.jpg", position=1)
    add_image(catalogue.large, picture(6), name="large.jpg")
    run = start_run(shop, "sync_attachments")
    passed_before = []

    def die(passed):
        if passed == point:
            passed_before.append(passed)
            if len(passed_before) == moment:
                listen(None)
                raise Killed

    listen(die)
    try:
        try:
            work_slice(run.pk)
        except Killed:
            Run.objects.filter(pk=run.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    finally:
        listen(None)
    assert passed_before, "the point was never passed"
    run = work_run(run.pk)
    assert run.state == "done", list(run.changes.exclude(state="done").values())
    assert lying(ftp, "images") == {
        "MUG-1-1.jpg": picture(1),
        "MUG-1-2.jpg": picture(8),
        "RENAMED-1.jpg": picture(4),
        "SHIRT-L-1.jpg": picture(6),
    }
    assert MirrorFile.objects.count() == MirrorFile.objects.there().count() == 5
    ftp.commands.clear()
    mirror(run_job)
    assert work_of(ftp) == {}


def test_a_person_can_stop_it_and_the_next_run_goes_on(catalogue, shop, ftp, run_job, many, monkeypatch):
    monkeypatch.setattr("shops.files.mirror.work.BATCH", 2)
    run = start_run(shop, "sync_attachments")

    def stop(passed):
        if passed == "mirror.settled":
            Run.objects.filter(pk=run.pk).update(cancel_asked_at=timezone.now())

    listen(stop)
    try:
        assert work_run(run.pk).state == "cancelled"
    finally:
        listen(None)
    assert 0 < len(lying(ftp, "images")) < 33
    mirror(run_job)
    assert len(lying(ftp, "images")) == 33
