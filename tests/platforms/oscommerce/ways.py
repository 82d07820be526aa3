"""Both ways into a shop of the tests: gateways, logs of what was called."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from backoffice.lib.http import CallInfo, Session
from shops.platforms.base import Connection, Line
from shops.platforms.oscommerce import OsCommerce, OsCommerceDatabase
from shops.platforms.oscommerce.bridge import BridgeGateway
from shops.platforms.oscommerce.bridge_file import FILE_NAME
from shops.platforms.oscommerce.direct import DirectGateway, Login
from shops.platforms.oscommerce.texts import UTF8, UTF8_OVER_LATIN1
from tests import services
from tests.peers.oscommerce.host import SECRET, Host
from tests.peers.oscommerce.shape import Shape
from tests.peers.oscommerce.store import Store


@dataclass
class Log:
    """What was called: names of statements, as the shop's log of calls would have them."""

    calls: list[CallInfo] = field(default_factory=list)

    @property
    def names(self) -> list[str]:
        return [call.url.split()[-1] for call in self.calls]

    @property
    def statements(self) -> list[str]:
        return [name for name in self.names if name != "connect"]

    def clear(self) -> None:
        self.calls.clear()


def login(shop: Store, **changes: Any) -> Login:
    server = services.mariadb()
    assert server is not None
    return Login(**{**server.login, "database": shop.database, **changes})


def text_mode(shape: Shape) -> Any:
    return UTF8_OVER_LATIN1 if shape.names == "latin1" else UTF8


def direct(shop: Store, log: Log | None = None, *, timeout_s: float = 20, **changes: Any) -> DirectGateway:
    line = Line(log=log.calls.append if log else None, timeout_s=timeout_s)
    gateway = DirectGateway(login(shop, **changes), shop.prefix, line)
    gateway.use(text_mode(shop.shape))
    return gateway


def bridge(host: Host, shape: Shape, log: Log | None = None, *, secret: str = SECRET) -> BridgeGateway:
    session = Session(
        f"{host.address}/{FILE_NAME}",
        log=log.calls.append if log else None,
        timeout_s=20,
        secrets=[secret],
        sleep=lambda _s: None,
    )
    gateway = BridgeGateway(session, secret, sleep=lambda _s: None)
    gateway.use(text_mode(shape))
    return gateway


def platform(shop: Store, log: Log | None = None, *, host: Host | None = None, **more: Any) -> OsCommerce:
    """The platform on this shop: through its bridge file if there is a host, else straight on its database.

    more: of Connection; `options` are added to the usual ones.
    """
    options = {"weight_unit": "kg", "vat_id_field": "suburb", **more.pop("options", {})}
    note = log.calls.append if log else None
    given = {"vat_country": "SI", "language": "sl", **more}
    if host is not None:

        def open_session(base_url: str, **how: Any) -> Session:
            return Session(base_url, timeout_s=20, log=note, sleep=lambda _s: None, **how)

        connection = Connection(
            address=host.address,
            credentials={"bridge_secret": SECRET},
            open_session=open_session,
            options={"way": "bridge", **options},
            **given,
        )
        return OsCommerce(connection)
    server = services.mariadb()
    assert server is not None
    credentials = {name: str(value) for name, value in {**server.login, "database": shop.database}.items()}
    connection = Connection(
        address="https://shop.example",
        credentials=credentials,
        open_session=lambda base_url, **how: Session(base_url, sleep=lambda _s: None, **how),
        options={"way": "database", "table_prefix": shop.prefix, **options},
        line=Line(log=note, timeout_s=20),
        **given,
    )
    return OsCommerceDatabase(connection)
