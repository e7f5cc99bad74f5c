"""What is read at a glance is what llhttp reads, to the byte, and what it does not take is left to it."""

from __future__ import annotations

from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy import upstream
from proxy.forwarding import DROPPED
from proxy.heads import MOST_HEADERS, ODD, Asked, glance, read
from proxy.returning import Head
from proxy.returning import glance as glance_at_answer
from proxy.upstream import Connection

TRUSTED = frozenset({ip_network("10.0.0.0/8")})
REMOTES = ("10.0.0.1", "203.0.113.9", "")
START = b"GET /a?b HTTP/1.1\r\n"
HOST = b"Host: blog.example\r\n"
BROWSER = (
    b"User-Agent: Mozilla/5.0 (X11; Linux x86_64)\r\nAccept: text/html,*/*;q=0.8\r\n"
    b"Referer: https://blog.example/\xe9\r\nConnection: keep-alive\r\nCookie: a=1; b=2\tc\r\nDNT: 1\r\n"
)
PROXIED = b"X-Forwarded-For: 1.2.3.4\r\nX-Forwarded-Proto: https\r\nConnection: Keep-Alive\r\n"

PLAINEST = [
    START + HOST,
    b"HEAD / HTTP/1.1\r\nhost: [::1]:80\r\n",
    START + HOST + BROWSER,
    START + HOST + PROXIED + BROWSER.replace(b"Connection: keep-alive\r\n", b""),
    START + HOST + BROWSER + PROXIED.replace(b"Connection: Keep-Alive\r\n", b""),
    b"GET /a%2Fb/../?x=<\"'>{}|\\^`#! HTTP/1.1\r\n" + HOST,
    START + HOST + b"Hosts: x\r\nTeX: 1\r\nX-Forwarded: 1\r\nConnections: close\r\nX-Real-IP: 6.6.6.6\r\n",
]


@pytest.mark.parametrize("head", PLAINEST)
def test_what_browsers_and_proxies_send_is_read_at_a_glance(head: bytes) -> None:
    """A page asked for in the plainest way, by a browser or through a proxy, is nothing for llhttp."""
    assert glance(head + b"\r\n") is not None
    _agree(head + b"\r\n")


def _agree(head: bytes) -> None:
    """See that a glance is None, or says of a head what llhttp says, and of who asks the same, too."""
    seen, known = glance(head), read(head)
    if seen is not None:
        assert known is not None
        assert _meaning(seen) == _meaning(known)


def _meaning(asked: Asked) -> tuple[object, ...]:
    peers = [asked.peer(remote, TRUSTED) for remote in REMOTES]
    kept = (asked.method, asked.target, asked.lines, asked.length, asked.is_1_1, asked.is_alive)
    return *kept, peers, [peer.lines for peer in peers]


