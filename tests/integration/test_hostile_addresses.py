"""Nobody leads the fetcher to an address that is not public: spellings x ranges x redirects x name answers.

A canary listens on the loopback addresses. Each row must end with a named refusal and no connection to it;
with the guard broken on purpose the same rows do reach it, so the table can fail.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from ipaddress import IPv4Address, ip_network

import pytest
from aiohttp import web

from proxy import hop
from proxy.fetch import Fetcher
from proxy.hop import MAX_ADDRESSES, FetchLimits, Guard, HopError, request
from proxy.linkback import FetchFailure, FetchReason, Page
from proxy.urls import Parts
from tests.support.names import name_server
from tests.support.pages import HTML, answering, served

PUBLIC_STAND_IN = "127.0.0.77"  # the one address that the tests allow, as if it were public
LIMITS = FetchLimits(
    allow_networks=(ip_network(f"{PUBLIC_STAND_IN}/32"),),
    allow_ports=None,
    honour_robots=False,
    per_host_per_minute=10_000,
    per_path_per_minute=10_000,
    per_address_per_minute=10_000,
    per_second=10_000,
)

ANYWHERE_LOCAL = FetchLimits(allow_networks=(ip_network("127.0.0.0/8"),), allow_ports=None)
IPV4 = [
    "127.0.0.1", "127.255.255.254", "0.0.0.0", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1",
    "100.64.0.1", "169.254.169.254", "169.254.170.2", "100.100.100.200", "192.0.0.192", "168.63.129.16",
    "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.250",
    "240.0.0.1", "255.255.255.255",
]  # fmt: skip
IPV6 = [
    "::1", "::", "::ffff:127.0.0.1", "::ffff:7f00:1", "::ffff:169.254.169.254", "::ffff:10.0.0.1",
    "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::169.254.169.254", "64:ff9b:1::1", "2002:7f00:1::",
    "2002:a9fe:a9fe::", "2001::1", "fd00::1", "fd00:ec2::254", "fd20:ce::254", "fc00::1", "fe80::1",
    "fec0::1", "ff02::1", "ff0e::1", "100::1", "2001:db8::1", "2001:2::1", "3fff::1", "5f00::1",
    "4000::1", "8000::1", "e000::1",
]  # fmt: skip


def full_width(text: str) -> str:
    """Write digits and dots as the wide forms that names are mapped from."""
    return text.translate({**{ord(str(n)): 0xFF10 + n for n in range(10)}, ord("."): 0x3002})


# How one IPv4 address may be written so that a browser, a resolver or a C library understands it.
SPELLINGS: dict[str, Callable[[IPv4Address], str]] = {
    "dotted": str,
    "decimal": lambda a: str(int(a)),
    "hexadecimal": lambda a: hex(int(a)),
    "octal": lambda a: f"0{int(a):o}",
    "octal parts": lambda a: ".".join(f"0{byte:o}" for byte in a.packed),
    "hexadecimal parts": lambda a: ".".join(hex(byte) for byte in a.packed),
    "short": lambda a: f"{a.packed[0]}.{int(a) & 0xFFFFFF}",
    "three parts": lambda a: f"{a.packed[0]}.{a.packed[1]}.{int(a) & 0xFFFF}",
    "trailing dot": lambda a: f"{a}.",
    "leading zeros": lambda a: f"0x{int(a):016x}",
    "wide digits": lambda a: full_width(str(a)),
    "percent-encoded": lambda a: "".join(f"%{ord(c):02x}" for c in str(a)),
    "with user": lambda a: f"example.com@{a}",
    "with user and password": lambda a: f"example.com:80@{a}",
    "tab inside": lambda a: str(a).replace(".", ".\t", 1),
    "mapped": lambda a: f"[::ffff:{a}]",
    "mapped in hexadecimal": lambda a: f"[::ffff:{a.packed[:2].hex()}:{a.packed[2:].hex()}]",
    "NAT64": lambda a: f"[64:ff9b::{a}]",
    "6to4": lambda a: f"[2002:{a.packed[:2].hex()}:{a.packed[2:].hex()}::1]",
    "compatible": lambda a: f"[::{a}]",
}
IS_HEADER = re.compile(r"(?:http://|http:\\\\|HTTP:///)[!-~]+$")  # absolute, and fit to stand in a header
SCHEMES = ("http://", "http:\\\\", "http:", "HTTP:///")
OTHER_SCHEMES = [
    "file:///etc/passwd", "ftp://127.0.0.1/", "gopher://127.0.0.1:25/", "dict://127.0.0.1:11211/",
    "data:text/html,x", "javascript:0", "unix:/run/docker.sock", "jar:http://127.0.0.1!/",
]  # fmt: skip


@asynccontextmanager
async def canary() -> AsyncIterator[tuple[int, list[str]]]:
    """Listen on all addresses of this machine; the values are the port and who was reached."""
    reached: list[str] = []

    def connected(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        reached.append(str(writer.get_extra_info("sockname")))
        writer.close()

    first = await asyncio.start_server(connected, "0.0.0.0", 0)
    port = first.sockets[0].getsockname()[1]
    second = await asyncio.start_server(connected, "::", port)
    try:
        yield port, reached
    finally:
        for listener in (first, second):
            listener.close()
            await listener.wait_closed()


def literal_addresses(port: int) -> list[str]:
    """List every spelling of every IPv4 address, and every IPv6 address."""
    schemes = [SCHEMES[n % len(SCHEMES)] for n in range(1000)]
    hosts = [spell(IPv4Address(address)) for address in IPV4 for spell in SPELLINGS.values()]
    hosts += [f"[{address}]" for address in IPV6] + ["[fe80::1%25lo]", "[fe80::1%lo]", "[::1%25lo]"]
    return [f"{scheme}{host}:{port}/" for scheme, host in zip(schemes, hosts, strict=False)]


async def refusals(fetcher: Fetcher, addresses: list[str]) -> dict[str, FetchReason | None]:
    """Fetch every address and return the reasons of those that were not refused as forbidden."""
    results = await asyncio.gather(*(fetcher.fetch(address) for address in addresses))
    reasons = {r.url: r.reason if isinstance(r, FetchFailure) else None for r in results}
    return {url: reason for url, reason in reasons.items() if reason is not FetchReason.FORBIDDEN_ADDRESS}


async def test_literal_addresses() -> None:
    """No spelling of an address that is not public is connected to."""
    async with canary() as (port, reached), Fetcher(LIMITS) as fetcher:
        addresses = literal_addresses(port)
        assert len(set(addresses)) >= 440
        assert await refusals(fetcher, addresses) == {}
        assert await refusals(fetcher, OTHER_SCHEMES) == {}
        assert reached == []


async def test_redirects_to_addresses() -> None:
    """A public server that redirects to an address that is not public leads nowhere."""
    targets: list[str] = []

    async def redirect(request: web.Request) -> web.StreamResponse:
        return web.Response(status=302, headers={"Location": targets[int(request.path[1:])]})

    async with (
        canary() as (port, reached),
        served(redirect, PUBLIC_STAND_IN) as base,
        Fetcher(LIMITS) as fetcher,
    ):
        targets.extend([url for url in literal_addresses(port) if IS_HEADER.match(url)] + OTHER_SCHEMES)
        assert len(targets) > 300
        assert await refusals(fetcher, [f"{base}/{n}" for n in range(len(targets))]) == {}
        assert reached == []


async def test_names_that_resolve_to_addresses() -> None:
    """A name whose address is not public is not connected to, also if others of its addresses are refused."""
    names = {f"n{n}.example": [address] for n, address in enumerate(IPV4 + IPV6)}
    names |= {f"both{n}.example": [IPV4[n], "127.0.0.1"] for n in range(len(IPV4))}
    async with canary() as (port, reached), name_server(lambda name: names[name]) as resolver:
        async with Fetcher(LIMITS, resolver=resolver) as fetcher:
            assert await refusals(fetcher, [f"http://{name}:{port}/" for name in names]) == {}
        assert reached == []


async def test_a_second_address_of_a_name_is_checked_as_the_first() -> None:
    """Where the public address of a name takes no connection, its private one is not tried instead."""
    reached: list[str] = []

    async def handler(request: web.Request) -> web.StreamResponse:
        reached.append(request.path)
        return web.Response(headers=HTML)

    async with (
        served(handler) as base,  # on 127.0.0.1 alone
        name_server(lambda _: [PUBLIC_STAND_IN, "127.0.0.1", "::1"]) as resolver,
        Fetcher(LIMITS, resolver=resolver) as fetcher,
    ):
        assert await refusals(fetcher, [f"http://many.example:{base.rpartition(':')[2]}/"]) == {}
    assert reached == []


async def test_a_name_with_hundreds_of_addresses() -> None:
    """Of all the addresses of a name a few are tried and no more."""
    tried: list[str] = []
    guard = Guard(limits=ANYWHERE_LOCAL, may_connect=lambda address: tried.append(address) is None)
    addresses = [f"127.0.1.{n}" for n in range(1, 201)]
    url = Parts("http", "many.example", 9, "/", "")
    async with name_server(lambda _: addresses) as resolver:
        with pytest.raises(HopError) as failure:
            await request(url, headers={}, guard=guard, resolver=resolver, max_bytes=10)
    assert failure.value.reason is FetchReason.UNREACHABLE
    assert len(tried) == len(set(tried)) == MAX_ADDRESSES


@pytest.mark.parametrize(
    "name", ["localhost", "localhost.", "LOCALHOST", "loc%61lhost", "ip6-localhost", "a.localhost"]
)
async def test_names_of_this_machine(name: str) -> None:
    """Names that the machine itself resolves to loopback lead nowhere."""
    async with canary() as (port, reached), Fetcher(LIMITS) as fetcher:
        result = await fetcher.fetch(f"http://{name}:{port}/")
        assert isinstance(result, FetchFailure)
        assert result.reason in (FetchReason.FORBIDDEN_ADDRESS, FetchReason.UNREACHABLE)
        assert reached == []


async def test_names_that_change_their_address() -> None:
    """A name that was public when first asked and is not when asked again is refused the second time."""
    asked: dict[str, int] = {}

    def rebinding(name: str) -> list[str]:
        asked[name] = asked.get(name, 0) + 1
        return [PUBLIC_STAND_IN] if asked[name] <= 1 else [IPV4[int(name[1:].partition(".")[0])]]

    async def redirect(request: web.Request) -> web.StreamResponse:
        if request.path == "/first":
            return web.Response(status=302, headers={"Location": "/second"})
        return web.Response(headers=HTML)

    async with (
        canary() as (_, reached),
        served(redirect, PUBLIC_STAND_IN) as base,
        name_server(rebinding) as resolver,
    ):
        port = base.rpartition(":")[2]
        async with Fetcher(LIMITS, resolver=resolver) as fetcher:
            addresses = [f"http://n{n}.example:{port}/first" for n in range(len(IPV4))]
            assert await refusals(fetcher, addresses) == {}
        assert set(asked.values()) == {2}
        assert reached == []


@pytest.mark.parametrize("port", [21, 22, 23, 25, 53, 110, 143, 587, 3306, 5432, 6379, 9200, 11211, 27017])
async def test_ports_of_other_services(port: int) -> None:
    """Only the allowed ports are connected to, on public addresses as well."""
    limits = FetchLimits(allow_networks=(ip_network(f"{PUBLIC_STAND_IN}/32"),), honour_robots=False)
    async with Fetcher(limits) as fetcher:
        assert await refusals(fetcher, [f"http://{PUBLIC_STAND_IN}:{port}/", f"http://8.8.8.8:{port}/"]) == {}


async def test_the_stand_in_is_reached() -> None:
    """What the guard allows is fetched: the refusals above are the guard's, not a broken network's."""
    async with served(answering(body=b"x"), PUBLIC_STAND_IN) as base, Fetcher(LIMITS) as fetcher:
        assert isinstance(await fetcher.fetch(base), Page)


async def test_without_the_guard_the_canary_is_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the guard broken on purpose, loopback spellings connect: the table above can fail."""
    monkeypatch.setattr(hop, "check", lambda *_: None)
    spelled = [*[spell(IPv4Address("127.0.0.1")) for spell in SPELLINGS.values()][:17], "[::1]"]
    async with canary() as (port, reached), Fetcher(LIMITS) as fetcher:
        await asyncio.gather(*(fetcher.fetch(f"http://{host}:{port}/{n}") for n, host in enumerate(spelled)))
    assert len(reached) == len(spelled)
