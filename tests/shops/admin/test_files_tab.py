"""The tab Files: files to add, change and publish, the settings of the mirror, and a server for a shop of any platform."""

from __future__ import annotations

import re

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse

from inventory.services.images import add_image
from shops.files.feeds import settings as feed_settings
from shops.files.mirror import settings as mirror_settings
from shops.models import Feed, Run, Shop
from shops.services.feeds import add_feed
from shops.services.runs import work_run
from tests.factories import make_article, make_company, make_shop
from tests.peers.ftp import FtpPeer
from tests.platforms.scenarios.goods import picture
from tests.shops import fakes

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("S11")]


@pytest.fixture
def files(settings, tmp_path) -> Shop:
    """A shop with nothing but files, on a folder of this host."""
    settings.PLATFORMS = {**fakes.BOTH, "files": "shops.platforms.files.Files"}
    settings.EXCHANGE_ROOT = str(tmp_path / "exchange")
    settings.MEDIA_ROOT = str(tmp_path / "media")
    make_company()
    return make_shop(
        "soubory",
        name="Soubory",
        platform="files",
        address="https://shop.example",
        credentials={},
        options={"transfer": "folder", "transfer_folder": "soubory"},
    )


def url(shop, name="files", *more):
    return reverse(f"admin:shops_shop_{name}", args=[shop.pk, *more])


def act(shop, feed, verb):
    return url(shop, "files_feed", feed.pk, verb)


def entered(shop, server=(), **changes):
    """What the browser sends when nothing but `changes` was touched."""
    specs = (*mirror_settings.FIELDS, *feed_settings.FIELDS)
    return (
        {f"option_{spec.name}": shop.options.get(spec.name, spec.default) for spec in specs}
        | dict(server)
        | changes
    )


# Files


@pytest.mark.requirement("E3", "D6")
def test_a_file_is_added_written_sent_and_shown(admin, files, tmp_path):
    assert "No file is set up yet" in admin.get(url(files)).content.decode()
    answer = admin.post(url(files, "files_add"), {"format": "kontor_xml_stock"}, follow=True)
    assert "“stock.xml” is added." in answer.content.decode()
    assert "not written yet" in answer.content.decode()
    admin.post(url(files, "start", "export_stock", "web"), {})
    assert work_run(Run.objects.get().pk).state == "done"
    assert (tmp_path / "exchange" / "soubory" / "stock.xml").exists()
    html = admin.get(url(files)).content.decode()
    assert "as it is since" in html
    assert "not written yet" not in html


def test_what_is_left_out_and_what_failed_stand_at_the_file(admin, files):
    feed = add_feed(files, "google_products")
    Feed.objects.filter(pk=feed.pk).update(left_out={"no picture": [2, ["MUG-1", "MUG-2"]]})
    failed = add_feed(files, "pohoda_stock")
    Feed.objects.filter(pk=failed.pk).update(message="No number.", cure="Enter it below.")
    html = admin.get(url(files)).content.decode()
    assert "2 articles left out: no picture (MUG-1, MUG-2)" in html
    assert "No number." in html
    assert "Enter it below." in html


def test_an_unknown_format_is_refused(admin, files):
    answer = admin.post(url(files, "files_add"), {"format": "nonsense"}, follow=True)
    assert "There is no file format" in answer.content.decode()
    assert not Feed.objects.exists()


def test_a_file_gets_another_name_with_the_extension_of_its_format(admin, files):
    feed = add_feed(files, "kontor_xml_stock")
    Feed.objects.filter(pk=feed.pk).update(sent_checksum="x")
    answer = admin.post(
        act(files, feed, "edit"), {"name": "levels", "active": "on", "send": "on"}, follow=True
    )
    feed.refresh_from_db()
    assert (feed.name, feed.active, feed.send, feed.sent_checksum) == ("levels.xml", True, True, "")
    assert "“levels.xml” is saved." in answer.content.decode()
    assert "levels.xml" in LogEntry.objects.first().change_message


@pytest.mark.parametrize("name", ["../stock.xml", "a/b.xml", "CON.xml", "STOCK.xml", "  "])
def test_a_name_that_no_server_can_store_or_that_is_taken_is_refused(admin, files, name):
    add_feed(files, "kontor_xml_stock")
    feed = add_feed(files, "shoptet_stock")
    answer = admin.post(act(files, feed, "edit"), {"name": name, "active": "on"})
    assert answer.status_code == 200
    assert 'id="dialog"' in answer.content.decode()
    feed.refresh_from_db()
    assert feed.name == "shoptet-stock.xml"


