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
import html
import os
import socket
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus
from types import TracebackType
from typing import BinaryIO, Final, Self, cast

from aiohttp import HttpVersion11, StreamReader, hdrs, web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.http import WebSocketReader
from multidict import CIMultiDict, CIMultiDictProxy

from proxy.forwarding import (
    Framing,
    Header,
    Peer,
    end_to_end,
    forwarded_headers,
    head_block,
    origin_form,
    unframed,
)
from proxy.upstream import SWITCHING, Connection, Head, Origin, Pool, UpstreamError

# For web.Server or web.AppRunner in front of a relay.
SERVER_OPTIONS: Final = {"auto_decompress": False, "handler_cancellation": True, "access_log": None}
# Methods that may be sent again when a kept connection turns out to be closed (RFC 9110, 9.2.1 and 9.2.2).
REPEATABLE = frozenset({"GET", "HEAD", "OPTIONS"})
UPGRADE: Final = [(b"Connection", b"upgrade"), (b"Upgrade", b"websocket")]
CHUNKED: Final = (b"Transfer-Encoding", b"chunked")
PIECE = 65_536  # bytes of a spooled body at a time
LAST_CHUNK = b"0\r\n\r\n"
UNTOLD = frozenset({Framing.CHUNKED, Framing.CLOSE})  # no length goes before such a body
RESET = struct.pack("ii", 1, 0)  # SO_LINGER on, no seconds: closing sends a reset

_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>
<body><h1>{title}</h1><p>{text}</p></body></html>
"""
_TEXTS: Final = {
    HTTPStatus.BAD_REQUEST: "The request was not understood.",
    HTTPStatus.METHOD_NOT_ALLOWED: "This server opens no tunnels.",
    HTTPStatus.REQUEST_TIMEOUT: "The request did not arrive in time.",
    HTTPStatus.BAD_GATEWAY: "The site does not answer at the moment. Please try again later.",
    HTTPStatus.GATEWAY_TIMEOUT: "The site takes too long to answer. Please try again later.",
}


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
        self._idle_seconds = idle_seconds
        self._connections = connections
        self._pools: dict[str, Pool] = {}

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
        pool = self._pool(upstream)
        try:
            if isinstance(body, bytes) or (body is None and not request.body_exists):
                return await self._send(request, pool, peer, body)
            if body is None:
                await say_continue(request)
                length = request.headers.get(hdrs.CONTENT_LENGTH)
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
        pool = self._pool(upstream)
        plain = [(name, value) for name, value in headers if name.lower() != b"accept-encoding"]
        about = forwarded_headers(plain, peer) if peer else [_host(pool), *unframed(plain)]
        block = _request_block(method, path, pool, [*about, _length(len(body))])
        try:
            async with asyncio.timeout(timeout):
                connection, head = await _ask(pool, method, block + body, is_repeatable=False)
                try:
                    return Exchange(
                        status=head.status,
                        headers=_readable(head.headers),
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
        is_upgrade = _wants_websocket(request)
        if is_upgrade:
            headers += UPGRADE
        if body is not None or hdrs.CONTENT_LENGTH in request.headers:
            headers.append(_length(len(body or b"")))
        block = _request_block(request.method, request.raw_path, pool, headers) + (body or b"")
        is_repeatable = request.method in REPEATABLE and not body and not is_upgrade
        connection, head = await _ask(pool, request.method, block, is_repeatable=is_repeatable)
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
        connection.begin(request.method, _request_block(request.method, request.raw_path, pool, headers))
        upload = asyncio.create_task(_upload(content, connection, is_chunked=length is None))
        try:
            head = await connection.head()
            return await self._answer(request, connection, head, is_upgrade=False)
        except UpstreamError as error:
            return _page(_blame(error, upload))
        finally:
            upload.cancel()
            pool.release(connection)

    async def _answer(
        self, request: web.BaseRequest, connection: Connection, head: Head, *, is_upgrade: bool
    ) -> web.StreamResponse:
        """Write upstream's answer to the client as it comes."""
        is_tunnel = head.status == SWITCHING
        if is_tunnel and not is_upgrade:
            raise UpstreamError("upstream switches protocols unasked", reached=True)
        is_chunked = not is_tunnel and head.framing in UNTOLD and request.version >= HttpVersion11
        is_alive = (
            request.keep_alive
            and not is_tunnel
            and (is_chunked or head.framing not in UNTOLD)
            and request.content.is_eof()
        )
        headers = end_to_end(head.headers)
        if is_tunnel:
            headers += UPGRADE
            request.protocol.set_parser(cast(WebSocketReader, _Inlet(request, connection)))
        else:
            headers += _connection_headers(request, is_alive=is_alive, is_chunked=is_chunked)
        block = head_block(b"HTTP/1.1 %d %b" % (head.status, head.reason), headers)
        try:
            await self._pass_body(request.writer, connection, block, is_chunked=is_chunked)
        except (UpstreamError, TimeoutError):
            _cut(request)
            is_alive = False
        except ConnectionError:  # the client is gone
            is_alive = False
        return Relayed(head.status, keep_alive=is_alive)

    async def _pass_body(
        self, writer: AbstractStreamWriter, connection: Connection, block: bytes, *, is_chunked: bool
    ) -> None:
        """Write the head with what has come of the body, then the rest piece by piece."""
        data = connection.take()
        while True:
            is_last = connection.is_complete
            if is_chunked:
                data = _chunk(data, is_last=is_last)
            async with asyncio.timeout(self._idle_seconds):
                await writer.write(block + data)
            if is_last:
                return
            block = b""
            data = await connection.read()

    def _pool(self, upstream: str) -> Pool:
        pool = self._pools.get(upstream)
        if pool is None:
            pool = self._pools[upstream] = Pool(
                Origin.of(upstream),
                connect_seconds=self._connect_seconds,
                idle_seconds=self._idle_seconds,
                connections=self._connections,
            )
        return pool


