"""Indexes for the search of the admin (SKU and EAN from their beginning, any part of the name) over 200,000 articles.

Django's own indexes cannot serve it: on PostgreSQL it compares UPPER(column), on SQLite any part of a name means to
look at every row, which is several times faster over an index that holds the three columns and nothing else.
"""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

POSTGRESQL = [
    'CREATE INDEX IF NOT EXISTS article_search_sku ON inventory_article (UPPER(sku) text_pattern_ops)',
    'CREATE INDEX IF NOT EXISTS article_search_ean ON inventory_article (UPPER(ean) text_pattern_ops)',
    # The extension is a trusted one: whoever may create in the database may install it. Where even that is not
    # allowed the search still works, only more slowly.
    """
    DO $$
    BEGIN
        CREATE EXTENSION IF NOT EXISTS pg_trgm;
        CREATE INDEX IF NOT EXISTS article_search_name ON inventory_article USING gin (UPPER(name) gin_trgm_ops);
    EXCEPTION
        WHEN insufficient_privilege OR undefined_file OR feature_not_supported THEN
            RAISE NOTICE 'pg_trgm cannot be installed; searching by name will read the whole table';
    END
    $$
    """,
]
SQLITE = ['CREATE INDEX IF NOT EXISTS article_search ON inventory_article (sku, ean, name)']
NAMES = ("article_search_sku", "article_search_ean", "article_search_name", "article_search")


def create(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    for statement in {"postgresql": POSTGRESQL, "sqlite": SQLITE}.get(editor.connection.vendor, []):
        editor.execute(statement, params=None)


def drop(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    for name in NAMES:
        editor.execute(f"DROP INDEX IF EXISTS {name}", params=None)


class Migration(migrations.Migration):
    dependencies = [("inventory", "0001_initial")]

    operations = [migrations.RunPython(create, drop)]
