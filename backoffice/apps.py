from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class BackofficeConfig(AppConfig):
    name = "backoffice"
    verbose_name = _("Back office")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from backoffice import checks, journal  # noqa: F401 (checks registers them; needs loaded settings)
        from backoffice.roles import ensure_roles
        from backoffice.upkeep import old_rows
        from backoffice.worker.alarms import silent_workers
        from shops.services import retention, wrong

        journal.register()
        if silent_workers not in wrong.SOURCES:
            wrong.SOURCES.append(silent_workers)
        if old_rows not in retention.SOURCES:
            retention.SOURCES.append(old_rows)
        post_migrate.connect(ensure_roles, sender=self, dispatch_uid="kontor.roles")
