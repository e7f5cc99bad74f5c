"""From rows to a sparse matrix: a column for each finding, and hashed columns for the tokens."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

import numpy as np
from scipy.sparse import csr_matrix

from proxy.scoring.features import FAMILIES, TOKEN_FAMILIES, Features, families_of, family_of, features
from proxy.scoring.model import TABLE_SIZE, placed, shares
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
    return table(found, names)[0]


def table(found: Sequence[Features], names: dict[str, int]) -> tuple[csr_matrix, np.ndarray]:
    """Give the rows' matrix, and for each of its entries the families that it stands on, as bits."""
    of_name = {name: bits_of(families_of(name)) for name in names}
    indptr, indices, values, bits = [0], [], [], []
    for one in found:
        known = [name for name in one.findings if name in names]
        share, counted = shares(one.tokens), placed(one.tokens)
        indices += [names[name] for name in known] + [len(names) + number for number in counted]
        values += [1.0] * len(known) + [share[token[0]] for token in counted.values()]
        bits += [of_name[name] for name in known] + [LETTER_BITS[token[0]] for token in counted.values()]
        indptr.append(len(indices))
    shape = (len(found), len(names) + TABLE_SIZE)
    whole = csr_matrix((np.array(values), np.array(indices, dtype=np.int32), np.array(indptr)), shape=shape)
    return whole, np.array(bits, dtype=np.int32)


def maimed(whole: csr_matrix, bits: np.ndarray, taken: Sequence[frozenset[str]]) -> csr_matrix:
    """Take from each row what stands on some families; the rest of the row stays as it is."""
    lengths = np.diff(whole.indptr)
    kept = (bits & np.repeat([bits_of(away) for away in taken], lengths)) == 0
    rows = np.repeat(np.arange(whole.shape[0]), lengths)[kept]
    indptr = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=whole.shape[0]))])
    return csr_matrix((whole.data[kept], whole.indices[kept], indptr), shape=whole.shape)


def bits_of(families: Iterable[str]) -> int:
    """Give families as bits."""
    return sum(1 << number for number, family in enumerate(FAMILIES) if family in families)


LETTER_BITS = {letter: bits_of({family}) for letter, family in TOKEN_FAMILIES.items()}
