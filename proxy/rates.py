"""Count what went out to whom lately, and say when another one would be too many.

Pure but for its memory; the clock is the caller's. Exact: in no window of the period's length pass more
than the limit. Memory is bounded by what the caller lets pass, as keys older than the period are dropped.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence


class Rate:
    """At most `limit` takings of each key in any `period` seconds."""

    def __init__(self, limit: int, period: float) -> None:
        self._limit = limit
        self._period = period
        self._taken: dict[Hashable, list[float]] = {}
        self._next_sweep = 0.0

    def __len__(self) -> int:
        return len(self._taken)

    def wait(self, key: Hashable, now: float) -> float:
        """Return the seconds until the key may be taken; 0 if now. Takes nothing."""
        taken = self._taken.get(key)
        if taken is None or len(taken) < self._limit:
            return 0.0
        return max(0.0, taken[0] + self._period - now)

    def take(self, key: Hashable, now: float) -> None:
        """Count one."""
        self._sweep(now)
        taken = self._taken.setdefault(key, [])  # mostly one: a deque would have room for 64
        taken.append(now)
        del taken[: -self._limit]

    def _sweep(self, now: float) -> None:
        """Forget, once a period, the keys that were not taken within one."""
        if now < self._next_sweep:
            return
        self._next_sweep = now + self._period
        self._taken = {key: taken for key, taken in self._taken.items() if taken[-1] > now - self._period}


def first_wait(wanted: Sequence[tuple[Rate, Hashable]], now: float) -> float:
    """Take one of every rate if all allow it and return 0; else take none and return the longest wait."""
    longest = max(rate.wait(key, now) for rate, key in wanted)
    if longest == 0:
        for rate, key in wanted:
            rate.take(key, now)
    return longest
