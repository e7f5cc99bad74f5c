"""One HTTP request to a stranger's server, through a guard at the socket.

I/O. Sends no cookies, credentials or referrer, obeys no proxy variables, follows no redirect, and keeps no
connection. The guard sees the address that is really connected to, after every resolution, so there is
no gap between checking and connecting. Every input is bounded here: seconds, headers, bytes on the wire
and after decompression. Raises `HopError` and nothing else.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import aiohttp
import yarl
from aiohttp.abc import AbstractResolver

from proxy.addresses import IPNetwork, check
from proxy.inflate import ACCEPTED, BrokenEncodingError, Inflater
from proxy.linkback import FetchReason
from proxy.urls import Parts

READ_BUFFER = 65_536
MAX_ADDRESSES = 4  # of one name that are tried: a name may have hundreds, and each may be a victim
MAX_HEADERS = 100
MAX_HEADER = 8_190  # bytes of one header, as in most servers

# Content types whose documents have links; none at all is read as HTML.
PAGES = frozenset({"", "text/html", "application/xhtml+xml", "application/xml", "text/xml"})
READ = PAGES | {"text/plain"}  # robots.txt

AddressInfo = tuple[int | socket.AddressFamily, int | socket.SocketKind, int, str, tuple[object, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchLimits:
    """How far, how long, how much and how often; the defaults are the configuration's."""

    connect_seconds: float = 5.0  # name resolution and TLS included
    first_byte_seconds: float = 10.0  # also between any two pieces
    total_seconds: float = 20.0  # of everything, waiting and redirects included
    max_bytes: int = 2_000_000  # after decompression; a longer page is cut
    max_wire_bytes: int = 1_000_000  # of the body; its framing is bounded by the seconds
    max_redirects: int = 5
    user_agent: str = "LinkbackProxy/0.1 (verifies links to a blog; +https://github.com/linkback-proxy)"
    allow_networks: tuple[IPNetwork, ...] = ()  # beyond the public ones
    allow_ports: frozenset[int] | None = frozenset({80, 443, 8080})  # None is any
    concurrency: int = 50
    concurrency_per_host: int = 2
    per_second: int = 50
    per_host_per_minute: int = 30  # host: registrable domain
    per_address_per_minute: int = 120  # IP address: many domains may point to one victim
    per_path_per_minute: int = 10  # one path of a host, whatever its query
    negative_seconds: float = 60.0  # how long a failure is remembered
    positive_seconds: float = 30.0  # how long a page is, for further linkbacks from it
    honour_robots: bool = True


class HopError(Exception):
    """There is no answer to use; `reason` says why, and the message is for the owner."""

    def __init__(self, reason: FetchReason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A server's answer, its body decompressed and cut at the limit."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""
    truncated: bool = False


@dataclass(slots=True)
class Guard:
    """Makes sockets for permitted addresses and ports only; remembers what it refused."""

    limits: FetchLimits
    may_connect: Callable[[str], bool]  # asked once an address; says no when it had its share
    refused: list[str] = field(default_factory=list)
    tried: set[str] = field(default_factory=set)
    is_busy: bool = False

    def socket(self, info: AddressInfo) -> socket.socket:
        """Make the socket for one resolved address, or raise PermissionError."""
        family, kind, protocol, _, sockaddr = info
        address, port = str(sockaddr[0]), sockaddr[1]
        if self.limits.allow_ports is not None and port not in self.limits.allow_ports:
            self._refuse(f"port {port} is not allowed")
        if denial := check(address, self.limits.allow_networks):
            self._refuse(f"{address} is {denial.value}")
        if address in self.tried:  # the library tries again where a server hangs up: once is enough
            raise ConnectionResetError(f"{address} hung up without an answer")
        if len(self.tried) >= MAX_ADDRESSES:
            raise PermissionError(f"{MAX_ADDRESSES} of its addresses take no connection")
        self.tried.add(address)
        if not self.may_connect(address):
            self.is_busy = True
            raise PermissionError(f"{address} was asked often enough")
        return socket.socket(family, kind, protocol)

    def _refuse(self, why: str) -> None:
        self.refused.append(why)
        raise PermissionError(why)


async def request(
    url: Parts, *, headers: Mapping[str, str], guard: Guard, resolver: AbstractResolver, max_bytes: int
) -> Answer:
    """Send one GET and read its answer within the limits."""
    limits = guard.limits
    timeout = aiohttp.ClientTimeout(
        total=limits.total_seconds, connect=limits.connect_seconds, sock_read=limits.first_byte_seconds
    )
    try:
        async with (
            _session(guard, resolver, timeout) as session,
            session.get(
                _verbatim(url), headers={**headers, "Accept-Encoding": ACCEPTED}, allow_redirects=False
            ) as response,
        ):
            return await _read(response, limits, max_bytes)
    except (aiohttp.ClientError, OSError, TimeoutError, BrokenEncodingError, ValueError) as error:
        raise _translated(error, guard) from error


def _session(
    guard: Guard, resolver: AbstractResolver, timeout: aiohttp.ClientTimeout
) -> aiohttp.ClientSession:
    """Make a session for this one request: nothing of one stranger's server reaches another."""
    connector = aiohttp.TCPConnector(
        socket_factory=guard.socket, resolver=resolver, use_dns_cache=False, force_close=True
    )
    return aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=timeout,
        auto_decompress=False,
        trust_env=False,
        read_bufsize=READ_BUFFER,
        max_line_size=MAX_HEADER,
        max_field_size=MAX_HEADER,
        max_headers=MAX_HEADERS,
    )


def _verbatim(url: Parts) -> yarl.URL:
    """Keep the library from spelling the address in its own way."""
    return yarl.URL(str(url), encoded=True)


async def _read(response: aiohttp.ClientResponse, limits: FetchLimits, max_bytes: int) -> Answer:
    """Read the body of a page; of any other answer only the head."""
    if not (is_success(response.status) and media_type(response.headers) in READ):
        return Answer(status=response.status, headers=response.headers)
    inflater = Inflater(response.headers.get("Content-Encoding", ""), max_bytes)
    pieces, on_wire = [], 0
    async for piece in response.content.iter_any():
        on_wire += len(piece)
        pieces.append(inflater.feed(piece))
        if inflater.is_full or on_wire > limits.max_wire_bytes:
            return Answer(
                status=response.status, headers=response.headers, body=b"".join(pieces), truncated=True
            )
    return Answer(status=response.status, headers=response.headers, body=b"".join(pieces))


def media_type(headers: Mapping[str, str]) -> str:
    """Return the media type that the headers name, in lower case, without parameters."""
    return headers.get("Content-Type", "").partition(";")[0].strip().lower()


def is_success(status: int) -> bool:
    """Say whether a status is one that brings what was asked for."""
    return 200 <= status < 300  # noqa: PLR2004 - RFC 9110, section 15.3


def _translated(error: Exception, guard: Guard) -> HopError:
    """Name the reason of a failed request; what the guard says comes first."""
    if guard.refused:
        return HopError(FetchReason.FORBIDDEN_ADDRESS, guard.refused[0])
    if guard.is_busy:
        return HopError(FetchReason.BUSY, "the server's address was asked often enough")
    if isinstance(error, TimeoutError):
        return HopError(FetchReason.UNREACHABLE, "the server took too long")
    return HopError(FetchReason.UNREACHABLE, f"{type(error).__name__}: {error}"[:300])
