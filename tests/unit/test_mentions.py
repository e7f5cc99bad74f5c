"""The cheap proof that a page does not link to a target."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.examine import examine
from proxy.mentions import mentions

SOURCE = "http://source.example/a"
TARGET = "http://blog.example/2024/hello-fjord/"

SPELLINGS = [
    '<a href="http://blog.example/2024/hello-fjord/">',
    '<a href="//WWW.blog.example/2024/hello-fjord">',
    '<a href="http://blog.example/2024/hello-&#102;jord/">',
    '<a href="http://blog.example/2024/hello-&#x0066jord/">',
    '<a href="http://blog.example/2024/hello-&#102jord/">',
    '<a href="http://blog.example/2024/&#104ello-fjord/">',
    '<a href="http://blog.example/2024/hello-%66jord/">',
    '<a href="http://blog.example/2024/hello-&percnt;66jord/">',
    '<a href="http://blog.example/2024/hello-&#37;66jord/">',
    '<a href="http://blog.example/2024/hello-&fjlig;ord/">',
    '<a href="http://blog.example/2024/hello-fj\n\tord/">',
    '<a href="http://blog.example/2024/hello-fj&Tab;o&#10;rd/">',
    '<base href="http://blog.example/2024/hello-fjord/"><a href="./">',
]


@pytest.mark.parametrize("html", SPELLINGS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_no_spelling_escapes(html: str, encoding: str) -> None:
    """A link that the examiner finds is mentioned, however it is spelled."""
    body = html.encode(encoding)
    assert examine(body, content_type="", source=SOURCE, target=TARGET, with_text=False).found
    assert mentions(body, source=SOURCE, target=TARGET)


def test_escape_sequences_of_an_encoding_hide_nothing() -> None:
    """A page that switches its alphabet within the address is looked at."""
    body = b'<meta charset=iso-2022-jp><a href="http://blog.example/2024/hello-fj\x1b(Bord/">'
    assert mentions(body, source=SOURCE, target=TARGET)


def test_a_page_without_the_address_needs_no_parser() -> None:
    """Where the target's path is nowhere in the bytes there is no link to it."""
    assert not mentions(b"<p>good day</p> <a href=http://blog.example/2024/>", source=SOURCE, target=TARGET)


@pytest.mark.parametrize(
    ("source", "target"),
    [("http://blog.example/x", TARGET), ("", TARGET), (SOURCE, "http://blog.example/"), (SOURCE, "mailto:x")],
)
def test_what_cannot_be_proven_is_looked_at(source: str, target: str) -> None:
    """A page on the target's host, or a target without a path, proves nothing."""
    assert mentions(b"", source=source, target=target)


PIECES = st.sampled_from(
    [
        "<a href='",
        "'>",
        "http://blog.example/",
        "/x",
        "1/y",
        "..",
        "&#47;",
        "&#x78",
        "%78",
        "\n",
        "&Tab;",
        "y",
        "//",
        "é",
    ]
)


@given(st.lists(PIECES, max_size=12).map("".join), st.sampled_from(["utf-8", "utf-16", "latin-1"]))
def test_false_is_a_proof(html: str, encoding: str) -> None:
    """Whenever the answer is no, the parsed page has no link to the target."""
    body, target = html.encode(encoding, "replace"), "http://blog.example/x1/y"
    if not mentions(body, source=SOURCE, target=target):
        assert not examine(body, content_type="", source=SOURCE, target=target, with_text=False).found