SPECIAL = sorted(DROPPED | ODD | {b"x-http-method-override"})
HOSTILE = [
    *[name.title() + b": 1\r\n" for name in SPECIAL],
    *[name + b": keep-alive\r\n" for name in SPECIAL],
    *[name.upper().replace(b"-", b"_") + b": 1\r\n" for name in SPECIAL],
    *[name.replace(b"-", b".") + b": 1\r\n" for name in SPECIAL],
    b"Transfer-Encoding: chunked\r\n",
    b"Content-Length: 0\r\n",
    b"Content-Length: 5\r\nContent-Length: 0\r\n",
    b"Connection: close\r\n",
    b"Connection: keep-alive, X-Drop\r\nX-Drop: 1\r\n",
    b"Connection:keep-alive\r\n",
    b"X: a\nTransfer-Encoding: chunked\r\n",
    b"X: a\rContent-Length: 5\r\n",
    b"X: a\r\n b\r\n",
    b"X: a\r\n\tContent-Length: 5\r\n",
    b"X : a\r\n",
    b" X: a\r\n",
    b"X\r\n",
    b": a\r\n",
    b"X:a\r\n",
    b"X: \r\n",
    b"X:  a\r\n",
    b"X: a \r\n",
    b"X: a\t\r\n",
    b"X: \x00\r\n",
    b"X: \x01\r\n",
    b"X: \x7f\r\n",
    b"X: \xff\x80\r\n",
    b"X\xe9: 1\r\n",
    b"X(: 1\r\n",
    b"X_y: 1\r\n",
    b"x_forwarded_for: 6.6.6.6\r\n",
    b"X-Forwarded-For: 1.1.1.1\r\nA: b\r\nX-Forwarded-For: 2.2.2.2\r\n",
    b"X-Forwarded-For: " + b"1.1.1.1, " * 60 + b"2.2.2.2\r\n",
    b"Forwarded: for=1.1.1.1;proto=https\r\nX-Forwarded-Host: a.example\r\n",
    b"X: 1\r\n" * MOST_HEADERS,
    b"\r\n",
]
STARTS = [
    b"GET / HTTP/1.0\r\n",
    b"GET / HTTP/0.9\r\n",
    b"GET / HTTP/2.0\r\n",
    b"GET / HTTP/1.1 \r\n",
    b"GET  / HTTP/1.1\r\n",
    b"GET / http/1.1\r\n",
    b"GET /\r\n",
    b"GET http://a/ HTTP/1.1\r\n",
    b"GET * HTTP/1.1\r\n",
    b"GET /a b HTTP/1.1\r\n",
    b"GET /\xff HTTP/1.1\r\n",
    b"GET /\x00 HTTP/1.1\r\n",
    b"GET /\x7f HTTP/1.1\r\n",
    b"GET /#? HTTP/1.1\r\n",
    b"get / HTTP/1.1\r\n",
    b"HEAD / HTTP/1.1\r\n",
    b"POST / HTTP/1.1\r\n",
    b"\r\nGET / HTTP/1.1\r\n",
    b"GET / HTTP/1.1\n",
]


@pytest.mark.parametrize("character", "!#$%&'*+.^_`|~")
def test_names_that_are_another_one_to_some_server_are_not_read_at_a_glance(character: str) -> None:
    """What PHP may hear as X-HTTP-Method-Override is shown to the gate."""
    line = "X-HTTP-Method-Override: POST\r\n".replace("-", character).encode()
    assert glance(START + HOST + line + b"\r\n") is None


@pytest.mark.parametrize("lines", HOSTILE, ids=lambda lines: ascii(lines[:40]))
@pytest.mark.parametrize("place", ["before", "behind", "between"])
def test_hostile_lines_mean_the_same_to_both_readers(lines: bytes, place: str) -> None:
    """Whatever two readers could take for two things is not taken at a glance, wherever it stands."""
    places = {
        "before": lines + HOST + BROWSER,
        "behind": HOST + BROWSER + lines,
        "between": HOST + PROXIED + lines + BROWSER,
    }
    _agree(START + places[place] + b"\r\n")


@pytest.mark.parametrize("start", STARTS)
def test_hostile_first_lines_mean_the_same_to_both_readers(start: bytes) -> None:
    """A first line of another shape is left to llhttp."""
    _agree(start + HOST + b"\r\n")
    _agree(start + HOST + BROWSER + b"\r\n\r\n")
    _agree(start + b"\r\n")


BITS = [b"\r\n", b"\r", b"\n", b" ", b"\t", b":", b"\0", b"a", b"_"]
PIECES = st.sampled_from([*HOSTILE, *STARTS, START, HOST, BROWSER, PROXIED, *BITS])


@given(st.lists(st.one_of(PIECES, st.binary(max_size=3)), max_size=6), st.booleans())
def test_no_head_means_two_things(pieces: list[bytes], is_begun: bool) -> None:
    """Heads put together from hostile pieces mean the same to both readers or nothing to one."""
    _agree((START + HOST if is_begun else b"") + b"".join(pieces) + b"\r\n\r\n")


# Answers

