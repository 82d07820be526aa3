"""The log of what was asked, without secrets."""

import base64
import logging

import pytest

from backoffice.lib.errors import UnexpectedAnswer
from backoffice.lib.http import Session
from tests.peers.scripted import Reply


def test_each_try_is_reported_without_secrets(peer, session, calls, caplog):
    peer.replies = [
        Reply(500, '{"token": "abc123", "said": "hunter2222"}'),
        Reply(body='{"ok": "hunter2222"}'),
    ]
    with caplog.at_level(logging.DEBUG):
        session.request(
            "PUT",
            "/login",
            params={"consumer_secret": "cs_x", "page": 1, "q": "hunter2222"},
            json={"password": "geheim", "user": "petra", "note": "hunter2222"},
            auth=("petra", "hunter2222"),
        )
    first, second = calls
    assert (first.method, first.status, second.status) == ("PUT", 500, 200)
    assert first.url == f"{peer.url}/login?consumer_secret=•••&page=1&q=•••"
    assert first.request == '{"password":"•••","user":"petra","note":"•••"}'
    assert first.response == '{"token": "•••", "said": "•••"}'
    assert first.error.startswith("RemoteDown:")
    assert (second.response, second.error, second.bytes) == ('{"ok": "•••"}', "", 20)
    assert 0 < second.seconds < 5
    everything = caplog.text + repr(calls)
    for secret in ("hunter2222", "geheim", "abc123", "cs_x", base64.b64encode(b"petra:hunter2222").decode()):
        assert secret not in everything


def test_a_secret_does_not_leave_through_an_error(peer, session):
    peer.replies = [Reply(body="wrong key hunter2222")]
    with pytest.raises(UnexpectedAnswer) as error:
        session.request("GET", "/", params={"q": "hunter2222"}).json()
    assert "hunter2222" not in f"{error.value.message}{error.value.cure}{error.value.detail}"


def test_long_and_binary_bodies_are_kept_in_extract_that_any_database_stores(peer, session, calls):
    peer.replies = [Reply(body=b"\0\x01" + b"x" * 100_000)]
    session.request("POST", "/", data="y" * 100_000)
    [call] = calls
    assert len(call.request) == len(call.response) == 4000
    assert "\0" not in call.response
    assert call.bytes == 100_002


def test_a_log_that_fails_does_not_turn_a_done_write_into_a_failed_one(peer, caplog):
    with Session(peer.url, log=lambda _call: 1 / 0) as session:
        assert session.request("POST", "/").status == 200
    assert "the log of calls failed" in caplog.text
