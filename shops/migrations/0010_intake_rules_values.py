"""What was a tick is a choice now: off meant that the order waits."""

from django.db import migrations


def ticks_to_choices(apps, schema_editor):
    shops = apps.get_model("shops", "Shop").objects
    shops.filter(create_articles=False).update(unknown_articles="park")
    shops.filter(create_customers=False).update(unknown_customers="park")


def choices_to_ticks(apps, schema_editor):
    shops = apps.get_model("shops", "Shop").objects
    shops.exclude(unknown_articles="create").update(create_articles=False)
    shops.exclude(unknown_customers="create").update(create_customers=False)


class Migration(migrations.Migration):
    dependencies = [("shops", "0009_intake_rules")]

    operations = [migrations.RunPython(ticks_to_choices, choices_to_ticks, elidable=True)]
