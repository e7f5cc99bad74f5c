"""How far labels are trusted: slips are found, and labels that agree are no slips."""

from __future__ import annotations

import numpy as np
import pytest

from training.trust import CREDIBLE, SLIP, SUSPECTED, chances, slip_of, votes

ONE = np.ones(100, dtype=int)


@pytest.mark.parametrize(("wrong", "least", "most"), [(0, 0, SLIP), (10, 0.06, 0.1), (30, 0.15, 0.3)])
def test_share_of_slips_is_read_off_the_disagreement(wrong: int, least: float, most: float) -> None:
    """Of 100 labels those that a sure model contradicts are taken for slips, a little fewer at first."""
    margins = np.array([-8.0] * wrong + [8.0] * (100 - wrong))
    assert least <= slip_of(margins, ONE, SUSPECTED) <= most


def test_near_copies_that_agree_are_no_slips() -> None:
    """Ten near-copies with one label are a campaign that the model does not know, not ten slips."""
    margins = np.array([-8.0] * 10 + [8.0] * 90)
    same = np.array([10] * 10 + [1] * 90)
    assert slip_of(margins, same, SUSPECTED) < 2 * SLIP
    assert chances(0.1, same)[0] == SLIP < chances(0.1, same)[-1] == pytest.approx(0.1)
    assert chances(0.9, same).max() == CREDIBLE


def test_near_copies_outvote_a_slip() -> None:
    """One label against three or more of its near-copies does not count; against two it does."""
    spam = np.array([True, True, True, False, True, True, False])
    assert votes(spam, [1, 1, 1, 1, 2, 2, 2]).is_heard().tolist() == [True] * 3 + [False] + [True] * 3
