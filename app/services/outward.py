"""Which addresses outside this program may be called. Pure.

Who keeps reports types the address of a webhook, so a request of ours goes where a person says: it
must not reach what only this machine or its network may (server-side request forgery, OWASP). Only
addresses of the public internet are called, and those of networks that the settings name.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

Network = IPv4Network | IPv6Network
HTTP_PORT, HTTPS_PORT = 80, 443
_CARRIES_IPV4 = tuple(
    ip_network(text) for text in ("2002::/16", "2001::/32", "64:ff9b::/96", "64:ff9b:1::/48")
)
"""6to4, Teredo and NAT64: what is behind such an address is an IPv4 address of any kind."""


class OutwardRefused(ValueError):
    """An address that is not called; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where a URL leads: `path` with its query."""

    is_secure: bool
    host: str
    port: int
    path: str


def networks(texts: Iterable[str]) -> tuple[Network, ...]:
    """Networks such as `10.0.0.0/8`. Raises ValueError."""
    return tuple(ip_network(text) for text in texts)


def target_of(url: str) -> Target:
    """The parts of an http or https URL. Raises OutwardRefused."""
    try:
        parts = urlsplit(url)
        port, host = parts.port, (parts.hostname or "").encode("idna").decode()
    except ValueError:
        raise OutwardRefused("It is no address.") from None
    if parts.scheme not in ("https", "http") or not host:
        raise OutwardRefused("It must begin with https:// and name a host.")
    if parts.username is not None or parts.password is not None:
        raise OutwardRefused("It must not carry a name or a password.")
    secure = parts.scheme == "https"
    query = f"?{parts.query}" if parts.query else ""
    return Target(
        is_secure=secure,
        host=host,
        port=port or (HTTPS_PORT if secure else HTTP_PORT),
        path=(parts.path or "/") + query,
    )


def check(target: Target, addresses: Sequence[str], allowed: Sequence[Network]) -> None:
    """Refuse a target any of whose addresses must not be called, and what is not encrypted unless
    it stays in an allowed network. Raises OutwardRefused.
    """
    for text in addresses:
        if _is_in(text, allowed):
            continue
        if not target.is_secure:
            raise OutwardRefused("Outside the allowed networks it must begin with https://.")
        if not _is_public(text):
            raise OutwardRefused("It leads to an address that is not public.")


def literal_of(host: str) -> str | None:
    """The host, where it is an address itself."""
    try:
        return str(ip_address(host.strip("[]")))
    except ValueError:
        return None


def _is_in(text: str, allowed: Sequence[Network]) -> bool:
    address = _unwrapped(text)
    return any(address.version == net.version and address in net for net in allowed)


def _is_public(text: str) -> bool:
    address = _unwrapped(text)
    carries = any(address.version == net.version and address in net for net in _CARRIES_IPV4)
    return address.is_global and not address.is_multicast and not carries


def _unwrapped(text: str) -> IPv4Address | IPv6Address:
    address = ip_address(text.partition("%")[0])
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
