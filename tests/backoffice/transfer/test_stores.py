"""What every kind of transfer does alike, against real servers on loopback."""

from __future__ import annotations

import io
import os

import pytest

from backoffice.lib.errors import BadCredentials, MissingPermission, Refused
from backoffice.lib.transfer import BadPath, Missing, Paused
from backoffice.lib.transfer.store import BLOCK

pytestmark = pytest.mark.requirement("S11")
ALL = pytest.mark.parametrize("place", ["folder", "ftp", "ftps", "sftp"], indirect=True)
REMOTE = pytest.mark.parametrize("place", ["ftp", "ftps", "sftp"], indirect=True)
BIG = os.urandom(5 * BLOCK + 17)


def send(store, path, content, **options):
    store.write(path, io.BytesIO(content), size=len(content), **options)


def fetch(store, path, max_bytes=10_000_000):
    target = io.BytesIO()
    store.read(path, target, max_bytes=max_bytes)
    return target.getvalue()


def names(place, folder=""):
    return sorted(path.name for path in (place.home / folder).iterdir())


@ALL
def test_there_and_back(place):
    store = place.open()
    send(store, "stock.xml", BIG)
    assert (place.home / "stock.xml").read_bytes() == BIG
    assert fetch(store, "stock.xml") == BIG
    assert names(place) == ["stock.xml"]


@ALL
def test_an_empty_file(place):
    store = place.open()
    send(store, "empty.csv", b"")
    assert fetch(store, "empty.csv") == b""
    assert store.stat("empty.csv").size == 0


@ALL
def test_what_is_there_is_replaced_at_once_and_whole(place):
    (place.home / "stock.xml").write_bytes(b"old")
    store = place.open()
    send(store, "stock.xml", b"new")
    assert (place.home / "stock.xml").read_bytes() == b"new"


@ALL
def test_folders_are_made_however_deep_and_files_found_in_them(place):
    store = place.open()
    store.mkdirs("a/b/c")
    store.mkdirs("a/b/c")
    place.open().mkdirs("a/b/c")
    send(store, "a/b/c/d.txt", b"x")
    (entry,) = store.entries("a/b/c")
    assert (entry.name, entry.is_folder, entry.size) == ("d.txt", False, 1)
    (folder,) = store.entries("a")
    assert (folder.name, folder.is_folder) == ("b", True)


@ALL
def test_names_beyond_ascii(place):
    store = place.open()
    store.mkdirs("Žluťoučký kůň")
    send(store, "Žluťoučký kůň/naročilo št. 1 – kopija.xml", b"x")
    assert [entry.name for entry in store.entries("Žluťoučký kůň")] == ["naročilo št. 1 – kopija.xml"]
    assert fetch(store, "Žluťoučký kůň/naročilo št. 1 – kopija.xml") == b"x"


@ALL
def test_looking_at_one_file(place):
    (place.home / "a.txt").write_bytes(b"12345")
    os.utime(place.home / "a.txt", (1_700_000_000, 1_700_000_000))
    (place.home / "folder").mkdir()
    store = place.open()
    entry = store.stat("a.txt")
    assert (entry.name, entry.size, entry.is_folder) == ("a.txt", 5, False)
    assert entry.modified_at.timestamp() == 1_700_000_000
    assert store.stat("folder").is_folder
    assert store.stat("nothing.txt") is None


@ALL
def test_renaming_and_deleting(place):
    (place.home / "a.txt").write_bytes(b"a")
    (place.home / "b.txt").write_bytes(b"b")
    store = place.open()
    store.rename("a.txt", "b.txt")
    assert names(place) == ["b.txt"]
    assert (place.home / "b.txt").read_bytes() == b"a"
    store.delete("b.txt")
    store.delete("b.txt")
    assert names(place) == []


@ALL
def test_a_missing_file_and_a_missing_folder_are_named(place):
    store = place.open()
    with pytest.raises(Missing, match="nothing\\.xml"):
        fetch(store, "nothing.xml")
    with pytest.raises(Missing):
        store.entries("no such folder")
    with pytest.raises(Missing):
        store.rename("nothing.xml", "b.xml")
    assert names(place) == []


