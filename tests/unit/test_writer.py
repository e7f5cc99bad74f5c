"""The writer: what comes soon after a commit shares the next one, and what comes alone does not wait."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from proxy.store import writer
from proxy.store.writer import ENOUGH, Writer

LONG = 60.0  # seconds: nobody here waits so long


class Counting:
    """An engine that only counts what shares a transaction."""

    def __init__(self) -> None:
        self.groups: list[int] = []

    async def transact(self, work: Callable[[Any], Any]) -> Any:
        results = work(None)
        self.groups.append(len(results))
        return results

    async def dispose(self) -> None:
        """Drop nothing."""


async def _fine() -> None:
    """Find the database as it was."""


async def test_enough_are_written_together(monkeypatch) -> None:
    """The first goes at once; those after it go when enough are there, however each of them came."""
    monkeypatch.setattr(writer, "SPACING_SECONDS", LONG)
    engine = Counting()
    async with asyncio.timeout(LONG / 2), Writer(engine, _fine) as writing:
        await writing.run(lambda _: None)
        writes = []
        for _ in range(ENOUGH + 1):
            writes.append(asyncio.create_task(writing.run(lambda _: None)))
            await asyncio.sleep(0)
        await asyncio.gather(*writes)
    assert engine.groups == [1, ENOUGH + 1]


async def test_one_that_comes_alone_is_written_in_time(monkeypatch) -> None:
    """Too few for a group wait for the time between two commits, and no longer."""
    monkeypatch.setattr(writer, "SPACING_SECONDS", 0.05)
    engine = Counting()
    async with asyncio.timeout(LONG / 2), Writer(engine, _fine) as writing:
        for _ in range(3):
            await writing.run(lambda _: None)
    assert engine.groups == [1, 1, 1]
