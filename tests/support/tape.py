"""An upstream that writes down every byte that it is sent, and reads its tape strictly."""

from __future__ import annotations

import re
import socketserver

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Tape(socketserver.ThreadingTCPServer):
    """An upstream that answers every request with 'ok' and keeps what it read."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        self._read: list[tuple[bytes, bytes]] = []
        super().__init__(("127.0.0.1", 0), _Connection)

    def requests(self) -> list[tuple[bytes, bytes]]:
        """Give each request's first line and body, in the order in which they came."""
        return list(self._read)

    def keep(self, requests: list[tuple[bytes, bytes]]) -> None:
        """Write down what was read."""
        self._read += requests


class _Connection(socketserver.BaseRequestHandler):
    server: Tape

    def handle(self) -> None:
        tape = bytearray()
        answered = 0
        while piece := self.request.recv(65_536):
            tape += piece
            new = _requests(bytes(tape))[answered:]
            self.server.keep(new)
            self.request.sendall(ANSWER * len(new))
            answered += len(new)


def _requests(tape: bytes) -> list[tuple[bytes, bytes]]:
    """Part a connection's tape strictly into its complete requests, nothing between them."""
    found = []
    while (one := _request(tape)) is not None:
        line, body, tape = one
        found.append((line, body))
    return found


def _request(tape: bytes) -> tuple[bytes, bytes, bytes] | None:
    head, ended, rest = tape.partition(b"\r\n\r\n")
    if not ended:
        return None
    if re.search(rb"(?im)^transfer-encoding: chunked\r?$", head):
        chunks = _chunks(rest)
        return None if chunks is None else (head.split(b"\r\n")[0], *chunks)
    length = re.search(rb"(?im)^content-length: (\d+)\r?$", head)
    size = int(length[1]) if length else 0
    return (head.split(b"\r\n")[0], rest[:size], rest[size:]) if len(rest) >= size else None


def _chunks(rest: bytes) -> tuple[bytes, bytes] | None:
    body = b""
    while b"\r\n" in rest:
        size, _, rest = rest.partition(b"\r\n")
        body += rest[: int(size, 16)]
        rest = rest[int(size, 16) + 2 :]
        if int(size, 16) == 0:
            return body, rest
    return None
