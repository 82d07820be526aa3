"""Servers that cut, refuse, fill up, answer slowly or not at all: what is done about it, and what is said."""

from __future__ import annotations

import io
import os
import socket
import threading

import pytest

from backoffice.lib.errors import MissingPermission, RemoteDown, TimedOut, Unreachable, WrongAddress
from backoffice.lib.transfer import NoSpace, Target, open_store
from backoffice.lib.transfer.listing import parse_list
from backoffice.lib.transfer.store import BLOCK
from tests.peers.ftp import FtpPeer

pytestmark = pytest.mark.requirement("S11")
FTP = pytest.mark.parametrize("place", ["ftp", "ftps"], indirect=True)
REMOTE = pytest.mark.parametrize("place", ["ftp", "ftps", "sftp"], indirect=True)
PLAIN = pytest.mark.parametrize("place", ["ftp"], indirect=True)
BIG = os.urandom(8 * BLOCK + 17)


def send(store, path, content, **options):
    store.write(path, io.BytesIO(content), size=len(content), **options)


def names(place):
    return sorted(path.name for path in place.home.iterdir())


@REMOTE
def test_a_cut_upload_is_taken_up_again(place):
    faults = place.peer if place.target.kind == "sftp" else place.peer.faults
    faults.cut_after, faults.cuts = 3 * BLOCK, 1
    send(place.open(), "big.bin", BIG)
    assert (place.home / "big.bin").read_bytes() == BIG
    assert names(place) == ["big.bin"]
    assert faults.cuts == 0


@FTP
def test_a_cut_upload_goes_on_where_it_broke_off(place):
    place.peer.faults.cut_after, place.peer.faults.cuts = 3 * BLOCK, 1
    send(place.open(), "big.bin", BIG)
    assert place.peer.commands["REST"] == 1
    assert (place.home / "big.bin").read_bytes() == BIG


@REMOTE
def test_an_upload_that_is_cut_again_and_again_leaves_nothing_under_the_name(place):
    (place.home / "big.bin").write_bytes(b"yesterday's")
    faults = place.peer if place.target.kind == "sftp" else place.peer.faults
    faults.cut_after, faults.cuts = 1, 100
    with pytest.raises(RemoteDown, match="broke the connection off"):
        send(place.open(), "big.bin", BIG, mark="m")
    assert (place.home / "big.bin").read_bytes() == b"yesterday's"


@FTP
def test_a_cut_download_goes_on_where_it_broke_off(place):
    (place.home / "big.bin").write_bytes(BIG)
    place.peer.faults.cut_after, place.peer.faults.cuts = 3 * BLOCK, 1
    target = io.BytesIO()
    place.open().read("big.bin", target, max_bytes=10**7)
    assert target.getvalue() == BIG
    assert place.peer.commands["REST"] == 1


@FTP
def test_a_server_that_is_full_before_the_upload(place):
    place.peer.faults.refuse = {"STOR": "452 Insufficient storage space in system."}
    with pytest.raises(NoSpace, match="no space left"):
        send(place.open(), "a.txt", b"x")
    assert place.peer.commands["STOR"] == 1  # repeated at once it would be full still


@REMOTE
def test_a_server_that_fills_up_on_the_way(place):
    faults = place.peer if place.target.kind == "sftp" else place.peer.faults
    faults.full_after = BLOCK
    with pytest.raises(NoSpace, match="no space left"):
        send(place.open(), "big.bin", BIG)
    assert "big.bin" not in names(place)


@PLAIN
def test_a_login_that_may_only_read(tmp_path, place):
    peer = FtpPeer(place.home, perm="elr")
    try:
        with pytest.raises(MissingPermission, match="write or read"):
            send(place.open(port=peer.port), "a.txt", b"x")
    finally:
        peer.stop()


@FTP
def test_a_server_that_is_busy_is_tried_again(place):
    place.peer.faults.refuse = {"STOR": "450 Requested file action not taken, file busy."}
    with pytest.raises(RemoteDown, match="at the moment"):
        send(place.open(), "a.txt", b"x")
    assert place.peer.commands["STOR"] == 3


