"""Who is asking, which headers go on, which target is asked for: tables of what came and what goes."""

from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.forwarding import (
    Framing,
    Header,
    Peer,
    end_to_end,
    forwarded_headers,
    origin_form,
    peer_of,
    response_framing,
)

TRUSTED = (ip_network("10.0.0.0/8"), ip_network("2001:db8::/32"))
HOST = (b"Host", b"blog.example")
NAMES = [b"Host", b"X-Forwarded-For", b"X-Forwarded-Proto", b"X-Forwarded-Host", b"Forwarded"]


def xff(*values: str) -> list[Header]:
    """Give one X-Forwarded-For header for each value."""
    return [(b"X-Forwarded-For", value.encode()) for value in values]


CHAINS = [
    # remote, headers, address, via
    ("203.0.113.9", [], "203.0.113.9", ()),
    ("203.0.113.9", xff("198.51.100.1"), "203.0.113.9", ()),
    ("203.0.113.9", [(b"Forwarded", b"for=198.51.100.1")], "203.0.113.9", ()),
    ("10.0.0.1", [], "10.0.0.1", ()),
    ("10.0.0.1", xff("198.51.100.1"), "198.51.100.1", ("10.0.0.1",)),
    ("10.0.0.1", xff("192.0.2.66, 198.51.100.1"), "198.51.100.1", ("10.0.0.1",)),
    ("10.0.0.1", xff("192.0.2.66", "198.51.100.1"), "198.51.100.1", ("10.0.0.1",)),
    ("10.0.0.1", xff("198.51.100.1, 10.0.0.2"), "198.51.100.1", ("10.0.0.2", "10.0.0.1")),
    ("10.0.0.1", xff("10.0.0.3, 10.0.0.2"), "10.0.0.3", ("10.0.0.2", "10.0.0.1")),
    ("10.0.0.1", xff("198.51.100.1, rubbish"), "10.0.0.1", ()),
    ("10.0.0.1", xff("198.51.100.1, rubbish, 10.0.0.2"), "10.0.0.2", ("10.0.0.1",)),
    ("10.0.0.1", xff(""), "10.0.0.1", ()),
    ("10.0.0.1", xff("198.51.100.1:40000"), "198.51.100.1", ("10.0.0.1",)),
    ("10.0.0.1", xff("[2001:4860::1]:443"), "2001:4860::1", ("10.0.0.1",)),
    ("::ffff:10.0.0.1", xff("::ffff:198.51.100.1"), "198.51.100.1", ("10.0.0.1",)),
    ("2001:db8::1", xff("2001:4860::1"), "2001:4860::1", ("2001:db8::1",)),
    ("fe80::1%eth0", xff("198.51.100.1"), "fe80::1", ()),
    (None, xff("198.51.100.1"), "198.51.100.1", ()),
    ("", xff("192.0.2.66, 198.51.100.1"), "198.51.100.1", ()),
    (None, [], "unknown", ()),
    ("10.0.0.1", [(b"Forwarded", b'for="[2001:4860::1]:1";proto=https')], "2001:4860::1", ("10.0.0.1",)),
    ("10.0.0.1", [(b"Forwarded", b"for=192.0.2.66, For=198.51.100.1")], "198.51.100.1", ("10.0.0.1",)),
    ("10.0.0.1", [(b"Forwarded", b"for=_hidden")], "10.0.0.1", ()),
    ("10.0.0.1", [(b"Forwarded", b"for=192.0.2.66"), *xff("198.51.100.1")], "198.51.100.1", ("10.0.0.1",)),
]


@pytest.mark.parametrize(("remote", "headers", "address", "via"), CHAINS)
def test_client_is_the_first_address_from_the_right_that_no_trusted_proxy_has(
    remote: str | None, headers: list[Header], address: str, via: tuple[str, ...]
) -> None:
    """X-Forwarded-For and Forwarded are believed from the right, as far as proxies are trusted."""
    peer = peer_of(remote, [HOST, *headers], TRUSTED)
    assert (peer.address, peer.via) == (address, via)


def test_endless_chain_is_cut() -> None:
    """A chain of trusted addresses is believed for 32 proxies, not for thousands."""
    peer = peer_of("10.0.0.1", xff(", ".join(["10.0.0.9"] * 3000)), TRUSTED)
    assert len(peer.via) == 32


FACES = [
    # remote, headers, scheme, host
    ("203.0.113.9", [(b"X-Forwarded-Proto", b"https")], "http", "blog.example"),
    ("203.0.113.9", [(b"X-Forwarded-Host", b"evil.example")], "http", "blog.example"),
    ("10.0.0.1", [(b"X-Forwarded-Proto", b"https")], "https", "blog.example"),
    ("10.0.0.1", [(b"X-Forwarded-Proto", b"gopher, HTTPS")], "https", "blog.example"),
    ("10.0.0.1", [(b"X-Forwarded-Proto", b"javascript")], "http", "blog.example"),
    ("10.0.0.1", [(b"X-Forwarded-Host", b"www.blog.example:8443")], "http", "www.blog.example:8443"),
    ("10.0.0.1", [(b"X-Forwarded-Host", b"a b\xff")], "http", "blog.example"),
    ("10.0.0.1", [(b"Forwarded", b'for=8.8.8.8;proto=https;host="[::1]:80"')], "https", "[::1]:80"),
    (
        "10.0.0.1",
        [(b"Forwarded", b"for=1.1.1.1;proto=http, for=8.8.8.8;proto=https")],
        "https",
        "blog.example",
    ),
]


@pytest.mark.parametrize(("remote", "headers", "scheme", "host"), FACES)
def test_public_scheme_and_host_are_a_trusted_proxys_to_say(
    remote: str | None, headers: list[Header], scheme: str, host: str
) -> None:
    """X-Forwarded-Proto and -Host count from trusted proxies only, and only if they are what they say."""
    peer = peer_of(remote, [HOST, *headers], TRUSTED)
    assert (peer.scheme, peer.host) == (scheme, host)


