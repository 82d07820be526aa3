"""WooCommerce passes the contract suite."""

from __future__ import annotations

from tests.platforms.contract import ContractSuite
from tests.platforms.woocommerce.bench import WooBench


class TestContract(ContractSuite):
    bench_class = WooBench
