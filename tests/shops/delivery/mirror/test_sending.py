"""Sync attachments (E4): images and documents of the shop's articles on its server, and nothing more than changed."""

from __future__ import annotations

import io
import re

import pytest
from PIL import Image

from backoffice.lib.errors import Conflict
from inventory.services.images import add_image
from shops.models import MirrorFile, Problem
from shops.services.runs import start_run, work_run
from tests import factories as make
from tests.shops.delivery.mirror.pictures import lying, mirror, picture, work_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.requirement("S11", "E4")]


def test_the_first_time_everything_goes_there(catalogue, shop, ftp, run_job):
    run = mirror(run_job)
    assert (run.state, run.lane) == ("done", "files")
    assert set(lying(ftp, "images")) == {"MUG-1-1.jpg", "MUG-1-2.jpg", "SHIRT-1.png"}
    assert lying(ftp, "images")["MUG-1-1.jpg"] == picture(1)
    assert lying(ftp, "documents") == {"MUG-1-Navod-k-pouziti.pdf": b"%PDF-1.4 manual"}
    steps = {step.kind: step for step in run.steps.all()}
    assert (steps["image"].read, steps["image"].shop) == (3, 3)
    assert steps["attachment"].message == "1 file is on the server, 1 changed there"
    change = run.changes.get(key="images/MUG-1-1.jpg")
    assert (change.verb, change.state, change.name) == ("create_shop", "done", "MUG-1")


def test_unchanged_files_cost_one_listing_for_each_folder_and_no_transfer(catalogue, shop, ftp, run_job):
    mirror(run_job)
    ftp.commands.clear()
    run = mirror(run_job)
    assert ftp.commands["MLSD"] == 2
    assert work_of(ftp) == {}
    assert run.changes.count() == 0
    assert run.steps.get(kind="image").message == "3 files are on the server, nothing to change"


def test_only_what_changed_is_sent(catalogue, shop, ftp, run_job):
    mirror(run_job)
    catalogue.mug.images.get(name="front.jpg").delete()
    add_image(catalogue.mug, picture(9), name="new.jpg", position=0)
    ftp.commands.clear()
    run = mirror(run_job)
    assert work_of(ftp) == {"STOR": 1, "RNTO": 1}
    assert lying(ftp, "images")["MUG-1-1.jpg"] == picture(9)
    assert run.changes.get().verb == "update_shop"


def test_what_somebody_deleted_or_broke_on_the_server_is_sent_again(catalogue, shop, ftp, run_job):
    mirror(run_job)
    (ftp.home / "images" / "MUG-1-1.jpg").unlink()
    (ftp.home / "images" / "MUG-1-2.jpg").write_bytes(b"half")
    mirror(run_job)
    assert lying(ftp, "images")["MUG-1-1.jpg"] == picture(1)
    assert lying(ftp, "images")["MUG-1-2.jpg"] == picture(2)


def test_a_new_name_is_a_rename_on_the_server(catalogue, shop, ftp, run_job):
    mirror(run_job)
    catalogue.mug.sku = "CUP"
    catalogue.mug.save()
    ftp.commands.clear()
    run = mirror(run_job)
    assert work_of(ftp) == {"RNTO": 3}
    assert set(lying(ftp, "images")) == {"CUP-1.jpg", "CUP-2.jpg", "SHIRT-1.png"}
    change = run.changes.get(key="images/CUP-1.jpg")
    assert (change.verb, change.fields) == (
        "update_shop",
        {"path": ["images/MUG-1-1.jpg", "images/CUP-1.jpg"]},
    )
    assert MirrorFile.objects.count() == 4


def test_or_it_is_sent_anew_if_the_shop_wants_it_so(catalogue, shop, ftp, run_job):
    shop.options["mirror_renamed"] = "anew"
    shop.save()
    mirror(run_job)
    catalogue.mug.sku = "CUP"
    catalogue.mug.save()
    ftp.commands.clear()
    mirror(run_job)
    assert work_of(ftp) == {"STOR": 3, "RNTO": 3, "DELE": 3}


@pytest.mark.parametrize(("rule", "left"), [("delete", set()), ("keep", {"SHIRT-1.png"})])
def test_what_is_no_longer_wanted(catalogue, shop, ftp, run_job, rule, left):
    shop.options["mirror_gone"] = rule
    shop.save()
    mirror(run_job)
    catalogue.shirt.active = False
    catalogue.shirt.save()
    mirror(run_job)
    assert set(lying(ftp, "images")) - {"MUG-1-1.jpg", "MUG-1-2.jpg"} == left
    catalogue.shirt.active = True
    catalogue.shirt.save()
    ftp.commands.clear()
    mirror(run_job)
    assert ftp.commands["STOR"] == (0 if left else 1)


