"""Sync attachments (E4): images and documents of the shop's articles on its server, and nothing more than changed."""

from __future__ import annotations

import io
import re
from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.utils import timezone
from PIL import Image

from backoffice.lib.errors import Conflict
from backoffice.lib.points import listen
from inventory.models import ArticleImage, Attachment
from inventory.services.images import add_image
from shops.files.mirror.names import path_of
from shops.files.mirror.pictures import smaller
from shops.files.mirror.settings import parse
from shops.models import Change, Hold, MirrorFile, Problem, Run
from shops.services.plans import discard_hold, release_hold
from shops.services.runs import start_run, work_run
from shops.sync.slices import work_slice
from tests import factories as make

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.requirement("S11", "E4")]


def picture(colour=0, size=(30, 20), kind="JPEG"):
    target = io.BytesIO()
    Image.new("RGB", size, (colour % 256, colour // 256 % 256, 77)).save(target, kind)
    return target.getvalue()


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


def lying(ftp, folder):
    place = ftp.home / folder
    return {path.name: path.read_bytes() for path in place.iterdir()} if place.exists() else {}


def mirror(run_job):
    run = run_job("sync_attachments")
    assert run.state in ("done", "partly"), run.message
    return run


def work_of(ftp):
    return {name: ftp.commands[name] for name in ("STOR", "RETR", "DELE", "RNTO") if ftp.commands[name]}


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


def hide(articles):
    for article in articles:
        article.active = False
        article.save()


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


# Servers that break, workers that die


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


class Killed(BaseException):
    pass


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


# Names and settings


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
