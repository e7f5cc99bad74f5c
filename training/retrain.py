"""Retraining on an owner's labels: the shipped knowledge, moved as far as the labels ask and no further.

The shipped weights are a Gaussian prior; labels move them by maximum a posteriori. A sample of the
shipped training rows, kept as numbers without texts, speaks for the old knowledge. Every retraining
starts from the shipped model and all labels that stand now, so a label taken back is unlearned.
Near-copies count as few, one label can't outvote the other, and a label that the shipped model firmly
contradicts pulls little, unless near-copies agree (`training.trust`). What labelled spam repeats is
remembered beside the weights (`training.memory`), since words learn a campaign slowly.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.optimize import minimize
from scipy.sparse import csr_matrix
from scipy.special import expit

from proxy.scoring import Model
from proxy.scoring.memory import recall
from proxy.scoring.model import TABLE_SIZE
from training.memory import memory_of
from training.nearcopies import copy_weights
from training.owner import Labels
from training.progress import Progress, silent
from training.rows import Row
from training.stack import Stack
from training.trust import doubts, votes

PRIOR_FINDINGS = 4.0  # how firmly the weights of findings stay: they speak for every blog
PRIOR_TOKENS = 0.04  # how firmly the words' weights stay; both: see EXPERIMENTS.md
REPLAY = 0.3  # weight of a kept row beside a label
ONE_SIDED = 4.0  # a label may weigh so many times the other, and
AT_LEAST = 6.0  # so much in any case
KEPT_ROWS = 3_000
STEPS = 200  # of a fit, at most, and
STEPS_ON_DISK = 40  # where each reads all labels from disk


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What a model does with labelled rows at its cut-offs."""

    spam: int
    caught: int
    ham: int
    false: int  # ham called spam


@dataclass(frozen=True, slots=True, kw_only=True)
class Retrained:
    """A candidate, and what speaks for it."""

    model: Model
    labels: int
    groups: int  # of near-copies
    later: tuple[Counts, Counts]  # on the owner's later labels: in use, candidate fitted on earlier ones
    old: tuple[Counts, Counts]  # on the kept rows: shipped, candidate
    slices: dict[str, tuple[Counts, Counts]]  # `later`, by protocol, language and blog

    @property
    def is_safe(self) -> bool:
        """Say whether false positives do not rise, neither on later labels nor on the old knowledge."""
        return all(after.false <= before.false for before, after in (self.later, self.old))


