"""Which addresses may be connected to: each denied range at its first, a middle and its last address."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.addresses import DENIED, Denial, check

PUBLIC = [
    "1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0",
    "126.255.255.255", "128.0.0.0", "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0",
    "192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0", "223.255.255.255",
    "2001:4860:4860::8888", "2606:4700::1111", "2a00:1450::1", "2003::1", "::ffff:8.8.8.8",
]  # fmt: skip

NAMED = [
    ("127.0.0.1", Denial.LOOPBACK),
    ("::1", Denial.LOOPBACK),
    ("::ffff:127.0.0.1", Denial.LOOPBACK),
    ("10.0.0.1", Denial.PRIVATE),
    ("fd00::1", Denial.PRIVATE),
    ("169.254.169.254", Denial.METADATA),
    ("::ffff:169.254.169.254", Denial.METADATA),
    ("fd00:ec2::254", Denial.METADATA),
    ("100.64.0.1", Denial.SHARED),
    ("64:ff9b::127.0.0.1", Denial.TRANSLATED),
    ("2002:7f00:1::", Denial.TRANSLATED),
    ("::127.0.0.1", Denial.TRANSLATED),
    ("fec0::1", Denial.SITE_LOCAL),
    ("fe80::1", Denial.LINK_LOCAL),
    ("fe80::1%eth0", Denial.MALFORMED),
    ("255.255.255.255", Denial.BROADCAST),
    ("4000::1", Denial.RESERVED),
    ("127.1", Denial.MALFORMED),
    ("", Denial.MALFORMED),
    ("blog.example", Denial.MALFORMED),
]


@pytest.mark.parametrize(("network", "denial"), DENIED, ids=str)
def test_denied_networks(network: object, denial: Denial) -> None:
    """Every address of a denied network is denied, whoever else the network belongs to."""
    whole = ip_network(str(network))
    for address in (whole[0], whole[whole.num_addresses // 2], whole[-1]):
        assert check(address) is not None
    assert denial in Denial


@pytest.mark.parametrize(("address", "denial"), NAMED)
def test_denials_have_names(address: str, denial: Denial) -> None:
    """A denial says which kind of address it is."""
    assert check(address) is denial


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_pass(address: str) -> None:
    """Public addresses pass, up to the borders of the denied ranges."""
    assert check(address) is None


def test_allowed_networks_pass_and_nothing_beside_them() -> None:
    """What the owner allows is allowed, also when it comes mapped into IPv6."""
    allowed = [ip_network("10.1.0.0/16"), ip_network("fd00::/64")]
    assert [check(a, allowed) for a in ("10.1.2.3", "::ffff:10.1.2.3", "fd00::1")] == [None, None, None]
    assert check("10.2.0.1", allowed) is Denial.PRIVATE


@given(st.one_of(st.ip_addresses(), st.text(max_size=30)))
def test_what_passes_is_global(address: object) -> None:
    """For anything there is an answer, and what passes is global by Python's own registry as well."""
    if check(str(address)) is None:
        assert ip_address(str(address)).is_global
