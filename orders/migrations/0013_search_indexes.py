"""Indexes for the search of the order list over 500,000 orders: any part of number, e-mail address and names.

As of inventory's 0002: PostgreSQL compares UPPER(column), which only such indexes serve. SQLite reads its table through.
"""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

PATTERNS = {
    "order_search_source_number": "orders_order (UPPER(source_number) text_pattern_ops)",
    "order_line_search_sku": "orders_orderline (UPPER(sku) text_pattern_ops)",
}
PARTS = {
    "order_search_number": "orders_order USING gin (UPPER(number) gin_trgm_ops)",
    "order_search_email": "orders_order USING gin (UPPER(email) gin_trgm_ops)",
    "address_search_last_name": "orders_address USING gin (UPPER(last_name) gin_trgm_ops)",
    "address_search_first_name": "orders_address USING gin (UPPER(first_name) gin_trgm_ops)",
    "address_search_company": "orders_address USING gin (UPPER(company) gin_trgm_ops)",
}


def create(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    if editor.connection.vendor != "postgresql":
        return
    for name, what in PATTERNS.items():
        editor.execute(f"CREATE INDEX IF NOT EXISTS {name} ON {what}", params=None)
    parts = "\n".join(f"CREATE INDEX IF NOT EXISTS {name} ON {what};" for name, what in PARTS.items())
    editor.execute(
        f"""
        DO $$
        BEGIN
            CREATE EXTENSION IF NOT EXISTS pg_trgm;
            {parts}
        EXCEPTION
            WHEN insufficient_privilege OR undefined_file OR feature_not_supported THEN
                RAISE NOTICE 'pg_trgm cannot be installed; searching orders will read the whole table';
        END
        $$
        """,
        params=None,
    )


def drop(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    for name in (*PATTERNS, *PARTS):
        editor.execute(f"DROP INDEX IF EXISTS {name}", params=None)


class Migration(migrations.Migration):
    dependencies = [("orders", "0012_payments_of_paid_orders")]

    operations = [migrations.RunPython(create, drop)]
