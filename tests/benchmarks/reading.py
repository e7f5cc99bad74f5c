"""Readers of the blog in a process of their own: `python -m tests.benchmarks.reading URL`, until input ends.

Fifty pages a second are asked for, each at its time, whether or not the last one has come. Prints their p50
and p99 in milliseconds.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import time

import aiohttp

A_SECOND = 50


async def read(url: str, is_over: asyncio.Event) -> list[float]:
    """Ask until told to stop; give the milliseconds that each took."""
    times: list[float] = []

    async def one(session: aiohttp.ClientSession, due: float) -> None:
        async with session.get(url) as answer:
            await answer.read()
        times.append(1000 * (time.perf_counter() - due))

    begun, asked = time.perf_counter(), 0
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as session, asyncio.TaskGroup() as all_:
        while not is_over.is_set():
            due = begun + asked / A_SECOND
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            all_.create_task(one(session, due))
            asked += 1
    return times


async def main(url: str) -> None:
    """Read until the input ends, then print."""
    is_over = asyncio.Event()
    asyncio.get_running_loop().add_reader(sys.stdin, is_over.set)
    times = await read(url, is_over)
    cuts = statistics.quantiles(times, n=100)
    print(json.dumps({"p50": cuts[49], "p99": cuts[98], "most": max(times)}))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
