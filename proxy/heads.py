"""The heads of plain requests: what is asked for, who asks, and which lines of them upstream is to see.

Pure. Two readers, which take for the same whatever both take. `glance` takes the plainest heads only, by one
strict expression: a page to read, in HTTP/1.1. `read` asks llhttp (through httptools), and takes a body of
told length too. What neither takes is aiohttp's to judge. May not decide what is a linkback.

Follows RFC 9112. Bounds: `MOST_HEADERS`; whoever calls bounds the head.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final, NamedTuple

import httptools

from proxy.forwarding import FIELD, Header, Network, Peer, lines_of, peer_in_lines, peer_of, unframed

END_OF_HEAD = b"\r\n\r\n"
MOST_HEADERS = 100
PLAIN: Final = (b"GET ", b"HEAD ", b"POST ", b"PUT ", b"PATCH ")
READING = frozenset({"GET", "HEAD"})
# Headers that make a request more than plain; `host` must stand there once.
ODD = frozenset({b"transfer-encoding", b"expect", b"upgrade", b"http2-settings"})
# What readers of heads disagree about: line ends that are none, folded lines, NUL.
_DOUBTFUL = re.compile(rb"\r(?!\n)|(?<!\r)\n|\r\n[ \t]|\0")
_LENGTH = re.compile(rb"[0-9]{1,15}")

# At a glance: Host comes first, then lines that go on and, in two places at most, what is ours to say or to
# leave out. Whatever else is special is not there, nor a name of more than letters, digits and `-`, which may
# be another one to PHP.
_SAID = rb"[Xx]-[Ff]orwarded-(?:[Ff]or|[Pp]roto|[Hh]ost)|[Ff]orwarded|[Xx]-[Rr]eal-(?i:ip)"
_OURS = rb"((?:(?:%b): %b|[Cc]onnection: [Kk]eep-[Aa]live\r\n)*+)" % (_SAID, FIELD)
_SPECIAL = (  # and some names more, which do no harm
    rb"[CcEeFfHhKkPpTtUuXx](?i:ost|onnection|eep-alive|e|railer|ransfer-encoding|pgrade|roxy-[a-z]+|xpect|"
    rb"ontent-length|orwarded|-forwarded-[a-z]+|-real-ip|-original-url|-rewrite-url|-http-method-override|"
    rb"ttp2-settings):"
)
_OTHERS = rb"((?:(?!%b)[0-9A-Za-z-]++: %b)*+)" % (_SPECIAL, FIELD)
_GLANCE = re.compile(
    rb"(GET|HEAD) (/[!-~]*+) HTTP/1\.1\r\n([Hh]ost: %b)" % FIELD
    + _OTHERS + _OURS + _OTHERS + _OURS + _OTHERS + rb"\r\n"
)  # fmt: skip


class Asked(NamedTuple):
    """A plain request's head: a tuple, since it is made for every request."""

    method: str
    target: bytes  # begins with '/'
    said: bytes  # at a glance: the lines that say who asks
    headers: list[Header]  # otherwise: all, as they came
    lines: bytes  # that go on, each with its end
    length: int  # of the body
    is_1_1: bool
    is_alive: bool  # the connection can carry another request

    @property
    def is_reading(self) -> bool:
        """Whether it has no effect and no body."""
        return self.method in READING

    def peer(self, remote: str, trusted: Collection[Network]) -> Peer:
        """Say who asks, through the socket of `remote`."""
        if self.said:
            return peer_in_lines(remote, self.said, trusted)
        return peer_of(remote, self.headers, trusted)


def glance(head: bytes) -> Asked | None:
    """Read a head of the plainest kind, its end included; None for any other."""
    match = _GLANCE.fullmatch(head)
    if match is None or head.count(b"\r\n") > MOST_HEADERS + 2:
        return None
    method, target, host, first, ours, second, more, third = match.groups()
    said = host + ours + more if ours else host
    return Asked(method.decode(), target, said, [], first + second + third, 0, True, True)


def may_be_plain(data: bytes) -> bool:
    """Whether what has come of a head can become that of a plain request."""
    return any(plain.startswith(data[: len(plain)]) for plain in PLAIN)


def read(head: bytes) -> Asked | None:
    """Read a head by llhttp; None if the request is more than plain, or no request."""
    if not head.startswith(PLAIN) or _DOUBTFUL.search(head):
        return None
    reading = _Reading()
    try:
        reading.parser.feed_data(head)
    except (httptools.HttpParserError, httptools.HttpParserUpgrade):
        return None
    names = [name.lower() for name, _ in reading.headers]
    if not (reading.target.startswith(b"/") and len(names) <= MOST_HEADERS):
        return None
    if names.count(b"host") != 1 or not ODD.isdisjoint(names):
        return None
    return _asked(
        reading, [reading.headers[n][1] for n, name in enumerate(names) if name == b"content-length"]
    )


def _asked(reading: _Reading, lengths: list[bytes]) -> Asked | None:
    """See that what has a body says once, and what has none does not, how long it is."""
    method = reading.parser.get_method().decode()
    if method in READING:
        length = 0 if not lengths else None
    else:
        length = int(lengths[0]) if len(lengths) == 1 and _LENGTH.fullmatch(lengths[0]) else None
    if length is None or reading.is_whole != (length == 0):
        return None
    headers = unframed(reading.headers)
    if lengths:
        headers.append((b"Content-Length", b"%d" % length))
    lines = b"".join(line + b"\r\n" for line in lines_of(headers))
    return Asked(
        method, reading.target, b"", reading.headers, lines, length, reading.is_1_1, reading.is_alive
    )


class _Reading:
    """What llhttp finds in a head."""

    def __init__(self) -> None:
        self.parser = httptools.HttpRequestParser(self)
        self.target = b""
        self.headers: list[Header] = []
        self.is_1_1 = self.is_alive = self.is_whole = False

    def on_url(self, target: bytes) -> None:
        """See httptools.HTTPProtocol."""
        self.target += target

    def on_header(self, name: bytes, value: bytes) -> None:
        """See httptools.HTTPProtocol."""
        self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        """See httptools.HTTPProtocol."""
        self.is_1_1 = self.parser.get_http_version() == "1.1"
        self.is_alive = self.parser.should_keep_alive()  # llhttp forgets it at the end of the message

    def on_message_complete(self) -> None:
        """See httptools.HTTPProtocol."""
        self.is_whole = True
