"""The express: serves plain requests from socket to socket, without aiohttp's objects.

Nineteen in twenty requests to a blog read a page, and in a flood nineteen in twenty bring a linkback. aiohttp
spends more on such a request than everything else together, so a connection begins here. The first request
that is anything but plain (another method, a body that is long or of untold length, an upgrade, an
expectation, a head that is long, odd or not HTTP) hands the connection over to aiohttp, with the bytes as
they came; there it stays. May not answer anything itself but that upstream is down, and may not decide what
is a linkback: `choose` says where a request goes and who reads its body, or that it is not for the express.

Follows RFC 9112. llhttp (through httptools) reads heads. Bounds: `LONGEST_HEAD` for a head, `LONGEST_BODY`
for a body, one request at a time, `IDLE_SECONDS` for a connection on which no request is under way.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus
from typing import Any, Final, cast

import httptools
from aiohttp import web

from proxy.forwarding import Header, Peer, forwarded_headers, head_block, raw
from proxy.pool import Pool
from proxy.protocols.http import Answer
from proxy.relay import SERVER_OPTIONS, Relay, answer_of, cut, page_of, pass_body, request_block
from proxy.upstream import SWITCHING, UpstreamError


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """Where a request goes."""

    upstream: str
    peer: Peer
    # For a body that the gate must see: gives our own answer, or None where the request is upstream's.
    take: Callable[[bytes], Awaitable[Answer | None]] | None


# Given a method, a target, the headers and the socket's address; None hands over.
Choose = Callable[[str, str, list[Header], str], Way | None]

LONGEST_HEAD = 8190  # aiohttp's own limit for a line: what is longer is for aiohttp to judge
LONGEST_BODY = 65_536  # of a POST; twice as much as the longest trackback that WordPress makes
MOST_WAITING = 131_072  # bytes that a client may send ahead
IDLE_SECONDS = 75.0  # as nginx
MOST_HEADERS = 100
END_OF_HEAD = b"\r\n\r\n"
PLAIN: Final = (b"GET ", b"HEAD ", b"POST ")
# Headers that make a request more than plain; `host` must stand there once.
ODD = frozenset({b"transfer-encoding", b"expect", b"upgrade", b"http2-settings"})
# What readers of heads disagree about: line ends that are none, folded lines, NUL.
_DOUBTFUL = re.compile(rb"\r(?!\n)|(?<!\r)\n|\r\n[ \t]|\0")
_LENGTH = re.compile(rb"[0-9]{1,5}")


class Express(asyncio.Protocol):
    """One client's connection, until it is handed over."""

    def __init__(self, server: ExpressServer) -> None:
        self._server = server
        self._parser = httptools.HttpRequestParser(self)
        self._buffer = b""
        self._task: asyncio.Task[None] | None = None
        self._drained: asyncio.Future[None] | None = None
        self._remote = ""
        self._method = ""
        self._target = b""
        self._headers: list[Header] = []
        self._way: Way | None = None  # of a request whose body is still to come
        self._end_of_head = 0
        self._length = 0
        self._is_1_1 = True
        self._is_alive = True
        self._is_whole = False
        self._is_paused = False
        self._is_last = False
        self.since = server.now()

    # What asyncio calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See asyncio.Protocol."""
        self._transport = cast(asyncio.Transport, transport)
        peername = transport.get_extra_info("peername")
        self._remote = peername[0] if isinstance(peername, tuple) else ""
        self._server.express.add(self)

    def data_received(self, data: bytes) -> None:
        """See asyncio.Protocol."""
        self._buffer += data
        if self._task is None:
            self._next()
        elif len(self._buffer) > MOST_WAITING:
            self._is_paused = True
            self._transport.pause_reading()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        """See asyncio.Protocol."""
        self._server.express.discard(self)
        self.resume_writing()
        if self._task is not None:
            self._task.cancel()

    def pause_writing(self) -> None:
        """See asyncio.Protocol."""
        self._drained = asyncio.get_running_loop().create_future()

    def resume_writing(self) -> None:
        """See asyncio.Protocol."""
        if self._drained is not None and not self._drained.done():
            self._drained.set_result(None)
        self._drained = None

    # What llhttp calls

    def on_url(self, target: bytes) -> None:
        """See httptools.HTTPProtocol."""
        self._target += target

    def on_header(self, name: bytes, value: bytes) -> None:
        """See httptools.HTTPProtocol."""
        self._headers.append((name, value))

    def on_headers_complete(self) -> None:
        """See httptools.HTTPProtocol."""
        self._is_1_1 = self._parser.get_http_version() == "1.1"
        self._is_alive = self._parser.should_keep_alive()  # llhttp forgets it at the end of the message

    def on_message_complete(self) -> None:
        """See httptools.HTTPProtocol."""
        self._is_whole = True

    # What the server asks

    @property
    def task(self) -> asyncio.Task[None] | None:
        """The request that is under way."""
        return self._task

    def close(self) -> None:
        """Close the connection, after the answer that is under way."""
        self._is_last = True
        if self._task is None:
            self._transport.close()

    # The way of a request

    def _next(self) -> None:
        """Take up the next request, if its head is there, and its body."""
        if self._way is None:
            end = self._buffer.find(END_OF_HEAD, 0, LONGEST_HEAD) + len(END_OF_HEAD)
            if end < len(END_OF_HEAD) and len(self._buffer) < LONGEST_HEAD and _may_be_plain(self._buffer):
                return
            self._way = self._choose(self._buffer[:end])  # b'' or a piece, where no head is whole
            if self._way is None:
                self._hand_over()
                return
            self._end_of_head = end
        end = self._end_of_head + self._length
        if len(self._buffer) < end:
            return
        if self._method == "POST" and not self._is_alive and len(self._buffer) > end:
            self._hand_over()  # what stands behind the last request makes it doubtful
            return
        body, way = self._buffer[self._end_of_head : end], self._way
        self._buffer, self._way = self._buffer[end:], None
        if body:
            self._parser.feed_data(body)
        self._task = asyncio.get_running_loop().create_task(self._serve(way, body))

    def _choose(self, head: bytes) -> Way | None:
        """Say where a plain request goes; None if it is not plain, or not for the express."""
        self._target, self._headers, self._is_whole = b"", [], False
        if not head.startswith(PLAIN) or _DOUBTFUL.search(head):
            return None
        try:
            self._parser.feed_data(head)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            return None
        names = [name.lower() for name, _ in self._headers]
        if not (self._target.startswith(b"/") and len(names) <= MOST_HEADERS):
            return None
        if names.count(b"host") != 1 or not ODD.isdisjoint(names):
            return None
        self._method = self._parser.get_method().decode()
        if not self._has_plain_length(names):
            return None
        return self._server.choose(self._method, self._target.decode("ascii"), self._headers, self._remote)

    def _has_plain_length(self, names: list[bytes]) -> bool:
        """See that a POST says once, and others not, how long a body follows, and remember it."""
        values = [self._headers[n][1] for n, name in enumerate(names) if name == b"content-length"]
        self._length = 0
        if self._method != "POST" or len(values) != 1 or not _LENGTH.fullmatch(values[0]):
            return self._method != "POST" and not values and self._is_whole
        self._length = int(values[0])
        return self._length <= LONGEST_BODY and self._is_whole == (self._length == 0)

    async def _serve(self, way: Way, body: bytes) -> None:
        is_alive = False
        try:
            answer = await way.take(body) if way.take else None
            if answer is not None:
                is_alive = self._say(answer)
            else:
                is_alive = await self._relay(self._server.relay.pool(way.upstream), way.peer, body)
        except UpstreamError as error:
            self._excuse(error)
        finally:
            self._done(is_alive=is_alive)

    def _say(self, answer: Answer) -> bool:
        """Write an answer of our own; True if the connection can carry another request."""
        is_alive = self._is_alive and not self._is_last
        headers = [
            *raw(answer.headers),
            (b"Content-Length", b"%d" % len(answer.body)),
            (b"Date", _date(int(time.time()))),
        ]
        if not is_alive:
            headers.append((b"Connection", b"close"))
        elif not self._is_1_1:
            headers.append((b"Connection", b"keep-alive"))
        line = b"HTTP/1.1 %d %b" % (answer.status, HTTPStatus(answer.status).phrase.encode())
        self.write(head_block(line, headers) + answer.body)
        return is_alive

    async def _relay(self, pool: Pool, peer: Peer, body: bytes) -> bool:
        """Pass a request on and its answer back; True if the connection can carry another request."""
        headers = forwarded_headers(self._headers, peer)
        is_read = self._method != "POST"
        if not is_read:
            headers.append((b"Content-Length", b"%d" % len(body)))
        block = request_block(self._method, self._target.decode("ascii"), pool, headers) + body
        connection, head = await pool.ask(self._method, block, is_repeatable=is_read)
        try:
            if head.status == SWITCHING:
                raise UpstreamError("upstream switches protocols unasked", reached=True)
            is_alive = self._is_alive and not self._is_last
            answer = answer_of(head, is_1_1=self._is_1_1, is_alive=is_alive)
            try:
                await pass_body(self.write, connection, answer, self._server.relay.idle_seconds)
            except (UpstreamError, TimeoutError):
                cut(self._transport)
                return False
            return answer.is_alive
        finally:
            pool.release(connection)

    def write(self, data: bytes) -> asyncio.Future[None] | None:
        """Write to the client; what to wait for, if it takes less than comes."""
        self._transport.write(data)
        return self._drained

    def _excuse(self, error: UpstreamError) -> None:
        page = page_of(error.status).encode()
        headers = [
            (b"Content-Type", b"text/html; charset=utf-8"),
            (b"Content-Length", b"%d" % len(page)),
            (b"Cache-Control", b"no-store"),
            (b"Connection", b"close"),
        ]
        line = b"HTTP/1.1 %d %b" % (error.status, error.status.phrase.encode())
        self.write(head_block(line, headers) + (b"" if self._method == "HEAD" else page))

    def _done(self, *, is_alive: bool) -> None:
        self._task = None
        self.since = self._server.now()
        if not is_alive or self._is_last:
            self._transport.close()
            return
        if self._is_paused:
            self._is_paused = False
            self._transport.resume_reading()
        if self._buffer:
            self._next()

    def _hand_over(self) -> None:
        """Let aiohttp serve this connection from here on, beginning with the request in the buffer."""
        self._server.express.discard(self)
        self._way = None
        handler = self._server.handler()
        data, self._buffer = self._buffer, b""
        self._transport.set_protocol(handler)
        handler.connection_made(self._transport)
        if self._drained is not None:
            handler.pause_writing()
        handler.data_received(data)


