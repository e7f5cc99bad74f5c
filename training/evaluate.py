"""Evaluation: a model on labelled rows, or the whole recipe on folds of blogs ordered by time.

Every figure is given by slice (protocol, language, blog, real or made) with its interval; the worst
errors are named by their rows' identifiers, never by their writers.
"""

from __future__ import annotations

import math
import random
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np

from proxy.scoring import Cutoffs, Model
from proxy.scoring.features import features
from proxy.scoring.model import logistic
from training.baselines import BASELINES
from training.changes import changed, changes
from training.corpus import Recipe, corpus, unrelated
from training.fit import Material, fit_material, gather
from training.found import Means
from training.matrix import less
from training.metrics import RATES, Measures, Share, above, auc_interval, measure, reliability, thresholds_of
from training.processes import pool
from training.progress import Progress, silent
from training.render.genuine import genuine
from training.rows import Data, Row, labelled

JUDGE = "the judge"
FOLDS = 5
WORST = 10  # errors of each kind that are named
BIG_SLICE = 10  # rows that a slice needs to be shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """Measures of the whole and of each slice, and the worst errors."""

    name: str
    cutoffs: Cutoffs
    whole: Measures
    auc_interval: tuple[float, float]
    slices: dict[str, Measures]
    reliability: list[tuple[float, float, int]]
    worst_ham: list[tuple[str, float]]  # genuine rows with the highest scores
    worst_spam: list[tuple[str, float]]
    changed: dict[str, Share] = field(default_factory=dict)  # spam caught at 0.5 %, after each change


def evaluate_model(model: Model, rows: Sequence[Row]) -> Evaluation:
    """Evaluate a model on labelled rows."""
    rows = list(labelled(rows))
    scores = np.array([score.spam for score in model.score_many([row.sample for row in rows])])
    return evaluate_scores(model.name, rows, scores, model.cutoffs)


def evaluate_scores(name: str, rows: Sequence[Row], scores: np.ndarray, cutoffs: Cutoffs) -> Evaluation:
    """Evaluate scores of labelled rows."""
    spam = np.array([bool(row.spam) for row in rows], dtype=bool)
    thresholds = thresholds_of(spam, scores)
    members: dict[str, list[int]] = defaultdict(list)
    for number, row in enumerate(rows):
        for slice_name in slices_of(row):
            members[slice_name].append(number)
    order = np.argsort(-scores, kind="stable")
    return Evaluation(
        name=name,
        cutoffs=cutoffs,
        whole=measure(spam, scores, cutoffs, thresholds),
        auc_interval=auc_interval(spam, scores) if 0 < spam.sum() < len(spam) else (math.nan, math.nan),
        slices={
            slice_name: measure(spam[chosen], scores[chosen], cutoffs, thresholds)
            for slice_name, chosen in sorted(members.items())
            if len(chosen) >= BIG_SLICE
        },
        reliability=reliability(spam, scores),
        worst_ham=[(rows[n].id, float(scores[n])) for n in order if not spam[n]][:WORST],
        worst_spam=[(rows[n].id, float(scores[n])) for n in order[::-1] if spam[n]][:WORST],
    )


def slices_of(row: Row) -> Iterator[str]:
    """Give the slices that a row belongs to."""
    yield "real" if not row.made else "made"
    yield f"protocol: {row.kind}" + ("" if not row.made else ", made")
    yield f"language: {row.language}"
    yield f"blog: {row.group}"
    claim = row.sample.linkback
    if row.spam and claim.blog_name:
        yield (
            "spam: title is blog name"
            if claim.title == claim.blog_name
            else "spam: title differs from blog name"
        )


