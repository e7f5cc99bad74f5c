"""Where upstream is, and the connections to it that are kept open.

Part of the relay. May not decide what is sent. Bounds: connections in use, connections kept, seconds to
connect, seconds to wait for a free one.
"""

from __future__ import annotations

import asyncio
import ssl
from collections import deque
from dataclasses import dataclass
from http import HTTPStatus
from typing import Self
from urllib.parse import urlsplit

from proxy.returning import Head
from proxy.upstream import Connection, UpstreamError

# Methods that may be sent again when a kept connection turns out to be closed (RFC 9110, 9.2.1 and 9.2.2).
REPEATABLE = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where upstream is."""

    host: str
    port: int
    tls: bool
    authority: str  # as it stands in the address
    base: str  # the path that goes before every request target, '' mostly

    @classmethod
    def of(cls, url: str) -> Self:
        """Read an http or https address; anything else is a ValueError."""
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
            raise ValueError(f"upstream is no http or https address: {url!r}")
        tls = parts.scheme == "https"
        port = parts.port or (443 if tls else 80)
        base = parts.path.rstrip("/")
        return cls(host=parts.hostname, port=port, tls=tls, authority=parts.netloc, base=base)


class Pool:
    """The connections to one origin: at most `connections` in use at once, the rest waits."""

    def __init__(
        self, origin: Origin, *, connect_seconds: float, idle_seconds: float, connections: int, kept: int
    ) -> None:
        self.origin = origin
        self.base = origin.base.encode()
        self._connect_seconds = connect_seconds
        self._idle_seconds = idle_seconds
        self._most_idle = kept  # connections, between exchanges
        self._free = connections  # places for connections in use
        self._waiting: deque[asyncio.Future[None]] = deque()  # for a place
        self._idle: list[Connection] = []
        self._tls = ssl.create_default_context() if origin.tls else None

    def idle(self) -> Connection | None:
        """Give a kept connection at once, if there is one and nobody waits."""
        if self._free > 0 and not self._waiting and (connection := self._kept()):
            self._free -= 1
            return connection
        return None

    def _kept(self) -> Connection | None:
        while self._idle:
            connection = self._idle.pop()
            if connection.is_open:
                return connection
        return None

    async def acquire(self, *, fresh: bool) -> Connection:
        """Give a connection, a new one if `fresh`: for what must not be sent twice."""
        if not fresh and (connection := self.idle()):
            return connection
        await self._take_place()
        try:
            return (None if fresh else self._kept()) or await self._connect()
        except BaseException:
            self._give_place()
            raise

    async def ask(self, method: str, block: bytes, *, is_repeatable: bool) -> tuple[Connection, Head]:
        """Send a request and wait for the head of its answer, for the caller to `release`.

        Where a kept connection turns out to be closed, it is sent again, if that does no harm.
        """
        while True:
            connection = await self.acquire(fresh=not is_repeatable)
            try:
                connection.begin(method, block)
                return connection, await connection.head()
            except UpstreamError as error:
                self.release(connection)
                if not (is_repeatable and error.silent and connection.exchanges > 1):
                    raise
            except BaseException:
                self.release(connection)
                raise

    def release(self, connection: Connection) -> None:
        """Take a connection back, whatever became of its exchange."""
        if connection.finish():
            if len(self._idle) < self._most_idle:
                self._idle.append(connection)
            else:
                connection.abort()
        self._give_place()

    def close(self) -> None:
        """Drop the connections that nobody uses."""
        while self._idle:
            self._idle.pop().abort()

    async def _take_place(self) -> None:
        if self._free > 0 and not self._waiting:
            self._free -= 1
            return
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            async with asyncio.timeout(self._idle_seconds):
                await turn
        except TimeoutError:
            self._leave(turn)
            detail = "all connections to upstream are in use"
            raise UpstreamError(detail, status=HTTPStatus.GATEWAY_TIMEOUT, reached=False) from None
        except BaseException:
            self._leave(turn)
            raise

    def _leave(self, turn: asyncio.Future[None]) -> None:
        """Wait no longer; a place that was given in the same moment goes to the next."""
        if turn in self._waiting:
            self._waiting.remove(turn)
        elif not turn.cancelled():
            self._give_place()

    def _give_place(self) -> None:
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1

    async def _connect(self) -> Connection:
        origin, loop = self.origin, asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._connect_seconds):
                _, connection = await loop.create_connection(
                    lambda: Connection(self._idle_seconds), origin.host, origin.port, ssl=self._tls
                )
        except TimeoutError as error:
            detail = "upstream did not take the connection in time"
            raise UpstreamError(detail, status=HTTPStatus.GATEWAY_TIMEOUT, reached=False) from error
        except OSError as error:
            raise UpstreamError(f"upstream cannot be reached: {error}", reached=False) from error
        return connection
