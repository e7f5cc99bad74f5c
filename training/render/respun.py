"""Real spam texts sent again: another protocol, another target, and title and name no longer equal.

'Title equals blog name' tells much of real spam, and is one line for a spammer to change.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from urllib.parse import urlsplit

from proxy.linkback import Sample
from training.render.claims import Words, claim_of
from training.render.genuine import Target
from training.render.keywords import lexicon
from training.render.phrases import PEOPLE
from training.rows import Row


def respun(
    rows: Sequence[Row], targets: Sequence[Target], rng: random.Random, most: int = 6000
) -> Iterator[Row]:
    """Give real spam texts again: other protocol, other target, title and name no longer equal."""
    rows = list({row.key: row for row in rows if row.spam and row.sample.linkback.excerpt}.values())
    rng.shuffle(rows)
    words = lexicon()
    names = sorted({row.sample.linkback.blog_name for row in rows if row.sample.linkback.blog_name})
    for turn, row in enumerate((rows * 3)[:most]):
        target = rng.choice(targets)
        said = _said_again(row, target, names, rng)
        address = row.sample.linkback.source or f"http://{words.host(said.name or 'shop', rng)}/"
        claim = claim_of(said, target, address, rng)
        yield replace(
            row,
            id=f"made:respun:{turn}:{row.id}",
            kind=claim.protocol.value,
            sample=Sample(linkback=claim, post=target.post),
            made="respun",
            of=frozenset({target.group}),
        )


def _said_again(row: Row, target: Target, names: Sequence[str], rng: random.Random) -> Words:
    claim, post = row.sample.linkback, row.sample.post
    excerpt = claim.excerpt
    if post and post.title:
        excerpt = excerpt.replace(post.title, target.title)
    keyword = claim.blog_name or claim.title or rng.choice(names or ["My Blog"])
    title = claim.title or keyword
    title = rng.choice(
        (
            title,
            title,
            title,
            " ".join(claim.excerpt.split()[:6]),
            target.title,
            rng.choice(names or [keyword]),
        )
    )
    name = rng.choice(
        (
            keyword,
            keyword,
            keyword,
            rng.choice(names or [keyword]),
            rng.choice(PEOPLE),
            urlsplit(claim.source).hostname or keyword,
        )
    )
    return Words(title[:200], name, excerpt[:600])
