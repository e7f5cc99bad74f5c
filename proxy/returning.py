"""The heads of answers: what upstream said, where its body ends, and what the client is told of it.

Pure. Here, too, `glance` reads the plainest heads by one strict expression, and whatever it does not take is
llhttp's; `head_of` is for what that found. `answer_of` says how an answer goes on: as it came, but for what
concerns one connection only.

Follows RFC 9110 (7.6.1) and RFC 9112 (6.3: where a body ends; 7.1: chunks).
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from proxy.forwarding import BODILESS, FIELD, Framing, Header, end_to_end, lines_of, response_framing

SWITCHING = 101
LAST_CHUNK = b"0\r\n\r\n"
UPGRADE: Final = b"Connection: upgrade\r\nUpgrade: websocket\r\n"

NONE, LENGTH, CHUNKED, CLOSE = Framing  # an enum's own look-up is slow
_BODILESS = tuple(b"%d" % status for status in BODILESS)

# At a glance: a length is told once or not at all, what keeps the connection stands before or behind it.
_KEEPING = rb"(?:[Cc]onnection: [Kk]eep-[Aa]live\r\n|[Kk]eep-[Aa]live: %b)*+" % FIELD
_SPECIAL = (
    rb"[CcKkTtUuPp](?i:onnection|ontent-length|eep-alive|e|railer|ransfer-encoding|pgrade|"
    rb"roxy-authenticate|roxy-authorization|roxy-connection):"
)
_OTHERS = rb"(?:(?!%b)[!#$%%&'*+.^_`|~0-9A-Za-z-]++: %b)*+" % (_SPECIAL, FIELD)
_GLANCE = re.compile(
    rb"(HTTP/1\.1 ([2-5][0-9][0-9]) [\t -~\x80-\xff]*+\r\n" + _OTHERS + rb")" + _KEEPING
    + rb"(" + _OTHERS + rb"(?:[Cc]ontent-[Ll]ength: ([0-9]{1,15})\r\n)?+" + _OTHERS + rb")" + _KEEPING
    + rb"(" + _OTHERS + rb"\r\n)"
)  # fmt: skip


class Head(NamedTuple):
    """The head of an answer, and where its body ends: a tuple, since it is made for every request."""

    status: int
    block: bytes  # the lines that go on, each with its end
    framing: Framing
    length: int
    keep_alive: bool


def glance(method: str, data: bytes) -> tuple[Head, int] | None:
    """Read a head of the plainest kind, and say where it ends; None for any other."""
    match = _GLANCE.match(data)
    if match is None:
        return None
    first, status, second, told, third = match.groups()
    is_bodiless = status in _BODILESS or (method == "HEAD" and told is not None)
    if told is None and not is_bodiless:
        return None  # it ends with the connection
    length = 0 if is_bodiless else int(told)
    framing = NONE if is_bodiless else LENGTH
    return Head(int(status), first + second + third[:-2], framing, length, True), match.end()


def head_of(method: str, status: int, reason: bytes, headers: list[Header], *, keep_alive: bool) -> Head:
    """Say what a head means that llhttp has read; a transfer coding that nobody offered is a ValueError."""
    framing, length = (CLOSE, 0) if status == SWITCHING else response_framing(method, status, headers)
    lines = [b"HTTP/1.1 %d %b" % (status, reason), *lines_of(end_to_end(headers)), b""]
    is_kept = keep_alive and framing is not CLOSE
    return Head(status, b"\r\n".join(lines), framing, length, is_kept)


class Answer(NamedTuple):
    """How an answer goes to the client: its head, how its body is framed, what comes after it."""

    block: bytes
    is_chunked: bool
    is_alive: bool  # the client's connection can carry another request


def answer_of(head: Head, *, is_1_1: bool, is_alive: bool) -> Answer:
    """Write the head of an answer for a client that speaks HTTP/1.1, or 1.0, and wants to go on, or not."""
    if head.status == SWITCHING:
        return Answer(head.block + UPGRADE + b"\r\n", is_chunked=False, is_alive=False)
    is_untold = head.framing is CHUNKED or head.framing is CLOSE  # no length goes before such a body
    is_chunked = is_untold and is_1_1
    is_alive = is_alive and (is_chunked or not is_untold)
    framing = b"Transfer-Encoding: chunked\r\n" if is_chunked else b""
    if not is_alive:
        framing += b"Connection: close\r\n"
    elif not is_1_1:
        framing += b"Connection: keep-alive\r\n"
    return Answer(head.block + framing + b"\r\n", is_chunked, is_alive)


def chunk(data: bytes, *, is_last: bool = False) -> bytes:
    """Frame a piece of a body (RFC 9112, 7.1)."""
    piece = b"%x\r\n%b\r\n" % (len(data), data) if data else b""
    return piece + LAST_CHUNK if is_last else piece
