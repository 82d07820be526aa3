import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("shops", "0017_alarm_receivers")]

    operations = [
        migrations.CreateModel(
            name="Traffic",
            fields=[
                (
                    "shop",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="traffic",
                        serialize=False,
                        to="shops.shop",
                    ),
                ),
                ("requests", models.PositiveBigIntegerField(default=0)),
                ("failed", models.PositiveBigIntegerField(default=0)),
            ],
            options={
                "verbose_name": "requests to a shop",
                "verbose_name_plural": "requests to the shops",
            },
        ),
    ]
