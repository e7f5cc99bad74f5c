"""Fitting beyond memory: the regression of `training.fit`, its rows read from disk a piece at a time.

The model of all rows and those of the folds are found together, by L-BFGS on the sum of what liblinear
minimises for each: the same regression, in as many passes over the disk as it takes steps. It begins on a
part of the pieces, so that few steps are left to go on all of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy.optimize import minimize
from scipy.sparse import csr_matrix
from scipy.special import expit

from proxy.scoring.model import TABLE_SIZE
from training.found import Found, Shelf
from training.matrix import NOWHERE, Entries, together
from training.progress import Progress

STRIDES = (16, 4, 1)  # first on every sixteenth piece
FEWEST = 8  # pieces that make a beginning
STEPS = 100  # at each stride, and at most
ENOUGH = 1e-3  # of the first slope: less, and it ends
REMEMBERED = 6  # steps from which L-BFGS reads the curvature


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """What is known of each row beside its entries."""

    signs: np.ndarray
    weights: np.ndarray
    groups: np.ndarray
    folds: np.ndarray
    taken: np.ndarray  # families that its second copy lacks, as bits

    def piece(self, first: int, rows: int) -> Sides:
        """Give what is known of the rows of a piece."""
        return Sides(**{name: getattr(self, name)[first : first + rows] for name in Sides.__slots__})


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """Rows as they are fitted: each piece whole and then maimed, of the columns that may be learned."""

    shelf: Shelf
    sides: Sides
    values: np.ndarray
    columns: np.ndarray  # of the model, in the order in which they are numbered here
    allowed: np.ndarray  # for each of them and each model, whether it may be learned
    width: int  # columns of the model
    starts: np.ndarray  # of the pieces' rows, and the end

    @property
    def models(self) -> int:
        """Give the number of models: one without each fold, and one of all."""
        return int(self.allowed.shape[1])

    def piece(self, number: int) -> tuple[csr_matrix, Sides]:
        """Give a piece's matrix, and its rows' sides once."""
        entries, rows = self.shelf[number], self.starts[number : number + 2]
        return entries.table(self.values, len(self.columns)), self.sides.piece(rows[0], rows[1] - rows[0])


def settled(found: Found, names: dict[str, int], sides: Sides, min_groups: int) -> Ready:
    """Make rows on disk ready; what was found is used up."""
    folds = int(sides.folds.max()) + 1
    allowed = _allowed(found, names, sides, min_groups, folds)
    columns = np.flatnonzero(allowed.any(axis=1))
    numbers = np.full(len(allowed), NOWHERE, dtype=np.int32)
    numbers[columns] = np.arange(len(columns))
    places = found.places(names)
    places[places != NOWHERE] = numbers[places[places != NOWHERE]]
    shelf, starts = Shelf(found.shelf.folder), [0]
    shelf.to_disk()
    for number in range(len(found.shelf)):
        whole = found.shelf.take(number).moved(places)
        part = sides.piece(starts[-1], len(whole))
        both = together([whole, whole.without(part.taken)])
        shelf.put(Entries(both.starts, both.columns, both.values, both.families[:0]))
        starts.append(starts[-1] + len(whole))
    return Ready(
        shelf=shelf,
        sides=sides,
        values=found.values,
        columns=columns,
        allowed=allowed[columns],
        width=len(allowed),
        starts=np.array(starts),
    )


def _allowed(found: Found, names: dict[str, int], sides: Sides, min_groups: int, folds: int) -> np.ndarray:
    """Say for each column and model whether it may be learned: every finding, and tokens of enough groups.

    Of each token and fold as many groups are remembered as it needs, and no more.
    """
    seen, first = np.zeros(0, dtype=np.int64), 0
    for one in found.shelf:
        part = sides.piece(first, len(one))
        first += len(one)
        row = np.repeat(np.arange(len(one)), np.diff(one.starts))
        where = one.columns.astype(np.int64) * folds + part.folds[row]
        pairs = ((where << 32) | part.groups[row])[one.columns < TABLE_SIZE]
        seen = _at_most(min_groups, np.union1d(seen, pairs))
    counts = np.bincount(seen >> 32, minlength=TABLE_SIZE * folds).reshape(TABLE_SIZE, folds)
    total = counts.sum(axis=1, keepdims=True)
    tokens = np.hstack([total - counts, total]) >= min_groups
    return np.vstack([np.ones((len(names), folds + 1), dtype=bool), tokens])


def _at_most(number: int, pairs: np.ndarray) -> np.ndarray:
    """Keep so many of the sorted pairs that begin alike."""
    _, first, inverse = np.unique(pairs >> 32, return_index=True, return_inverse=True)
    return np.asarray(pairs[np.arange(len(pairs)) - first[inverse] < number])


def solved(ready: Ready, progress: Progress) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give each row's log-odds by the model that has not seen its fold; biases and the weights of all."""
    shape = (len(ready.columns) + 1, ready.models)
    found = np.zeros(shape)
    for stride in STRIDES:
        chosen = range(0, len(ready.shelf), stride)
        if stride == 1 or len(chosen) >= FEWEST:
            share = f"a part in {stride}" if stride > 1 else "all parts"
            what = f"fitting {ready.models} models on {share} of {len(ready.shelf)}"
            found = _descended(ready, chosen, found, partial(progress, what))
    weights = np.zeros(ready.width)
    weights[ready.columns] = found[:-1, -1]
    return _odds(ready, found), found[-1], weights


def _descended(
    ready: Ready, chosen: range, start: np.ndarray, progress: Callable[[float], None]
) -> np.ndarray:
    """Go down from a start until it hardly slopes."""
    first, steps = np.linalg.norm(_loss(ready, chosen, np.zeros_like(start))[1]), 0

    def step(_: np.ndarray) -> None:
        nonlocal steps
        steps += 1
        progress(steps / STEPS)
        if np.linalg.norm(slope[0]) < ENOUGH * first:
            raise StopIteration

    slope = [np.zeros(0)]

    def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
        value, slope[0] = _loss(ready, chosen, flat.reshape(start.shape))
        return value, slope[0].ravel()

    options = {"maxiter": STEPS, "maxcor": REMEMBERED}
    progress(0.0)
    found = minimize(loss, start.ravel(), jac=True, method="L-BFGS-B", callback=step, options=options)
    progress(1.0)
    return np.asarray(found.x).reshape(start.shape)


def _loss(ready: Ready, chosen: range, found: np.ndarray) -> tuple[float, np.ndarray]:
    """Give the sum of the models' losses, and its slope; a part of the pieces stands for all."""
    value, slope = 0.5 * float((found * found).sum()), found.copy()
    for number in chosen:
        table, sides = ready.piece(number)
        signs = np.tile(sides.signs, 2)[:, None]
        counts = sides.folds[:, None] != np.arange(ready.models)
        weights = np.tile(sides.weights[:, None] * counts * chosen.step, (2, 1))
        margins = signs * (table @ found[:-1] + found[-1])
        value += float((weights * np.logaddexp(0, -margins)).sum())
        pull = -weights * signs * expit(-margins)
        slope[:-1] += table.T @ pull
        slope[-1] += pull.sum(axis=0)
    slope[:-1] *= ready.allowed
    return value, slope


def _odds(ready: Ready, found: np.ndarray) -> np.ndarray:
    parts = []
    for number in range(len(ready.shelf)):
        table, sides = ready.piece(number)
        rows = np.arange(len(sides.folds))
        parts.append((table[: len(rows)] @ found[:-1] + found[-1])[rows, sides.folds])
    return np.concatenate(parts)
