"""The stage of the contract scenarios: a connected shop, and the words in which they are told."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

import pytest
from django.core.exceptions import ValidationError

from backoffice.lib.errors import Unsupported
from shops.models import RemoteElement, Run, Shop
from shops.platforms.base import Platform
from shops.platforms.registry import platform_for
from shops.records import RECORDS
from shops.services.rules import RuleValues, cell_states, ensure_rules, save_rules
from shops.services.runs import confirm_overwriting, start_run, work_run
from shops.sync.connect import open_platform
from tests import factories as make
from tests.platforms.bench import Bench
from tests.platforms.ours import Ours, there_values
from tests.platforms.table import note

VERB_OF = {"export": "create", "shop": "update", "delete": "delete"}
LOCKED = {
    "here": "linked",
    "shop": "linked",
    "import": "import_here",
    "export": "export_there",
    "delete": "delete_there",
}


@pytest.mark.django_db(transaction=True)
class Stage:
    bench_class: ClassVar[type[Bench]]

    bench: Bench
    shop: Shop
    ours: Ours

    @pytest.fixture(autouse=True)
    def _stage(self, request: pytest.FixtureRequest, settings: Any) -> Iterator[None]:
        """A connected shop with one category "Kitchen" on both sides; every rule says "leave alone"."""
        settings.SYNC_RETRY_AFTER_S = (0, 0, 0)
        self._request = request
        self.bench = self.bench_class()
        self.bench.start()
        try:
            self._connect()
            yield
        finally:
            self.bench.heals()
            self.bench.stop()

    def _connect(self) -> None:
        bench = self.bench
        make.make_company(country=bench.country, currency=bench.currency)
        self.shop = make.make_shop(
            "contract",
            platform=bench.platform,
            address=bench.address,
            credentials=dict(bench.credentials),
            options={"requests_per_second": "10000", **bench.options},
            country=bench.country,
        )
        self.shop.warehouses.add(make.make_warehouse("LJ"))
        lists = {"gross": bench.gross, "currency": bench.currency}
        self.shop.price_list = make.make_price_list("Retail", **lists)
        self.shop.sale_price_list = make.make_price_list("Sale", kind="sale", **lists)
        self.shop.save()
        confirm_overwriting(self.shop, None)
        ensure_rules(self.shop)
        self.kitchen = bench.add("category", name="Kitchen", parent="")
        self.ours = Ours(self.shop, make.make_vat_rate(bench.percent, bench.country), make.make_category("Kitchen"))  # fmt: skip
        bench.forgets()

    # What the scenarios are told with

    @property
    def platform(self) -> type[Platform]:
        return platform_for(self.shop)

    def sync(self, job: str = "sync", **options: Any) -> Run:
        self.shop.refresh_from_db()
        return work_run(start_run(self.shop, job, **options).pk)

    def clean_sync(self, job: str = "sync") -> Run:
        """A run in which everything went well."""
        run = self.sync(job)
        left = list(run.changes.exclude(state="done").values_list("kind", "verb", "key", "state", "message"))
        steps = list(run.steps.exclude(state="done").values_list("kind", "state", "message", "detail"))
        assert run.state == "done", f"{run.message} {left} {steps}"
        assert left == []
        return run

    def quiet_sync(self) -> None:
        """Nothing has changed on either side: nothing is planned and nothing is written."""
        self.bench.forgets()
        run = self.clean_sync()
        assert list(run.changes.values_list("kind", "verb", "key", "fields")) == []
        assert self.bench.writes == 0

    def rules(self, **rows: RuleValues) -> None:
        save_rules(self.shop, rows)

    def add(self, kind: str, key: str, **values: Any) -> str:
        return self.bench.add(kind, **{**there_values(kind, key, self.kitchen), **values})

    def linked(self, kind: str) -> int:
        return RemoteElement.objects.of(self.shop, kind).present().linked().count()

    def note(self, kind: str, reason: str = "") -> None:
        """For the contract table: the platform can (no reason), or cannot, do this with the element type."""
        note(self._request, kind, reason)

    def possible(self, kind: str, cell: str) -> bool:
        """Whether the platform can do it; if it cannot, that this is refused everywhere with its reason."""
        reason = str(cell_states(self.platform, kind).get(cell, ""))
        if not reason:
            self.note(kind)
            return True
        wish = RuleValues(**{LOCKED[cell]: cell if cell in ("here", "shop") else True})
        with pytest.raises(ValidationError) as refused:
            save_rules(self.shop, {kind: wish})
        assert reason in " ".join(refused.value.messages)
        if (verb := VERB_OF.get(cell)) and (own := self.platform.can(kind).reason(verb)):
            with (
                open_platform(self.shop) as (platform, _book),
                pytest.raises(Unsupported, match=r"\w") as error,
            ):
                getattr(platform, verb)(kind, [RECORDS.get(kind, RECORDS["unit"])(remote_id="1")])
            assert str(error.value) == str(own)
        self.note(kind, reason)
        return False

    def breaks(self, fault: str, kind: str = "article") -> bool:
        """Break the stand-in; False when such a thing cannot happen on this platform."""
        if why := self.bench.cannot_break.get(fault):
            self.note("", why)
            return False
        self.bench.breaks(fault, kind)
        return True

    def everything_to_the_shop(self) -> None:
        both = RuleValues(linked="shop", export_there=True)
        wishes = {"article": both, "stock": RuleValues("shop"), "price": RuleValues("shop")}
        self.rules(**wishes)
