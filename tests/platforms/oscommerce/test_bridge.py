"""The bridge file: what it lets in, what it turns away, and that it gives the same answers as the database itself."""

from __future__ import annotations

import base64
import json
import time
from pathlib import Path

import pytest

from backoffice.lib.errors import (
    BadCredentials,
    KontorError,
    MissingPermission,
    Refused,
    RemoteDown,
    ShopStopped,
    UnexpectedAnswer,
    WrongAddress,
)
from backoffice.lib.http import Session
from shops.platforms.oscommerce import bridge_file as files
from shops.platforms.oscommerce.bridge import BridgeGateway, Letter, signed
from shops.platforms.oscommerce.bridge_file import FILE_NAME
from shops.platforms.oscommerce.gateway import Call
from shops.platforms.oscommerce.operations import OPERATIONS
from shops.platforms.oscommerce.statements import reading
from tests.peers.oscommerce.checkout import buy
from tests.peers.oscommerce.fixtures import need_mariadb, need_php
from tests.peers.oscommerce.host import SECRET, Host
from tests.peers.oscommerce.shape import NEW, OLD, TWICE, Shape
from tests.peers.oscommerce.store import Store
from tests.peers.scripted import Reply, ScriptedServer
from tests.platforms.oscommerce.ways import Log, bridge, direct

pytestmark = [pytest.mark.service, pytest.mark.requirement("S7")]

TEMPLATE = Path(files.__file__).with_name("bridge.php")
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
VALUES = {
    "after": 0, "limit": 10, "language": 2, "fallback": 1, "skus": ["TEA"], "age_s": 120, "since": None,
    "prepared": [-1], "emails": ["Ana@example.org"], "tables": ["products"], "names": ["x.jpg"],
}  # fmt: skip


@pytest.mark.parametrize("shape", [OLD, NEW, TWICE], ids=["latin1", "utf8", "twice"])
def test_every_read_gives_what_the_database_gives(shape: Shape, tmp_path: Path):
    need_mariadb()
    need_php()
    with Store(shape) as shop:
        tea = shop.add_product("TEA", "Zeleni čaj – žajbelj", quantity=7, category=shop.add_category("Čaji"))
        shop.add_option(tea, "Barva", "Rdeča", "2.50")
        shop.add_special(tea, "8.00")
        shop.add_picture(tea, "čaj.png")
        order = buy(shop, shop.add_customer("Ana@example.org"), (tea, 2, (("Barva", "Rdeča"),)))
        host = Host(tmp_path / "host", shop.database, version=shape.version)
        host.start()
        try:
            values = {**VALUES, "ids": [tea, order]}
            names = [name for name, operation in OPERATIONS.items() if not operation.writes]
            log = Log()
            straight = [direct(shop).read(name, **values) for name in names if name != "shop.server"]
            over = bridge(host, shape, log).run(
                [Call(name, values) for name in names if name != "shop.server"]
            )
            assert [reply.rows for reply in over] == straight
            assert sum(map(bool, straight)) > 20
            # However many statements: one request.
            assert len(log.calls) == 1
        finally:
            host.stop()


def test_a_write_tells_what_it_found_and_made(shop: Store, host: Host):
    gateway = bridge(host, shop.shape)
    lipa = gateway.write("producers.insert", name="Čebelica d.o.o.").new_id
    assert shop.row("manufacturers", manufacturers_id=lipa)["manufacturers_name"] == "Čebelica d.o.o."
    # An update that changes nothing has found its row all the same.
    rename = {"names": [(lipa, "Čebelica d.o.o.")], "ids": [lipa, 999]}
    assert [gateway.write("producers.rename", **rename).matched for _n in range(2)] == [1, 1]
    with pytest.raises(Refused) as refused:
        gateway.write("producers.rename", names=[(lipa, "Ž" * 40)], ids=[lipa])
    assert refused.value.key == "damaged"


