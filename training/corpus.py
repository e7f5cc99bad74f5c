"""The training corpus: real rows and made ones, each with its weight.

Weights keep every kind from telling the label (spam and genuine weigh the same in each protocol),
and a large campaign from outvoting the rest (near-copies and whole groups count by their root).
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from proxy.linkback import Protocol
from training.facts import Facts
from training.render.disguise import DISGUISES, disguised
from training.render.genuine import Target, genuine, replies, retold, targets_of
from training.render.habits import HABITS
from training.render.masked import masked
from training.render.pages import with_pages
from training.render.prose import written
from training.render.respun import respun
from training.render.spam import campaigns
from training.rows import COMMENT, Data, Row, labelled

DISGUISED_SHARE = 0.08  # of the spam rows, told again in disguise


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How much is made, and how much a made row weighs beside a real one."""

    campaigns: int = 1_500
    habits: tuple[str, ...] = tuple(HABITS)
    rounds: int = 5  # genuine linkbacks made of each article
    written: int = 30  # articles put together in each language
    respun: int = 10_000
    replies: int = 1_500
    masked: float = 0.6  # share of the rows with a title that are told again with a part masked
    pages: int = 3_600  # rows that are told again with a page around them
    made_weight: float = 0.3
    real_weight: float = 2.0
    page_weight: float = 2.6


def corpus(data: Data, recipe: Recipe, seed: int) -> list[Row]:
    """Give the rows to train on."""
    return [*labelled(data.rows), *made(data, recipe, seed)]


def made(data: Data, recipe: Recipe, seed: int) -> list[Row]:
    """Make rows of real ones and of posts."""
    rng = random.Random(seed)  # noqa: S311 (no secrets: a repeatable draw)
    real = list(labelled(data.rows))
    comments = [row for row in data.rows if row.kind == COMMENT]
    articles = [*data.articles, *written(rng, recipe.written)]
    targets = targets_of(articles, data.rows)
    spam_texts = [row for row in (*real, *comments) if row.spam]
    rows = [
        *genuine(articles, data.rows, rng, recipe.rounds),
        *retold(real, rng),
        *replies(comments, rng, recipe.replies),
        *campaigns(targets, rng, recipe.campaigns, habits=recipe.habits),
        *respun(spam_texts, targets, rng, recipe.respun),
    ]
    rows += _disguised([*real, *rows], rng)
    parts = [*masked([*real, *rows], recipe.masked, rng)]
    paged = _paged([*real, *rows], targets, recipe.pages, rng)
    return [*rows, *parts, *paged]


def unrelated(rows: Sequence[Row], blogs: frozenset[str], keys: frozenset[str]) -> list[int]:
    """Give the numbers of rows that were not made of some blogs' texts, nor are copies of these keys."""
    return [
        number
        for number, row in enumerate(rows)
        if row.group not in blogs and blogs.isdisjoint(row.of) and row.key not in keys
    ]


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
    quarters = [
        [row for row in rows if row.spam is spam and (row.kind == Protocol.TRACKBACK) is claims_texts]
        for spam in (True, False)
        for claims_texts in (True, False)
    ]
    aimed = [[row for row in quarter if row.sample.linkback.target] for quarter in quarters]
    chosen = [row for quarter in aimed for row in rng.sample(quarter, min(len(quarter), number // 4))]
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


def weights(facts: Facts, recipe: Recipe) -> np.ndarray:
    """Weigh each row: near-copies and groups by their root, kinds evenly between the labels."""
    origins = np.array([_weight_of_origin(name, recipe) for name in facts.origins])
    copies = _numbers_of_alike(facts.key, facts.spam)
    groups = _numbers_of_alike(
        facts.group, facts.spam, np.array([bool(o) for o in facts.origins])[facts.made]
    )
    fourth_roots = np.array([size**0.25 for size in range(groups.max(initial=0) + 1)])
    plain = facts.trust * origins[facts.made] / np.sqrt(copies) / fourth_roots[groups]
    side = 2 * facts.kind + facts.spam
    mass = np.bincount(side, plain, 2 * len(facts.kinds))
    even = (mass[1::2] + mass[::2]) / 2
    scaled = plain * even[facts.kind] / mass[side]
    return np.asarray(scaled / (sum(scaled.tolist()) / len(scaled)))


def _numbers_of_alike(*columns: np.ndarray) -> np.ndarray:
    """Count for each row the rows that are the same in every column."""
    inverse = np.zeros(len(columns[0]), dtype=np.int64)
    for column in columns:
        _, one = np.unique(column, return_inverse=True)
        inverse = inverse * (one.max(initial=0) + 1) + one
        _, inverse = np.unique(inverse, return_inverse=True)
    return np.asarray(np.bincount(inverse)[inverse])


def _weight_of_origin(made: str, recipe: Recipe) -> float:
    if made == "page":
        return recipe.page_weight
    return recipe.made_weight if made else recipe.real_weight
