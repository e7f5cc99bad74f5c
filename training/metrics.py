"""Measures of a judge: from labels and scores to figures with intervals. Pure; knows no rows.

Recall at a false-positive rate takes its threshold from the genuine scores themselves: the highest
share of spam caught while at most that share of genuine linkbacks is called spam.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from sklearn.metrics import roc_auc_score

if TYPE_CHECKING:
    from proxy.scoring import Cutoffs

RATES = (0.001, 0.005, 0.01)
BINS = 10
Z = 1.96  # 95 %


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A share with its 95 % interval (Wilson's)."""

    hits: int
    of: int

    @property
    def value(self) -> float:
        """Give the share; not a number if of nothing."""
        return self.hits / self.of if self.of else math.nan

    @property
    def interval(self) -> tuple[float, float]:
        """Give the interval's ends."""
        if not self.of:
            return 0.0, 1.0
        p, n, z = self.value, self.of, Z
        middle = (p + z * z / (2 * n)) / (1 + z * z / n)
        reach = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
        return max(0.0, middle - reach), min(1.0, middle + reach)

    def __str__(self) -> str:
        """Show it as '97.1 % (95.9-98.0)'."""
        low, high = self.interval
        return f"{100 * self.value:5.1f} % ({100 * low:.1f}-{100 * high:.1f})" if self.of else "-"


def threshold_at(ham: np.ndarray, rate: float) -> float:
    """Give the score above which at most `rate` of the genuine ones lie."""
    if not len(ham):
        return math.nan
    ordered = np.sort(ham)[::-1]
    return float(ordered[min(int(len(ordered) * rate), len(ordered) - 1)])


def above(scores: np.ndarray, threshold: float) -> Share:
    """Give the share of scores above a threshold."""
    return Share(hits=int((scores > threshold).sum()), of=len(scores))


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """What is measured of one set of rows."""

    spam: int
    ham: int
    auc: float  # not a number if one label is missing
    recall: dict[str, Share]  # at the false-positive rates, by their names
    caught: Share  # spam at or above the spam cut-off
    passed: Share  # spam below the ham cut-off
    false: Share  # ham at or above the spam cut-off
    through: Share  # ham below the ham cut-off
    false_at_half: Share  # ham called spam at the threshold for 0.5 % false positives of all
    brier: float


def measure(
    spam: np.ndarray, scores: np.ndarray, cutoffs: Cutoffs, thresholds: dict[float, float]
) -> Measures:
    """Measure rows by their labels and scores; the thresholds are those of the whole set."""
    bad, good = scores[spam], scores[~spam]
    return Measures(
        spam=len(bad),
        ham=len(good),
        auc=float(roc_auc_score(spam, scores)) if len(bad) and len(good) else math.nan,
        recall={f"{100 * rate:g} %": above(bad, at) for rate, at in thresholds.items()},
        caught=Share(hits=int((bad >= cutoffs.spam).sum()), of=len(bad)),
        passed=Share(hits=int((bad < cutoffs.ham).sum()), of=len(bad)),
        false=Share(hits=int((good >= cutoffs.spam).sum()), of=len(good)),
        through=Share(hits=int((good < cutoffs.ham).sum()), of=len(good)),
        false_at_half=above(good, thresholds[RATES[1]]),
        brier=float(np.mean((scores - spam) ** 2)) if len(scores) else math.nan,
    )


def thresholds_of(spam: np.ndarray, scores: np.ndarray) -> dict[float, float]:
    """Give the threshold of each rate."""
    return {rate: threshold_at(scores[~spam], rate) for rate in RATES}


def reliability(spam: np.ndarray, scores: np.ndarray) -> list[tuple[float, float, int]]:
    """Give the reliability diagram: mean score, share of spam and number of rows of each tenth."""
    tenth = np.minimum((scores * BINS).astype(int), BINS - 1)
    return [
        (float(scores[tenth == n].mean()), float(spam[tenth == n].mean()), int((tenth == n).sum()))
        for n in range(BINS)
        if (tenth == n).any()
    ]


def auc_interval(spam: np.ndarray, scores: np.ndarray) -> tuple[float, float]:
    """Give the AUC's 95 % interval (Hanley and McNeil, 1982)."""
    area, bad, good = float(roc_auc_score(spam, scores)), int(spam.sum()), int((~spam).sum())
    first, second = area / (2 - area), 2 * area * area / (1 + area)
    variance = area * (1 - area) + (bad - 1) * (first - area**2) + (good - 1) * (second - area**2)
    reach = Z * math.sqrt(max(0.0, variance) / (bad * good))
    return max(0.0, area - reach), min(1.0, area + reach)