@ALL
def test_a_file_that_is_too_large_is_not_read_to_its_end(place):
    (place.home / "large.xml").write_bytes(BIG)
    with pytest.raises(Refused, match="larger"):
        fetch(place.open(), "large.xml", max_bytes=BLOCK)


@ALL
@pytest.mark.parametrize(
    "path",
    [
        "../secret.txt",
        "a/../../b",
        "/etc/passwd",
        "a\\..\\b",
        "a\r\nDELE b",
        "nul\0",
        "CON",
        "images/aux.txt",
        "lpt1",
        "a/",
        "",
        "end.",
        "x" * 300,
    ],
)
def test_paths_that_lead_elsewhere_never_reach_the_server(place, path):
    store = place.open()
    before = sum(place.peer.commands.values()) if place.peer else 0
    for act in (
        lambda: send(store, path, b"x"),
        lambda: fetch(store, path),
        lambda: store.delete(path),
        lambda: store.stat(path),
        lambda: store.rename(path, "ok.txt"),
        lambda: store.rename("ok.txt", path),
    ):
        with pytest.raises(BadPath):
            act()
    if path:
        with pytest.raises(BadPath):
            store.mkdirs(path)
    if place.peer and place.target.kind != "sftp":
        told = sum(place.peer.commands.values()) - before
        assert not {"STOR", "RETR", "DELE", "RNFR", "MKD"} & set(place.peer.commands), told
    assert names(place) == []


@ALL
def test_an_upload_that_is_paused_goes_on_in_another_process(place):
    asked = []

    def after_two_blocks():
        asked.append(True)
        return len(asked) >= 2

    with pytest.raises(Paused):
        send(place.open(), "big.bin", BIG, mark="abc123", should_stop=after_two_blocks)
    assert names(place) == ["big.bin.abc123.part"]
    sent = []

    class Counting(io.BytesIO):
        def read(self, size=-1):
            block = super().read(size)
            sent.append(len(block))
            return block

    place.open().write("big.bin", Counting(BIG), size=len(BIG), mark="abc123")
    assert (place.home / "big.bin").read_bytes() == BIG
    assert names(place) == ["big.bin"]
    assert sum(sent) < len(BIG)


@ALL
def test_an_unfinished_upload_of_other_content_is_not_taken_up(place):
    (place.home / "a.txt.one.part").write_bytes(b"OTHER")
    store = place.open()
    send(store, "a.txt", b"content", mark="two")
    assert (place.home / "a.txt").read_bytes() == b"content"


@ALL
def test_an_unfinished_upload_that_is_longer_than_the_file_is_begun_anew(place):
    (place.home / "a.txt.one.part").write_bytes(b"much too long for it")
    send(place.open(), "a.txt", b"content", mark="one")
    assert (place.home / "a.txt").read_bytes() == b"content"


@REMOTE
def test_a_wrong_password_is_named(place):
    with pytest.raises(BadCredentials, match="user and password"):
        place.open(password="wrong").entries()


@REMOTE
def test_a_folder_from_the_root_and_one_from_the_login(place):
    (place.home / "www" / "data").mkdir(parents=True)
    send(place.open(folder="www/data"), "a.txt", b"x")
    send(place.open(folder="/www/data"), "b.txt", b"x")
    assert names(place, "www/data") == ["a.txt", "b.txt"]


@pytest.mark.parametrize("place", ["folder"], indirect=True)
def test_a_link_that_leads_out_of_the_folder_is_refused(place, tmp_path):
    (place.home / "out").symlink_to("/etc")
    (place.home / "passwd").symlink_to("/etc/passwd")
    store = place.open()
    for path in ("out/hostname", "passwd"):
        with pytest.raises(BadPath):
            fetch(store, path)
    assert store.entries() == []


@pytest.mark.parametrize("place", ["folder"], indirect=True)
def test_a_folder_without_the_right_to_write(place, monkeypatch):
    def denied(*_args, **_options):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("backoffice.lib.transfer.folder.Path.open", denied)
    with pytest.raises(MissingPermission):
        send(place.open(), "a.txt", b"x")
