"""The express: serves plain requests from socket to socket, without aiohttp's objects.

Nineteen in twenty requests to a blog read a page, and in a flood nineteen in twenty bring a linkback. aiohttp
spends more on such a request than everything else together, so a connection begins here. The first request
that is anything but plain (see `heads`), or has a long body that the gate must see, hands the connection over
to aiohttp, with the bytes as they came; there it stays. May not answer anything itself but that upstream is
down, and may not decide what is a linkback: `choose` says where a request goes and who reads its body, or
that it is not for the express.

Bounds: `LONGEST_HEAD` for a head, `LONGEST_BODY` for a body that is read here (others pass through),
`MOST_WAITING` for what is sent ahead, one request at a time, `IDLE_SECONDS` for a connection without one.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus
from typing import Any, NamedTuple, cast

from aiohttp import web

from proxy.excuses import excuse
from proxy.forwarding import Peer, head_block, raw
from proxy.heads import END_OF_HEAD, Asked, glance, may_be_plain, read
from proxy.passage import Passage
from proxy.protocols.http import Answer
from proxy.relay import KEPT_SECONDS, SERVER_OPTIONS, Relay, cut


class Way(NamedTuple):
    """Where a request goes: a tuple, since it is made for every request."""

    upstream: str
    peer: Peer
    # For a body that the gate must see: gives our own answer, or None where the request is upstream's.
    take: Callable[[bytes], Awaitable[Answer | None]] | None


# Given a head and the socket's address; None hands over.
Choose = Callable[[Asked, str], Way | None]

LONGEST_HEAD = 8190  # aiohttp's own limit for a line: what is longer is for aiohttp to judge
LONGEST_BODY = 65_536  # that is read here: twice as much as the longest trackback that WordPress makes
MOST_WAITING = 131_072  # bytes that a client may send ahead
IDLE_SECONDS = KEPT_SECONDS
LINGER_SECONDS = 5.0  # for what is on its way still of a body that nobody wants: as nginx


class Express(asyncio.Protocol):
    """One client's connection, until it is handed over."""

    def __init__(self, server: ExpressServer) -> None:
        self._server = server
        self._buffer = b""
        # A request whose body is still to come, and its head's end.
        self._next: tuple[Asked, Way, int] | None = None
        self._passage: Passage | None = None
        self._task: asyncio.Task[None] | None = None
        self._is_held = False
        self._is_over = False  # what comes now is of no interest
        self.write: Callable[[bytes], None] = _nowhere  # to the client
        self.is_full = False
        self.is_last = False
        self.since = server.now()

    # What asyncio calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See asyncio.Protocol."""
        self._transport = cast(asyncio.Transport, transport)
        self.write = self._transport.write
        peername = transport.get_extra_info("peername")
        self._remote = peername[0] if isinstance(peername, tuple) else ""
        self._server.express.add(self)

    def data_received(self, data: bytes) -> None:
        """See asyncio.Protocol."""
        if self._passage is not None:
            data = self._passage.feed(data)
        if self._is_over or not data:
            return
        if not self._buffer:
            self.since = self._server.now()  # a request begins
        self._buffer += data
        if self._passage is None and self._task is None:
            self._take_up()
        if len(self._buffer) > MOST_WAITING:
            self.hold()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        """See asyncio.Protocol."""
        self._is_over = True
        self._server.forget(self)
        if self._passage is not None:
            self._passage.drop()
        if self._task is not None:
            self._task.cancel()

    def pause_writing(self) -> None:
        """See asyncio.Protocol."""
        self.is_full = True

    def resume_writing(self) -> None:
        """See asyncio.Protocol."""
        self.is_full = False
        if self._passage is not None:
            self._passage.news()
        elif self._buffer and not self.is_busy:
            self.go_on()
            self._take_up()

    # What the server asks

    @property
    def is_busy(self) -> bool:
        """Whether a request is under way."""
        return self._passage is not None or self._task is not None

    def close(self) -> None:
        """Close the connection, after the answer that is under way."""
        self.is_last = True
        if not self.is_busy:
            self._transport.close()

    # The way of a request

    def _take_up(self) -> None:
        """Take up the next request, if its head is there, and its body where the gate must see it."""
        if self.is_full or self._is_over:
            return
        if self._next is not None:
            self._read_body(*self._next)
            return
        buffer = self._buffer
        end = buffer.find(END_OF_HEAD, 0, LONGEST_HEAD) + len(END_OF_HEAD)
        if end < len(END_OF_HEAD) and len(buffer) < LONGEST_HEAD and may_be_plain(buffer):
            return
        head = buffer[:end]  # a piece, where no head is whole
        asked = glance(head) or read(head)
        way = (
            self._server.choose(asked, self._remote)
            if asked and not _is_doubtful(asked, buffer, end)
            else None
        )
        if asked is None or way is None or (way.take is not None and asked.length > LONGEST_BODY):
            self._hand_over()
        elif way.take is None:
            self._buffer = b""
            self._pass_on(asked, way, buffer[end:])
        else:
            self._read_body(asked, way, end)

    def _read_body(self, asked: Asked, way: Way, start: int) -> None:
        """Take a body, once it is there, that the gate must see."""
        end = start + asked.length
        self._next = asked, way, start
        if len(self._buffer) < end:
            return
        if _is_doubtful(asked, self._buffer, start):
            self._hand_over()
            return
        self._next, body, self._buffer = None, self._buffer[start:end], self._buffer[end:]
        self._task = asyncio.get_running_loop().create_task(self._take(asked, way, body))

    def _pass_on(self, asked: Asked, way: Way, body: bytes) -> None:
        pool = self._server.relay.pool(way.upstream, is_slow=asked.length > len(body))
        self._passage = passage = Passage(self, pool, asked, way.peer)
        self._buffer = passage.begin(body) + self._buffer

    async def _take(self, asked: Asked, way: Way, body: bytes) -> None:
        """Let the gate have a body, and answer, or pass the request on."""
        try:
            answer = await way.take(body) if way.take else None
        except BaseException:
            self._transport.close()
            raise
        self._task = None
        if answer is None:
            self._pass_on(asked, way, body)
        else:
            is_alive = asked.is_alive and not self.is_last
            self.write(_written(answer, is_alive=is_alive, is_1_1=asked.is_1_1))
            self.done(is_alive=is_alive, is_read=True)

    # What a passage calls

    def hold(self) -> None:
        """See passage.Client."""
        if not self._is_held and not self._transport.is_closing():
            self._is_held = True
            self._transport.pause_reading()

    def go_on(self) -> None:
        """See passage.Client."""
        if self._is_held and not self._transport.is_closing():
            self._is_held = False
            self._transport.resume_reading()

    def done(self, *, is_alive: bool, is_read: bool) -> None:
        """See passage.Client."""
        self._passage = None
        self.since = self._server.now()
        if not is_read:
            self._linger()
        elif not is_alive or self.is_last:
            self._transport.close()
        else:
            self.go_on()
            if self._buffer:
                self._take_up()

    def fail(self, status: HTTPStatus, *, is_head: bool, is_read: bool) -> None:
        """See passage.Client."""
        self.write(excuse(status, is_head=is_head))
        self.done(is_alive=False, is_read=is_read)

    def cut(self) -> None:
        """See passage.Client."""
        cut(self._transport)

    def _linger(self) -> None:
        """Close once the client has heard the answer: what it still sends would take that from it."""
        self._is_over, self._buffer = True, b""
        self.go_on()
        self._transport.write_eof()
        asyncio.get_running_loop().call_later(LINGER_SECONDS, self._transport.close)

    def _hand_over(self) -> None:
        """Let aiohttp serve this connection from here on, beginning with the request in the buffer."""
        self._server.forget(self)
        handler = self._server.handler()
        data, self._buffer = self._buffer, b""
        self._transport.set_protocol(handler)
        handler.connection_made(self._transport)
        if self.is_full:
            handler.pause_writing()
        handler.data_received(data)


