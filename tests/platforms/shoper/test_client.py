"""Signing in, the bucket, bulks and refusals, against the stand-in shop."""

from __future__ import annotations

import json

import pytest

from backoffice.lib.errors import (
    BadCredentials,
    MissingPermission,
    PlanTooSmall,
    Refused,
    RemoteDown,
    Retriable,
    UnexpectedAnswer,
    WrongAddress,
)
from shops.platforms.base import OwnToken
from shops.platforms.shoper.client import Call, Client, listing
from tests.peers.scripted import Reply, ScriptedServer
from tests.peers.turns import Turns
from tests.platforms.shoper.connecting import add_products, category, connection


def client(shop, pace=None, **more) -> Client:
    return Client(connection(shop, pace, **more))


# Signing in


def test_a_login_is_lent_a_token_once_and_never_in_the_address(shoper):
    talk = client(shoper)
    for _number in range(3):
        talk.get("application-version")
    assert shoper.logins == 1
    first = shoper.asked[0]
    assert (first.path, first.headers["Authorization"].split()[0]) == ("/webapi/rest/auth", "Basic")
    assert all("Bearer " in asked.headers["Authorization"] for asked in shoper.asked[1:])
    assert not any("password" in str(asked.query) for asked in shoper.asked)


def test_a_token_of_the_panel_is_used_as_it_is(shoper):
    talk = client(shoper, credentials={"token": shoper.panel_token()})
    assert talk.get("application-version") == {"version": "5.26.35"}
    assert shoper.logins == 0


def test_a_withdrawn_token_of_the_panel_is_no_reason_to_sign_in(shoper):
    with pytest.raises(BadCredentials) as caught:
        client(shoper, credentials={"token": "gone"}).get("application-version")
    assert (caught.value.key, shoper.logins) == ("token", 0)


def test_a_lent_token_that_has_ended_is_replaced_and_the_call_repeated(shoper):
    tokens = OwnToken()
    talk = client(shoper, tokens=tokens)
    talk.get("application-version")
    shoper.tokens.clear()
    assert talk.get("application-version") == {"version": "5.26.35"}
    assert shoper.logins == 2


def test_another_workers_newer_token_is_taken_instead_of_signing_in_again(shoper):
    """A new token makes the older invalid; whoever is refused looks first whether somebody was faster."""

    class Shared(OwnToken):
        def renew(self, refused, ask):
            newer = self.current()
            return newer if newer and newer != refused else super().renew(refused, ask)

    tokens = Shared()
    one, two = client(shoper, tokens=tokens), client(shoper, tokens=tokens)
    one.get("application-version")
    shoper.tokens.clear()
    stale = tokens.current()
    tokens.renew(stale, two.sign_in)
    assert one.get("application-version") == {"version": "5.26.35"}
    assert shoper.logins == 2


@pytest.mark.parametrize(
    ("error", "kind", "key"),
    [
        ("auth_failure", BadCredentials, "login"),
        ("auth_ip_not_allowed", MissingPermission, "ip"),
        ("auth_webapi_access_denied", MissingPermission, "webapi"),
    ],
)
def test_a_refused_login_says_why(shoper, error, kind, key):
    shoper.auth_error = error
    with pytest.raises(kind) as caught:
        client(shoper).get("application-version")
    assert (caught.value.key, bool(caught.value.cure)) == (key, True)


def test_no_login_at_all_asks_nothing(shoper):
    with pytest.raises(BadCredentials) as caught:
        client(shoper, credentials={}).get("application-version")
    assert (caught.value.key, shoper.asked) == ("no_login", [])


# Refusals


def test_refusals_by_their_status(shoper):
    talk = client(shoper)
    add_products(shoper, 1)
    with pytest.raises(Refused) as caught:
        talk.call(Call("POST", "products", {"code": "X"}))
    assert caught.value.key == "invalid_request:category_id,pkwiu,stock,translations"
    assert "Pole wymagane" in caught.value.message
    assert talk.find("products/999") is None
    shoper.lacking = {"users"}
    with pytest.raises(UnexpectedAnswer) as caught:
        talk.get("users")
    assert caught.value.key == "scope:insufficient_scope"
    shoper.fault("answer", status=402, error="access_denied")
    with pytest.raises(PlanTooSmall):
        talk.get("products")
    shoper.fault("answer", status=409)
    with pytest.raises(RemoteDown) as caught:
        talk.call(Call("PUT", "products/1", {"code": "Y"}))
    assert caught.value.key == "locked"


