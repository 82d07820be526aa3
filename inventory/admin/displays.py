"""How values look in lists and forms: numbers, prices, pictures."""

from __future__ import annotations

from decimal import Decimal

from django.core.files.storage import default_storage
from django.db.models import Expression, F, OuterRef, Q, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString

from inventory.models import ArticleImage, Price, StockLevel
from inventory.services.images import thumbnail_path

EMPTY = "–"


def quantity(value: Decimal | None) -> SafeString:
    """A quantity without trailing zeros, right-aligned; – where there is none."""
    return _right(quantity_text(value))


def quantity_text(value: Decimal | None) -> str:
    if value is None:
        return EMPTY
    return number_format(f"{Decimal(value).normalize():f}", force_grouping=True)


def money(amount: Decimal | None, currency: str = "") -> SafeString:
    """A price with at least two decimals, right-aligned."""
    if amount is None:
        return _right(EMPTY)
    exact = Decimal(amount).normalize()
    decimals = max(2, -int(exact.as_tuple().exponent))
    return _right(f"{number_format(exact, decimals, force_grouping=True)} {currency}".strip())


def thumbnail(checksum: str | None, size: int = 40) -> SafeString:
    """The small picture that was stored with the picture of this checksum."""
    if not checksum:
        return format_html(
            '<span class="block" style="width:{}px;height:{}px" aria-hidden="true"></span>', size, size
        )
    return format_html(
        '<img src="{}" alt="" loading="lazy" width="{}" height="{}" class="object-contain rounded-default bg-white" '
        'style="width:{}px;min-width:{}px;height:{}px">',
        default_storage.url(thumbnail_path(checksum)),
        *[size] * 5,
    )


def _right(text: str) -> SafeString:
    return format_html('<span class="block text-right tabular-nums whitespace-nowrap">{}</span>', text)


def level_sum(expression: str | F | Expression, article: str = "pk") -> Coalesce:
    """The sum over an article's stock levels as a column of a list; `expression` is one over StockLevel."""
    sums = (
        StockLevel.objects.filter(article=OuterRef(article))
        .order_by()
        .values("article")
        .annotate(total=Sum(expression))
        .values("total")
    )
    return Coalesce(Subquery(sums), Value(Decimal(0)))


def main_picture(article: str = "pk", parent: str = "parent") -> Coalesce:
    """The checksum of an article's first picture; a variant without one shows its parent's."""
    first = ArticleImage.objects.exclude(checksum="").order_by("position", "pk").values("checksum")
    return Coalesce(
        Subquery(first.filter(article=OuterRef(article))[:1]),
        Subquery(first.filter(article=OuterRef(parent))[:1]),
    )


def current_price(price_list_id: int | None) -> Subquery:
    """What one piece costs now in this price list."""
    now = timezone.now()
    prices = Price.objects.filter(
        Q(valid_from=None) | Q(valid_from__lte=now),
        Q(valid_to=None) | Q(valid_to__gt=now),
        price_list=price_list_id,
        article=OuterRef("pk"),
        min_quantity__lte=1,
    ).order_by(F("valid_from").desc(nulls_last=True), "-min_quantity")
    return Subquery(prices.values("amount")[:1])
