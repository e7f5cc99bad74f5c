"""Who is asking, and which headers go on: the decisions of a reverse proxy, apart from its sockets.

Pure. Knows bytes of headers and nothing of aiohttp; opens nothing. Headers are pairs of bytes as they
came, so that what is passed on is passed on to the byte. May not decide anything about linkbacks.

Follows RFC 9110 (7.6.1: what concerns one connection only), RFC 9112 (6: where a body ends; 3.2: request
targets), RFC 7239 (Forwarded) and, for X-Forwarded-For, the habit of nginx, Apache and Caddy.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

Header = tuple[bytes, bytes]
Network = IPv4Network | IPv6Network

# RFC 9110, 7.6.1, and 11.7 for the two of proxy authentication.
HOP_BY_HOP = frozenset(
    {
        b"connection",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    }
)
# What we say of a request ourselves: nobody before us may say it. (Expect is answered by the server here.)
OURS = frozenset(
    {
        b"content-length",
        b"expect",
        b"forwarded",
        b"host",
        b"x-forwarded-for",
        b"x-forwarded-host",
        b"x-forwarded-proto",
        b"x-real-ip",
        # WordPress on IIS takes these for the address that is asked for; that is what the request line says.
        b"x-original-url",
        b"x-rewrite-url",
    }
)
DROPPED = HOP_BY_HOP | OURS
_CONNECTION = len(b"connection")
SAID = OURS - {b"content-length", b"expect", b"x-real-ip"}
LONGEST_REMEMBERED = 300  # bytes of such headers
LONGEST_CHAIN = 32  # proxies believed in one request; more is a game with us
UNKNOWN = "unknown"  # RFC 7239, 6.2: the client has no address that we know (a Unix socket)

# A header's value and the end of its line, as bytes of a strict expression: no blank before or behind it.
FIELD = rb"[!-~\x80-\xff][\t -~\x80-\xff]*+(?<![\t ])\r\n"
_HOST = re.compile(r"[A-Za-z0-9._-]{1,255}(:\d{1,5})?|\[[0-9A-Fa-f:.]{2,45}\](:\d{1,5})?")
_ODD_NAME = re.compile(rb"[^0-9A-Za-z-]")  # of a header: servers write it for PHP as they write '-'
_SCHEMES = ("http", "https")
_FORWARDED_PAIR = re.compile(r'\s*([A-Za-z]{1,10})=("[^"\\]{0,300}"|[^\s";,]{0,300})\s*')
_ABSOLUTE_FORM = re.compile(r"https?://[^/?#]*", re.IGNORECASE)
BODILESS = (204, 304)


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """Who is asking, after the trusted proxies were considered."""

    address: str  # the client's IP address, or `UNKNOWN`
    scheme: str  # the public one: http or https
    host: str  # the public Host header, '' if there was none that is a host
    via: tuple[str, ...] = ()  # trusted proxies between the client and us, the nearest last
    lines: bytes = field(init=False, compare=False, repr=False)  # that say so to upstream, each with its end

    def __post_init__(self) -> None:
        lines = b"".join(line + b"\r\n" for line in lines_of(self.introduction))
        object.__setattr__(self, "lines", lines)

    @property
    def introduction(self) -> list[Header]:
        """What upstream is told of who asks."""
        host = self.host.encode()
        address = self.address.encode()
        return [
            (b"Host", host),
            (b"X-Forwarded-For", b", ".join((address, *(proxy.encode() for proxy in self.via)))),
            (b"X-Forwarded-Proto", self.scheme.encode()),
            (b"X-Forwarded-Host", host),
            (b"X-Real-IP", address),
        ]


class Framing(Enum):
    """Where a body ends (RFC 9112, 6.3)."""

    NONE = auto()  # there is none
    LENGTH = auto()  # after Content-Length bytes
    CHUNKED = auto()  # at the last chunk
    CLOSE = auto()  # at the end of the connection


def peer_of(
    remote: str | None, headers: Iterable[Header], trusted: Collection[Network], *, scheme: str = "http"
) -> Peer:
    """Say who is asking: `remote` itself, or whoever a trusted `remote` says it asks for.

    `remote` is the socket's IP address; None or '' is a Unix socket, which only a local proxy can open.
    `scheme` is that of our own listener. X-Forwarded-For goes before Forwarded: proxies that write
    the first pass a client's own Forwarded on.
    """
    said = _wanted(headers)
    is_short = sum(len(value) for _, value in said) <= LONGEST_REMEMBERED
    return (_remembered if is_short else _peer_of)(remote or "", said, frozenset(trusted), scheme)


def peer_in_lines(remote: str, lines: bytes, trusted: Collection[Network]) -> Peer:
    """Say who is asking, given the lines of a head that say so, each with its end."""
    pairs = (line.partition(b": ") for line in lines.split(b"\r\n")[:-1])
    return peer_of(remote, [(name, value) for name, _, value in pairs], trusted)


def _peer_of(remote: str, said_of: tuple[Header, ...], trusted: frozenset[Network], scheme: str) -> Peer:
    fields: dict[bytes, list[str]] = {}
    for name, value in said_of:
        fields.setdefault(name, []).append(value.decode("latin-1"))
    host = _host_or(fields.get(b"host", [""])[-1], "")
    nearest = _address(remote)
    if remote and not _is_trusted(nearest, trusted):
        return Peer(address=str(nearest or UNKNOWN), scheme=scheme, host=host)
    if b"x-forwarded-for" in fields or b"forwarded" not in fields:
        hops = [{"for": text} for text in _elements(fields.get(b"x-forwarded-for", []))]
        said = {
            "proto": _last(fields.get(b"x-forwarded-proto", [])),
            "host": _last(fields.get(b"x-forwarded-host", [])),
        }
        return _walk(nearest, hops, trusted, Peer(address=UNKNOWN, scheme=scheme, host=host), said)
    hops = [_forwarded_pairs(text) for text in _elements(fields[b"forwarded"])]
    return _walk(nearest, hops, trusted, Peer(address=UNKNOWN, scheme=scheme, host=host), {})


# The same clients ask again and again, and say the same of themselves.
_remembered = lru_cache(maxsize=4096)(_peer_of)


def _walk(
    nearest: IPv4Address | IPv6Address | None,
    hops: list[dict[str, str]],
    trusted: Collection[Network],
    fallback: Peer,
    said: dict[str, str],
) -> Peer:
    """Go from the nearest proxy towards the client, as far as each one is trusted."""
    chain = [] if nearest is None else [str(nearest)]
    for hop in reversed(hops):
        address = _address(hop.get("for", ""))
        if address is None:
            break
        chain.insert(0, str(address))
        said = said | hop
        if not _is_trusted(address, trusted):
            break
    scheme = said.get("proto", "").lower()
    return Peer(
        address=chain[0] if chain else fallback.address,
        scheme=scheme if scheme in _SCHEMES else fallback.scheme,
        host=_host_or(said.get("host", ""), fallback.host),
        via=tuple(chain[1:]),
    )


def _wanted(headers: Iterable[Header]) -> tuple[Header, ...]:
    """Give what is said of the client, the names in lower case."""
    named = ((name.lower(), value) for name, value in headers)
    return tuple(header for header in named if header[0] in SAID)


def _elements(values: list[str]) -> list[str]:
    return ",".join(values).rsplit(",", LONGEST_CHAIN)[-LONGEST_CHAIN:]


def _last(values: list[str]) -> str:
    return values[-1].rsplit(",", 1)[-1].strip() if values else ""


def _forwarded_pairs(element: str) -> dict[str, str]:
    pairs = (_FORWARDED_PAIR.fullmatch(pair) for pair in element.split(";"))
    return {match[1].lower(): match[2].strip('"') for match in pairs if match}


def _host_or(text: str, otherwise: str) -> str:
    return text if _HOST.fullmatch(text) else otherwise


@lru_cache(maxsize=4096)  # the same proxies ask again and again; reading an address costs more than the rest
def _address(text: str) -> IPv4Address | IPv6Address | None:
    """Read an address as proxies write it: bare, with a port, in brackets, IPv4 inside IPv6."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].split("]", 1)[0]
    elif text.count(":") == 1:
        text = text.split(":", 1)[0]
    try:
        address = ip_address(text.split("%", 1)[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _is_trusted(address: IPv4Address | IPv6Address | None, trusted: Collection[Network]) -> bool:
    return address is not None and any(address in network for network in trusted)


def end_to_end(headers: Sequence[Header]) -> list[Header]:
    """Leave out what concerns one connection only, and what Connection names (RFC 9110, 7.6.1)."""
    dropped = HOP_BY_HOP | _named_by_connection(headers)
    return [header for header in headers if header[0].lower() not in dropped]


def _named_by_connection(headers: Sequence[Header]) -> set[bytes]:
    values = [value for name, value in headers if len(name) == _CONNECTION and name.lower() == b"connection"]
    return {token.strip().lower() for value in values for token in value.split(b",")}


def forwarded_headers(headers: Sequence[Header], peer: Peer) -> list[Header]:
    """Give the headers of a request as upstream is to see them, without those that frame a body."""
    return [*peer.introduction, *unframed(headers)]


def unframed(headers: Sequence[Header]) -> list[Header]:
    """Leave out, besides what concerns one connection only, whatever it is ours to say.

    Behind some server PHP reads `X_Forwarded_For` or `X.Forwarded.For` as it reads `X-Forwarded-For`, so all
    spellings are ours.
    """
    dropped = DROPPED | _named_by_connection(headers)
    kept = [header for header in headers if header[0].lower() not in dropped]
    if any(_ODD_NAME.search(name) for name, _ in kept):
        kept = [header for header in kept if _ODD_NAME.sub(b"-", header[0].lower()) not in OURS]
    return kept


def origin_form(target: str, base: str = "") -> bytes:
    """Give the request target as upstream is asked for it: to the byte, but for `http://host` before it.

    `target` is as aiohttp gives it: undecodable bytes as surrogates. `base` is upstream's own path.
    """
    absolute = _ABSOLUTE_FORM.match(target)
    if absolute:
        target = target[absolute.end() :]
        target = target if target.startswith("/") else "/" + target
    return (target if target == "*" else base + target).encode("utf-8", "surrogateescape")


def lines_of(headers: Iterable[Header]) -> list[bytes]:
    """Write headers as lines, without their ends."""
    return [name + b": " + value for name, value in headers]


def head_block(start_line: bytes, headers: Iterable[Header]) -> bytes:
    """Write the head of a message (RFC 9112, 2.1)."""
    return b"\r\n".join([start_line, *lines_of(headers), b"", b""])


def response_framing(method: str, status: int, headers: Iterable[Header]) -> tuple[Framing, int]:
    """Say where the body of an answer ends, and after how many bytes (RFC 9112, 6.3).

    A transfer coding other than chunked is a ValueError.
    """
    if method == "HEAD" or status in BODILESS:
        return Framing.NONE, 0
    length = None
    for name, value in headers:
        key = name.lower()
        if key == b"transfer-encoding":
            if value.lower() != b"chunked":  # nothing else was offered (RFC 9110, 10.1.4)
                raise ValueError(f"unknown transfer coding: {value!r}")
            return Framing.CHUNKED, 0
        if key == b"content-length":
            length = int(value)
    return (Framing.CLOSE, 0) if length is None else (Framing.LENGTH, length)


def raw(headers: Iterable[tuple[str, str]]) -> list[Header]:
    """Write headers of our own as bytes."""
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