def test_it_stops_at_the_first_statement_that_fails(shop: Store, host: Host):
    gateway = bridge(host, shop.shape)
    shop.altered = True
    shop.run("DROP TABLE specials")
    calls = [
        Call("producers.insert", {"name": "Lipa"}),
        Call("sales.end", {"rows": [1]}),
        Call("producers.insert", {"name": "Kovar"}),
    ]
    with pytest.raises(WrongAddress) as error:
        gateway.run(calls)
    assert error.value.key == "no_tables"
    assert [row["manufacturers_name"] for row in shop.rows("manufacturers")] == ["Lipa"]


def test_what_the_shops_own_files_print_does_not_get_between(shop: Store, host: Host):
    (host.folder / "includes" / "local").mkdir()
    (host.folder / "includes" / "local" / "configure.php").write_text(
        "<?php echo 'Warning: something'; ?>\n\n"
    )
    assert bridge(host, shop.shape).read("products.count") == ({"number": "0"},)


def test_the_hosts_own_settings_win(shop: Store, host: Host):
    """includes/local/configure.php, as in the shop."""
    local = host.folder / "includes" / "local"
    local.mkdir()
    (local / "configure.php").write_text("<?php define('DB_DATABASE', 'no_such_database');")
    with pytest.raises(BadCredentials):
        bridge(host, shop.shape).read("products.count")


def test_tables_with_a_prefix(shape: Shape, tmp_path: Path):
    need_mariadb()
    need_php()
    with Store(shape, prefix="osc_") as shop:
        shop.add_product("TEA")
        host = Host(tmp_path / "host", shop.database, version="2.3.3", prefix="osc_")
        host.start()
        try:
            assert bridge(host, shape).read("products.count") == ({"number": "1"},)
        finally:
            host.stop()


# Who is turned away


@pytest.fixture
def line(host: Host):
    """Sends envelopes as they are: line(t=..., n=..., b=..., s=...) -> (status, JSON)."""
    session = Session(f"{host.address}/{FILE_NAME}", timeout_s=20, sleep=lambda _s: None)

    def send(method: str = "POST", **envelope):
        answer = session.request(method, "", json=envelope, accept={500}, idempotent=False)
        return answer.status, json.loads(answer.body)

    yield send
    session.close()


def envelope(wish=None, *, secret: str = SECRET, at: int = 0, nonce: str = "a" * 32, **changes):
    now = str(int(time.time()) + at)
    body = base64.b64encode(json.dumps(wish or {"names": "utf8", "calls": []}).encode()).decode()
    return {"t": now, "n": nonce, "b": body, "s": signed(secret.encode(), now, nonce, body), **changes}


def test_a_request_counts_once(line):
    letter = envelope()
    assert line(**letter)[0] == 200
    assert line(**letter) == (
        401,
        {"kontor": "bridge", "refused": "replay", "time": pytest.approx(time.time(), abs=5)},
    )
    assert line(**envelope(nonce="b" * 32))[0] == 200
    assert line(**letter)[1]["refused"] == "replay"


@pytest.mark.parametrize(
    ("letter", "refused"),
    [
        (envelope(secret="0" * 64), "signature"),
        (envelope(s="0" * 64), "signature"),
        (
            envelope(b=base64.b64encode(b'{"names": "utf8", "calls": [["products.delete", {}]]}').decode()),
            "signature",
        ),
        (envelope(n="c" * 32), "signature"),
        (envelope(n="c"), "form"),
        (envelope(t="now"), "form"),
        ({"t": "1"}, "form"),
        ({}, "form"),
    ],
)
def test_what_is_not_signed_is_turned_away(line, letter, refused):
    status, said = line(**letter)
    assert (status, said["refused"]) == (400 if refused == "form" else 401, refused)


@pytest.mark.parametrize("seconds", [-330, 330])
def test_what_is_too_old_or_from_the_future_is_turned_away(line, seconds):
    assert line(**envelope(at=seconds))[1]["refused"] == "time"
    assert line(**envelope(at=seconds - (60 if seconds > 0 else -60), nonce="d" * 32))[0] == 200


