"""Which servers we may talk to on somebody's word: none inside the own network, unless the administrator says so.

A shop's address, and the addresses of pictures that a shop names, come from outside; without this they could make Kontor ask
the cloud's metadata service or the router of the office. Checked is the address that was really connected to, after
DNS and before a byte is sent, so a name that resolves otherwise a moment later changes nothing. Each redirect is a
connection of its own and is checked like the first. For FTP, SFTP and MySQL `connect` makes the connection: it asks DNS
itself and does not even knock at an address that is not allowed.
"""

from __future__ import annotations

import ipaddress
import socket
from typing import Any

import requests.adapters
import urllib3
from django.conf import settings
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

_Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
# A NAT64 gateway carries IPv4 addresses in these; what counts is the one inside.
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
# NAT64 inside one network (RFC 8215): where in it the IPv4 address stands is that network's own business.
_LOCAL_NAT64 = ipaddress.ip_network("64:ff9b:1::/48")


class PrivateTarget(urllib3.exceptions.HTTPError):
    """The connection led into a private network that settings.PRIVATE_TARGETS does not name."""

    def __init__(self, host: str, address: str) -> None:
        super().__init__(f"{host} is {address}, inside a private network")
        self.host, self.address = host, address


def allowed_networks() -> list[_Network]:
    """settings.PRIVATE_TARGETS as networks. Raises ValueError for what is none."""
    return [
        ipaddress.ip_network(text.strip(), strict=False) for text in settings.PRIVATE_TARGETS if text.strip()
    ]


def is_allowed(address: str) -> bool:
    """Whether we may talk to this IP address: a public one, or one that the administrator named."""
    found = _plain(ipaddress.ip_address(address.partition("%")[0]))
    if found.is_global and not found.is_multicast and not _is_local_v6(found):
        return True
    return any(found in network for network in allowed_networks() if network.version == found.version)


def _is_local_v6(address: _Address) -> bool:
    """What Python counts as global though it is not: site-local addresses (RFC 3879) and local NAT64."""
    return isinstance(address, ipaddress.IPv6Address) and (address.is_site_local or address in _LOCAL_NAT64)


def connect(host: str, port: int, timeout_s: float | None) -> socket.socket:
    """A TCP connection to the first allowed address of the host that answers.

    Raises PrivateTarget when none of its addresses is allowed, without connecting to any; OSError as sockets do.
    """
    failure: OSError | PrivateTarget | None = None
    for *_kind, found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        address = str(found[0])
        if not is_allowed(address):
            failure = failure or PrivateTarget(host, address)
            continue
        try:
            return socket.create_connection((address, port), timeout=timeout_s)
        except OSError as error:
            failure = error
    raise failure or OSError(f"{host} has no address")


def _plain(address: _Address) -> _Address:
    """The IPv4 address that an IPv6 one only wraps."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address in _NAT64 or (
        int(address) >> 32 == 0 and int(address) > 1
    ):  # ::10.0.0.1 is out of use and old stacks take it
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def check_connected(sock: socket.socket, host: str) -> None:
    """Raises PrivateTarget, after closing the connection."""
    address = sock.getpeername()[0]
    if not is_allowed(address):
        sock.close()
        raise PrivateTarget(host, address)


class _Guarded:
    def _new_conn(self) -> socket.socket:
        sock: socket.socket = super()._new_conn()  # type: ignore[misc]
        check_connected(sock, self.host)  # type: ignore[attr-defined]
        return sock


class _Plain(_Guarded, HTTPConnection):
    pass


class _Tls(_Guarded, HTTPSConnection):
    pass


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _Plain  # type: ignore[assignment]


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _Tls  # type: ignore[assignment]


class GuardedAdapter(requests.adapters.HTTPAdapter):
    """For requests' sessions. Through a proxy of the administrator's the proxy is who decides where to."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _PlainPool, "https": _TlsPool}
