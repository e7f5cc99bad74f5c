"""Learning curves: how an unseen blog's labels help, what wrong ones do, and how fast a campaign is learned.

For each blog a model is fitted without anything of it; then the blog's linkbacks arrive in order of time,
the first so many with labels, and the rest is scored. Old knowledge is checked on the kept rows.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from proxy.linkback import History
from proxy.scoring import Model
from proxy.urls import registrable_domain
from training.corpus import Recipe
from training.evaluate import split
from training.fit import fit
from training.owner import labels_of
from training.progress import Progress
from training.render.genuine import Target, genuine, targets_of
from training.render.habits import HABITS
from training.render.spam import campaigns
from training.retrain import Counts, adapt, counts, old_counts
from training.rows import Article, Data, Row, labelled

LABELS = (0, 5, 20, 100, 500)
WRONG = 0.1  # share of labels turned round in the second curve
CAMPAIGN_LABELS = (0, 1, 2, 3, 5, 10)
CAMPAIGNS = 36  # of a dozen one that hides well moves the figure by points: see EXPERIMENTS.md


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """What a model does after so many labels."""

    blog: str
    labels: int
    wrong: float
    fresh: Counts  # the blog's rows that were not labelled
    old: Counts  # the kept rows of the shipped training


def curves(data: Data, blogs: Sequence[str], *, seed: int, progress: Progress) -> list[Point]:
    """Give the points of every blog's curves, with honest and with partly wrong labels."""
    points = []
    for number, blog in enumerate(blogs):
        progress(f"fitting without {blog}", number / len(blogs))
        learn, held_out = split(data, frozenset({blog}))
        fitted = fit(learn, seed=seed)
        rows = _stream(held_out, learn.articles, seed)
        for wrong in (0.0, WRONG):
            for labels in (number for number in LABELS if number < len(rows)):
                given = _some_wrong(rows[:labels], wrong, seed)
                model = _taught(fitted.model, fitted.knowledge, given)
                fresh = counts(model, _with_history(rows[labels:], given))
                old = old_counts(model, fitted.knowledge)
                points.append(Point(blog=blog, labels=labels, wrong=wrong, fresh=fresh, old=old))
        progress(f"fitting without {blog}", (number + 1) / len(blogs))
    return points


def _stream(held_out: Data, articles: Sequence[Article], seed: int) -> list[Row]:
    """Give a blog's linkbacks mixed with genuine ones made for it, since few blogs kept enough."""
    rng = random.Random(seed)  # noqa: S311 (no secrets: a repeatable draw)
    real = sorted(labelled(held_out.rows), key=lambda row: (row.date, row.id))
    posts = targets_of(held_out.articles, held_out.rows)
    made = list(genuine(rng.sample(list(articles), min(len(articles), 300)), [], rng, 1))
    aimed = [_aimed(row, rng.choice(posts)) for row in made]
    placed = [(n / len(side), row) for side in (real, aimed) for n, row in enumerate(side)]
    return [row for _, row in sorted(placed, key=lambda pair: (pair[0], pair[1].id))]


def _aimed(row: Row, target: Target) -> Row:
    claim = replace(row.sample.linkback, target=target.url)
    return replace(row, sample=replace(row.sample, linkback=claim, post=target.post))


def _some_wrong(rows: Sequence[Row], share: float, seed: int) -> list[Row]:
    rng = random.Random(seed)  # noqa: S311
    return [replace(row, spam=not row.spam) if rng.random() < share else row for row in rows]


def _with_history(rows: Sequence[Row], labels: Sequence[Row]) -> list[Row]:
    """Give rows as the service would see them once their blog's labels stand."""
    given = Counter((_domain(row), row.spam) for row in labels)
    return [
        replace(
            row,
            sample=replace(
                row.sample, history=History(ham=given[_domain(row), False], spam=given[_domain(row), True])
            ),
        )
        for row in rows
    ]


def _domain(row: Row) -> str:
    return registrable_domain(row.sample.linkback.source)


def _taught(shipped: Model, knowledge: dict[str, Any], rows: Sequence[Row]) -> Model:
    return adapt(shipped, knowledge, labels_of(rows))


def campaign_curve(data: Data, habit: str, *, seed: int) -> dict[int, tuple[int, int]]:
    """Give how many of a campaign's rows are caught after so many labels of it, and of how many.

    The habit is unknown to the model. All campaigns count together: some have few rows.
    """
    others = tuple(name for name in HABITS if name != habit)
    fitted = fit(data, seed=seed, recipe=replace(Recipe(), habits=others))
    rng = random.Random(seed + 1)  # noqa: S311
    posts = targets_of(data.articles, data.rows)
    runs = [[*campaigns(posts, rng, 1, size=40, habits=(habit,))] for _ in range(CAMPAIGNS)]
    return {labels: _caught_of(fitted.model, fitted.knowledge, runs, labels) for labels in CAMPAIGN_LABELS}


def _caught_of(
    shipped: Model, knowledge: dict[str, Any], runs: Sequence[Sequence[Row]], labels: int
) -> tuple[int, int]:
    left = [
        counts(_taught(shipped, knowledge, rows[:labels]), _with_history(rows[labels:], rows[:labels]))
        for rows in runs
        if len(rows) > labels
    ]
    return sum(one.caught for one in left), sum(one.spam for one in left)
