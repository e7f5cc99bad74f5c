"""Findings about claim and target post: shared subject, quotation, script.

Pure. Genuine linkbacks often share rare words with the post; many do not, and a spammer may copy
the post's own words. So likeness is told in steps, and both ends are findings. It is asked for only
where the page was read: of a claim alone it taught how the training's genuine linkbacks are made.
"""

from __future__ import annotations

from collections.abc import Iterator

from proxy.scoring.functionwords import FUNCTION_WORDS
from proxy.scoring.text import Text, script_of
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
    script = script_of(seen.excerpt.plain or seen.title.plain)
    if script and seen.post.script:
        yield "likeness:same-script" if script == seen.post.script else "likeness:other-script"


def _likeness(text: Text, target: frozenset[str]) -> str:
    telling = {
        word
        for word in text.vocabulary
        if word not in FUNCTION_WORDS and len(word) > 1 and not word.isdigit()
    }
    if not telling:
        return "empty"
    share = len(telling & target) / len(telling)
    return (
        "copied" if share >= COPIED else "high" if share >= LIKE else "slight" if share >= SLIGHT else "none"
    )


def _of_titles(seen: View) -> Iterator[str]:
    mine, theirs = seen.title.squashed, seen.post.title.squashed
    if not mine or not theirs:
        return
    if mine != theirs and len(theirs) > 5 and theirs in mine:  # noqa: PLR2004 (shorter ones stand in anything)
        yield "likeness:title-holds-target-title"
    if len(theirs) > 5 and theirs in seen.excerpt.squashed:  # noqa: PLR2004
        yield "likeness:excerpt-holds-target-title"