def test_only_posts_are_read(line):
    assert line("PUT")[1]["refused"] == "method"


def test_a_nonce_that_cannot_be_remembered_is_not_taken(host: Host, line):
    line(**envelope())
    [memory] = host.folder.glob("kontor-*.txt")
    memory.unlink()
    memory.mkdir()
    assert line(**envelope(nonce="e" * 32))[1]["refused"] == "memory"


def test_nonces_are_remembered_as_long_as_they_could_come_again_and_no_longer(host: Host, line):
    """What is turned away adds nothing, so nobody without the secret can fill the host's disk."""
    line(**envelope())
    [memory] = host.folder.glob("kontor-*.txt")
    now = int(time.time())
    old = [f"{now - 1000 - number} {number:032x}" for number in range(5000)]
    memory.write_text("\n".join([*old, f"{now - 200} {'f' * 32}", ""]), encoding="ascii")
    assert line(**envelope(nonce="f" * 32))[1]["refused"] == "replay"
    assert line(**envelope(nonce="e" * 32))[0] == 200
    for number in range(20):
        line(**envelope(secret="0" * 64, nonce=f"{number:032x}"))
    kept = [row.split()[1] for row in memory.read_text(encoding="ascii").splitlines()]
    assert kept == ["f" * 32, "e" * 32]


@pytest.mark.parametrize(
    "call",
    [
        ["DELETE FROM products", {}],
        ["products.delete", {"ids": ["1"]}],  # without the mark of its text
        [files.wire_name("products.delete", OPERATIONS["products.delete"]), {"ids": ["1) OR (1=1"]}],
        [files.wire_name("products.delete", OPERATIONS["products.delete"]), {"ids": "1"}],
        [files.wire_name("products.delete", OPERATIONS["products.delete"]), {}],
        [files.wire_name("producers.insert", OPERATIONS["producers.insert"]), {"name": {"b": "%%%"}}],
        ["file:put", {"name": "kontor/../includes/x.png", "content": "x"}],
        ["file:put", {"name": "kontor/shell.php", "content": "x"}],
        ["file:put", {"name": "kontor/shell.png", "content": "<?php system($_GET[0]);"}],
        ["file:drop", {"names": ["../includes/configure.php"]}],
        [{"x": 1}, {}],
    ],
)  # fmt: skip
def test_a_signed_request_can_do_no_more_than_the_named_operations(shop: Store, host: Host, line, call):
    tea = shop.add_product("TEA")
    before = sorted(path.name for path in host.folder.rglob("*") if "kontor-" not in path.name)
    status, said = line(**envelope({"names": "utf8", "calls": [call]}))
    assert (status, "failed" in json.loads(base64.b64decode(said.get("b", "e30=")))) in (
        (200, True),
        (500, False),
    )
    assert shop.row("products", products_id=tea)
    after = sorted(path.name for path in host.folder.rglob("*") if "kontor-" not in path.name)
    assert [name for name in after if name not in (*before, "kontor")] == []


# What Kontor says of it


def failure(gateway: BridgeGateway) -> KontorError:
    with pytest.raises(KontorError) as error:
        gateway.read("products.count")
    assert error.value.message
    assert error.value.cure
    return error.value


def test_each_way_to_be_turned_away_has_its_cure(shop: Store, host: Host, monkeypatch):
    error = failure(bridge(host, shop.shape, secret="1" * 64))
    assert (type(error), error.key) == (BadCredentials, "signature")
    path = host.folder / FILE_NAME
    text = path.read_text()
    path.write_text(text.replace("$kontor_addresses = array()", "$kontor_addresses = array('203.0.113.7')"))
    error = failure(bridge(host, shop.shape))
    assert (type(error), error.key) == (MissingPermission, "address")
    path.write_text(text)
    (host.folder / "includes" / "configure.php").rename(host.folder / "elsewhere")
    error = failure(bridge(host, shop.shape))
    assert (type(error), error.key) == (WrongAddress, "no_shop")
    path.unlink()
    error = failure(bridge(host, shop.shape))
    assert (type(error), error.key) == (WrongAddress, "no_bridge")


