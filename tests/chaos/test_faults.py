"""The promise: what was answered 'accepted' reaches the blog once, whatever fails, or waits with a reason."""

from __future__ import annotations

import asyncio
import os
import random
from collections import Counter
from dataclasses import dataclass, field

import aiohttp
import pytest

from proxy.store import Listing, Record, State, open_store
from tests.chaos.world import Proxy, Sources, Upstream, send

IS_LONG = os.environ.get("LINKBACK_CHAOS") == "long"
SEED = int(os.environ.get("LINKBACK_CHAOS_SEED", "5"))
WAITING = (State.RECEIVED, State.JUDGING, State.QUEUED, State.DELIVERING, State.HELD, State.DEAD)


@dataclass(frozen=True, kw_only=True)
class Size:
    """How long a run is."""

    each: int  # genuine linkbacks, and as many of spam
    kills: int
    stops: int  # of upstream
    patience: float  # seconds without progress until the ledger is drawn up


SIZE = (
    Size(each=2000, kills=50, stops=10, patience=75)
    if IS_LONG
    else Size(each=100, kills=3, stops=2, patience=4)
)


@dataclass(kw_only=True)
class Run:
    """One run: who is there, what happens when, and what was heard."""

    proxy: Proxy
    upstream: Upstream
    sources: Sources
    is_up: asyncio.Event = field(default_factory=asyncio.Event)
    heard: dict[str, str] = field(default_factory=dict)
    number: int = 0
    starting: asyncio.Lock = field(default_factory=asyncio.Lock)
    stopping: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def all(self, size: Size, dice: random.Random) -> None:
        """Send everything; at random numbers of linkbacks sent, something breaks."""
        plan = [self.sources.url(kind, n) for n in range(size.each) for kind in ("ham", "spam")]
        dice.shuffle(plan)
        moments = dice.sample(range(10, len(plan)), size.kills + size.stops)
        kills, stops = set(moments[: size.kills]), set(moments[size.kills :])
        self.is_up.set()
        queue = iter(plan)
        breaking: list[asyncio.Task[None]] = []

        async def sender(session: aiohttp.ClientSession) -> None:
            for source in queue:
                await self.is_up.wait()
                self.number += 1
                if self.number in kills:
                    breaking.append(asyncio.create_task(self.cut_power()))
                if self.number in stops:
                    breaking.append(asyncio.create_task(self.stop_blog()))
                self.heard[source] = await send(session, self.proxy.url, source)

        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=20)) as session:
            await asyncio.gather(*(sender(session) for _ in range(8)))
        await asyncio.gather(*breaking)

    async def cut_power(self) -> None:
        async with self.starting:
            self.is_up.clear()
            await self.proxy.kill()
            await self.proxy.start()
            self.is_up.set()

    async def stop_blog(self) -> None:
        """Stop upstream until the proxy has heard of some 20 more linkbacks."""
        async with self.stopping:
            await self._stop_blog()

    async def _stop_blog(self) -> None:
        await self.upstream.stop()
        until = self.number + 20
        async with asyncio.timeout(30):
            while self.number < until and len(self.heard) < 2 * SIZE.each - 8:
                await asyncio.sleep(0.05)
        await self.upstream.start()

    async def settle(self, patience: float) -> dict[str, Record]:
        """Wait until nothing moves any more; give all that is recorded, by source."""
        seen, quiet = -1, 0.0
        async with open_store(self.proxy.database) as store:
            while quiet < patience:
                if self.upstream.stored.total() != seen:
                    seen, quiet = self.upstream.stored.total(), 0.0
                quiet += 0.5
                counts = await store.review.counts()
                if not any(counts.get(state) for state in WAITING[:4]):
                    break
                await asyncio.sleep(0.5)
            records = await store.review.records(Listing(limit=10 * SIZE.each))
        return {one.linkback.source: one for one in records}


@pytest.mark.timeout(3000 if IS_LONG else 150)
async def test_nothing_is_lost_and_nothing_comes_twice(tmp_path, capsys):
    """Kills, stops and failing sources lose no accepted linkback, and bring none to the blog twice."""
    dice = random.Random(SEED)
    upstream, sources = Upstream(dice, broken_off=0.02), Sources(dice, failing=0.03)
    proxy = Proxy(folder=tmp_path, upstream=upstream)
    proxy.write_config()
    for server in (upstream, sources, proxy):
        await server.start()
    run = Run(proxy=proxy, upstream=upstream, sources=sources)
    try:
        await run.all(SIZE, dice)
        records = await run.settle(SIZE.patience)
    finally:
        await proxy.terminate(within=30)
        await upstream.stop()
        await sources.stop()
    genuine = {source: word for source, word in run.heard.items() if "/ham/" in source}
    accepted = [source for source, word in genuine.items() if word == "accepted"]
    waiting = [
        source
        for source in accepted
        if source in records and records[source].state in WAITING and not upstream.stored[source]
    ]
    lost = [source for source in accepted if not upstream.stored[source] and source not in waiting]
    with capsys.disabled():
        print(f"\nseed {SEED}; killed {proxy.kills} times, upstream stopped {SIZE.stops} times")
        print(f"sent       {len(run.heard)}: {len(genuine)} genuine, {len(run.heard) - len(genuine)} spam")
        print(f"answered   genuine {dict(Counter(genuine.values()))}")
        print(f"           spam {dict(Counter(w for s, w in run.heard.items() if '/spam/' in s))}")
        print(f"delivered  {len([s for s in accepted if upstream.stored[s]])} of {len(accepted)} accepted")
        print(f"           and {len(set(upstream.stored) - set(accepted))} whose sender heard no yes")
        print(f"waiting    {len(waiting)}: {dict(Counter(_why(records[one]) for one in waiting))}")
        print(f"lost       {len(lost)}")
        print(f"twice      {sum(count > 1 for count in upstream.stored.values())}")
        print(f"sent again {upstream.redelivered}, answered with 'already there'", flush=True)
    assert lost == []
    assert all(_why(records[one]) for one in waiting)
    assert max(upstream.stored.values()) == 1
    assert not [source for source in upstream.stored if "/spam/" in source]
    assert len(accepted) > SIZE.each / 2


def _why(one: Record) -> str:
    return one.reason if one.state in {State.RECEIVED, State.HELD} else f"{one.state.value}: {one.answer}"
