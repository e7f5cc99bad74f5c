"""Milliseconds and processor time of a linkback's judging, step by step, and a profile of the whole.

`python -m tests.benchmarks.judging [--times N]`. Each step is called as the service calls it; reading pages
happens in another process there, so it is shown twice: as a caller waits for it, and its work alone.
"""

from __future__ import annotations

import argparse
import asyncio
import cProfile
import io
import pstats
import random
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from ipaddress import ip_network
from pathlib import Path

import uvloop

from proxy import scoring
from proxy.examine import examine
from proxy.fetch import Fetcher
from proxy.hop import FetchLimits
from proxy.linkback import Evidence, Linkback, Page, Place, Protocol, Sample, Score
from proxy.policy import Action, Decision, Reason
from proxy.reader import Reader
from proxy.store import Arrival, State, Store, open_store
from tests.benchmarks.report import machine, table
from tests.benchmarks.stage import Stage, staged
from tests.source_server import BLOG_POST

BATCHES = 5  # the quickest counts
TOGETHER = 16  # senders of a flood
FREE = 1_000_000  # the limits that protect others' sites are lifted
AIM_SCORE, AIM_BATCH = 1.0, 5_000  # milliseconds; a second and core


class Steps:
    """The steps of judging, each for the linkback of a number."""

    def __init__(self, stage: Stage, fetcher: Fetcher, reader: Reader, store: Store) -> None:
        self._stage, self._fetcher, self._reader, self._store = stage, fetcher, reader, store
        self._model = scoring.load(Path("models"))
        self._target = f"{stage.blog}/2024/01/a-post/"

    def _source(self, number: int) -> str:
        return f"http://127.9.{number // 250}.{1 + number % 250}:{self._stage.sources}/linked/{number}"

    def linkback(self, number: int) -> Linkback:
        """Give the linkback of a number."""
        return Linkback(protocol=Protocol.PINGBACK, source=self._source(number), target=self._target)

    async def fetch(self, number: int) -> None:
        """Fetch robots.txt and the page."""
        self.page = await self._fetcher.fetch(self._source(number))

    async def read(self, _number: int) -> None:
        """Have the page read in a reader's process."""
        assert isinstance(self.page, Page)
        self.evidence = await self._reader.examine(self.page, target=self._target)

    async def examine(self, _number: int) -> None:
        """Find the link, without a text."""
        self._examined(with_text=False)

    async def extract(self, _number: int) -> None:
        """Find the link and extract the text."""
        self._examined(with_text=True)

    def _examined(self, *, with_text: bool) -> None:
        assert isinstance(self.page, Page)
        self.evidence = examine(
            self.page.body, content_type=self.page.content_type, source=self.page.url, target=self._target,
            with_text=with_text,
        )  # fmt: skip

    def sample(self, number: int) -> Sample:
        """Give what the judge sees."""
        assert not hasattr(self.evidence, "detail")
        return Sample(linkback=self.linkback(number), evidence=self.evidence)

    async def score(self, number: int) -> None:
        """Score it, with clues."""
        self.scored: Score = self._model.score(self.sample(number))

    async def record(self, number: int) -> None:
        """Put the arrival and the judgement on disk."""
        claim = self.linkback(number)
        arrival = Arrival(linkback=claim, blog=self._stage.blog, domain="a.example", remote="127.0.0.1")
        receipt = await self._store.queue.receive(arrival)
        decision = Decision(reason=Reason.SPAM, action=Action.REJECT, score=self.scored)
        await self._store.queue.judged(
            receipt.id, decision, State.REJECTED, evidence=self.sample(number).evidence, post=None
        )

    async def record_with_others(self, number: int) -> None:
        """Do the same for as many as a flood's senders are; the commit is shared."""
        first = TOGETHER * (1_000 + number)
        await asyncio.gather(*(self.record(first + more) for more in range(TOGETHER)))

    async def history(self, _number: int) -> None:
        """Ask what is known of the source's domain."""
        await self._store.review.history(self._stage.blog, "a.example")

    async def all(self, number: int) -> None:
        """Judge one from end to end."""
        for step in (self.fetch, self.read, self.history, self.score, self.record):
            await step(number)

    def batch(self, size: int, *, with_pages: bool) -> float:
        """Score many at once, all different; give how many a second of processor time."""
        rng = random.Random(1)
        pages = [written(rng) for _ in range(size)]
        samples = [
            Sample(
                linkback=replace(self.linkback(number), excerpt=page.excerpt),
                evidence=page if with_pages else None,
            )
            for number, page in enumerate(pages)
        ]
        spent = []
        for _ in range(BATCHES):
            begun = time.process_time()
            self._model.score_many(samples)
            spent.append(time.process_time() - begun)
        return size / min(spent)


