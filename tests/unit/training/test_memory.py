"""What is remembered of an owner's labels."""

from __future__ import annotations

from math import log

import numpy as np
import pytest

from proxy.scoring.memory import MOST, MOST_MARKS
from training.memory import NO_MARKS, SHARE, UNSEEN, remembered
from training.trust import OUTVOTED


def says(bad: float, good: float = 0.0) -> float:
    """Give what a mark says of so many labels, as the module states it."""
    return SHARE * log((bad + UNSEEN) / (OUTVOTED * good + UNSEEN))


def marked(*rows: list[int]) -> np.ndarray:
    """Give rows of marks."""
    table = np.zeros((len(rows), NO_MARKS.shape[1]), dtype=np.uint32)
    for number, row in enumerate(rows):
        table[number, : len(row)] = row
    return table


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        pytest.param([(True, 1.0)], says(1), id="one-spam"),
        pytest.param([(True, 0.5)], says(0.5), id="half-trusted"),
        pytest.param([(True, 0.0)], 0.0, id="not-trusted"),
        pytest.param([(False, 1.0)], 0.0, id="ham"),
        pytest.param([(True, 1.0)] * 3 + [(False, 1.0)], 0.0, id="one-ham-outweighs-three"),
        pytest.param([(True, 1.0)] * 3 + [(False, 0.0)], 0.0, id="a-doubted-ham-too"),
        pytest.param([(True, 1.0)] * 4 + [(False, 1.0)], says(4, 1), id="but-not-four"),
        pytest.param([(True, 1.0)] * 500, MOST, id="a-campaign"),
    ],
)
def test_marks_of_labelled_spam_are_remembered(labels: list[tuple[bool, float]], expected: float) -> None:
    """A mark says more the more trusted labels agree, up to a bound; one that was approved is forgotten."""
    spam, trust = (np.array(side) for side in zip(*labels, strict=True))
    known = remembered(marked(*[[7]] * len(labels)), spam, trust)
    assert known == ({7: pytest.approx(expected)} if expected else {})


def test_of_many_marks_the_last_seen_are_kept() -> None:
    """A memory is bounded: what was seen last stays, whatever is older."""
    room = NO_MARKS.shape[1]
    table = np.arange(1, (MOST_MARKS // room + 2) * room + 1, dtype=np.uint32).reshape(-1, room)
    known = remembered(table, np.ones(len(table), dtype=bool), np.ones(len(table)))
    assert len(known) == MOST_MARKS
    assert set(table[-1].tolist()) <= set(known)
    assert not set(table[0].tolist()) & set(known)
    assert remembered(NO_MARKS, np.zeros(0, dtype=bool), np.zeros(0)) == {}
