"""Servers that mean harm, each bounded in time, bytes and memory; the figures are printed (`pytest -s`)."""

from __future__ import annotations

import asyncio
import shutil
import ssl
import subprocess
import time
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from ipaddress import ip_network
from pathlib import Path

import pytest

from proxy.fetch import Fetcher
from proxy.hop import FetchLimits
from proxy.linkback import FetchFailure, FetchReason, Page
from tests.support.hostile_servers import behaviours, hostile_server, says

LIMITS = FetchLimits(
    allow_networks=(ip_network("127.0.0.0/8"), ip_network("::1/128")),
    allow_ports=None,
    honour_robots=False,
    connect_seconds=0.4,
    first_byte_seconds=0.4,
    total_seconds=0.8,
    max_bytes=200_000,
    max_wire_bytes=100_000,
    max_redirects=5,
)
MOST_MEMORY = 12_000_000  # bytes at the peak, the server's own included


@pytest.fixture(scope="module")
def ledger() -> Iterator[list[str]]:
    """Collect a line a server and print them at the end."""
    lines: list[str] = []
    yield lines
    print("\n| server | outcome | seconds | bytes kept | bytes sent | peak MB |\n|---|---|---|---|---|---|")
    print("\n".join(lines))


SERVERS = behaviours()


@pytest.mark.parametrize("name", SERVERS)
async def test_hostile_server(name: str, ledger: list[str]) -> None:
    """Every hostile server ends in a value, and takes no more time, bytes and memory than allowed."""
    behaviour, expected = SERVERS[name]
    tracemalloc.start()
    began = time.monotonic()
    async with hostile_server(behaviour) as (port, victims), Fetcher(LIMITS) as fetcher:
        result = await fetcher.fetch(f"http://127.0.0.1:{port}/")
        seconds, peak = time.monotonic() - began, tracemalloc.get_traced_memory()[1]
        sent = sum(victim.sent for victim in victims)
    tracemalloc.stop()
    kept = len(result.body) if isinstance(result, Page) else 0
    outcome = "page" if isinstance(result, Page) else result.reason.value
    ledger.append(f"| {name} | {outcome} | {seconds:.2f} | {kept:,} | {sent:,} | {peak / 1e6:.1f} |")
    assert outcome in expected.split(" or ")
    assert kept <= LIMITS.max_bytes
    assert len(victims) <= LIMITS.max_redirects + 1
    assert peak < MOST_MEMORY


async def test_a_page_over_the_limit_is_read_as_far_as_the_limit() -> None:
    """What came before the limit is kept, and the page says that it was cut."""
    endless, _ = SERVERS["sends a body for ever"]
    async with hostile_server(endless) as (port, _), Fetcher(LIMITS) as fetcher:
        page = await fetcher.fetch(f"http://127.0.0.1:{port}/")
    assert isinstance(page, Page)
    assert page.truncated
    assert page.body.startswith(b"<p>words")
    assert LIMITS.max_wire_bytes <= len(page.body) <= LIMITS.max_bytes


@pytest.fixture
def own_certificate(tmp_path: Path) -> ssl.SSLContext:
    """Make a certificate that nobody else has signed."""
    if shutil.which("openssl") is None:
        pytest.skip("no openssl here")
    make = "req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=127.0.0.1 -keyout key.pem -out cert.pem"
    subprocess.run(["openssl", *make.split()], check=True, capture_output=True, cwd=tmp_path)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    return context


async def test_a_certificate_that_nobody_vouches_for(own_certificate: ssl.SSLContext) -> None:
    """A server whose certificate is its own invention is unreachable, and the owner reads why."""
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0, ssl=own_certificate)
    async with server, Fetcher(replace(LIMITS, connect_seconds=5, total_seconds=10)) as fetcher:
        failure = await fetcher.fetch(f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/")
    assert isinstance(failure, FetchFailure)
    assert failure.reason is FetchReason.UNREACHABLE
    assert "certificate" in failure.detail.lower()


@pytest.mark.parametrize("data", [b"", b"HTTP/1.1 200 OK\r\n\r\nx"])
async def test_a_server_that_spoils_the_handshake(data: bytes) -> None:
    """A server that does not speak TLS where it should is unreachable, in time."""
    async with hostile_server(says(data, "silence")) as (port, _), Fetcher(LIMITS) as fetcher:
        failure = await fetcher.fetch(f"https://127.0.0.1:{port}/")
    assert isinstance(failure, FetchFailure)
    assert failure.reason is FetchReason.UNREACHABLE
