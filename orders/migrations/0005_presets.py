"""What a new installation begins with: a number series of each kind, and the texts of the e-mails."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from orders.presets import MAIL_TEXTS, SERIES


def add_presets(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """Where staff have entered their own already, theirs stay."""
    series, template = apps.get_model("orders", "NumberSeries"), apps.get_model("orders", "MailTemplate")
    for kind, preset in SERIES.items():
        if not series.objects.filter(kind=kind).exists():
            series.objects.create(kind=kind, name=preset.name, pattern=preset.pattern, preset=True)
    for kind, texts in MAIL_TEXTS.items():
        for language, text in texts.items():
            template.objects.get_or_create(
                kind=kind, language=language, defaults={"subject": text.subject, "body": text.body}
            )


class Migration(migrations.Migration):
    dependencies = [("orders", "0004_closed_documents")]

    operations = [
        migrations.RunPython(add_presets, migrations.RunPython.noop),
    ]