def folds_by_time(data: Data, folds: int = FOLDS) -> list[frozenset[str]]:
    """Give blocks of blogs that follow each other in time, with about as many linkbacks each."""
    dates: dict[str, list[str]] = defaultdict(list)
    for row in labelled(data.rows):
        dates[row.group].append(row.date or "9999")
    order = sorted(dates, key=lambda group: (sorted(dates[group])[len(dates[group]) // 2], group))
    block = sum(map(len, dates.values())) / folds
    blocks: list[set[str]] = [set() for _ in range(folds)]
    seen = 0
    for group in order:
        blocks[min(int((seen + len(dates[group]) / 2) / block), folds - 1)].add(group)
        seen += len(dates[group])
    others = sorted({a.group for a in data.articles} | {r.group for r in data.rows} - set(dates))
    for number, group in enumerate(group for group in others if group not in dates):
        blocks[number % folds].add(group)
    return [frozenset(found) for found in blocks]


def split(data: Data, inside: frozenset[str]) -> tuple[Data, Data]:
    """Give the data outside and inside of a set of blogs; near-copies never stand on both sides."""
    keys = {row.key for row in data.rows if row.group in inside}
    learn = Data(
        rows=[row for row in data.rows if row.group not in inside and row.key not in keys],
        articles=[article for article in data.articles if article.group not in inside],
    )
    test = Data(
        rows=[row for row in data.rows if row.group in inside],
        articles=[article for article in data.articles if article.group in inside],
    )
    return learn, test


@dataclass(frozen=True, slots=True, kw_only=True)
class Fold:
    """What one fold learns from and is tested with."""

    material: Material  # nothing of the held-out blogs
    plain: list[Row]  # what the baselines learn from
    test: list[Row]


@dataclass(frozen=True, slots=True, kw_only=True)
class How:
    """How folds are evaluated; it is the same for each."""

    seed: int = 1
    without: frozenset[str] = frozenset()
    baselines: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The scores that a fold's models give its test rows."""

    cutoffs: Cutoffs
    scores: dict[str, np.ndarray]
    changed: dict[str, np.ndarray]  # the judge's scores of the spam after each change


def cross_validate(data: Data, how: How, processes: int = 1, progress: Progress = silent) -> list[Evaluation]:
    """Evaluate the recipe, and what it is compared with, on the same folds, each in a process.

    The rows are made once; a fold's model is fitted on those that have nothing of the held-out blogs.
    """
    made, recipe = corpus(data, Recipe(), how.seed), Recipe()
    means = Means(processes=processes, in_memory=sys.maxsize)
    material = gather(made, len(made), recipe, without=how.without, means=means, progress=progress)
    folds = [_fold(data, block, made, material, how) for block in folds_by_time(data)]
    outcomes = list(_outcomes(folds, how, processes, progress))
    rows = [row for fold in folds for row in fold.test]
    middle = Cutoffs(
        ham=float(np.median([one.cutoffs.ham for one in outcomes])),
        spam=float(np.median([one.cutoffs.spam for one in outcomes])),
    )
    half = Cutoffs(ham=0.5, spam=0.5)
    found = [
        evaluate_scores(
            name,
            rows,
            np.concatenate([one.scores[name] for one in outcomes]),
            middle if name == JUDGE else half,
        )
        for name in outcomes[0].scores
    ]
    return [replace(found[0], changed=_caught_of_changed(rows, outcomes)), *found[1:]]


def _caught_of_changed(rows: Sequence[Row], outcomes: Sequence[Outcome]) -> dict[str, Share]:
    scores = np.concatenate([one.scores[JUDGE] for one in outcomes])
    threshold = thresholds_of(np.array([bool(row.spam) for row in rows]), scores)[RATES[1]]
    return {
        name: above(np.concatenate([one.changed[name] for one in outcomes]), threshold)
        for name in outcomes[0].changed
    }


def _fold(data: Data, block: frozenset[str], made: Sequence[Row], material: Material, how: How) -> Fold:
    learn, held_out = split(data, block)
    test = list(labelled(held_out.rows))
    kept = unrelated(made, block, frozenset(row.key for row in test))
    rng = random.Random(how.seed)  # noqa: S311 (no secrets: a repeatable draw)
    return Fold(
        material=material.only(np.array(kept)),
        plain=[*labelled(learn.rows), *genuine(learn.articles, learn.rows, rng, 1)] if how.baselines else [],
        test=[*test, *(row for row in made if row.group in block and is_test_row(row))],
    )


def _outcomes(folds: Sequence[Fold], how: How, processes: int, progress: Progress) -> Iterator[Outcome]:
    """Judge the folds, as many at a time as there are processes."""
    progress("judging folds", 0.0)
    with pool(processes) as workers:
        for number, outcome in enumerate(workers.map(partial(judged, how=how), folds), start=1):
            progress("judging folds", number / len(folds))
            yield outcome


def judged(fold: Fold, how: How) -> Outcome:
    """Fit a fold's models and let them score its test rows."""
    model = fit_material(fold.material, how.seed).model
    scores = {JUDGE: scored(model, fold.test, how.without)}
    for name, baseline in BASELINES.items() if how.baselines else ():
        scores[name] = baseline(fold.plain, fold.test)
    spam = [row for row in fold.test if row.spam]
    tried = {name: scored(model, changed(spam, change), how.without) for name, change in changes().items()}
    return Outcome(cutoffs=model.cutoffs, scores=scores, changed=tried)


def is_test_row(row: Row) -> bool:
    """Say whether a made row is evaluated with: one genuine linkback of each article of a held-out blog."""
    return row.made.startswith("genuine-") and row.id.endswith(":0")


def scored(model: Model, rows: Sequence[Row], without: frozenset[str] = frozenset()) -> np.ndarray:
    """Score rows, with families of features taken away where a model was fitted so."""
    if without:
        found = (less(features(row.sample), without) for row in rows)
        return np.array(list(map(logistic, model.log_odds(found))))
    return np.array([score.spam for score in model.score_many([row.sample for row in rows])])


def compare(before: Model, after: Model, rows: Sequence[Row]) -> dict[str, dict[str, int]]:
    """Count by slice the rows whose verdict the second model wins, loses and ties."""
    rows = list(labelled(rows))
    samples = [row.sample for row in rows]
    counts: dict[str, dict[str, int]] = defaultdict(lambda: {"won": 0, "lost": 0, "tied": 0})
    for row, old, new in zip(rows, before.score_many(samples), after.score_many(samples), strict=True):
        was_right = (old.spam >= before.cutoffs.spam) == bool(row.spam)
        is_right = (new.spam >= after.cutoffs.spam) == bool(row.spam)
        outcome = "tied" if was_right == is_right else "won" if is_right else "lost"
        for slice_name in ("all", *slices_of(row)):
            counts[slice_name][outcome] += 1
    return dict(counts)


def as_json(evaluation: Evaluation) -> dict[str, Any]:
    """Give an evaluation as JSON's values, shares as [hits, of, value, low, high]."""
    record = asdict(evaluation)

    def plain(measures: Measures) -> dict[str, Any]:
        found = {key: getattr(measures, key) for key in Measures.__slots__}
        return {key: _plain_value(value) for key, value in found.items()}

    record["whole"] = plain(evaluation.whole)
    record["auc_interval"] = [_plain_value(end) for end in evaluation.auc_interval]
    record["changed"] = {name: _plain_value(share) for name, share in evaluation.changed.items()}
    record["slices"] = {name: plain(measures) for name, measures in evaluation.slices.items()}
    return record


def _plain_value(value: Any) -> Any:
    if isinstance(value, Share):
        return [
            value.hits,
            value.of,
            None if not value.of else round(value.value, 5),
            *(round(end, 5) for end in value.interval),
        ]
    if isinstance(value, dict):
        return {key: _plain_value(one) for key, one in value.items()}
    return None if isinstance(value, float) and math.isnan(value) else value
