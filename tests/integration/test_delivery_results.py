"""Our own requests at a real WordPress: it takes them, and we read what it made of them."""

from __future__ import annotations

import contextlib
import http.client
from urllib.parse import quote, urlsplit

import pytest

from proxy.linkback import Linkback, Protocol
from proxy.protocols import methods, pingback, trackback, xmlrpc
from proxy.protocols.http import Delivery, Headers, Incoming, Outcome, OutcomeKind
from proxy.protocols.methods import OtherCall
from proxy.protocols.recognise import Claim, recognise
from tests.rig import BlogPost, Rig

pytestmark = pytest.mark.wordpress

TITLE = "Brød & <b>smør</b> — 冬 1 < 2"


def exchange(rig: Rig, request: Delivery) -> tuple[int, Headers, bytes]:
    """Send one of our requests to WordPress."""
    headers = {**dict(request.headers), "Host": urlsplit(rig.public_url).netloc}
    connection = http.client.HTTPConnection("127.0.0.1", rig.options.port, timeout=30)
    with contextlib.closing(connection):
        connection.request(request.method, request.path, request.body, headers)
        response = connection.getresponse()
        return response.status, tuple(response.getheaders()), response.read()


def ping(rig: Rig, source: str, target: str) -> Outcome:
    """Deliver a pingback."""
    linkback = Linkback(protocol=Protocol.PINGBACK, source=source, target=target)
    return pingback.read_result(*exchange(rig, pingback.delivery(linkback, "/xmlrpc.php")))


def track(rig: Rig, source: str, post: BlogPost, title: str = TITLE) -> Outcome:
    """Deliver a trackback."""
    linkback = Linkback(
        protocol=Protocol.TRACKBACK,
        source=source,
        target=post.url,
        endpoint=f"{post.path}trackback/",
        title=title,
        excerpt=f"{title} & more",
        blog_name="Bøker",
    )
    return trackback.read_result(*exchange(rig, trackback.delivery(linkback)))


def test_pingback(wordpress: Rig, source_server: str) -> None:
    """A delivered pingback is stored, the second is a duplicate, one without a link hears not a word."""
    target = wordpress.posts[0].url
    source = f"{source_server}/links?to={quote(target)}"
    assert ping(wordpress, source, target).kind is OutcomeKind.DELIVERED
    assert ping(wordpress, source, target).kind is OutcomeKind.DUPLICATE
    assert (
        ping(wordpress, f"{source_server}/links?to=http://other.example/", target).kind is OutcomeKind.UNCLEAR
    )
    assert [comment.type for comment in wordpress.comments()] == ["pingback"]


def test_trackback(wordpress: Rig) -> None:
    """A delivered trackback is stored with its texts; the second is a duplicate; a closed post refuses."""
    assert track(wordpress, "http://a.example/1", wordpress.posts[0]).kind is OutcomeKind.DELIVERED
    assert track(wordpress, "http://a.example/1", wordpress.posts[0], "x").kind is OutcomeKind.DUPLICATE
    closed = track(wordpress, "http://a.example/2", wordpress.special["pings_closed"], "y")
    assert closed.kind is OutcomeKind.REFUSED
    (comment,) = wordpress.comments()
    assert (comment.author, comment.post_id) == ("Bøker", wordpress.posts[0].id)
    assert comment.content.startswith("<strong>Brød &amp; smør — 冬 1 &lt; 2</strong>\n\n")


def test_redelivery_of_a_source_with_an_ampersand(wordpress: Rig, source_server: str) -> None:
    """WordPress does not know such a source again but the words: its 409 is no refusal."""
    target = wordpress.posts[0].url
    for source, kind in (("?a=1&b=2", OutcomeKind.DELIVERED), ("?a=1&b=2", OutcomeKind.SAME_WORDS)):
        assert track(wordpress, f"http://a.example/{source}", wordpress.posts[1]).kind is kind
        assert ping(wordpress, f"{source_server}/links{source}&to={target}", target).kind is kind
    assert len(wordpress.comments()) == 2


def test_flood(wordpress: Rig, source_server: str) -> None:
    """The second linkback within 15 s, of whatever kind, is put back and not taken for refused."""
    first, second, third = wordpress.posts[:3]
    with wordpress.flood_check():
        assert track(wordpress, "http://a.example/1", first).kind is OutcomeKind.DELIVERED
        assert track(wordpress, "http://b.example/2", second).kind is OutcomeKind.RETRY
        assert ping(wordpress, f"{source_server}/links?to={third.url}", third.url).kind is OutcomeKind.RETRY
    assert len(wordpress.comments()) == 1


@pytest.mark.parametrize("form", ["trackback/", "?tb=1", "?tb=1&page_id=", "wp-trackback.php/"])
def test_every_endpoint_leads_to_the_post(wordpress: Rig, form: str) -> None:
    """The endpoint that we write for a trackback's address is one at which WordPress takes it."""
    for post in (wordpress.posts[0], wordpress.special["page"], wordpress.special["unicode_slug"]):
        target = f"/{form}{post.id}" if form.startswith("wp-") else f"{post.path}{form}"
        incoming = Incoming(
            method="POST",
            raw_target=target,
            headers=(("Content-Type", "application/x-www-form-urlencoded"),),
            blog_url=wordpress.public_url,
            body=f"url=http://a.example/{post.id}&title=T{post.id}".encode(),
        )
        claim = recognise(incoming)
        assert isinstance(claim, Claim)
        result = trackback.read_result(*exchange(wordpress, trackback.delivery(claim.linkback)))
        assert (result.kind, wordpress.comments()[-1].post_id) == (OutcomeKind.DELIVERED, post.id)


def test_other_calls_of_a_batch(wordpress: Rig) -> None:
    """WordPress answers the other calls of a batch as we write them, in order, faults and all."""
    calls = (
        OtherCall(method="demo.addTwoNumbers", params=(2, 3)),
        Linkback(protocol=Protocol.PINGBACK, source="http://a.example/", target="http://b.example/"),
        OtherCall(method="no.such", params=()),
        OtherCall(method="demo.sayHello", params=()),
    )
    request = Delivery(
        method="POST", path="/xmlrpc.php", headers=pingback.XML_HEADERS, body=methods.render_others(calls)
    )
    theirs = methods.read_others(exchange(wordpress, request)[2])
    added, ours, unknown, hello = methods.splice(calls, ("ours",), theirs)
    assert (added, ours, hello) == ([5], ["ours"], ["Hello!"])
    assert xmlrpc.item(unknown, "faultCode") == -32601
