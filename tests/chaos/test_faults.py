"""The promise: what was answered 'accepted' reaches the blog once, whatever fails, or waits with a reason."""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import aiohttp
import pytest
import sqlalchemy as sa

from proxy.store import Listing, Record, State, Store, open_store
from proxy.store.schema import linkbacks
from tests.chaos.world import Proxy, Sources, Upstream, WordPress, send

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

IS_LONG = os.environ.get("LINKBACK_CHAOS") == "long"
SEED = int(os.environ.get("LINKBACK_CHAOS_SEED", "5"))
MOVING = (State.RECEIVED, State.JUDGING, State.QUEUED, State.DELIVERING)
WAITING = (*MOVING, State.HELD, State.DEAD)
# What is due later was put off by a back-off; what is due sooner, upstream may still be at work on.
LONGEST_LEASE = 12.5
TELLING = 200  # linkbacks between two words of how far a run is
ONLY_LONG = pytest.mark.skipif(not IS_LONG, reason="takes minutes: make chaos")


@dataclass(frozen=True, kw_only=True)
class Size:
    """How long a run is."""

    each: int  # genuine linkbacks, and as many of spam
    kills: int
    stops: int  # of upstream
    patience: float  # seconds without an end of anything, after which the ledger is drawn up


SIZE = (
    Size(each=2000, kills=50, stops=10, patience=120)
    if IS_LONG
    else Size(each=100, kills=3, stops=2, patience=30)
)


@dataclass(kw_only=True)
class Run:
    """One run: who is there, what happens when, and what was heard."""

    proxy: Proxy
    upstream: Upstream | WordPress
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
                if self.number % TELLING == 0:
                    say(f"{self.number} of {len(plan)} sent, {self.proxy.kills} times killed")
                if self.number in kills:
                    breaking.append(asyncio.create_task(self.cut_power()))
                if self.number in stops:
                    breaking.append(asyncio.create_task(self.stop_blog()))
                self.heard[source] = await send(session, self.proxy.url, source, self.upstream.blog)

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
        async with asyncio.timeout(300):
            while self.number < until and len(self.heard) < 2 * SIZE.each - 8:
                await asyncio.sleep(0.05)
        await self.upstream.start()

    async def settle(self, patience: float) -> dict[str, Record]:
        """Let everything come to its end, back-offs shortened; give all that is recorded, by source."""
        fewest, end = 10 * SIZE.each, time.monotonic() + patience
        async with open_store(self.proxy.database) as store:
            while time.monotonic() < end:
                counts = await store.review.counts()
                left = sum(counts.get(state, 0) for state in MOVING)
                if not left:
                    break
                if left < fewest:
                    if left // TELLING < fewest // TELLING:
                        say(f"{left} on their way")
                    fewest, end = left, time.monotonic() + patience
                await pass_hours(store)
                await asyncio.sleep(1)
            records = await store.review.records(Listing(limit=10 * SIZE.each))
        return {one.linkback.source: one for one in records}


def say(text: str) -> None:
    """Say how far a run is, for those who look on with `pytest -s`."""
    print(f"{time.strftime('%H:%M:%S')} {text}", flush=True)


async def pass_hours(store: Store) -> None:
    """Make due what a back-off has put off, as if the hours had passed."""
    now = time.time()
    late = (
        sa.update(linkbacks)
        .where(
            linkbacks.c.state.in_((State.RECEIVED, State.QUEUED)), linkbacks.c.due_at > now + LONGEST_LEASE
        )
        .values(due_at=now)
    )
    await store.database.write(lambda connection: connection.execute(late))


@dataclass(frozen=True, kw_only=True)
class Ledger:
    """What became of the genuine linkbacks whose senders heard yes."""

    accepted: list[str]
    delivered: list[str]
    waiting: dict[str, str]  # by source: why
    refused: dict[str, str]  # by the blog itself: its answer
    lost: list[str]
    twice: list[str]

    @staticmethod
    def of(heard: dict[str, str], records: dict[str, Record], stored: Counter[str]) -> Ledger:
        """Draw it up."""
        accepted = [source for source, word in heard.items() if word == "accepted" and "/ham/" in source]
        missing = [source for source in accepted if not stored[source]]
        kept = {source: records[source] for source in missing if source in records}
        waiting = {source: _why(one) for source, one in kept.items() if one.state in WAITING}
        refused = {source: one.answer for source, one in kept.items() if one.reason == "refused-upstream"}
        return Ledger(
            accepted=accepted,
            delivered=[source for source in accepted if stored[source]],
            waiting=waiting,
            refused=refused,
            lost=[source for source in missing if source not in waiting and source not in refused],
            twice=[source for source, count in stored.items() if count > 1],
        )


