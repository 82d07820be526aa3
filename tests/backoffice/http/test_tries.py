"""Time, trouble and tries again."""

import datetime as dt
import time

import pytest

from backoffice.lib.errors import RateLimited, RemoteDown, TimedOut
from backoffice.lib.http import Session
from tests.backoffice.http.pausing import Pacer
from tests.peers.scripted import Reply


def test_an_answer_that_does_not_come_in_time_is_doubtful(peer):
    peer.replies = [Reply(wait_s=5)]
    with Session(peer.url, timeout_s=0.2) as session, pytest.raises(TimedOut) as error:
        session.request("POST", "/orders")
    assert error.value.key == "answer_timeout"
    assert len(peer.asked) == 1


def test_a_server_that_drips_is_left_when_the_time_is_up(peer):
    peer.replies = [Reply(parts=[b" "] * 100, pause_s=0.05)]
    started = time.monotonic()
    with Session(peer.url, timeout_s=0.3) as session, pytest.raises(TimedOut):
        session.request("GET", "/", idempotent=False)
    assert time.monotonic() - started < 1.5


@pytest.mark.parametrize("reply", [Reply(drop=True), Reply(body=b"{}", length=100)])
def test_a_broken_connection_is_doubtful(peer, session, reply):
    peer.replies = [reply]
    with pytest.raises(RemoteDown) as error:
        session.request("POST", "/")
    assert error.value.key == "cut"
    assert len(peer.asked) == 1


@pytest.mark.parametrize(
    ("method", "idempotent", "tries"),
    [
        ("GET", None, 3),
        ("PUT", None, 3),
        ("DELETE", None, 3),
        ("POST", None, 1),
        ("PATCH", None, 1),
        ("POST", True, 3),
        ("GET", False, 1),
    ],
)
@pytest.mark.parametrize("reply", [Reply(502, "<h1>Bad gateway</h1>"), Reply(drop=True)])
def test_a_doubtful_try_is_repeated_only_where_twice_is_as_once(
    peer, session, method, idempotent, tries, reply
):
    peer.replies = [reply]
    with pytest.raises(RemoteDown):
        session.request(method, "/", idempotent=idempotent)
    assert len(peer.asked) == tries
    assert len(session._sleep) == tries - 1


def test_the_pauses_between_tries_grow_and_differ(peer, session):
    peer.replies = [Reply(500)]
    first, second = [], []
    for _ in range(20):
        session._sleep.clear()
        with pytest.raises(RemoteDown):
            session.request("GET", "/")
        first.append(session._sleep[0])
        second.append(session._sleep[1])
    assert all(0.25 <= pause <= 0.75 for pause in first)
    assert all(0.5 <= pause <= 1.5 for pause in second)
    assert len(set(first)) > 10


def test_an_outage_that_ends_is_not_noticed(peer, session, calls):
    peer.replies = [Reply(503, headers={"Retry-After": "2"}), Reply(body='{"a": 1}')]
    assert session.request("GET", "/").json() == {"a": 1}
    assert session._sleep == [2.0]
    assert [call.status for call in calls] == [503, 200]


def test_a_long_outage_is_reported_with_its_length_instead_of_waited_for(peer, session):
    peer.replies = [Reply(503, "<p>Maintenance</p>", {"Retry-After": "3600", "X-Request-Id": "r-1"})]
    with pytest.raises(RemoteDown) as error:
        session.request("GET", "/")
    assert error.value.data == {"retry_after_s": "3600"}
    assert (error.value.status, error.value.request_id, error.value.key) == (503, "r-1", "down")
    assert "Maintenance" in error.value.detail
    assert len(peer.asked) == 1


def test_a_platform_may_read_its_own_5xx_and_redirects(peer, session):
    peer.replies = [Reply(501, '{"code": "trash_not_supported"}'), Reply(302, headers={"Location": "/x"})]
    assert session.request("DELETE", "/", accept=(500, 501)).json()["code"] == "trash_not_supported"
    assert session.request("GET", "/", accept=range(300, 400)).status == 302


def test_a_429_is_waited_for_even_by_a_post_since_nothing_was_done(peer, session):
    peer.replies = [Reply(429, headers={"Retry-After": "3"}), Reply()]
    assert session.request("POST", "/").status == 200
    assert session._sleep == [3.0]


def test_the_pace_is_asked_before_every_try_and_told_of_a_429(peer, session):
    session.pace = Pacer()
    peer.replies = [Reply(429, headers={"Retry-After": "3"}), Reply(500), Reply()]
    session.request("GET", "/", cost=2)
    assert session.pace.told == [("wait", 2, 30.0), ("penalise", 3.0), ("wait", 2, 30.0), ("wait", 2, 30.0)]
    assert session._sleep[0] == 0.0


def test_a_429_longer_than_the_slice_has_left_is_handed_up(peer, session):
    session.pace = Pacer()
    session.max_wait_s = 5
    peer.replies = [Reply(429, headers={"Retry-After": "90"})]
    with pytest.raises(RateLimited) as error:
        session.request("GET", "/")
    assert error.value.after_s == 90
    assert session.pace.told == [("wait", 1, 5), ("penalise", 90.0)]
    assert "90 seconds" in error.value.message


@pytest.mark.parametrize(
    ("header", "low", "high"),
    [
        ("7", 7, 7),
        ("0.5", 0.5, 0.5),
        ("-3", 0, 0),
        ("nan", 10, 10),
        ("soon", 10, 10),
        ("", 10, 10),
        ("1e99", 86400, 86400),
    ],
)
def test_retry_after_is_a_number_of_seconds(peer, session, header, low, high):
    session.max_wait_s = -1
    peer.replies = [Reply(429, headers={"Retry-After": header})]
    with pytest.raises(RateLimited) as error:
        session.request("GET", "/")
    assert low <= error.value.after_s <= high


def test_retry_after_may_be_a_date(peer, session):
    session.max_wait_s = -1
    moment = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=50)
    peer.replies = [Reply(429, headers={"Retry-After": moment.strftime("%a, %d %b %Y %H:%M:%S GMT")})]
    with pytest.raises(RateLimited) as error:
        session.request("GET", "/")
    assert 45 <= error.value.after_s <= 50
