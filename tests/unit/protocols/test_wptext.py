"""Texts are stripped and cut exactly as PHP and WordPress do, quirks and all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.protocols.striptags import strip_tags
from proxy.protocols.wptext import clean_url, html_excerpt


# Each row was compared with PHP 8.2's strip_tags.
@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("a <b>bold</b> move", "a bold move"),
        ("1 < 2 and 3 > 2", "1 < 2 and 3 > 2"),
        ("a <b", "a "),
        ("a <b <i> c> d", "a  d"),
        ("<a title='>'>x</a>y", "xy"),
        ('<a title=">', ""),
        ("a<!-- > -->b", "ab"),
        ("a<!-- it's -->b", "ab"),
        ("a<?php f('>') ?>b", "ab"),
        ("<?xml>b", ""),
        ("-<?xml>b", "-b"),
        ("<!DOCTYPE a>b", "b"),
        ("a\0b", "ab"),
        ("<s3Ealert(1)</script>Seen", ""),
        ("<>a", "a"),
        ("<", ""),
        ("< ", "< "),
    ],
)
def test_strip_tags(text: str, kept: str) -> None:
    """What PHP keeps of a text is kept."""
    assert strip_tags(text) == kept


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("  a \r\n\t b ", "a b"),
        ("<style>p {}</style>a<SCRIPT>x</SCRIPT>b", "ab"),
        ("1 < 2 > 2", "1  2"),
        ("123456789 1", "123456789…"),
        ("12345678&amp;", "12345678…"),
        ("&lt;b&gt;", "&lt;b&gt;"),
        ("å&ã®åº­", "å&ã®åº­"),  # more than six bytes follow the ampersand, if not more than six characters
    ],
)
def test_html_excerpt(text: str, stored: str) -> None:
    """A text is stripped, folded, and cut at ten characters, never inside an entity."""
    assert html_excerpt(text, 10) == stored


@pytest.mark.parametrize(
    ("url", "stored"),
    [
        (" http://a.example/b c\n", "http://a.example/b%20c"),
        ("http://a.example/\"'<>{}^`\\x", "http://a.example/'x"),
        ("http://a.example/ü?q=[1]&r=%41", "http://a.example/ü?q=[1]&r=%41"),
        ("java\tscript:x", "javascript:x"),
    ],
)
def test_clean_url(url: str, stored: str) -> None:
    """An address loses the characters that WordPress takes out of it."""
    assert clean_url(url) == stored


@given(st.text(alphabet="<>!?-/'\"()\\ abxml\0", max_size=40))
def test_stripping_is_total(text: str) -> None:
    """Any text is stripped, to something no longer than it was."""
    assert len(strip_tags(text)) <= len(text)
