"""An owner's memory: marks of what was labelled spam, by which the next of a campaign is known at once.

A campaign repeats itself: pieces of its texts around whatever it fills in, its titles and names, its hosts.
Each is a mark, a number that no text can be made of again. The target's own words are none, for everybody
quotes them, and short texts have none, for everybody says them. Pure, and the same on every machine.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterable, Iterator, Mapping
from itertools import accumulate

import numpy as np

from proxy.scoring.functionwords import FUNCTION_WORDS
from proxy.scoring.view import View

MOST_MARKS = 50_000  # that a memory holds
ROW_MARKS = 80  # of one linkback: more than there can be
EXCERPT_WORDS = 70  # words of an excerpt that are read
PIECE = 5  # words of an excerpt that make a mark; three, where one of them stands for what is filled in
SLOT_PIECE = 3
TELLING = (
    15  # bytes of letters that a piece or a whole excerpt has (three words: half); fewer are everybody's
)
NAMED = 8  # bytes of letters that a title or a name has
FILLED, NUMBER, START, END = "\u2023", "#", "^", "$"  # words of the post's title, digits, and the ends
SIGNS = frozenset((FILLED, NUMBER, START, END))
MOST = 5.0  # log-odds that a memory may add: it alone does not make spam of what reads genuine
UNSEEN = 0.05  # labels of either kind that a mark is thought to have beside those seen
SHARE = 0.75  # of a mark's log-odds that counts: a linkback has several, and they are added
OUTVOTED = 3  # labels 'spam' that one label 'ham' outweighs

Memory = Mapping[int, float]  # marks, and the log-odds that each adds


def remembered(labels: Iterable[tuple[Iterable[int], bool, float]]) -> Memory:
    """Make a memory of labels, the newest last: the marks of each, whether it says spam, and its trust if so.

    What exceeds a memory's room are the marks that labelled spam has not had for longest.
    """
    spam: dict[int, float] = {}
    ham: dict[int, int] = {}
    for told, is_spam, trust in labels:
        for mark in told:
            if is_spam:
                spam[mark] = spam.pop(mark, 0.0) + trust
            else:
                ham[mark] = ham.get(mark, 0) + OUTVOTED
    odds = {mark: (bad + UNSEEN) / (ham.get(mark, 0) + UNSEEN) for mark, bad in spam.items()}
    says = [(mark, min(MOST, SHARE * math.log(one))) for mark, one in odds.items() if one > 1]
    return dict(sorted(says[-MOST_MARKS:]))


def recall(memory: Memory, seen: Iterable[int]) -> float:
    """Give the log-odds of spam that a linkback's marks add."""
    return min(MOST, sum([memory[mark] for mark in seen if mark in memory]))


def content_of(memory: Memory) -> dict[str, np.ndarray]:
    """Give what an artefact holds of a memory."""
    return {"marks": np.array(list(memory), np.uint32), "says": np.array(list(memory.values()), np.float32)}


def memory_of(content: Mapping[str, np.ndarray]) -> Memory:
    """Make a memory of what an artefact holds; raises KeyError, TypeError or ValueError if that is none."""
    marks = np.asarray(content["marks"]).astype(np.uint32).tolist()
    says = np.asarray(content["says"]).astype(float).tolist()
    if len(marks) > MOST_MARKS or not all(0 < one <= MOST for one in says):
        raise ValueError("its memory is out of bounds")
    return dict(zip(marks, says, strict=True))


def marks(seen: View) -> list[int]:
    """Give the marks of a linkback, each once."""
    told = [_mark(f"heading {heading}") for heading in _headings(seen)]
    if seen.source.host:
        told.append(_mark(f"host {seen.source.host}"))
    return list(dict.fromkeys([*told, *text_marks(seen)]))


def text_marks(seen: View) -> Iterator[int]:
    """Give the marks of a linkback's text: that of the whole, and those of its pieces."""
    if _size(seen.excerpt.squashed) >= TELLING and not seen.post.words.issuperset(seen.excerpt.words):
        yield _mark(f"whole {seen.excerpt.squashed}")
    yield from _pieces(_template(seen), seen.post.words)


def _mark(text: str) -> int:
    return zlib.crc32(text.encode("utf-8", "surrogatepass"))


def _pieces(words: list[str], own: frozenset[str]) -> Iterator[int]:
    """Give the marks of pieces that tell something: enough letters, and not all of them the post's own."""
    coded = [word.encode("utf-8", "surrogatepass") for word in words]
    text, places = b" ".join(coded), [0, *accumulate([len(one) + 1 for one in coded])]
    told = [0 if word in SIGNS else len(one) for word, one in zip(words, coded, strict=True)]
    letters = [0, *accumulate(told)]
    others = [0, *accumulate([0 if word in own else size for word, size in zip(words, told, strict=True)])]
    for start, end, least in _spans(words):
        if letters[end] - letters[start] >= least and others[end] > others[start]:
            yield zlib.crc32(text[places[start] : places[end] - 1])


def _spans(words: list[str]) -> Iterator[tuple[int, int, int]]:
    """Give each piece's start and end, and the letters that it needs; a short text is one piece."""
    filled = {place for place, word in enumerate(words) if word == FILLED}
    for start in range(max(1, len(words) - SLOT_PIECE + 1)):
        if not filled.isdisjoint(range(start, start + SLOT_PIECE)):
            yield start, min(start + SLOT_PIECE, len(words)), TELLING // 2
        elif start + PIECE <= len(words) or not start:
            yield start, min(start + PIECE, len(words)), TELLING


def _template(seen: View) -> list[str]:
    """Give the excerpt's words, with what a campaign fills in left open: the post's title, and numbers."""
    title, words = set(seen.post.title.words) - FUNCTION_WORDS, [START]
    for word in seen.excerpt.words[:EXCERPT_WORDS]:
        shown = FILLED if word in title else NUMBER if word.isdigit() else word
        if shown not in SIGNS or shown != words[-1]:
            words.append(shown)
    return [*words, END]


def _headings(seen: View) -> Iterator[str]:
    """Give title and name, unless anybody may have them: words of the post's, or a first name."""
    for heading in (seen.title, seen.name):
        is_name = len(heading.words) > 1 or "." in heading.plain
        if is_name and _size(heading.squashed) >= NAMED and not seen.post.words.issuperset(heading.words):
            yield heading.squashed


def _size(letters: str) -> int:
    return len(letters.encode("utf-8", "surrogatepass"))
