"""The passage of one plain request to upstream and of its answer back, driven by callbacks alone.

A task and its futures cost more than all that is done for a page, so there is none where a kept connection is
at hand: what comes at one end goes out at the other, in the same turn of the loop. A body of told length goes
through likewise. While one end takes less than comes, the other is read no further, so memory is bounded.

May not answer anything itself: its client is told what went wrong. Bounds: those of `pool` and `upstream`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from http import HTTPStatus
from typing import Protocol

from proxy.forwarding import Peer
from proxy.heads import Asked
from proxy.pool import Pool
from proxy.returning import SWITCHING, Answer, answer_of, chunk
from proxy.upstream import Connection, UpstreamError


class Client(Protocol):
    """Who asked: what a passage needs of a client's connection."""

    is_full: bool  # it takes less than comes
    is_last: bool  # no other request will be served on its connection
    write: Callable[[bytes], None]  # sends a piece of the answer

    def hold(self) -> None:
        """Read no more for now."""

    def go_on(self) -> None:
        """Read on."""

    def done(self, *, is_alive: bool, is_read: bool) -> None:
        """Hear that the answer is out; whether another may follow, and whether the request's body is read."""

    def fail(self, status: HTTPStatus, *, is_head: bool, is_read: bool) -> None:
        """Hear that there will be no answer to a request, which was a HEAD."""

    def cut(self) -> None:
        """Hear that the answer broke off."""


class Passage:
    """One exchange. Its methods are upstream's connection's and the client's to call; it waits for nobody."""

    __slots__ = (
        "_answer", "_asked", "_block", "_client", "_connection", "_missing", "_pool", "_task",
    )  # fmt: skip

    def __init__(self, client: Client, pool: Pool, asked: Asked, peer: Peer) -> None:
        self._client = client
        self._pool = pool
        self._asked = asked
        self._block = block_of(asked, pool.base, peer)
        self._missing = asked.length  # bytes of the body that are still to come
        self._answer: Answer | None = None
        self._connection: Connection | None = None
        self._task: asyncio.Task[None] | None = None

    # What the client calls

    def begin(self, body: bytes) -> bytes:
        """Ask upstream, with what has come of the body; give what stands behind that."""
        if self._missing:
            body = self.feed(body)
            if self._missing:
                self._client.hold()  # until there is a connection
        self._find_connection()
        return body

    def feed(self, data: bytes) -> bytes:
        """Send on what came of the body; give what stands behind it, which may be all."""
        if not self._missing:
            return data
        piece = data[: self._missing]
        self._missing -= len(piece)
        if self._connection is None:
            self._block += piece
        else:
            self._connection.write(piece)
        return data[len(piece) :]

    def drop(self) -> None:
        """End the exchange: the client is gone."""
        if self._task is not None:
            self._task.cancel()
        if self._connection is not None:
            self._connection.abort()
            self._release(self._connection)

    # What upstream's connection calls, and the client when it takes more again

    def news(self) -> None:
        """Pass on what has come."""
        connection = self._connection
        if connection is None:
            return
        answer, head = self._answer, connection.arrived
        error = None if connection.is_complete else connection.broken
        if head is None:
            if error is not None:
                self._give_up(connection, error)
        elif head.status == SWITCHING:
            self._give_up(connection, UpstreamError("upstream switches protocols unasked", reached=True))
        elif error is not None:
            self._release(connection)
            self._client.cut()
        elif self._client.is_full and not connection.is_complete:
            return  # what is whole goes out at once, and its connection is free
        elif answer is None:
            is_alive = self._asked.is_alive and not self._missing and not self._client.is_last
            self._answer = answer = answer_of(head, is_1_1=self._asked.is_1_1, is_alive=is_alive)
            self._pass_on(connection, answer, answer.block)
        else:
            self._pass_on(connection, answer, b"")

    def hold(self) -> None:
        """Upstream takes less than comes."""
        if self._missing:
            self._client.hold()

    def go_on(self) -> None:
        """Upstream takes more again."""
        self._client.go_on()

    # How it goes

    def _find_connection(self) -> None:
        connection = self._pool.idle() if self._asked.is_reading else None
        if connection is None:
            self._task = asyncio.get_running_loop().create_task(self._wait_for_connection())
        else:
            self._connection = connection
            connection.begin(self._asked.method, self._block, self)

    async def _wait_for_connection(self) -> None:
        try:
            connection = await self._pool.acquire(fresh=not self._asked.is_reading)
        except UpstreamError as error:
            self._task = None
            self._fail(error.status)
            return
        self._task, self._connection = None, connection
        if self._missing:
            self._client.go_on()
        connection.begin(self._asked.method, self._block, self)  # may have it held again

    def _pass_on(self, connection: Connection, answer: Answer, block: bytes) -> None:
        is_last = connection.is_complete
        data = connection.take()
        if answer.is_chunked:
            data = chunk(data, is_last=is_last)
        if block or data:
            self._client.write(block + data)
        if is_last:
            self._end(connection, answer)

    def _end(self, connection: Connection, answer: Answer) -> None:
        if self._missing:
            connection.abort()  # upstream would take the next request for the rest of this body
        self._connection = None
        self._pool.release(connection)
        self._client.done(is_alive=answer.is_alive, is_read=not self._missing)

    def _give_up(self, connection: Connection, error: UpstreamError) -> None:
        """Ask again, where a kept connection turned out to be closed and that does no harm; else say so."""
        self._release(connection)
        if self._asked.is_reading and error.silent and connection.exchanges > 1:
            self._find_connection()
        elif self._missing and error.status is HTTPStatus.GATEWAY_TIMEOUT:
            self._fail(HTTPStatus.REQUEST_TIMEOUT)
        else:
            self._fail(error.status)

    def _fail(self, status: HTTPStatus) -> None:
        self._client.fail(status, is_head=self._asked.method == "HEAD", is_read=not self._missing)

    def _release(self, connection: Connection) -> None:
        self._connection = None
        self._pool.release(connection)


def block_of(asked: Asked, base: bytes, peer: Peer) -> bytes:
    """Write the head of a request to upstream, whose own path is `base`."""
    line = asked.method.encode(), base, asked.target
    return b"%b %b%b HTTP/1.1\r\n%b%b\r\n" % (*line, peer.lines, asked.lines)
