"""What the workers that live tell of those that do not."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _

from backoffice.health import silent_clusters
from shops.services.wrong import PATIENCE, Wrong


def silent_workers() -> Iterator[Wrong]:
    for cluster in silent_clusters():
        yield Wrong(
            f"worker:{cluster}",
            _("The worker %(name)s gives no sign of life.") % {"name": cluster},
            _("Start it again on its host; its log says why it ended. What waits is kept."),
            "/readyz",
            PATIENCE,
        )