def test_a_public_address_is_asked_for_made_renewed_and_withdrawn(admin, files):
    feed = add_feed(files, "heureka_products")
    assert "without a login" in admin.get(act(files, feed, "publish")).content.decode()
    feed.refresh_from_db()
    assert feed.token == ""
    admin.post(act(files, feed, "publish"))
    feed.refresh_from_db()
    first = feed.token
    assert f"/feeds/{feed.pk}/{first}/heureka.xml" in admin.get(url(files)).content.decode()
    assert Run.objects.get().job == "feeds"
    admin.post(act(files, feed, "publish"))
    feed.refresh_from_db()
    assert feed.token not in ("", first)
    admin.post(act(files, feed, "withdraw"))
    feed.refresh_from_db()
    assert feed.token == ""
    assert "/feeds/" not in admin.get(url(files)).content.decode()


def test_a_file_that_is_switched_off_gets_no_address_and_says_why(admin, files):
    feed = add_feed(files, "heureka_products")
    Feed.objects.filter(pk=feed.pk).update(active=False)
    html = admin.post(act(files, feed, "publish")).content.decode()
    assert "is switched off, so it is not written." in html
    assert "Switch it on first." in html
    feed.refresh_from_db()
    assert feed.token == ""


def test_a_file_is_removed_after_a_question(admin, files):
    feed = add_feed(files, "heureka_products")
    admin.get(act(files, feed, "remove"))
    assert Feed.objects.count() == 1
    answer = admin.post(act(files, feed, "remove"), follow=True)
    assert "“heureka.xml” is removed." in answer.content.decode()
    assert not Feed.objects.exists()


def test_a_file_of_another_shop_is_not_found_here(admin, files, shop):
    feed = add_feed(shop, "heureka_products")
    for verb in ("edit", "publish", "withdraw", "remove"):
        assert admin.post(act(files, feed, verb)).status_code == 404
    assert admin.get(act(files, add_feed(files, "google_products"), "nonsense")).status_code == 404


def test_who_may_only_look_sees_no_address_and_changes_nothing(staff, files):
    feed = add_feed(files, "heureka_products")
    Feed.objects.filter(pk=feed.pk).update(token="s3cret-part")
    client = staff("view_shop")
    html = client.get(url(files)).content.decode()
    assert "s3cret-part" not in html
    assert "who may change the shop sees it" in html
    assert client.post(url(files), entered(files)).status_code == 403
    assert client.post(url(files, "files_add"), {"format": "kontor_xml"}).status_code == 403
    for verb in ("edit", "publish", "withdraw", "remove"):
        assert client.get(act(files, feed, verb)).status_code == 403
        assert client.post(act(files, feed, verb)).status_code == 403
    feed.refresh_from_db()
    assert (feed.token, Feed.objects.count()) == ("s3cret-part", 1)


def test_the_number_of_queries_does_not_grow_with_the_files(admin, files, queries):
    add_feed(files, "kontor_xml")
    few = queries(lambda: admin.get(url(files)))
    for key in ("kontor_csv", "kontor_xlsx", "heureka_products", "google_products", "shoptet_products"):
        add_feed(files, key)
    assert queries(lambda: admin.get(url(files))) == few <= 20


# Settings


@pytest.mark.requirement("E4")
def test_the_settings_of_mirror_and_files_are_saved_and_logged(admin, files):
    data = entered(files, option_image_name="{sku}/{position}", option_product_url="https://a.example/{id}")
    answer = admin.post(url(files), data, follow=True)
    files.refresh_from_db()
    assert files.options["image_name"] == "{sku}/{position}"
    assert files.options["product_url"] == "https://a.example/{id}"
    assert (files.options["transfer"], files.options["transfer_folder"]) == ("folder", "soubory")
    assert "Saved: " in answer.content.decode()
    assert "Names of images" in LogEntry.objects.first().change_message


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("image_name", "{sku}", "would be the same for several files"),
        ("image_pixels", "7", "no number of pixels"),
        ("image_folder", "../x", "leads out of its folder"),
        ("product_url", "shop.example", "address"),
    ],
)
def test_what_cannot_be_meant_is_said_at_its_field_and_nothing_is_saved(admin, files, field, value, words):
    html = admin.post(url(files), entered(files, **{f"option_{field}": value})).content.decode()
    assert words in html
    files.refresh_from_db()
    assert field not in files.options


# A shop with an interface of its own


SERVER = {
    "option_transfer": "ftp",
    "option_transfer_host": "127.0.0.1:1",
    "option_transfer_connections": "2",
    "credential_transfer_user": "lipa",
    "credential_transfer_password": "geheim",
}


def header(client, shop):
    """The buttons above every tab."""
    html = client.get(url(shop, "health")).content.decode()
    return re.findall(r"/start/(\w+)/web/", html)


