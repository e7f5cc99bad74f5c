"""The measures, against figures worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from proxy.scoring import Cutoffs
from training.metrics import Share, above, measure, reliability, threshold_at, thresholds_of


def test_share_has_wilsons_interval() -> None:
    """9 of 10 is 90 % with Wilson's interval of 59.6 to 98.2 %, and nothing of nothing says nothing."""
    assert Share(hits=9, of=10).interval == pytest.approx((0.596, 0.982), abs=1e-3)
    assert Share(hits=0, of=0).interval == (0.0, 1.0)


def test_threshold_lets_at_most_the_rate_through() -> None:
    """Of 1,000 genuine scores at most 5 lie above the threshold for 0.5 %."""
    ham = np.arange(1000) / 1000
    assert above(ham, threshold_at(ham, 0.005)).hits == 5
    assert above(ham[:100], threshold_at(ham[:100], 0.005)).hits == 0


def test_measures_of_a_perfect_and_a_blind_judge() -> None:
    """A perfect judge has AUC 1 and catches all; one that says the same of everything has 0.5."""
    spam = np.array([True] * 20 + [False] * 20)
    perfect, blind = spam.astype(float), np.full(40, 0.5)
    cutoffs = Cutoffs(ham=0.2, spam=0.9)
    good = measure(spam, perfect, cutoffs, thresholds_of(spam, perfect))
    assert (good.auc, good.caught.hits, good.false.hits, good.brier) == (1.0, 20, 0, 0.0)
    bad = measure(spam, blind, cutoffs, thresholds_of(spam, blind))
    assert (bad.auc, bad.caught.hits, bad.brier) == (0.5, 0, 0.25)


def test_reliability_counts_by_tenths() -> None:
    """The diagram gives mean score, share of spam and number of each tenth that has rows."""
    spam = np.array([True, False, True, True])
    scores = np.array([0.05, 0.05, 0.95, 1.0])
    assert reliability(spam, scores) == [(0.05, 0.5, 2), (0.975, 1.0, 2)]
