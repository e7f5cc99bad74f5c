"""What a sender can have us do to a third party: `python -m tests.benchmarks.amplification [LINKBACKS]`.

The service runs with its own limits of fetching. Every linkback comes from another sender's address and names
one victim as its source, each time by another path; the victim counts requests and bytes on its sockets.
Prints what went out and what the victim was made to send, for each request and byte that came in.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.support.proxy import ProxyProcess, running_proxy

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

PAGE = b"<title>A victim</title><p>" + b"words of a page that links to nobody " * 3_000
AT_ONCE = 20
SETTLED_SECONDS = 3.0  # without a further request
HEADING = (
    "| linkbacks | requests / bytes in | requests / bytes to the victim | bytes that it sent"
    " | requests per request | bytes per byte | bytes that it sent per byte |\n"
    "|---|---|---|---|---|---|---|\n"
)
BODY = """<methodCall><methodName>pingback.ping</methodName><params><param><value>{source}</value></param>
<param><value>{target}</value></param></params></methodCall>"""


@dataclass(slots=True)
class Traffic:
    """What passed a socket."""

    requests: int = 0
    received: int = 0
    sent: int = 0


@asynccontextmanager
async def victim(traffic: Traffic) -> AsyncIterator[int]:
    """Serve a page under every path and count; the value is the port."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        is_robots = head.startswith(b"GET /robots.txt")
        status, body = ("404 Not Found", b"") if is_robots else ("200 OK", PAGE)
        said = f"HTTP/1.1 {status}\r\nContent-Type: text/html\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        traffic.requests += 1
        traffic.received += len(head)
        traffic.sent += len(said) + len(body)
        writer.write(said + body)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]


async def send(proxy: ProxyProcess, port: int, number: int, traffic: Traffic) -> None:
    """Send one pingback, as a sender of its own, and count it."""
    source = f"http://127.0.0.1:{port}/{number}?{number}"
    body = BODY.format(source=source, target="http://blog.example/a-post/").encode()
    head = (
        f"POST /xmlrpc.php HTTP/1.1\r\nHost: blog.example\r\nContent-Type: text/xml\r\n"
        f"X-Forwarded-For: 10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}\r\n"
        f"Connection: close\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    writer.write(head.encode() + body)
    answer = await reader.read()
    writer.close()
    traffic.requests += 1
    traffic.received += len(head) + len(body)
    traffic.sent += len(answer)


async def measure(linkbacks: int) -> tuple[Traffic, Traffic]:
    """Send so many linkbacks that name one victim; return what came in and what the victim saw."""
    came, went = Traffic(), Traffic()
    with tempfile.TemporaryDirectory() as folder:
        async with victim(went) as port, victim(Traffic()) as upstream:
            addresses: dict[str, Any] = {
                "upstream": f"http://127.0.0.1:{upstream}",
                "public_url": "http://blog.example",
            }
            fetch = {"allow_networks": ["127.0.0.0/8"], "allow_ports": "any"}
            with running_proxy(Path(folder), **addresses, fetch=fetch, reply_budget_seconds=0) as proxy:
                for first in range(0, linkbacks, AT_ONCE):
                    numbers = range(first, min(linkbacks, first + AT_ONCE))
                    await asyncio.gather(*(send(proxy, port, number, came) for number in numbers))
                seen = -1
                while seen != went.requests:
                    seen = went.requests
                    await asyncio.sleep(SETTLED_SECONDS)
    return came, went


def row(linkbacks: int, came: Traffic, went: Traffic) -> str:
    """Lay out one measurement."""
    ratios = (went.requests / came.requests, went.received / came.received, went.sent / came.received)
    return (
        f"| {linkbacks:,} | {came.requests:,} / {came.received:,} | {went.requests:,} / {went.received:,}"
        f" | {went.sent:,} | {ratios[0]:.3f} | {ratios[1]:.3f} | {ratios[2]:.1f} |"
    )


def main() -> None:
    """Measure one linkback, and many."""
    many = int(sys.argv[1]) if len(sys.argv) > 1 else 2_000
    sys.stdout.write(HEADING)
    for linkbacks in (1, 100, many):
        sys.stdout.write(row(linkbacks, *asyncio.run(measure(linkbacks))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
