"""From rows to a sparse matrix: a column for each finding, and hashed columns for the tokens."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence

import numpy as np
from scipy.sparse import csr_matrix

from proxy.scoring.features import Features, families_of, family_of, features
from proxy.scoring.model import TABLE_SIZE, TOKEN_SCALE, column
from training.rows import Row

MIN_ROWS = 5  # rows that a finding must occur in


def extract(rows: Iterable[Row], without: frozenset[str] = frozenset()) -> list[Features]:
    """Give the features of every row, less the families taken away."""
    return [less(features(row.sample), without) for row in rows]


def less(found: Features, without: frozenset[str]) -> Features:
    """Take families away from a row's features."""
    if not without:
        return found
    return Features(
        findings=tuple(name for name in found.findings if not families_of(name) & without),
        tokens=tuple(name for name in found.tokens if family_of(name) not in without),
    )


def vocabulary(found: Sequence[Features]) -> dict[str, int]:
    """Give the findings that are frequent enough, each with its column."""
    counts: dict[str, int] = defaultdict(int)
    for one in found:
        for name in one.findings:
            counts[name] += 1
    return {name: number for number, name in enumerate(sorted(n for n, c in counts.items() if c >= MIN_ROWS))}


def matrix(found: Sequence[Features], names: dict[str, int]) -> csr_matrix:
    """Give the rows' matrix: findings first, then the token table."""
    indptr, indices, values = [0], [], []
    for one in found:
        known = [names[name] for name in one.findings if name in names]
        columns = {column(token) for token in one.tokens}
        indices += known + [len(names) + number for number in sorted(columns)]
        share = TOKEN_SCALE / math.sqrt(len(one.tokens)) if one.tokens else 0.0
        values += [1.0] * len(known) + [share] * len(columns)
        indptr.append(len(indices))
    shape = (len(found), len(names) + TABLE_SIZE)
    return csr_matrix((np.array(values, dtype=np.float64), np.array(indices), np.array(indptr)), shape=shape)
