"""Fixtures of osCommerce shops: import them into a conftest. Without MariaDB (or PHP) the tests say so and are skipped."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import services
from tests.peers.oscommerce.host import Host
from tests.peers.oscommerce.shape import NEW, OLD, Shape
from tests.peers.oscommerce.store import Store


def need_mariadb() -> None:
    if services.mariadb() is None:
        pytest.skip("needs MariaDB or MySQL: none answers on 127.0.0.1:3306 as root without a password")


def need_php() -> None:
    if not services.php():
        pytest.skip("needs PHP on the command line with mysqli: install php-cli and php-mysql")


@pytest.fixture(params=[OLD, NEW], ids=lambda shape: shape.version)
def shape(request: pytest.FixtureRequest) -> Shape:
    return request.param


@pytest.fixture
def shop(shape: Shape) -> Iterator[Store]:
    need_mariadb()
    with Store(shape) as store:
        yield store


@pytest.fixture
def host(shop: Store, tmp_path: Path) -> Iterator[Host]:
    need_php()
    host = Host(tmp_path / "host", shop.database, version=shop.shape.version)
    host.start()
    yield host
    host.stop()
