from django.db import migrations, models
from django.db.models import F


def told_to_both(apps, schema_editor):
    """Nobody is told again what was told before: of whom it was, the old column did not say."""
    apps.get_model("shops", "Alarm").objects.update(posted_at=F("mailed_at"))


class Migration(migrations.Migration):
    dependencies = [("shops", "0016_calls_by_element")]

    operations = [
        migrations.RenameField("alarm", "told_at", "mailed_at"),
        migrations.AlterField("alarm", "mailed_at", models.DateTimeField(blank=True, null=True)),
        migrations.AddField("alarm", "posted_at", models.DateTimeField(blank=True, null=True)),
        migrations.RunPython(told_to_both, migrations.RunPython.noop),
        migrations.AddIndex(
            "run", models.Index(fields=["shop", "job", "finished_at"], name="run_newest_of_job")
        ),
    ]
