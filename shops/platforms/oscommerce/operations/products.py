"""Articles as the shop has them, with their texts, categories, sale prices and pictures."""

from __future__ import annotations

from typing import Final

from shops.platforms.oscommerce.statements import Operation, reading

# An article without a text in any language is in no page of the shop and in no list of its panel: to Kontor it is not
# there. What a cut off creation leaves behind looks like that, and the next creation with this SKU takes it up.
_HAS_TEXT = "EXISTS (SELECT 1 FROM [products_description] t WHERE t.products_id=p.products_id)"
_SOURCES: Final = {
    "page": f"""(SELECT p.products_id FROM [products] p WHERE p.products_id > {{after:int}} AND {_HAS_TEXT}
        ORDER BY p.products_id LIMIT {{limit:int}})""",
    "of": f"(SELECT p.products_id FROM [products] p WHERE p.products_id IN ({{ids:ints}}) AND {_HAS_TEXT})",
    "with_sku": f"""(SELECT p.products_id FROM [products] p
        WHERE p.products_model IN ({{skus:texts}}) AND {_HAS_TEXT})""",
}
# Switched off by the sale of its last piece, by nobody else: sold since somebody last edited it (oscommerce.md, 4.3).
SOLD_OUT: Final = """(p.products_status=0 AND p.products_quantity<1 AND EXISTS (SELECT 1
    FROM [orders_products] l JOIN [orders] o ON o.orders_id=l.orders_id WHERE l.products_id=p.products_id
    AND (p.products_last_modified IS NULL OR o.date_purchased>=p.products_last_modified)))"""
_RUNNING = "s.status=1 AND (s.expires_date IS NULL OR s.expires_date=0 OR s.expires_date>NOW())"

_PARTS: Final = {
    "products": f"""SELECT p.products_id AS id, p.products_model AS model, p.products_quantity AS quantity,
        p.products_price AS price, p.products_weight AS weight, p.products_status AS status,
        p.products_tax_class_id AS tax_class, p.manufacturers_id AS producer, p.products_image AS image,
        p.products_date_added AS added, p.products_last_modified AS modified,
        CASE WHEN {SOLD_OUT} THEN 1 ELSE 0 END AS sold_out
        FROM {{source}} x JOIN [products] p ON p.products_id=x.products_id ORDER BY p.products_id""",
    "texts": """SELECT d.products_id AS id, d.products_name AS name, d.products_description AS description
        FROM {source} x JOIN [products_description] d ON d.products_id=x.products_id AND d.language_id=
        (SELECT b.language_id FROM [products_description] b WHERE b.products_id=d.products_id ORDER BY
        b.language_id={{language:int}} DESC, b.language_id={{fallback:int}} DESC, b.language_id LIMIT 1)""",
    "categories": """SELECT c.products_id AS id, c.categories_id AS category
        FROM {source} x JOIN [products_to_categories] c ON c.products_id=x.products_id""",
    "sales": f"""SELECT s.products_id AS id, s.specials_new_products_price AS price, s.expires_date AS expires
        FROM {{source}} x JOIN [specials] s ON s.products_id=x.products_id WHERE {_RUNNING}
        ORDER BY s.specials_id""",
    "pictures": """SELECT g.products_id AS id, g.image AS image FROM {source} x
        JOIN [products_images] g ON g.products_id=x.products_id
        WHERE g.image<>'' AND (g.htmlcontent IS NULL OR g.htmlcontent='') ORDER BY g.sort_order, g.id""",
    "images": """SELECT p.products_id AS id, p.products_image AS image
        FROM {source} x JOIN [products] p ON p.products_id=x.products_id ORDER BY p.products_id""",
    "stock": """SELECT p.products_id AS id, p.products_quantity AS quantity
        FROM {source} x JOIN [products] p ON p.products_id=x.products_id ORDER BY p.products_id""",
    "prices": """SELECT p.products_id AS id, p.products_price AS price
        FROM {source} x JOIN [products] p ON p.products_id=x.products_id ORDER BY p.products_id""",
}


def _with_source(sql: str, source: str) -> str:
    return sql.replace("{source}", source).replace("{{", "{").replace("}}", "}")


OPERATIONS: Final[dict[str, Operation]] = {
    f"{part}.{source}": reading(_with_source(sql, _SOURCES[source]))
    for part, sql in _PARTS.items()
    for source in _SOURCES
} | {
    "products.count": reading("SELECT COUNT(*) AS number FROM [products]"),
    # Also those without a text: what a cut off creation has left.
    "products.holders": reading(
        f"""SELECT p.products_id AS id, p.products_model AS model, CASE WHEN {_HAS_TEXT} THEN 1 ELSE 0 END AS whole
        FROM [products] p WHERE p.products_model IN ({{skus:texts}}) ORDER BY p.products_id"""
    ),
    "products.present": reading(
        "SELECT p.products_id AS id FROM [products] p WHERE p.products_id IN ({ids:ints})"
    ),
    "products.sold_out": reading(
        f"SELECT p.products_id AS id FROM [products] p WHERE p.products_id IN ({{ids:ints}}) AND {SOLD_OUT}"
    ),
    "sales.rows": reading(
        """SELECT s.specials_id AS entry, s.products_id AS id, s.status AS status FROM [specials] s
        WHERE s.products_id IN ({ids:ints}) ORDER BY s.status DESC, s.specials_id"""
    ),
}
