"""One whole exchange with upstream, bounded in time and size."""

from __future__ import annotations

import pytest

from proxy.forwarding import Peer
from proxy.relay import Relay
from proxy.upstream import UpstreamError
from tests.support.ports import free_port
from tests.support.wire import (
    answering,
)

PEER = Peer(address="192.0.2.1", scheme="https", host="blog.example")


# Whole exchanges


async def test_exchange_gives_the_whole_answer() -> None:
    """One bounded exchange: a status, readable headers, the body; asked without compression."""
    answer = b"HTTP/1.1 409 Conflict\r\nX-A: 1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
    async with answering(answer) as upstream, Relay() as relay:
        exchange = await relay.exchange(
            upstream=upstream.url,
            method="POST",
            path="/xmlrpc.php?x=%2F",
            headers=[(b"Content-Type", b"text/xml"), (b"Accept-Encoding", b"gzip"), (b"Host", b"evil")],
            body=b"<a/>",
            peer=PEER,
            timeout=10,
            max_bytes=3,
        )
    assert (exchange.status, exchange.headers["x-a"], exchange.body) == (409, "1", b"abc")
    assert upstream.requests[0] == (
        b"POST /xmlrpc.php?x=%2F HTTP/1.1\r\nHost: blog.example\r\nX-Forwarded-For: 192.0.2.1\r\n"
        b"X-Forwarded-Proto: https\r\nX-Forwarded-Host: blog.example\r\nX-Real-IP: 192.0.2.1\r\n"
        b"Content-Type: text/xml\r\nContent-Length: 4\r\n\r\n<a/>"
    )


FAILURES = [
    # upstream's bytes, status that it is worth, whether upstream may have got the request
    (b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nlong", 502, True),
    (b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab", 502, True),
    (b"rubbish", 502, True),
    (None, 502, False),
]


async def fetch(relay: Relay, url: str, *, seconds: float = 10) -> None:
    """Make an exchange of which nothing is wanted but its failure."""
    options = {"method": "GET", "path": "/", "headers": (), "body": b"", "peer": None, "max_bytes": 3}
    await relay.exchange(upstream=url, timeout=seconds, **options)


@pytest.mark.parametrize(("answer", "status", "reached"), FAILURES)
async def test_failed_exchange_says_what_may_have_happened(
    answer: bytes | None,
    status: int,
    reached: bool,
) -> None:
    """Whatever goes wrong is an UpstreamError that says whether upstream may have got the request."""
    async with answering(answer or b"", then_close=True) as upstream, Relay() as relay:
        url = f"http://127.0.0.1:{free_port()}" if answer is None else upstream.url
        with pytest.raises(UpstreamError) as raised:
            await fetch(relay, url)
    assert (raised.value.status, raised.value.reached) == (status, reached)


async def test_exchange_that_takes_too_long_is_given_up() -> None:
    """The time-out of an exchange is one for all of it."""
    async with answering(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab") as upstream, Relay() as relay:
        with pytest.raises(UpstreamError) as raised:
            await fetch(relay, upstream.url, seconds=0.05)
    assert raised.value.status == 504


@pytest.mark.parametrize("url", ["ftp://a/", "blog.example", "http://", "http://u:p@a/", "http://a:99999/"])
async def test_upstream_that_is_no_address_is_refused(url: str) -> None:
    """An upstream is an http or https address with a host and without a user."""
    with pytest.raises(ValueError):  # noqa: PT011
        async with Relay() as relay:
            await fetch(relay, url)
