""" "Test settings" against shops with one thing wrong each: the cause is named, the rest is skipped or goes on."""

from __future__ import annotations

import json
import socket
from datetime import UTC, datetime, timedelta

import pytest

from shops.platforms.base import Finding
from shops.platforms.woocommerce import WooCommerce, checks
from shops.platforms.woocommerce.checks import STEPS
from tests.peers.scripted import Asked, Reply, ScriptedServer
from tests.peers.woocommerce import (
    ADMIN,
    BUYER,
    MANAGER,
    READER,
    UNKNOWN,
    WRITER,
    Key,
    make_shop,
    self_signed,
)
from tests.platforms.woocommerce.connecting import connect, connection

WRONG_SECRET = Key(ADMIN.key, "cs_" + "7" * 40)


def check(shop, key: Key = ADMIN, **more) -> dict[str, Finding]:
    findings = list(connect(shop, key, **more).check())
    assert [finding.key for finding in findings] == [name for name, _label in STEPS]
    assert all(finding.label for finding in findings)
    return {finding.key: finding for finding in findings}


def states(findings: dict[str, Finding]) -> dict[str, str]:
    """The findings that are not ok."""
    return {name: finding.state for name, finding in findings.items() if finding.state != "ok"}


def stopped_at(findings: dict[str, Finding], name: str) -> Finding:
    """The problem that ended the test: what comes after it was skipped, and says so."""
    order = [key for key, _label in STEPS]
    after = order[order.index(name) + 1 :]
    assert findings[name].state == "problem"
    assert {findings[key].state for key in after} == {"skipped"}
    assert all(findings[key].text for key in after)
    assert findings[name].text
    assert findings[name].cure
    return findings[name]


@pytest.mark.requirement("M1")
def test_a_good_shop_passes_and_nothing_is_changed(woo):
    woo.reset_counts()
    findings = check(woo, currency="EUR")
    assert set(states(findings)) <= {"cron", "limits"}  # remarks that hinder nothing
    assert "problem" not in states(findings).values()
    assert woo.writes == []
    assert "9.5 %" in findings["vat"].text
    assert findings["version"].text == "WooCommerce 10.5.2."


@pytest.mark.requirement("M1")
def test_a_good_shop_over_https_passes(woo_tls):
    assert "problem" not in states(check(woo_tls, verify=False)).values()


# The address


def test_an_address_that_is_none():
    platform = WooCommerce(connection("shop.example"))
    first, *rest = platform.check()
    assert first.state == "problem"
    assert "shop.example" in first.text
    assert {finding.state for finding in rest} == {"skipped"}


def test_a_name_that_nobody_has():
    first, *_rest = WooCommerce(connection("http://shop.invalid")).check()
    assert (first.key, first.state) == ("address", "problem")
    assert "shop.invalid" in first.text


def test_a_port_where_nobody_listens():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    first, *_rest = WooCommerce(connection(f"http://127.0.0.1:{port}")).check()
    assert first.state == "problem"
    assert "port" in first.cure


def test_a_certificate_that_nobody_vouches_for(woo_tls):
    finding = stopped_at(check(woo_tls), "address")
    assert "certificate" in finding.text


def test_http_spoken_at_an_https_address(woo):
    address = woo.url.replace("http:", "https:")
    first, *_rest = WooCommerce(connection(address)).check()
    assert first.state == "problem"
    assert "http://" in first.cure


@pytest.mark.parametrize(
    ("permalinks", "cure", "new_address"),
    [("plain", "Permalinks", ""), ("index", "Use this address", "/index.php")],
)
def test_permalinks(woo, permalinks, cure, new_address):
    woo.permalinks = permalinks
    finding = stopped_at(check(woo), "address")
    assert cure in finding.cure
    assert finding.new_address == (woo.url + new_address if new_address else "")


def test_a_shop_behind_index_php_works_at_the_address_it_is_told(woo):
    woo.permalinks = "index"
    findings = {one.key: one for one in WooCommerce(connection(f"{woo.url}/index.php")).check()}
    assert "problem" not in states(findings).values()
    assert findings["home"].state == "ok"


