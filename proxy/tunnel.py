"""WebSockets (RFC 6455): a tunnel of bytes between a client that aiohttp serves and upstream."""

from __future__ import annotations

from typing import Final

from aiohttp import hdrs, web

from proxy.forwarding import Header
from proxy.upstream import Connection

UPGRADE: Final[list[Header]] = [(b"Connection", b"upgrade"), (b"Upgrade", b"websocket")]


def wants_websocket(request: web.BaseRequest) -> bool:
    """Whether a request asks for a tunnel. Other upgrades would hide requests from the gate."""
    headers = request.headers
    return (
        headers.get(hdrs.UPGRADE, "").lower() == "websocket"
        and request.method == hdrs.METH_GET
        and "upgrade" in ",".join(headers.getall(hdrs.CONNECTION, ())).lower()
    )


class Inlet:
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
