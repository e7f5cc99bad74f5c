"""The relay between raw sockets: what goes in at one end comes out at the other, to the byte."""

from __future__ import annotations

import pytest

from tests.support.ports import free_port
from tests.support.wire import (
    CLOSE,
    GET,
    OK,
    Fronts,
    answering,
    connected,
    start_line,
    talk,
)

# What goes to upstream

TARGETS = [
    (b"/", b"/"),
    (b"/a%2Fb/%2e%2e/%00?x=%26&y=%C0%AF", b"/a%2Fb/%2e%2e/%00?x=%26&y=%C0%AF"),
    (b"//evil.example//x", b"//evil.example//x"),
    (b"/a/./b/../c", b"/a/./b/../c"),
    (b"/?a=1;b=[2]|{3}^`\\\"'<>", b"/?a=1;b=[2]|{3}^`\\\"'<>"),
    (b"/a#b?c", b"/a#b?c"),
    (b"/%zz%", b"/%zz%"),
    (b"http://blog.example/a%2Fb?c", b"/a%2Fb?c"),
    (b"/" + b"a" * 8000, b"/" + b"a" * 8000),
]


@pytest.mark.parametrize(("target", "asked"), TARGETS, ids=lambda value: ascii(value[:30]))
async def test_request_target_reaches_upstream_to_the_byte(
    relaying: Fronts, target: bytes, asked: bytes
) -> None:
    """Nothing in a request target is decoded, encoded, folded or cut."""
    async with answering(OK) as upstream, relaying(upstream.url) as port:
        await talk(port, b"GET " + target + b" HTTP/1.1\r\n" + CLOSE)
    assert [start_line(request) for request in upstream.requests] == [b"GET " + asked + b" HTTP/1.1"]


@pytest.mark.parametrize("target", ["/é".encode(), b"/\xff", b"/a b", b"/\x00", b"a", b""])
async def test_target_that_is_none_is_refused(relaying: Fronts, target: bytes) -> None:
    """Bytes that RFC 9112 does not allow in a target are answered with 400, and upstream hears nothing."""
    async with answering(OK) as upstream, relaying(upstream.url) as port:
        answer = await talk(port, b"GET " + target + b" HTTP/1.1\r\n" + CLOSE)
    assert start_line(answer).split()[1] == b"400"
    assert upstream.requests == []


@pytest.mark.parametrize("method", ["GET", "DELETE", "OPTIONS", "PROPFIND", "PURGE", "REPORT", "TRACE"])
async def test_odd_methods_are_passed_on(relaying: Fronts, method: str) -> None:
    """The method is upstream's to judge."""
    async with answering(OK) as upstream, relaying(upstream.url + "/sub/") as port:
        await talk(port, method.encode() + b" /x HTTP/1.1\r\n" + CLOSE)
    assert start_line(upstream.requests[0]) == method.encode() + b" /sub/x HTTP/1.1"


async def test_connect_opens_no_tunnel(relaying: Fronts) -> None:
    """CONNECT is answered with 405, and upstream hears nothing of it."""
    async with answering(OK) as upstream, relaying(upstream.url) as port:
        answer = await talk(port, b"CONNECT 10.0.0.1:22 HTTP/1.1\r\nHost: x\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 405 ")
    assert upstream.requests == []


async def test_headers_reach_upstream_as_they_were_written(relaying: Fronts) -> None:
    """Order, case, repetition and undecodable bytes stay; what concerns the connection is ours."""
    async with answering(OK) as upstream, relaying(upstream.url) as port:
        await talk(
            port,
            b"GET / HTTP/1.1\r\nHost: blog.example\r\nX-b: 1\r\nx-A: \xe9\r\nCookie: a=1; b=\xff\r\n"
            b"X-b: 2\r\nConnection: close, X-Drop\r\nX-Drop: 1\r\nKeep-Alive: 5\r\nTE: trailers\r\n"
            b"X-Forwarded-For: 6.6.6.6\r\nAccept-Encoding: br\r\n\r\n",
        )
    assert upstream.requests[0].split(b"\r\n")[1:-2] == [
        b"Host: blog.example",
        b"X-Forwarded-For: 127.0.0.1",
        b"X-Forwarded-Proto: http",
        b"X-Forwarded-Host: blog.example",
        b"X-Real-IP: 127.0.0.1",
        b"X-b: 1",
        b"x-A: \xe9",
        b"Cookie: a=1; b=\xff",
        b"X-b: 2",
        b"Accept-Encoding: br",
    ]


BODIES = [
    (b"Content-Length: 5\r\n\r\nhello", b"Content-Length: 5\r\n\r\nhello"),
    (b"Content-Length: 0\r\n\r\n", b"Content-Length: 0\r\n\r\n"),
    (b"Content-Length: 4\r\nContent-Encoding: gzip\r\n\r\n\x1f\x8b\x08\x00", b"\r\n\r\n\x1f\x8b\x08\x00"),
    (
        b"Transfer-Encoding: chunked\r\n\r\n3;ext=1\r\nabc\r\n0\r\nX-Trailer: 1\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
    ),
]


