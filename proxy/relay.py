"""The relay: passes everything that is no linkback to upstream and back, untouched and streamed.

A request's target, headers and body, and an answer's status line, headers and body, go on byte for byte; only
what HTTP says concerns one connection is left out or written anew (see `proxy.forwarding`). Each
body is framed anew from what was parsed, so no two readers can disagree about where it ends. May not look
into bodies, follow redirects, keep cookies, decompress, or repeat a request that may have had an effect.

Follows RFC 9110 and RFC 9112; a WebSocket (RFC 6455) becomes a tunnel of bytes. The server must be made with
`SERVER_OPTIONS`: it may not decompress requests, and it must cancel the handler when the client hangs up.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import struct
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from http import HTTPStatus
from types import TracebackType
from typing import BinaryIO, Final, Self, cast

from aiohttp import HttpVersion11, StreamReader, hdrs, web
from aiohttp.http import WebSocketReader
from multidict import CIMultiDict, CIMultiDictProxy

from proxy.excuses import page_of
from proxy.forwarding import Header, Peer, forwarded_headers, head_block, origin_form, unframed
from proxy.pool import REPEATABLE, Origin, Pool
from proxy.returning import LAST_CHUNK, SWITCHING, Answer, Head, answer_of, chunk
from proxy.tunnel import UPGRADE, Inlet, wants_websocket
from proxy.upstream import Connection, UpstreamError

# For web.Server or web.AppRunner in front of a relay.
KEPT_SECONDS = 75.0  # a client's connection, without a whole request: as nginx
SERVER_OPTIONS: Final = {
    "auto_decompress": False,
    "handler_cancellation": True,
    "keepalive_timeout": KEPT_SECONDS,
    "access_log": None,
}
CHUNKED: Final = (b"Transfer-Encoding", b"chunked")
PIECE = 65_536  # bytes of a spooled body at a time
RESET = struct.pack("ii", 1, 0)  # SO_LINGER on, no seconds: closing sends a reset


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """A whole answer of upstream, its body bounded and not compressed."""

    status: int
    headers: CIMultiDictProxy[str]
    body: bytes


class Relayed(web.StreamResponse):
    """An answer whose bytes the relay has written to the client already."""

    def __init__(self, status: int, *, keep_alive: bool) -> None:
        super().__init__(status=status)
        self._alive = keep_alive

    @property
    def keep_alive(self) -> bool | None:
        """Whether the client's connection can carry another request."""
        return self._alive

    async def prepare(self, request: web.BaseRequest) -> None:
        """Do nothing: the head is out."""

    async def write_eof(self, data: bytes = b"") -> None:
        """Do nothing: the body is out."""


