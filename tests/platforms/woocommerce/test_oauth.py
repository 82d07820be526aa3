"""Signatures against those that a running shop accepted."""

from urllib.parse import parse_qsl, urlsplit

import pytest
import requests

from shops.platforms.woocommerce import oauth
from tests.platforms.woocommerce import recordings

KEY, SECRET = "ck_" + "0" * 39 + "1", "cs_" + "0" * 39 + "1"


@recordings.needed
@pytest.mark.requirement("M1")
def test_a_recorded_signature_verifies():
    request = recordings.exchange(7)["request"]
    query = dict(request["query"])
    given = query.pop("oauth_signature")
    url = request["origin"] + request["path"]
    assert oauth.signature(request["method"], url, query.items(), SECRET) == given


@recordings.needed
def test_a_recorded_refused_signature_was_made_for_another_host():
    request = recordings.exchange(20)["request"]
    query = dict(request["query"])
    given = query.pop("oauth_signature")
    path = request["path"]
    assert oauth.signature("GET", f"http://www.shop.example{path}", query.items(), SECRET) == given
    assert oauth.signature("GET", f"http://shop.example{path}", query.items(), SECRET) != given


def test_letters_blanks_and_commas_are_encoded_twice_and_sorted():
    base = oauth.base_string(
        "get", "http://shop.example/wp-json/wc/v3/products", [("search", "Čaj iz"), ("include", "15,16")]
    )
    assert base == (
        "GET&http%3A%2F%2Fshop.example%2Fwp-json%2Fwc%2Fv3%2Fproducts"
        "&include%3D15%252C16%26search%3D%25C4%258Caj%2520iz"
    )


def test_it_signs_as_the_shop_calls_itself_but_asks_where_it_was_told():
    signer = oauth.QuerySignature(KEY, SECRET, home="https://shop.example", insecure=True, clock=lambda: 1000)
    prepared = requests.Request(
        "GET", "https://www.shop.example/wp-json/wc/v3/products?sku=a%20b,č"
    ).prepare()
    signed = signer(prepared)
    asked = urlsplit(signed.url)
    assert asked.netloc == "www.shop.example"
    query = dict(parse_qsl(asked.query))
    assert query["sku"] == "a b,č"
    assert query["oauth_timestamp"] == "1000"
    given = query.pop("oauth_signature")
    url = "http://shop.example/wp-json/wc/v3/products"
    assert given == oauth.signature("GET", url, query.items(), SECRET)


def test_every_try_has_another_nonce():
    signer = oauth.QuerySignature(KEY, SECRET)
    nonces = set()
    for _try in range(3):
        prepared = signer(requests.Request("GET", "http://shop.example/wp-json/wc/v3/products").prepare())
        nonces.add(dict(parse_qsl(urlsplit(prepared.url).query))["oauth_nonce"])
    assert len(nonces) == 3
