"""Articles, stock and prices into the shop: absolute values only, so that doing it twice does no harm."""

from __future__ import annotations

from typing import Final

from shops.platforms.oscommerce.statements import Operation, writing

# A sale does not touch products_last_modified, people and Kontor do. Where the last piece switched an article off, the
# date stays, so that one can still see that it was the sale (operations/products.py, SOLD_OUT).
_TOUCH = "IF(products_status=0 AND products_quantity<1, products_last_modified, NOW())"

_DELETE_CHILDREN: Final = {
    "pictures": "DELETE FROM [products_images] WHERE products_id IN ({ids:ints})",
    "sales": "DELETE FROM [specials] WHERE products_id IN ({ids:ints})",
    "categories": "DELETE FROM [products_to_categories] WHERE products_id IN ({ids:ints})",
    "texts": "DELETE FROM [products_description] WHERE products_id IN ({ids:ints})",
    "downloads": """DELETE FROM [products_attributes_download] WHERE products_attributes_id IN
        (SELECT products_attributes_id FROM [products_attributes] WHERE products_id IN ({ids:ints}))""",
    "options": "DELETE FROM [products_attributes] WHERE products_id IN ({ids:ints})",
    # The key of a basket is the id, or the id with the chosen options: 29{4}2{3}6.
    "baskets": "DELETE FROM [customers_basket] WHERE SUBSTRING_INDEX(products_id, CHAR(123), 1) IN ({keys:texts})",
    "basket_options": """DELETE FROM [customers_basket_attributes]
        WHERE SUBSTRING_INDEX(products_id, CHAR(123), 1) IN ({keys:texts})""",
    "review_texts": """DELETE FROM [reviews_description] WHERE reviews_id IN
        (SELECT reviews_id FROM [reviews] WHERE products_id IN ({ids:ints}))""",
    "reviews": "DELETE FROM [reviews] WHERE products_id IN ({ids:ints})",
    "notifications": "DELETE FROM [products_notifications] WHERE products_id IN ({ids:ints})",
}
# In this order; the article itself first, so that the shop shows none that is half gone.
DELETIONS: Final = ("products.delete", *(f"products.delete_{name}" for name in _DELETE_CHILDREN))

OPERATIONS: Final[dict[str, Operation]] = {
    "products.insert": writing(
        """INSERT INTO [products] (products_quantity, products_model, products_price, products_weight,
        products_status, products_tax_class_id, manufacturers_id, products_date_added)
        VALUES {rows:rows(int,text,dec,dec,int,int,int,now)}""",
        again=False,
    ),
    "products.update": writing(
        f"""UPDATE [products] SET products_last_modified={_TOUCH},
        products_quantity=CASE products_id{{quantities:cases(int,int)}} ELSE products_quantity END,
        products_model=CASE products_id{{models:cases(int,text)}} ELSE products_model END,
        products_price=CASE products_id{{prices:cases(int,dec)}} ELSE products_price END,
        products_weight=CASE products_id{{weights:cases(int,dec)}} ELSE products_weight END,
        products_tax_class_id=CASE products_id{{tax_classes:cases(int,int)}} ELSE products_tax_class_id END,
        manufacturers_id=CASE products_id{{producers:cases(int,int)}} ELSE manufacturers_id END
        WHERE products_id IN ({{ids:ints}})"""
    ),
    "products.switch": writing(
        """UPDATE [products] SET products_status={status:int}, products_last_modified=NOW()
        WHERE products_id IN ({ids:ints})"""
    ),
    "products.show": writing("UPDATE [products] SET products_status=1 WHERE products_id IN ({ids:ints})"),
    "products.prices": writing(
        f"""UPDATE [products] SET products_last_modified={_TOUCH},
        products_price=CASE products_id{{prices:cases(int,dec)}} ELSE products_price END
        WHERE products_id IN ({{ids:ints}})"""
    ),
    "products.stock": writing(
        """UPDATE [products] SET
        products_quantity=CASE products_id{quantities:cases(int,int)} ELSE products_quantity END
        WHERE products_id IN ({ids:ints})"""
    ),
    "texts.write": writing(
        """INSERT INTO [products_description]
        (products_id, language_id, products_name, products_description, products_url)
        VALUES {rows:rows(int,int,text,text,text)} ON DUPLICATE KEY UPDATE
        products_name=VALUES(products_name), products_description=VALUES(products_description)"""
    ),
    "texts.update": writing(
        """UPDATE [products_description] SET
        products_name=CASE products_id{names:cases(int,text)} ELSE products_name END,
        products_description=CASE products_id{descriptions:cases(int,text)} ELSE products_description END
        WHERE language_id={language:int} AND products_id IN ({ids:ints})"""
    ),
    # In a language without its row the article is in no page (oscommerce.md, 4.1).
    "texts.fill": writing(
        """INSERT IGNORE INTO [products_description]
        (products_id, language_id, products_name, products_description, products_url)
        SELECT d.products_id, l.languages_id, d.products_name, d.products_description, d.products_url
        FROM [products_description] d JOIN [languages] l WHERE d.products_id IN ({ids:ints})
        AND d.language_id=(SELECT b.language_id FROM [products_description] b
            WHERE b.products_id=d.products_id ORDER BY b.language_id={language:int} DESC,
            b.language_id={fallback:int} DESC, b.language_id LIMIT 1)"""
    ),
    "links.add": writing(
        """INSERT IGNORE INTO [products_to_categories] (products_id, categories_id)
        VALUES {rows:rows(int,int)}"""
    ),
    "links.trim": writing(
        """DELETE FROM [products_to_categories] WHERE products_id IN ({ids:ints})
        AND (products_id, categories_id) NOT IN ({rows:rows(int,int)})"""
    ),
    "sales.insert": writing(
        """INSERT INTO [specials] (products_id, specials_new_products_price, specials_date_added,
        expires_date, status) VALUES {rows:rows(int,dec,now,time?,int)}""",
        again=False,
    ),
    "sales.update": writing(
        """UPDATE [specials] SET
        specials_new_products_price=CASE specials_id{prices:cases(int,dec)} ELSE specials_new_products_price END,
        specials_last_modified=NOW(),
        expires_date=CASE specials_id{ends:cases(int,time?)} ELSE expires_date END,
        date_status_change=NULL, status=1 WHERE specials_id IN ({rows:ints})"""
    ),
    "sales.end": writing(
        """UPDATE [specials] SET status=0, date_status_change=NOW()
        WHERE status=1 AND specials_id IN ({rows:ints})"""
    ),
    "products.delete": writing("DELETE FROM [products] WHERE products_id IN ({ids:ints})"),
} | {f"products.delete_{name}": writing(sql) for name, sql in _DELETE_CHILDREN.items()}
