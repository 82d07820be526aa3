"""The rows that a shop has after its installation and an afternoon in its panel: a Slovenian shop in two languages."""

from __future__ import annotations

LANGUAGES = {"en": 1, "sl": 2}
COUNTRIES = {
    14: ("Austria", "AT"),
    56: ("Czech Republic", "CZ"),
    81: ("Germany", "DE"),
    97: ("Hungary", "HU"),
    190: ("Slovenia", "SI"),
    222: ("United Kingdom", "GB"),
}
HOME = 190
ZONES = {79: (81, "NDS", "Niedersachsen"), 80: (81, "BAW", "Baden-Württemberg"), 95: (14, "WI", "Wien")}
TAX_CLASSES = {
    1: ("Taxable Goods", "22.0000"),
    2: ("Znižana stopnja", "9.5000"),
    3: ("Knjige in žurnali", "5.0000"),
}
STATUSES = {
    1: ("Pending", "Naročeno", 1),
    2: ("Processing", "V obdelavi", 1),
    3: ("Delivered", "Odpremljeno", 1),
    4: ("PayPal [Transactions]", "PayPal [Transactions]", 0),
    5: ("Preparing [PayPal Standard]", "Preparing [PayPal Standard]", 0),
}
SETTINGS = {
    "DEFAULT_CURRENCY": "EUR",
    "DEFAULT_LANGUAGE": "en",
    "DEFAULT_ORDERS_STATUS_ID": "1",
    "DIR_FS_CACHE": "/tmp/",
    "DISPLAY_PRICE_WITH_TAX": "true",
    "MODULE_ORDER_TOTAL_INSTALLED": "ot_subtotal.php;ot_shipping.php;ot_tax.php;ot_total.php",
    "MODULE_PAYMENT_PAYPAL_STANDARD_PREPARE_ORDER_STATUS_ID": "5",
    "MODULE_PAYMENT_PAYPAL_STANDARD_API_SIGNATURE": "a secret of the gateway",
    "MODULE_SHIPPING_FLAT_TAX_CLASS": "1",
    "STOCK_ALLOW_CHECKOUT": "true",
    "STOCK_LIMITED": "true",
    "STORE_COUNTRY": str(HOME),
    "STORE_NAME": "Lipa & žaba",
    "STORE_ZONE": "0",
    "USE_CACHE": "false",
}


def rows() -> dict[str, list[dict[str, object]]]:
    """{table: rows}, as the installer and the panel write them; dates are set by the store."""
    return {
        "languages": [
            {"languages_id": 1, "name": "English", "code": "en", "image": "icon.gif", "directory": "english", "sort_order": 1},
            {"languages_id": 2, "name": "Slovenščina", "code": "sl", "image": "icon.gif", "directory": "slovenian", "sort_order": 2},
        ],
        "currencies": [
            {"currencies_id": 1, "title": "Euro", "code": "EUR", "symbol_left": "", "symbol_right": "€", "decimal_point": ",", "thousands_point": ".", "decimal_places": "2", "value": "1.0"},
            {"currencies_id": 2, "title": "British Pound", "code": "GBP", "symbol_left": "GBP", "symbol_right": "", "decimal_point": ".", "thousands_point": ",", "decimal_places": "2", "value": "0.86"},
        ],
        "countries": [
            {"countries_id": pk, "countries_name": name, "countries_iso_code_2": code, "countries_iso_code_3": f"{code}X", "address_format_id": 1}
            for pk, (name, code) in COUNTRIES.items()
        ],
        "zones": [
            {"zone_id": pk, "zone_country_id": country, "zone_code": code, "zone_name": name}
            for pk, (country, code, name) in ZONES.items()
        ],
        "tax_class": [
            {"tax_class_id": pk, "tax_class_title": title, "tax_class_description": "", "date_added": "now"}
            for pk, (title, _rate) in TAX_CLASSES.items()
        ],
        "geo_zones": [
            {"geo_zone_id": 1, "geo_zone_name": "Florida", "geo_zone_description": "", "date_added": "now"},
            {"geo_zone_id": 2, "geo_zone_name": "Slovenija", "geo_zone_description": "DDV", "date_added": "now"},
        ],
        "zones_to_geo_zones": [
            {"association_id": 1, "zone_country_id": 223, "zone_id": 18, "geo_zone_id": 1, "date_added": "now"},
            {"association_id": 2, "zone_country_id": HOME, "zone_id": 0, "geo_zone_id": 2, "date_added": "now"},
        ],
        "tax_rates": [
            {"tax_zone_id": 1, "tax_class_id": 1, "tax_priority": 1, "tax_rate": "7.0", "tax_description": "FL TAX 7.0%", "date_added": "now"},
            *(
                {"tax_zone_id": 2, "tax_class_id": pk, "tax_priority": 1, "tax_rate": rate, "tax_description": f"DDV {float(rate):g}%", "date_added": "now"}
                for pk, (_title, rate) in TAX_CLASSES.items()
            ),
        ],
        "orders_status": [
            {"orders_status_id": pk, "language_id": language, "orders_status_name": names[language - 1], "public_flag": names[2]}
            for pk, names in STATUSES.items()
            for language in LANGUAGES.values()
        ],
        "configuration": [
            {"configuration_title": key, "configuration_key": key, "configuration_value": value, "configuration_description": "", "configuration_group_id": 6, "date_added": "now"}
            for key, value in SETTINGS.items()
        ],
    }  # fmt: skip
