"""The search of the order list, over half a million orders (benchmarks, staff)."""

from __future__ import annotations

from typing import Final

from django.db.models import Q, QuerySet

from orders.models import Address, Order, OrderLine

RARE: Final = 2_000


def with_word(queryset: QuerySet[Order], word: str) -> QuerySet[Order]:
    """Orders in whose number, name or e-mail address the word is found, or that have a SKU which begins with it.

    An "or" over three tables reads them all through until the page is full: fine for a common word, seconds for a rare one.
    Of a rare one each part is found by its own index, so these are asked first, and only until it is known to be common.
    """
    own = Q(number__icontains=word) | Q(source_number__istartswith=word) | Q(email__icontains=word)
    named = Q(last_name__icontains=word) | Q(first_name__icontains=word) | Q(company__icontains=word)
    of_lines = OrderLine.objects.filter(sku__istartswith=word).order_by()
    parts = (
        Order.objects.filter(own).order_by().values_list("pk"),
        Order.objects.filter(billing__in=Address.objects.filter(named).order_by().values("pk"))
        .order_by()
        .values_list("pk"),
        of_lines.values_list("order"),
    )
    found: set[int] = set()
    for part in parts:
        found.update(pk for (pk,) in part[: RARE + 1])
        if len(found) > RARE:
            break
    else:
        return queryset.filter(pk__in=found)
    of_billing = Q(
        *(Q(**{f"billing__{name}__icontains": word}) for name in ("last_name", "first_name", "company")),
        _connector=Q.OR,
    )
    return queryset.filter(own | of_billing | Q(pk__in=of_lines.values("order")))
