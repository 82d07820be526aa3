"""Which platforms there are: settings.PLATFORMS maps a key to a class, so that a firm can add its own package."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, Protocol

from django.conf import settings
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from backoffice.lib.errors import Unsupported
from shops.platforms.base import Platform


@cache
def _load(dotted_path: str) -> type[Platform]:
    loaded: type[Platform] = import_string(dotted_path)
    return loaded


def platform_classes() -> dict[str, type[Platform]]:
    """{key: class}, in the order of the settings."""
    return {key: _load(path) for key, path in settings.PLATFORMS.items()}


def platform_class(key: str) -> type[Platform]:
    """Raises Unsupported when no such platform is installed."""
    path = settings.PLATFORMS.get(key)
    if path is None:
        raise Unsupported(
            _("The platform “%(key)s” is not installed here.") % {"key": key},
            cure=_("Ask the administrator to add it to PLATFORMS in the settings."),
        )
    return _load(path)


class _Chosen(Protocol):
    platform: str
    options: Mapping[str, Any]


def platform_for(shop: _Chosen) -> type[Platform]:
    """The platform's class for this shop and its options. Raises Unsupported when no such platform is installed."""
    return platform_class(shop.platform).suited({name: str(value) for name, value in shop.options.items()})
