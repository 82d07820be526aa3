from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("shops", "0010_intake_rules_values")]

    operations = [
        migrations.RemoveField(model_name="shop", name="create_articles"),
        migrations.RemoveField(model_name="shop", name="create_customers"),
    ]