def written(rng: random.Random) -> Evidence:
    """Give a page of some 600 words as a blogger has them, in an order that no other has."""
    words = BLOG_POST.split()
    rng.shuffle(words)
    return Evidence(
        found=True, place=Place.MAIN, title=" ".join(words[:7]), excerpt=" ".join(words[7:47]), links_out=9,
        links_to_target=1, anchor_text=" ".join(words[20:23]), text=" ".join(words), text_share=0.7,
    )  # fmt: skip


async def timed(step: Callable[[int], Awaitable[None]], numbers: range) -> tuple[float, float]:
    """Give milliseconds and milliseconds of this process's processor time a call."""
    begun, spent = time.perf_counter(), time.process_time()
    for number in numbers:
        await step(number)
    count = len(numbers)
    return 1000 * (time.perf_counter() - begun) / count, 1000 * (time.process_time() - spent) / count


async def measure(stage: Stage, times: int) -> None:
    """Measure the steps and print the table and the profile."""
    limits = FetchLimits(
        allow_networks=(ip_network("127.0.0.0/8"),), allow_ports=None, per_second=FREE,
        per_host_per_minute=FREE, per_address_per_minute=FREE, per_path_per_minute=FREE,
    )  # fmt: skip
    database = f"sqlite+aiosqlite:///{stage.folder}/judging.db"
    async with Fetcher(limits) as fetcher, Reader() as reader, open_store(database) as store:
        steps = Steps(stage, fetcher, reader, store)
        await steps.all(0)
        order = {
            "fetch (robots.txt and page)": steps.fetch,
            "read, as the service waits for it": steps.read,
            "examine (of read)": steps.examine,
            "examine and extract text (of read)": steps.extract,
            "score, with clues": steps.score,
            "ask for the domain's history": steps.history,
            "record (arrival and judgement)": steps.record,
        }
        found = {name: await timed(step, range(1, 1 + times)) for name, step in order.items()}
        together = await timed(steps.record_with_others, range(1, 1 + max(1, times // TOGETHER)))
        found[f"record, each of {TOGETHER} at once"] = (together[0] / TOGETHER, together[1] / TOGETHER)
        whole = await timed(steps.all, range(times + 1, 2 * times + 1))
        rows = [
            [name, f"{wall:.2f}", f"{own:.2f}", f"{own / whole[1]:.2f}"]
            for name, (wall, own) in {**found, "all, one after the other": whole}.items()
        ]
        print(table(["", "ms", "CPU ms here", "ratio to all"], rows))
        one = found["score, with clues"][1]
        print(f"\nscoring one: {one / AIM_SCORE:.2f} of the aim of {AIM_SCORE} ms")
        for what, with_pages in (("claims alone", False), ("claims with pages", True)):
            rate = steps.batch(5 * times, with_pages=with_pages)
            aim = f"{rate / AIM_BATCH:.2f} of the aim of {AIM_BATCH:,}"
            print(f"a batch of {what}: {rate:,.0f} a second and core, {aim}")
        profile = cProfile.Profile()
        profile.enable()
        await timed(steps.all, range(2 * times + 1, 3 * times + 1))
        profile.disable()
        text = io.StringIO()
        pstats.Stats(profile, stream=text).strip_dirs().sort_stats("tottime").print_stats(15)
        print(text.getvalue())


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=200)
    options = parser.parse_args()
    print(machine("aiohttp", "selectolax", "trafilatura", "numpy", "sqlalchemy") + "\n")
    with tempfile.TemporaryDirectory() as name, staged(Path(name)) as stage:
        uvloop.run(measure(stage, options.times))


if __name__ == "__main__":
    main()
