"""What spammers can change at no cost: how much of a fold's spam is caught all the same.

Words disguised, and title or blog name hidden or put otherwise. Only spam is changed: the threshold stays
the one of the rows as they came.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import replace

from proxy.linkback import Linkback, Sample
from proxy.urls import host_of
from training.render.disguise import DISGUISES, disguised
from training.rows import Row

UNCHANGED = "as it came"
PLAIN_NAMES = ("Home", "Blog", "Anna", "Peter", "Notes", "Garden", "Mark Smith", "Travel")

Change = Callable[[Sample, random.Random], Linkback]


def changes() -> dict[str, Change]:
    """Give each change by its name."""
    return {
        UNCHANGED: lambda sample, _: sample.linkback,
        **{f"words: {name}": _disguise(name) for name in DISGUISES},
        "title: none": lambda sample, _: replace(sample.linkback, title=""),
        "title: the excerpt's first words": lambda sample, _: replace(
            sample.linkback, title=" ".join(sample.linkback.excerpt.split()[:6])
        ),
        "title: the post's": lambda sample, _: replace(
            sample.linkback, title=sample.post.title if sample.post else ""
        ),
        "name: none": lambda sample, _: replace(sample.linkback, blog_name=""),
        "name: the host": lambda sample, _: replace(
            sample.linkback, blog_name=host_of(sample.linkback.source)
        ),
        "name: a plain word": lambda sample, rng: replace(sample.linkback, blog_name=rng.choice(PLAIN_NAMES)),
        "title and name: none": lambda sample, _: replace(sample.linkback, title="", blog_name=""),
    }


def _disguise(name: str) -> Change:
    return lambda sample, rng: disguised(sample.linkback, name, rng)


def changed(rows: Sequence[Row], change: Change) -> list[Row]:
    """Give rows with their claims changed, always in the same way."""
    rng = random.Random(1)  # noqa: S311 (no secrets: a repeatable draw)
    return [replace(row, sample=replace(row.sample, linkback=change(row.sample, rng))) for row in rows]