@pytest.mark.parametrize(("sent", "received"), BODIES)
async def test_request_bodies_reach_upstream(relaying: Fronts, sent: bytes, received: bytes) -> None:
    """A body keeps its bytes and its kind of framing; chunk extensions and trailers end here."""
    async with answering(OK) as upstream, relaying(upstream.url) as port:
        await talk(port, b"POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n" + sent)
    assert upstream.requests[0].endswith(received)


async def test_body_that_was_read_already_is_sent_unchanged(relaying: Fronts) -> None:
    """A body given as bytes goes on with its length, however it came."""
    async with answering(OK) as upstream, relaying(upstream.url, read_first=True) as port:
        chunked = b"Transfer-Encoding: chunked\r\n\r\n3\r\n\x00<a\r\n0\r\n\r\n"
        await talk(port, b"POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n" + chunked)
    assert upstream.requests[0].endswith(b"\r\nContent-Length: 3\r\n\r\n\x00<a")
    assert b"chunked" not in upstream.requests[0]


SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"
AMBIGUOUS = [
    b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
    b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
    b"Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
    b"Content-Length: 5, 5\r\n\r\nhello",
    b"Content-Length: +5\r\n\r\nhello",
    b"Content-Length: 0x5\r\n\r\nhello",
    b"Content-Length : 5\r\n\r\nhello",
    b"Content-Length: 5\r\n Transfer-Encoding: chunked\r\n\r\nhello",
    b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    b"Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"Transfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n",
    b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    b"Transfer-Encoding: chunked\r\n\r\n5\nhello\r\n0\r\n\r\n",
    b"Transfer-Encoding: chunked\r\n\r\n+5\r\nhello\r\n0\r\n\r\n",
    b"Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\nhello\r\n0\r\n\r\n",
    b"X: a\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"X: a\rTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"X: a\x00b\r\nContent-Length: 0\r\n\r\n",
    b"Host: other.example\r\nContent-Length: 0\r\n\r\n",
]


@pytest.mark.parametrize("rest", AMBIGUOUS, ids=ascii)
async def test_ambiguous_framing_is_never_passed_on(relaying: Fronts, rest: bytes) -> None:
    """A request whose end two readers could see in different places is refused, and ends the connection."""
    async with answering(OK) as upstream, relaying(upstream.url) as port:
        answer = await talk(port, b"POST / HTTP/1.1\r\nHost: a\r\n" + rest + SMUGGLED)
    assert start_line(answer).split()[1] == b"400"
    assert not any(b"/smuggled" in request for request in upstream.requests)


async def test_pipelined_requests_are_answered_in_order(relaying: Fronts) -> None:
    """Requests that come in one piece go on one after the other."""
    async with answering(OK) as upstream, relaying(upstream.url) as port:
        first = b"POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx"
        answer = await talk(port, first + b"GET /2 HTTP/1.1\r\nHost: a\r\n\r\n" + GET)
    assert answer.count(b"HTTP/1.1 200 OK") == 3
    assert [start_line(r).split()[1] for r in upstream.requests] == [b"/1", b"/2", b"/"]


async def test_expect_is_answered_here(relaying: Fronts) -> None:
    """The client hears 100 Continue before it sends its body; upstream never sees Expect."""
    async with answering(OK) as upstream, relaying(upstream.url) as port, connected(port) as (reader, writer):
        head = b"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-Continue\r\n"
        writer.write(head + b"Connection: close\r\n\r\n")
        assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        writer.write(b"hello")
        assert (await reader.read()).startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"xpect" not in upstream.requests[0]


# What comes back

OLD_GET = b"GET / HTTP/1.0\r\n\r\n"
HEAD = b"HEAD / HTTP/1.1\r\n" + CLOSE
CLOSING = b"Connection: close\r\n"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n%b\r\n3\r\nabc\r\n0\r\n\r\n"
COOKIES = b"HTTP/1.1 200 Fine \xe9\r\nset-Cookie: a=1\r\nSet-Cookie: b=2\r\nContent-Length: 3\r\n%b\r\na\x00b"
GZIP = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n%b\r\n\x1f\x8b\x08\x00"
REDIRECT = b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/x\r\nContent-Length: 0\r\n%b\r\n"
NOTHING = b"HTTP/1.1 200 OK\r\nContent-Length: 1234\r\n%b\r\n"
SAME = b"HTTP/1.1 304 Not Modified\r\nETag: x\r\nContent-Length: 1234\r\n%b\r\n"
EMPTY = b"HTTP/1.1 204 No Content\r\n%b\r\n"
UNNAMED = b"HTTP/1.1 299 \r\nContent-Length: 0\r\n%b\r\n"
HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n"
HOPS = b"Upgrade: h2c\r\nConnection: Upgrade, X-Hop\r\nX-Hop: 1\r\n"