def test_no_wordpress_at_all():
    with ScriptedServer() as peer:
        peer.replies = [Reply(status=200, body="<html>Hello</html>")]
        finding = stopped_at(check(peer), "address")
    assert "no WordPress" in finding.text


def test_maintenance(woo):
    woo.maintenance = True
    assert "maintenance" in stopped_at(check(woo), "address").text


def test_the_shop_has_broken_down(woo):
    woo.database_down = True
    assert "provider" in stopped_at(check(woo), "address").cure


def test_the_interface_is_closed_by_a_plug_in(woo):
    woo.fails("GET", "/wp-json", status=401, code="rest_forbidden", times=None)
    assert "security plug-in" in stopped_at(check(woo), "address").why


def test_a_firewall_answers(woo):
    woo.answers_html("GET", "/wp-json", status=403, times=None)
    assert "firewall" in stopped_at(check(woo), "address").why


def test_the_plug_in_is_off(woo):
    body = json.dumps({"name": "x", "home": woo.url, "namespaces": ["wp/v2"]}).encode()
    woo.fault("answer", route="/wp-json", status=200, body=body, times=None)
    assert "Plugins" in stopped_at(check(woo), "plugin").cure


def test_the_shop_has_moved():
    with ScriptedServer() as peer:
        peer.replies = [Reply(status=301, headers={"Location": "https://new.example/wp-json/"})]
        finding = stopped_at(check(peer), "address")
    assert finding.new_address == "https://new.example"


def test_another_spelling_of_the_address_works_but_is_remarked():
    with make_shop(home="http://www.shop.example") as shop:
        findings = check(shop)
        assert findings["home"].state == "remark"
        assert findings["home"].new_address == "http://www.shop.example"
        assert findings["key"].state == "ok"


@pytest.mark.parametrize(
    ("minutes", "secure", "state"), [(20, False, "problem"), (5, False, "remark"), (20, True, "remark")]
)
def test_the_clock(tmp_path, monkeypatch, minutes, secure, state):
    import ssl

    class Later(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime.now(tz) + timedelta(minutes=minutes)

    monkeypatch.setattr(checks, "datetime", Later)
    context = None
    if secure:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self_signed(tmp_path))
    with ScriptedServer(context) as peer:
        peer.replies = [Reply(body=json.dumps({"home": peer.url, "namespaces": ["wc/v3"]}))]
        findings = check(peer, verify=False)
    assert findings["clock"].state == state
    assert str(minutes) in findings["clock"].text
    assert datetime.now(UTC)


# The key


@pytest.mark.requirement("M1")
@pytest.mark.parametrize(
    ("key", "text"),
    [
        (UNKNOWN, "does not fit"),
        (WRONG_SECRET, "does not fit"),
        (WRITER, "may write, but not read"),
        (BUYER, "may not do this"),
        (Key("ck_123", ADMIN.secret), "consumer key is not complete"),
        (Key(ADMIN.key, "cs_123"), "consumer secret is not complete"),
        (Key(ADMIN.secret, ADMIN.key), "swapped"),
    ],
)
def test_bad_keys_over_http(woo, key, text):
    assert text in stopped_at(check(woo, key), "key").text


@pytest.mark.requirement("M1")
@pytest.mark.parametrize(
    ("key", "text"),
    [
        (UNKNOWN, "does not know this consumer key"),
        (WRONG_SECRET, "the secret is another one"),
        (WRITER, "may write, but not read"),
        (BUYER, "may not do this"),
    ],
)
def test_bad_keys_over_https(woo_tls, key, text):
    assert text in stopped_at(check(woo_tls, key, verify=False), "key").text


def test_a_proxy_that_hides_https_is_told_from_an_unknown_key(woo_tls):
    woo_tls.https = False
    finding = stopped_at(check(woo_tls, verify=False), "key")
    assert "By signature" in finding.cure
    findings = check(woo_tls, verify=False, options={"sign_in": "oauth"})
    assert findings["key"].state == "ok"
    assert "problem" not in states(findings).values()


