"""The training corpus: real rows and made ones, each with its weight.

Weights keep every kind from telling the label (spam and genuine weigh the same in each protocol),
and a large campaign from outvoting the rest (near-copies and whole groups count by their root).
"""

from __future__ import annotations

import math
import random
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from proxy.linkback import Protocol
from training.render.disguise import DISGUISES, disguised
from training.render.genuine import Target, genuine, replies, retold, targets_of
from training.render.habits import HABITS
from training.render.pages import with_pages
from training.render.prose import written
from training.render.respun import respun
from training.render.spam import campaigns
from training.rows import COMMENT, Data, Row, labelled

DISGUISED_SHARE = 0.08  # of the spam rows, told again in disguise


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How much is made, and how much a made row weighs beside a real one."""

    campaigns: int = 900
    habits: tuple[str, ...] = tuple(HABITS)
    rounds: int = 3  # genuine linkbacks made of each article
    written: int = 24  # articles put together in each language
    respun: int = 6_000
    replies: int = 1_500
    pages: int = 2_400  # rows that are told again with a page around them
    made_weight: float = 0.5
    real_weight: float = 2.0
    page_weight: float = 4.0


def corpus(data: Data, recipe: Recipe, seed: int) -> tuple[list[Row], list[float]]:
    """Give the rows to train on, and their weights."""
    rng = random.Random(seed)  # noqa: S311 (no secrets: a repeatable draw)
    real = list(labelled(data.rows))
    comments = [row for row in data.rows if row.kind == COMMENT]
    articles = [*data.articles, *written(rng, recipe.written)]
    targets = targets_of(articles, data.rows)
    spam_texts = [row for row in (*real, *comments) if row.spam]
    rows = [
        *real,
        *genuine(articles, data.rows, rng, recipe.rounds),
        *retold(real, rng),
        *replies(comments, rng, recipe.replies),
        *campaigns(targets, rng, recipe.campaigns, habits=recipe.habits),
        *respun(spam_texts, targets, rng, recipe.respun),
    ]
    rows += _disguised(rows, rng)
    rows += _paged(rows, targets, recipe.pages, rng)
    return rows, weights(rows, recipe)


def _disguised(rows: Sequence[Row], rng: random.Random) -> list[Row]:
    spam = [row for row in rows if row.spam]
    chosen = rng.sample(spam, int(len(spam) * DISGUISED_SHARE))
    names = sorted(DISGUISES)
    return [
        replace(
            row,
            id=f"made:disguised:{row.id}",
            sample=replace(row.sample, linkback=disguised(row.sample.linkback, rng.choice(names), rng)),
            made="disguised",
        )
        for row in chosen
    ]


def _paged(rows: Sequence[Row], targets: Sequence[Target], number: int, rng: random.Random) -> list[Row]:
    half = [
        [row for row in rows if row.spam is spam and row.sample.linkback.target] for spam in (True, False)
    ]
    chosen = [row for side in half for row in rng.sample(side, min(len(side), number // 2))]
    paged = list(with_pages(chosen, targets, rng))
    return [*paged, *(_unread(row) for row in paged[::3] if row.kind != Protocol.TRACKBACK)]


def _unread(row: Row) -> Row:
    """Give a linkback whose page was not read: nothing but an address, of spam and genuine alike."""
    bare = replace(row.sample.linkback, title="", excerpt="", blog_name="")
    return replace(
        row,
        id=row.id.replace("page", "unread", 1),
        sample=replace(row.sample, linkback=bare, evidence=None),
        made="unread",
    )


def weights(rows: Sequence[Row], recipe: Recipe) -> list[float]:
    """Weigh each row: near-copies and groups by their root, kinds evenly between the labels."""
    copies = Counter((row.key, row.spam) for row in rows)
    groups = Counter((row.group, row.spam, bool(row.made)) for row in rows)
    plain = [
        row.trust
        * _weight_of_origin(row, recipe)
        / math.sqrt(copies[row.key, row.spam])
        / groups[row.group, row.spam, bool(row.made)] ** 0.25
        for row in rows
    ]
    mass: dict[tuple[str, bool | None], float] = defaultdict(float)
    for row, weight in zip(rows, plain, strict=True):
        mass[row.kind, row.spam] += weight
    even = {kind: sum(mass[kind, spam] for spam in (True, False)) / 2 for kind in Protocol}
    scaled = [
        weight * even[Protocol(row.kind)] / mass[row.kind, row.spam]
        for row, weight in zip(rows, plain, strict=True)
    ]
    mean = sum(scaled) / len(scaled)
    return [weight / mean for weight in scaled]


def _weight_of_origin(row: Row, recipe: Recipe) -> float:
    if row.made == "page":
        return recipe.page_weight
    return recipe.made_weight if row.made else recipe.real_weight
