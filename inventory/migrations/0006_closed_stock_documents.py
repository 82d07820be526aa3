"""Triggers that keep closed inventory counts and transfers as they are."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from backoffice.lib.frozen_rows import protect, unprotect
from inventory.immutable import STOCK_PAPERS


def keep(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    protect(editor.connection, STOCK_PAPERS)


def let_go(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    unprotect(editor.connection, STOCK_PAPERS)


class Migration(migrations.Migration):
    dependencies = [("inventory", "0005_stock_document_counter")]

    operations = [migrations.RunPython(keep, let_go)]
