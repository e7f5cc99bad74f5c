"""How far labels are trusted: slips are found, and labels that agree are no slips."""

from __future__ import annotations

import numpy as np
import pytest

from training.trust import doubts, votes

ONE = np.ones(100, dtype=int)


@pytest.mark.parametrize(("wrong", "doubted"), [(1, 0.9), (10, 0.99), (30, 0.99)])
def test_labels_that_a_sure_model_contradicts_are_doubted(wrong: int, doubted: float) -> None:
    """Of 100 labels those that the model firmly contradicts lose their say, the others keep theirs."""
    found = doubts(np.array([-8.0] * wrong + [8.0] * (100 - wrong)), ONE)
    assert found[:wrong].min() > doubted
    assert found[wrong:].max() < 0.01


@pytest.mark.parametrize(("wrong", "least", "most"), [(1, 0.0, 0.3), (10, 0.25, 0.4), (30, 0.6, 0.9)])
def test_doubt_grows_with_the_number_of_slips(wrong: int, least: float, most: float) -> None:
    """A label that the model contradicts at 20 to 1 is believed if it is the only one, and not among many."""
    found = doubts(np.array([-3.0] * wrong + [6.0] * (100 - wrong)), ONE)
    assert least <= found[0] <= most


def test_near_copies_that_agree_are_no_slips() -> None:
    """Ten near-copies with one label are a campaign that the model does not know, not ten slips."""
    margins = np.array([-8.0] * 10 + [8.0] * 90)
    same = np.array([10] * 10 + [1] * 90)
    assert doubts(margins, same).max() < 0.01


def test_near_copies_outvote_a_slip() -> None:
    """One label against three or more of its near-copies does not count; against two it does."""
    spam = np.array([True, True, True, False, True, True, False])
    assert votes(spam, [1, 1, 1, 1, 2, 2, 2]).is_heard().tolist() == [True] * 3 + [False] + [True] * 3
