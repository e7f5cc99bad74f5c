"""Findings about the excerpt's form: how long, how natural, what it links, how it hides.

Pure. The templates of trackback spam ('[...] Read More: TARGET [...]') differ in words and language
but share a form: a few words, then the target's address, in a pingback's brackets.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import filterfalse
from string import ascii_lowercase

from proxy.linkback import Protocol
from proxy.scoring.functionwords import FUNCTION_WORDS, UNSPACED_FUNCTION_CHARACTERS, YOU_WORDS
from proxy.scoring.headings import looks_like_address
from proxy.scoring.praise import praised
from proxy.scoring.text import Text, is_unpronounceable, step
from proxy.scoring.trades import traded
from proxy.scoring.view import View

EXCERPT_SIZES = ((0, "0"), (4, "1-4"), (9, "5-9"), (19, "10-19"), (34, "20-34"), (54, "35-54"))
LOW, HIGH = 0.2, 0.38  # share of function words: keyword lists have none, sentences 0.4 to 0.6
NUMBER = re.compile(r"(?<![\w./-])\d{4,6}(?![\w/-])")
SENTENCE_ENDS = ".!?"
FURTHER_ENDS = "。！？"  # noqa: RUF001 (Chinese ends its sentences so)
SPUN = re.compile(r"\{[^{}|]{1,60}\||\w\|\w[^|]{0,18}\|\w")
CUT = ("...", "…")
SCHEME = re.compile(r"https?:/{0,2}|www\.")
TITLE = 8  # letters: a shorter title stands in anything
FEW = 12  # words around the target's address in a template


def form_findings(seen: View) -> Iterator[str]:
    """Give what is to be said of the excerpt's form."""
    text = seen.excerpt
    yield "form:as=" + seen.protocol
    yield "form:words=" + step(len(text.words), EXCERPT_SIZES, "55+")
    for disguise in (*seen.title.disguises, *seen.name.disguises, *text.disguises):
        yield "form:hides=" + disguise
    if seen.wrapped and seen.protocol is Protocol.TRACKBACK:
        yield "form:wrapped" if seen.wrapped > 1 else "form:wrapped-once"
    if text.words:
        yield from _of_text(seen)
        yield from _of_subject(seen)
    if text.shown or text.links:
        yield from _of_links(seen)


def _of_text(seen: View) -> Iterator[str]:
    text = seen.excerpt
    yield "form:natural=" + naturalness(text)
    if len(text.vocabulary) < 0.6 * len(text.words):
        yield "form:repeats"
    if text.plain[0] in ascii_lowercase and text.shown[0].islower():
        yield "form:starts-lower"
    yield f"form:sentences={min(_number_of_sentences(text.shown), 3)}"
    yield from _of_reader(text)
    if is_unpronounceable(text.plain):
        yield "form:nonsense"
    if ("{" in text.shown or "|" in text.shown) and SPUN.search(text.shown):
        yield "form:spun"
    if not text.squashed.isalpha() and NUMBER.search(text.plain):
        yield "form:number-alone"
    if text.shown.endswith(CUT):
        yield "form:cut"
    if looks_like_address(text):
        yield "form:is-address"
    if "??" in text.shown:
        yield "form:lost-letters"


def _number_of_sentences(shown: str) -> int:
    ends = SENTENCE_ENDS if shown.isascii() else SENTENCE_ENDS + FURTHER_ENDS
    return sum([shown.count(end + " ") for end in ends]) + (shown[-1] in ends)


def _of_reader(text: Text) -> Iterator[str]:
    praise = praised(text.words, text.plain)
    if praise:
        yield f"form:praises={praise}"
    you = sum(map(YOU_WORDS.__contains__, text.words))
    if you:
        yield "form:speaks-to-you" if you > 1 else "form:you-once"


def _of_subject(seen: View) -> Iterator[str]:
    sold = traded(seen.excerpt.vocabulary, seen.excerpt.plain)
    if sold:
        yield f"form:sells={min(sold, 3)}"
    mine, title = seen.excerpt.squashed, seen.post.title.squashed
    if not mine or mine == title or len(title) < TITLE:
        return
    if mine.startswith(title):
        yield "form:starts-with-target-title"
    elif len(mine) >= TITLE and title.startswith(mine):
        yield "form:start-of-target-title"
    elif title in mine:
        yield "form:holds-target-title"


def _of_links(seen: View) -> Iterator[str]:
    text = seen.excerpt
    target, shown = _is_target_named(seen)
    if text.links:
        yield (
            "form:links-here" if seen.links_here else "form:links" if text.links == 1 else "form:many-links"
        )
    foreign = [
        address
        for address in text.addresses
        if not seen.target.host or seen.target.host not in address.lower()
    ]
    if foreign:
        yield "form:foreign-address" if len(foreign) == 1 else "form:foreign-addresses"
    if target:
        yield "form:target-address"
        if not shown:
            yield "form:only-target-address"
        elif shown <= FEW:
            yield "form:little-but-target-address"
        if text.plain.rstrip(" ]…./").endswith(target.rstrip(" ./")):
            yield "form:ends-with-target-address"
    if text.squashed and text.squashed == seen.post.title.squashed:  # a blogroll's link shows no more
        yield "form:is-target-title" if seen.protocol is not Protocol.TRACKBACK else "form:echoes-title"
    elif text.squashed == seen.title.squashed:
        yield "form:is-title"


def _is_target_named(seen: View) -> tuple[str, int]:
    """Give the target's address as it stands in the excerpt, and how many words stand beside it."""
    if not seen.target.host or seen.target.host not in seen.excerpt.plain:
        return "", 0
    start = seen.excerpt.plain.index(seen.target.host)
    end = seen.excerpt.plain.find(" ", start)
    written = seen.excerpt.plain[start : end if end > 0 else None]
    beside = SCHEME.sub(" ", seen.excerpt.plain.replace(written, " "))
    return written, len([word for word in beside.split() if any(map(str.isalpha, word))])


def naturalness(text: Text) -> str:
    """Name the share of function words: 'high' in sentences of any of the languages known here."""
    if len(text.words) < 5:  # noqa: PLR2004 (too short to say)
        return "short"
    known = sum(map(FUNCTION_WORDS.__contains__, text.words))
    further = () if text.squashed.isascii() else filterfalse(str.isascii, text.words)
    pairs = sum([not UNSPACED_FUNCTION_CHARACTERS.isdisjoint(word) for word in further])
    share = (known + pairs) / len(text.words)
    return "high" if share >= HIGH else "low" if share < LOW else "middle"
