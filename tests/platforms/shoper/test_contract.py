"""Shoper passes the contract suite."""

from __future__ import annotations

import pytest

from tests.platforms.contract import ContractSuite
from tests.platforms.shoper.bench import ShoperBench


@pytest.mark.requirement("S4", "M5", "M6", "M7", "M9", "M10")
class TestContract(ContractSuite):
    bench_class = ShoperBench