FINE = b'HTTP/1.1 200 OK\r\nServer: x\r\nContent-Length: 2\r\nConnection: keep-alive\r\nETag: "a"\r\n\r\nok'
PLAIN_ANSWERS = [
    FINE,
    b"HTTP/1.1 404 Not \xe9\r\nKeep-Alive: timeout=5\r\nConnection: Keep-Alive\r\ncontent-length: 0\r\n\r\n",
    b"HTTP/1.1 304 Not Modified\r\nETag: x\r\nContent-Length: 7\r\n\r\n",
    b"HTTP/1.1 204 \r\nX_y: z\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok",
]
HOSTILE_ANSWERS = [
    b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
    b"HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok",
    b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokk",
    b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok",
    b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nokk",
    b"HTTP/1.1 200 OK\r\nContent-Length: +2\r\n\r\nok",
    b"HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\n\r\nok",
    b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok",
    b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: keep-alive, X\r\nX: y\r\n\r\nok",
    b"HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 2\r\n\r\nok",
    b"HTTP/1.1 200 OK\r\nX: a\nContent-Length: 2\r\n\r\nok",
    b"HTTP/1.1 200 OK\nContent-Length: 2\n\nok",
    b"HTTP/1.1 200 OK\r\nX : a\r\nContent-Length: 2\r\n\r\nok",
    b"HTTP/1.1 200 OK\r\nX: \x00\r\nContent-Length: 2\r\n\r\nok",
    b"HTTP/1.1 200 OK\r\nUpgrade: h2c\r\nContent-Length: 2\r\n\r\nok",
    b"HTTP/1.1 200 OK\r\n\r\nok",
    b"HTTP/1.1 100 Continue\r\n\r\n" + FINE,
    b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\nok",
    b"HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\nok",
    b"HTTP/1.1 304 Not Modified\r\n\r\nok",
    b"HTTP/1.1 999 Odd\r\nContent-Length: 2\r\n\r\nok",
    b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n",
    b"HTTP/1.1 2000 OK\r\nContent-Length: 2\r\n\r\nok",
]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("answer", [*PLAIN_ANSWERS, *HOSTILE_ANSWERS], ids=ascii)
async def test_answers_mean_the_same_to_both_readers(
    monkeypatch: pytest.MonkeyPatch, method: str, answer: bytes
) -> None:
    """Status, headers, framing and what is left of the connection are the same, read in either way."""
    seen = _heard(method, answer)
    monkeypatch.setattr(upstream, "glance", lambda *_: None)
    assert seen == _heard(method, answer)


@pytest.mark.parametrize("answer", PLAIN_ANSWERS, ids=ascii)
def test_what_servers_answer_is_read_at_a_glance(answer: bytes) -> None:
    """An answer of told length, or without a body, is nothing for llhttp."""
    assert glance_at_answer("GET", answer) is not None


@given(
    st.lists(
        st.sampled_from([line + b"\r\n" for one in HOSTILE_ANSWERS for line in one.split(b"\r\n")]),
        max_size=6,
    )
)
async def test_no_answer_means_two_things(lines: list[bytes]) -> None:
    """Answers put together from hostile lines mean the same in both readings.

    Blank lines behind an answer llhttp passes over; read at a glance, they end the connection.
    """
    answer = b"HTTP/1.1 200 OK\r\n" + b"".join(lines)
    *seen, is_sound = _heard("GET", answer)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(upstream, "glance", lambda *_: None)
        *parsed, parsed_is_sound = _heard("GET", answer)
    assert seen == parsed
    assert parsed_is_sound >= is_sound


@pytest.mark.parametrize("is_glanced", [True, False])
async def test_a_second_answer_ends_the_connection(
    monkeypatch: pytest.MonkeyPatch, *, is_glanced: bool
) -> None:
    """What begins behind an answer is not taken for the start of the next request's."""
    if not is_glanced:
        monkeypatch.setattr(upstream, "glance", lambda *_: None)
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok\r\nHTTP/1.1 200 OK\r\n"
    assert _heard("GET", answer)[2:] == (True, False)


def _heard(method: str, answer: bytes) -> tuple[Head | None, bytes, bool, bool]:
    """Have a connection hear an answer, and say what it made of it."""
    connection = Connection(1)
    connection.begin(method, b"")
    connection.data_received(answer)
    found = connection.arrived, connection.take(), connection.is_complete, connection.broken is None
    connection.connection_lost(None)
    return found
