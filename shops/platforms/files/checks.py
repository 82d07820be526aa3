"""Test settings (M1) of a shop that files are exchanged with: its server, and the folder for orders."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backoffice.lib.errors import KontorError
from backoffice.lib.transfer import Missing, Store
from shops.platforms.base import Finding
from shops.platforms.files.options import order_masks, pohoda_rates
from shops.platforms.transfer_checks import ServerChecks, failed, finding


class Checks(ServerChecks):
    further: ClassVar[tuple[str, ...]] = ("orders",)

    def check_settings(self) -> None:
        pohoda_rates(self.options)

    def check_further(self, store: Store) -> Iterator[Finding]:
        yield self._orders(store)

    def _orders(self, store: Store) -> Finding:
        folder = self.options.get("folder_in", "").strip().strip("/")
        if not folder:
            return finding("orders", "ok", _("None is entered: no orders are fetched."))
        try:
            entries = store.entries(folder)
        except Missing as error:
            return replace(failed("orders", error), effect=_("No orders are fetched."))
        except KontorError as error:
            return failed("orders", error)
        waiting = sum(not entry.is_folder for entry in entries)
        masks = ", ".join(order_masks(self.options))
        return finding(
            "orders",
            "ok",
            ngettext(
                "%(count)d file lies in it; fetched is what is called %(masks)s.",
                "%(count)d files lie in it; fetched is what is called %(masks)s.",
                waiting,
            )
            % {"count": waiting, "masks": masks},
        )
