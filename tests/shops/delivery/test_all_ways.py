"""The same exchange over every kind of transfer, against real servers: files out, orders in, images mirrored."""

from __future__ import annotations

import time
from xml.etree import ElementTree

import pytest

from inventory.models import ArticleImage, StockLevel
from inventory.services.images import add_image
from orders.models import Order
from shops.models import MirrorFile
from tests.peers.certificates import new_authority
from tests.peers.ftp import FtpPeer
from tests.peers.sftp import SftpPeer
from tests.platforms.files.examples import KONTOR_XML
from tests.platforms.scenarios.goods import picture

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.requirement("S11", "E3", "E4")]


@pytest.fixture(params=["folder", "ftp", "ftps", "sftp"])
def home(request, catalogue, ftp, tmp_path, settings):
    """What the shop's server sees; the shop of `catalogue` talks to it in the way of the parameter."""
    kind, shop, peer = request.param, catalogue.shop, None
    options = {"transfer": kind}
    home = ftp.home
    if kind == "folder":
        settings.EXCHANGE_ROOT = str(home.parent)
        options["transfer_folder"] = home.name
    elif kind == "sftp":
        peer = SftpPeer(home)
        options["transfer_key"] = peer.host_key
    elif kind == "ftps":
        authority = new_authority()
        authority.issue(tmp_path / "server.pem")
        peer = FtpPeer(home, certificate=tmp_path / "server.pem")
        options["transfer_certificate"] = authority.pem
    if peer is not None:
        options["transfer_host"] = f"127.0.0.1:{peer.port}"
    shop.options |= options
    shop.save()
    yield home
    if peer is not None:
        peer.stop()


def names(folder):
    return sorted(path.name for path in folder.iterdir() if path.is_file()) if folder.exists() else []


def test_files_go_out_and_orders_come_in(catalogue, home, feed, run_job):
    feed("kontor_xml_stock")
    feed("kontor_csv")
    assert run_job("export_stock").state == "done"
    StockLevel.objects.filter(article=catalogue.mug).update(on_hand=3)
    assert run_job("export_stock").state == "done"
    assert run_job("export_all").state == "done"
    assert names(home / "out") == ["articles.csv", "stock.xml"]
    assert "<quantity>3</quantity>" in (home / "out" / "stock.xml").read_text()
    ElementTree.parse(home / "out" / "stock.xml")

    (home / "orders").mkdir()
    (home / "orders" / "žluťoučký kůň.xml").write_text(KONTOR_XML, encoding="utf-8")
    (home / "orders" / "bad.xml").write_text("<a><b></a>")
    assert run_job("import_orders").state == "partly"
    assert Order.objects.get().source_number == "390"
    assert names(home / "orders") == []
    assert [name.split("-", 2)[2] for name in names(home / "orders" / "done")] == ["žluťoučký kůň.xml"]
    assert len(names(home / "orders" / "failed")) == 2


def test_images_are_mirrored_renamed_and_deleted(catalogue, home, run_job):
    ArticleImage.objects.all().delete()
    add_image(catalogue.mug, picture("red"), name="front.png", position=0)
    add_image(catalogue.mug, picture("blue"), name="back.png", position=1)
    catalogue.shop.options |= {"image_name": "{sku}/{position}", "transfer_connections": "3"}
    catalogue.shop.save()
    assert run_job("sync_attachments").state == "done"
    assert names(home / "images" / "MUG-1") == ["1.png", "2.png"]
    stamps = {path: path.stat().st_mtime_ns for path in (home / "images" / "MUG-1").iterdir()}
    time.sleep(0.01)
    run = run_job("sync_attachments")
    assert (run.state, run.changes.count()) == ("done", 0)
    assert {path: path.stat().st_mtime_ns for path in stamps} == stamps

    catalogue.mug.sku = "CUP"
    catalogue.mug.save()
    ArticleImage.objects.get(name="back.png").delete()
    assert run_job("sync_attachments").state == "done"
    assert (home / "images" / "CUP" / "1.png").read_bytes() == picture("red")
    assert names(home / "images" / "MUG-1") == []
    assert MirrorFile.objects.get().path == "images/CUP/1.png"
