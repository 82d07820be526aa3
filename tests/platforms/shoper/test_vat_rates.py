"""Polish rates that are no percentage: "zw." (exempt) and "np." (not subject) are kept as 0, but they are not 0 %."""

from __future__ import annotations

import pytest

from inventory.models import VatRate
from shops.models import Problem, RemoteElement
from shops.services.rules import RuleValues
from shops.services.suggestions import suggestions
from tests import factories as make
from tests.platforms.scenarios.stage import Stage
from tests.platforms.shoper.bench import ShoperBench

EXEMPT = VatRate.Kind.EXEMPT


@pytest.mark.requirement("S4", "M2", "O8")
class TestVatRates(Stage):
    bench_class = ShoperBench

    def rates(self) -> dict[str, RemoteElement]:
        store = self.bench.shop.store
        for name in ("zw.", "np."):
            store.add("taxes", value=0, name=name, **{"class": name})
        self.sync("read")
        found = RemoteElement.objects.of(self.shop, "vat_rate").present()
        return {row.content.get("name", ""): row for row in found}

    def test_they_are_not_linked_with_plain_zero_and_it_is_linked(self) -> None:
        zero = make.make_vat_rate("0", "PL", kind=VatRate.Kind.ZERO)
        rates = self.rates()
        assert {name: row.local_id for name, row in rates.items() if name in ("0%", "zw.", "np.")} == {
            "0%": zero.pk,
            "zw.": None,
            "np.": None,
        }
        assert suggestions(self.shop, "vat_rate", [rates["zw."]]) == {}

    def test_plain_zero_is_not_linked_with_a_rate_that_means_exempt(self) -> None:
        exempt = make.make_vat_rate("0", "PL", kind=EXEMPT, name="zw.")
        rates = self.rates()
        assert {rates[name].local_id for name in ("0%", "zw.", "np.")} == {None}
        proposed = suggestions(self.shop, "vat_rate", list(rates.values()))
        said = {name: proposed[row.pk] for name, row in rates.items() if row.pk in proposed}
        assert {name: (one.local_ids, one.sure) for name, one in said.items()} == dict.fromkeys(
            ("0%", "zw.", "np."), ((exempt.pk,), False)
        )

    def test_the_mappings_say_what_they_are(self) -> None:
        assert self.rates()["zw."].name == "PL zw. (no percentage: exempt or not subject to VAT)"

    def test_an_import_asks_a_person_instead_of_making_a_rate_of_zero(self) -> None:
        make.make_vat_rate("0", "PL", kind=EXEMPT, name="zw.")
        self.rates()
        self.rules(vat_rate=RuleValues(import_here=True))
        run = self.sync()
        left = run.changes.exclude(state="done").values_list("key", "name")
        assert len(left) == 3, list(left)
        assert not VatRate.objects.filter(percent=0).exclude(kind=EXEMPT).exists()
        causes = Problem.objects.filter(kind="vat_rate").values_list("key", "cure")
        assert {key.partition(":")[2] for key, _cure in causes} == {
            "vat_exempt_here", "vat_no_percentage:zw.", "vat_no_percentage:np.",
        }  # fmt: skip
        assert all("Mappings" in cure for _key, cure in causes)
