"""An owner's labels as retraining works on them: what was found in each, its near-copies, and its time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from proxy.scoring.memory import ROW_MARKS
from training.facts import Facts, Notes, number_of
from training.found import Found, Means, find
from training.nearcopies import BAND, HASHES, copies
from training.rows import Row, labelled

LATER_SHARE = 0.25  # of the labels, by time: the candidate is measured on them
NO_MARKS = np.zeros((0, ROW_MARKS), dtype=np.uint32)
NO_BANDS = np.zeros((0, HASHES // BAND), dtype=np.uint64)
TIME = 32  # bytes of a time as text


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """Labels that stand: in order of time where they are in memory."""

    found: Found
    facts: Facts
    groups: np.ndarray  # of near-copies
    marks: np.ndarray  # of the last rows, as many as memory holds
    is_later: np.ndarray

    @property
    def unmarked(self) -> int:
        """Give the number of rows, the first, whose marks were not kept."""
        return len(self) - len(self.marks)

    def __len__(self) -> int:
        """Give the number of labels."""
        return len(self.facts)


def labels_of(
    rows: Iterable[Row], means: Means | None = None, passed: Callable[[int], None] = lambda _: None
) -> Labels:
    """Read rows with labels, whatever their order; `passed` is told how many are done."""
    notes, times = Notes(), bytearray()
    found = find(
        _timed(notes.passing(labelled(rows)), times),
        means or Means(),
        with_bands=True,
        passed=passed,
    )
    order = np.argsort(np.frombuffer(bytes(times), dtype=f"V{TIME + 8}").view(f"S{TIME + 8}"), kind="stable")
    facts, groups = notes.facts(), copies(np.concatenate([NO_BANDS, *found.bands]))
    marks = np.concatenate([NO_MARKS, *found.marks])
    is_later = np.zeros(len(order), dtype=bool)
    is_later[order[len(order) - int(len(order) * LATER_SHARE) :]] = True
    if found.shelf.is_on_disk:
        return Labels(found=found, facts=facts, groups=groups, marks=marks, is_later=is_later)
    return Labels(
        found=found.only(order),
        facts=facts.only(order),
        groups=groups[order],
        marks=marks[order],
        is_later=is_later[order],
    )


def _timed(rows: Iterable[Row], times: bytearray) -> Iterator[Row]:
    """Take down when each label was given; those of one time have an order of their own."""
    for row in rows:
        when = (row.at or row.date).encode("utf-8", "replace")[:TIME].ljust(TIME)
        times += when + number_of(row.id).to_bytes(8)
        yield row
