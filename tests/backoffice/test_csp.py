"""The content security policy: on every page, and no page that would need it to be weaker.

(That a browser finds nothing to refuse on them is for tests/browser/test_walk.py.)
"""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import pytest
from django.test import Client

from tests import factories

pytestmark = pytest.mark.django_db

MOST_PAGES = 90
# Data for scripts, which no browser runs.
DATA = ("application/json", "application/ld+json")
NOT_FOLLOWED = ("/logout/", "/static/", "/media/", "/i18n/", "/pictures/", "/feeds/")


class Page(HTMLParser):
    """What of a page would run by itself, and where it leads."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.runs: list[str] = []
        self.links: list[str] = []
        self._script: dict[str, str | None] | None = None
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.runs += [f"{tag} {name}={value}" for name, value in attrs if name.startswith("on")]
        for name in ("href", "action", "src", "formaction"):
            if (given.get(name) or "").strip().lower().startswith(("javascript:", "data:text")):
                self.runs.append(f"{tag} {name}={given[name]}")
        if tag == "base":
            self.runs.append("base")
        if tag == "script":
            self._script = given
            if (source := given.get("src")) and urlsplit(source).netloc:
                self.runs.append(f"script of another host: {source}")
        if tag == "a" and (link := given.get("href")):
            self.links.append(link)

    def handle_data(self, data: str) -> None:
        if self._script is not None and data.strip() and self._script.get("type") not in DATA:
            self.runs.append(f"inline script: {data.strip()[:80]}")

    def handle_endtag(self, tag: str) -> None:
        if tag == "script":
            self._script = None


def crawled(client: Client) -> Iterator[tuple[str, object]]:
    """The pages to which the dashboard leads, two of each kind, with their answers."""
    waiting, seen, kinds = ["/"], {"/"}, {}
    while waiting and len(seen) <= MOST_PAGES:
        path = waiting.pop(0)
        answer = client.get(path, follow=True)
        if not answer.get("Content-Type", "").startswith("text/html"):
            continue
        yield path, answer
        for link in Page(answer.content.decode()).links:
            parts = urlsplit(urljoin(path, link))
            target = parts.path
            kind = "/".join("#" if part.isdigit() else part for part in target.split("/"))
            if (
                parts.netloc
                or not target.startswith("/")
                or target in seen
                or target.startswith(NOT_FOLLOWED)
            ):
                continue
            kinds[kind] = kinds.get(kind, 0) + 1
            if kinds[kind] <= 2:
                seen.add(target)
                waiting.append(target)


@pytest.fixture
def firm() -> None:
    factories.make_company()
    article = factories.make_article("MUG")
    factories.make_stock(article, factories.make_warehouse(), 5)
    factories.make_price(factories.make_price_list(), article, "12.50")
    order = factories.make_order()
    factories.make_line(order, article)
    factories.make_run(factories.make_shop(), state="done")


def test_no_page_needs_scripts_of_its_own(admin_client: Client, firm: None) -> None:
    pages = 0
    for path, answer in crawled(admin_client):
        pages += 1
        assert answer.status_code == 200, path
        policy = dict(
            directive.strip().split(" ", 1)
            for directive in answer["Content-Security-Policy"].split(";")
            if " " in directive.strip()
        )
        assert policy["script-src"] == "'self' 'unsafe-eval'", path
        assert policy["object-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'", path
        assert Page(answer.content.decode()).runs == [], path
    assert pages > 25


def test_what_would_run_is_recognised() -> None:
    html = """<p onclick="x()"><a href=" JavaScript:x()"><script>x()</script><script src="https://cdn.example/x.js"></script>
    <script type="application/json">{"x": 1}</script><script src="/static/x.js"></script><button @click="x()" x-on:click="x()">"""
    assert len(Page(html).runs) == 4


@pytest.mark.parametrize("path", ["/login/", "/second-factor/", "/nowhere/", "/password_reset/"])
def test_pages_without_a_login_too(client: Client, path: str) -> None:
    answer = client.get(path, follow=True)
    assert "'unsafe-inline'" not in answer["Content-Security-Policy"].split("script-src")[1].split(";")[0]
    assert Page(answer.content.decode()).runs == []
