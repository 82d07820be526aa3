"""Whole payloads in each platform's own shape, values of our own: what the fuzz tests break in all places."""

from __future__ import annotations

from typing import Any, Final

from shops.platforms.shoper.mapping.articles import Axes, Axis

_ADDRESS: Final = {
    "first_name": "Ana", "last_name": "Kos", "company": "", "address_1": "Prešernova 1", "address_2": "", "city": "Ljubljana",
    "state": "", "postcode": "1000", "country": "SI", "email": "ana@example.com", "phone": "040111222",
}  # fmt: skip
_TAX: Final = {"id": 1, "total": "4.40", "subtotal": "4.40"}
_META: Final = [
    {"id": 1, "key": "_reduced_stock", "value": "2"},
    {"id": 2, "key": "pa_size", "value": "s", "display_key": "Size", "display_value": "S"},
]
WOO_ORDER: Final[dict[str, Any]] = {
    "id": 57, "number": "57", "status": "processing", "currency": "EUR", "prices_include_tax": False,
    "date_created_gmt": "2026-11-21T19:51:05", "date_modified_gmt": "2026-11-21T19:51:05", "date_paid_gmt": None,
    "total": "29.28", "total_tax": "5.28", "customer_id": 4, "customer_note": "", "payment_method": "bacs",
    "payment_method_title": "Transfer", "transaction_id": "", "billing": _ADDRESS, "shipping": _ADDRESS,
    "meta_data": [{"id": 9, "key": "_billing_vat", "value": "SI12345678"}],
    "line_items": [
        {"id": 11, "name": "Mug", "product_id": 7, "variation_id": 0, "quantity": 2, "tax_class": "", "subtotal": "20.00",
         "total": "20.00", "total_tax": "4.40", "taxes": [_TAX], "meta_data": _META, "sku": "MUG", "price": 10.0},
    ],
    "shipping_lines": [{"id": 12, "method_title": "Post", "method_id": "flat_rate", "instance_id": "1", "total": "4.00",
                        "total_tax": "0.88", "taxes": [{"id": 1, "total": "0.88"}], "meta_data": []}],
    "fee_lines": [{"id": 13, "name": "Fee", "total": "0.00", "total_tax": "0.00", "taxes": [], "meta_data": []}],
    "tax_lines": [{"id": 14, "rate_id": 1, "rate_percent": 22.0}],
    "coupon_lines": [{"id": 15, "code": "ten", "discount": "0.00"}],
    "refunds": [{"id": 16, "reason": "", "total": "-1.00"}],
}  # fmt: skip
_SALE: Final = {
    "regular_price": "12.00", "sale_price": "10.00", "date_on_sale_from_gmt": "2026-11-01T00:00:00",
    "date_on_sale_to_gmt": None,
}  # fmt: skip
WOO_PRODUCT: Final[dict[str, Any]] = {
    "id": 7, "type": "simple", "parent_id": 0, "date_modified_gmt": "2026-11-20T10:00:00", "name": "Mug &amp; lid",
    "short_description": "<p>…</p>", "description": "<p>…</p>", "status": "publish", "sku": "MUG", "global_unique_id": "",
    "virtual": False, "tax_status": "taxable", "tax_class": "", "weight": "0.35",
    "dimensions": {"length": "10", "width": "8", "height": ""}, "manage_stock": True, "stock_quantity": 7,
    "categories": [{"id": 3, "name": "Kitchen"}], "brands": [{"id": 5, "name": "Kovar"}],
    "attributes": [{"id": 1, "name": "Size", "variation": True, "options": ["S", "M"], "option": "S"}],
    "images": [{"id": 21, "src": "http://shop.example/wp-content/mug.jpg", "alt": "", "date_modified_gmt": "2026-11-20T10:00:00"}],
    **_SALE,
}  # fmt: skip
WOO_VARIATION: Final = {
    **WOO_PRODUCT,
    "id": 8,
    "type": "variation",
    "parent_id": 7,
    "image": WOO_PRODUCT["images"][0],
}
WOO_CUSTOMER: Final = {
    "id": 4, "date_created_gmt": "2026-11-20T10:00:00", "date_modified_gmt": None, "email": "ana@example.com",
    "first_name": "Ana", "last_name": "Kos", "billing": _ADDRESS, "shipping": _ADDRESS, "meta_data": _META,
}  # fmt: skip
WOO_CATEGORY: Final = {"id": 3, "name": "Kitchen", "parent": 0, "description": "", "menu_order": 1}
WOO_RATE: Final = {
    "id": 1, "country": "SI", "state": "", "rate": "22.0000", "name": "DDV", "priority": 1, "class": "standard", "postcodes": [],
}  # fmt: skip
WOO_PAYMENT: Final = {"id": "bacs", "title": "Transfer", "method_title": "Direct transfer"}
WOO_SHIPPING: Final = {
    "instance_id": 1,
    "title": "Post",
    "method_id": "flat_rate",
    "method_title": "Flat rate",
}

