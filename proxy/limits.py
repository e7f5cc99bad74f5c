"""How often somebody may ask, how many at a time, and how many at a turn; in bounded memory."""

from __future__ import annotations

import asyncio
import math
from collections import OrderedDict, deque
from collections.abc import Callable

MAX_NAMES = 50_000  # beyond, the longest unseen is forgotten
MAX_LATELY = 10_000


class Buckets:
    """`per_minute` tokens a minute for each name, at most so many at once. Pure but for its memory."""

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


class Turns:
    """So many at a time, in the order of their coming; so many wait, and no longer than so many seconds."""

    def __init__(self, *, at_once: int, waiting: int, seconds: float) -> None:
        self._free = asyncio.Semaphore(at_once)
        self._most_waiting = waiting
        self._seconds = seconds
        self._waiting = 0
        self.refused = 0

    async def take(self) -> bool:
        """Wait for a turn; False if too many wait already, or for too long. `give_back` ends it."""
        if not self._free.locked():
            return await self._free.acquire()
        if self._waiting >= self._most_waiting:
            self.refused += 1
            return False
        self._waiting += 1
        try:
            async with asyncio.timeout(self._seconds):
                return await self._free.acquire()
        except TimeoutError:
            self.refused += 1
            return False
        finally:
            self._waiting -= 1

    def give_back(self) -> None:
        """End a turn."""
        self._free.release()


class Lately:
    """Which names came within so many seconds. Pure but for its memory."""

    def __init__(self, *, seconds: float, clock: Callable[[], float]) -> None:
        self._seconds = seconds
        self._clock = clock
        self._since: OrderedDict[str, float] = OrderedDict()

    def note(self, name: str) -> None:
        """Note that a name has come, unless that is known."""
        if not self.knows(name):
            self._since.pop(name, None)
            self._since[name] = self._clock()
            if len(self._since) > MAX_LATELY:
                self._since.popitem(last=False)

    def knows(self, name: str) -> bool:
        """Say whether a name has come within the time."""
        return self._clock() - self._since.get(name, -math.inf) < self._seconds


class Courtesy:
    """Lets one go on at each turn of the event loop: many who come at once hold nobody else up.

    Its callers bound how many wait.
    """

    def __init__(self) -> None:
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def turn(self) -> None:
        """Wait for a turn, behind those who wait already."""
        loop = asyncio.get_running_loop()
        mine = loop.create_future()
        self._waiting.append(mine)
        if len(self._waiting) == 1:
            loop.call_soon(self._next)
        await mine

    def _next(self) -> None:
        first = self._waiting.popleft()
        if not first.done():
            first.set_result(None)
        if self._waiting:
            asyncio.get_running_loop().call_soon(self._next)
