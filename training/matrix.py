"""From rows to numbers: an entry for each finding, and for each hashed column of the token table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
from scipy.sparse import csr_matrix

from proxy.scoring.features import FAMILIES, TOKEN_FAMILIES, Features, families_of, family_of, features
from proxy.scoring.memory import ROW_MARKS, marks
from proxy.scoring.model import TABLE_SIZE, TOGETHER, placed
from training.nearcopies import bands
from training.rows import Row

NOWHERE = -1  # the place of a column that is left out


@dataclass(frozen=True, slots=True)
class Entries:
    """The entries of some rows, seven bytes each."""

    starts: np.ndarray  # of each row, and the end
    columns: np.ndarray  # the token table's, and behind them the findings'
    values: np.ndarray  # by number: there are few different ones
    families: np.ndarray  # that an entry stands on, as bits

    def __len__(self) -> int:
        """Give the number of rows."""
        return len(self.starts) - 1

    def only(self, rows: np.ndarray) -> Entries:
        """Give the entries of some of the rows."""
        lengths = np.diff(self.starts)[rows]
        starts = np.concatenate([[0], np.cumsum(lengths)])
        chosen = np.repeat(self.starts[rows] - starts[:-1], lengths) + np.arange(starts[-1])
        return Entries(starts, self.columns[chosen], self.values[chosen], self.families[chosen])

    def without(self, taken: np.ndarray) -> Entries:
        """Take from each row what stands on some families, given as bits; the rest stays as it is."""
        return self._where((self.families & np.repeat(taken, np.diff(self.starts))) == 0)

    def moved(self, places: np.ndarray) -> Entries:
        """Give columns other places, and leave out those that have none."""
        found = Entries(self.starts, places[self.columns], self.values, self.families)
        return found._where(found.columns != NOWHERE)

    def _where(self, kept: np.ndarray) -> Entries:
        starts = np.concatenate([[0], np.cumsum(kept)])[self.starts]
        return Entries(starts, self.columns[kept], self.values[kept], self.families[kept])

    def table(self, values: np.ndarray, width: int) -> csr_matrix:
        """Give the rows' matrix."""
        return csr_matrix((values[self.values], self.columns, self.starts), shape=(len(self), width))


def together(parts: Sequence[Entries]) -> Entries:
    """Put the rows of several into one."""
    parts = [EMPTY, *parts]
    ends = np.cumsum([0, *(part.starts[-1] for part in parts)])
    starts = [part.starts[:-1] + end for part, end in zip(parts, ends[:-1], strict=True)]
    return Entries(
        np.concatenate([*starts, ends[-1:]]),
        *(
            np.concatenate([getattr(part, name) for part in parts])
            for name in ("columns", "values", "families")
        ),
    )


EMPTY = Entries(
    np.zeros(1, dtype=np.int64),
    np.zeros(0, dtype=np.int32),
    np.zeros(0, dtype=np.uint16),
    np.zeros(0, dtype=np.uint8),
)


@dataclass(frozen=True, slots=True)
class Piece:
    """What was found in some rows, with names and values numbered as they came."""

    entries: Entries
    names: list[str]
    values: list[float]
    bands: np.ndarray  # a row each; without columns if nobody asked
    marks: np.ndarray  # likewise, filled up with naughts


def piece_of(
    rows: Sequence[Row], without: frozenset[str] = frozenset(), *, with_bands: bool = False
) -> Piece:
    """Find what is in rows, less the families taken away."""
    names: dict[str, int] = {}
    values: dict[float, int] = {1.0: 0}
    starts, columns, numbers, families, signs, marked = [0], [], [], [], [], []
    for one, letters, places, shares in _looked_up(rows, without):
        columns += [TABLE_SIZE + names.setdefault(name, len(names)) for name in one.findings]
        columns += places
        numbers += [0] * len(one.findings)
        numbers += [values.setdefault(value, len(values)) for value in shares]
        families += [bits_of_name(name) for name in one.findings]
        families += [LETTER_BITS[letter] for letter in letters]
        starts.append(len(columns))
        signs.append(bands(one) if with_bands else ())
        marked.append(filled(one) if with_bands else ())
    entries = Entries(
        np.array(starts),
        np.array(columns, dtype=np.int32),
        np.array(numbers, dtype=np.uint16),
        np.array(families, dtype=np.uint8),
    )
    kept = np.array(signs, dtype=np.uint64), np.array(marked, dtype=np.uint32)
    return Piece(entries, list(names), list(values), *kept)


def _looked_up(
    rows: Sequence[Row], without: frozenset[str]
) -> Iterator[tuple[Features, list[int], list[int], list[float]]]:
    """Give each row's features, and its tokens' letters, columns and shares."""
    for start in range(0, len(rows), TOGETHER):
        found = [less(features(row.sample), without) for row in rows[start : start + TOGETHER]]
        row = placed([one.lines for one in found])
        letters, columns, shares = row.letters.tolist(), row.columns.tolist(), row.shares.tolist()
        for one, (first, end) in zip(
            found, pairwise(np.searchsorted(row.rows, range(len(found) + 1))), strict=True
        ):
            yield one, letters[first:end], columns[first:end], shares[first:end]


def filled(one: Features) -> Sequence[int]:
    """Give a row's marks, filled up with naughts."""
    told = marks(one.seen) if one.seen else []
    return [*told, *[0] * (ROW_MARKS - len(told))]


def less(found: Features, without: frozenset[str]) -> Features:
    """Take families away from a row's features."""
    if not without:
        return found
    return Features(
        findings=tuple(name for name in found.findings if not families_of(name) & without),
        lines="\n".join(name for name in found.tokens if family_of(name) not in without),
        seen=found.seen,
    )


def bits_of(families: Iterable[str]) -> int:
    """Give families as bits."""
    return sum(1 << number for number, family in enumerate(FAMILIES) if family in families)


@lru_cache(maxsize=16_384)
def bits_of_name(name: str) -> int:
    """Give the families that a finding stands on, as bits."""
    return bits_of(families_of(name))


LETTER_BITS = {ord(letter): bits_of({family}) for letter, family in TOKEN_FAMILIES.items()}
