"""No framing of a request hides another one from the gate: what upstream gets is what the gate saw.

A proxy runs in front of an upstream that writes down every byte; the requests come over bare sockets.
"""

from __future__ import annotations

import re
import socket
import threading
from typing import TYPE_CHECKING

import pytest

from proxy.protocols import xmlrpc
from tests.support.proxy import running_proxy
from tests.support.tape import Tape

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.proxy import ProxyProcess

HOST = b"Host: 127.0.0.1\r\n"
HIDDEN = b"POST /hidden/trackback/ HTTP/1.1\r\n" + HOST + b"Content-Length: 0\r\n\r\n"
PING = xmlrpc.render_call("pingback.ping", ["http://127.0.0.1:9/", "http://127.0.0.1/"])
SENDERS_OWN = b"<!-- the sender's own bytes -->"
PING += SENDERS_OWN


@pytest.fixture(scope="module")
def tape() -> Iterator[Tape]:
    """Run the upstream."""
    with Tape() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture(scope="module")
def proxy(tape: Tape, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProxyProcess]:
    """Run a proxy in front of it."""
    folder = tmp_path_factory.mktemp("smuggling")
    upstream = f"http://127.0.0.1:{tape.server_address[1]}"
    with running_proxy(folder, upstream=upstream, public_url="http://127.0.0.1") as running:
        yield running


def exchange(proxy: ProxyProcess, tape: Tape, sent: bytes) -> tuple[bytes, list[tuple[bytes, bytes]]]:
    """Send bytes and read until the proxy closes; return all that it answers, and what came to upstream."""
    before = len(tape.requests())
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=30) as connection:
        connection.sendall(sent)
        answer = b"".join(iter(lambda: connection.recv(65_536), b""))
    return answer, tape.requests()[before:]


def post(*headers: bytes, body: bytes = b"", line: bytes = b"POST / HTTP/1.1") -> bytes:
    """Write a request with these headers beside Host."""
    return line + b"\r\n" + HOST + b"".join(header + b"\r\n" for header in headers) + b"\r\n" + body


END = b"GET /end HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n"
LENGTH = b"Content-Length: %d" % len(HIDDEN)
CHUNKED = b"Transfer-Encoding: chunked"
CHUNKS = b"%x\r\n%b\r\n0\r\n\r\n" % (len(HIDDEN), HIDDEN)

REFUSED = {
    "length and chunked": post(LENGTH, CHUNKED, body=b"0\r\n\r\n" + HIDDEN),
    "chunked and length": post(CHUNKED, b"Content-Length: 5", body=b"0\r\n\r\n" + HIDDEN),
    "two lengths": post(b"Content-Length: 0", LENGTH, body=HIDDEN),
    "two lengths in one": post(b"Content-Length: 0, %d" % len(HIDDEN), body=HIDDEN),
    "signed length": post(b"Content-Length: +0", body=HIDDEN),
    "negative length": post(b"Content-Length: -1", body=HIDDEN),
    "hexadecimal length": post(b"Content-Length: 0x0", body=HIDDEN),
    "chunked, not last": post(b"Transfer-Encoding: chunked, identity", body=CHUNKS),
    "unknown coding": post(b"Transfer-Encoding: xchunked", body=CHUNKS),
    "vertical tab in coding": post(b"Transfer-Encoding: \x0bchunked", LENGTH, body=CHUNKS),
    "blank before colon": post(b"Transfer-Encoding : chunked", body=CHUNKS),
    "blank in name": post(b"Content Length: 0", body=HIDDEN),
    "bare line feed in chunk": post(CHUNKED, body=b"0\n\n" + HIDDEN),
    "bare carriage return": post(b"X: a\rContent-Length: 0", body=HIDDEN),
    "signed chunk": post(CHUNKED, body=b"+0\r\n\r\n" + HIDDEN),
    "hexadecimal chunk": post(CHUNKED, body=b"0x0\r\n\r\n" + HIDDEN),
    "huge chunk": post(CHUNKED, body=b"1" + b"0" * 20 + b"\r\n" + HIDDEN),
    "chunk longer than said": post(CHUNKED, body=b"1\r\nabc\r\n0\r\n\r\n" + HIDDEN),
    "NUL in a header": post(b"X: a\0b", body=HIDDEN),
    "HTTP/1.0 and chunked with length": post(
        LENGTH, CHUNKED, line=b"POST / HTTP/1.0", body=b"0\r\n\r\n" + HIDDEN
    ),
    "length in a trailer": post(CHUNKED, body=b"0\r\nContent-Length: 9\r\n\r\n" + HIDDEN),
    "HTTP/1.0 and more behind": post(b"Content-Length: 0", line=b"POST / HTTP/1.0", body=HIDDEN),
    "HTTP/2 preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + HIDDEN,
    "two codings": post(CHUNKED, b"Transfer-Encoding: identity", body=CHUNKS),
    "chunked twice": post(CHUNKED, CHUNKED, body=CHUNKS),
    "coding in another case and a comma": post(b"Transfer-Encoding: Chunked,", LENGTH, body=CHUNKS),
    "gzip, then chunked": post(b"Transfer-Encoding: gzip, chunked", LENGTH, body=CHUNKS),
    "header folded over two lines": post(b"Transfer-Encoding:\r\n chunked", LENGTH, body=CHUNKS),
    "length with an underscore": post(b"Content-Length: 1_0", body=HIDDEN),
    "length in other digits": post("Content-Length: \u0663".encode(), body=HIDDEN),
    "line feeds alone": (b"POST / HTTP/1.1\n" + HOST.replace(b"\r", b"") + b"Content-Length: 0\n\n" + HIDDEN),
    "header after a line feed": post(b"X: a\nContent-Length: 0", body=HIDDEN),
    "chunk extension over two lines": post(CHUNKED, body=b'0;a="\r\n\r\n' + HIDDEN + b'"\r\n\r\n'),
    "chunk extension with a line feed": post(CHUNKED, body=b"0;a\n\r\n" + HIDDEN),
    "two hosts": post(b"Host: other.example", b"Content-Length: 0", body=HIDDEN),
    "no HTTP": b"\x16\x03\x01\x00" + HIDDEN,
}