@lru_cache(maxsize=1)
def _date(second: int) -> bytes:
    return formatdate(second, usegmt=True).encode()


def _may_be_plain(data: bytes) -> bool:
    return any(plain.startswith(data[: len(plain)]) for plain in PLAIN)


class ExpressServer(web.Server):
    """Serves connections, the plain requests by express and all others by aiohttp with `handle`."""

    def __init__(
        self,
        handle: Callable[[web.BaseRequest], Awaitable[web.StreamResponse]],
        *,
        relay: Relay,
        choose: Choose,
    ) -> None:
        super().__init__(handle, **cast(dict[str, Any], SERVER_OPTIONS))
        self.relay = relay
        self.choose = choose
        self.express: set[Express] = set()
        self.now = asyncio.get_running_loop().time
        self._sweeper = asyncio.get_running_loop().call_later(IDLE_SECONDS, self._sweep)

    def __call__(self) -> Express:  # type: ignore[override]
        """Give the protocol of a new connection."""
        return Express(self)

    def handler(self) -> asyncio.Protocol:
        """Give aiohttp's protocol, for a connection that is handed over."""
        return super().__call__()

    def pre_shutdown(self) -> None:
        """Close the connections on which nothing is under way."""
        super().pre_shutdown()
        for connection in tuple(self.express):
            connection.close()

    async def shutdown(self, timeout: float | None = None) -> None:  # noqa: ASYNC109
        """Wait for what is under way, then end it."""
        self._sweeper.cancel()
        tasks = [connection.task for connection in self.express if connection.task is not None]
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=timeout)
            for task in late:
                task.cancel()
        await super().shutdown(timeout)

    def _sweep(self) -> None:
        """Close connections that have been idle for too long, or send a head for ever."""
        self._sweeper = asyncio.get_running_loop().call_later(IDLE_SECONDS, self._sweep)
        for connection in tuple(self.express):
            if connection.task is None and connection.since < self.now() - IDLE_SECONDS:
                connection.close()
