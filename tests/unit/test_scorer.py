"""The scorer: what waits together is scored together, and a failure is nobody else's."""

from __future__ import annotations

import asyncio
from threading import Event

import pytest

from proxy.linkback import Linkback, Protocol, Sample, Score
from proxy.scorer import MOST_TOGETHER, Scorer


def _sample(name: str) -> Sample:
    linkback = Linkback(protocol=Protocol.TRACKBACK, source="https://s.example/", target="/", title=name)
    return Sample(linkback=linkback)


async def test_a_failure_is_one_linkbacks_own() -> None:
    """Each hears of its own score, however many wait; whose score fails hears None."""

    def score(sample: Sample) -> Score:
        return Score(spam=1 / int(sample.linkback.title))

    scorer = Scorer(score)
    numbers = range(2 * MOST_TOGETHER + 1)
    found = await asyncio.gather(*(scorer.score(_sample(str(number))) for number in numbers))
    assert found == [None, *(Score(spam=1 / number) for number in numbers[1:])]
    scorer.close()


async def test_who_waits_when_it_closes_is_let_go() -> None:
    """What has begun ends, and whoever waits behind it waits no longer."""
    goes_on = Event()

    def score(_: Sample) -> Score:
        goes_on.wait(10)
        return Score(spam=0.5)

    scorer = Scorer(score)
    first, second = (asyncio.create_task(scorer.score(_sample(name))) for name in "ab")
    await asyncio.sleep(0)
    scorer.close()
    goes_on.set()
    assert await first == Score(spam=0.5)
    with pytest.raises(asyncio.CancelledError):
        await second