@pytest.mark.requirement("E4")
def test_sync_attachments_is_a_button_where_files_are_transferred(admin, shop):
    assert "sync_attachments" not in header(admin, shop)
    Shop.objects.filter(pk=shop.pk).update(transfer_files=True)
    assert "sync_attachments" in header(admin, shop)
    html = admin.post(url(shop, "start", "sync_attachments", "web"), {}).content.decode()
    assert "No server is entered" in html
    assert "page Files of the shop" in html
    assert "No server is entered under “Files”." in admin.get(url(shop, "schedule")).content.decode()
    assert not Run.objects.exists()


@pytest.mark.requirement("E3", "E4")
def test_a_server_for_a_shop_of_another_platform_and_its_images_on_it(admin, shop, tmp_path, settings):

    settings.MEDIA_ROOT = str(tmp_path / "media")
    home = tmp_path / "home"
    home.mkdir()
    ftp = FtpPeer(home)
    try:
        data = entered(shop, SERVER, option_transfer_host=f"127.0.0.1:{ftp.port}")
        admin.post(url(shop), data)
        shop.refresh_from_db()
        assert shop.credentials["transfer_password"] == "geheim"
        assert shop.credentials["api_token"] == "tok_very_secret"
        page = admin.get(url(shop)).content.decode()
        assert "geheim" not in page
        assert "Sync attachments" in page

        admin.post(url(shop, "test"))
        shop.refresh_from_db()
        states = {item["key"]: item["state"] for item in shop.check_result}
        assert states["server_login"] == states["server_write"] == states["server_delete"] == "ok"
        assert list(home.iterdir()) == []

        add_image(make_article("MUG"), picture("red"), name="front.png")
        Shop.objects.filter(pk=shop.pk).update(transfer_files=True)
        admin.post(url(shop, "start", "export_all", "web"), {"confirmed": "on"})
        ordered = {run.job: run for run in Run.objects.all()}
        assert set(ordered) == {"export_all", "sync_attachments"}
        assert {run.lane for run in ordered.values()} == {"catalogue", "files"}
        assert work_run(ordered["sync_attachments"].pk).state == "done"
        assert [path.name for path in (home / "images").iterdir()] == ["MUG-1.png"]
    finally:
        ftp.stop()


def test_where_a_login_is_sent_is_changed_only_by_who_may_enter_it(staff, shop):
    client = staff("view_shop", "change_shop")
    assert "option_transfer_host" not in client.get(url(shop)).content.decode()
    client.post(url(shop), entered(shop, SERVER, option_transfer_host="evil.example"))
    shop.refresh_from_db()
    assert "transfer_host" not in shop.options
    assert "transfer_password" not in shop.credentials
    may = staff("view_shop", "change_shop", "see_credentials")
    may.post(url(shop), entered(shop, SERVER, option_transfer_host="ftp.example.com"))
    shop.refresh_from_db()
    assert shop.options["transfer_host"] == "ftp.example.com"


def test_a_host_that_is_none_is_said_at_its_field(admin, shop):
    html = admin.post(url(shop), entered(shop, SERVER, option_transfer_host="x:99999")).content.decode()
    assert "is no host with a port" in html
    shop.refresh_from_db()
    assert "transfer_host" not in shop.options


# The other tabs of a shop with nothing but files


def test_health_says_why_no_file_was_sent(admin, files):
    html = admin.get(url(files, "health")).content.decode()
    assert "No file is set up for this shop yet." in html
    for strange in (
        "No login is saved",
        "No rule sends anything",
        "Overwriting was not confirmed",
        "Compare and",
    ):
        assert strange not in html
    feed = add_feed(files, "pohoda_stock")
    admin.post(url(files, "start", "export_stock", "web"), {})
    work_run(Run.objects.get().pk)
    feed.refresh_from_db()
    html = admin.get(url(files, "health")).content.decode()
    assert "pohoda-stock.xml: POHODA wants the registration number" in html
    assert "No warehouse is chosen, so no stock is sent." in html


def test_health_shows_transfers_without_a_number_as_done(admin, files):
    add_feed(files, "kontor_xml_stock")
    admin.post(url(files, "start", "export_stock", "web"), {})
    work_run(Run.objects.get().pk)
    html = admin.get(url(files, "health")).content.decode()
    assert "folder:soubory/stock.xml" in html
    assert "<span>None</span>" not in html


@pytest.mark.requirement("E1", "E2")
def test_the_schedule_of_files_has_the_three_exports_and_what_else_they_know(admin, files):
    add_feed(files, "kontor_xml_stock")
    html = admin.get(url(files, "schedule")).content.decode()
    assert set(re.findall(r'name="on_(\w+)"', html)) == {
        "sync",
        "export_stock",
        "export_statuses",
        "import_orders",
        "sync_attachments",
    }
