"""Spam linkbacks absorbed a second, by kind, beside a bare WordPress; and the blog's pages meanwhile.

`python -m tests.benchmarks.flood [--seconds S] [--svg FILE] [--no-wordpress]`. Sixteen senders, each
waiting for its answer; only linkbacks that were given the reason that they should have count.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import aiohttp

from tests.benchmarks.relay import Front
from tests.benchmarks.report import Bar, bars, machine, table
from tests.benchmarks.stage import KINDS, PINGBACK, ROOT, Kind, Load, Stage, staged, wrk
from tests.rig import Folder, Options
from tests.rig.build import start
from tests.support.ports import free_port

AIMS = {
    "known duplicate": 200,
    "deny-listed": 200,
    "target not ours": 200,
    "trackback, spam by its words": 20,
    "trackback, known duplicate": 20,
    "trackback, deny-listed": 20,
    "trackback, post closed": 20,
}  # times WordPress
AIM_FETCHED = 40
LARGEST_DAY = 300_000_000  # linkbacks
SHARES = {  # of a day's linkbacks; an assumption
    "known, deny-listed or not ours": (0.60, ("known duplicate", "deny-listed", "target not ours")),
    "unreachable or without a link": (0.35, ("source unreachable", "no link in the page")),
    "judged by the model": (0.05, ("judged by the model",)),
}
JUDGED_A_SECOND = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Pages:
    """How long the blog's pages took, in milliseconds."""

    p50: float
    p99: float


@contextmanager
def reading(blog: str) -> Iterator[Callable[[], Pages]]:
    """Read the blog's pages in a process of its own; after the block, ask how long they took."""
    command = (sys.executable, "-m", "tests.benchmarks.reading", f"{blog}/2024/01/a-post/")
    found: dict[str, float] = {}
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        time.sleep(1)  # it begins
        try:
            yield lambda: Pages(p50=found["p50"], p99=found["p99"])
        finally:
            found.update(json.loads(process.communicate(b"")[0]))


def flood(stage: Stage, kind: Kind, number: int, seconds: float) -> tuple[Load, Pages]:
    """Flood the service with one kind while somebody reads the blog."""
    before = stage.reasons()
    with reading(stage.blog) as pages:
        script = kind.script(stage, stage.blog, number * 1_000_000)
        load = wrk(stage.service, script, stage.folder, seconds=seconds)
    done = stage.reasons()[kind.reason] - before[kind.reason]
    if done < load.answered / 2:
        raise RuntimeError(f"{kind.name}: {stage.reasons() - before} of {load.answered}")
    return replace(load, answered=min(done, load.answered)), pages()


def bare_wordpress(folder: Path, stage: Stage, seconds: float) -> dict[bool, Load]:
    """Send pingbacks and trackbacks to a WordPress with nothing in front; by 'is a trackback'."""
    options = Options(port=free_port())
    rig = start(Folder(folder), options)
    try:
        front = Front(name="WordPress", port=options.port, process=1)
        post = rig.posts[0]
        path = post.trackback_url.removeprefix(rig.public_url)
        stage = Stage(
            folder=stage.folder,
            service=front,
            sources=stage.sources,
            closed=stage.closed,
            trackback_path=path,
        )
        return {
            kind.is_trackback: wrk(
                front,
                Kind(
                    name=kind.name, reason="", source=kind.source, target=post.url,
                    is_trackback=kind.is_trackback,
                ).script(stage, stage.blog, 90_000_000),
                stage.folder,
                seconds=max(seconds, 10),
            )
            for kind in KINDS
            if kind.reason == "spam" and "known" not in kind.name
        }  # fmt: skip
    finally:
        rig.stop(purge=True)


def paced(stage: Stage, seconds: float) -> tuple[float, Pages]:
    """Send JUDGED_A_SECOND linkbacks for the model beside a reader; give how many a second were judged."""
    before = stage.reasons()["spam"]
    begun = time.perf_counter()
    with reading(stage.blog) as pages:
        asyncio.run(_send(stage, seconds))
    judged = stage.reasons()["spam"] - before
    return judged / (time.perf_counter() - begun), pages()


