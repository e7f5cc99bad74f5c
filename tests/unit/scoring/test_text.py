"""Reading text as a reader sees it, whatever a spammer did to hide it."""

from __future__ import annotations

import random

import pytest

from proxy.scoring.text import LIMIT, read, words
from training.render.disguise import DISGUISES

PLAIN = "cheap casino tickets online"

READINGS = {
    "markup": ("<b>cheap</b> <a href='http://a.example'>casino</a>", "cheap casino"),
    "entities": ("ch&#101;ap &amp;#99;asino", "cheap casino"),
    "bbcode": ("[url=http://a.example]cheap[/url] casino", "cheap casino"),
    "full width": ("ｃｈｅａｐ casino", "cheap casino"),
    "look-alikes": ("сhеар саsinо", "cheap casino"),
    "zero width": ("ch\u200beap ca\u200bsino", "cheap casino"),
    "soft hyphens": ("ch\u00adeap casino", "cheap casino"),
    "spaced": ("c h e a p casino", "cheap casino"),
    "digits": ("ch3ap c4sin0o", "cheap casinoo"),
    "whole words in another script": ("дешёвое казино", "дешёвое казино"),
    "emoji joined by zero width": ("👩\u200d🚀 casino", "👩🚀 casino"),
}


@pytest.mark.parametrize("name", READINGS)
def test_text_is_read_as_shown(name: str) -> None:
    """Markup, entities and disguises are undone, and honest scripts are left alone."""
    raw, plain = READINGS[name]
    assert read(raw).plain == plain


DISGUISED = {
    "look-alikes": "сasino",
    "invisible-characters": "cas\u200bino",
    "spaced-letters": "c.a.s.i.n.o",
    "digits-for-letters": "c4sino v1agra",
    "entities": "&#99;&#97;&#115;ino",
}


@pytest.mark.parametrize("name", DISGUISED)
def test_disguise_is_named(name: str) -> None:
    """What was undone is reported, since hiding is a sign itself."""
    assert name in read(DISGUISED[name]).disguises


HONEST = (
    "5 μm of log4j",
    "U.S.A. and e.g. this",
    "👩\u200d🚀 flies",
    "It&#8217;s &quot;fine&quot;",
    "Привет world",
    "π is 3.14",
)


@pytest.mark.parametrize("raw", HONEST)
def test_honest_text_has_no_disguise(raw: str) -> None:
    """Units, acronyms, emoji, typography and mixed-language sentences are not taken for disguises."""
    assert read(raw).disguises == ()


@pytest.mark.parametrize("name", sorted(DISGUISES))
def test_most_words_survive_each_disguise(name: str) -> None:
    """After any of the made disguises at least half of the words are read as they were."""
    hidden = DISGUISES[name](PLAIN, random.Random(3))
    assert hidden != PLAIN
    assert len(set(read(hidden).words) & set(PLAIN.split())) >= 2


def test_scripts_without_blanks_are_split_in_pairs() -> None:
    """Chinese and Japanese are read in pairs of characters, Latin words among them whole."""
    assert words("在线casino娱乐城") == ("在线", "线c", "ca", "as", "si", "in", "no", "o娱", "娱乐", "乐城")
    assert words("在线 casino 娱乐城") == ("在线", "casino", "娱乐", "乐城")


def test_only_the_limit_is_read() -> None:
    """A field of any length costs no more than the limit."""
    assert len(read("word " * 100_000).shown) <= LIMIT


ADDRESSES = {
    "see http://a.example/x and www.b.example": ("http://a.example/x", "www.b.example"),
    "no address, only a.b": (),
    "broken http:/c.example": ("http:/c.example",),
}


@pytest.mark.parametrize("raw", ADDRESSES)
def test_addresses_are_found(raw: str) -> None:
    """Addresses written out in a text are collected."""
    assert read(raw).addresses == ADDRESSES[raw]