@pytest.mark.parametrize("sent", REFUSED.values(), ids=REFUSED)
def test_refused(proxy: ProxyProcess, tape: Tape, sent: bytes) -> None:
    """A request with two possible ends is refused, and what is hidden behind it never comes to upstream."""
    answer, came = exchange(proxy, tape, sent)
    assert re.match(rb"HTTP/1\.[01] 400 ", answer)
    assert came == []


RELAYED = {
    "chunked": post(CHUNKED, body=CHUNKS),
    "chunk extensions": post(CHUNKED, body=b"%x;a=b;c\r\n%b\r\n0;d\r\n\r\n" % (len(HIDDEN), HIDDEN)),
    "length": post(LENGTH, body=HIDDEN),
    "length, named in Connection": post(LENGTH, b"Connection: Content-Length", body=HIDDEN),
    "expectation": post(LENGTH, b"Expect: 100-continue", body=HIDDEN),
}


@pytest.mark.parametrize("sent", RELAYED.values(), ids=RELAYED)
def test_relayed_once(proxy: ProxyProcess, tape: Tape, sent: bytes) -> None:
    """A request inside a body stays inside that body."""
    _, came = exchange(proxy, tape, sent + END)
    assert [line for line, _ in came] == [b"POST / HTTP/1.1", b"GET /end HTTP/1.1"]
    assert HIDDEN in came[0][1]


@pytest.mark.parametrize(
    "sent",
    [
        post(LENGTH, line=b"POST / HTTP/1.0", body=HIDDEN),
        post(LENGTH, b"Connection: Upgrade, close", b"Upgrade: h2c", body=HIDDEN),
    ],
)
def test_relayed_alone(proxy: ProxyProcess, tape: Tape, sent: bytes) -> None:
    """Neither an old version nor an upgrade makes a body into a request."""
    _, came = exchange(proxy, tape, sent)
    assert came == [(b"POST / HTTP/1.1", HIDDEN)]


def test_pipelining(proxy: ProxyProcess, tape: Tape) -> None:
    """Each of several requests in one go is looked at: pages are relayed, the pingback is not."""
    page = b"GET /page HTTP/1.1\r\n" + HOST + b"\r\n"
    ping = post(b"Content-Length: %d" % len(PING), line=b"POST /xmlrpc.php HTTP/1.1", body=PING)
    answer, came = exchange(proxy, tape, page + ping + END)
    assert [line for line, _ in came] == [b"GET /page HTTP/1.1", b"GET /end HTTP/1.1"]
    assert answer.count(b"HTTP/1.1 200") == 3


@pytest.mark.parametrize(
    "line",
    [
        b"POST http://127.0.0.1/xmlrpc.php HTTP/1.1",
        b"POST http://other.example/xmlrpc.php HTTP/1.1",
        b"POST //xmlrpc.php HTTP/1.1",
        b"POST /%78mlrpc.php HTTP/1.0",
        b"POST /a/../xmlrpc.php#x HTTP/1.1",
        b"post /xmlrpc.php HTTP/1.1",
        b"POST /xmlrpc.php",
        b"POST  /xmlrpc.php HTTP/1.1",
        b"POST /xmlrpc.php?\xff HTTP/1.1",
        b"POST \\xmlrpc.php HTTP/1.1",
        b"PoSt /xmlrpc.php HTTP/1.1",
        b"POST xmlrpc.php HTTP/1.1",
        b"POST /a%2f..%2fxmlrpc.php HTTP/1.1",
        b"POST /%c0%ae%c0%ae/xmlrpc.php HTTP/1.1",
        b"POST /xmlrpc%2ephp;x/..;/y?/z HTTP/1.1",
        b"POST /./a/%2e%2e/XMLRPC.php%00 HTTP/1.1",
    ],
)
@pytest.mark.parametrize(
    "headers", [(), (b"Host: other.example",), (b"Content-Type: text/xml", b"Content-Type: a/b")]
)
def test_pingback_under_any_request_line(
    proxy: ProxyProcess, tape: Tape, line: bytes, headers: tuple[bytes, ...]
) -> None:
    """However the target is written, a pingback's own bytes never come to upstream."""
    sent = post(b"Connection: close", b"Content-Length: %d" % len(PING), *headers, line=line, body=PING)
    _, came = exchange(proxy, tape, sent)
    assert not any(SENDERS_OWN in body for _, body in came)
