"""Findings about title and blog name: their shape, each other, and the address.

Pure. 'Title equals blog name' is what most trackback spam of the past did, and is one line for a
spammer to change: it stands here as one finding among many, and training takes it away at random.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from proxy.scoring.praise import praised
from proxy.scoring.sitenames import named
from proxy.scoring.text import Text, step
from proxy.scoring.trades import traded
from proxy.scoring.view import View

SHORT = 5  # words: a keyword phrase rather than a sentence
MOST, SOME = 0.6, 0.2  # share of a title's words that stand in the address's path
MOJIBAKE = re.compile(
    r"[\u00a1-\u00bf\u00d7\u00d8\u00de\u00f0\ufffd]|\?{2,}|[\u00c2\u00c3][\u0080-\u00bf]"
)  # read in a wrong charset
LISTED = re.compile(r"(?:[^|,]{2,60}[|,]){3}")  # keywords, one after the other
SPUN = re.compile(r"\{[^{}|]{1,60}\|")
ENCODED = re.compile(r"(?=\S*[a-z])(?=\S*[A-Z])(?=\S*\d)[A-Za-z\d+/]{20,}={0,2}")
ONE_WORD = 28  # characters without a blank: encoded, or a host name
TELLING = 3  # letters: no 'to', no 'of'
SIZES = ((0, "0"), (1, "1"), (2, "2"), (3, "3"), (5, "4-5"), (8, "6-8"), (14, "9-14"))


def heading_findings(seen: View) -> Iterator[str]:
    """Give what is to be said of title and name."""
    title = seen.title.squashed or seen.title.plain  # a title may be all signs
    name = seen.name.squashed or seen.name.plain
    yield "title:words=" + size(len(seen.title.words))
    for field, heading in (("title-sells", seen.title), ("name-sells", seen.name)):
        sold = traded(heading.vocabulary, heading.plain)
        if sold:
            yield f"words:{field}={min(sold, 2)}"
    if praised(seen.title.words, seen.title.plain):
        yield "words:title-praises"
    yield from _of_title(seen, title)
    yield from _of_name(seen, title, name)
    if "[trackback]" in seen.title.plain or "[trackback]" in seen.name.plain:
        yield "title:says-trackback"


def size(words: int) -> str:
    """Name a number of words."""
    return step(words, SIZES, "15+")


def _of_title(seen: View, title: str) -> Iterator[str]:
    if not title:
        yield "title:none"
        return
    shape = letters(seen.title)
    yield "title:letters=" + shape
    if shape in {"lower", "each-capital"} and len(seen.title.words) <= SHORT:
        yield "title:short-" + shape
    if shape == "lower" and len(seen.title.words) <= SHORT and seen.title.plain.isascii():
        yield "title:short-ascii-lower"
    if looks_like_address(seen.title):
        yield "title:is-address"
    if not title.isalpha() and any(word.isdigit() and len(word) >= SHORT for word in seen.title.words):
        yield "title:long-number"
    if len(title) > SHORT and title in seen.source.squashed_host:
        yield "title:in-host"
    if len(seen.title.words) > 1 and len(title) > SHORT and title in seen.source.path:
        yield "title:joined-in-path"
    yield from _beside_target(title, seen.post.title.squashed)
    yield from _of_signs(seen.title.shown)
    yield "title:in-path=" + share_of(seen.title.words, seen.source.path[1:])
    yield "title:in-excerpt=" + share_of(seen.title.words, seen.excerpt.vocabulary)


def _beside_target(title: str, theirs: str) -> Iterator[str]:
    if title == theirs:
        yield "title:is-target-title"
    elif len(theirs) > SHORT + 2 and theirs in title:
        yield "title:holds-target-title"


def _of_signs(shown: str) -> Iterator[str]:
    if shown[-1:] in "!?":
        yield "title:ends-loud"
    if shown.count(",") + shown.count("|") > 2 and LISTED.search(shown):  # noqa: PLR2004 (three of them)
        yield "title:list"
    if "{" in shown and SPUN.search(shown):
        yield "title:spun"
    if not (shown.isascii() and "??" not in shown) and len(MOJIBAKE.findall(shown)) > 1:
        yield "title:lost-letters"


def share_of(words: Iterable[str], told: str | frozenset[str]) -> str:
    """Name the share of a heading's words that an address or a text has too."""
    telling = [word for word in words if len(word) >= TELLING]
    if not telling or not told:
        return "unknown"
    share = len([word for word in telling if word in told]) / len(telling)
    return "most" if share >= MOST else "some" if share >= SOME else "none"


def _of_name(seen: View, title: str, name: str) -> Iterator[str]:
    if not name:
        yield "title:no-name"
        return
    if title == name:
        yield "title:is-blog-name"
    elif len(name) > SHORT and name in title:
        yield "title:holds-name"
    elif len(title) > SHORT and title in name:
        yield "title:in-name"
    elif seen.title.vocabulary & seen.name.vocabulary:
        yield "title:shares-word-with-name"
    yield "title:name-words=" + size(len(seen.name.words))
    yield "title:name-letters=" + letters(seen.name)
    general = named(seen.name.vocabulary)
    if general:
        is_all = general == len(seen.name.vocabulary)
        yield "words:name-of-names=" + ("all" if is_all else str(min(general, 2)))
    if looks_like_address(seen.name):
        yield "title:name-is-address"
    if len(seen.name.shown) >= ONE_WORD and " " not in seen.name.shown and seen.name.shown.isascii():
        yield "title:name-unbroken"
    if ENCODED.fullmatch(seen.name.shown):
        yield "title:name-encoded"
    yield from _name_and_host(seen, name)


def _name_and_host(seen: View, name: str) -> Iterator[str]:
    host = seen.source.squashed_host
    if not host:
        return
    if (len(name) >= SHORT and name in host) or (
        len(seen.source.labels[0]) >= SHORT and seen.source.labels[0] in name
    ):
        yield "title:name-in-host"
    elif any(len(word) >= SHORT - 1 and word in host for word in seen.name.words):
        yield "title:name-word-in-host"
    else:
        yield "title:name-not-in-host"


def letters(text: Text) -> str:
    """Name the way in which a heading uses capitals."""
    lower, upper = text.shown.lower(), text.shown.upper()
    initials = [word[0] for word in text.shown.split() if word[0].isalpha()]
    if not initials or lower == upper:
        return "none"
    if text.shown == lower:
        return "lower"
    if text.shown == upper:
        return "capitals"
    if all(map(str.isupper, initials)):
        return "each-capital"
    return "sentence" if initials[0].isupper() else "mixed"


def looks_like_address(text: Text) -> bool:
    """Say whether a heading is a web address or a host's name."""
    bare = text.plain.strip()
    return bool(text.addresses) or (
        " " not in bare and "." in bare[1:-2] and bare.split(".")[-1].isalpha() and len(bare) > SHORT
    )
