"""What the examiner finds out about one page and one target."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proxy.examine import describe, examine
from proxy.linkback import Evidence

SOURCE = "http://source.example/blog/a"
TARGET = "http://blog.example/post"


def look(html: str | bytes, *, target: str = TARGET, content_type: str = "") -> Evidence:
    """Examine a page of the source without its text."""
    body = html if isinstance(html, bytes) else html.encode()
    return examine(body, content_type=content_type, source=SOURCE, target=target, with_text=False)


LINKS = [
    '<a href="http://blog.example/post">',
    "<A HREF=http://BLOG.example/post>",
    '<a href=" http://blog.example/post ">',
    '<a href="//www.blog.example/post/#more">',
    '<a href="https://blog.example:443/%70ost">',
    '<a href="http:\\\\blog.example\\post">',
    '<a href="http://blog.example/x/../post">',
    '<a href="&#104;ttp://blog.example/post">',
    '<base href="http://blog.example/"><a href="post">',
    '<svg><title><a href="http://blog.example/post">x</a></title></svg>',
    '<math><mi><a href="http://blog.example/post">x</a></mi></math>',
    '<map><area href="http://blog.example/post"></map>',
    '<p><a rel=nofollow href="http://blog.example/post">unclosed',
    '<p><noscript><a href="http://blog.example/post">',
    '<head><noscript><img src="/x"><a href="http://blog.example/post">',
]
NO_LINKS = [
    "http://blog.example/post",
    '<!-- <a href="http://blog.example/post"> -->',
    '<script>"<a href=http://blog.example/post>"</script>',
    '<style><a href="http://blog.example/post"></style>',
    '<textarea><a href="http://blog.example/post"></textarea>',
    '<title><a href="http://blog.example/post"></title>',
    '<iframe><a href="http://blog.example/post"></iframe>',
    '<template><a href="http://blog.example/post"></template>',
    '<a name="http://blog.example/post">',
    '<a href="http://blog.example/posts">',
    '<a href="http://evil.example/http://blog.example/post">',
    '<a href="http://blog.example@evil.example/post">',
    '<a href="http://evil.example/?u=http://blog.example/post">',
    '<link rel=related href="http://blog.example/post">',
    '<svg><a href="http://blog.example/post">x</a></svg>',
    '<svg><mi><a href="http://blog.example/post">x</a></mi></svg>',
    '<svg><base href="http://blog.example/"></svg><a href="post">x</a>',
]


@pytest.mark.parametrize("html", LINKS)
def test_real_links_are_found(html: str) -> None:
    """Whatever a browser would follow to the target is a link to it."""
    assert look(html).found


@pytest.mark.parametrize("html", NO_LINKS)
def test_what_only_looks_like_a_link_is_none(html: str) -> None:
    """An address in text, in a comment, in a script or on another host is no link to the target."""
    assert not look(html).found


def test_an_embedded_target_is_a_sign_and_no_link() -> None:
    """What Webmention allows beyond links is reported beside them."""
    evidence = look('<img src="http://blog.example/post">')
    assert (evidence.found, evidence.signs) == (False, ("embedded",))


def test_the_link_and_its_surroundings_are_told() -> None:
    """Relation, text, excerpt, title, language and endpoint are those of the page."""
    evidence = look(
        "<html lang=en-GB><title> A\n day </title><link rel=pingback href=/xmlrpc.php>"
        "<p>Yesterday I have read "
        "<a rel='nofollow UGC' href='http://blog.example/post'>this &amp; that</a> with joy."
        "<a href=http://other.example/>x</a>"
    )
    assert evidence.rel == ("nofollow", "ugc")
    assert evidence.anchor_text == "this & that"
    assert evidence.excerpt == "[…] I have read this & that with […]"
    assert (evidence.title, evidence.language) == ("A day", "en")
    assert evidence.pingback_endpoint == "http://source.example/xmlrpc.php"
    assert (evidence.links_out, evidence.links_to_target) == (2, 1)


def test_the_links_that_stand_nearest_are_told() -> None:
    """Of links to other hosts: how many hosts, and the words of twenty around the link, cut, not its own."""
    links = [f"<a href=http://h{n % 7}.example/{n}>{n} {'x' * 99}</a>" for n in range(60)]
    links.insert(30, "<a href=/own>own</a><a href=http://blog.example/post>here</a>")
    evidence = look("".join(links))
    assert (evidence.links_out, evidence.hosts_out) == (61, 8)
    assert [text.split()[0] for text in evidence.beside] == [str(n) for n in range(20, 40)]
    assert {len(text) for text in evidence.beside} == {60}
    assert look("".join(links[:3])).beside == tuple(
        text[:60] for text in (f"{n} {'x' * 99}" for n in range(3))
    )


def test_a_base_makes_no_link_the_pages_own() -> None:
    """What leads away from the page's own host leads out, whatever its base says."""
    html = "<base href='http://blog.example/'><a href='post'>x</a><a href='http://source.example/b'>y</a>"
    assert look(html).links_out == 1