@given(
    st.one_of(st.none(), st.sampled_from(["10.0.0.1", "8.8.8.8"]), st.text(max_size=40)),
    st.lists(st.tuples(st.sampled_from(NAMES), st.binary(max_size=60))),
)
def test_any_bytes_give_a_peer(remote: str | None, headers: list[Header]) -> None:
    """Whatever stands in the headers, there is a peer, with an address, a scheme and a plain host."""
    peer = peer_of(remote, headers, TRUSTED)
    assert peer.address
    assert peer.scheme in ("http", "https")
    assert peer.host.isascii()
    assert not set(peer.host) & set(" \r\n/@,")


CONNECTION = [
    ([(b"Connection", b"X-Secret , close"), (b"x-secret", b"1"), (b"A", b"2")], [(b"A", b"2")]),
    ([(b"Connection", b"a"), (b"connection", b"b"), (b"A", b"1"), (b"B", b"2")], []),
    ([(b"Keep-Alive", b"timeout=5"), (b"TE", b"gzip"), (b"Trailer", b"X"), (b"Upgrade", b"h2c")], []),
    ([(b"Transfer-Encoding", b"chunked"), (b"Proxy-Connection", b"x")], []),
    ([(b"Set-Cookie", b"a=1"), (b"Set-Cookie", b"b=2")], [(b"Set-Cookie", b"a=1"), (b"Set-Cookie", b"b=2")]),
]


@pytest.mark.parametrize(("came", "goes"), CONNECTION)
def test_what_concerns_one_connection_stays_there(came: list[Header], goes: list[Header]) -> None:
    """Hop-by-hop headers, and those that Connection names, are left out; all others keep order and case."""
    assert end_to_end(came) == goes


def test_upstream_hears_who_asks_from_us_alone() -> None:
    """Spoofed forwarding headers in any spelling are replaced, even if Connection names them."""
    spoofed = [
        (b"Connection", b"X-Forwarded-For, Host"),
        (b"Host", b"evil.example"),
        (b"X-Forwarded-For", b"6.6.6.6"),
        (b"x_forwarded_for", b"6.6.6.6"),
        (b"X-Forwarded-Host", b"evil.example"),
        (b"X_Forwarded-Proto", b"https"),
        (b"X.Forwarded!For", b"6.6.6.6"),
        (b"X-Real-IP", b"6.6.6.6"),
        (b"X-Original-URL", b"/2024/01/bread/trackback/"),
        (b"X_Rewrite_Url", b"/2024/01/bread/trackback/"),
        (b"Forwarded", b"for=6.6.6.6"),
        (b"Content-Length", b"3"),
        (b"Expect", b"100-continue"),
        (b"Cookie", b"a=\xff"),
    ]
    peer = Peer(address="8.8.8.8", scheme="https", host="blog.example", via=("10.0.0.2", "10.0.0.1"))
    assert forwarded_headers(spoofed, peer) == [
        (b"Host", b"blog.example"),
        (b"X-Forwarded-For", b"8.8.8.8, 10.0.0.2, 10.0.0.1"),
        (b"X-Forwarded-Proto", b"https"),
        (b"X-Forwarded-Host", b"blog.example"),
        (b"X-Real-IP", b"8.8.8.8"),
        (b"Cookie", b"a=\xff"),
    ]


TARGETS = [
    ("/", "", b"/"),
    ("/a%2Fb//c/../d?x=%00&y=a b", "", b"/a%2Fb//c/../d?x=%00&y=a b"),
    ("//evil.example/x", "", b"//evil.example/x"),
    ("/caf\udce9", "", b"/caf\xe9"),
    ("/café", "", "/café".encode()),
    ("/a", "/sub", b"/sub/a"),
    ("http://blog.example/a?b", "", b"/a?b"),
    ("HTTPS://blog.example", "/sub", b"/sub/"),
    ("http://blog.example?p=1", "", b"/?p=1"),
    ("*", "/sub", b"*"),
]


@pytest.mark.parametrize(("target", "base", "asked"), TARGETS)
def test_target_goes_on_to_the_byte(target: str, base: str, asked: bytes) -> None:
    """Only the scheme and host of an absolute form are taken off, and upstream's own path put before it."""
    assert origin_form(target, base) == asked


FRAMINGS = [
    ("GET", 200, [(b"content-length", b"5")], (Framing.LENGTH, 5)),
    ("GET", 200, [(b"Content-Length", b"0")], (Framing.LENGTH, 0)),
    ("GET", 200, [(b"Transfer-Encoding", b"Chunked")], (Framing.CHUNKED, 0)),
    ("GET", 200, [], (Framing.CLOSE, 0)),
    ("HEAD", 200, [(b"Content-Length", b"5")], (Framing.NONE, 0)),
    ("GET", 304, [(b"Content-Length", b"5")], (Framing.NONE, 0)),
    ("DELETE", 204, [], (Framing.NONE, 0)),
]


@pytest.mark.parametrize(("method", "status", "headers", "framing"), FRAMINGS)
def test_end_of_an_answers_body_is_where_http_says(
    method: str, status: int, headers: list[Header], framing: tuple[Framing, int]
) -> None:
    """RFC 9112, 6.3, case by case."""
    assert response_framing(method, status, headers) == framing


def test_unknown_transfer_coding_is_refused() -> None:
    """A body in a coding that nobody offered cannot be framed, so it is not passed on."""
    with pytest.raises(ValueError, match="transfer coding"):
        response_framing("GET", 200, [(b"Transfer-Encoding", b"gzip, chunked")])
