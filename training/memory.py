"""What an owner's model remembers of labels beside its weights, made of the rows that retraining found.

Weights learn a campaign slowly, since a word speaks for every linkback; what a campaign repeats speaks for
its next at once. Doubted labels of spam say less. Made anew of all labels that stand. Pure.
"""

from __future__ import annotations

import numpy as np

from proxy.scoring.memory import Memory, remembered
from training.owner import Labels

MOST_ROWS = 20_000  # labels that are remembered, the last; what is older the weights know


def memory_of(labels: Labels, rows: np.ndarray, trust: np.ndarray) -> Memory:
    """Make a memory of some labels, each as far as it is trusted."""
    kept = rows[rows >= labels.unmarked][-MOST_ROWS:]
    return remembered(
        zip(
            ([mark for mark in row if mark] for row in labels.marks[kept - labels.unmarked].tolist()),
            labels.facts.spam[kept].tolist(),
            trust[len(rows) - len(kept) :].tolist(),
            strict=True,
        )
    )
