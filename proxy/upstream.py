"""Connections to upstream, each carrying one HTTP/1.1 exchange at a time, kept open between exchanges.

The relay's lower half. It knows bytes, time-outs and when an answer is whole; it knows nothing of clients,
linkbacks or forwarding. llhttp (through httptools) reads heads and chunks; a body of known length is only
counted. Follows RFC 9112. Bounds: `LONGEST_HEAD` for a head, `HIGH_WATER` for what has come and was not
yet taken, `idle_seconds` without a byte in either direction.
"""

from __future__ import annotations

import asyncio
from collections import deque
from http import HTTPStatus
from typing import Protocol, cast

import httptools

from proxy.forwarding import Header
from proxy.returning import CHUNKED, CLOSE, NONE, SWITCHING, Head, glance, head_of

LONGEST_HEAD = 128 * 1024  # of an answer; nginx allows upstream 4 to 8 kB, plugins send more
UNTOLD = -1  # a length: the body ends with the connection
HIGH_WATER = 256 * 1024  # asyncio reads up to this at once


class UpstreamError(Exception):
    """Upstream could not be asked, or did not answer as HTTP wants it.

    `status` is what the client is to hear; `reached` says that upstream may have got the request, so
    that a repeat may do the work twice; `silent` says that not a byte of an answer came.
    """

    def __init__(
        self, detail: str, *, status: HTTPStatus = HTTPStatus.BAD_GATEWAY, reached: bool, silent: bool = False
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.status = status
        self.reached = reached
        self.silent = silent


class Watcher(Protocol):
    """Is called, in place of somebody who waits."""

    def news(self) -> None:
        """Hear that something came, or that nothing more will."""

    def hold(self) -> None:
        """Send no more for now: upstream takes less than comes."""

    def go_on(self) -> None:
        """Send on."""


class Connection(asyncio.Protocol):
    """One connection to upstream: `begin`, `send`, `head`, `read` until b'', and again if reusable."""

    def __init__(self, idle_seconds: float) -> None:
        self._loop = asyncio.get_running_loop()
        self._idle_seconds = idle_seconds
        self._transport: asyncio.Transport | None = None
        self._parser: httptools.HttpResponseParser | None = None
        self._watcher: Watcher | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._drained: asyncio.Future[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._pieces: deque[bytes] = deque()
        self._held = 0
        self._paused = False
        self._exchanging = False
        self._heard = False  # a byte of the answer
        self.broken: UpstreamError | None = None  # what is wrong with it; an answer may be whole all the same
        self.exchanges = 0
        self.is_open = False  # upstream has not closed it

    # What the relay does

    def begin(self, method: str, data: bytes, watcher: Watcher | None = None) -> None:
        """Start an exchange by sending a request's head (and its body, if that is at hand)."""
        self.exchanges += 1
        self._watcher = watcher
        self._method = method
        self._exchanging = True
        self._seen = 0
        self._reason = b""
        self._headers: list[Header] = []
        self.arrived: Head | None = None  # the head of the final answer
        self._remaining = 0  # bytes of the body that are still to come, or UNTOLD
        self.is_complete = False  # the whole answer has come, and may still wait to be taken
        self._parsed = True  # llhttp waits for nothing
        self._heard = False
        if self._timer is None:
            self._timer = self._loop.call_later(self._idle_seconds, self._look_at_the_clock)
        self._active = self._loop.time()
        if self._transport is not None:
            self._transport.write(data)
        else:  # lost before it was used
            self._loop.call_soon(self._wake)

    def write(self, data: bytes) -> None:
        """Send without waiting; for what is small or already in memory."""
        self._active = self._loop.time()
        if self._transport is not None:
            self._transport.write(data)

    async def send(self, data: bytes) -> None:
        """Send, and wait while upstream takes it more slowly than it comes."""
        self.write(data)
        if self._drained is not None:
            await self._drained
            self._active = self._loop.time()
        if self.broken is not None:
            raise self.broken

    async def head(self) -> Head:
        """Wait for the head of the final answer."""
        while self.arrived is None:
            await self._wait()
        return self.arrived

    async def read(self) -> bytes:
        """Give what has come of the body, waiting for something; b'' at its end."""
        while not self._pieces and not self.is_complete:
            await self._wait()
        return self.take()

    def take(self) -> bytes:
        """Give what has come of the body, without waiting."""
        data = self._pieces.popleft() if len(self._pieces) == 1 else b"".join(self._pieces)
        self._pieces.clear()
        self._held = 0
        if self._paused and self._transport is not None:
            self._paused = False
            self._active = self._loop.time()
            self._transport.resume_reading()
        return data

    @property
    def drained(self) -> asyncio.Future[None] | None:
        """Done when upstream takes more bytes; None while it does."""
        return self._drained

    def finish(self) -> bool:
        """End the exchange; True if the connection can carry another one."""
        self._exchanging = False
        self._watcher = None
        if not (self.is_open and self._is_through()):
            self.abort()
            return False
        if not self._parsed:
            self._parser = None  # it still waits for a body that it was not shown
        return True

    def _is_through(self) -> bool:
        """Whether nothing of the exchange is left: upstream may have answered before it took all."""
        head = self.arrived
        is_whole = self.is_complete and not self.broken and not self._pieces
        return is_whole and head is not None and head.keep_alive and self._drained is None

    def abort(self) -> None:
        """Drop the connection with whatever is under way on it."""
        self.is_open = False
        if self._transport is not None:
            self._transport.abort()

    # What asyncio calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See asyncio.Protocol."""
        self._transport = cast(asyncio.Transport, transport)
        self.is_open = True

    def data_received(self, data: bytes) -> None:
        """See asyncio.Protocol."""
        if not self._exchanging:  # nobody asked for these bytes: trust none that follow
            self.abort()
            return
        if self.is_complete:
            self._break("upstream sent more than its answer")
            return
        self._active = self._loop.time()
        if not self._heard and (found := glance(self._method, data)):
            self._heard = True
            self._take_up(*found, data)
        elif self.arrived is None or self.arrived.framing is CHUNKED:
            self._heard = True
            self._parse(data)
        else:
            self._count(data)
        if self._watcher is not None:
            self._watcher.news()
        else:
            self._wake()

    def eof_received(self) -> None:
        """See asyncio.Protocol."""
        self.is_open = False

    def connection_lost(self, exc: Exception | None) -> None:
        """See asyncio.Protocol."""
        self._transport = None
        self.is_open = False
        if self._timer is not None:
            self._timer.cancel()
        head = self.arrived if self._exchanging else None
        if head is not None and head.framing is CLOSE and exc is None:
            self.is_complete = True
        self._break("upstream closed the connection before its answer was whole", silent=not self._heard)
        self._wake()
        self._let_go()

    def pause_writing(self) -> None:
        """See asyncio.Protocol."""
        self._drained = self._loop.create_future()
        if self._watcher is not None:
            self._watcher.hold()

    def resume_writing(self) -> None:
        """See asyncio.Protocol."""
        self._let_go()

    # What llhttp calls

    def on_message_begin(self) -> None:
        """See httptools.HTTPProtocol."""
        if self.arrived is not None:
            self._break("upstream sent more than its answer")

    def on_status(self, reason: bytes) -> None:
        """See httptools.HTTPProtocol."""
        self._reason += reason

    def on_header(self, name: bytes, value: bytes) -> None:
        """See httptools.HTTPProtocol."""
        if self.arrived is None:  # trailers end here
            self._headers.append((name, value))

    def on_headers_complete(self) -> None:
        """See httptools.HTTPProtocol."""
        if self.arrived is not None:
            return
        parser = cast(httptools.HttpResponseParser, self._parser)
        status = parser.get_status_code()
        headers, self._headers = self._headers, []
        reason, self._reason = self._reason, b""
        if status < HTTPStatus.OK and status != SWITCHING:
            return  # 100, 102, 103: the answer is still to come
        try:
            head = head_of(self._method, status, reason, headers, keep_alive=parser.should_keep_alive())
        except ValueError as error:
            self._break(str(error))
            return
        self.arrived = head
        self._remaining = UNTOLD if head.framing is CLOSE else head.length
        self.is_complete = head.framing is NONE

    def on_body(self, data: bytes) -> None:
        """See httptools.HTTPProtocol."""
        if self.is_complete:
            self._break("upstream sent a body where there is none")
        elif cast(Head, self.arrived).framing is CHUNKED:
            self._keep(data)
        else:
            self._count(data)

    def on_message_complete(self) -> None:
        """See httptools.HTTPProtocol."""
        if self.arrived is not None:
            self.is_complete = self._parsed = True

    # How bytes become an answer

    def _take_up(self, head: Head, end: int, data: bytes) -> None:
        """Take an answer whose head was read at a glance."""
        self.arrived, self._remaining = head, head.length
        body = data[end:]
        if len(body) == head.length:
            self.is_complete = True
            if body:
                self._pieces.append(body)
        elif body:
            self._count(body)

    def _parse(self, data: bytes) -> None:
        self._parsed = False
        self._parser = self._parser or httptools.HttpResponseParser(self)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            self.is_complete = False  # the tunnel begins; it ends with the connection
            self._keep(data[upgrade.args[0] :])
        except httptools.HttpParserError as error:
            self._break(f"upstream's answer is not HTTP: {error}")
        if self.arrived is None:
            self._seen += len(data)
            if self._seen > LONGEST_HEAD:
                self._break("the head of upstream's answer is too long")

    def _count(self, data: bytes) -> None:
        if self._remaining < 0:
            self._keep(data)
            return
        if len(data) > self._remaining:
            self._break("upstream sent more than its answer")
            data = data[: self._remaining]
        self._keep(data)
        self._remaining -= len(data)
        self.is_complete = self._remaining == 0

    def _keep(self, data: bytes) -> None:
        if data:
            self._pieces.append(data)
            self._held += len(data)
        if self._held >= HIGH_WATER and not self._paused and self._transport is not None:
            self._paused = True
            self._transport.pause_reading()

    async def _wait(self) -> None:
        if self.broken is not None:
            raise self.broken
        self._waiter = self._loop.create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None

    def _wake(self) -> None:
        if self._watcher is not None:
            self._watcher.news()
        elif self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _let_go(self) -> None:
        if self._drained is not None and not self._drained.done():
            self._drained.set_result(None)
        self._drained = None
        if self._watcher is not None:
            self._watcher.go_on()

    def _break(
        self, detail: str, *, status: HTTPStatus = HTTPStatus.BAD_GATEWAY, silent: bool = False
    ) -> None:
        if self.broken is None:
            self.broken = UpstreamError(detail, status=status, reached=True, silent=silent)

    def _look_at_the_clock(self) -> None:
        """Give up what stands still. The timer outlives exchanges: setting one has its price."""
        self._timer = None
        if not self._exchanging:
            return
        left = self._active + self._idle_seconds - self._loop.time()
        if left > 0:
            self._timer = self._loop.call_later(left, self._look_at_the_clock)
            return
        self.is_complete = False  # what was not taken in time is lost
        self._break("upstream did not answer in time", status=HTTPStatus.GATEWAY_TIMEOUT)
        self._wake()
        self.abort()
