"""Orders: read by key, never by offset; written is the status alone, with its row of history."""

from __future__ import annotations

from typing import Final

from shops.platforms.oscommerce.statements import Operation, reading, writing

# Some payment modules write the order before it is paid: in a status of their own, without a row of history
# (oscommerce.md, 9.3).
_REAL = """o.orders_status NOT IN ({prepared:ints})
    AND EXISTS (SELECT 1 FROM [orders_status_history] h WHERE h.orders_id=o.orders_id)"""
_SOURCES: Final = {
    "page": f"""(SELECT o.orders_id FROM [orders] o WHERE o.orders_id > {{after:int}} AND {_REAL}
        AND (o.date_purchased IS NULL OR o.date_purchased <= NOW() - INTERVAL {{age_s:int}} SECOND)
        AND ({{since:time?}} IS NULL OR o.date_purchased >= {{since:time?}} OR o.last_modified >= {{since:time?}}
        OR EXISTS (SELECT 1 FROM [orders_status_history] n
            WHERE n.orders_id=o.orders_id AND n.date_added >= {{since:time?}}))
        ORDER BY o.orders_id LIMIT {{limit:int}})""",
    "of": f"(SELECT o.orders_id FROM [orders] o WHERE o.orders_id IN ({{ids:ints}}) AND {_REAL})",
}


def _block(name: str) -> str:
    fields = ("name", "company", "street_address", "suburb", "city", "postcode", "state", "country")
    return ", ".join(f"o.{name}_{field}" for field in fields)


_PARTS: Final = {
    "orders": f"""SELECT o.orders_id AS id, o.customers_id, {_block("customers")}, o.customers_telephone,
        o.customers_email_address, {_block("delivery")}, {_block("billing")}, o.payment_method,
        o.date_purchased, o.last_modified, o.orders_status, o.currency, o.currency_value
        FROM {{source}} x JOIN [orders] o ON o.orders_id=x.orders_id ORDER BY o.orders_id""",
    "lines": """SELECT l.orders_products_id AS id, l.orders_id AS in_order, l.products_id, l.products_model,
        l.products_name, l.final_price, l.products_tax, l.products_quantity
        FROM {source} x JOIN [orders_products] l ON l.orders_id=x.orders_id ORDER BY l.orders_products_id""",
    "line_options": """SELECT a.orders_products_id AS line, a.products_options AS name,
        a.products_options_values AS value FROM {source} x
        JOIN [orders_products_attributes] a ON a.orders_id=x.orders_id ORDER BY a.orders_products_attributes_id""",
    "totals": """SELECT t.orders_total_id AS id, t.orders_id AS in_order, t.title, t.value, t.class, t.sort_order
        FROM {source} x JOIN [orders_total] t ON t.orders_id=x.orders_id ORDER BY t.orders_total_id""",
    "history": """SELECT h.orders_id AS in_order, h.orders_status_id AS status, h.date_added, h.comments
        FROM {source} x JOIN [orders_status_history] h ON h.orders_id=x.orders_id
        ORDER BY h.orders_status_history_id""",
    "persons": """SELECT DISTINCT a.customers_id AS customer, a.entry_firstname AS first_name,
        a.entry_lastname AS last_name FROM {source} x JOIN [orders] o ON o.orders_id=x.orders_id
        JOIN [address_book] a ON a.customers_id=o.customers_id""",
}
ORDER_PARTS: Final = tuple(_PARTS)


def _with_source(sql: str, source: str) -> str:
    return sql.replace("{source}", source)


OPERATIONS: Final[dict[str, Operation]] = {
    f"{part}.{source}_orders": reading(_with_source(sql, _SOURCES[source]))
    for part, sql in _PARTS.items()
    for source in _SOURCES
} | {
    "orders.statuses": reading(
        """SELECT s.orders_status_id AS id, s.orders_status_name AS name FROM [orders_status] s
        WHERE s.language_id=(SELECT b.language_id FROM [orders_status] b
            WHERE b.orders_status_id=s.orders_status_id ORDER BY b.language_id={language:int} DESC,
            b.language_id={fallback:int} DESC, b.language_id LIMIT 1) ORDER BY s.orders_status_id"""
    ),
    "orders.payments": reading("SELECT DISTINCT payment_method AS title FROM [orders]"),
    "orders.deliveries": reading("SELECT DISTINCT title FROM [orders_total] WHERE class='ot_shipping'"),
    # noted: a row of history stands for the status the order has, written with it or after it.
    "orders.now": reading(
        """SELECT o.orders_id AS id, o.orders_status AS status, o.last_modified AS modified,
        CASE WHEN o.last_modified IS NULL OR EXISTS (SELECT 1 FROM [orders_status_history] h
            WHERE h.orders_id=o.orders_id AND h.orders_status_id=o.orders_status
            AND h.date_added >= o.last_modified) THEN 1 ELSE 0 END AS noted
        FROM [orders] o WHERE o.orders_id IN ({ids:ints})"""
    ),
    # What customers were told, for an order whose parcels may have been told before.
    "orders.comments": reading(
        """SELECT h.orders_id AS id, h.comments FROM [orders_status_history] h
        WHERE h.orders_id IN ({ids:ints}) AND h.comments<>'' ORDER BY h.orders_status_history_id"""
    ),
    "orders.set_status": writing(
        """UPDATE [orders] SET orders_status=CASE orders_id{statuses:cases(int,int)} ELSE orders_status END,
        last_modified=NOW() WHERE orders_id IN ({ids:ints})"""
    ),
    "orders.note_status": writing(
        """INSERT INTO [orders_status_history]
        (orders_id, orders_status_id, date_added, customer_notified, comments)
        VALUES {rows:rows(int,int,now,int,text)}""",
        again=False,
    ),
}
