""" "Test settings" against the stand-in shop: each thing that can be wrong is named with its cure."""

from __future__ import annotations

from pathlib import Path

import pytest

from shops.platforms.shoper.checks import STEPS
from tests.peers.scripted import Reply, ScriptedServer
from tests.platforms.shoper.connecting import category, connect

PAGE = Path(__file__).resolve().parents[3] / "docs" / "platforms" / "shoper.md"


def findings(shop, **more) -> dict:
    return {finding.key: finding for finding in connect(shop, **more).check()}


@pytest.mark.requirement("M1")
def test_a_good_shop_has_no_problem_and_nothing_is_written(shoper):
    place = category(shoper)
    found = findings(shoper, currency="PLN", options={"default_category": str(place)})
    assert list(found) == [key for key, _label in STEPS]
    assert {finding.state for finding in found.values()} == {"ok"}
    assert (found["vat"].text, found["category"].text) == ("23 %, 8 %, 5 %, 0 %", "Kuchnia")
    assert shoper.writes == []
    assert len(shoper.asked) <= 12


@pytest.mark.requirement("M1")
@pytest.mark.parametrize(
    ("error", "said"),
    [
        ("auth_failure", "does not accept the login"),
        ("auth_ip_not_allowed", "certain addresses"),
        ("auth_webapi_access_denied", "WebAPI"),
    ],
)
def test_a_login_that_is_refused(shoper, error, said):
    shoper.auth_error = error
    found = findings(shoper)
    assert (found["address"].state, found["login"].state, found["rights"].state) == (
        "ok",
        "problem",
        "skipped",
    )
    assert said in found["login"].text
    assert found["login"].cure


def test_neither_token_nor_login(shoper):
    found = findings(shoper, credentials={})["login"]
    assert (found.state, "Dodaj integrację" in found.cure) == ("problem", True)


def test_a_withdrawn_token(shoper):
    assert "withdrawn" in findings(shoper, credentials={"token": "gone"})["login"].text


def test_missing_rights_are_named(shoper):
    shoper.lacking = {"users", "webhooks"}
    found = findings(shoper)["rights"]
    assert (found.state, "Customers, Webhooks" in found.text) == ("problem", True)


def test_the_rest_that_can_be_wrong(shoper):
    shoper.store.config |= {
        "shop_off": "1", "warehouses_enabled": True, "technical_url": "https://sklep.example",
        "default_currency_name": "EUR",
    }  # fmt: skip
    shoper.store.tables["taxes"].clear()
    found = findings(shoper, currency="PLN", language="sl", options={"default_category": "99"})
    states = {key: finding.state for key, finding in found.items()}
    assert {key for key, state in states.items() if state == "problem"} == {
        "currency",
        "vat",
        "stock",
        "category",
    }
    assert {key for key, state in states.items() if state == "remark"} == {"home", "open", "language"}
    assert all(finding.cure or finding.why for finding in found.values() if finding.state != "ok")


def test_an_order_that_does_not_lower_the_stock(shoper):
    shoper.store.config["shopping_update_stock_on_buy"] = "0"
    assert findings(shoper)["stock"].state == "remark"


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (Reply(404, b"<html>Not here</html>"), "no Shoper shop"),
        (Reply(200, b"<html>Welcome</html>"), "no Shoper shop"),
        (Reply(503, b'{"error":"temporarily_unavailable","error_description":"x"}'), "locked"),
        (
            Reply(301, b"", {"Location": "https://new.example/webapi/rest/application-version"}),
            "https://new.example",
        ),
    ],
    ids=["nothing", "web page", "locked", "moved"],
)
def test_what_else_may_answer_at_the_address(reply, said):
    with ScriptedServer() as server:
        server.replies = [reply]
        found = findings(server, credentials={"token": "t"})
    assert (found["address"].state, said in found["address"].text) == ("problem", True)
    assert found["address"].cure


def test_no_server_at_all():
    class Nowhere:
        url = "http://127.0.0.1:9"

    found = findings(Nowhere, credentials={"token": "t"})
    assert (found["address"].state, found["login"].state) == ("problem", "skipped")


def test_the_manual_has_a_place_for_every_check():
    page = PAGE.read_text(encoding="utf-8").lower()
    assert [str(label) for _key, label in STEPS if f"| {str(label).lower()} |" not in page] == []