def test_something_else_at_the_address_is_no_shoper_shop():
    with ScriptedServer() as server:
        server.replies = [Reply(404, b"<html>Not here</html>", {"Content-Type": "text/html"})]
        with pytest.raises(WrongAddress) as caught:
            client(server, credentials={"token": "t"}).get("application-version")
        assert caught.value.key == "no_api"


# The bucket


def test_all_workers_are_stopped_before_the_bucket_runs_over(shoper):
    shoper.bucket.limit, shoper.bucket.bandwidth = 10, 0.001
    pace = Turns()
    talk = client(shoper, pace)
    for _number in range(9):  # and one to sign in
        talk.get("application-version")
    # From four of ten on, since seven may be on their way: (calls + 7 - limit) / bandwidth.
    assert pace.penalties == [1000.0 * waited for waited in range(1, 8)]


def test_a_shop_that_does_not_show_its_bucket_is_asked_twice_a_second(shoper):
    shoper.without_headers = True
    pace = Turns()
    client(shoper, pace).get("application-version")
    assert pace.penalties == [0.5, 0.5]


def test_a_full_bucket_is_waited_for(shoper):
    shoper.bucket.limit, shoper.bucket.bandwidth = 3, 1000
    talk = client(shoper)
    for _number in range(20):
        assert talk.get("application-version")


# Bulks


def test_a_bulk_answers_call_by_call(shoper):
    category(shoper)
    first, second = add_products(shoper, 2)
    talk = client(shoper)
    shoper.forget()
    bodies = talk.bulk(
        [
            Call("PUT", f"product-stocks/{first}", {"stock": 12}),
            Call("PUT", "product-stocks/999", {"stock": 1}),
            Call("PUT", f"product-stocks/{second}", {"stock": 0}),
        ]
    )
    assert (bodies[0], bodies[1].data, bodies[2]) == (1, {"gone": "1"}, 1)
    assert shoper.calls["POST", "bulk"] == 1
    assert [row["stock"] for row in shoper.store.rows("product-stocks")] == [12, 0]


def test_more_than_25_calls_go_in_several_requests_and_one_goes_alone(shoper):
    ids = add_products(shoper, 51)
    talk = client(shoper)
    talk.get("application-version")
    shoper.forget()
    talk.bulks([Call("PUT", f"product-stocks/{pk}", {"stock": 1}) for pk in ids])
    assert dict(shoper.calls) == {("POST", "bulk"): 2, ("PUT", "product-stocks"): 1}


def test_an_answer_that_lacks_some_calls_is_a_doubt_not_a_refusal():
    body = json.dumps({"errors": False, "items": [{"code": 200, "body": 1, "id": "0"}]})
    with ScriptedServer() as server:
        server.replies = [Reply(200, body)]
        with pytest.raises(RemoteDown) as caught:
            client(server, credentials={"token": "t"}).bulk([Call("POST", "units", {})] * 2)
        assert caught.value.key == "bulk_rows"
        assert isinstance(caught.value, Retriable)


@pytest.mark.parametrize(("method", "asked"), [("PUT", 3), ("POST", 1)])
def test_only_what_does_no_harm_twice_is_repeated_after_a_broken_answer(shoper, method, asked):
    talk = client(shoper)
    talk.get("application-version")
    shoper.forget()
    shoper.fault("drop", times=None, method=method)
    path = "units/1" if method == "PUT" else "units"
    with pytest.raises(Retriable):
        talk.bulk([Call(method, path, {}), Call(method, path, {})])
    assert len(shoper.asked) == asked


# Lists


def test_short_lists_are_read_whole_also_beyond_ten_rows(shoper):
    talk = client(shoper)
    assert len(talk.rows(listing("statuses"))) == 11
    for number in range(120):
        shoper.store.add("producers", name=f"P{number}", web="")
    shoper.forget()
    rows = talk.rows(listing("producers"))
    assert len({row["producer_id"] for row in rows}) == 120
    assert dict(shoper.calls) == {("GET", "producers"): 1, ("POST", "bulk"): 1}


def test_a_list_that_never_comes_to_rest_is_not_taken_for_the_truth(shoper):
    for number in range(60):
        shoper.store.add("producers", name=f"P{number}", web="")

    def grow(resource, params):
        if resource == "producers":
            shoper.store.add("producers", name="more", web="")

    shoper.before_list = grow
    with pytest.raises(RemoteDown) as caught:
        client(shoper).rows(listing("producers"))
    assert caught.value.key == "restless"
