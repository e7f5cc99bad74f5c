"""Rows told again with title or blog name masked, or another's: what excerpt and address say must suffice.

Spam and genuine alike, so that a missing heading tells nothing. 'Title equals blog name' marks most of
real spam, and a judge that only loses such findings at random still leans on the title's words.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace

from proxy.linkback import Sample
from proxy.urls import host_of
from training.rows import Row


def masked(rows: Sequence[Row], share: float, rng: random.Random) -> Iterator[Row]:
    """Give a share of the rows that have a title again, under another title or name, or none."""
    for row in rows:
        if row.sample.linkback.title and rng.random() < share:
            title, name = _headings(row.sample, rng)
            claim = replace(row.sample.linkback, title=title, blog_name=name)
            sample = replace(row.sample, linkback=claim)
            yield replace(row, id="made:masked:" + row.id, sample=sample, made="masked")


def _headings(sample: Sample, rng: random.Random) -> tuple[str, str]:
    title, name = sample.linkback.title, sample.linkback.blog_name
    first = " ".join(sample.linkback.excerpt.split()[: rng.randint(3, 8)])
    post = sample.post.title if sample.post else ""
    ways = (
        (("", name), 0.3),
        (("", ""), 0.25),
        ((title, ""), 0.1),
        ((first, name), 0.2),
        ((post, name), 0.05),
        ((title, host_of(sample.linkback.source)), 0.1),
    )
    return rng.choices([way for way, _ in ways], [odds for _, odds in ways])[0]