def test_a_clock_that_is_wrong(shop: Store, host: Host, monkeypatch):
    gateway = bridge(host, shop.shape)
    now = time.time()
    monkeypatch.setattr("shops.platforms.oscommerce.bridge.time.time", lambda: now + 3600)
    error = failure(gateway)
    assert (type(error), error.key) == (ShopStopped, "clock")
    assert "60" in error.message


def test_a_file_of_an_older_kontor_is_noticed_by_what_it_does_not_know(shop: Store, host: Host, monkeypatch):
    gateway = bridge(host, shop.shape)
    monkeypatch.setitem(dict(OPERATIONS), "x", reading("SELECT 1"))
    monkeypatch.setattr(
        "shops.platforms.oscommerce.bridge.OPERATIONS",
        {**OPERATIONS, "products.count": reading("SELECT COUNT(*) AS how_many FROM [products]")},
    )
    error = failure(gateway)
    assert (type(error), error.key) == (ShopStopped, "bridge_old")


@pytest.mark.parametrize(
    ("reply", "kind", "key"),
    [
        (
            Reply(body="<html>Maintenance</html>", headers={"Content-Type": "text/html"}),
            UnexpectedAnswer,
            "no_data",
        ),
        (Reply(status=403, body="<html>mod_security</html>"), MissingPermission, "closed"),
        (Reply(status=406, body="Not acceptable"), MissingPermission, "closed"),
        (Reply(status=500, body=""), RemoteDown, "php"),
        (Reply(body=""), RemoteDown, "php"),
        (Reply(body='{"b": "e30=", "s": "00"}'), UnexpectedAnswer, "bridge_answer"),
        (Reply(body="[1]"), UnexpectedAnswer, "no_data"),
    ],
)
def test_who_else_answers_is_not_believed(reply, kind, key):
    with ScriptedServer() as server:
        server.replies = [reply]
        gateway = BridgeGateway(Session(server.url, sleep=lambda _s: None), SECRET, sleep=lambda _s: None)
        error = failure(gateway)
    assert (type(error), error.key) == (kind, key)


def test_an_answer_to_another_letter_is_not_believed():
    body = base64.b64encode(json.dumps({"done": []}).encode()).decode()
    letter = Letter(SECRET.encode(), {})
    letter.nonce = "f" * 32
    right = signed(SECRET.encode(), "answer", letter.nonce, body)
    other = signed(SECRET.encode(), "answer", "e" * 32, body)

    def answer(signature: str):
        from backoffice.lib.answers import Answer

        return Answer(200, {}, json.dumps({"b": body, "s": signature}).encode())

    assert letter.opened(answer(right)) == {"done": []}
    with pytest.raises(UnexpectedAnswer):
        letter.opened(answer(other))


def test_a_lost_request_is_signed_anew_when_it_is_repeated(host: Host, shop: Store):
    """The file takes no nonce twice, so a repeat of the same letter would be turned away."""
    letters = []

    def relay(asked):
        letters.append(json.loads(asked.body))
        return Reply(status=503) if len(letters) == 1 else Reply(body=forwarded(host, asked.body))

    with ScriptedServer() as server:
        server.replies = [relay]
        gateway = BridgeGateway(Session(server.url, sleep=lambda _s: None), SECRET)
        assert gateway.read("products.count") == ({"number": "0"},)
    assert len({letter["n"] for letter in letters}) == 2


def forwarded(host: Host, body: bytes) -> bytes:
    return Session(f"{host.address}/{FILE_NAME}").request("POST", "", data=body).body


def test_no_secret_stands_in_the_log(host: Host, shop: Store):
    log = Log()
    bridge(host, shop.shape, log).read("products.count")
    assert SECRET not in repr(log.calls)
