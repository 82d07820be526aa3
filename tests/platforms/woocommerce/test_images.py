"""Pictures: fetched once, kept by their number, in the order of Kontor."""

from __future__ import annotations

import struct
import zlib

import pytest

from shops.platforms.woocommerce.mapping.writing import image_payload
from shops.records import ImageRecord, ImageSetRecord
from tests.peers.scripted import Asked, Reply, ScriptedServer
from tests.peers.woocommerce import add_products
from tests.platforms.woocommerce.connecting import connect
from tests.platforms.woocommerce.engine import records, variable


def png(shade: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    pixels = zlib.compress(bytes([0, shade]))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


@pytest.fixture
def files():
    """Serves PNGs at /1.png ... /9.png, nothing else."""

    def answer(asked: Asked) -> Reply:
        name = asked.path.strip("/").removesuffix(".png")
        if not name.isdigit():
            return Reply(status=404, body="gone")
        return Reply(body=png(int(name)), headers={"Content-Type": "image/png"})

    with ScriptedServer() as server:
        server.replies = [answer]
        yield server


def picture(files, number: int, **fields) -> ImageRecord:
    return ImageRecord(url=f"{files.url}/{number}.png", name=f"{number}.png", **fields)


@pytest.mark.requirement("M7")
def test_new_pictures_are_fetched_once_and_then_kept_by_their_number(woo, files):
    [product] = add_products(woo.state, 1)
    platform = connect(woo)
    wanted = ImageSetRecord(
        remote_id=str(product.id), images=(picture(files, 1, alt="Spredaj"), picture(files, 2))
    )
    woo.reset_counts()
    [result] = platform.update("image", [wanted])
    assert result.error is None
    assert len(files.asked) == 2
    first, second = result.carried
    assert (first.alt, first.position, second.position) == ("Spredaj", 0, 1)
    assert first.article_id == str(product.id)

    swapped = ImageSetRecord(remote_id=str(product.id), images=(second, first, picture(files, 3)))
    [result] = platform.update("image", [swapped])
    assert len(files.asked) == 3
    assert [one.remote_id for one in result.carried][:2] == [second.remote_id, first.remote_id]
    sent = woo.writes[-1].body["update"][0]["images"]
    assert sent[0] == {"id": int(second.remote_id.partition(":")[2])}

    [result] = platform.update("image", [ImageSetRecord(remote_id=str(product.id), images=())])
    assert (result.error, result.carried) == (None, ())
    assert sum(woo.calls.values()) == 3


def test_pictures_of_many_products_go_in_one_request(woo, files):
    products = add_products(woo.state, 5)
    wanted = [ImageSetRecord(remote_id=str(one.id), images=(picture(files, 1),)) for one in products]
    woo.reset_counts()
    results = connect(woo).update("image", wanted)
    assert [len(result.carried) for result in results] == [1] * 5
    assert dict(woo.calls) == {("POST", "/products/batch"): 1}


def test_one_bad_picture_refuses_its_article_only(woo, files):
    products = add_products(woo.state, 2)
    bad = ImageRecord(url=f"{files.url}/missing.png")
    wanted = [
        ImageSetRecord(remote_id=str(products[0].id), images=(picture(files, 1), bad)),
        ImageSetRecord(remote_id=str(products[1].id), images=(picture(files, 2),)),
    ]
    results = connect(woo).update("image", wanted)
    assert results[0].error.key == "woocommerce_product_image_upload_error"
    assert "media address" in results[0].error.cure
    assert results[1].error is None


def test_a_kind_of_file_that_the_shop_refuses_is_not_sent(woo, files):
    [product] = add_products(woo.state, 1)
    record = ImageSetRecord(
        remote_id=str(product.id), images=(ImageRecord(url=f"{files.url}/1.svg?x=1.png"),)
    )
    woo.reset_counts()
    [result] = connect(woo).update("image", [record])
    assert result.error.key == "image_kind"
    assert woo.writes == []


def test_a_variation_has_one_picture_of_its_own_or_its_parents(woo, files):
    parent = variable(woo, "41", "42")
    platform = connect(woo)
    children = [record for record in records(platform, "article") if record.parent_id]
    ids = {"remote_id": children[0].remote_id, "parent_id": str(parent)}
    platform.update("image", [ImageSetRecord(remote_id=str(parent), images=(picture(files, 1),))])
    [result] = platform.update("image", [ImageSetRecord(**ids, images=(picture(files, 2),))])
    [own] = result.carried
    assert (own.article_id, own.parent_id) == (children[0].remote_id, str(parent))

    found = {record.remote_id: record for record in records(connect(woo), "image")}
    assert {record.article_id for record in found.values()} == {str(parent), children[0].remote_id}
    assert connect(woo).read_one("image", own.remote_id, parent_id=str(parent)).remote_id == own.remote_id

    [refused] = platform.update(
        "image", [ImageSetRecord(**ids, images=(picture(files, 3), picture(files, 4)))]
    )
    assert refused.error.key == "variation_images"
    [cleared] = platform.update("image", [ImageSetRecord(**ids, images=())])
    assert cleared.error is None
    assert {record.article_id for record in records(connect(woo), "image")} == {str(parent)}


def test_a_variation_without_a_picture_sends_no_object():
    assert image_payload(ImageSetRecord(remote_id="2", parent_id="1")) == {"image": ""}
