"""Cloaking: whether a page shows one thing to us and another to a browser.

Pure. Compares the evidence of two looks at one page; says nothing about why they differ. Pages change
a little at every look (dates, counters, advertisements), so only what no honest page does counts.
"""

from __future__ import annotations

import re

from proxy.linkback import Evidence, Place

ENOUGH_WORDS = 30  # shorter texts say too little to be compared
LEAST_SHARED = 0.2  # of the words of two texts together; two honest looks share nearly all


def differs(first: Evidence, second: Evidence) -> bool:
    """Say whether two looks at a page can't both be honest."""
    if first.found != second.found:
        return True
    if (first.place is Place.HIDDEN) != (second.place is Place.HIDDEN):
        return True
    mine, theirs = _words(first.text), _words(second.text)
    if min(len(mine), len(theirs)) < ENOUGH_WORDS:
        return False
    return len(mine & theirs) < LEAST_SHARED * len(mine | theirs)


def _words(text: str) -> frozenset[str]:
    """Give the words of a text; for scripts without blanks its pairs of characters."""
    words = re.findall(r"\w+", text.lower())
    return frozenset(part for word in words for part in _parts(word))


def _parts(word: str) -> list[str]:
    return [word] if word.isascii() else [word[i : i + 2] for i in range(max(1, len(word) - 1))]
