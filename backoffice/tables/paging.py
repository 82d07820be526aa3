"""Lists of any length: what is beyond ten thousand rows is not counted, since counting would cost more than the page."""

from __future__ import annotations

from typing import Any, Final

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.utils.formats import number_format
from django.utils.functional import cached_property

MOST: Final = 10_000


class LargePaginator(Paginator):
    """Shows the first ten thousand rows page by page; whoever looks for others searches or filters.

    count is at most MOST + 1, which stands for "more than that" (is_cut).
    """

    template_name = "admin/pagination_large.html"

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        if not isinstance(rows, QuerySet):
            return len(rows)
        return rows.order_by()[: MOST + 1].count()

    @property
    def is_cut(self) -> bool:
        return self.count > MOST

    @property
    def most(self) -> str:
        return grouped(MOST)


def grouped(number: int) -> str:
    """10,000 in the reader's way of writing."""
    return number_format(number, force_grouping=True)
