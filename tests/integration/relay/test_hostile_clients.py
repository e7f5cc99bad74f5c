"""Clients that read nothing, send without end or stop in the middle cost a bounded memory and time."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from typing import TYPE_CHECKING

import pytest

from proxy import express
from proxy.express import ExpressServer, Way
from proxy.forwarding import peer_of
from proxy.protocols.http import Answer
from proxy.relay import Relay
from proxy.upstream import Connection
from tests.support.wire import OK, Fronts, answering, connected, listening, read_request

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aiohttp import web

    from proxy.heads import Asked

MEGABYTE = b"x" * 1_000_000
POST = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n"


@contextlib.asynccontextmanager
async def taking(answer: bytes) -> AsyncIterator[int]:
    """Take every request as the gate does, with one answer; give the port."""

    async def take(_: bytes) -> Answer:
        return Answer(status=200, headers=(), body=answer)

    def choose(asked: Asked, remote: str) -> Way:
        return Way("http://127.0.0.1:9", asked.peer(remote, ()), take)

    async def handle(_: web.BaseRequest) -> web.StreamResponse:
        raise NotImplementedError

    async with Relay() as relay:
        front = ExpressServer(handle, relay=relay, choose=choose)
        server = await asyncio.get_running_loop().create_server(front, "127.0.0.1", 0)
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            server.close()
            front.pre_shutdown()
            await front.shutdown(1)


async def sent_unread(port: int, piece: bytes, *, most: int, first: bytes = b"") -> int:
    """Send a piece again and again and read nothing, until it is taken no more; give how many bytes were."""
    loop, sent = asyncio.get_running_loop(), 0
    with socket.socket() as client:
        client.setblocking(False)
        await loop.sock_connect(client, ("127.0.0.1", port))
        await loop.sock_sendall(client, first)
        with contextlib.suppress(TimeoutError):
            while sent < most:
                async with asyncio.timeout(0.5):
                    await loop.sock_sendall(client, piece)
                sent += len(piece)
    return sent


async def test_linkbacks_of_a_client_that_does_not_read_wait() -> None:
    """Who sends linkbacks and reads no answer fills no memory."""
    async with taking(MEGABYTE) as port:
        assert await sent_unread(port, POST * 20_000, most=60_000_000) < 30_000_000


def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the kernel take little of what is sent to upstream."""
    made = Connection.connection_made

    def connection_made(connection: Connection, transport: asyncio.BaseTransport) -> None:
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        made(connection, transport)

    monkeypatch.setattr(Connection, "connection_made", connection_made)


async def test_an_upload_waits_for_upstream_from_its_first_byte(
    relaying: Fronts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What came with a request's head is more than upstream takes: no more is read meanwhile."""
    narrow(monkeypatch)
    over = asyncio.Event()

    async def script(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await over.wait()

    async with listening(script) as url, relaying(url) as port:
        head = b"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\n"
        sent = await sent_unread(port, MEGABYTE, most=60_000_000, first=head + MEGABYTE)
        over.set()
    assert sent < 30_000_000
