"""Which targets are on a blog, which spellings name one post, and which paths are closed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.targets import NotOurs, TargetMatch, match, matches_path

BLOG = "https://blog.example"
POST = "https://blog.example/2024/01/bread"


@pytest.mark.parametrize(
    "spelling",
    [
        "https://blog.example/2024/01/bread",
        "https://blog.example/2024/01/bread/",
        "http://blog.example/2024/01/bread/",
        "https://www.blog.example/2024/01/bread/",
        "https://BLOG.example:443/2024/01/bread/#comments",
        "https://blog.example//2024/./01/x/../bread/",
        "https://blog.example/2024/01/br%65ad/",
        "https://blog.example/index.php/2024/01/bread/",
        "https://blog.example/2024/01/bread/?utm_source=feed&fbclid=1",
        "HTTPS://blog.example./2024/01/bread",
        "https://reader@blog.example/2024/01/bread/#a?b",
        "https:\\\\blog.example\\2024\\01\\bread",
        " https://blog.exa\tmple/2024/01/bread/\n",
        "https://%62log.example/2024/01/bread/",
        "https://ｂｌｏｇ.example/2024/01/bread/",
        "https://blog.example/%32024/01/bre%61d/?#x",
    ],
)
def test_spellings_of_one_post(spelling: str) -> None:
    """Scheme, www, port, fragment, last slash, dots, escapes and tracking make no other post."""
    found = match(spelling, (BLOG,))
    assert isinstance(found, TargetMatch)
    assert found.canonical == POST
    assert found.path == "/2024/01/bread"


@pytest.mark.parametrize(
    ("target", "canonical"),
    [
        ("https://blog.example/?p=4", "https://blog.example/?p=4"),
        ("https://blog.example/index.php?p=4&utm_medium=x", "https://blog.example/?p=4"),
        ("https://blog.example/?page_id=7#top", "https://blog.example/?page_id=7"),
        ("https://blog.example/%E5%86%AC/", "https://blog.example/%E5%86%AC"),
        ("https://blog.example/冬/", "https://blog.example/%E5%86%AC"),
        ("https://blog.example/%e5%86%ac/", "https://blog.example/%E5%86%AC"),
        ("https://blog.example/?x=1&amp;p=4", "https://blog.example/?x=1&p=4"),
        ("https://blog.example/2024%2F01/", "https://blog.example/2024%2F01"),
        ("https://blog.example/2024/01/Bread/", "https://blog.example/2024/01/Bread"),
        ("https://blog.example/2024/01/br%2565ad/", "https://blog.example/2024/01/br%2565ad"),
        ("https://blog.example/2024/01/bread/2/", "https://blog.example/2024/01/bread/2"),
    ],
)
def test_what_names_a_post_is_kept(target: str, canonical: str) -> None:
    """A query that names the post stays in the canonical address; scripts of all kinds have one spelling."""
    found = match(target, (BLOG,))
    assert isinstance(found, TargetMatch)
    assert found.canonical == canonical


@pytest.mark.parametrize(
    ("target", "blog"),
    [
        ("https://bücher.example/x", "https://xn--bcher-kva.example"),
        ("https://xn--bcher-kva.example/x", "https://bücher.example"),
        ("https://www.BÜCHER.example/x", "https://bücher.example"),
        ("https://xn--BCHER-kva.example./x", "http://www.bücher.example"),
        ("http://faß.example/", "https://xn--fa-hia.example"),
        ("https://blog.example:80/", "https://blog.example:80"),
        ("http://[::1]:8000/x", "http://[0:0::1]:8000"),
        ("http://blog.example/blog/x", "http://blog.example/blog/"),
        ("http://blog.example/blog", "http://blog.example/blog/"),
        ("http://127.0.0.1:8000/x", "http://127.0.0.1:8000"),
    ],
)
def test_is_on_the_blog(target: str, blog: str) -> None:
    """Internationalised names, folders and ports are compared in one spelling."""
    assert isinstance(match(target, (blog,)), TargetMatch)


@pytest.mark.parametrize(
    "target",
    [
        "http://evil.example/?x=blog.example&p=4",
        "ftp://blog.example/?p=4",
        "http://blog.example.evil.example/x",
        "http://blog.example@evil.example/x",
        "http://blog.example:8080/x",
        "http://blog.example:80:80/x",
        "http://xn--blog.example/x",
        "http://blog.example%2f.evil.example/x",
        "http://blog.example\u3002evil.example/x",
        "http://evil.example\\@blog.example/x",
        "http://evil.example#@blog.example/x",
        "http://evil.example?@blog.example/x",
        "http://bl\u043eg.example/x",
        "/2024/01/bread/",
        "javascript:alert(1)//blog.example",
        "",
        "http://",
    ],
)
def test_is_not_on_the_blog(target: str) -> None:
    """What WordPress mistakes for its own address is another site's to us."""
    assert isinstance(match(target, (BLOG,)), NotOurs)


def test_folders_are_whole_segments() -> None:
    """A blog in /blog does not own /blogger, and the longest matching address is the blog's."""
    assert isinstance(match("http://a.example/blogger", ("http://a.example/blog",)), NotOurs)
    found = match("http://a.example/blog/x", ("http://a.example", "http://a.example/blog"))
    assert isinstance(found, TargetMatch)
    assert found.blog_url == "http://a.example/blog"


@pytest.mark.parametrize(
    ("pattern", "target", "fits"),
    [
        ("/archive/*", "http://blog.example/archive/1/", True),
        ("/archive/*", "http://blog.example/%61rchive/1", True),
        ("/archive/*", "http://blog.example//archive/x/../1", True),
        ("/archive/*", "http://blog.example/index.php/archive/1", True),
        ("/archive/", "http://blog.example/archive", True),
        ("/冬*", "http://blog.example/%E5%86%AC/", True),
        ("/archive/*", "http://blog.example/other?/archive/1", False),
    ],
)
def test_closed_paths(pattern: str, target: str, fits: bool) -> None:
    """Patterns are held against the decoded path, so that no escape, slash or index.php gets around them."""
    assert matches_path([pattern], target) is fits


@given(st.text(max_size=60))
def test_any_text(text: str) -> None:
    """Any text at all is a match or not, and never an error."""
    assert isinstance(match(text, (BLOG,)), TargetMatch | NotOurs)
    matches_path(["*"], text)