async def _send(stage: Stage, seconds: float) -> None:
    begun = time.perf_counter()
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as session, asyncio.TaskGroup() as tasks:
        for number in range(int(seconds * JUDGED_A_SECOND)):
            await asyncio.sleep(max(0.0, begun + number / JUDGED_A_SECOND - time.perf_counter()))
            host = f"127.252.{number // 250 % 250}.{1 + number % 250}"
            body = PINGBACK.format(
                source=f"http://{host}:{stage.sources}/linked/paced-{number}",
                target=f"{stage.blog}/2024/01/a-post/",
            )
            tasks.create_task(_post(session, f"{stage.blog}/xmlrpc.php", body))


async def _post(session: aiohttp.ClientSession, url: str, body: str) -> None:
    async with session.post(url, data=body, headers={"Content-Type": "text/xml"}) as response:
        await response.read()


def row(kind: Kind, load: Load, pages: Pages, base: Load | None) -> list[str]:
    """Write a line of the table."""
    ratio = f"{load.per_second / base.per_second:,.0f} ×" if base else ""
    aim = f"{AIMS.get(kind.name, AIM_FETCHED)} ×"
    cost = f"{load.cost:.2f}"
    return [
        kind.name, f"{load.per_second:,.0f}", ratio, aim, cost, f"{pages.p50:.1f}", f"{pages.p99:.1f}"
    ]  # fmt: skip


def scaling(costs: dict[str, float]) -> str:
    """Multiply the measured costs up to the largest day, as SCALING.md does."""
    rows, whole = [], 0.0
    for what, (share, names) in SHARES.items():
        cost = statistics.mean(costs[name] for name in names)
        whole += share * cost
        rows.append([what, f"{share:.0%}", f"{cost:.2f}", f"{share * cost:.2f}"])
    rows.append(["a linkback on average", "", "", f"{whole:.2f}"])
    average = LARGEST_DAY / 86_400 * whole / 1000
    need = 3 * average / 0.6
    text = f"{average:.1f} cores on average, {3 * average:.0f} at the peak, {need:.0f} with the reserve: "
    head = ["what becomes of it", "share", "CPU ms", "ms × share"]
    return table(head, rows) + f"\n\n{text}{need / 4:.0f} machines of four cores"


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--svg", type=Path)
    parser.add_argument("--no-wordpress", action="store_true")
    options = parser.parse_args()
    print(machine("aiohttp", "uvloop", "sqlalchemy", "selectolax", "trafilatura") + "\n")
    with tempfile.TemporaryDirectory() as name, staged(Path(name), workers=options.workers) as stage:
        stage.await_all()
        with reading(stage.blog) as pages:
            time.sleep(options.seconds)
        quiet = pages()
        loads = {kind: flood(stage, kind, n, options.seconds) for n, kind in enumerate(KINDS)}
        judged, beside = paced(stage, options.seconds)
        (bare := Path(name) / "wordpress").mkdir(mode=0o755)
        base = {} if options.no_wordpress else bare_wordpress(bare, stage, options.seconds)
    rows = [row(kind, *found, base.get(kind.is_trackback)) for kind, found in loads.items()]
    rows += [
        [
            f"WordPress alone, {'trackbacks' if what else 'pingbacks'}",
            f"{load.per_second:,.1f}",
            "1 ×",
            "",
            "",
            "",
            "",
        ]
        for what, load in base.items()
    ]
    rows.append(["no flood", "", "", "", "", f"{quiet.p50:.1f}", f"{quiet.p99:.1f}"])
    paced_row = [f"{JUDGED_A_SECOND} sent a second, for the model", f"{judged:,.0f}", "", "", ""]
    rows.append([*paced_row, f"{beside.p50:.1f}", f"{beside.p99:.1f}"])
    print(table(["", "a second", "WordPress", "aim", "CPU ms each", "page p50 ms", "page p99 ms"], rows))
    print("\n" + scaling({kind.name: load.cost for kind, (load, _) in loads.items()}))
    if options.svg:
        values = [
            Bar(group=kind.name, label=label, value=load.per_second)
            for kind, (ours, _) in loads.items()
            for label, load in (("linkback-proxy", ours), ("WordPress alone", base.get(kind.is_trackback)))
            if load
        ]
        options.svg.write_text(bars("Linkbacks absorbed a second", "/s", values))


if __name__ == "__main__":
    main()