SHOPER_AXES: Final = Axes(
    {"10": Axis("10", "8", "Size", stock=True, values={"61": "S"}), "11": Axis("11", "8", "Colour", stock=True, values={"70": "white"})}
)  # fmt: skip
_ROW: Final = {
    "stock_id": "44", "extended": "0", "price": "29.00", "price_type": "1", "stock": "100", "weight": "1", "active": "1",
    "product_id": "36", "code": "MUG-1", "ean": "", "comp_price": "29.00", "comp_promo_price": "29.00", "comp_weight": "1.2",
}  # fmt: skip
_OFFER: Final = {
    "discount_type": "3", "discount": "10", "date_from": "2026-06-28 21:59:15", "date_to": "2026-08-30 21:59:15",
}  # fmt: skip
SHOPER_PRODUCT: Final[dict[str, Any]] = {
    "product_id": "36", "producer_id": "16", "group_id": None, "tax_id": "1", "unit_id": "1", "category_id": "19",
    "categories": [19, 22], "code": "MUG-1", "ean": "", "type": "0", "currency_id": None, "edit_date": "2026-07-01 19:15:59",
    "promo_price": None, "stock": _ROW, "options": [], "attributes": {"5": []}, "special_offer": _OFFER,
    "translations": {"pl_PL": {"name": "Kubek", "short_description": "<p>…</p>", "description": "", "active": "1"}},
}  # fmt: skip
SHOPER_VARIANT: Final = {
    **_ROW,
    "extended": "1",
    "options": [{"option_id": "10", "value_id": 61}, {"option_id": "11", "value_id": "70"}],
}
_PLACE: Final = {
    "firstname": "Jan", "lastname": "Testowy", "company": "", "tax_identification_number": "PL526", "street1": "Prosta 1",
    "street2": "", "postcode": "00-001", "city": "Warszawa", "country_code": "PL", "phone": "600000000",
}  # fmt: skip
SHOPER_ORDER: Final = {
    "order_id": "8", "date": "2026-11-20 10:15:00", "status_date": "2026-11-20 10:15:00", "status_id": "1", "sum": "149.95",
    "paid": "0.00", "payment_id": "1", "shipping_id": "8", "shipping_cost": "9.99", "shipping_tax_value": "23",
    "currency_id": "1", "currency_rate": "1", "email": "a@example.com", "user_id": "1", "is_paid": False, "vat_eu": False,
    "parent_order_id": None, "promo_code": "TEN", "notes": "", "discount_client": "10", "discount_group": "0",
    "discount_levels": "0", "discount_code": "0", "billing_address": _PLACE, "delivery_address": _PLACE,
}  # fmt: skip
SHOPER_LINE: Final = {
    "id": "8", "order_id": "8", "product_id": "13", "stock_id": "13", "code": "101", "quantity": "1", "price": "149.95",
    "tax": "23%", "tax_value": "23", "discount_perc": "5.0000", "name": "Kubek", "option": "Kolor: Czerwony; Rozmiar: S",
}  # fmt: skip
SHOPER_CUSTOMER: Final = {
    "user_id": "2", "email": "a@example.test", "firstname": "Anna", "lastname": "K", "date_add": "2026-06-28 21:59:15",
    "address_book_id": "1", "default": "1", "shipping_default": "1", **_PLACE,
}  # fmt: skip
SHOPER_IMAGE: Final = {
    "gfx_id": "46", "product_id": "36", "name": "36b.jpg", "unic_name": "46", "order": "1", "main": 1,
    "translations": {"pl_PL": {"name": "36b.jpg"}},
}  # fmt: skip
SHOPER_RATE: Final = {"tax_id": "4", "value": "5.5", "name": "5,5 %", "class": "5,5%"}
SHOPER_UNIT: Final = {"unit_id": "1", "translations": {"pl_PL": {"name": "szt."}}}