def test_a_host_that_removes_the_header_is_remarked(tmp_path):
    import ssl

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*self_signed(tmp_path))

    def answer(asked: Asked) -> Reply:
        if asked.path.startswith("/wp-json/?"):
            return Reply(body=json.dumps({"home": f"https://127.0.0.1:{peer.port}", "namespaces": ["wc/v3"]}))
        if "consumer_key" in asked.path:
            return Reply(body="[]")
        return Reply(status=401, body='{"code":"woocommerce_rest_cannot_view","message":"","data":null}')

    with ScriptedServer(context) as peer:
        peer.replies = [answer]
        remarked = check(peer, verify=False)["key"]
        assert remarked.state == "remark"
        assert "In the address" in remarked.cure
        assert check(peer, verify=False, options={"sign_in": "query"})["key"].state == "ok"


def test_a_key_that_may_only_read(woo):
    findings = check(woo, READER)
    assert findings["key"].state == "ok"
    assert findings["write"].state == "problem"
    assert "Read/Write" in findings["write"].cure
    assert findings["customers"].state == "skipped"
    assert findings["vat"].state == "ok"  # the rest is looked at all the same


def test_a_shop_manager_may_all_but_customers(woo):
    findings = check(woo, MANAGER)
    assert findings["write"].state == "ok"
    assert findings["customers"].state == "remark"
    assert "administrator" in findings["customers"].cure


def test_secrets_stand_in_no_finding(woo):
    for key in (ADMIN, UNKNOWN, WRONG_SECRET):
        assert key.secret not in repr(check(woo, key))


# What the shop is like


def test_another_currency_than_the_price_list(woo):
    finding = check(woo, currency="CZK")["currency"]
    assert finding.state == "problem"
    assert "EUR" in finding.text
    assert "CZK" in finding.text


def test_gross_prices(woo):
    assert "without VAT" in check(woo)["prices"].text
    woo.state.set("woocommerce_prices_include_tax", "yes")
    assert "include VAT" in check(woo)["prices"].text


def test_a_country_without_rates_and_a_shop_without_vat(woo):
    finding = check(woo, vat_country="DE")["vat"]
    assert (finding.state, "DE" in finding.text) == ("problem", True)
    woo.state.set("woocommerce_calc_taxes", "no")
    assert check(woo)["vat"].state == "remark"


def test_stock_that_is_not_counted(woo):
    woo.state.set("woocommerce_manage_stock", "no")
    finding = check(woo)["stock"]
    assert finding.state == "problem"
    assert "Enable stock management" in finding.cure


def test_a_shop_without_brands(woo):
    woo.fails("GET", "/products/brands", status=404, code="rest_no_route", times=None)
    assert check(woo)["brands"].state == "remark"


@pytest.mark.parametrize(
    ("environment", "states_of"),
    [
        ({"version": "3.4.7"}, {"version": "problem"}),
        ({"version": "8.2.0"}, {"version": "remark"}),
        ({"version": "11.0.0-beta.1"}, {"version": "ok"}),
        ({"version": ""}, {"version": "remark"}),
        ({"php_max_execution_time": 30}, {"limits": "remark"}),
        ({"php_max_execution_time": 0, "php_post_max_size": 2 * 2**20}, {"limits": "remark"}),
        ({"php_max_execution_time": 0, "php_post_max_size": 64 * 2**20}, {"limits": "ok"}),
        ({"wp_cron": False}, {"cron": "remark"}),
        ({"wp_cron": True}, {"cron": "ok"}),
    ],
)
def test_the_surroundings(woo, environment, states_of):
    body = json.dumps({"environment": environment, "settings": {}}).encode()
    woo.fault("answer", route="/system_status", status=200, body=body, times=None)
    findings = check(woo)
    assert {name: findings[name].state for name in states_of} == states_of


@pytest.mark.parametrize("body", [b"[]", b"null", b"7", b'{"environment":[]}', b"<html>"])
def test_nonsense_is_a_finding_not_a_crash(woo, body):
    for route in ("/system_status", "/settings", "/taxes"):
        woo.fault("answer", route=route, status=200, body=body, times=None)
    assert len(check(woo)) == len(STEPS)
