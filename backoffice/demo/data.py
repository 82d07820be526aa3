"""The demo firm: Lipa Dom d.o.o. with its articles, stock, prices, customers, the first shop, and two weeks of orders.

Whatever exists already is left as it is, so that it can be loaded again after somebody has worked with it; only the
address and the login of the shop follow what is given, because the demo shop may have moved.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils import timezone

from backoffice.demo import clock
from backoffice.demo.connection import SHOP_CODE, ShopAccess, load_shop
from backoffice.demo.firm import load_company, load_customers, load_dictionaries
from backoffice.demo.goods import (
    load_articles,
    load_pictures,
    load_prices,
    load_sets,
    load_stock,
    load_texts,
)
from backoffice.demo.sales import load_orders
from backoffice.demo.stockroom import load_stockroom
from inventory.models import Article, ArticleImage
from orders.models import Customer, Order
from shops.models import Shop

__all__ = ["SHOP_CODE", "Loaded", "ShopAccess", "load"]

COLLEAGUE = "jana"


@dataclass(slots=True)
class Loaded:
    """How many of each kind there are now."""

    articles: int = 0
    pictures: int = 0
    customers: int = 0
    shops: int = 0
    orders: int = 0


def load(access: ShopAccess | None = None, *, say: Callable[[str], None] = lambda text: None) -> Loaded:
    """Load the demo firm; without `access` no shop is connected, and none of its orders are there. `say` hears what is
    being done."""
    with transaction.atomic():
        say("firm, dictionaries, price lists")
        load_company()
        load_dictionaries()
        say("articles, prices, stock")
        with clock.at(_day(21, 9)):  # before anything was sold
            articles = load_articles()
            load_texts(articles)
            load_stock(articles)
            load_sets(articles)
        load_prices(articles)
        load_stockroom(_day, _colleague())
        say("customers")
        load_customers()
    say("pictures")
    load_pictures(articles)
    if access:
        say("shop")
        load_shop(access)
        say("orders of two weeks")
        load_orders(_day, _colleague())
    return Loaded(
        articles=Article.objects.count(),
        pictures=ArticleImage.objects.count(),
        customers=Customer.objects.count(),
        shops=Shop.objects.count(),
        orders=Order.objects.count(),
    )


def _day(ago: int, hour: int, minute: int = 0) -> datetime:
    """So many days ago at this time of the office's clock, but never later than a quarter of an hour ago."""
    now = timezone.localtime()
    day = (now - timedelta(days=ago)).replace(hour=hour, minute=minute, second=0, microsecond=0)
    return min(day, now - timedelta(minutes=15))


def _colleague() -> AbstractBaseUser:
    """Who has done it all. She cannot log in."""
    user, made = get_user_model()._default_manager.get_or_create(
        username=COLLEAGUE,
        defaults={"first_name": "Jana", "last_name": "Horvat", "is_active": False},
    )
    if made:
        user.set_unusable_password()
        user.save()
    return user
