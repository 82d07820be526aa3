"""What the shop says of itself: server, character set, settings, languages, currencies, countries."""

from __future__ import annotations

from typing import Final

from shops.platforms.oscommerce.statements import Operation, reading, writing

# Of `configuration` nothing else is ever read: it holds the keys of payment gateways too (oscommerce.md, 9.15).
SETTINGS: Final = (
    "DEFAULT_CURRENCY",
    "DEFAULT_LANGUAGE",
    "DEFAULT_ORDERS_STATUS_ID",
    "DISPLAY_PRICE_WITH_TAX",
    "MODULE_ORDER_TOTAL_LOWORDERFEE_TAX_CLASS",
    "STOCK_ALLOW_CHECKOUT",
    "STOCK_LIMITED",
    "STORE_COUNTRY",
    "STORE_NAME",
    "STORE_ZONE",
    "USE_CACHE",
)
_NAMED: Final = ",".join(f"'{name}'" for name in SETTINGS)

OPERATIONS: Final[dict[str, Operation]] = {
    "shop.server": reading(
        """SELECT VERSION() AS version, @@sql_mode AS sql_mode, @@max_allowed_packet AS packet,
        TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(), NOW()) AS offset_s, UTC_TIMESTAMP() AS utc"""
    ),
    "shop.cipher": reading("SHOW SESSION STATUS LIKE 'Ssl_cipher'"),
    "shop.euro": reading(
        "SELECT HEX(CONCAT(symbol_left, symbol_right)) AS symbol FROM [currencies] WHERE code='EUR' LIMIT 1"
    ),
    # Bytes beyond ASCII, as hexadecimal digits: no character set on the way can change them.
    "shop.sample": reading(
        """SELECT HEX(products_name) AS name FROM [products_description]
        WHERE HEX(products_name) REGEXP '^(..)*[89A-F].(..)*$' LIMIT 30"""
    ),
    "shop.columns": reading(
        """SELECT table_name AS in_table, column_name AS name, data_type AS kind,
        character_maximum_length AS length, character_set_name AS charset
        FROM information_schema.columns WHERE table_schema=DATABASE() AND table_name IN ({tables:texts})"""
    ),
    "shop.settings": reading(
        f"""SELECT configuration_key AS name, configuration_value AS value FROM [configuration]
        WHERE configuration_key IN ({_NAMED})
        OR configuration_key LIKE 'MODULE\\_PAYMENT\\_%\\_PREPARE\\_ORDER\\_STATUS\\_ID'
        OR configuration_key LIKE 'MODULE\\_SHIPPING\\_%\\_TAX\\_CLASS'"""
    ),
    "shop.languages": reading(
        "SELECT languages_id AS id, code, name FROM [languages] ORDER BY sort_order, languages_id"
    ),
    "shop.currencies": reading("SELECT code, decimal_places FROM [currencies]"),
    "shop.countries": reading(
        "SELECT countries_id AS id, countries_name AS name, countries_iso_code_2 AS code FROM [countries]"
    ),
    "shop.zones": reading(
        "SELECT zone_id AS id, zone_country_id AS country, zone_code AS code, zone_name AS name FROM [zones]"
    ),
    "shop.samples_read": reading(
        """SELECT products_name AS name FROM [products_description]
        WHERE HEX(products_name) REGEXP '^(..)*[89A-F].(..)*$' LIMIT 3"""
    ),
    # Needs the right to write, and finds no row to write to.
    "shop.may_write_products": writing("UPDATE [products] SET products_id=products_id WHERE 1=0"),
    "shop.may_write_texts": writing("UPDATE [products_description] SET language_id=language_id WHERE 1=0"),
    "shop.may_write_orders": writing("UPDATE [orders] SET orders_id=orders_id WHERE 1=0"),
    "shop.may_add": writing(
        """INSERT INTO [orders_status_history] (orders_id, orders_status_id, date_added)
        SELECT orders_id, orders_status_id, date_added FROM [orders_status_history] WHERE 1=0"""
    ),
    "shop.may_delete": writing("DELETE FROM [products_to_categories] WHERE 1=0"),
}
