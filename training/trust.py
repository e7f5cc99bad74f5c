"""How far an owner's labels are trusted: one in so many is a slip, and which may be is read off the labels.

The shipped model has seen none of the labels, so the wrong ones can't have swayed its opinion: a label that
it firmly contradicts is doubted, the more so the more such labels there are. Near-copies that agree are a
campaign that it does not know, and are believed. Pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from proxy.scoring.memory import OUTVOTED

SLIP = 0.002  # share of labels that are wrong, before any has been seen
SLIP_ROWS = 50.0  # labels that this opinion is worth
SUSPECTED = 0.1  # share of slips with which the estimate begins
TURNS = 10  # of the estimate, which has settled by then


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


def doubts(margins: np.ndarray, same: np.ndarray) -> np.ndarray:
    """Give each label's chance of being a slip, estimated in turns with the share of slips.

    `margins` are the log-odds that a model which has not seen the labels gives each as it stands.
    """
    wrong = 1 / (1 + np.exp(np.clip(margins, -60, 60)))
    slip = SUSPECTED
    for _ in range(TURNS):
        slip = (SLIP * SLIP_ROWS + (_chances(slip, wrong, same) / same).sum()) / (
            SLIP_ROWS + (1 / same).sum()
        )
    return _chances(slip, wrong, same)


def _chances(slip: float, wrong: np.ndarray, same: np.ndarray) -> np.ndarray:
    """Give each label's chance of being a slip, if so many are; near-copies that agree hardly all are."""
    return slip * wrong / ((1 - slip) * (1 - wrong) + slip * wrong) * slip ** (same - 1)