class Spooled:
    """A body that waits in a file, read piece by piece like one that comes."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._is_begun = False

    async def readany(self) -> bytes:
        """Return the next piece, b'' at the end. Files of the spool are in the page cache."""
        if not self._is_begun:
            self._file.seek(0)
            self._is_begun = True
        return self._file.read(PIECE)


class Relay:
    """Sends requests to upstreams over its own connections. An asynchronous context manager."""

    def __init__(
        self, *, connect_seconds: float = 5, idle_seconds: float = 120, connections: int = 100
    ) -> None:
        self._connect_seconds = connect_seconds
        self.idle_seconds = idle_seconds
        self._connections = connections
        self._pools: dict[tuple[str, bool], Pool] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for pool in self._pools.values():
            pool.close()

    async def relay(
        self, request: web.BaseRequest, *, upstream: str, peer: Peer, body: bytes | BinaryIO | None = None
    ) -> web.StreamResponse:
        """Pass a request on and its answer back; `body` is given where it was read, or spooled, already."""
        if request.method == hdrs.METH_CONNECT:
            return _page(HTTPStatus.METHOD_NOT_ALLOWED)
        pool = self.pool(upstream, is_slow=wants_websocket(request))
        try:
            if isinstance(body, bytes) or (body is None and not request.body_exists):
                return await self._send(request, pool, peer, body)
            if body is None:
                await say_continue(request)
                length = request.headers.get(hdrs.CONTENT_LENGTH)
                pool = self.pool(upstream, is_slow=True)
                return await self._stream(request, pool, peer, request.content, length)
            return await self._stream(request, pool, peer, Spooled(body), str(body.seek(0, os.SEEK_END)))
        except UpstreamError as error:
            return _page(error.status)

    async def exchange(
        self,
        *,
        upstream: str,
        method: str,
        path: str,
        headers: Iterable[Header],
        body: bytes,
        peer: Peer | None,
        timeout: float,  # noqa: ASYNC109
        max_bytes: int,
    ) -> Exchange:
        """Make one whole exchange within `timeout` seconds, or raise UpstreamError."""
        pool = self.pool(upstream)
        plain = [(name, value) for name, value in headers if name.lower() != b"accept-encoding"]
        about = forwarded_headers(plain, peer) if peer else [_host(pool), *unframed(plain)]
        block = request_block(method, path, pool, [*about, _length(len(body))])
        try:
            async with asyncio.timeout(timeout):
                connection, head = await pool.ask(method, block + body, is_repeatable=False)
                try:
                    return Exchange(
                        status=head.status,
                        headers=_readable(head.block),
                        body=await _whole(connection, max_bytes),
                    )
                finally:
                    pool.release(connection)
        except TimeoutError as error:
            detail = f"upstream did not answer within {timeout:g} s"
            raise UpstreamError(detail, status=HTTPStatus.GATEWAY_TIMEOUT, reached=True) from error

    async def _send(
        self, request: web.BaseRequest, pool: Pool, peer: Peer, body: bytes | None
    ) -> web.StreamResponse:
        """Relay a request whose body, if any, is at hand."""
        headers = forwarded_headers(request.raw_headers, peer)
        is_upgrade = wants_websocket(request)
        if is_upgrade:
            headers += UPGRADE
        if body is not None or hdrs.CONTENT_LENGTH in request.headers:
            headers.append(_length(len(body or b"")))
        block = request_block(request.method, request.raw_path, pool, headers) + (body or b"")
        is_repeatable = request.method in REPEATABLE and not body and not is_upgrade
        connection, head = await pool.ask(request.method, block, is_repeatable=is_repeatable)
        try:
            return await self._answer(request, connection, head, is_upgrade=is_upgrade)
        finally:
            pool.release(connection)

    async def _stream(
        self,
        request: web.BaseRequest,
        pool: Pool,
        peer: Peer,
        content: StreamReader | Spooled,
        length: str | None,
    ) -> web.StreamResponse:
        """Relay a request whose body comes while it is sent on; upstream may answer before its end."""
        framing = CHUNKED if length is None else _length(int(length))
        headers = [*forwarded_headers(request.raw_headers, peer), framing]
        connection = await pool.acquire(fresh=True)
        connection.begin(request.method, request_block(request.method, request.raw_path, pool, headers))
        upload = asyncio.create_task(_upload(content, connection, is_chunked=length is None))
        try:
            head = await connection.head()
            return await self._answer(request, connection, head, is_upgrade=False)
        except UpstreamError as error:
            return _page(_blame(error, upload))
        finally:
            if not upload.done():
                connection.abort()  # upstream would take the next request for the rest of this body
            upload.cancel()
            pool.release(connection)

    async def _answer(
        self, request: web.BaseRequest, connection: Connection, head: Head, *, is_upgrade: bool
    ) -> web.StreamResponse:
        """Write upstream's answer to the client as it comes."""
        if head.status == SWITCHING:
            if not is_upgrade:
                raise UpstreamError("upstream switches protocols unasked", reached=True)
            request.protocol.set_parser(cast(WebSocketReader, Inlet(request, connection)))
        answer = answer_of(
            head,
            is_1_1=request.version >= HttpVersion11,
            is_alive=request.keep_alive and request.content.is_eof(),
        )
        is_whole = False
        try:
            await pass_body(request.writer.write, connection, answer, self.idle_seconds)
            is_whole = True
        except (UpstreamError, TimeoutError):
            cut(request.transport)
        except ConnectionError:  # the client is gone
            pass
        return Relayed(head.status, keep_alive=answer.is_alive and is_whole)

    def pool(self, upstream: str, *, is_slow: bool = False) -> Pool:
        """Give the connections to an upstream.

        What lasts as long as its client likes, an upload that comes or a tunnel, has places of its own: a
        hundred clients that send a byte a minute would keep all readers out.
        """
        pool = self._pools.get((upstream, is_slow))
        if pool is None:
            pool = self._pools[upstream, is_slow] = Pool(
                Origin.of(upstream),
                connect_seconds=self._connect_seconds,
                idle_seconds=self.idle_seconds,
                connections=self._connections,
                kept=0 if is_slow else self._connections,  # what is slow begins on a new one
            )
        return pool


