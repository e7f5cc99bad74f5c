"""What a flood's linkbacks have in common puts them behind those that come alone."""

from __future__ import annotations

import pytest

from proxy import crowds
from proxy.crowds import Crowds
from proxy.linkback import Linkback, Protocol


def linkback(source: str, words: str = "") -> Linkback:
    protocol = Protocol.TRACKBACK if words else Protocol.PINGBACK
    return Linkback(protocol=protocol, source=source, target="https://blog.example/post/", title=words)


GENUINE = (linkback("https://friend.example/2024/01/on-gardens/"), "friend.example", "203.0.113.9")
# What the flood's have in common, and the Nth of its members: linkback, domain, address of the sender.
FLOODS = {
    "the shape of its addresses": lambda n: (
        linkback(f"https://s{n}.example/buy/{n}"),
        f"s{n}.example",
        f"{n % 200}.{n // 200}.0.1",
    ),
    "a network": lambda n: (
        linkback(f"https://s{n}.example/{'x' * (n % 99)}{'y' * (n // 99)}"),
        f"s{n}.example",
        f"198.18.{n % 250}.{n // 250}",
    ),
    "an IPv6 network": lambda n: (
        linkback(f"https://s{n}.example/{'x' * (n % 99)}{'y' * (n // 99)}"),
        f"s{n}.example",
        f"2001:db8:{n:x}::1",
    ),
    "its words": lambda n: (
        linkback(f"https://s{n}.example/{'x' * (n % 99)}{'y' * (n // 99)}", f"Cheap shoes {n}"),
        f"s{n}.example",
        f"{n % 200}.{n // 200}.0.1",
    ),
    "a site": lambda n: (
        linkback(f"https://s{n}.spam.example/{'x' * (n % 99)}{'y' * (n // 99)}"),
        "spam.example",
        f"{n % 200}.{n // 200}.0.1",
    ),
}


@pytest.mark.parametrize("common", FLOODS)
def test_what_comes_alone_goes_before_a_flood(common):
    """Whatever the members of a flood share, a linkback that shares none of it goes before all but a few."""
    counted = Crowds(lambda: 0.0)
    flood = [
        counted.join(one, domain=domain, remote=remote)
        for one, domain, remote in (FLOODS[common](n) for n in range(2000))
    ]
    one, domain, remote = GENUINE
    alone = counted.join(one, domain=domain, remote=remote)
    assert sum(alone >= other for other in flood) <= 2


def test_what_all_have_in_common_changes_little():
    """Behind a hop that hides the senders' addresses the rest still tells a flood from what comes alone."""
    counted = Crowds(lambda: 0.0)
    members = (FLOODS["the shape of its addresses"](n) for n in range(2000))
    flood = [counted.join(one, domain=domain, remote="10.0.0.1") for one, domain, _ in members]
    one, domain, _ = GENUINE
    alone = counted.join(one, domain=domain, remote="10.0.0.1")
    assert sum(alone >= other for other in flood) < 100


def test_a_flood_is_forgotten():
    """Hours later what has been common is not any more."""
    now = 0.0
    counted = Crowds(lambda: now)
    one, domain, remote = GENUINE
    for _ in range(500):
        counted.join(one, domain=domain, remote=remote)
    now = 6 * 3600.0
    assert counted.join(one, domain=domain, remote=remote) < 0.01


def test_memory_is_bounded(monkeypatch):
    """However many kinds come, so many are remembered; those seen last."""
    monkeypatch.setattr(crowds, "MAX_KINDS", 10)
    counted = Crowds(lambda: 0.0)
    for n in range(100):
        one, domain, remote = FLOODS["the shape of its addresses"](n)
        counted.join(one, domain=domain, remote=remote)
    assert len(counted) == 10


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("198.18.7.9", "198.18"),
        ("2001:db8:1::1", "2001:db8::/32"),
        ("no:address", "no:address"),
        ("unix:", "unix:"),
        ("", ""),
    ],
)
def test_networks(address, expected):
    """An address stands for its network; what is none, for itself."""
    assert crowds.network(address) == expected
