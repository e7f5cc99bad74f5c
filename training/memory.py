"""What an owner's model remembers beside its weights: marks of labelled spam, each with what it says.

Weights learn a campaign slowly, since a word speaks for every linkback; what a campaign repeats speaks for
its next at once. Doubted labels say less, and a mark of what was approved says nothing unless several times
as many labels call it spam. Made anew of all labels that stand at each retraining. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from proxy.scoring.features import Features
from proxy.scoring.memory import MOST, MOST_MARKS, ROW_MARKS, Memory, marks
from training.trust import OUTVOTED

MOST_ROWS = 20_000  # labels that are remembered, the last; what is older the weights know
NO_MARKS = np.zeros((0, ROW_MARKS), dtype=np.uint32)
UNSEEN = 0.05  # labels of either kind that a mark is thought to have beside those seen
SHARE = 0.75  # of a mark's log-odds that counts: a linkback has several, and they are added


def filled(one: Features) -> Sequence[int]:
    """Give a row's marks, filled up with naughts."""
    told = marks(one.seen) if one.seen else []
    return [*told, *[0] * (ROW_MARKS - len(told))]


def remembered(marked: np.ndarray, spam: np.ndarray, trust: np.ndarray) -> Memory:
    """Make a memory of labels in their order: of the marks of each row, and how far it is trusted if spam.

    What exceeds a memory's room are the marks that were not seen for longest.
    """
    rows, places = np.nonzero(marked)
    found, number = np.unique(marked[rows, places], return_inverse=True)
    bad = np.bincount(number, weights=np.where(spam, trust, 0.0)[rows], minlength=len(found))
    good = np.bincount(number, weights=OUTVOTED * ~spam[rows], minlength=len(found))
    says = np.minimum(MOST, SHARE * np.log((bad + UNSEEN) / (good + UNSEEN)))
    last = np.zeros(len(found), dtype=int)
    np.maximum.at(last, number, rows)
    telling = np.flatnonzero(says > 0)
    kept = np.sort(telling[np.argsort(-last[telling], kind="stable")[:MOST_MARKS]])
    return dict(zip(found[kept].tolist(), says[kept].tolist(), strict=True))
