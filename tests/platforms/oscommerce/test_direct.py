"""Straight on the database: bytes, errors, lost connections, encryption."""

from __future__ import annotations

import socket
import threading

import pymysql
import pytest

from backoffice.lib.errors import (
    BadCredentials,
    MissingPermission,
    RateLimited,
    Refused,
    RemoteDown,
    TimedOut,
    UnexpectedAnswer,
    Unreachable,
    WrongAddress,
)
from shops.platforms.base import Line
from shops.platforms.oscommerce import direct as module
from shops.platforms.oscommerce.texts import UTF8_OVER_LATIN1
from tests import services
from tests.peers.oscommerce.fixtures import need_mariadb
from tests.peers.oscommerce.server import OwnServer
from tests.peers.oscommerce.shape import NEW, OLD, TWICE, Shape
from tests.peers.oscommerce.store import Store
from tests.platforms.oscommerce.ways import Log, direct

pytestmark = [pytest.mark.service, pytest.mark.requirement("S7")]

ODD = 'Č\'aj "50 €" \\ \n\r\x1a\0 – žůŐ; DROP TABLE products; --'


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch):
    monkeypatch.setattr(module.time, "sleep", lambda _s: None)


@pytest.mark.parametrize("shape", [OLD, NEW, TWICE], ids=["latin1", "utf8", "twice"])
def test_texts_arrive_as_the_shop_itself_would_write_them(shape: Shape):
    need_mariadb()
    with Store(shape) as shop:
        tea = shop.add_product("TEA", "Zeleni čaj – žajbelj")
        gateway = direct(shop)
        assert (
            gateway.read("texts.of", ids=[tea], language=2, fallback=1)[0]["name"] == "Zeleni čaj – žajbelj"
        )
        gateway.write("texts.update", names=[(tea, ODD)], descriptions=[], language=2, ids=[tea])
        assert shop.row("products_description", products_id=tea, language_id=2)["products_name"] == ODD
        assert shop.row("products_description", products_id=tea, language_id=1)["products_name"].endswith(
            "žajbelj"
        )
        shown = gateway.read("texts.of", ids=[tea], language=2, fallback=1)[0]["name"]
        assert shown == ODD.replace("\0", "\ufffd")  # what no database of ours could hold comes as a mark
        gateway.close()


def test_what_the_database_would_cut_is_refused(shop: Store):
    tea = shop.add_product("TEA")
    gateway = direct(shop)
    with pytest.raises(Refused) as refused:
        gateway.write("products.update", **columns(models=[(tea, "A-MODEL-OF-EIGHTEEN")]), ids=[tea])
    assert (refused.value.key, bool(refused.value.cure)) == ("damaged", True)
    with pytest.raises(Refused):
        gateway.write("products.update", **columns(weights=[(tea, "1234.5")]), ids=[tea])


def columns(**given):
    """Of products.update; those that are not given stay as they are."""
    names = ("quantities", "models", "prices", "weights", "tax_classes", "producers")
    return {name: given.get(name, ()) for name in names}


def test_tables_with_a_prefix(shape: Shape):
    need_mariadb()
    with Store(shape, prefix="osc_") as shop:
        tea = shop.add_product("TEA", quantity=3)
        assert direct(shop).read("stock.of", ids=[tea]) == ({"id": str(tea), "quantity": "3"},)


def test_every_statement_stands_in_the_log_and_no_secret(shop: Store):
    log = Log()
    gateway = direct(shop, log)
    gateway.read("products.count")
    gateway.write("products.stock", quantities=[], ids=[])
    assert log.names == ["connect", "products.count", "products.stock"]
    assert {call.method for call in log.calls} == {"SQL"}
    assert all("mysql://" in call.url for call in log.calls)
    assert "SELECT COUNT(*)" in log.calls[1].request


# Who does not get in


def refusal(shop: Store, kind: type[Exception], **changes):
    with pytest.raises(kind) as error:
        direct(shop, timeout_s=changes.pop("timeout_s", 5), **changes).read("products.count")
    assert error.value.message
    assert error.value.cure
    assert "secret-password" not in f"{error.value.message} {error.value.detail}"
    return error.value.key


@pytest.mark.requirement("M1")
def test_what_is_wrong_is_told_apart(shape: Shape):
    need_mariadb()
    with Store(shape) as shop:
        assert refusal(shop, Unreachable, host="no-such-host.invalid") == "refused"
        assert refusal(shop, Unreachable, port=free_port()) == "refused"
        assert refusal(shop, BadCredentials, user="nobody", password="secret-password") == "login"
        assert refusal(shop, BadCredentials, database="no_such_database") == "database"
        assert refusal(shop, WrongAddress, database="mysql") == "no_tables"
        assert refusal(shop, WrongAddress, tls="required") in ("tls", "tls_untrusted")
        assert refusal(shop, WrongAddress, tls="ca", ca="no certificate") == "ca"


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@pytest.mark.parametrize(
    ("greeting", "kind"),
    [(b"", TimedOut), (b"HTTP/1.1 400 Bad Request\r\n\r\nno", UnexpectedAnswer)],
    ids=["silent", "http"],
)
def test_a_port_that_is_no_database_ends_soon(shop: Store, greeting: bytes, kind: type[Exception]):
    with socket.create_server(("127.0.0.1", 0)) as server:
        held = []

        def serve() -> None:
            for _n in range(module.TRIES):
                try:
                    client, _address = server.accept()
                except OSError:
                    return
                held.append(client)
                client.sendall(greeting)

        threading.Thread(target=serve, daemon=True).start()
        refusal(shop, kind, port=server.getsockname()[1], timeout_s=0.5)
        for client in held:
            client.close()


