"""How often somebody may ask: a bucket of tokens for each name, in bounded memory.

Pure but for its memory; the clock is passed in.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

MAX_NAMES = 50_000  # beyond, the longest unseen is forgotten


class Buckets:
    """`per_minute` tokens a minute for each name, at most so many at once."""

    def __init__(self, *, per_minute: int, clock: Callable[[], float]) -> None:
        self._size = float(per_minute)
        self._clock = clock
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()  # name: level, seen at
        self.refused = 0

    def resize(self, per_minute: int) -> None:
        """Change how many; what was taken stays taken."""
        self._size = float(per_minute)

    def take(self, name: str) -> bool:
        """Take a token of this name's; False if none is left."""
        now = self._clock()
        level, seen = self._levels.pop(name, (self._size, now))
        level = min(self._size, level + (now - seen) * self._size / 60.0)
        granted = level >= 1.0
        self._levels[name] = (level - granted, now)
        if len(self._levels) > MAX_NAMES:
            self._levels.popitem(last=False)
        self.refused += not granted
        return granted
