"""Every address of the admin, asked with GET and POST: who only reads writes nothing, and nobody comes in without a login."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.db import connection, transaction
from django.template.response import SimpleTemplateResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from shops.models import Shop
from shops.services.rules import ensure_rules
from shops.services.schedules import ensure_schedules
from tests.factories import (
    make_article,
    make_category,
    make_company,
    make_document,
    make_link,
    make_order,
    make_price_list,
    make_producer,
    make_run,
    make_shop,
    make_stock,
    make_warehouse,
)

pytestmark = pytest.mark.django_db
# Answered by whoever asks, or no page: told elsewhere (test_web, test_second_factor).
OPEN = ("login", "logout", "jsi18n", "password_change", "password_change_done", "view_on_site")
WORDS = {
    "app_label": "orders", "job": "sync", "mode": "run", "kind": "article", "verb": "again", "extension": "csv",
    "cause": "article", "name": "prices", "signed": "forged", "content_type_id": "1",
}  # fmt: skip
SENT = {"_form_submitted": "on", "post": "yes", "confirmed": "1"}
_WRITES = re.compile(
    r'^\s*(INSERT INTO|INSERT OR IGNORE INTO|UPDATE|DELETE FROM) "(?!django_session|axes_)', re.I
)


@pytest.fixture
def rows(settings, tmp_path, monkeypatch) -> dict[str, int]:
    """{model: one row of it}; pages are made but not drawn, and nothing leaves the machine."""
    monkeypatch.setattr("orders.services.document_files.render_pdf", lambda *args, **kwargs: b"%PDF")
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr(SimpleTemplateResponse, "rendered_content", "")
    monkeypatch.setattr("django.template.loader.render_to_string", lambda *args, **kwargs: "")
    monkeypatch.setattr(admin.site, "each_context", lambda request: {})
    monkeypatch.setattr(socket.socket, "connect", _no_network)
    shop, article, warehouse = make_shop(), make_article(), make_warehouse()
    company = make_company()
    order = make_order(source=shop.code, state="accepted")
    made = [
        shop, article, warehouse, company, order, make_document(order, seller={"name": "Lipa d.o.o."}, buyer={"name": "Maja"}), make_run(shop), make_category(), make_producer(),
        make_link(shop, "article", article.pk, "7"), make_price_list(), make_stock(article, warehouse, "3"),
        User.objects.create_user("somebody"), Group.objects.create(name="Temps"),
    ]  # fmt: skip
    for shop in Shop.objects.all():  # the first look at its pages makes them
        ensure_rules(shop)
        ensure_schedules(shop)
    return {row._meta.model_name: row.pk for row in made if row is not None}


def _no_network(*_args: object) -> None:
    raise OSError("no network in this test")


def pages(rows: dict[str, int]) -> Iterator[tuple[str, str]]:
    """(name, path) of every address of the admin."""
    for name, pattern in _walk(get_resolver().url_patterns):
        short = name.removeprefix("admin:")
        if not name.startswith("admin:") or short in {"None", *OPEN}:
            continue
        model = short.split("_")[1] if "_" in short else ""

        def filled(match: re.Match[str], model: str = model) -> str:
            word = match[1].rpartition(":")[2]
            if word in WORDS:
                return WORDS[word]
            of = model if word in ("object_id", "id") else word.removesuffix("_id")
            return str(rows.get(of, 1))

        path = re.sub(r"^\^\(\?P<app_label>.*", WORDS["app_label"] + "/", pattern)
        yield short, "/" + re.sub(r"<([^>]+)>", filled, path)


def _walk(
    patterns: list[URLPattern | URLResolver], before: str = "", space: str = ""
) -> Iterator[tuple[str, str]]:
    for one in patterns:
        if isinstance(one, URLResolver):
            inner = f"{one.namespace}:" if one.namespace else ""
            yield from _walk(one.url_patterns, before + str(one.pattern), space + inner)
        else:
            yield f"{space}{one.name}", before + str(one.pattern)


def asked(client: Client, path: str, method: str) -> tuple[bool, bool]:
    """(whether it came in, whether something was written). Whatever it did is undone."""
    written = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if _WRITES.match(sql):
            written.append(sql)
        return execute(sql, params, many, context)

    with transaction.atomic(), connection.execute_wrapper(note):
        answer = client.get(path) if method == "GET" else client.post(path, SENT)
        transaction.set_rollback(True)
    # To the dashboard goes who asks for a row that is not there.
    away = answer.get("Location", "")
    inside = not (answer.status_code in (403, 404, 405) or away == "/" or "/login/" in away)
    return inside, bool(written)


def test_who_only_reads_writes_nothing_anywhere(rows):
    user = User.objects.create_user("reader", is_staff=True)
    user.groups.add(Group.objects.get(name="Read only"))
    client = Client()
    client.force_login(user)
    came_in = set()
    for name, path in pages(rows):
        for method in ("GET", "POST"):
            inside, wrote = asked(client, path, method)
            assert not wrote, f"{method} {path}"
            came_in |= {name} if inside else set()
    assert len(came_in) > 60
    forbidden = re.compile(r"auth_|axes_|auditlog_|django_q_|.*_(add|delete|import|process_import)$")
    assert sorted(filter(forbidden.match, came_in)) == []


def test_who_is_not_logged_in_comes_in_nowhere(rows):
    client = Client()
    for _name, path in pages(rows):
        for method in ("GET", "POST"):
            assert asked(client, path, method) == (False, False), path
