"""The one way to addresses that other people gave. Nothing in our own network is reached through it.

A name is resolved once; every address it has must be a public one; the connection goes to the very address that was looked
at, so that the name cannot mean another one a moment later. A redirect is an answer like any other, and is not followed.
"""

import socket
import ssl
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

Address = IPv4Address | IPv6Address
SECONDS = 10.0
# Addresses of IPv6 in which one of IPv4 is wrapped, which may be one of ours.
_WRAPPED = tuple(
    ip_network(network) for network in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "::/96")
)


class Unreachable(Exception):
    """The address may not be asked, or does not answer; `code` says why."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a URL leads, looked at and found good."""

    parts: SplitResult
    address: Address
    port: int


def place_of(url: str) -> Place:
    """Look at an address before anything is sent there. Raises `Unreachable`."""
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        raise Unreachable("malformed") from None
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username or parts.password:
        raise Unreachable("malformed")
    addresses = _addresses(parts.hostname, port)
    own = [address for address in addresses if _is_allowed(address)]
    if len(own) != len(addresses):
        if not all(is_public(address) for address in addresses):
            raise Unreachable("not_public")
        if parts.scheme != "https":
            raise Unreachable("not_encrypted")
    return Place(parts, addresses[0], port)


def is_public(address: Address) -> bool:
    """Whether an address is one of the open internet, whatever it is wrapped in."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return is_public(address.ipv4_mapped)
        if address.scope_id is not None or any(address in network for network in _WRAPPED):
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def post(url: str, body: bytes, headers: dict[str, str]) -> int:
    """Send a body and return the status of the answer, of which nothing else is read. Raises `Unreachable`."""
    place = place_of(url)
    connection = _connection(place)
    target = (place.parts.path or "/") + (f"?{place.parts.query}" if place.parts.query else "")
    try:
        connection.request("POST", target, body, headers)
        return connection.getresponse().status
    except ssl.SSLError:
        raise Unreachable("certificate") from None
    except TimeoutError:
        raise Unreachable("too_slow") from None
    except (OSError, HTTPException, ValueError):
        raise Unreachable("no_answer") from None
    finally:
        connection.close()


class _Pinned(HTTPConnection):
    """Connects to one address, whatever the name means now."""

    def __init__(self, place: Place) -> None:
        super().__init__(str(place.parts.hostname), place.port, timeout=SECONDS)
        self._address = str(place.address)

    def connect(self) -> None:
        self.sock = socket.create_connection((self._address, self.port), self.timeout)


class _PinnedSecure(HTTPSConnection):
    """As `_Pinned`, encrypted; the certificate must be the name's."""

    def __init__(self, place: Place) -> None:
        self._trusted = ssl.create_default_context()
        super().__init__(str(place.parts.hostname), place.port, timeout=SECONDS, context=self._trusted)
        self._address = str(place.address)

    def connect(self) -> None:
        plain = socket.create_connection((self._address, self.port), self.timeout)
        self.sock = self._trusted.wrap_socket(plain, server_hostname=self.host)


def _connection(place: Place) -> HTTPConnection:
    return _PinnedSecure(place) if place.parts.scheme == "https" else _Pinned(place)


def _addresses(host: str, port: int) -> list[Address]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        return [ip_address(entry[4][0]) for entry in found]
    except (OSError, UnicodeError, ValueError):
        raise Unreachable("unknown_host") from None


def _is_allowed(address: Address) -> bool:
    """Whether the installation has named the address's network as one that may be told."""
    return any(address in ip_network(network) for network in settings.WEBHOOK_NETWORKS)
