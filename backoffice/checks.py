"""System checks: settings that start but would go wrong later. `manage.py check` prints them."""

from __future__ import annotations

import logging
from math import ceil
from typing import Any

from cryptography.fernet import Fernet
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register

# Room for the pusher's pause and for clocks: ECOSYSTEM's trials ran twice where it was missing.
_RETRY_MARGIN_S = 30


@register(Tags.security)
def credential_keys_are_keys(**_kwargs: Any) -> list[CheckMessage]:
    for number, key in enumerate(settings.CREDENTIAL_KEYS, start=1):
        try:
            Fernet(key)
        except ValueError:
            return [
                Error(
                    f"The {number}. of CREDENTIAL_KEYS is not a key.",
                    hint="A key is 32 random bytes in URL-safe base64; see .env.example for the command that makes one.",
                    id="backoffice.E001",
                )
            ]
    return []


@register(Tags.security, deploy=True)
def logs_keep_secrets(**_kwargs: Any) -> list[CheckMessage]:
    root = logging.getLevelName(settings.LOG_LEVEL)
    if isinstance(root, int) and root < logging.INFO:
        return [
            Warning(
                "LOG_LEVEL is DEBUG: libraries then log whole requests and queries, with customers' data in them.",
                hint="Set LOG_LEVEL=INFO.",
                id="backoffice.W002",
            )
        ]
    return []


@register(Tags.database)
def tasks_are_not_redelivered_while_they_wait(**_kwargs: Any) -> list[CheckMessage]:
    clusters = {settings.Q_CLUSTER["name"]: settings.Q_CLUSTER}
    for name, own in settings.Q_CLUSTER.get("ALT_CLUSTERS", {}).items():
        clusters[name] = {**settings.Q_CLUSTER, **own}
    errors: list[CheckMessage] = []
    for name, cluster in clusters.items():
        rounds = 1 + ceil((cluster["queue_limit"] + 1) / cluster["workers"])
        least = cluster["timeout"] * rounds + _RETRY_MARGIN_S
        if cluster["retry"] < least:
            errors.append(
                Error(
                    f"Q_CLUSTER {name}: retry is {cluster['retry']} s; tasks that wait would be run twice.",
                    hint=f"With timeout {cluster['timeout']} and {cluster['workers']} workers it must be {least} s or more.",
                    id="backoffice.E003",
                )
            )
    return errors


@register(Tags.urls, deploy=True)
def the_public_address_is_public(**_kwargs: Any) -> list[CheckMessage]:
    if settings.PUBLIC_URL.startswith("https://"):
        return []
    return [
        Warning(
            f"PUBLIC_URL is {settings.PUBLIC_URL}: logins travel in plain text, and shops cannot fetch pictures safely.",
            hint="Put Kontor behind https and set PUBLIC_URL=https://...",
            id="backoffice.W004",
        )
    ]