def _why(one: Record) -> str:
    return one.reason if one.state in {State.RECEIVED, State.HELD} else f"{one.state.value}: {one.answer}"


def table(run: Run, ledger: Ledger, stored: Counter[str], seconds: float) -> list[tuple[str, object]]:
    """Write the ledger."""
    genuine = Counter(word for source, word in run.heard.items() if "/ham/" in source)
    spam = Counter(word for source, word in run.heard.items() if "/spam/" in source)
    log = (run.proxy.folder / "log.txt").read_text(errors="replace")
    again = log.count("outcome=duplicate")
    return [
        ("seed, seconds", f"{SEED}, {seconds:.0f}"),
        ("killed with -9, upstream stopped", f"{run.proxy.kills}, {SIZE.stops}"),
        ("sent", f"{genuine.total()} genuine, {spam.total()} spam"),
        ("answered, genuine", dict(genuine)),
        ("answered, spam", dict(spam)),
        ("accepted, genuine", len(ledger.accepted)),
        ("  delivered", len(ledger.delivered)),
        ("  waiting, with the reason", f"{len(ledger.waiting)} {dict(Counter(ledger.waiting.values()))}"),
        ("  refused by the blog", f"{len(ledger.refused)} {dict(Counter(ledger.refused.values()))}"),
        ("  lost", len(ledger.lost)),
        ("stored twice", len(ledger.twice)),
        ("stored, though no yes was heard", len(set(stored) - set(ledger.accepted))),
        ("spam stored", len([source for source in stored if "/spam/" in source])),
        ("deliveries made, by outcome", dict(run.upstream.outcomes)),
        ("sent again, answered 'already there'", again),
    ]


async def play(
    run: Run, dice: random.Random, tell: Callable[[str, Sequence[tuple[str, object]]], None]
) -> None:
    """Make a run, tell its ledger, and hold it to the promise."""
    begun = time.monotonic()
    await run.upstream.start()
    try:
        await run.sources.start()
        await run.proxy.start()
        await run.all(SIZE, dice)
        records = await run.settle(SIZE.patience)
        stored = run.upstream.stored
    finally:
        await run.proxy.terminate(within=30)
        await run.sources.stop()
    ledger = Ledger.of(run.heard, records, stored)
    name = type(run.upstream).__name__
    tell(f"Everything fails at random, before {name}", table(run, ledger, stored, time.monotonic() - begun))
    assert (ledger.lost, ledger.twice) == ([], [])
    assert all(ledger.waiting.values())
    assert not [source for source in stored if "/spam/" in source]
    assert len(ledger.delivered) > 0.9 * len(ledger.accepted)
    assert len(ledger.accepted) > SIZE.each / 2


@pytest.mark.timeout(3000 if IS_LONG else 150)
async def test_nothing_is_lost_and_nothing_comes_twice(tmp_path, tell):
    """Kills, stops and failing sources lose no accepted linkback, and bring none to the blog twice."""
    dice = random.Random(SEED)
    upstream = Upstream(dice, broken_off=0.02)
    proxy = Proxy(folder=tmp_path, upstream=upstream)
    proxy.write_config()
    try:
        await play(Run(proxy=proxy, upstream=upstream, sources=Sources(dice, failing=0.03)), dice, tell)
    finally:
        await upstream.stop()


@ONLY_LONG
@pytest.mark.timeout(3000)
async def test_nothing_is_lost_before_the_real_wordpress(tmp_path, tell, wordpress):
    """The same before WordPress itself: each accepted linkback is there once, or waits with a reason."""
    dice = random.Random(SEED)
    upstream = WordPress(wordpress)
    proxy = Proxy(folder=tmp_path, upstream=upstream, port=int(upstream.blog.url.rpartition(":")[2]))
    proxy.write_config(delivery={"timeout_seconds": 5})
    sources = Sources(dice, failing=0.03, blog=upstream.blog)
    await play(Run(proxy=proxy, upstream=upstream, sources=sources), dice, tell)