def as_root(statement: str) -> None:
    server = services.mariadb()
    assert server is not None
    with pymysql.connect(**server.login, autocommit=True) as root, root.cursor() as cursor:
        cursor.execute(statement)


@pytest.fixture
def reader(shop: Store):
    """A user of the database who may only read, and have one connection at a time."""
    name = f"reader_{shop.database[-12:]}"
    as_root(f"CREATE USER {name}@'127.0.0.1' IDENTIFIED BY 'secret-password' WITH MAX_USER_CONNECTIONS 1")
    as_root(f"GRANT SELECT ON {shop.database}.* TO {name}@'127.0.0.1'")
    yield {"user": name, "password": "secret-password"}
    as_root(f"DROP USER {name}@'127.0.0.1'")


def test_a_user_without_the_right_to_write(shop: Store, reader):
    gateway = direct(shop, **reader)
    gateway.read("products.count")
    with pytest.raises(MissingPermission) as error:
        gateway.write("shop.may_write_products")
    assert error.value.key == "rights"
    gateway.close()


def test_more_connections_than_the_host_allows_are_a_limit(shop: Store, reader):
    first = direct(shop, **reader)
    first.read("products.count")
    assert refusal(shop, RateLimited, **reader) == "connections"
    first.close()


# Lost connections


def kill(gateway) -> None:
    as_root(f"KILL {gateway._connection.thread_id()}")


def test_a_read_is_repeated_when_the_connection_is_lost(shop: Store):
    shop.add_product("TEA")
    gateway = direct(shop)
    gateway.read("products.count")
    kill(gateway)
    assert gateway.read("products.count") == ({"number": "1"},)


def test_an_insert_is_not_repeated_when_the_connection_is_lost(shop: Store):
    gateway = direct(shop)
    gateway.read("products.count")
    kill(gateway)
    with pytest.raises(RemoteDown):
        gateway.write("producers.insert", name="Lipa")
    assert shop.rows("manufacturers") == []
    gateway.write("producers.insert", name="Lipa")
    assert len(shop.rows("manufacturers")) == 1


def test_after_a_silence_an_insert_is_not_risked_on_the_old_connection(shop: Store, monkeypatch):
    gateway = direct(shop)
    gateway.read("products.count")
    kill(gateway)
    monkeypatch.setattr(module, "SILENT_S", -1.0)
    gateway.write("producers.insert", name="Lipa")
    assert len(shop.rows("manufacturers")) == 1


def test_a_server_in_strict_mode_does_not_change_what_a_write_means(shop: Store):
    """Add-ons leave columns without a default: in strict mode no row could be inserted any more."""
    shop.altered = True
    shop.run(f"ALTER TABLE {shop.prefix}products ADD addon_column varchar(10) NOT NULL")
    gateway = direct(shop)
    row = (5, "TEA", "4.9000", "0.25", 0, 1, 0)
    assert gateway.write("products.insert", rows=[row]).matched == 1


# Encryption


def test_encryption_and_certificates(tmp_path):
    need_mariadb()
    with OwnServer(tmp_path) as server:
        shop = Store(NEW)
        shop.database = "mysql"
        given = {"host": "127.0.0.1", "port": server.port, "user": "strict", "password": "secret-password"}
        wants = {"database": "shop", **given}

        def version(**tls) -> str:
            gateway = direct(shop, **wants, **tls)
            gateway.use(UTF8_OVER_LATIN1)
            found = gateway.read("shop.server")[0]["version"]
            gateway.close()
            return found or ""

        # This user may only come encrypted.
        assert "MariaDB" in version()
        assert "MariaDB" in version(tls="required")
        assert "MariaDB" in version(tls="ca", ca=server.certificate)
        assert "MariaDB" in version(tls="verify", ca=server.certificate)
        with pytest.raises(WrongAddress) as error:
            version(tls="ca")
        assert error.value.key == "tls_untrusted"


def test_a_database_in_a_private_network_is_not_even_knocked_at(settings):
    settings.PRIVATE_TARGETS = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        login = module.Login("127.0.0.1", "u", "p", "d", port=server.getsockname()[1])
        with pytest.raises(WrongAddress) as caught:
            module.DirectGateway(login, "", Line(timeout_s=2))._connect()
        assert caught.value.key == "private_target"
        assert "PRIVATE_TARGETS" in caught.value.cure
        with pytest.raises(TimeoutError):
            server.accept()
