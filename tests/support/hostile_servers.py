"""Servers that no honest site runs: each speaks on a raw connection and means harm.

A behaviour gets the stream to the client after the request was read; it may send for ever, as the server
ends it when the client is gone.
"""

from __future__ import annotations

import asyncio
import gzip
import socket
import struct
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from functools import cache

Behaviour = Callable[["Victim"], Awaitable[None]]

OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
PIECE = b"<p>words and more words</p>" * 400
ZEROS = b"\0" * 1_000_000


class Victim:
    """The client of a hostile server, as the server sees it."""

    def __init__(self, writer: asyncio.StreamWriter, request: bytes) -> None:
        self._writer = writer
        self.path = request.split(b" ")[1] if request.count(b" ") > 1 else b"/"
        self.host = str(writer.get_extra_info("sockname")[1])
        self.sent = 0

    async def send(self, data: bytes) -> None:
        """Send some bytes as fast as the client takes them."""
        self.sent += len(data)
        self._writer.write(data)
        await self._writer.drain()

    async def forever(self, data: bytes) -> None:
        """Send the same for ever, in pieces as large as a network's, and let others run."""
        piece = data * (1 + 4000 // len(data))
        while True:
            await self.send(piece)
            await asyncio.sleep(0)

    async def drip(self, data: bytes) -> None:
        """Send one byte at a time, often enough to be taken for alive."""
        for byte in data:
            await self.send(bytes([byte]))
            await asyncio.sleep(0.02)

    async def silence(self) -> None:
        """Keep the connection and say nothing."""
        await asyncio.Event().wait()

    def reset(self) -> None:
        """Break the connection with a reset."""
        raw = self._writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()


def says(data: bytes, then: str = "") -> Behaviour:
    """Make a server that says one thing and then hangs up, or is silent, or goes on for ever."""

    async def behaviour(victim: Victim) -> None:
        await victim.send(data)
        if then == "silence":
            await victim.silence()
        elif then:
            await victim.forever(then.encode("latin-1"))

    return behaviour


def drips(before: bytes, dripped: bytes) -> Behaviour:
    """Make a server that slows down after it has begun."""

    async def behaviour(victim: Victim) -> None:
        await victim.send(before)
        await victim.drip(dripped * 10_000)

    return behaviour


async def _reset(victim: Victim) -> None:
    victim.reset()


async def _redirect_on(victim: Victim) -> None:
    await victim.send(b"HTTP/1.1 302 Found\r\nLocation: " + victim.path + b"x\r\n\r\n")


async def _redirect_between_names(victim: Victim) -> None:
    other = b"127.0.0.2" if len(victim.path) % 2 else b"127.0.0.1"
    await victim.send(
        b"HTTP/1.1 307 x\r\nLocation: http://%s:%s%sy\r\n\r\n" % (other, victim.host.encode(), victim.path)
    )


def encoded(coding: bytes, body: bytes, then: str = "") -> Behaviour:
    """Make a server that sends a body under a Content-Encoding."""
    return says(OK + b"Content-Encoding: " + coding + b"\r\n\r\n" + body, then)


@cache
def bomb(wbits: int) -> bytes:
    """Compress 50 MB of nothing to 50 KB."""
    stream = zlib.compressobj(6, zlib.DEFLATED, wbits)
    return b"".join([stream.compress(ZEROS) for _ in range(50)]) + stream.flush()


def behaviours() -> dict[str, tuple[Behaviour, str]]:
    """List every server with what must come of it: a reason, or `page`."""
    chunked = OK + b"Transfer-Encoding: chunked\r\n\r\n"
    return {
        "accepts and is silent": (says(b"", "silence"), "unreachable"),
        "hangs up": (says(b""), "unreachable"),
        "resets": (_reset, "unreachable"),
        "drips the status line": (drips(b"", b"HTTP/1.1 200 "), "unreachable"),
        "drips headers": (drips(OK, b"X: y\r\n"), "unreachable"),
        "drips the body": (drips(OK + b"\r\n", b"<p>words"), "unreachable"),
        "is silent after the head": (says(OK + b"\r\n", "silence"), "unreachable"),
        "is silent within the head": (says(OK, "silence"), "unreachable"),
        "sends headers for ever": (says(OK, "X-More: of it\r\n"), "unreachable"),
        "sends one header for ever": (says(OK + b"X: ", "y" * 1000), "unreachable"),
        "sends 10,000 headers": (says(OK + b"X: y\r\n" * 10_000 + b"\r\nx"), "unreachable"),
        "sends 10,000 cookies": (says(OK + b"Set-Cookie: a=b\r\n" * 10_000 + b"\r\nx"), "unreachable"),
        "sends a header of 1 MB": (says(OK + b"X: " + b"y" * 1_000_000 + b"\r\n\r\nx"), "unreachable"),
        "sends a status line of 1 MB": (says(b"HTTP/1.1 200 " + b"y" * 1_000_000), "unreachable"),
        "says 100 for ever": (says(b"", "HTTP/1.1 100 Continue\r\n\r\n"), "unreachable"),
        "says 103 for ever": (says(b"", "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"), "unreachable"),
        "wants to upgrade": (
            says(b"HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n", "x"),
            "not-a-page",
        ),
        "sends a body for ever": (says(OK + b"\r\n", PIECE.decode()), "page"),
        "sends chunks for ever": (says(chunked, "5\r\nhello\r\n" * 500), "page or unreachable"),
        "sends chunks of one byte for ever": (says(chunked, "1\r\nx\r\n"), "page or unreachable"),
        "announces a chunk of an exabyte": (says(chunked + b"fffffffffffffff\r\n", PIECE.decode()), "page"),
        "announces a chunk beyond 64 bits": (
            says(chunked + b"f" * 40 + b"\r\n", PIECE.decode()),
            "unreachable",
        ),
        "sends nonsense for a chunk size": (says(chunked + b"zz\r\nhello"), "unreachable"),
        "extends a chunk's head for ever": (says(chunked + b"5;", "a=b;" * 1000), "unreachable"),
        "sends trailers for ever": (says(chunked + b"0\r\n", "X: y\r\n" * 100), "unreachable"),
        "promises more than it sends": (says(OK + b"Content-Length: 1000\r\n\r\nshort"), "unreachable"),
        "promises an exabyte": (
            says(OK + b"Content-Length: 999999999999999999\r\n\r\n", PIECE.decode()),
            "page",
        ),
        "sends more than it promises": (
            says(OK + b"Content-Length: 5\r\n\r\nhello", PIECE.decode()),
            "page or unreachable",
        ),
        "promises less than nothing": (says(OK + b"Content-Length: -1\r\n\r\nhello"), "unreachable"),
        "promises two lengths": (
            says(OK + b"Content-Length: 1\r\nContent-Length: 5\r\n\r\nhello"),
            "unreachable",
        ),
        "sends a gzip bomb": (encoded(b"gzip", bomb(31)), "page"),
        "sends a deflate bomb": (encoded(b"deflate", bomb(15)), "page"),
        "sends a raw deflate bomb": (encoded(b"deflate", bomb(-15)), "page"),
        "sends a bomb within a bomb": (encoded(b"gzip, gzip", gzip.compress(bomb(31))), "unreachable"),
        "sends empty blocks of gzip for ever": (
            encoded(b"gzip", gzip.compress(b"")[:10], "\x00\x00\x00\xff\xff" * 1000),
            "page",
        ),
        "sends Brotli unasked": (encoded(b"br", b"x" * 1000), "unreachable"),
        "sends Zstandard unasked": (encoded(b"zstd", b"\x28\xb5\x2f\xfd" + b"x" * 1000), "unreachable"),
        "calls plain text gzip": (encoded(b"gzip", b"<p>plain</p>"), "unreachable"),
        "redirects to itself": (says(b"HTTP/1.1 302 x\r\nLocation: /\r\n\r\n"), "too-many-redirects"),
        "redirects ever on": (_redirect_on, "too-many-redirects"),
        "redirects between two names": (_redirect_between_names, "too-many-redirects"),
        "redirects to 7 KB": (
            says(b"HTTP/1.1 302 x\r\nLocation: /" + b"y" * 7000 + b"\r\n\r\n"),
            "too-many-redirects",
        ),
        "is no HTTP server": (says(b"SSH-2.0-OpenSSH_9.2\r\n"), "unreachable"),
        "speaks HTTP 0.9": (says(b"<html><p>old</p>"), "unreachable"),
        "sends noise": (says(bytes(range(256)) * 40), "unreachable"),
        "has no status": (says(b"HTTP/1.1 abc\r\n\r\n"), "unreachable"),
        "asks to wait for a century": (
            says(b"HTTP/1.1 503 x\r\nRetry-After: 99999999999999999999\r\nContent-Length: 0\r\n\r\n"),
            "troubled",
        ),
        "sends a film for ever": (
            says(b"HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\n\r\n", "\x00" * 10_000),
            "not-a-page",
        ),
        "sends noise without a type": (says(b"HTTP/1.1 200 OK\r\n\r\n", "\x81\x00" * 5000), "page"),
        "sends an error page for ever": (says(b"HTTP/1.1 404 x\r\n\r\n", PIECE.decode()), "gone"),
    }


@asynccontextmanager
async def hostile_server(behaviour: Behaviour) -> AsyncIterator[tuple[int, list[Victim]]]:
    """Run a server; the values are its port and the clients that it had."""
    victims: list[Victim] = []
    tasks: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.add(asyncio.current_task())  # type: ignore[arg-type]
        try:
            with suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
                victims.append(Victim(writer, await reader.readuntil(b"\r\n\r\n")))
                await behaviour(victims[-1])
        finally:
            writer.close()

    server = await asyncio.start_server(connected, "0.0.0.0", 0)
    try:
        yield server.sockets[0].getsockname()[1], victims
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await server.wait_closed()
