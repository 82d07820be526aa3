"""What every platform must pass: the engine and the platform against the platform's stand-in, scenario by scenario.

    class TestContract(ContractSuite):
        bench_class = AcmeBench          # tests/platforms/bench.py says what a bench is

What the platform declares impossible is a result too: then the scenario checks that the matrix locks the cell, that
saving it is refused, and that the platform itself refuses the call, all with the one declared reason. At the end of a
test run tests/platforms/table.py prints scenario by platform: ok, cannot (and why), not run.

A scenario (tests/platforms/scenarios/) talks to Kontor by its services and looks at the shop through the bench; it
knows no platform.
"""

from __future__ import annotations

from tests.platforms.scenarios.failures import Failures
from tests.platforms.scenarios.goods import Goods
from tests.platforms.scenarios.manual import Manual
from tests.platforms.scenarios.matrix import Matrix
from tests.platforms.scenarios.sales import Sales


class ContractSuite(Manual, Matrix, Goods, Sales, Failures):
    """Subclass it with a `bench_class`: a new platform is done when it passes."""
