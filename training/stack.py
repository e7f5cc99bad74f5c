"""A tall matrix that is only multiplied: whole in memory, or a piece at a time from disk."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy.sparse import csr_matrix, vstack

from training.found import Found, Shelf
from training.matrix import NOWHERE, Entries


class Stack:
    """Some rows of what was found, their columns numbered anew, upon a matrix with these columns."""

    def __init__(self, found: Found, rows: np.ndarray, names: dict[str, int], below: csr_matrix) -> None:
        places, used = found.places(names), np.zeros(below.shape[1] + 1, dtype=bool)  # the last: nowhere
        for one in chosen(found, rows):
            used[places[one.columns]] = True
        self.columns = np.flatnonzero(used[:-1])  # that the rows have, by their numbers below
        self.values, self._shelf = found.values, Shelf(found.shelf.folder)
        if found.shelf.is_on_disk:
            self._shelf.to_disk()
        numbers = np.full(len(used), NOWHERE, dtype=np.int32)
        numbers[self.columns] = np.arange(len(self.columns))
        for one in chosen(found, rows):
            there = one.moved(numbers[places])
            self._shelf.put(Entries(there.starts, there.columns, there.values, there.families[:0]))
        self._below = below[:, self.columns]
        self._whole: csr_matrix | None = None
        if not self.is_on_disk:
            self._whole = vstack(list(self._tables())).tocsr()

    @property
    def is_on_disk(self) -> bool:
        """Say whether each multiplication reads from disk."""
        return self._shelf.is_on_disk

    def _tables(self) -> Iterator[csr_matrix]:
        if self._whole is not None:
            yield self._whole
            return
        yield from (one.table(self.values, len(self.columns)) for one in self._shelf)
        yield self._below

    def __matmul__(self, weights: np.ndarray) -> np.ndarray:
        """Give each row's sum."""
        return np.concatenate([table @ weights for table in self._tables()])

    def pull(self, values: np.ndarray) -> np.ndarray:
        """Give each column's sum, of its entries times the rows' values."""
        total, first = np.zeros(len(self.columns)), 0
        for table in self._tables():
            total += table.T @ values[first : first + table.shape[0]]
            first += table.shape[0]
        return total


def chosen(found: Found, rows: np.ndarray) -> Iterator[Entries]:
    """Give the entries of some rows, by their numbers in order, piece by piece."""
    start = 0
    for one in found.shelf:
        first, last = np.searchsorted(rows, (start, start + len(one)))
        yield one if last - first == len(one) else one.only(rows[first:last] - start)
        start += len(one)
