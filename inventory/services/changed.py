"""What may be available in another number of pieces since a moment: asked of the database, nobody has to report it."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Subquery

from inventory.models import Article, StockLevel
from inventory.services.sets import sets_with

MOST = 5000


def newest_changes() -> dict[str, Subquery]:
    """When something last changed that the number of pieces of any article depends on, as SQL; each one index entry."""
    return {
        "newest_level": Subquery(StockLevel.objects.order_by("-changed_at").values("changed_at")[:1]),
        "newest_article": Subquery(Article.objects.order_by("-changed_at").values("changed_at")[:1]),
    }


def articles_changed_since(moment: datetime) -> set[int] | None:
    """Ids of the articles whose stock, reservations or parts changed after `moment`, with the sets they are in.

    None = so many that looking at all is quicker.
    """
    levels = StockLevel.objects.filter(changed_at__gt=moment).order_by().values_list("article_id", flat=True)
    found = set(levels.distinct()[: MOST + 1])
    sets = Article.objects.filter(kind=Article.Kind.SET, changed_at__gt=moment).order_by()
    found.update(sets.values_list("pk", flat=True)[: MOST + 1])
    if len(found) > MOST:
        return None
    return found | sets_with(found)
