"""Triggers that keep closed documents as they are."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from orders.immutable import drop_protection, protect_closed_documents


def protect(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    protect_closed_documents(editor.connection)


def unprotect(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    drop_protection(editor.connection)


class Migration(migrations.Migration):
    dependencies = [("orders", "0003_document_services")]

    operations = [migrations.RunPython(protect, unprotect)]
