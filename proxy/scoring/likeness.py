"""Findings about claim and target post: shared subject, quotation, script.

Pure. Genuine linkbacks often share rare words with the post; many do not, and a spammer may copy
the post's own words. So likeness is told in steps, and both ends are findings.
"""

from __future__ import annotations

from collections.abc import Iterator

from proxy.scoring.functionwords import FUNCTION_WORDS
from proxy.scoring.text import Text, squashed
from proxy.scoring.view import View

COPIED, LIKE, SLIGHT = 0.8, 0.4, 0.12  # share of the claim's telling words that the post has too


def likeness_findings(seen: View) -> Iterator[str]:
    """Give what is to be said of the claim beside its target."""
    if not seen.post.words:
        yield "likeness:unknown"
        return
    if seen.post.known:
        yield "likeness:" + _likeness(seen.excerpt, seen.post.words)
        yield "likeness:title-" + _likeness(seen.title, seen.post.words)
    yield from _of_titles(seen)
    script, target_script = script_of(seen.excerpt.plain or seen.title.plain), script_of(_sample_of(seen))
    if script and target_script:
        yield "likeness:same-script" if script == target_script else "likeness:other-script"


def _likeness(text: Text, target: frozenset[str]) -> str:
    telling = {
        word for word in text.words if word not in FUNCTION_WORDS and len(word) > 1 and not word.isdigit()
    }
    if not telling:
        return "empty"
    share = len(telling & target) / len(telling)
    return (
        "copied" if share >= COPIED else "high" if share >= LIKE else "slight" if share >= SLIGHT else "none"
    )


def _of_titles(seen: View) -> Iterator[str]:
    mine, theirs = squashed(seen.title.plain), squashed(seen.post.title.plain)
    if not mine or not theirs:
        return
    if mine == theirs:
        yield "title:is-target-title"
    elif len(theirs) > 5 and theirs in mine:  # noqa: PLR2004 (shorter ones stand in anything)
        yield "likeness:title-holds-target-title"
    if len(theirs) > 5 and theirs in squashed(seen.excerpt.plain):  # noqa: PLR2004
        yield "likeness:excerpt-holds-target-title"


def _sample_of(seen: View) -> str:
    return seen.post.title.plain or " ".join(list(seen.post.words)[:20])


SCRIPTS = (
    ("latin", 0x41, 0x24F),
    ("greek", 0x370, 0x3FF),
    ("cyrillic", 0x400, 0x52F),
    ("arabic", 0x600, 0x6FF),
    ("thai", 0xE00, 0xE7F),
    ("east-asian", 0x3040, 0x9FFF),
    ("korean", 0xAC00, 0xD7AF),
)


def script_of(text: str) -> str:
    """Name the script of a text: the first other than Latin that has a fifth of its letters."""
    if text.isascii():
        return "latin" if any(map(str.isalpha, text)) else ""
    letters = [ord(character) for character in text[:80] if character.isalpha()]
    for name, first, last in (*SCRIPTS[1:], SCRIPTS[0]):
        if letters and sum(first <= letter <= last for letter in letters) * 5 >= len(letters):
            return name
    return ""
