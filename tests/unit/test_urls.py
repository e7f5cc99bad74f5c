"""Addresses: one spelling for each page, whatever a stranger writes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy import urls

SPELLINGS = [
    ("http://EXAMPLE.com", "http://example.com/"),
    ("HTTPS://example.com:443/a", "https://example.com/a"),
    ("http://example.com:8080/a", "http://example.com:8080/a"),
    ("http://example.com./a", "http://example.com/a"),
    ("  http://example.com/a\n", "http://example.com/a"),
    ("http://ex\tam\nple.com/a", "http://example.com/a"),
    ("http:\\\\example.com\\a", "http://example.com/a"),
    ("http:/example.com/a", "http://example.com/a"),
    ("http:////example.com/a", "http://example.com/a"),
    ("http://user:secret@example.com/a", "http://example.com/a"),
    ("http://blog.example@evil.example/a", "http://evil.example/a"),
    ("http://example.com/a/./b/../c", "http://example.com/a/c"),
    ("http://example.com/%2e%2E/c", "http://example.com/c"),
    ("http://example.com/../../c", "http://example.com/c"),
    ("http://example.com/%7Euser/%c3%a4", "http://example.com/~user/%C3%A4"),
    ("http://example.com/ä b", "http://example.com/%C3%A4%20b"),
    ("http://example.com/100%", "http://example.com/100%25"),
    ("http://example.com/?a=1&amp;b=2&#038;c=3", "http://example.com/?a=1&b=2&c=3"),
    ("http://example.com/?a&amp;amp;b&%61mp;c&amp;#38;d", "http://example.com/?a&b&c&d"),
    ("http://example.com/a?#f", "http://example.com/a"),
    ("http://münchen.example/", "http://xn--mnchen-3ya.example/"),
    ("http://ｅｘａｍｐｌｅ.com/", "http://example.com/"),
    ("http://exa\u00admple.com/", "http://example.com/"),
    ("http://%65xample.com/", "http://example.com/"),
    ("http://2130706433/", "http://127.0.0.1/"),
    ("http://0x7f.1/", "http://127.0.0.1/"),
    ("http://0177.0.0.0x1/", "http://127.0.0.1/"),
    ("http://1.2.3/", "http://1.2.0.3/"),
    ("http://１２７。０。０。１/", "http://127.0.0.1/"),
    ("http://[::FFFF:1.2.3.4]:80/", "http://[::ffff:102:304]/"),
]

NO_ADDRESSES = [
    "",
    "/a",
    "//example.com/a",
    "ftp://example.com/a",
    "javascript:alert(1)",
    "http://",
    "http:///",
    "http://../",
    "http://a..b/",
    "http://a b/",
    "http://a%00b/",
    "http://a%2fb/",
    "http://256.1.1.1/",
    "http://1.2.3.4.5/",
    "http://08.1.1.1/",
    "http://4294967296/",
    "http://example.com:0/",
    "http://example.com:65536/",
    "http://example.com:8o/",
    "http://[::1/",
    "http://[fe80::1%25eth0]/",
    "http://[::1]x/",
    "http://" + "a" * 254 + "/",
    "http://example.com/" + "a" * urls.MAX_LENGTH,
    "http://example.com/" + "ä" * (urls.MAX_LENGTH // 2),
]

SAME = [
    ("http://www.example.com/a", "https://example.com/a/"),
    ("http://example.com", "http://example.com/#top"),
    ("http://example.com/a%2fb", "http://example.com/a%2Fb"),
    ("http://example.com/?p=4&amp;x=1", "http://example.com/?p=4&x=1"),
    ("http://bücher.example/ä", "http://xn--bcher-kva.example/%C3%A4"),
]

DIFFERENT = [
    ("http://example.com/a", "http://example.com/A"),
    ("http://example.com/?p=4", "http://example.com/?p=5"),
    ("http://example.com/a/b", "http://example.com/a%2Fb"),
    ("http://example.com/a", "http://example.com:8080/a"),
    ("http://example.com/a", "http://blog.example.com/a"),
    ("", ""),
]

LINKS = [
    ("x", "https://s.example/a/b/x"),
    ("../x", "https://s.example/a/x"),
    ("./", "https://s.example/a/b/"),
    ("../../../..", "https://s.example/"),
    ("/abs", "https://s.example/abs"),
    ("?z", "https://s.example/a/b/c?z"),
    ("", "https://s.example/a/b/c?q"),
    ("#f", "https://s.example/a/b/c?q"),
    ("//o.example/x", "https://o.example/x"),
    ("\\\\o.example\\x", "https://o.example/x"),
    ("https:rel", "https://s.example/a/b/rel"),
    ("http:o.example/x", "http://o.example/x"),
    (" x y ", "https://s.example/a/b/x%20y"),
]


@pytest.mark.parametrize(("url", "expected"), SPELLINGS)
def test_one_spelling(url: str, expected: str) -> None:
    """Every spelling that browsers accept for an address becomes one."""
    assert urls.canonical(url) == expected


@pytest.mark.parametrize("url", NO_ADDRESSES)
def test_what_is_no_address(url: str) -> None:
    """What is not an absolute http(s) address has no canonical spelling."""
    assert urls.canonical(url) is None


@pytest.mark.parametrize(("a", "b"), SAME)
def test_same_page(a: str, b: str) -> None:
    """Scheme, `www.`, fragment, last slash and encoding make no other page."""
    assert urls.same_page(a, b)


@pytest.mark.parametrize(("a", "b"), DIFFERENT)
def test_different_pages(a: str, b: str) -> None:
    """Path, query, port and host make another page; what is no address is no page."""
    assert not urls.same_page(a, b)


@pytest.mark.parametrize(("href", "expected"), LINKS)
def test_links_are_resolved_as_browsers_do(href: str, expected: str) -> None:
    """A link leads where a browser on the page would go."""
    base = urls.split("https://s.example/a/b/c?q")
    assert base is not None
    assert str(urls.resolve(base, href)) == expected


@pytest.mark.parametrize("href", ["javascript:void(0)", "mailto:a@b.example", "data:text/html,x", "tel:1"])
def test_links_to_no_page(href: str) -> None:
    """A link with another scheme leads to no page."""
    base = urls.split("https://s.example/")
    assert base is not None
    assert urls.resolve(base, href) is None


@pytest.mark.parametrize(
    ("given_", "expected"),
    [
        ("http://a.b.co.uk/x", "b.co.uk"),
        ("a.example.com", "example.com"),
        ("joe.blogspot.com", "joe.blogspot.com"),
        ("https://joe.wordpress.com/2011/x", "joe.wordpress.com"),
        ("wordpress.com", "wordpress.com"),
        ("http://1.2.3.4/", "1.2.3.4"),
        ("http://[::1]/", "::1"),
        ("", ""),
    ],
)
def test_registrable_domain(given_: str, expected: str) -> None:
    """The registrable domain is the public suffix and one label; a numeric host stays as it is."""
    assert urls.registrable_domain(given_) == expected


PIECES = (
    "http:// https:// HTTP:// a b.c x- 1.2.3.4 256.1.1.1 01.2.3.4 0x1 . .. / :80 :443 :8080 :99999 ? & amp; "
    "AMP; &amp; &#38; %41 # @ ~ | [ \\ é _"
)


@given(
    st.sampled_from(["http://a.b", "https://1.2.3.4", ""]),
    st.lists(st.sampled_from(PIECES.split()), max_size=6).map("".join),
)
def test_a_glance_sees_what_a_whole_reading_does(start: str, rest: str) -> None:
    """An address that is read at a glance means what it means behind a blank, which no glance takes."""
    seen = urls.glance(start + rest)
    assert seen is None or seen == urls.split(f" {start}{rest}")


def test_most_addresses_are_read_at_a_glance() -> None:
    """What is canonical already needs no second look."""
    for url in (
        "https://example.com/2024/01/a-post/?p=1&x=2",
        "http://127.0.0.1:8080",
        "http://localhost/a.html",
    ):
        assert urls.glance(url) is not None


@given(st.text(max_size=80))
def test_canonical_is_a_fixed_point(text: str) -> None:
    """For any text there is no exception, and a canonical spelling stays what it is."""
    for url in (text, "http://" + text, "http://example.com/" + text):
        spelled = urls.canonical(url)
        assert spelled is None or urls.canonical(spelled) == spelled
        urls.registrable_domain(url)


@given(st.text(max_size=80), st.text(max_size=40))
def test_resolve_gives_canonical_addresses(href: str, path: str) -> None:
    """Where a link leads is spelled canonically, whatever is written in it."""
    base = urls.split("http://example.com/" + path)
    assert base is not None
    link = urls.resolve(base, href)
    assert link is None or urls.canonical(str(link)) == str(link)
