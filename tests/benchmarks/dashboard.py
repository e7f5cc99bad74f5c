"""How long the dashboard's pages take over a million linkbacks, and that no query scans them all.

    python -m tests.benchmarks.dashboard [--rows 1000000] [--rounds 40] [--keep FOLDER]

Prints for each page the time that the server needs (median and p95, over HTTP on loopback, one client) and,
since a busy machine makes waits longer, the processor time (server, database and client are one process).
Ends with 1 if a query's plan walks a whole table. SQLite; the rows lie 30 days back.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from proxy.store import State, open_store
from proxy.store.schema import labels, linkbacks
from tests.support.dashboard import BLOG, CLUES, Running, running_dashboard, sqlite

if TYPE_CHECKING:
    from collections.abc import Iterator

MONTH = 30 * 86400.0
CHUNK = 20_000
# States and reasons as a blog under attack has them: how many in a thousand.
SHARES = (
    (700, State.REJECTED, "spam", "reject", 0.98),
    (900, State.REJECTED, "no-link", "reject", 0.9),
    (950, State.DISCARDED, "unsure", "quarantine", 0.7),
    (990, State.DELIVERED, "ham", "forward", 0.05),
    (1000, State.HELD, "unsure", "quarantine", 0.5),
)
PAGES = (
    "/",
    "/?sort=doubt",
    "/?sort=doubt&protocol=pingback",
    "/?state=all",
    "/?state=rejected",
    "/?state=rejected&before=500000",
    "/?state=rejected&reason=no-link",
    "/?domain=d77.example&state=all",
    "/?campaign=flood",
    "/?state=rejected&from=99&to=100",
    "/?state=all&protocol=webmention",
    "/?state=all&q=needle",
    "/?state=all&since=2001-01-01&until=2001-01-02",
    "/linkback/7000",
    "/learning",
    "/overview?period=day",
    "/overview?period=week",
    "/overview?period=month",
    "/health",
    "/trail",
)


def rows(count: int, now: float) -> Iterator[dict[str, Any]]:
    """Make linkbacks, oldest first; no two runs differ."""
    clues = [{"name": clue.name, "weight": clue.weight, "text": clue.text} for clue in CLUES]
    for number in range(count):
        share = number * 7919 % 1000
        state, reason, action, score = next(row[1:] for row in SHARES if share < row[0])
        at, title = now - MONTH + MONTH * number / count, f"Title {number} of things"
        yield {
            "claim_key": f"{number:040x}",
            "blog": BLOG,
            "protocol": "trackback" if number % 10 else "pingback",
            "source": f"https://d{number % 9973}.example/p/{number}",
            "target": f"{BLOG}/post-{number % 200}/",
            "title": title,
            "excerpt": "Words that say little, as long as those which come. " * 4,
            "domain": f"d{number % 9973}.example",
            "campaign": f"c{number % 5003}" if number % 3 else "flood",
            "state": state,
            "reason": reason,
            "action": action,
            "score": min(score + number % 17 / 1000, 1.0),
            "model": "judge-1",
            "clues": clues,
            "evidence": {
                "found": True,
                "place": "main",
                "title": title,
                "excerpt": "x " * 100,
                "text": "y " * 400,
            },
            "received_at": at,
            "due_at": at,
            "judged_at": at + 1,
            "finished_at": at + 20,
        }


def _put(table: sa.Table, chunk: list[dict[str, Any]], connection: sa.Connection) -> None:
    connection.execute(sa.insert(table), chunk)


async def fill(url: str, count: int) -> None:
    """Put the rows and some labels into a new database, and sum the hours up."""
    async with open_store(url) as store:
        now, waiting = time.time(), rows(count, time.time())
        while chunk := [row for _, row in zip(range(CHUNK), waiting, strict=False)]:
            await store.database.write(partial(_put, linkbacks, chunk))
        label = [_label(number, now) for number in range(1, min(count, 20_000))]
        await store.database.write(partial(_put, labels, label))
        while await store.tallies.roll():
            pass


def _label(number: int, now: float) -> dict[str, Any]:
    return {
        "linkback_id": number,
        "blog": BLOG,
        "domain": f"d{number % 9973}.example",
        "campaign": "c",
        "label": "spam" if number % 3 else "ham",
        "at": now,
        "by": "benchmark",
        "score": number % 100 / 100,
        "sample": {},
    }


def scans(plan: list[str]) -> list[str]:
    """Name the steps of a plan that walk a whole table: no index, and no bound by the primary key."""
    tables = ("linkbacks", "labels", "audit", "tallies")
    return [step for step in plan if step in {f"SCAN {table}" for table in tables}]


@contextlib.contextmanager
def watched(board: Running) -> Iterator[dict[str, list[str]]]:
    """Collect the plan of every query that the dashboard makes."""
    plans: dict[str, list[str]] = {}
    reading: Any = board.store.database._reading
    engine = reading._engine

    def look(_connection: Any, cursor: Any, statement: str, parameters: Any, *_rest: object) -> None:
        if statement.startswith(("SELECT", "WITH")) and statement not in plans:
            cursor.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
            plans[statement] = [row[3] for row in cursor.fetchall()]

    sa.event.listen(engine, "before_cursor_execute", look)
    yield plans
    sa.event.remove(engine, "before_cursor_execute", look)


async def measure(board: Running, rounds: int) -> None:
    """Time each page and print its median and p95 in milliseconds, by the clock and by the processor."""
    print(f"{'median':>8} {'p95':>8} {'cpu':>8} {'cpu p95':>8}   ms")
    for path in PAGES:
        walls, works = [], []
        for _ in range(rounds):
            start, work = time.perf_counter(), time.process_time()
            await board.text(path)
            walls.append((time.perf_counter() - start) * 1000)
            works.append((time.process_time() - work) * 1000)
        told = [sorted(times)[int(rounds * share)] for times in (walls, works) for share in (0.5, 0.95)]
        print(" ".join(f"{value:8.1f}" for value in told), "  ", path, flush=True)


async def run(folder: Path, count: int, rounds: int) -> int:
    """Fill, look at the plans, measure, tell."""
    url = sqlite(folder)
    if not (folder / "linkbacks.db").exists():
        start = time.perf_counter()
        await fill(url, count)
        print(f"{count:,} rows written in {time.perf_counter() - start:.0f} s")
    async with running_dashboard(url) as board:
        with watched(board) as plans:
            for path in PAGES:
                await board.text(path)
        bad = {statement: found for statement, plan in plans.items() if (found := scans(plan))}
        await measure(board, rounds)
    print(f"{len(plans)} different queries, {len(bad)} of them with a full scan")
    for statement, found in bad.items():
        print(json.dumps({"scan": found, "query": " ".join(statement.split())}))
    return 1 if bad else 0


def main() -> int:
    """Run the benchmark; 1 if a query scans."""
    parser = argparse.ArgumentParser(description="Time the dashboard's pages over many linkbacks.")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--keep", type=Path, help="folder of the database, used again if it is there")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        return asyncio.run(run(folder, arguments.rows, arguments.rounds))


if __name__ == "__main__":
    sys.exit(main())