@FTP
def test_a_windows_server_that_does_not_rename_onto_a_file(place):
    (place.home / "a.txt").write_bytes(b"old")
    place.peer.faults.no_rename_over = True
    send(place.open(), "a.txt", b"new")
    assert (place.home / "a.txt").read_bytes() == b"new"


@pytest.mark.parametrize("place", ["sftp"], indirect=True)
def test_an_sftp_server_without_posix_rename(place):
    (place.home / "a.txt").write_bytes(b"old")
    place.peer.without_posix_rename = True
    send(place.open(), "a.txt", b"new")
    assert (place.home / "a.txt").read_bytes() == b"new"
    assert place.peer.commands["REMOVE"] == 1


@FTP
def test_an_answer_to_the_rename_that_is_lost_is_no_failure(place):
    store = place.open()
    real = store._replace
    calls = []

    def rename_and_break(old, new):
        calls.append(new)
        real(old, new)
        raise ConnectionResetError("gone")

    store._replace = rename_and_break
    send(store, "a.txt", b"x")
    assert names(place) == ["a.txt"]
    assert len(calls) == 1


@FTP
def test_a_slow_server_is_waited_for_only_so_long(place):
    place.peer.faults.slow_s = 2
    with pytest.raises(TimedOut, match="did not answer"):
        send(place.open(timeout_s=0.3), "a.txt", b"x")


