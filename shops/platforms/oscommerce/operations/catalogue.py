"""Categories, producers and tax classes: small tables, read whole."""

from __future__ import annotations

from typing import Final

from shops.platforms.oscommerce.statements import Operation, reading, writing

# The text in our language; where it has none, in the shop's, then in any: what is in no language is in no page.
_NAME = """(SELECT b.language_id FROM [categories_description] b WHERE b.categories_id=c.categories_id
    ORDER BY b.language_id={language:int} DESC, b.language_id={fallback:int} DESC, b.language_id LIMIT 1)"""

OPERATIONS: Final[dict[str, Operation]] = {
    "taxes.classes": reading(
        "SELECT tax_class_id AS id, tax_class_title AS title FROM [tax_class] ORDER BY tax_class_id"
    ),
    "taxes.rates": reading(
        """SELECT r.tax_class_id AS tax_class, r.tax_priority AS priority, r.tax_rate AS percent,
        r.tax_rates_id AS id, z.zone_country_id AS country, z.zone_id AS zone
        FROM [tax_rates] r LEFT JOIN [zones_to_geo_zones] z ON z.geo_zone_id=r.tax_zone_id"""
    ),
    "categories.all": reading(
        f"""SELECT c.categories_id AS id, c.parent_id AS parent, c.sort_order AS position,
        d.categories_name AS name FROM [categories] c
        JOIN [categories_description] d ON d.categories_id=c.categories_id AND d.language_id={_NAME}
        ORDER BY c.categories_id"""
    ),
    "categories.parents": reading("SELECT categories_id AS id, parent_id AS parent FROM [categories]"),
    # Left by a creation that was cut off before it had a name; nobody sees them.
    "categories.nameless": reading(
        """SELECT c.categories_id AS id FROM [categories] c
        LEFT JOIN [categories_description] d ON d.categories_id=c.categories_id
        LEFT JOIN [products_to_categories] p ON p.categories_id=c.categories_id
        LEFT JOIN [categories] k ON k.parent_id=c.categories_id
        WHERE d.categories_id IS NULL AND p.categories_id IS NULL AND k.categories_id IS NULL
        ORDER BY c.categories_id LIMIT {limit:int}"""
    ),
    "categories.insert": writing(
        """INSERT INTO [categories] (sort_order, parent_id, date_added)
        VALUES ({position:int}, {parent:int}, NOW())""",
        again=False,
    ),
    "categories.place": writing(
        """UPDATE [categories] SET
        parent_id=CASE categories_id{parents:cases(int,int)} ELSE parent_id END,
        sort_order=CASE categories_id{positions:cases(int,int)} ELSE sort_order END,
        last_modified=NOW() WHERE categories_id IN ({ids:ints})"""
    ),
    "categories.name": writing(
        """INSERT INTO [categories_description] (categories_id, language_id, categories_name)
        VALUES {rows:rows(int,int,text)} ON DUPLICATE KEY UPDATE categories_name=VALUES(categories_name)"""
    ),
    "categories.fill": writing(
        """INSERT IGNORE INTO [categories_description] (categories_id, language_id, categories_name)
        SELECT d.categories_id, l.languages_id, d.categories_name
        FROM [categories_description] d JOIN [languages] l
        WHERE d.language_id={language:int} AND d.categories_id IN ({ids:ints})"""
    ),
    "categories.children": reading(
        "SELECT categories_id AS id, parent_id AS parent FROM [categories] WHERE parent_id IN ({ids:ints})"
    ),
    # Articles that would be in no category any more.
    "categories.last_of": reading(
        """SELECT p.categories_id AS id, COUNT(*) AS number FROM [products_to_categories] p
        WHERE p.categories_id IN ({ids:ints})
        AND EXISTS (SELECT 1 FROM [products] a WHERE a.products_id=p.products_id)
        AND NOT EXISTS (SELECT 1 FROM [products_to_categories] o
            WHERE o.products_id=p.products_id AND o.categories_id NOT IN ({ids:ints}))
        GROUP BY p.categories_id"""
    ),
    "categories.delete": writing("DELETE FROM [categories] WHERE categories_id IN ({ids:ints})"),
    "categories.delete_names": writing(
        "DELETE FROM [categories_description] WHERE categories_id IN ({ids:ints})"
    ),
    "categories.delete_links": writing(
        "DELETE FROM [products_to_categories] WHERE categories_id IN ({ids:ints})"
    ),
    "producers.all": reading(
        "SELECT manufacturers_id AS id, manufacturers_name AS name FROM [manufacturers] ORDER BY manufacturers_id"
    ),
    "producers.insert": writing(
        "INSERT INTO [manufacturers] (manufacturers_name, date_added) VALUES ({name:text}, NOW())",
        again=False,
    ),
    # A row for every language, also where an earlier creation was cut off.
    "producers.fill": writing(
        """INSERT IGNORE INTO [manufacturers_info] (manufacturers_url, manufacturers_id, languages_id)
        SELECT '', m.manufacturers_id, l.languages_id FROM [manufacturers] m JOIN [languages] l"""
    ),
    "producers.rename": writing(
        """UPDATE [manufacturers] SET manufacturers_name=CASE manufacturers_id{names:cases(int,text)}
        ELSE manufacturers_name END, last_modified=NOW() WHERE manufacturers_id IN ({ids:ints})"""
    ),
    "producers.delete": writing("DELETE FROM [manufacturers] WHERE manufacturers_id IN ({ids:ints})"),
    "producers.delete_info": writing(
        "DELETE FROM [manufacturers_info] WHERE manufacturers_id IN ({ids:ints})"
    ),
    "producers.take_off": writing(
        "UPDATE [products] SET manufacturers_id=0 WHERE manufacturers_id IN ({ids:ints})"
    ),
}
