"""Planned changes, and the addresses of a run."""

from __future__ import annotations

from django.urls import reverse

from shops.models import Change


def add(run, **fields):
    return Change.objects.create(run=run, **({"kind": "article", "verb": "update_shop"} | fields))


def url(run, name="change", *more):
    return reverse(f"admin:shops_run_{name}", args=[run.pk, *more])


def text_of(html):
    return " ".join(html.split())
