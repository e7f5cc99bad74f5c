"""How far an owner's labels are trusted: one in so many is a slip, and how many is read off the labels.

A label may be turned round with a chance that is estimated together with the fit, beginning from the
shipped model's opinion: so labels that it and their own kind contradict lose their pull, while labels that
agree with each other (near-copies, or rows that the fit comes to explain) keep theirs. Pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

SLIP = 0.002  # share of labels that are wrong, before any has been seen, and at least
SLIP_ROWS = 50.0  # labels that this opinion is worth
SUSPECTED = 0.1  # share of slips with which the estimate begins: from below it never finds them
CREDIBLE = 0.2  # no label is thought a slip with more than this chance
OUTVOTED = 3  # a label against so many times as many of its near-copies does not count


@dataclass(frozen=True, slots=True)
class Votes:
    """For each label: how many of its near-copies have the same, and how many the other."""

    same: np.ndarray
    other: np.ndarray

    def is_heard(self) -> np.ndarray:
        """Say for each label whether its near-copies let it count."""
        return np.asarray(self.same * OUTVOTED > self.other)


def votes(spam: np.ndarray, groups: Sequence[int]) -> Votes:
    """Count the labels of each group of near-copies."""
    both = list(zip(groups, spam.tolist(), strict=True))
    counted = Counter(both)
    return Votes(
        np.array([counted[group, label] for group, label in both]),
        np.array([counted[group, not label] for group, label in both]),
    )


def chances(slip: float, same: np.ndarray) -> np.ndarray:
    """Give each label's chance of being wrong: near-copies that agree are hardly all slips."""
    return np.clip(slip**same, SLIP, CREDIBLE)


def slip_of(margins: np.ndarray, same: np.ndarray, slip: float) -> float:
    """Estimate the share of slips; `margins` are the log-odds that a model gives each label as it stands."""
    right = 1 / (1 + np.exp(-np.clip(margins, -60, 60)))
    wrong = slip * (1 - right) / ((1 - slip) * right + slip * (1 - right)) * slip ** (same - 1)
    weights = 1 / same
    return float((SLIP * SLIP_ROWS + (wrong * weights).sum()) / (SLIP_ROWS + weights.sum()))
