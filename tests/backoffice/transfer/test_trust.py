"""Who the server is: certificates and host keys, checked before the login is sent, never silently accepted."""

from __future__ import annotations

import asyncssh
import pytest

from backoffice.lib.errors import BadCredentials, WrongAddress
from backoffice.lib.transfer import Target, Untrusted, open_store
from backoffice.lib.transfer.sftp import shown_host_key
from backoffice.lib.transfer.tls import fingerprint, shown_pin
from tests.peers.certificates import new_authority
from tests.peers.ftp import FtpPeer
from tests.peers.sftp import SftpPeer

pytestmark = pytest.mark.requirement("S11")
FTPS = pytest.mark.parametrize("place", ["ftps"], indirect=True)
SFTP = pytest.mark.parametrize("place", ["sftp"], indirect=True)


def no_login(peer):
    assert not {"USER", "PASS"} & set(peer.commands)


@FTPS
def test_a_certificate_of_an_unknown_issuer_is_refused_before_the_login(place):
    with pytest.raises(Untrusted, match="issued by nobody Kontor trusts") as caught:
        place.open(certificate="").entries()
    assert caught.value.key == "tls_untrusted"
    no_login(place.peer)


@FTPS
def test_a_certificate_of_our_own_issuer_is_accepted_and_data_is_encrypted_too(place):
    store = place.open()
    store.entries()
    assert place.peer.commands["PROT"] == 1
    assert store._ftp.sock.version() in ("TLSv1.2", "TLSv1.3")


@FTPS
def test_the_issuer_of_another_firm_is_refused(place):
    with pytest.raises(Untrusted):
        place.open(certificate=new_authority().pem).entries()
    no_login(place.peer)


@FTPS
def test_exactly_one_confirmed_certificate_is_accepted(place):
    import ssl

    der = ssl.PEM_cert_to_DER_cert(_certificate_of(place))
    pin = fingerprint(der)
    assert place.open(certificate="", pin=pin).entries() == []
    assert place.open(certificate="", pin=f"SHA256 {shown_pin(pin)}").entries() == []
    before = place.peer.commands["USER"]
    with pytest.raises(Untrusted, match="another certificate") as caught:
        place.open(certificate="", pin="00" * 32).entries()
    assert caught.value.data == {"pin": pin}
    assert place.peer.commands["USER"] == before


def _certificate_of(place):
    text = (place.home.parent / "server.pem").read_text()
    return text[text.index("-----BEGIN CERTIFICATE") :]


def test_a_certificate_for_another_name_and_one_that_has_expired(tmp_path, authority):
    for name, days, key in (("other.example", (-1, 30), "tls_name"), ("127.0.0.1", (-30, -1), "tls_expired")):
        certificate = tmp_path / f"{key}.pem"
        authority.issue(certificate, name, days)
        peer = FtpPeer(tmp_path, certificate=certificate)
        try:
            target = Target(
                "ftps", "127.0.0.1", peer.port, "lipa", "geheim", certificate=authority.pem, timeout_s=3
            )
            with open_store(target) as store, pytest.raises(Untrusted) as caught:
                store.entries()
            assert caught.value.key == key
            no_login(peer)
        finally:
            peer.stop()


@FTPS
def test_plain_ftp_to_a_server_that_wants_tls_says_so(place):
    with pytest.raises(WrongAddress, match="encrypted connections only") as caught:
        place.open(kind="ftp").entries()
    assert "FTPS" in caught.value.cure


@pytest.mark.parametrize("place", ["ftp"], indirect=True)
def test_ftps_to_a_server_without_tls_never_falls_back(place):
    with pytest.raises(WrongAddress):
        place.open(kind="ftps").entries()
    no_login(place.peer)


@FTPS
def test_a_certificate_that_is_no_certificate(place):
    with pytest.raises(WrongAddress, match="cannot be read"):
        place.open(certificate="-----BEGIN NONSENSE").entries()


@SFTP
def test_an_unknown_host_key_is_shown_and_nothing_is_sent(place):
    with pytest.raises(Untrusted, match="nobody has confirmed yet") as caught:
        place.open(host_key="").entries()
    assert caught.value.data["host_key"] == place.peer.host_key
    assert caught.value.data["shown"].startswith("ED25519 SHA256:")
    assert place.peer.key.get_fingerprint() in caught.value.data["shown"]


@SFTP
def test_a_host_key_that_changes_is_refused(place):
    place.open().entries()
    port = place.peer.port
    place.peer.stop()
    impostor = SftpPeer(place.home, port=port)
    place.peer = impostor
    with pytest.raises(Untrusted, match="another key than the one that was confirmed") as caught:
        place.open().entries()
    assert caught.value.key == "host_key_changed"
    assert impostor.commands == {}


@SFTP
def test_a_private_key_in_place_of_a_password(place):
    key = asyncssh.generate_private_key("ssh-ed25519")
    place.peer.client_key = key
    text = key.export_private_key().decode()
    assert place.open(password="", private_key=text).entries() == []
    stranger = asyncssh.generate_private_key("ssh-ed25519").export_private_key().decode()
    with pytest.raises(BadCredentials):
        place.open(password="", private_key=stranger).entries()


@SFTP
@pytest.mark.parametrize("kind", ["ssh-rsa", "ecdsa-sha2-nistp256"])
def test_private_keys_of_other_kinds(place, kind):
    key = asyncssh.generate_private_key(kind)
    place.peer.client_key = key
    assert place.open(password="", private_key=key.export_private_key("pkcs1-pem").decode()).entries() == []


@SFTP
def test_a_private_key_with_a_passphrase(place):
    key = asyncssh.generate_private_key("ssh-ed25519")
    place.peer.client_key = key
    text = key.export_private_key(passphrase="open sesame").decode()
    assert place.open(password="", private_key=text, passphrase="open sesame").entries() == []
    with pytest.raises(BadCredentials, match=r"passphrase|cannot be read"):
        place.open(password="", private_key=text).entries()
    with pytest.raises(BadCredentials, match="cannot be read"):
        place.open(private_key="not a key").entries()


def test_how_a_host_key_is_shown():
    key = asyncssh.generate_private_key("ssh-ed25519").convert_to_public()
    line = key.export_public_key().decode()
    assert shown_host_key(line) == f"ED25519 {key.get_fingerprint()}"
    assert shown_host_key("ssh-ed25519 !!") == "ssh-ed25519 !!"


@pytest.mark.parametrize("place", ["ftp"], indirect=True)
def test_a_line_break_in_the_login_becomes_no_command(place):
    with pytest.raises(BadCredentials, match="line break"):
        place.open(user="lipa\r\nDELE a.txt")
