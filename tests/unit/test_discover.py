"""Endpoint discovery, case by case as the specifications put it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.discover import Target, endpoint, is_plausible
from proxy.linkback import Protocol

PAGE = "https://blog.example/2024/post/"


def target(body: str = "", *headers: tuple[str, str], url: str = PAGE) -> Target:
    """Return a target's page."""
    return Target(url=url, headers=headers, body=body.encode())


PINGBACKS = [
    # Pingback 2.1: the header wins over the link element
    (
        target("<link rel=pingback href=/two>", ("X-Pingback", "https://blog.example/one")),
        "https://blog.example/one",
    ),
    (target('<link rel="pingback" href="https://blog.example/x" />'), "https://blog.example/x"),
    (target('<link rel="pingback" href="https://b.example/?a=1&amp;b=2">'), "https://b.example/?a=1&b=2"),
    (target("<link rel=pingback href=/first><link rel=pingback href=/second>"), "https://blog.example/first"),
    (target('<!-- <link rel="pingback" href="/commented"> -->'), None),
    (target("<link rel=pingback href=ftp://blog.example/x>"), None),
    (target("<a rel=pingback href=/x>no link element</a>"), None),
    (target("", ("x-pingback", "http://[broken")), None),
    (target(), None),
]
WEBMENTIONS = [
    # Webmention 3.1.2: header, then <link> or <a> in document order; rel is a list; case does not count
    (target("", ("Link", "</wm>; rel=webmention")), "https://blog.example/wm"),
    (target("", ("LINK", '</a>; rel="next", </wm>; rel="other WebMention"')), "https://blog.example/wm"),
    (target("", ("Link", "</a>; rel=next"), ("Link", "</wm>;rel=webmention")), "https://blog.example/wm"),
    (target("", ("Link", '</a,b>; title="a, b"; rel="webmention"')), "https://blog.example/a,b"),
    (target("<a rel=webmention href=/two>", ("Link", "</one>; rel=webmention")), "https://blog.example/one"),
    (target('<a rel="x webmention" href="wm?v=1">'), "https://blog.example/2024/post/wm?v=1"),
    (target("<a href=/a rel=webmention></a><link href=/b rel=webmention>"), "https://blog.example/a"),
    (target('<a rel="webmention" href="">'), PAGE),
    (target("<a rel=webmention><link rel=webmention href=/b>"), "https://blog.example/b"),
    (target('<a rel="not-webmention" href="/a">'), None),
    (target("<!-- <a rel=webmention href=/a> -->"), None),
    (target("&lt;a rel=webmention href=/a&gt;"), None),
    (
        target("<link rel=webmention href=wm>", url="https://blog.example/moved/"),
        "https://blog.example/moved/wm",
    ),
]
RDF = '<rdf:Description rdf:about="{0}" dc:identifier="{0}" trackback:ping="{1}" />'
TRACKBACKS = [
    (target(f"<!--\n<rdf:RDF>{RDF.format(PAGE, PAGE + 'trackback/')}</rdf:RDF>\n-->"), PAGE + "trackback/"),
    # a page may carry the RDF of several posts: the one that names this page counts
    (target(f"<!-- {RDF.format('https://blog.example/o/', '/other')} {RDF.format(PAGE, '/own')} -->"),
     "https://blog.example/own"),
    (target('<a rel="trackback" href="/tb/7">'), "https://blog.example/tb/7"),
    (target("<rdf:Description dc:identifier='x'>"), None),
]  # fmt: skip
CASES = [
    *((Protocol.PINGBACK, page, url) for page, url in PINGBACKS),
    *((Protocol.WEBMENTION, page, url) for page, url in WEBMENTIONS),
    *((Protocol.TRACKBACK, page, url) for page, url in TRACKBACKS),
]


@pytest.mark.parametrize(("protocol", "page", "expected"), CASES)
def test_endpoint(protocol: Protocol, page: Target, expected: str | None) -> None:
    """The endpoint is the one that the protocol's specification names first."""
    assert endpoint(protocol, page) == expected


@pytest.mark.parametrize(
    ("endpoint_url", "target_url", "expected"),
    [
        ("https://blog.example/xmlrpc.php", PAGE, True),
        ("http://127.0.0.1:6379/", PAGE, False),
        ("http://localhost/x", PAGE, False),
        ("http://sub.localhost/x", PAGE, False),
        ("http://[::1]/x", PAGE, False),
        ("http://0.0.0.0/x", PAGE, False),
        ("http://127.0.0.1:8000/xmlrpc.php", "http://127.0.0.1:8000/post/", True),
    ],
)
def test_loopback_endpoint_needs_a_loopback_target(
    endpoint_url: str, target_url: str, expected: bool
) -> None:
    """A page elsewhere cannot aim a sender at the sender's own machine (Webmention 4.3)."""
    assert is_plausible(endpoint_url, target_url) is expected


@given(st.binary(max_size=300), st.text(max_size=100), st.sampled_from(Protocol))
def test_any_bytes_give_an_address_or_none(body: bytes, header: str, protocol: Protocol) -> None:
    """Whatever a target says, the answer is an http address or None."""
    page = Target(
        url=PAGE, headers=(("Link", header), ("X-Pingback", header)), body=body + b"<link rel=pingback href="
    )
    found = endpoint(protocol, page)
    assert found is None or found.startswith(("http://", "https://"))