async def _upload(content: StreamReader | Spooled, connection: Connection, *, is_chunked: bool) -> bool:
    """Send a body on as it comes; False if the client did not send it whole."""
    try:
        while data := await content.readany():
            await connection.send(chunk(data) if is_chunked else data)
        if is_chunked:
            connection.write(LAST_CHUNK)
    except UpstreamError:
        return True  # whoever waits for the answer hears it too
    except (web.RequestPayloadError, ConnectionError):
        connection.abort()
        return False
    return True


def _blame(error: UpstreamError, upload: asyncio.Task[bool]) -> HTTPStatus:
    """Say whose fault it is that an exchange broke while a body was sent."""
    if upload.done():
        return error.status if upload.result() else HTTPStatus.BAD_REQUEST
    if error.status is HTTPStatus.GATEWAY_TIMEOUT:
        return HTTPStatus.REQUEST_TIMEOUT
    return error.status


async def _whole(connection: Connection, max_bytes: int) -> bytes:
    body = bytearray()
    while data := await connection.read():
        body += data
        if len(body) > max_bytes:
            raise UpstreamError(f"upstream's answer is longer than {max_bytes} bytes", reached=True)
    return bytes(body)


async def say_continue(request: web.BaseRequest) -> None:
    """Ask for the body, as nginx does, before upstream is asked; web.Application has done so already."""
    expects = request.headers.get(hdrs.EXPECT, "").lower() == "100-continue"
    if expects and request.version >= HttpVersion11 and not isinstance(request, web.Request):
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        request.writer.output_size = 0  # nothing of the answer is out yet


def request_block(method: str, target: str, pool: Pool, headers: Iterable[Header]) -> bytes:
    """Write the head of a request to upstream."""
    line = b"%b %b HTTP/1.1" % (method.encode(), origin_form(target, pool.origin.base))
    return head_block(line, headers)


def _length(size: int) -> Header:
    return b"Content-Length", b"%d" % size


def _host(pool: Pool) -> Header:
    return b"Host", pool.origin.authority.encode()


async def pass_body(
    write: Callable[[bytes], Awaitable[None] | None],
    connection: Connection,
    answer: Answer,
    idle_seconds: float,
) -> None:
    """Write the head with what has come of the body, then the rest piece by piece.

    `write` gives something to wait for, or None while the client takes what comes.
    """
    block, data = answer.block, connection.take()
    while True:
        is_last = connection.is_complete
        if answer.is_chunked:
            data = chunk(data, is_last=is_last)
        if (taken := write(block + data)) is not None:
            async with asyncio.timeout(idle_seconds):
                await taken
        if is_last:
            return
        block = b""
        data = await connection.read()


def _readable(block: bytes) -> CIMultiDictProxy[str]:
    pairs = (line.partition(b": ") for line in block.split(b"\r\n")[1:-1])
    text = ((name.decode("latin-1"), value.decode("utf-8", "surrogateescape")) for name, _, value in pairs)
    return CIMultiDictProxy(CIMultiDict(text))


def cut(transport: asyncio.Transport | None) -> None:
    """Close a client's connection with a reset: the answer must not look whole, even to HTTP/1.0."""
    if transport is not None:
        with contextlib.suppress(OSError):
            transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        transport.abort()


def _page(status: HTTPStatus) -> web.Response:
    headers = {hdrs.CACHE_CONTROL: "no-store"}
    response = web.Response(status=status, text=page_of(status), content_type="text/html", headers=headers)
    if status < HTTPStatus.INTERNAL_SERVER_ERROR:
        response.force_close()  # what is left of the request is not read
    return response
