"""What a linkback and a request cost as the work grows: rows recorded, senders at once, blogs configured.

`python -m tests.benchmarks.growth [--rows N ...] [--svg FOLDER]`. Processor time, so that it means something
on a busy machine too. Rows are made by the database itself, with keys in no order, as digests are.
"""

from __future__ import annotations

import argparse
import asyncio
import sqlite3
import tempfile
import time
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any

import uvloop

from proxy import scoring
from proxy.config import Config
from proxy.edge import Edge
from proxy.heads import glance
from proxy.linkback import Evidence, Linkback, Protocol
from proxy.live import Live
from proxy.meters import Meters
from proxy.policy import Action, Decision, Reason
from proxy.store import Arrival, State, Store, open_store
from tests.benchmarks.report import lines, machine, table

BLOG = "https://blog.example"
ROWS, SENDERS, BLOGS = (10_000, 100_000, 1_000_000), (1, 10, 100), (1, 100, 5_000)
TIMES = 1_000
FILL = """
WITH RECURSIVE n(i) AS (SELECT {first} UNION ALL SELECT i + 1 FROM n WHERE i < {last}),
  one(i, domain, at) AS (SELECT i, printf('d%d.example', i * 7919 % 99991), {now} - {last} + i FROM n)
INSERT INTO linkbacks (claim_key, blog, protocol, source, target, domain, campaign, state, reason, action,
  score, received_at, due_at, judged_at, finished_at)
SELECT lower(hex(randomblob(20))), '{blog}', 'pingback', 'http://' || domain || '/' || i, '{blog}/post/',
  domain, lower(hex(randomblob(20))), 'rejected', 'spam', 'reject', 0.99, at, at, at, at FROM one
"""


def arrival(name: str, number: int) -> Arrival:
    """Give one linkback of many."""
    domain = f"{name}{number}.example"
    linkback = Linkback(protocol=Protocol.PINGBACK, source=f"http://{domain}/page", target=f"{BLOG}/post/")
    return Arrival(linkback=linkback, blog=BLOG, domain=domain, remote="192.0.2.1")


async def cost(step: Callable[[int], Awaitable[object]], senders: int = 16, times: int = TIMES) -> float:
    """Give the processor milliseconds of a step that so many ask for at once."""
    numbers = iter(range(times))

    async def sender() -> None:
        for number in numbers:
            await step(number)

    begun = time.process_time()
    await asyncio.gather(*(sender() for _ in range(senders)))
    return 1000 * (time.process_time() - begun) / times


async def steps(store: Store, name: str) -> dict[str, float]:
    """Measure what a linkback asks of the database."""
    ids: dict[int, int] = {}

    async def receive(number: int) -> None:
        ids[number] = (await store.queue.receive(arrival(name, number))).id

    async def settle(number: int) -> None:
        decision, evidence = Decision(reason=Reason.SPAM, action=Action.REJECT), Evidence(found=True)
        await store.queue.judged(ids[number], decision, State.REJECTED, evidence=evidence, post=None)

    return {
        "record a new one": await cost(receive),
        "record its verdict": await cost(settle),
        "count a known one": await cost(lambda number: store.queue.receive(arrival(name, number))),
        "ask for a domain's history": await cost(
            lambda number: store.review.history(BLOG, f"d{number}.example")
        ),
        "look for one that is due": await cost(lambda _: store.queue.lease_received(1), times=200),
    }


async def by_rows(folder: Path, sizes: list[int]) -> dict[str, list[tuple[float, float]]]:
    """Measure a database that grows."""
    found: dict[str, list[tuple[float, float]]] = {}
    file = folder / "rows.db"
    async with open_store(f"sqlite+aiosqlite:///{file}"):
        pass
    first = 1
    for size in sorted(sizes):
        with sqlite3.connect(file) as database:
            database.execute("PRAGMA synchronous=OFF")
            database.execute("PRAGMA cache_size=-1000000")  # 1 GB, else the indexes' pages come and go
            database.execute(FILL.format(first=first, last=size, blog=BLOG, now=time.time()))
        database.close()
        async with open_store(f"sqlite+aiosqlite:///{file}") as store:
            for step, value in (await steps(store, f"n{size}x")).items():
                found.setdefault(step, []).append((size, value))
        first = size + 1
    return found


async def by_senders(folder: Path) -> dict[str, list[tuple[float, float]]]:
    """Measure recording by one sender and by many at once."""
    async with open_store(f"sqlite+aiosqlite:///{folder}/senders.db") as store:

        async def receive(senders: int, number: int) -> None:
            await store.queue.receive(arrival(f"s{senders}x", number))

        values = [(n, await cost(partial(receive, n), senders=n)) for n in SENDERS]
    return {"record a new one": [(float(n), value) for n, value in values]}


def by_blogs(folder: Path) -> dict[str, list[tuple[float, float]]]:
    """Measure taking a configuration up, and finding the way of a request, by the number of blogs."""
    model = scoring.load(Path("models"))
    found: dict[str, list[tuple[float, float]]] = {
        "take the configuration up": [],
        "find a request's blog": [],
    }
    for count in BLOGS:
        config = Config.model_validate(
            {
                "database": f"sqlite+aiosqlite:///{folder}/none.db",
                "models": str(folder),
                "blogs": [
                    {"url": f"https://b{n}.example", "upstream": "http://127.0.0.1:8080"}
                    for n in range(count)
                ],
            }
        )
        begun = time.process_time()
        live = Live(config, model)
        found["take the configuration up"].append((count, 1000 * (time.process_time() - begun)))
        found["find a request's blog"].append((count, _choosing(live, count)))
    return found


def _choosing(live: Live, count: int) -> float:
    nothing: Any = None  # what is not asked where a request goes
    edge = Edge(
        blogs=lambda: live.blogs,
        relay=nothing,
        reception=nothing,
        xmlrpc=live.xmlrpc,
        trusted=lambda: live.trusted,
        callers=nothing,
        meters=Meters(),
    )
    head = b"GET /2024/01/a-post/ HTTP/1.1\r\nHost: b%d.example\r\n\r\n"
    asked = [glance(head % (n * 7919 % count)) for n in range(TIMES)]
    begun = time.process_time()
    for number, one in enumerate(asked):
        assert one
        assert edge.choose(one, f"10.1.{number // 256}.{number % 256}")  # none has asked before
    return 1000 * (time.process_time() - begun) / TIMES


def show(title: str, across: str, series: dict[str, list[tuple[float, float]]], file: Path | None) -> None:
    """Print a table and draw the picture."""
    header = [f"{title}, CPU ms", *(f"{x:,.0f} {across}" for x, _ in next(iter(series.values())))]
    rows = [[name, *(f"{value:.3f}" for _, value in points)] for name, points in series.items()]
    print(table(header, rows) + "\n", flush=True)
    if file:
        file.write_text(lines(title, across, "CPU ms each", series))


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=list(ROWS))
    parser.add_argument(
        "--folder", type=Path, help="where the databases are made (an empty temporary folder)"
    )
    parser.add_argument("--svg", type=Path, help="a folder for the pictures")
    options = parser.parse_args()
    print(machine("sqlalchemy", "uvloop") + "\n")
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        folder, svg = Path(name), options.svg
        rows = uvloop.run(by_rows(folder, options.rows))
        show("Rows recorded", "rows", rows, svg and svg / "growth-rows.svg")
        show("Senders at once", "senders", uvloop.run(by_senders(folder)), svg and svg / "growth-senders.svg")
        show("Blogs configured", "blogs", by_blogs(folder), svg and svg / "growth-blogs.svg")


if __name__ == "__main__":
    main()
