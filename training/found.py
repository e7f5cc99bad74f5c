"""What was found in ever so many rows: numbers, in memory while they are few, beyond that on disk.

Rows come and go: of each about 1.5 KB of numbers is kept. Of more rows than `most` nothing but their facts
stays in memory; the numbers are read from disk a piece at a time, in the order of the rows.
"""

from __future__ import annotations

import shutil
import tempfile
import weakref
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix

from proxy.scoring.model import TABLE_SIZE
from training.matrix import NOWHERE, Entries, Piece, piece_of, together
from training.processes import pool
from training.rows import Row

IN_MEMORY = 50_000  # rows: with what fitting them takes about 1 GB
PIECE = 4_096  # rows
MIN_ROWS = 5  # rows that a finding must occur in


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What finding and fitting may use."""

    processes: int = 1  # to find features
    folder: Path = Path(tempfile.gettempdir())  # where numbers are put that memory shall not hold
    in_memory: int = IN_MEMORY  # rows


class Shelf:
    """Keeps pieces' entries in their order: in memory, or each as a file that goes when the shelf goes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._kept: list[Entries | Path] = []
        self._own: Path | None = None

    def __len__(self) -> int:
        """Give the number of pieces."""
        return len(self._kept)

    def __iter__(self) -> Iterator[Entries]:
        """Give the pieces' entries."""
        return (read(one) if isinstance(one, Path) else one for one in self._kept)

    def __getitem__(self, number: int) -> Entries:
        """Give one piece's entries."""
        one = self._kept[number]
        return read(one) if isinstance(one, Path) else one

    @property
    def is_on_disk(self) -> bool:
        """Say whether pieces are in files."""
        return self._own is not None

    @property
    def size(self) -> int:
        """Give the bytes on disk."""
        return sum(one.stat().st_size for one in self._kept if isinstance(one, Path))

    def put(self, entries: Entries) -> None:
        """Keep a piece behind the others."""
        self._kept.append(self._written(entries, len(self._kept)) if self._own else entries)

    def take(self, number: int) -> Entries:
        """Give one piece's entries for the last time."""
        found, one = self[number], self._kept[number]
        if isinstance(one, Path):
            one.unlink()
            self._kept[number] = found.only(np.arange(0))
        return found

    def to_disk(self) -> None:
        """Put what is in memory, and whatever will come, on disk."""
        if self._own is None:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._own = Path(tempfile.mkdtemp(prefix="parts-", dir=self.folder))
            weakref.finalize(self, shutil.rmtree, self._own, ignore_errors=True)
            kept, self._kept = list(self), []
            for one in kept:
                self.put(one)

    def _written(self, entries: Entries, number: int) -> Path:
        assert self._own is not None  # noqa: S101
        path = self._own / str(number)
        with path.open("wb") as file:
            for name in Entries.__slots__:
                np.save(file, getattr(entries, name))
        return path


def read(path: Path) -> Entries:
    """Read a piece's entries."""
    with path.open("rb") as file:
        return Entries(*(np.load(file) for _ in Entries.__slots__))


