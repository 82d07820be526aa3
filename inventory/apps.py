from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from backoffice.lib.frozen_rows import keep
from inventory.immutable import STOCK_PAPERS


class InventoryConfig(AppConfig):
    name = "inventory"
    verbose_name = _("Goods")

    def ready(self) -> None:
        keep(self, STOCK_PAPERS)
