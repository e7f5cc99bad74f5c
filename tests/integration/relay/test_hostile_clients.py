"""Clients that read nothing, send without end or stop in the middle cost a bounded memory and time."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from proxy import express
from proxy.express import IDLE_SECONDS, ExpressServer, Way
from proxy.protocols.http import Answer
from proxy.relay import RESET, SERVER_OPTIONS, Relay
from proxy.upstream import Connection
from tests.support.wire import (
    CLOSE,
    GET,
    OK,
    Fronts,
    answering,
    connected,
    fronts,
    listening,
    start_line,
    talk,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aiohttp import web

    from proxy.heads import Asked

MEGABYTE = b"x" * 1_000_000
POST = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n"


@contextlib.asynccontextmanager
async def taking(answer: bytes) -> AsyncIterator[tuple[ExpressServer, int]]:
    """Take every request as the gate does, with one answer; give the server and its port."""

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
            yield front, server.sockets[0].getsockname()[1]
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
    async with taking(MEGABYTE) as (_, port):
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


async def test_a_connection_has_its_time_from_a_request_s_first_byte(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who asks after a long pause is not closed in the middle; who never ends a head is, in the end."""
    async with taking(b"ok") as (front, port), connected(port) as (reader, writer):
        clock = front.now()

        async def half_a_request(seconds: float) -> None:
            """Begin a request after so many seconds."""
            nonlocal clock
            clock += seconds
            writer.write(POST[:9])
            while not any(one._buffer for one in front.express):
                await asyncio.sleep(0.01)

        monkeypatch.setattr(front, "now", lambda: clock)
        await half_a_request(IDLE_SECONDS - 1)
        clock += 2
        front._sweep()
        writer.write(POST[9:])
        await reader.readuntil(b"ok")
        await half_a_request(IDLE_SECONDS - 1)
        clock += IDLE_SECONDS + 1
        front._sweep()
        assert await reader.read() == b""


async def test_half_a_head_waits_for_so_long(relaying: Fronts, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a head of any method has its time, in either lane."""
    assert SERVER_OPTIONS["keepalive_timeout"] == IDLE_SECONDS
    monkeypatch.setattr(express, "IDLE_SECONDS", 0.1)
    monkeypatch.setitem(SERVER_OPTIONS, "keepalive_timeout", 0.1)
    async with answering(OK) as upstream, relaying(upstream.url) as port:
        for line in (b"GET / HTTP/1.1\r\nHost: a\r\n", b"OPTIONS / HTTP/1.1\r\nHost: a\r\n"):
            async with connected(port) as (reader, writer), asyncio.timeout(5):
                writer.write(line)
                assert await reader.read() == b""


async def test_a_connection_whose_upload_was_not_taken_is_not_used_again(
    relaying: Fronts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where upstream answers and takes no more of a body that has come, the next request goes elsewhere."""
    narrow(monkeypatch)

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(OK)
        await asyncio.sleep(60)

    async with listening(script) as url, relaying(url) as port:
        async with connected(port) as (reader, writer), asyncio.timeout(5):
            writer.write(b"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 190000\r\n\r\n" + MEGABYTE[:190_000])
            await reader.readuntil(b"ok")
        async with asyncio.timeout(5):
            assert (await talk(port, GET)).endswith(b"ok")


SLOW = {
    "upload": b"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 9000\r\n\r\nabc",
    "chunks": b"PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab",
    "tunnel": b"GET /slow HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
}


@pytest.mark.parametrize("sent", SLOW.values(), ids=SLOW)
async def test_who_sends_slowly_keeps_no_reader_out(relaying: Fronts, sent: bytes) -> None:
    """Uploads that do not come on and tunnels, as many as there may be, leave pages their connections."""

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if start_line(await reader.readuntil(b"\r\n\r\n")) == start_line(GET):
            writer.write(OK)
        await reader.read()

    async with (
        listening(script) as url,
        relaying(url) as port,
        contextlib.AsyncExitStack() as stack,
        asyncio.timeout(10),
    ):
        for _ in range(100):
            _, writer = await stack.enter_async_context(connected(port))
            writer.write(sent)
        await asyncio.sleep(0.1)
        assert (await talk(port, GET)).endswith(b"ok")


async def test_an_answer_that_is_whole_keeps_no_connection() -> None:
    """Pages that their readers take slowly keep no other reader out."""
    page = b"HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n" + MEGABYTE[:200_000]
    async with (
        answering(page) as upstream,
        fronts(by_express=True)(upstream.url, is_narrow=True) as port,
        contextlib.AsyncExitStack() as stack,
        asyncio.timeout(10),
    ):
        for _ in range(100):
            _, writer = await stack.enter_async_context(connected(port))
            writer.transport.pause_reading()
            writer.write(GET)
        await asyncio.sleep(0.1)
        assert len(await talk(port, GET)) > 200_000


LEFT = {
    "at once": b"",
    "in a head": b"GET / HTTP/1.1\r\nHost: a\r\n",
    "in another head": b"OPTIONS / HTTP/1.1\r\nHost: a\r\n",
    "before an answer": b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n",
    "before an answer, more ahead": b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n" * 3,
    "in an answer": b"GET /half HTTP/1.1\r\nHost: a\r\n\r\n",
    "in a body": b"PUT /slow HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc",
    "in chunks": b"PUT /slow HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab",
    "in a body that was answered": b"PUT /half HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc",
    "before a tunnel": b"GET /slow HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
}


def held() -> tuple[int, int]:
    """Count this process's descriptors, and the loop's tasks."""
    return len(list(Path("/proc/self/fd").iterdir())), len(asyncio.all_tasks())


@pytest.mark.parametrize("is_reset", [False, True], ids=["end", "reset"])
async def test_who_leaves_leaves_nothing_behind(
    relaying: Fronts, caplog: pytest.LogCaptureFixture, *, is_reset: bool
) -> None:
    """Wherever a client leaves, no descriptor, task or place among the connections stays, nor a word."""

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = b""
        with contextlib.suppress(asyncio.IncompleteReadError):
            line = start_line(await reader.readuntil(b"\r\n\r\n"))
        if b"/half" in line:
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc")
        if b"/ok" in line:
            writer.write(OK)
        await reader.read()

    async with listening(script) as url, relaying(url) as port:
        before = held()
        for _ in range(15):  # seven of them take a place, of 100
            clients = [socket.create_connection(("127.0.0.1", port)) for _ in LEFT]
            for client, sent in zip(clients, LEFT.values(), strict=True):
                client.sendall(sent)
            await asyncio.sleep(0.01)
            for client in clients:
                if is_reset:
                    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                client.close()
        async with asyncio.timeout(10):
            assert b"ok" in await talk(port, b"GET /ok HTTP/1.1\r\n" + CLOSE)
            while any(now > then + 2 for now, then in zip(held(), before, strict=True)):  # one end is kept
                await asyncio.sleep(0.02)
    assert not caplog.records