def kept_rows(spam: np.ndarray, weights: np.ndarray, seed: int) -> np.ndarray:
    """Choose the training rows of which retraining keeps what was found."""
    rng = np.random.default_rng(seed)
    chosen: list[int] = []
    for side in (True, False):
        members = np.flatnonzero(spam == side)
        share = weights[members] / weights[members].sum()
        chosen += sorted(
            rng.choice(members, size=min(KEPT_ROWS // 2, len(members)), replace=False, p=share).tolist()
        )
    return np.array(chosen)


def knowledge_of(kept: csr_matrix, spam: np.ndarray, names: Iterable[str]) -> dict[str, Any]:
    """Give what retraining keeps of the training rows: numbers, no texts."""
    return {
        "names": list(names),
        "spam": spam,
        "indptr": kept.indptr.astype(np.int32),
        "indices": kept.indices.astype(np.int32),
        "values": kept.data.astype(np.float32),
    }


def retrain(
    shipped: Model,
    in_use: Model,
    knowledge: Mapping[str, Any],
    taken: Labels,
    progress: Progress = silent,
) -> Retrained:
    """Make a candidate of the shipped model and every label that stands."""
    progress("measuring on later labels", 0.3)
    trial = adapt(shipped, knowledge, taken, ~taken.is_later)
    measured = by_slice(in_use, trial, knowledge, taken)
    progress("fitting all labels", 0.6)
    candidate = adapt(shipped, knowledge, taken)
    progress("checking old knowledge", 0.9)
    return Retrained(
        model=candidate,
        labels=len(taken),
        groups=len(np.unique(taken.groups)),
        later=measured.pop("all"),
        old=(old_counts(shipped, knowledge), old_counts(candidate, knowledge)),
        slices=measured,
    )


def adapt(
    shipped: Model, knowledge: Mapping[str, Any], labels: Labels, chosen: np.ndarray | None = None
) -> Model:
    """Move the shipped weights by labels, or by those that are chosen."""
    rows = np.arange(len(labels)) if chosen is None else np.flatnonzero(chosen)
    if not len(rows):
        return shipped
    names = {name: number for number, name in enumerate(knowledge["names"])}
    spam, groups, old = labels.facts.spam[rows], labels.groups[rows], _kept(knowledge)
    start = _weights(shipped, knowledge)
    design = Stack(labels.found, rows, names, old)
    sums = np.concatenate([_sums(labels, names, start)[rows], old @ start])
    offsets = shipped.slope * (sums + shipped.bias) + shipped.offset
    signs = np.where(np.concatenate([spam, knowledge["spam"]]), 1.0, -1.0)
    trust = _trust(spam, groups, (signs * offsets)[: len(rows)])
    moved = _moved(
        _Task(
            design=design,
            offsets=offsets,
            signs=signs,
            weights=np.concatenate([label_weights(spam, groups) * trust, np.full(old.shape[0], REPLAY)]),
            firmness=np.where(design.columns < len(names), PRIOR_FINDINGS, PRIOR_TOKENS),
        )
    )
    start[design.columns] += moved / shipped.slope
    return replace(
        shipped,
        findings={**shipped.findings, **{name: float(start[number]) for name, number in names.items()}},
        tokens=start[len(names) :].astype(np.float32),
        memory=memory_of(labels, rows, trust),
    )


def label_weights(spam: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Weigh labels: near-copies count as few, and neither label outvotes the other."""
    weights = np.array(copy_weights(groups.tolist()))
    for side in (True, False):
        mine, other = weights[spam == side].sum(), weights[spam != side].sum()
        most = max(AT_LEAST, ONE_SIDED * other)
        if mine > most:
            weights[spam == side] *= most / mine
    return weights


@dataclass(frozen=True, slots=True, kw_only=True)
class _Task:
    """What the weights are moved for: labels first, then kept rows."""

    design: Stack
    offsets: np.ndarray  # log-odds by the shipped weights
    signs: np.ndarray
    weights: np.ndarray
    firmness: np.ndarray  # of each column's prior


def _trust(spam: np.ndarray, groups: np.ndarray, margins: np.ndarray) -> np.ndarray:
    """Say how far each label is to be trusted; one that is as likely wrong as right has no say."""
    cast = votes(spam, groups.tolist())
    return np.where(cast.is_heard(), np.maximum(0.0, 1 - 2 * doubts(margins, cast.same)), 0.0)


def _moved(task: _Task) -> np.ndarray:
    """Minimise the logistic loss plus the prior's square."""

    def loss(moved: np.ndarray) -> tuple[float, np.ndarray]:
        margin = np.clip(task.signs * (task.offsets + task.design @ moved), -60, 60)
        right = 1 / (1 + np.exp(-margin))
        value = -(task.weights * np.log(right)).sum() + 0.5 * (task.firmness * moved * moved).sum()
        pull = task.design.pull(task.weights * (right - 1) * task.signs)
        return float(value), pull + task.firmness * moved

    start = np.zeros(len(task.firmness))
    options = {"maxiter": STEPS_ON_DISK if task.design.is_on_disk else STEPS}
    return np.asarray(minimize(loss, start, jac=True, method="L-BFGS-B", options=options).x)


def _weights(model: Model, knowledge: Mapping[str, Any]) -> np.ndarray:
    return np.concatenate(
        [[model.findings.get(name, 0.0) for name in knowledge["names"]], model.tokens]
    ).astype(float)


def _kept(knowledge: Mapping[str, Any]) -> csr_matrix:
    shape = (len(knowledge["indptr"]) - 1, len(knowledge["names"]) + TABLE_SIZE)
    return csr_matrix(
        (knowledge["values"].astype(float), knowledge["indices"], knowledge["indptr"]), shape=shape
    )


def counts(model: Model, rows: Sequence[Row]) -> Counts:
    """Count what a model does with labelled rows."""
    return _counts(_spam_of(rows), _scores_of(model, rows), model.cutoffs.spam)


def by_slice(
    before: Model, after: Model, knowledge: Mapping[str, Any], labels: Labels
) -> dict[str, tuple[Counts, Counts]]:
    """Count what two models do with later labels: 'all', and each protocol, language and blog."""
    facts, later = labels.facts, np.flatnonzero(labels.is_later)
    scores = [_chances(model, knowledge, labels)[later] for model in (before, after)]
    spam, members = facts.spam[later], {"all": np.arange(len(later))}
    for what, column, words in (
        ("protocol", facts.kind, facts.kinds),
        ("language", facts.language, facts.languages),
        ("blog", facts.group, facts.groups),
    ):
        for number in np.unique(column[later]):
            members[f"{what}: {words[number]}"] = np.flatnonzero(column[later] == number)
    return {
        name: (
            _counts(spam[rows], scores[0][rows], before.cutoffs.spam),
            _counts(spam[rows], scores[1][rows], after.cutoffs.spam),
        )
        for name, rows in members.items()
    }


def _chances(model: Model, knowledge: Mapping[str, Any], labels: Labels) -> np.ndarray:
    names = {name: number for number, name in enumerate(knowledge["names"])}
    sums = _sums(labels, names, _weights(model, knowledge))
    known = np.zeros(len(labels))
    if model.memory:
        known[labels.unmarked :] = [recall(model.memory, row) for row in labels.marks.tolist()]
    return np.asarray(expit(model.slope * (sums + model.bias) + model.offset + known))


def _sums(labels: Labels, names: dict[str, int], weights: np.ndarray) -> np.ndarray:
    return np.concatenate([table @ weights for table in labels.found.tables(names)])


def _spam_of(rows: Sequence[Row]) -> np.ndarray:
    return np.array([bool(row.spam) for row in rows], dtype=bool)


def _scores_of(model: Model, rows: Sequence[Row]) -> np.ndarray:
    return np.array([score.spam for score in model.score_many([row.sample for row in rows])])


def old_counts(model: Model, knowledge: Mapping[str, Any]) -> Counts:
    """Count what a model does with the kept rows."""
    odds = model.slope * (_kept(knowledge) @ _weights(model, knowledge) + model.bias) + model.offset
    return _counts(
        np.asarray(knowledge["spam"], dtype=bool),
        1 / (1 + np.exp(-np.clip(odds, -60, 60))),
        model.cutoffs.spam,
    )


def _counts(spam: np.ndarray, scores: np.ndarray, cutoff: float) -> Counts:
    called = scores >= cutoff
    return Counts(
        spam=int(spam.sum()),
        caught=int((called & spam).sum()),
        ham=int((~spam).sum()),
        false=int((called & ~spam).sum()),
    )