class Found:
    """What was found in rows, and the names and values by which it is numbered."""

    def __init__(self, folder: Path, most: int = IN_MEMORY) -> None:
        self.shelf = Shelf(folder)
        self.names: dict[str, int] = {}
        self.bands: list[np.ndarray] = []
        self.marks: deque[np.ndarray] = deque()  # of the last rows, as many as memory may hold
        self._values: dict[float, int] = {}
        self._most, self._rows = most, 0

    def __len__(self) -> int:
        """Give the number of rows."""
        return self._rows

    @property
    def where(self) -> str:
        """Say in a sentence where the numbers are."""
        place = f"on disk, {self.shelf.size / 1e6:.0f} MB" if self.shelf.is_on_disk else "in memory"
        return f"{self._rows} rows in {len(self.shelf)} parts, {place} (in memory: up to {self._most} rows)"

    @property
    def values(self) -> np.ndarray:
        """Give the values, in the order of their numbers."""
        return np.array(list(self._values))

    def add(self, piece: Piece) -> None:
        """Take up a piece."""
        self._rows += len(piece.entries)
        if self._rows > self._most:
            self.shelf.to_disk()
        numbers = [TABLE_SIZE + self.names.setdefault(name, len(self.names)) for name in piece.names]
        places = np.concatenate([np.arange(TABLE_SIZE), numbers]).astype(np.int32)
        values = np.array([self._values.setdefault(value, len(self._values)) for value in piece.values])
        moved = piece.entries.moved(places)
        self.shelf.put(
            Entries(moved.starts, moved.columns, values[moved.values].astype(np.uint16), moved.families)
        )
        self.bands.append(piece.bands)
        self.marks.append(piece.marks)
        while len(self.marks) > 1 and sum(map(len, self.marks)) > self._most:
            self.marks.popleft()

    def only(self, rows: np.ndarray) -> Found:
        """Give what was found in some of the rows, all of which must be in memory."""
        chosen = Found(Path(), self._most)
        chosen.names, chosen._values, chosen._rows = self.names, self._values, len(rows)
        chosen.shelf.put(self.entries().only(rows))
        return chosen

    def entries(self) -> Entries:
        """Give the entries of all rows, which must be in memory."""
        return together(list(self.shelf))

    def vocabulary(self) -> dict[str, int]:
        """Give the findings that are frequent enough, each with its column."""
        counts = np.zeros(TABLE_SIZE + len(self.names), dtype=np.int64)
        for one in self.shelf:
            counts += np.bincount(one.columns, minlength=len(counts))
        often = sorted(name for name, number in self.names.items() if counts[TABLE_SIZE + number] >= MIN_ROWS)
        return {name: number for number, name in enumerate(often)}

    def places(self, names: dict[str, int]) -> np.ndarray:
        """Give each column's place where findings have these columns and the token table's follow."""
        places = np.full(TABLE_SIZE + len(self.names), NOWHERE, dtype=np.int32)
        places[:TABLE_SIZE] = np.arange(len(names), len(names) + TABLE_SIZE)
        for name, number in self.names.items():
            places[TABLE_SIZE + number] = names.get(name, NOWHERE)
        return places

    def rows(self, chosen: np.ndarray, names: dict[str, int]) -> csr_matrix:
        """Give the matrix of some rows."""
        order, places = np.argsort(chosen, kind="stable"), self.places(names)
        wanted, parts, start = chosen[order], [], 0
        for one in self.shelf:
            first, last = np.searchsorted(wanted, (start, start + len(one)))
            parts.append(one.only(wanted[first:last] - start))
            start += len(one)
        table = together(parts).moved(places).table(self.values, len(names) + TABLE_SIZE)
        return table[np.argsort(order)]

    def tables(self, names: dict[str, int]) -> Iterator[csr_matrix]:
        """Give the pieces' matrices: findings first, then the token table."""
        places, values = self.places(names), self.values
        return (one.moved(places).table(values, len(names) + TABLE_SIZE) for one in self.shelf)


def find(
    rows: Iterable[Row],
    means: Means,
    *,
    without: frozenset[str] = frozenset(),
    with_bands: bool = False,
    passed: Callable[[int], None] = lambda _: None,
) -> Found:
    """Find what is in rows; `passed` is told how many are done."""
    found = Found(means.folder, means.in_memory)
    find_in = partial(piece_of, without=without, with_bands=with_bands)
    for piece in _each(find_in, _parts(iter(rows)), means.processes):
        found.add(piece)
        passed(len(found))
    return found


def _parts(rows: Iterator[Row]) -> Iterator[list[Row]]:
    while part := list(islice(rows, PIECE)):
        yield part


def _each(
    find_in: Callable[[list[Row]], Piece], parts: Iterator[list[Row]], processes: int
) -> Iterator[Piece]:
    if processes == 1:
        yield from map(find_in, parts)
        return
    with pool(processes) as workers:
        waiting: deque[Future[Piece]] = deque()
        for part in parts:
            waiting.append(workers.submit(find_in, part))
            if len(waiting) > processes:
                yield waiting.popleft().result()
        yield from (one.result() for one in waiting)
