from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from backoffice.lib.frozen_rows import keep
from orders.immutable import DOCUMENTS


class OrdersConfig(AppConfig):
    name = "orders"
    verbose_name = _("Sales")

    def ready(self) -> None:
        keep(self, (DOCUMENTS,))
