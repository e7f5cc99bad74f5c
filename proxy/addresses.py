"""Which IP addresses a stranger may send us to: public ones, and nothing else.

Pure. The rule of the guard at the socket; it never resolves a name and sees only final addresses.
Follows the IANA special-purpose registries (RFC 6890 and its updates) and is stricter than
`ipaddress.is_global`, which passes translated addresses (NAT64, 6to4), multicast and site-local ones.
"""

from __future__ import annotations

from enum import StrEnum
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence

IPAddress: TypeAlias = IPv4Address | IPv6Address
IPNetwork: TypeAlias = IPv4Network | IPv6Network


class Denial(StrEnum):
    """Why an address is not to be connected to."""

    MALFORMED = "malformed"  # no IP address, or one with a zone
    UNSPECIFIED = "unspecified"  # this host on this network
    LOOPBACK = "loopback"
    PRIVATE = "private"
    SHARED = "shared"  # carrier-grade NAT (RFC 6598)
    METADATA = "metadata"  # where clouds tell a machine its secrets
    LINK_LOCAL = "link-local"
    SITE_LOCAL = "site-local"
    DOCUMENTATION = "documentation"
    BENCHMARKING = "benchmarking"
    TRANSLATED = "translated"  # carries an IPv4 address that somebody else would unwrap
    MULTICAST = "multicast"
    BROADCAST = "broadcast"
    RESERVED = "reserved"  # anything else that is not public


# The first network that holds the address names the denial; narrower ones stand before wider ones.
DENIED: tuple[tuple[IPNetwork, Denial], ...] = tuple(
    (ip_network(network), denial)
    for network, denial in (
        ("0.0.0.0/8", Denial.UNSPECIFIED),
        ("10.0.0.0/8", Denial.PRIVATE),
        ("100.100.100.200/32", Denial.METADATA),  # Alibaba Cloud
        ("100.64.0.0/10", Denial.SHARED),
        ("127.0.0.0/8", Denial.LOOPBACK),
        ("168.63.129.16/32", Denial.METADATA),  # Azure's wire server: a public address, a private service
        ("169.254.169.254/32", Denial.METADATA),  # AWS, Azure, Google Cloud and most others
        ("169.254.170.2/32", Denial.METADATA),  # Amazon ECS
        ("169.254.0.0/16", Denial.LINK_LOCAL),
        ("172.16.0.0/12", Denial.PRIVATE),
        ("192.0.0.192/32", Denial.METADATA),  # Oracle Cloud
        ("192.0.0.0/24", Denial.RESERVED),
        ("192.0.2.0/24", Denial.DOCUMENTATION),
        ("192.31.196.0/24", Denial.RESERVED),  # AS112
        ("192.52.193.0/24", Denial.RESERVED),  # AMT
        ("192.88.99.0/24", Denial.TRANSLATED),  # 6to4 relays
        ("192.168.0.0/16", Denial.PRIVATE),
        ("192.175.48.0/24", Denial.RESERVED),  # AS112
        ("198.18.0.0/15", Denial.BENCHMARKING),
        ("198.51.100.0/24", Denial.DOCUMENTATION),
        ("203.0.113.0/24", Denial.DOCUMENTATION),
        ("224.0.0.0/4", Denial.MULTICAST),
        ("255.255.255.255/32", Denial.BROADCAST),
        ("240.0.0.0/4", Denial.RESERVED),
        ("::/128", Denial.UNSPECIFIED),
        ("::1/128", Denial.LOOPBACK),
        ("::/96", Denial.TRANSLATED),  # IPv4-compatible
        ("64:ff9b::/96", Denial.TRANSLATED),  # NAT64
        ("64:ff9b:1::/48", Denial.TRANSLATED),  # NAT64, local use
        ("100::/64", Denial.RESERVED),  # discard only
        ("2001:db8::/32", Denial.DOCUMENTATION),
        ("2001:2::/48", Denial.BENCHMARKING),
        ("2001::/32", Denial.TRANSLATED),  # Teredo
        ("2001::/23", Denial.RESERVED),
        ("2002::/16", Denial.TRANSLATED),  # 6to4
        ("2620:4f:8000::/48", Denial.RESERVED),  # AS112
        ("3fff::/20", Denial.DOCUMENTATION),
        ("5f00::/16", Denial.RESERVED),  # segment routing
        ("fd00:ec2::254/128", Denial.METADATA),  # AWS
        ("fd20:ce::254/128", Denial.METADATA),  # Google Cloud
        ("fc00::/7", Denial.PRIVATE),
        ("fe80::/10", Denial.LINK_LOCAL),
        ("fec0::/10", Denial.SITE_LOCAL),
        ("ff00::/8", Denial.MULTICAST),
    )
)

_GLOBAL_UNICAST = IPv6Network("2000::/3")


def check(ip: str | IPAddress, allow_networks: Sequence[IPNetwork] = ()) -> Denial | None:
    """Say why an address is not to be connected to; None if it may be. Allowed networks come first."""
    address = _address(ip)
    if address is None:
        return Denial.MALFORMED
    if any(address in network for network in allow_networks):
        return None
    for network, denial in DENIED:
        if address in network:
            return denial
    return None if _is_public(address) else Denial.RESERVED


def _is_public(address: IPAddress) -> bool:
    return address.is_global and (address.version == 4 or address in _GLOBAL_UNICAST)  # noqa: PLR2004 - IPv4


def _address(ip: str | IPAddress) -> IPAddress | None:
    """Read an address and unwrap an IPv4 one that is mapped into IPv6."""
    try:
        address = ip_address(ip)
    except ValueError:
        return None
    if isinstance(address, IPv4Address):
        return address
    if address.scope_id is not None:
        return None
    return address.ipv4_mapped or address