def _is_doubtful(asked: Asked, data: bytes, start: int) -> bool:
    """Whether something stands behind the body of a request that is the last one by its own word."""
    return not asked.is_alive and not asked.is_reading and len(data) > start + asked.length


def _nowhere(_: bytes) -> None:
    """Write to a connection that is not there yet."""


@lru_cache(maxsize=1)
def _date(second: int) -> bytes:
    return formatdate(second, usegmt=True).encode()


def _written(answer: Answer, *, is_alive: bool, is_1_1: bool) -> bytes:
    """Write an answer of our own."""
    headers = [
        *raw(answer.headers),
        (b"Content-Length", b"%d" % len(answer.body)),
        (b"Date", _date(int(time.time()))),
    ]
    if not is_alive:
        headers.append((b"Connection", b"close"))
    elif not is_1_1:
        headers.append((b"Connection", b"keep-alive"))
    line = b"HTTP/1.1 %d %b" % (answer.status, HTTPStatus(answer.status).phrase.encode())
    return head_block(line, headers) + answer.body


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
        self._is_empty: asyncio.Future[None] | None = None  # waited for at the end

    def __call__(self) -> Express:  # type: ignore[override]
        """Give the protocol of a new connection."""
        return Express(self)

    def handler(self) -> asyncio.Protocol:
        """Give aiohttp's protocol, for a connection that is handed over."""
        return super().__call__()

    def forget(self, connection: Express) -> None:
        """Hear that a connection is closed, or handed over."""
        self.express.discard(connection)
        if self._is_empty is not None and not self.express and not self._is_empty.done():
            self._is_empty.set_result(None)

    def pre_shutdown(self) -> None:
        """Close the connections on which nothing is under way."""
        super().pre_shutdown()
        for connection in tuple(self.express):
            connection.close()

    async def shutdown(self, timeout: float | None = None) -> None:  # noqa: ASYNC109
        """Wait for what is under way, then end it."""
        self._sweeper.cancel()
        if self.express:
            self._is_empty = asyncio.get_running_loop().create_future()
            await asyncio.wait([self._is_empty], timeout=timeout)
        for connection in tuple(self.express):
            connection.cut()
        await super().shutdown(timeout)

    def _sweep(self) -> None:
        """Close connections that have been idle for too long, or send a head for ever."""
        self._sweeper = asyncio.get_running_loop().call_later(IDLE_SECONDS, self._sweep)
        for connection in tuple(self.express):
            if not connection.is_busy and connection.since < self.now() - IDLE_SECONDS:
                connection.close()