@pytest.mark.parametrize(
    "target", ["post", "./post?x=1&amp;y=2", "mailto:me@blog.example", "http://[bad", "ftp://x/y"]
)
def test_a_target_as_it_stands_in_the_page_is_found(target: str) -> None:
    """A relative or odd href given as the target is found where it stands."""
    assert look(f'<a href="{target}">x</a>', target=target.replace("&amp;", "&")).found


def test_a_page_that_nests_too_deeply_is_cut_there() -> None:
    """Nesting beyond what any page has is cut, and what stands before is read."""
    evidence = look("<a href=http://blog.example/post>x</a>" + "<div>" * 200_000)
    assert (evidence.found, evidence.signs) == (True, ("too-deep",))


def test_a_long_page_of_unclosed_items_is_no_deep_one() -> None:
    """Paragraphs and list items that nobody closed do not nest."""
    evidence = look("<ul>" + "<li>one<p>two" * 20_000 + "</ul><a href=http://blog.example/post>x</a>")
    assert (evidence.found, evidence.signs) == (True, ())


def test_a_post_is_described_by_its_title_text_and_language() -> None:
    """The target post is described by what a reader sees of it."""
    post = describe(
        b"<title>A day</title><article><p>This is the text of the post and it is not long.</p></article>",
        content_type="text/html",
        url=TARGET,
    )
    assert (post.url, post.title, post.language) == (TARGET, "A day", "en")
    assert "the text of the post" in post.text


PIECES = """
<a_href='http://blog.example/post'> </a> <p> <!-- --> <script> </script> <base_href= <table><tr><td> <svg>
<template> <meta_charset=utf-16> <meta_charset=shift_jis> < <title> <html_lang=' <body_onload= <noscript>
<select><option> &#xD800; ]]> <![CDATA[ \x00
"""
MARKUP = st.lists(
    st.one_of(st.sampled_from([piece.replace("_", " ") for piece in PIECES.split()]), st.text(max_size=10)),
    max_size=30,
).map("".join)


@settings(max_examples=150)
@given(
    st.one_of(st.binary(max_size=300), st.builds(lambda s: s.encode("utf-8", "replace"), MARKUP)),
    st.sampled_from(
        ["", "text/html", "text/html; charset=koi8-r", "text/html; charset=nonsense", "\x00;charset"]
    ),
    st.one_of(st.just(TARGET), st.text(max_size=20)),
    st.one_of(st.just(SOURCE), st.text(max_size=20)),
)
def test_any_bytes_give_bounded_evidence(body: bytes, content_type: str, target: str, source: str) -> None:
    """For any bytes there is evidence and no exception, and every text in it is bounded."""
    evidence = examine(body, content_type=content_type, source=source, target=target)
    assert len(evidence.anchor_text) <= 300
    assert len(evidence.excerpt) <= 1_000
    assert len(evidence.title) <= 300
    assert len(evidence.text) <= 5_000
    assert 0 <= evidence.text_share <= 1
    assert all(len(token) <= 40 for token in (*evidence.rel, *evidence.signs))
    assert evidence.found == (evidence.place is not None) == (evidence.links_to_target > 0)