def test_files_of_another_hand_are_never_deleted_and_not_replaced_unasked(catalogue, shop, ftp, run_job):
    (ftp.home / "images").mkdir()
    (ftp.home / "images" / "MUG-1-1.jpg").write_bytes(b"theirs")
    (ftp.home / "images" / "logo.png").write_bytes(b"theirs too")
    run = mirror(run_job)
    assert run.state == "partly"
    assert lying(ftp, "images")["MUG-1-1.jpg"] == b"theirs"
    problem = Problem.objects.get(kind="image")
    assert "Kontor has not sent it" in problem.message
    assert problem.count == 1

    shop.options["mirror_foreign"] = "replace"
    shop.save()
    run = mirror(run_job)
    assert run.state == "done"
    assert lying(ftp, "images")["MUG-1-1.jpg"] == picture(1)
    assert lying(ftp, "images")["logo.png"] == b"theirs too"
    problem.refresh_from_db()
    assert problem.state == "cured"


def test_names_by_pattern_with_folders_and_two_that_would_be_the_same(catalogue, shop, ftp, run_job):
    shop.options |= {"image_name": "{sku}/{name}", "mirror_documents": "no"}
    shop.save()
    add_image(catalogue.mug, picture(7), name="FRONT.jpg")
    mirror(run_job)
    names = set(lying(ftp, "images/MUG-1"))
    assert {"front.jpg", "back.jpg"} < names
    (other,) = names - {"front.jpg", "back.jpg"}
    assert re.fullmatch(r"FRONT-[0-9a-f]{6}\.jpg", other)
    assert set(lying(ftp, "images/SHIRT")) == {"shirt.png"}
    assert lying(ftp, "documents") == {}
    ftp.commands.clear()
    mirror(run_job)
    assert work_of(ftp) == {}


def test_pictures_made_smaller(catalogue, shop, ftp, run_job):
    add_image(catalogue.gone, picture(5, size=(3000, 1500)), name="large.jpg")
    shop.options["image_pixels"] = "600"
    shop.save()
    mirror(run_job)
    with Image.open(io.BytesIO(lying(ftp, "images")["GONE-1.jpg"])) as small:
        assert (small.size, small.format) == ((600, 300), "JPEG")
    assert lying(ftp, "images")["MUG-1-1.jpg"] == picture(1)
    ftp.commands.clear()
    mirror(run_job)
    assert work_of(ftp) == {}
    shop.options["image_pixels"] = "800"
    shop.save()
    mirror(run_job)
    with Image.open(io.BytesIO(lying(ftp, "images")["GONE-1.jpg"])) as small:
        assert small.size == (800, 400)


@pytest.mark.requirement("E3")
@pytest.mark.parametrize("ticked", [True, False])
def test_export_all_takes_images_along_only_if_ticked(catalogue, shop, ftp, feed, run_job, ticked):
    feed("kontor_xml")
    shop.transfer_files = ticked
    shop.save()
    run = run_job("export_all")
    assert run.state == "done"
    assert bool(lying(ftp, "images")) is ticked
    assert (b"<images>" in (ftp.home / "out" / "catalogue.xml").read_bytes()) is ticked
    if ticked:
        assert run.steps.get(kind="image").shop == 3


def test_a_shop_of_another_platform_may_have_a_server_too(catalogue, shop, ftp):
    other = make.make_shop(
        "woo",
        credentials={"consumer_key": "k", "consumer_secret": "s", **shop.credentials},
        options={**shop.options, "image_folder": "woo"},
    )
    run = work_run(start_run(other, "sync_attachments").pk)
    assert (run.state, run.lane) == ("done", "files")
    assert set(lying(ftp, "woo")) == {"MUG-1-1.jpg", "MUG-1-2.jpg", "SHIRT-1.png"}


def test_without_a_server_it_says_where_to_enter_one(catalogue, shop):
    shop.options["transfer"] = "none"
    shop.save()
    with pytest.raises(Conflict, match="No server is entered") as caught:
        start_run(shop, "sync_attachments")
    assert "page Files" in caught.value.cure