ANSWERS = [
    # request, upstream's bytes, the client's bytes
    (GET, COOKIES % b"", COOKIES % CLOSING),
    (GET, GZIP % b"", GZIP % CLOSING),
    (GET, REDIRECT % b"", REDIRECT % CLOSING),
    (GET, CHUNKED % b"", CHUNKED % CLOSING),
    (OLD_GET, CHUNKED % b"", b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nabc"),
    (HEAD, NOTHING % b"", NOTHING % CLOSING),
    (GET, SAME % b"", SAME % CLOSING),
    (GET, EMPTY % b"", EMPTY % CLOSING),
    (GET, UNNAMED % b"", UNNAMED % CLOSING),
    (GET, HINTS + GZIP % b"", GZIP % CLOSING),
    (GET, GZIP % HOPS, GZIP % CLOSING),
]


@pytest.mark.parametrize(("request_", "answer", "seen"), ANSWERS)
async def test_answers_come_back_to_the_byte(
    relaying: Fronts, request_: bytes, answer: bytes, seen: bytes
) -> None:
    """Status line, headers and body are upstream's; only the framing of the connection is ours."""
    async with answering(answer) as upstream, relaying(upstream.url) as port:
        assert await talk(port, request_) == seen


async def test_answer_that_ends_with_the_connection_is_passed_on_whole(relaying: Fronts) -> None:
    """An answer without a length becomes a chunked one, with an end that cannot be missed."""
    async with (
        answering(b"HTTP/1.0 200 OK\r\n\r\nabc", then_close=True) as upstream,
        relaying(upstream.url) as port,
    ):
        answer = await talk(port, GET)
    assert answer.endswith(b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n3\r\nabc\r\n0\r\n\r\n")


async def test_http_1_0_client_can_keep_its_connection(relaying: Fronts) -> None:
    """Connection: keep-alive is granted to HTTP/1.0 where the answer has a length."""
    async with answering(OK) as upstream, relaying(upstream.url) as port:
        answer = await talk(
            port, b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n" + b"GET / HTTP/1.0\r\n\r\n"
        )
    assert answer.count(b"200 OK") == 2
    assert answer.count(b"Connection: keep-alive") == 1


BROKEN = [
    b"",
    b"rubbish\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: 2",
    b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nX: " + b"a" * 300_000 + b"\r\n\r\n",
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\n" * 9000,
]


@pytest.mark.parametrize("answer", BROKEN, ids=lambda value: ascii(value[:60]))
async def test_broken_answer_is_502(relaying: Fronts, answer: bytes) -> None:
    """What is no answer in HTTP, or too long a head, is told to the client as 502 with a short page."""
    async with answering(answer, then_close=True) as upstream, relaying(upstream.url) as port:
        seen = await talk(port, GET)
    assert seen.startswith(b"HTTP/1.1 502 Bad Gateway\r\n")
    assert b"Please try again later" in seen


async def test_upstream_that_is_down_is_502(relaying: Fronts) -> None:
    """Nobody listening is told as 502, without a word about where upstream is."""
    dead = free_port()
    async with relaying(f"http://127.0.0.1:{dead}") as port:
        seen = await talk(port, GET)
    assert seen.startswith(b"HTTP/1.1 502 ")
    assert str(dead).encode() not in seen


async def test_upstream_that_says_nothing_is_504(relaying: Fronts) -> None:
    """An upstream that is idle for too long is given up with 504."""
    async with answering(b"") as upstream, relaying(upstream.url, idle_seconds=0.05) as port:
        assert (await talk(port, GET)).startswith(b"HTTP/1.1 504 ")


async def test_client_that_stops_sending_is_408(relaying: Fronts) -> None:
    """A body that does not arrive is the client's fault, not upstream's."""
    async with (
        answering(OK) as upstream,
        relaying(upstream.url, idle_seconds=0.05) as port,
        connected(port) as (reader, writer),
    ):
        writer.write(b"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc")
        assert (await reader.readuntil(b"</html>")).startswith(b"HTTP/1.1 408 ")


TRUNCATED = [
    (GET, b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"),
    (GET, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"),
    (GET, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nzz\r\n"),
    (OLD_GET, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"),
]


@pytest.mark.parametrize(("request_", "answer"), TRUNCATED)
async def test_truncated_answer_never_looks_whole(relaying: Fronts, request_: bytes, answer: bytes) -> None:
    """When upstream dies in the middle of a body, the client's connection is reset."""
    async with answering(answer, then_close=True) as upstream, relaying(upstream.url) as port:
        with pytest.raises(ConnectionResetError):
            await talk(port, request_)


async def test_bytes_after_an_answer_spoil_the_connection(relaying: Fronts) -> None:
    """What upstream sends beyond its answer is not taken for the next answer."""
    evil = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"
    async with answering(OK + evil) as upstream, relaying(upstream.url) as port:
        answers = [await talk(port, GET), await talk(port, GET)]
    assert [answer.endswith(b"\r\n\r\nok") for answer in answers] == [True, True]
    assert len(upstream.connections) == 2
