"""Turns: so many at a time, so many wait, in the order of their coming, and not for ever."""

from __future__ import annotations

import asyncio
import itertools

from proxy.limits import Courtesy, Turns


async def test_who_comes_first_is_served_first():
    """Two at a time; the third and fourth follow in their order; the fifth finds too many waiting."""
    turns, served = Turns(at_once=2, waiting=2, seconds=10), []

    async def one(name: int) -> None:
        if await turns.take():
            served.append(name)

    tasks = [asyncio.create_task(one(name)) for name in range(5)]
    await asyncio.sleep(0)
    await tasks[4]
    assert (served, turns.refused) == ([0, 1], 1)
    for _ in range(2):
        turns.give_back()
    await asyncio.gather(*tasks)
    assert served == [0, 1, 2, 3]


async def test_nobody_waits_for_ever():
    """Whoever has waited long enough goes without a turn, and leaves none behind that is lost."""
    turns = Turns(at_once=1, waiting=5, seconds=0.01)
    assert await turns.take()
    assert [await turns.take(), turns.refused] == [False, 1]
    turns.give_back()
    assert await turns.take()


async def test_one_goes_on_at_a_turn_of_the_loop():
    """Of many who ask at once each turn of the loop lets one go on, in order; who left is passed over."""
    courtesy, gone = Courtesy(), []

    async def one(number: int) -> None:
        await courtesy.turn()
        gone.append(number)

    tasks = [asyncio.create_task(one(number)) for number in range(5)]
    await asyncio.sleep(0)
    tasks[2].cancel()
    seen = []
    for _ in range(8):
        await asyncio.sleep(0)
        seen.append(len(gone))
    assert gone == [0, 1, 3, 4]
    assert all(after - before <= 1 for before, after in itertools.pairwise(seen))
