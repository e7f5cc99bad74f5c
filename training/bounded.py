"""A bounded part of ever so many rows, chosen while they are read: memory does not grow with the data.

Of each part (a kind and a label) so many are kept. Which ones, a number drawn from the row's own bytes
decides, weighed so that the n-th near-copy of a text counts as 1/n: a campaign of a million rows can't push
the others out. The same for the same files; nothing is left out where there are few.
"""

from __future__ import annotations

import heapq
import zlib
from collections import Counter, defaultdict
from hashlib import blake2b
from typing import Generic, TypeVar

import numpy as np

COUNTERS = 1 << 22  # of near-copies seen: 16 MB
Item = TypeVar("Item")


class Bounded(Generic[Item]):
    """Keeps at most `most` items of each part."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._parts: dict[str, list[tuple[float, int, Item]]] = defaultdict(list)
        self._seen = np.zeros(COUNTERS, dtype=np.uint32)
        self.counts: Counter[str] = Counter()  # of each part, before some were left out

    @property
    def taken(self) -> int:
        """Give the number of items that were taken."""
        return self.counts.total()

    def take(self, item: Item, *, part: str, key: str, line: bytes) -> None:
        """Keep an item that was read from a line, or not, or in the place of another."""
        self.counts[part] += 1
        place = zlib.crc32(f"{part} {key}".encode("utf-8", "replace")) % COUNTERS
        self._seen[place] += 1
        draw = (int.from_bytes(blake2b(line, digest_size=8).digest()) + 1) / (2**64 + 2)
        entry = (draw ** float(self._seen[place]), -self.taken, item)
        heap = self._parts[part]
        if len(heap) < self._most:
            heapq.heappush(heap, entry)
        else:
            heapq.heappushpop(heap, entry)

    def items(self) -> list[Item]:
        """Give what was kept, in the order in which it came."""
        kept = [entry for heap in self._parts.values() for entry in heap]
        return [item for _, _, item in sorted(kept, key=lambda entry: -entry[1])]