class _Inlet:
    """Takes what the client sends through a tunnel, in the place of aiohttp's WebSocket parser."""

    def __init__(self, request: web.BaseRequest, connection: Connection) -> None:
        self._client = request.transport
        self._connection = connection

    def feed_data(self, data: bytes) -> tuple[bool, bytes]:
        """Send on; while upstream takes no more, read no more."""
        self._connection.write(data)
        drained = self._connection.drained
        if drained is not None and self._client is not None:
            self._client.pause_reading()
            drained.add_done_callback(self._resume)
        return False, b""

    def feed_eof(self) -> None:
        """End the tunnel: the client is gone."""
        self._connection.abort()

    def _resume(self, _: object) -> None:
        if self._client is not None and not self._client.is_closing():
            self._client.resume_reading()


async def _ask(pool: Pool, method: str, block: bytes, *, is_repeatable: bool) -> tuple[Connection, Head]:
    """Send a request and wait for the head of its answer, again if a kept connection was closed meanwhile."""
    while True:
        connection = await pool.acquire(fresh=not is_repeatable)
        try:
            connection.begin(method, block)
            return connection, await connection.head()
        except UpstreamError as error:
            pool.release(connection)
            if not (is_repeatable and error.silent and connection.exchanges > 1):
                raise
        except BaseException:
            pool.release(connection)
            raise


async def _upload(content: StreamReader | Spooled, connection: Connection, *, is_chunked: bool) -> bool:
    """Send a body on as it comes; False if the client did not send it whole."""
    try:
        while data := await content.readany():
            await connection.send(_chunk(data) if is_chunked else data)
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


def _request_block(method: str, target: str, pool: Pool, headers: Iterable[Header]) -> bytes:
    line = b"%b %b HTTP/1.1" % (method.encode(), origin_form(target, pool.origin.base))
    return head_block(line, headers)


def _length(size: int) -> Header:
    return b"Content-Length", b"%d" % size


def _host(pool: Pool) -> Header:
    return b"Host", pool.origin.authority.encode()


def _chunk(data: bytes, *, is_last: bool = False) -> bytes:
    """Frame a piece of a body (RFC 9112, 7.1)."""
    chunk = b"%x\r\n%b\r\n" % (len(data), data) if data else b""
    return chunk + LAST_CHUNK if is_last else chunk


def _connection_headers(request: web.BaseRequest, *, is_alive: bool, is_chunked: bool) -> list[Header]:
    headers = [CHUNKED] if is_chunked else []
    if not is_alive:
        headers.append((b"Connection", b"close"))
    elif request.version < HttpVersion11:
        headers.append((b"Connection", b"keep-alive"))
    return headers


def _wants_websocket(request: web.BaseRequest) -> bool:
    headers = request.headers
    return (
        headers.get(hdrs.UPGRADE, "").lower() == "websocket"
        and request.method == hdrs.METH_GET
        and "upgrade" in ",".join(headers.getall(hdrs.CONNECTION, ())).lower()
    )


def _readable(headers: Iterable[Header]) -> CIMultiDictProxy[str]:
    text = ((name.decode("latin-1"), value.decode("utf-8", "surrogateescape")) for name, value in headers)
    return CIMultiDictProxy(CIMultiDict(text))


def _cut(request: web.BaseRequest) -> None:
    """Close the client's connection with a reset: the answer must not look whole, even to HTTP/1.0."""
    transport = request.transport
    if transport is not None:
        with contextlib.suppress(OSError):
            transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        transport.abort()


def _page(status: HTTPStatus) -> web.Response:
    page = _PAGE.format(title=f"{status.value} {status.phrase}", text=html.escape(_TEXTS[status]))
    response = web.Response(
        status=status, text=page, content_type="text/html", headers={hdrs.CACHE_CONTROL: "no-store"}
    )
    if status < HTTPStatus.INTERNAL_SERVER_ERROR:
        response.force_close()  # what is left of the request is not read
    return response
