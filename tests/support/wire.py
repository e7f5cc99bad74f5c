"""Both ends of a relay as bytes on real sockets: a scripted upstream, a raw client, and the relay between."""

from __future__ import annotations

import asyncio
import contextlib
import re
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol

from aiohttp import web

from proxy.express import ExpressServer, Way
from proxy.forwarding import peer_of
from proxy.heads import Asked
from proxy.relay import SERVER_OPTIONS, Relay

Script = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

CLOSE = b"Host: blog.example\r\nConnection: close\r\n\r\n"
GET = b"GET / HTTP/1.1\r\n" + CLOSE
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@dataclass(kw_only=True)
class Upstream:
    """A listening upstream, and the requests that it was sent, connection by connection."""

    url: str = ""
    connections: list[list[bytes]] = field(default_factory=list)

    @property
    def requests(self) -> list[bytes]:
        """All requests, whichever connection they came on."""
        return [request for connection in self.connections for request in connection]


async def read_request(reader: asyncio.StreamReader) -> bytes:
    """Read one request, head and body, as its framing says; b'' if the connection ends first."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
        return head + await _read_body(reader, head)
    except asyncio.IncompleteReadError:
        return b""


async def _read_body(reader: asyncio.StreamReader, head: bytes) -> bytes:
    length = re.search(rb"\r\ncontent-length: (\d+)\r\n", head, re.IGNORECASE)
    if length:
        return await reader.readexactly(int(length[1]))
    if not re.search(rb"\r\ntransfer-encoding: chunked\r\n", head, re.IGNORECASE):
        return b""
    body = await reader.readuntil(b"\r\n")
    while not body.endswith(b"0\r\n\r\n"):
        body += await reader.readuntil(b"\r\n")
    return body


@contextlib.asynccontextmanager
async def listening(script: Script) -> AsyncIterator[str]:
    """Run `script` for each connection; give the server's address."""
    running: set[asyncio.Task[None] | None] = set()

    async def run(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        running.add(asyncio.current_task())
        with contextlib.suppress(ConnectionError, asyncio.CancelledError):
            await script(reader, writer)
        writer.close()

    server = await asyncio.start_server(run, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        tasks = [task for task in running if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks)


@contextlib.asynccontextmanager
async def answering(*answers: bytes, then_close: bool = False) -> AsyncIterator[Upstream]:
    """Answer each connection's requests with these bytes in turn, the last one again and again."""
    upstream = Upstream()

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        requests: list[bytes] = []
        upstream.connections.append(requests)
        while request := await read_request(reader):
            requests.append(request)
            writer.write(answers[min(len(requests), len(answers)) - 1])
            await writer.drain()
            if then_close and len(requests) >= len(answers):
                return

    async with listening(script) as upstream.url:
        yield upstream


class Fronts(Protocol):
    """Makes a server that relays everything to one upstream; gives its port."""

    def __call__(
        self, url: str, *, read_first: bool = False, idle_seconds: float = 120, is_narrow: bool = False
    ) -> contextlib.AbstractAsyncContextManager[int]:
        """Run the server while the context is open; narrow, the kernel takes little for its clients."""


def fronts(*, by_express: bool) -> Fronts:
    """Make servers that begin each connection by express, or leave all to aiohttp."""

    @contextlib.asynccontextmanager
    async def relaying(
        url: str, *, read_first: bool = False, idle_seconds: float = 120, is_narrow: bool = False
    ) -> AsyncIterator[int]:
        async with Relay(idle_seconds=idle_seconds) as relay:

            async def handle(request: web.BaseRequest) -> web.StreamResponse:
                peer = peer_of(request.remote, request.raw_headers, ())
                body = await request.read() if read_first else None
                return await relay.relay(request, upstream=url, peer=peer, body=body)

            def choose(asked: Asked, remote: str) -> Way:
                return Way(url, asked.peer(remote, ()), None)

            if by_express:
                front: web.Server = ExpressServer(handle, relay=relay, choose=choose)
            else:
                front = web.Server(handle, **SERVER_OPTIONS)
            door = socket.create_server(("127.0.0.1", 0))
            if is_narrow:
                door.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
            server = await asyncio.get_running_loop().create_server(front, sock=door)
            try:
                yield door.getsockname()[1]
            finally:
                server.close()
                front.pre_shutdown()
                await front.shutdown(1)

    return relaying


@contextlib.asynccontextmanager
async def connected(port: int) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """Open a client's connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 20)
    try:
        yield reader, writer
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


def start_line(message: bytes) -> bytes:
    """Give the first line of a message."""
    return message.split(b"\r\n", 1)[0]


async def talk(port: int, data: bytes) -> bytes:
    """Send bytes and give everything that comes until the server closes the connection."""
    async with connected(port) as (reader, writer):
        writer.write(data)
        return await reader.read()
