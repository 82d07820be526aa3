"""A small catalogue with everything that feeds show, and with what is hard to show."""

from __future__ import annotations

from decimal import Decimal
from types import SimpleNamespace

from inventory.models import ArticleImage
from tests import factories as make

EAN = "8590000000015"


def small_catalogue(**shop_fields):
    """shop with two price lists; mug (in stock, on sale), shirt in M and L, gone (sold out), service, hidden."""
    make.make_company()
    vat = make.make_vat_rate("21", "CZ")
    low = make.make_vat_rate("12", "CZ", kind="reduced")
    home = make.make_category("Home")
    mugs = make.make_category("Mugs & cups", parent=home)
    producer = make.make_producer("Kovář <& syn>")
    unit = make.make_unit("kus")
    warehouse = make.make_warehouse("MAIN")
    retail, sale = (
        make.make_price_list("Retail", gross=True, currency="CZK"),
        make.make_price_list("Sale", gross=True, currency="CZK", kind="sale"),
    )
    shop = make.make_shop(
        "soubory",
        **(
            {
                "platform": "files",
                "price_list": retail,
                "sale_price_list": sale,
                "address": "https://shop.example",
                "options": {
                    "product_url": "https://shop.example/p/{sku}",
                    "deliveries": "PPL; 99; 139\nZASILKOVNA; 79",
                    "pohoda_ico": "12345678",
                    "pohoda_store": "HLAVNÍ",
                    "in_stock_text": "Skladem",
                },
            }
            | shop_fields
        ),
    )
    shop.warehouses.add(warehouse)

    def article(sku, name, price=None, stock=None, pictures=1, **fields):
        made = make.make_article(
            sku,
            name=name,
            **{"vat_rate": vat, "unit": unit, "categories": [mugs], "producer": producer} | fields,
        )
        if stock is not None:
            make.make_stock(made, warehouse, stock)
        if price is not None:
            make.make_price(retail, made, price)
        for position in range(pictures):
            add_picture(made, position)
        return made

    mug = article(
        "MUG-1",
        "Hrnek „Žluťoučký kůň“ & spol.",
        "121.00",
        12,
        pictures=3,
        ean=EAN,
        description='<p>Hrnek <b>z kameniny</b>, 0,3 l.</p><script>alert("x")</script> ]]> konec',
        short_description="Na kávu\x0b i čaj",
        weight_g=Decimal("350"),
    )
    make.make_price(sale, mug, "99.00")
    shirt = article("SHIRT", "Tričko", has_variants=True, option_names=["Velikost", "Střih"])
    medium = article(
        "SHIRT/M", "Tričko", "399", 5, 0, parent=shirt, option_values=["M", "dámský"], vat_rate=None
    )
    large = article(
        "SHIRT/L", "Tričko L", "399", 0, 1, parent=shirt, option_values=["L", "dámský"], vat_rate=None
    )
    gone = article("=GONE", "Vyprodáno", "50", 0, vat_rate=low)
    service = article("WRAP", "Balení dárku", "20", kind="service", pictures=0)
    article("HIDDEN", "Skryté", "5", 7, active=False)
    article("BARE", "Bez obrázku", "5", 7, pictures=0)
    article("NOPRICE", "Bez ceny", None, 7)
    return SimpleNamespace(
        shop=shop, mug=mug, shirt=shirt, medium=medium, large=large, gone=gone, service=service, sale=sale
    )


def add_picture(article, position=0):
    checksum = f"{article.pk:08x}{position:02x}".ljust(64, "0")
    return ArticleImage.objects.create(
        article=article,
        file=f"articles/{checksum[:2]}/{checksum}.jpg",
        name=f"{position}.jpg",
        position=position,
        checksum=checksum,
    )