def test_nobody_answers(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    for kind in ("ftp", "ftps", "sftp"):
        store = open_store(Target(kind=kind, host="127.0.0.1", port=port, timeout_s=2))
        store._sleep = lambda _seconds: None
        with pytest.raises(Unreachable, match="refuses the connection"):
            store.entries()


def test_an_unknown_host():
    store = open_store(Target(kind="ftp", host="no-such-host.invalid", timeout_s=2))
    store._sleep = lambda _seconds: None
    with pytest.raises(Unreachable, match="no server called"):
        store.entries()


def test_no_host_at_all():
    with pytest.raises(WrongAddress, match="No server is entered"):
        open_store(Target(kind="sftp"))


@pytest.fixture
def silent():
    """Accepts and never says a word; or says what an unlike server says."""
    server = socket.create_server(("127.0.0.1", 0))
    words = {"text": b""}
    kept = []

    def serve():
        while True:
            try:
                connection, _address = server.accept()
            except OSError:
                return
            kept.append(connection)
            if words["text"]:
                connection.sendall(words["text"])

    threading.Thread(target=serve, daemon=True).start()
    yield server.getsockname()[1], words
    server.close()
    for connection in kept:
        connection.close()


@pytest.mark.parametrize("kind", ["ftp", "ftps", "sftp"])
def test_a_server_that_never_speaks(silent, kind):
    port, _words = silent
    store = open_store(Target(kind=kind, host="127.0.0.1", port=port, timeout_s=0.3))
    store._sleep = lambda _seconds: None
    with pytest.raises((TimedOut, WrongAddress, RemoteDown)):
        store.entries()


@pytest.mark.parametrize("kind", ["ftp", "sftp"])
def test_a_port_on_which_something_else_answers(silent, kind):
    port, words = silent
    words["text"] = b"HTTP/1.1 400 Bad Request\r\n\r\n" if kind == "ftp" else b"220 FTP ready\r\n" * 200
    store = open_store(Target(kind=kind, host="127.0.0.1", port=port, timeout_s=0.5))
    store._sleep = lambda _seconds: None
    with pytest.raises(WrongAddress, match="does not speak"):
        store.entries()


# Old servers


@PLAIN
def test_a_server_without_mlsd(place):
    (place.home / "with blanks in it.txt").write_bytes(b"12345")
    (place.home / "folder").mkdir()
    old = FtpPeer(place.home, without=("MLSD", "MLST"))
    try:
        store = place.open(port=old.port)
        found = {entry.name: (entry.is_folder, entry.size) for entry in store.entries()}
        assert found == {"with blanks in it.txt": (False, 5), "folder": (True, None)}
        assert store.stat("with blanks in it.txt").size == 5
        assert store.stat("folder").is_folder
        assert store.stat("nothing") is None
        assert store.entries("folder") == []
    finally:
        old.stop()


@PLAIN
def test_a_server_whose_list_nobody_can_read(place):
    (place.home / "a.txt").write_bytes(b"12345")
    old = FtpPeer(place.home, without=("MLSD", "MLST"))
    try:
        store = place.open(port=old.port)
        store.open()
        real = store._ftp.retrlines

        def strange(command, callback):
            return real(command, callback if command != "LIST" else lambda _line: callback("a.txt!12345"))

        store._ftp.retrlines = strange
        (entry,) = store.entries()
        assert (entry.name, entry.size) == ("a.txt", 5)
        assert entry.modified_at is not None
    finally:
        old.stop()


@PLAIN
def test_names_in_another_encoding(place):
    old = FtpPeer(place.home, encoding="cp1250")
    try:
        (place.home / "Žluťoučký.xml").write_bytes(b"x")
        with pytest.raises(WrongAddress, match="names that are not written in utf-8"):
            place.open(port=old.port).entries()
        store = place.open(port=old.port, encoding="cp1250")
        assert [entry.name for entry in store.entries()] == ["Žluťoučký.xml"]
        send(store, "kůň.xml", b"x")
        assert names(place) == ["kůň.xml", "Žluťoučký.xml"]
    finally:
        old.stop()


@PLAIN
def test_too_many_connections_are_waited_for(place):
    few = FtpPeer(place.home, max_connections=2)
    try:
        first = place.open(port=few.port)
        first.open()
        with pytest.raises((RemoteDown, WrongAddress), match=r"at the moment|off"):
            place.open(port=few.port).entries()
    finally:
        few.stop()


def test_listings_for_people():
    unix = [
        "total 12",
        "drwxr-xr-x    2 1000     1000         4096 Nov 21 18:00 .",
        "drwxr-xr-x    2 1000     1000         4096 Nov 21 18:00 images",
        "-rw-r--r--    1 1000     1000      1234567 Nov 21  2025 stock of today.xml",
        "-rw-r--r--+   1 lipa           7 2026-11-21 18:00 iso.txt",
        "lrwxrwxrwx    1 0        0               7 Nov 21 18:00 link -> images",
    ]
    found = [(entry.name, entry.is_folder, entry.size) for entry in parse_list(unix)]
    assert found == [("images", True, None), ("stock of today.xml", False, 1234567), ("iso.txt", False, 7)]
    dos = [
        "11-21-26  06:00PM       <DIR>          images",
        "12-27-2006  10:10AM                 1234 order 1.xml",
    ]
    found = [(entry.name, entry.is_folder, entry.size) for entry in parse_list(dos)]
    assert found == [("images", True, None), ("order 1.xml", False, 1234)]
    assert parse_list(["what is this"]) is None
    assert parse_list([]) == []


@PLAIN
def test_names_that_a_server_lists_and_nobody_should_use_are_left_alone(place, monkeypatch):
    store = place.open()
    store.open()
    listed = ["../../etc/passwd", "a\\b", "CON", "ok.txt", ".."]
    monkeypatch.setattr(store._ftp, "mlsd", lambda _path: [(name, {"type": "file"}) for name in listed])
    assert [entry.name for entry in store.entries()] == ["ok.txt"]


@PLAIN
def test_every_command_is_noted_without_the_login(place, caplog):
    calls = []
    store = open_store(place.target, log=calls.append)
    with store:
        send(store, "a.txt", b"x")
        store.entries()
    assert [call.method for call in calls] == ["WRITE", "RENAME", "LIST"]
    assert calls[0].url == f"ftp://127.0.0.1:{place.target.port}/a.txt"
    assert not any("geheim" in f"{call}" for call in calls)
    assert "geheim" not in caplog.text
    assert "geheim" not in repr(place.target)
