"""Test settings (M1): every check of the platform, one by one, and what was found kept on the shop."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, replace
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.lib.errors import KontorError
from shops.models import Shop
from shops.platforms.base import Finding
from shops.platforms.transfer_checks import ServerChecks
from shops.services.runs import has_server
from shops.sync.breaker import forget_failures
from shops.sync.connect import open_platform
from shops.sync.facts import save_facts


def check_shop(shop: Shop) -> Iterator[Finding]:
    """Yields each finding as its check ends; nothing in the shop is changed. Never raises for what the shop does."""
    findings: list[Finding] = []
    try:
        with open_platform(shop, timeout_s=30) as (platform, _book):
            for finding in platform.check():
                findings.append(finding)
                yield finding
            if not any(finding.state == "problem" for finding in findings):
                save_facts(shop, platform.facts())
                forget_failures(shop)
            if has_server(shop) and not platform.exchanges_files:  # those check it themselves
                for finding in ServerChecks(platform.connection).run():
                    finding = replace(finding, key=f"server_{finding.key}")
                    findings.append(finding)
                    yield finding
    except KontorError as error:
        finding = Finding(
            key=error.code,
            label=_("Connection"),
            state="problem",
            text=str(error.message),
            cure=str(error.cure),
            detail=error.detail,
        )
        findings.append(finding)
        yield finding
    finally:
        shop.check_result = [as_plain(finding) for finding in findings]
        shop.checked_at = timezone.now()
        shop.save(update_fields=["check_result", "checked_at"])


def as_plain(finding: Finding) -> dict[str, Any]:
    """A finding as JSON, its texts in the present language."""
    return {
        name: list(value) if isinstance(value, tuple) else str(value)
        for name, value in asdict(finding).items()
    }
