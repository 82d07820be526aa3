from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class ShopsConfig(AppConfig):
    name = "shops"
    verbose_name = _("Shops")

    def ready(self) -> None:
        from shops.schedule import ensure_tick

        post_migrate.connect(ensure_tick, sender=self, dispatch_uid="shops.tick")
