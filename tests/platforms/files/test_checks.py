"""“Test settings” of a shop that one exchanges files with: log in, list, write, rename, read back, delete; and what failed."""

from __future__ import annotations

import asyncssh
import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse

from backoffice.lib.transfer.ftp import Ftp
from shops.models import Shop
from shops.services.checks import check_shop
from tests import factories as make
from tests.peers.certificates import new_authority
from tests.peers.ftp import FtpPeer
from tests.peers.sftp import SftpPeer

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.requirement("M1", "S11")]
STEPS = ["settings", "login", "out", "write", "rename", "read", "delete", "orders"]


@pytest.fixture(autouse=True)
def _at_once(monkeypatch):
    monkeypatch.setattr("backoffice.lib.transfer.store.BACKOFF_S", 0)


@pytest.fixture
def home(tmp_path):
    home = tmp_path / "home"
    (home / "out").mkdir(parents=True)
    (home / "orders").mkdir()
    return home


@pytest.fixture
def started():
    peers = []

    def start(peer):
        peers.append(peer)
        return peer

    yield start
    for peer in peers:
        peer.stop()


def shop_on(peer, kind, **options) -> Shop:
    make.make_company()
    return make.make_shop(
        "soubory",
        platform="files",
        address="https://shop.example",
        credentials={"transfer_user": peer.user, "transfer_password": peer.password},
        options={
            "transfer": kind,
            "transfer_host": f"127.0.0.1:{peer.port}",
            "folder_out": "out",
            "folder_in": "orders",
            **options,
        },
    )


def findings_of(shop):
    """{step: finding}; that all steps are named, in their order, is checked on the way."""
    findings = list(check_shop(shop))
    assert [finding.key for finding in findings] == STEPS
    return {finding.key: finding for finding in findings}


def states(found):
    return {key: finding.state for key, finding in found.items()}


def only(state, *but):
    return {key: state for key in STEPS if key not in but}


def files(home):
    return sorted(str(path.relative_to(home)) for path in home.rglob("*") if path.is_file())


def test_every_step_is_tried_and_nothing_is_left_behind(started, home):
    (home / "orders" / "390.xml").write_text("<x/>")
    ftp = started(FtpPeer(home))
    found = findings_of(shop_on(ftp, "ftp"))
    assert states(found) == {**only("ok"), "settings": "remark"}
    assert "readable for everybody" in found["settings"].text
    assert "1 file lies in it; fetched is what is called *.xml, *.csv." in found["orders"].text
    assert files(home) == ["orders/390.xml"]
    assert {name: ftp.commands[name] for name in ("STOR", "RETR", "DELE")} == {
        "STOR": 1,
        "RETR": 1,
        "DELE": 1,
    }
    assert ftp.commands["RNTO"] == 2  # that of the upload, and the test's own


def test_a_folder_on_this_host(started, home, settings, tmp_path):
    settings.EXCHANGE_ROOT = str(tmp_path)
    ftp = started(FtpPeer(home))
    found = findings_of(shop_on(ftp, "folder", transfer_folder="home"))
    assert states(found) == only("ok")
    assert files(home) == []


def test_a_wrong_password_is_the_one_problem(started, home):
    shop = shop_on(started(FtpPeer(home)), "ftp")
    shop.credentials = {**shop.credentials, "transfer_password": "wrong"}
    shop.save()
    found = findings_of(shop)
    assert states(found) == {**only("skipped"), "settings": "remark", "login": "problem"}
    assert "does not accept this user and password" in found["login"].text
    assert "wrong" not in str(found)


@pytest.mark.parametrize(
    ("refuse", "step", "words"),
    [
        ({"MLSD": "550 Not enough privileges."}, "out", "does not let this login"),
        ({"STOR": "550 Not enough privileges."}, "write", "does not let this login"),
        ({"STOR": "452 Insufficient storage space."}, "write", "no space left"),
        ({"RNFR": "550 Not enough privileges."}, "write", "does not let this login"),
        ({"RETR": "550 Not enough privileges."}, "read", "does not let this login"),
        ({"DELE": "550 Not enough privileges."}, "delete", "does not let this login"),
    ],
)
def test_the_step_that_failed_is_named_and_the_rest_not_tried(started, home, refuse, step, words):
    ftp = started(FtpPeer(home))
    ftp.faults.refuse = refuse
    found = findings_of(shop_on(ftp, "ftp"))
    assert found[step].state == "problem"
    assert words in found[step].text
    assert found[step].cure
    after = STEPS[STEPS.index(step) + 1 : STEPS.index("orders")]
    assert {key: found[key].state for key in after} == dict.fromkeys(after, "skipped")


def test_a_server_that_changes_files_is_found_out(started, home, monkeypatch):
    ftp = started(FtpPeer(home))
    shop = shop_on(ftp, "ftp")
    real = Ftp._get
    monkeypatch.setattr(
        Ftp, "_get", lambda self, path, offset: (b.replace(b"\n", b"\r\n") for b in real(self, path, offset))
    )
    found = findings_of(shop)
    assert found["read"].state == "problem"
    assert "another content than was sent" in found["read"].text
    assert files(home) == []