OSC_PRODUCT: Final = {
    "id": "31", "model": "TEA", "name": "Zeleni čaj", "description": "<p>…</p>", "quantity": "7", "price": "9.0082",
    "weight": "0.50", "status": "1", "sold_out": "0", "tax_class": "1", "producer": "2", "category": "3", "parent": "0",
    "position": "1", "image": "tea.png", "added": "2026-11-20 10:00:00", "modified": None, "expires": "2026-12-01 00:00:00",
    "email": "ana@example.com", "first_name": "Ana", "last_name": "Kos", "created": "2026-11-20 10:00:00", "address": "4",
    "entry_first_name": "Ana", "entry_last_name": "Kos", "company": "", "street": "Prešernova 1", "suburb": "",
    "city": "Ljubljana", "postcode": "1000", "state": "", "zone": "0", "country": "1", "phone": "040", "title": "DDV",
    "percent": "22.0000", "priority": "1",
}  # fmt: skip
OSC_ORDER: Final = {
    "order": [
        {"id": "5", "customers_id": "4", "customers_name": "Ana Kos", "customers_telephone": "040", "orders_status": "1",
         "customers_email_address": "ana@example.com", "billing_name": "Ana Kos", "billing_company": "",
         "billing_street_address": "Prešernova 1", "billing_suburb": "", "billing_city": "Ljubljana",
         "billing_postcode": "1000", "billing_state": "", "billing_country": "Slovenia", "delivery_name": "Ana Kos",
         "delivery_company": "", "delivery_street_address": "", "delivery_suburb": "", "delivery_city": "",
         "delivery_postcode": "", "delivery_state": "", "delivery_country": "", "payment_method": "Card",
         "currency": "EUR", "currency_value": "1.000000", "date_purchased": "2026-11-20 10:00:00", "last_modified": None},
    ],
    "lines": [
        {"id": "1", "in_order": "5", "product": "31", "products_id": "31", "model": "TEA", "products_model": "TEA",
         "name": "Čaj", "products_name": "Čaj", "price": "10.0000", "final": "10.0000", "final_price": "10.0000",
         "tax": "22.0000", "products_tax": "22.0000", "quantity": "2", "products_quantity": "2"},
    ],
    "options": [{"line": "1", "option": "Barva", "value": "Rdeča", "name": "Barva", "products_options": "Barva",
                 "products_options_values": "Rdeča"}],
    "totals": [
        {"in_order": "5", "class": "ot_subtotal", "title": "Sub-Total:", "value": "24.4000", "sort_order": "1"},
        {"in_order": "5", "class": "ot_shipping", "title": "Flat Rate (Best Way):", "value": "5.0000", "sort_order": "2"},
        {"in_order": "5", "class": "ot_coupon", "title": "Coupon:", "value": "1.0000", "sort_order": "3"},
        {"in_order": "5", "class": "ot_tax", "title": "DDV:", "value": "4.4000", "sort_order": "4"},
        {"in_order": "5", "class": "ot_total", "title": "Total:", "value": "28.4000", "sort_order": "5"},
    ],
    "history": [{"in_order": "5", "status": "Pending", "comments": "", "date_added": "2026-11-20 10:00:00"}],
}  # fmt: skip