def test_folders_that_are_missing(started, home):
    (home / "out").rmdir()
    (home / "orders").rmdir()
    found = findings_of(shop_on(started(FtpPeer(home)), "ftp"))
    assert (found["out"].state, found["orders"].state) == ("remark", "problem")
    assert "It is made with the first export." in found["out"].effect
    assert "No orders are fetched." in found["orders"].effect
    assert found["write"].state == "ok"


def test_nothing_that_answers(home):
    peer = FtpPeer(home)
    peer.stop()
    found = findings_of(shop_on(peer, "ftp"))
    assert "refuses the connection" in found["login"].text


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"transfer_host": ""}, "No server is entered"),
        ({"transfer_host": "a:b"}, "is no host with a port"),
        ({"transfer_folder": "../.."}, "leads out of its folder"),
        ({"pohoda_rates": "much"}, "is no list of VAT rates"),
    ],
)
def test_settings_that_cannot_be_meant_are_the_only_finding(started, home, options, words):
    shop = shop_on(started(FtpPeer(home)), "ftp", **options)
    (finding,) = check_shop(shop)
    assert (finding.key, finding.state, bool(finding.cure)) == ("settings", "problem", True)
    assert words in finding.text


def test_without_a_server_only_that_is_said(started, home):
    (finding,) = check_shop(shop_on(started(FtpPeer(home)), "none"))
    assert finding.state == "ok"
    assert "public addresses" in finding.text


# Who the server is: shown, confirmed by a click, refused when it changes


@pytest.fixture
def admin():
    client = Client()
    client.force_login(get_user_model().objects.create_superuser("petra", password="x"))
    return client


def press(client, shop, button="test", **data):
    client.post(reverse(f"admin:shops_shop_{button}", args=[shop.pk]), data)
    shop.refresh_from_db()
    return {item["key"]: item for item in shop.check_result}


def test_the_key_of_an_sftp_server_is_shown_confirmed_and_refused_when_it_changes(started, home, admin):
    key = asyncssh.generate_private_key("ssh-ed25519")
    server = started(SftpPeer(home, key=key))
    shop = shop_on(server, "sftp")
    login = press(admin, shop)["login"]
    assert (login["state"], login["new_option"]) == ("problem", ["transfer_key", server.host_key])
    assert key.get_fingerprint() in login["text"]
    assert server.commands == {}
    html = admin.get(reverse("admin:shops_shop_change", args=[shop.pk])).content.decode()
    assert "Confirm this key" in html

    # Another key than the one that was shown cannot be slipped in.
    press(admin, shop, "use_option", name="transfer_key", value="ssh-ed25519 AAAAother")
    assert "transfer_key" not in shop.options
    found = press(admin, shop, "use_option", name="transfer_key", value=server.host_key)
    assert shop.options["transfer_key"] == server.host_key
    assert {key: item["state"] for key, item in found.items()} == only("ok")
    assert key.get_fingerprint() in found["settings"]["text"]

    server.stop()
    impostor = started(SftpPeer(home, port=server.port))
    login = press(admin, shop)["login"]
    assert login["state"] == "problem"
    assert "another key than the one that was confirmed" in login["text"]
    assert impostor.commands == {}
    assert shop.options["transfer_key"] == server.host_key


def test_the_certificate_of_an_ftps_server_is_shown_and_exactly_it_accepted(started, home, admin, tmp_path):
    pem = tmp_path / "server.pem"
    new_authority().issue(pem)
    server = started(FtpPeer(home, certificate=pem))
    shop = shop_on(server, "ftps")
    login = press(admin, shop)["login"]
    assert (login["state"], login["new_option"][0]) == ("problem", "transfer_pin")
    assert "issued by CN=Test authority" in login["why"]
    assert not {"USER", "PASS"} & set(server.commands)
    found = press(admin, shop, "use_option", name="transfer_pin", value=login["new_option"][1])
    assert {key: item["state"] for key, item in found.items()} == only("ok")

    server.stop()
    other = tmp_path / "other.pem"
    new_authority().issue(other)
    impostor = started(FtpPeer(home, certificate=other))
    Shop.objects.filter(pk=shop.pk).update(
        options={**shop.options, "transfer_host": f"127.0.0.1:{impostor.port}"}
    )
    login = press(admin, shop)["login"]
    assert "another certificate than the one that was confirmed" in login["text"]
    assert not {"USER", "PASS"} & set(impostor.commands)


def test_who_may_not_enter_logins_confirms_nothing(started, home):
    server = started(SftpPeer(home))
    shop = shop_on(server, "sftp")
    list(check_shop(shop))
    user = get_user_model().objects.create_user("jan", is_staff=True)
    client = Client()
    client.force_login(user)
    answer = client.post(
        reverse("admin:shops_shop_use_option", args=[shop.pk]),
        {"name": "transfer_key", "value": server.host_key},
    )
    assert answer.status_code == 403
    shop.refresh_from_db()
    assert "transfer_key" not in shop.options
